"""What a person sets of a threshold: the costs, by a form of their dataclass, and the one slider.

Left out: what hangs on them (``thresholds``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.hub.fields import FieldSpec, make_fields, make_recipe
from pages.kit.errors import escape
from pages.kit.forms import show_form
from pages.kit.widgets import find_step

STEP = 0.005
FAR = 100
"""A range this many times its default is typed in steps that fit the default, not slid over."""


def ask_costs(costs: type, key: str) -> Any | None:
    """Draw the form of a dataclass of costs; None where a value is wrong, which is then said below."""
    found = show_form([_step_by_default(spec) for spec in make_fields(costs)], key, columns=3)
    return None if found is None else make_recipe(costs, found)


def _step_by_default(spec: FieldSpec) -> FieldSpec:
    """Give a number whose range reaches far past its default a step that fits the default."""
    if spec.kind != "number" or spec.step is not None or not spec.default or not spec.high:
        return spec
    if spec.high < FAR * spec.default:
        return spec
    return replace(spec, step=find_step(replace(spec, low=0.0, high=5.0 * spec.default)))


def ask_threshold(stops: Mapping[str, float], key: str) -> float:
    """Draw the one slider, with a button for each threshold that has a reason; the first is where it starts."""
    place = f"{key}_threshold"
    # no default beside a value from the state, of which Streamlit would warn
    st.session_state.setdefault(place, next(iter(stops.values())))
    threshold = st.slider("Act from this probability on", 0.0, 1.0, step=STEP, format="%.3f", key=place,
                          persist_state="session")  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for number, (name, value) in enumerate(stops.items()):
            st.button(f"{escape(name)}: {value:.3f}", key=f"{place}_{number}", type="tertiary", on_click=_set,
                      args=(place, value), icon=":material/my_location:")  # fmt: skip
    return float(threshold)


def _set(place: str, value: float) -> None:
    """Move the slider."""
    st.session_state[place] = value
