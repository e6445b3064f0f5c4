"""One widget for one field: which control a number, a choice, a switch or a text is drawn as.

A number with a range is a slider, or a box where the range is too long for one; a range that spans decades is a row of
stops; a short choice lies open, a long one is a list; several choices are pills; a switch is a toggle.

Left out: validation, which ``pages/kit/forms.py`` does once for the whole form.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from core.hub.fields import FieldSpec
from pages.kit.errors import escape

MOST_STEPS, NICE_STEPS = 500, 60
MOST_OPEN, MOST_OPEN_LETTERS = 5, 44
MOST_PILLS = 8
LONG_TEXT = 60
BOX_WIDTH = 130
LONG = 1e6  # numbers that would be written with an exponent


def draw_widget(spec: FieldSpec, start: Any, common: dict[str, Any]) -> Any:
    """Draw the widget of one field and return its value.

    Parameters
    ----------
    start : object
        What it shows first; None where the person must choose.
    common : dict
        Arguments that every widget takes: label, help, key, persist_state, bind.
    """
    return _DRAW[spec.kind](spec, start, common)


def find_step(spec: FieldSpec) -> float:
    """Return the step of a number's widget: its own, or the nicest that divides its range into about 60.

    Examples
    --------
    >>> find_step(FieldSpec("petal_cm", "number", low=1.0, high=6.9))
    0.1
    """
    if spec.step is not None:
        return spec.step
    if spec.kind == "integer":
        return 1
    if spec.low is None or spec.high is None or spec.high <= spec.low:
        return 0.1
    rough = (spec.high - spec.low) / NICE_STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    nice = next(each for each in (1, 2, 5, 10) if each * power >= rough * 0.999)
    return float(f"{nice * power:.3g}")


def find_powers(spec: FieldSpec, start: Any) -> list[Any]:
    """List the stops of a field that moves in powers: 1, 2 and 5 of each decade, both ends, and where it starts.

    Examples
    --------
    >>> find_powers(FieldSpec("strength", "number", low=0.01, high=1.0, log=True), 0.3)
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0]
    """
    low, high = float(spec.low or 0.0), float(spec.high or 0.0)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    stops = {float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)}
    inside = {stop for stop in stops if low <= stop <= high} | {low, high}
    inside |= {float(start)} if start is not None else set()
    return sorted({int(stop) for stop in inside} if spec.kind == "integer" else inside)


def draw_typed(
    spec: FieldSpec, start: Any, common: dict[str, Any], *, slides: bool, usual: tuple[float, float] | None = None
) -> Any:
    """Draw a number as a box to type into, with a slider beside it that is kept in step; any other field as usual.

    Parameters
    ----------
    slides : bool
        Whether there is a slider beside the box; a range too long for one never gets it.
    usual : tuple of float, optional
        Ends of the slider, inside the field's own, which still hold for the box.
    """
    if spec.kind not in ("integer", "number"):
        return draw_widget(spec, start, common)
    slid = _narrow(spec, usual)
    if not slides or not _fits_slider(slid, start):
        return _draw_box(spec, start, common)
    key, typed = common["key"], f"{common['key']}_typed"
    cast, low, high, start = _read_range(spec, start)
    _, slid_low, slid_high, slid_start = _read_range(slid, start)
    step = cast(find_step(spec))
    # no default beside a value from the state, of which Streamlit would warn
    st.session_state.setdefault(key, slid_start)
    st.session_state.setdefault(typed, start)
    ends = (slid_low, slid_high)
    form = "%d" if spec.kind == "integer" else "%g" if max(abs(low), abs(high)) < LONG else "%.0f"
    with st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
        st.slider(common["label"], slid_low, slid_high, step=step, help=common["help"], key=key, width="stretch",
                  format=form, persist_state="session", on_change=_follow,
                  args=(key, typed))  # fmt: skip
        st.number_input(f"{common['label']}, typed", low, high, step=step, key=typed, format=form, width=BOX_WIDTH,
                        label_visibility="collapsed", persist_state="session", on_change=_follow,
                        args=(typed, key, ends))  # fmt: skip
    return st.session_state[typed]


def _narrow(spec: FieldSpec, usual: tuple[float, float] | None) -> FieldSpec:
    """Return a field with the ends of its slider: the usual ones on whole steps, inside the field's own."""
    if usual is None or spec.low is None or spec.high is None:
        return spec
    step = find_step(spec)
    low = max(spec.low, round(math.floor(usual[0] / step) * step, 9))
    high = min(spec.high, round(math.ceil(usual[1] / step) * step, 9))
    return replace(spec, low=low, high=high) if low < high else spec


def _follow(moved: str, other: str, ends: tuple[float, float] | None = None) -> None:
    """Give the other of two widgets the value of the one that was moved, brought between the ends that it has."""
    value = st.session_state[moved]
    st.session_state[other] = value if ends is None else _clamp(value, *ends)


def _draw_number(spec: FieldSpec, start: Any, common: dict[str, Any]) -> Any:
    """Draw a number: stops for powers, a slider for a range, else a box."""
    _, low, high, begin = _read_range(spec, start)
    if _is_bounded(low, high, begin) and spec.log and low > 0:
        stops = find_powers(spec, begin)
        return st.select_slider(options=stops, value=begin, format_func=_show_number, **common)
    if not _fits_slider(spec, start):
        return _draw_box(spec, start, common)
    step = int(find_step(spec)) if spec.kind == "integer" else find_step(spec)
    return st.slider(min_value=low, max_value=high, value=begin, step=step, format=_write_format(spec), **common)


def _draw_box(spec: FieldSpec, start: Any, common: dict[str, Any]) -> Any:
    """Draw a number as a box."""
    cast, low, high, begin = _read_range(spec, start)
    step, form = cast(find_step(spec)), _write_format(spec)
    return st.number_input(min_value=low, max_value=high, value=begin, step=step, format=form, **common)


def _read_range(spec: FieldSpec, start: Any) -> tuple[Callable[[Any], Any], Any, Any, Any]:
    """Return a number's type, its two ends, and where it starts, inside of them."""
    cast: Callable[[Any], Any] = int if spec.kind == "integer" else float
    low, high = (None if end is None else cast(end) for end in (spec.low, spec.high))
    return cast, low, high, None if start is None else _clamp(cast(start), low, high)


def _is_bounded(low: Any, high: Any, start: Any) -> bool:
    """Tell whether a number has two ends and a value between them."""
    return low is not None and high is not None and low < high and start is not None


def _fits_slider(spec: FieldSpec, start: Any) -> bool:
    """Tell whether a number's range is short enough to slide over."""
    _, low, high, begin = _read_range(spec, start)
    return _is_bounded(low, high, begin) and not spec.log and (high - low) / find_step(spec) <= MOST_STEPS


def _write_format(spec: FieldSpec) -> str:
    """Say how a number is written: with the digits of its step."""
    digits = max(0, -math.floor(math.log10(find_step(spec))))
    return "%d" if spec.kind == "integer" else f"%.{digits}f"


def _clamp(value: Any, low: Any, high: Any) -> Any:
    """Bring a starting value into its range: a widget cannot start outside."""
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _show_number(value: float) -> str:
    """Write a stop without needless digits."""
    return f"{value:,.10g}"


def _draw_choice(spec: FieldSpec, start: Any, common: dict[str, Any]) -> Any:
    """Draw a choice: open where it is short, a list where it is long."""
    short = len(spec.choices) <= MOST_OPEN and sum(map(len, spec.choices)) <= MOST_OPEN_LETTERS
    if short and start in spec.choices:
        return st.segmented_control(
            options=spec.choices, default=start, required=True, format_func=escape, wrap=True, **common
        )
    index = spec.choices.index(start) if start in spec.choices else None
    return st.selectbox(options=spec.choices, index=index, placeholder="Choose one", **common)


def _draw_choices(spec: FieldSpec, start: Any, common: dict[str, Any]) -> tuple[Any, ...]:
    """Draw several choices: pills where they are few, a list where they are many."""
    chosen = [each for each in (start or ()) if each in spec.choices]
    if len(spec.choices) <= MOST_PILLS:
        return tuple(
            st.pills(
                options=spec.choices,
                default=chosen,
                selection_mode="multi",
                format_func=escape,
                wrap=True,
                **common,
            )
        )
    return tuple(st.multiselect(options=spec.choices, default=chosen, wrap=True, **common))


def _draw_switch(_: FieldSpec, start: Any, common: dict[str, Any]) -> bool:
    """Draw a switch."""
    return st.toggle(value=bool(start), wrap=True, **common)


def _draw_text(_: FieldSpec, start: Any, common: dict[str, Any]) -> str:
    """Draw a text: a line, or a box where it starts long."""
    text = str(start or "")
    draw = st.text_area if len(text) > LONG_TEXT or "\n" in text else st.text_input
    return draw(value=text, **common) or ""


_DRAW: dict[str, Callable[[FieldSpec, Any, dict[str, Any]], Any]] = {
    "integer": _draw_number,
    "number": _draw_number,
    "choice": _draw_choice,
    "choices": _draw_choices,
    "switch": _draw_switch,
    "text": _draw_text,
}
