"""What fairness costs: the groups of a choice, a limit on the gap between them with its price, and the whole front.

Left out: rates and gaps (``groups``); the search for thresholds by group, which a project brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import streamlit as st

from core.evaluation.fairness import calibrate_groups
from core.evaluation.leaderboard import Measure
from core.hub.charts import Chart
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.groups import Words, choose_group, judge_groups, show_groups
from pages.kit.slow import load_on_demand

LIMITS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2)


class Limited(Protocol):
    """What a limit on the gap does, on rows that chose no threshold."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """One for each group."""

    @property
    def gap(self) -> Measure:
        """Under the limit; ``free_gap`` without it."""

    @property
    def free_gap(self) -> Measure:
        """With one threshold for all."""

    @property
    def kept(self) -> float:
        """Share of the profit that is kept."""

    @property
    def price(self) -> Measure:
        """What the limit costs a row."""

    @property
    def sentence(self) -> str:
        """All of it in words."""


@dataclass(frozen=True, slots=True, eq=False)
class Fairness:
    """A choice among rows that belong to groups.

    Parameters
    ----------
    key : str
        Changes with the run and its costs.
    y, chosen : bool array of shape (n_rows,)
        Whether each row is of the class, and whether it is chosen.
    share : array of shape (n_rows,)
        Its probability.
    groups : mapping of column to array of shape (n_rows,)
        Names of the groups, by the columns that may be judged.
    find_limited : callable, optional
        ``find_limited(column, limit)`` chooses thresholds by group under a limit; some seconds.
    trace_front : callable, optional
        ``trace_front(column)`` draws profit against the gap; some seconds.
    """

    key: str
    y: np.ndarray
    chosen: np.ndarray
    share: np.ndarray
    groups: Mapping[str, np.ndarray]
    find_limited: Callable[[str, float], Limited] | None = None
    trace_front: Callable[[str], Chart] | None = None
    words: Words = field(default_factory=Words)
    unit: str = "$"


@st.fragment
@guard()
def show_fairness(fairness: Fairness, key: str) -> None:
    """Draw the groups of one column, the price of a limit on their gap, and the front of profit and gap."""
    column = choose_group(fairness.groups, key)
    if column is None:
        return
    groups = fairness.groups[column]
    calibration = calibrate_groups(fairness.y, fairness.share, groups)
    judged = judge_groups(column, groups, fairness.y, fairness.chosen, calibration)
    show_groups(judged, fairness.words, key)
    if fairness.find_limited is not None:
        with guard():
            _show_price(fairness, column, key)
    trace = fairness.trace_front
    if trace is not None:
        with guard():
            what = (fairness.key, column)
            chart = load_on_demand("Trace profit against the gap", what, lambda: trace(column), f"{key}_front")
            if chart is not None:
                show_chart(chart, f"{key}_front_chart")


def _show_price(fairness: Fairness, column: str, key: str) -> None:
    """Let a person set a limit on the gap, and draw what it does and costs."""
    find = fairness.find_limited
    if find is None:
        return
    st.subheader("The price of a limit", anchor=False)
    limit = st.select_slider("Largest gap of the error rates that is allowed on training rows", LIMITS, value=0.05,
                             key=f"{key}_limit", persist_state="session")  # fmt: skip
    label = f"Work out the price of {limit:g}"
    found = load_on_demand(label, (fairness.key, column, limit), lambda: find(column, limit), f"{key}_price")
    if found is None:
        return
    st.markdown(escape(found.sentence))
    with st.grid("auto", min_column_width=150):
        st.metric(
            "Gap", f"{found.gap.value:.3f}", f"{found.gap.value - found.free_gap.value:+.3f}", delta_color="inverse"
        )
        st.metric("Profit kept", f"{found.kept:.1%}")
        st.metric(f"Price ({fairness.unit} a {escape(fairness.words.row)})", f"{found.price.value:,.2f}")
    shown = {escape(group): f"{threshold:.3f}" for group, threshold in found.thresholds.items()}
    st.caption(f"From which probability on each group of {escape(column)} is {escape(fairness.words.chosen)}:")
    st.table(shown, border="horizontal", width="content", alt="A threshold for each group")
