"""Why a trial ended as it did: the rule, the power of this look, chance's effects, resamples, the lot, the segments.

Left out: the figures themselves (``core.experimentation.ab_testing.explaining``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.experimentation.ab_testing import explaining
from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.charts import segments_chart
from core.experimentation.ab_testing.clauses import list_clauses
from core.experimentation.ab_testing.tables import list_segments
from core.hub.charts import Chart
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.tabs import show_views
from pages.kit.trial_views import show_decision
from pages.kit.trials import SLUG, find_analysis, find_places, load_data, show_command, show_rows
from pages.kit.uploads import drop_with_session

SURE = 0.01
"""Level from which a difference before the trial is said to be more than the lot's."""
CHARTS: dict[str, Callable[..., Chart]] = {
    "resamples": explaining.resample_chart,
    "lots": explaining.lot_chart,
}


@st.cache_resource(max_entries=16, scope="session", show_spinner="Drawing the lots…")
def load_drawn(digest: str, name: str, _found: Analysis, _table: Table) -> Chart:  # noqa: ARG001 — the key
    """Draw thousands of resamples or lots once."""
    return CHARTS[name](load_data(_table.sha256, _found.plan, _table), _found)


drop_with_session("trial_reasons", load_drawn)


def show_reasons(table: Table) -> None:
    """Draw the ways to understand the decision."""
    views = {
        "The rule": partial(show_rule, table),
        "Power of this look": partial(show_power, table),
        "If there were no effect": partial(show_null, table),
        "Bootstrap": partial(show_drawn, table, "resamples"),
        "The lot": partial(show_drawn, table, "lots"),
        "Balance": partial(show_balance, table),
        "Simpson's paradox": partial(show_paradox, table),
    }
    show_views(views, f"{SLUG}_explain")


def show_rule(table: Table) -> None:
    """Draw the decision rule clause by clause, in its order."""
    found = find_analysis(table)
    show_decision(found)
    rows = [(each.text, each.holds, each.because) for each in list_clauses(found)]
    st.dataframe(pd.DataFrame(rows, columns=["clause", "holds", "because"]), hide_index=True, key=f"{SLUG}_clauses")
    st.caption("The first clause that holds decides; the rule is fixed before the data are seen.")
    show_command(found, table)


def show_power(table: Table) -> None:
    """Draw what this look could have found."""
    found = find_analysis(table)
    show_chart(explaining.power_chart(found), f"{SLUG}_look_power")
    st.caption("An effect left of the second line may well be there and not be found: no difference found is not no "
               "difference. Power at the effect that was seen says no more than its p-value.")  # fmt: skip
    show_command(found, table)


def show_null(table: Table) -> None:
    """Draw where the effect stands among those that chance gives."""
    found = find_analysis(table)
    show_chart(explaining.null_chart(found), f"{SLUG}_null")
    p_value = found.verdict.p_value
    st.caption(f"The hill is what trials of this size give where nothing has an effect; p = {p_value:.3g} is "
               "the share of it at least as far out, corrected for looking where the plan says so.")  # fmt: skip
    show_command(found, table)


def show_drawn(table: Table, name: str) -> None:
    """Draw resamples, or lots drawn anew."""
    found = find_analysis(table)
    show_chart(load_drawn(found.digest, name, found, table), f"{SLUG}_{name}")
    words = {
        "resamples": "Each resample draws as many units from each arm, with return: how the effect would vary over "
        "trials like this one, with no formula at all.",
        "lots": "Each lot deals the same units into two arms anew: what chance does where no arm can matter.",
    }
    st.caption(f"{words[name]} Seed {found.plan.seed}.")
    show_command(found, table)


def show_balance(table: Table) -> None:
    """Draw whether the arms were alike before the trial."""
    found = find_analysis(table)
    frame = explaining.check_balance(load_data(table.sha256, found.plan, table))
    if frame.empty:
        st.info("There is no other number column to compare the arms by.", icon=":material/balance:")
        return
    show_chart(explaining.balance_chart(frame), f"{SLUG}_balance", 240)
    lowest = frame.loc[frame["p"].idxmin()]
    says = (
        "more than a lot does: it may have been measured after, or the arms were not drawn by lot"
        if lowest["p"] < SURE
        else "as a lot does"
    )
    st.markdown(f"The column that differs most surely is **{escape(lowest['column'])}** "
                f"(p = {lowest['p']:.2g} after Holm), {says}.")  # fmt: skip
    show_rows(frame.rename(columns={"first": found.arms[0].name, "second": found.arms[1].name}), key=f"{SLUG}_balances")
    st.caption("Only columns known to be from before the assignment should stand here; of an upload that is yours to "
               "judge.")  # fmt: skip


def show_paradox(table: Table) -> None:
    """Draw the effect by a segment, the mix of the arms, and whether they point against the whole."""
    places = find_places(table)
    if places is None:
        return
    names = list(places.segments)
    if not names:
        st.info("There is no column with 2 to 20 values to split by.", icon=":material/category:")
        return
    name = st.selectbox("Split by", names, key=f"{SLUG}_paradox_{table.sha256[:8]}", width=260, format_func=escape)
    found = find_analysis(table, segment=name)
    chart, segments = segments_chart(found), found.segments
    if chart is None or segments is None:
        return
    show_chart(chart, f"{SLUG}_paradox_chart")
    frame = list_segments(found)
    for place, arm in (("first", found.arms[0].name), ("second", found.arms[1].name)):
        frame[f"share of {arm}"] = frame[place] / max(frame[place].sum(), 1)
    shares = tuple(str(each) for each in frame.columns if str(each).startswith("share of "))
    gap = float(np.abs(frame[shares[0]] - frame[shares[1]]).max())
    verdict = (
        "Here it happens: read the segments, and ask why the arms hold them in different shares."
        if segments.is_paradox
        else f"It does not happen here: the arms hold the segments in shares that differ by at most {100 * gap:.1f} "
        "points, as a lot makes them."
    )
    st.markdown("The whole can point one way and every segment the other (Simpson's paradox), if the arms hold the "
                f"segments in different shares. {verdict}")  # fmt: skip
    show_rows(frame.drop(columns=["low", "high"]), shares, key=f"{SLUG}_paradox_rows")
    show_command(found, table)
