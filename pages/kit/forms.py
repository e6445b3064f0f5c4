"""Forms generated from a dataclass or from field specs, so that a form cannot drift from the code behind it.

What comes back was validated again in Python: a widget's own limits live in the browser and are no protection.

Left out: what a field is (``core.hub.fields``), which widget it gets (``pages/kit/widgets.py``), and forms whose fields
depend on each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.hub.errors import RecipeError
from core.hub.fields import FieldSpec, make_fields, make_recipe, validate_fields
from pages.kit.errors import escape, show_error
from pages.kit.widgets import draw_typed, draw_widget

LEAST_WIDTH = 210
MOST_SLIDERS = 8
Draw = Callable[[FieldSpec, Any, dict[str, Any]], Any]


def show_form(
    fields: type | Sequence[FieldSpec],
    key: str,
    values: Mapping[str, Any] | None = None,
    columns: int = 2,
    submit: str | None = None,
    *,
    share: bool = False,
) -> Any:
    """Draw a form and return what it holds, validated.

    Parameters
    ----------
    fields : type or sequence of FieldSpec
        A frozen dataclass (a Recipe or Inputs), or the specs of fields known only at run time.
    key : str
        Starts the key of every widget. Values belong to their key, so a form that starts from other ``values`` needs
        another key; they are kept for the session.
    values : mapping, optional
        What to start from instead of the fields' defaults.
    columns : int
        Most columns side by side; fewer fit on a narrow screen.
    submit : str, optional
        Text of the button that hands the form in; without it every change counts at once.
    share : bool
        Whether the values stand in the address, so that a link carries them.

    Returns
    -------
    object
        An instance of the dataclass, or a dict for specs. None where a value is wrong (its sentence is then shown below
        the form) or, with ``submit``, in every run but the one that hands the form in.
    """
    specs = make_fields(fields) if isinstance(fields, type) else tuple(fields)
    start = {spec.name: (values or {}).get(spec.name, spec.default) for spec in specs}
    if submit is None:
        found, pressed = _draw_fields(specs, key, start, columns, share), True
    else:
        with st.form(key, border=False):
            found = _draw_fields(specs, key, start, columns, share)
            pressed = st.form_submit_button(submit, type="primary")
    return _hand_in(fields, specs, found) if pressed else None


def show_typed_form(
    specs: Sequence[FieldSpec],
    key: str,
    values: Mapping[str, Any] | None = None,
    columns: int = 1,
    usual: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Any] | None:
    """Draw a form whose numbers can be typed, with a slider beside each where there are at most eight.

    Parameters
    ----------
    key, values, columns
        As in :func:`show_form`.
    usual : mapping of field to (low, high), optional
        Where a slider ends, while its box takes all of the field's range.

    Returns
    -------
    dict or None
        None where a value is wrong; its sentence is then shown below the form.
    """
    specs = tuple(specs)
    start = {spec.name: (values or {}).get(spec.name, spec.default) for spec in specs}
    slides = sum(spec.kind in ("integer", "number") for spec in specs) <= MOST_SLIDERS

    def draw(spec: FieldSpec, begin: Any, common: dict[str, Any]) -> Any:
        return draw_typed(spec, begin, common, slides=slides, usual=(usual or {}).get(spec.name))

    found = _draw_fields(specs, key, start, columns, share=False, draw=draw)
    handed: dict[str, Any] | None = _hand_in(specs, specs, found)
    return handed


def _hand_in(fields: type | Sequence[FieldSpec], specs: tuple[FieldSpec, ...], found: dict[str, Any]) -> Any:
    """Validate what a form holds, or say what is wrong with it."""
    try:
        if isinstance(fields, type):
            return make_recipe(fields, found)
        validate_fields(specs, found)
    except RecipeError as error:
        show_error(error)
        return None
    return found


def _draw_fields(
    specs: tuple[FieldSpec, ...],
    key: str,
    start: Mapping[str, Any],
    columns: int,
    share: bool,
    draw: Draw = draw_widget,
) -> dict[str, Any]:
    """Draw a widget for each field in a grid and return their values by name."""
    found = {}
    with st.grid(max(1, min(columns, len(specs))), min_column_width=LEAST_WIDTH, gap=("small", "medium")):
        for spec in specs:
            common = {
                "label": escape(f"{spec.label or spec.name} ({spec.unit})" if spec.unit else spec.label or spec.name),
                "help": escape(spec.help) if spec.help else None,
                "key": f"{key}_{spec.name}",
                "persist_state": "session",
                "bind": "query-params" if share else None,
            }
            with st.container():
                found[spec.name] = draw(spec, start[spec.name], common)
    return found
