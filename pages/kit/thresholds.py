"""One slider for the threshold of a choice: money, counts, precision and recall, groups and their front, all together.

The costs are a form of a dataclass; profit is swept once for each of them, so that a moved slider only reads it.

Left out: the sums (``core.evaluation.thresholds``); which threshold a project chooses, and on which rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.charts import calibration_chart
from core.evaluation.fairness import calibrate_groups
from core.evaluation.payoffs import Payoff, Worth, find_break_even
from core.evaluation.thresholds import Sweep, sweep_thresholds
from core.hub.charts import Chart
from core.hub.errors import HubError
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.groups import Words, choose_group, judge_groups, show_groups
from pages.kit.slow import load_on_demand
from pages.kit.threshold_charts import counts_chart, place_on_front, profit_chart, rates_by_threshold_chart
from pages.kit.threshold_form import STEP, ask_threshold
from pages.kit.uploads import drop_with_session

LEAST_WIDTH, HEIGHT = 360, 280


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """Rows to act on from some probability on, and what that is worth.

    Parameters
    ----------
    key : str
        Changes with the run and the model.
    y : bool array of shape (n_rows,)
        Whether each row is of the class; of rows that no model was trained on.
    share : array of shape (n_rows,)
        The probability that it is.
    ask : callable
        ``ask()`` draws the form of what acting costs and brings, and returns a frozen dataclass; None where a value is
        wrong.
    make_payoff : callable
        ``make_payoff(costs) -> Payoff`` of a row of middling worth, which gives the break-even.
    make_worth : callable, optional
        ``make_worth(costs) -> Worth`` of each row, where rows are worth different sums; else all are of that payoff.
    find_start : callable, optional
        ``find_start(costs)`` chooses a threshold on other rows; the slider starts there.
    start_name : str
        What that threshold is called; where rows it acts on had a say in it, the name must not hide that.
    count_apart : callable, optional
        ``count_apart(costs) -> (profit, low, high)`` of each row under a threshold that was chosen without it.
    groups : mapping of column to array of shape (n_rows,)
        Names of groups, by the columns that may be judged; empty judges none.
    trace_front : callable, optional
        ``trace_front(costs, column) -> Chart`` of profit against the equalised-odds gap; some seconds.
    words : Words
        What rows, classes and the choice are called.
    """

    key: str
    y: np.ndarray
    share: np.ndarray
    ask: Callable[[], Any | None]
    make_payoff: Callable[[Any], Payoff]
    make_worth: Callable[[Any], Worth] | None = None
    find_start: Callable[[Any], float] | None = None
    start_name: str = "Chosen on other rows"
    count_apart: Callable[[Any], tuple[float, float, float]] | None = None
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    trace_front: Callable[[Any, str], Chart] | None = None
    words: Words = field(default_factory=Words)
    unit: str = "$"


@st.fragment
@guard()
def show_decision(decision: Decision, key: str) -> None:
    """Draw the costs, the slider, and all that hangs on it."""
    if len(decision.y) == 0:
        st.info("There are no held-out rows to choose a threshold on.", icon=":material/tune:")
        return
    with st.expander("What acting costs and brings", icon=":material/payments:", key=f"{key}_costs"):
        costs = decision.ask()
    if costs is None:
        return
    stops = find_stops(decision, costs, decision.make_payoff(costs))
    threshold = ask_threshold(stops, f"{key}_{decision.key[:8]}")
    sweep = load_sweep(decision.key, costs, tuple(stops.values()), decision)
    here = take_threshold(sweep, threshold)
    show_figures(here, decision)
    if decision.count_apart is not None:
        st.caption(escape(say_apart(decision.count_apart(costs), decision)))
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(profit_chart(sweep, here, decision.unit, decision.words.row), f"{key}_profit", HEIGHT)
        with st.container():
            show_chart(rates_by_threshold_chart(sweep, here, decision.words), f"{key}_trade", HEIGHT)
        with st.container():
            counts = counts_chart(decision.y, decision.share, threshold, decision.words)
            show_chart(counts, f"{key}_counts", HEIGHT)
        with st.container():
            show_chart(load_calibration(decision.key, decision), f"{key}_calibration", HEIGHT)
    if decision.groups:
        with guard():
            _show_fairness(decision, costs, here, key)


def find_stops(decision: Decision, costs: Any, payoff: Payoff) -> dict[str, float]:
    """List the thresholds worth a button: a project's own, the costs' break-even, and acting on every row."""
    stops = {} if decision.find_start is None else {decision.start_name: float(decision.find_start(costs))}
    try:
        stops["Break-even of the costs"] = find_break_even(payoff)
    except HubError as error:
        st.warning(escape(error), icon=":material/warning:")
    stops[f"All {decision.words.rows} {decision.words.chosen}"] = 0.0
    return {name: round(min(max(value, 0.0), 1.0), 3) for name, value in stops.items()}


def show_figures(here: Sweep, decision: Decision) -> None:
    """Draw the figures of the threshold in use."""
    words = decision.words
    precision = float(here.precision[0])
    with st.grid("auto", min_column_width=150, gap="small"):
        st.metric(f"Profit ({decision.unit} a {escape(words.row)})", f"{here.profit[0]:,.2f}",
                  f"95%: {here.low[0]:,.2f} to {here.high[0]:,.2f}", delta_color="off", delta_arrow="off",
                  help="Mean over all rows, acted on or not, with an interval over resampled rows.")  # fmt: skip
        st.metric(f"{escape(words.rows.capitalize())} {escape(words.chosen)}", f"{here.selected_share[0]:.1%}")
        st.metric("Precision", "–" if np.isnan(precision) else f"{precision:.1%}",
                  help=f"Of those {escape(words.chosen)}, how many are {escape(words.positive)}.")  # fmt: skip
        st.metric("Recall", f"{here.recall[0]:.1%}", help=f"Of {escape(words.positive)}, how many are "
                                                           f"{escape(words.chosen)}.")  # fmt: skip


def say_apart(profit: tuple[float, float, float], decision: Decision) -> str:
    """Say what is earned where no row has a say in its own threshold, beside the slider's one threshold for all."""
    row, unit = decision.words.row, decision.unit
    value, low, high = profit
    return (
        f"One threshold for all rows is read off the same rows. With each {row} under the threshold that was chosen "
        f"without it: {value:,.2f} {unit} a {row} (95%: {low:,.2f} to {high:,.2f}); that is what the choice is worth."
    )


def _show_fairness(decision: Decision, costs: Any, here: Sweep, key: str) -> None:
    """Draw what the threshold does to groups, and where it lies beside the front of profit and gap."""
    st.subheader("What it does to groups", anchor=False)
    column = choose_group(decision.groups, key)
    if column is None:
        return
    chosen = decision.share >= here.thresholds[0]
    calibration = load_group_calibration(decision.key, column, decision)
    judged = judge_groups(column, decision.groups[column], decision.y, chosen, calibration)
    show_groups(judged, decision.words, f"{key}_groups")
    trace = decision.trace_front
    if trace is not None:
        what = (decision.key, costs, column)
        front = load_on_demand("Trace profit against the gap", what, lambda: trace(costs, column), f"{key}_front")
        if front is not None:
            show_chart(place_on_front(front, judged, here), f"{key}_front_chart", HEIGHT)


@st.cache_resource(max_entries=16, scope="session", show_spinner=False)
def load_sweep(key: str, costs: Any, stops: tuple[float, ...], _decision: Decision) -> Sweep:  # noqa: ARG001 — the key
    """Sweep every place of the slider once for all costs."""
    payoff = (_decision.make_worth or _decision.make_payoff)(costs)
    places = np.union1d(np.round(np.arange(0.0, 1.0 + STEP / 2, STEP), 3), stops)
    return sweep_thresholds(_decision.y, _decision.share, payoff, places)


def take_threshold(sweep: Sweep, threshold: float) -> Sweep:
    """Take one threshold out of a sweep: the nearest that was swept.

    Examples
    --------
    >>> whole = sweep_thresholds([False, True, True], [0.2, 0.6, 0.9], Payoff(10, -4), np.array([0.1, 0.5]))
    >>> take_threshold(whole, 0.5).thresholds.tolist(), take_threshold(whole, 0.5).recall.tolist()
    ([0.5], [1.0])
    """
    place = int(np.abs(sweep.thresholds - threshold).argmin())
    names = ("thresholds", "profit", "low", "high", "precision", "recall", "selected_share")
    return replace(sweep, **{name: getattr(sweep, name)[[place]] for name in names})


@st.cache_resource(max_entries=16, scope="session", show_spinner=False)
def load_group_calibration(key: str, column: str, _decision: Decision) -> pd.DataFrame:  # noqa: ARG001 — the key
    """Compare once what is stated of each group with what came true."""
    return calibrate_groups(_decision.y, _decision.share, _decision.groups[column])


@st.cache_resource(max_entries=16, scope="session", show_spinner=False)
def load_calibration(key: str, _decision: Decision) -> Chart:  # noqa: ARG001 — the key
    """Draw once whether the probabilities hold."""
    words, share = _decision.words, _decision.share
    truth = np.where(_decision.y, words.positive, words.negative)
    return calibration_chart(truth, np.column_stack([1 - share, share]), (words.negative, words.positive))


drop_with_session("thresholds", load_sweep, load_group_calibration, load_calibration)
