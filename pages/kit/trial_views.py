"""The views of a trial's analysis: the decision, every test, segments, guardrails, less variance, looks, promises.

Left out: why it came out so (``trial_reasons``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.catalogue import find_entry
from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.recipe import join_names, list_names
from core.experimentation.ab_testing.resampling import note_coverage
from core.experimentation.ab_testing.trials import TRIALS
from core.hub.charts import Chart, Mark
from core.hub.errors import HubError
from core.hub.jobs import Job
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard, show_error
from pages.kit.tabs import TABS, Part, open_tab
from pages.kit.trial_bounds import show_looks
from pages.kit.trial_categories import show_categories
from pages.kit.trial_files import show_files
from pages.kit.trial_look import show_figures, show_split
from pages.kit.trial_promises import show_promises
from pages.kit.trial_size import show_size
from pages.kit.trials import (
    SLUG,
    ask_settings,
    find_analysis,
    find_places,
    find_trial,
    load_plan,
    show_command,
    show_notes,
    show_rows,
    write_gap,
    write_span,
)

COLOURS = {"ship": "green", "stop": "red", "go on": "blue"}
ICONS = {"ship": "rocket_launch", "stop": "front_hand", "go on": "hourglass_top"}
JUDGED = re.compile(r"so the first arm is (better|worse)")
SHORT = 220


def show_plan(table: Table) -> None:
    """Draw the plan, folded."""
    label, key = "The plan: test, sides, covariates, guardrails, looks", f"{SLUG}_plan_{table.sha256[:8]}"
    with st.expander(label, icon=":material/tune:", key=key), guard():
        ask_settings(table)
    try:
        find_analysis(table)
    except HubError:  # each view says why
        st.button("Set the columns on Explore", icon=":material/arrow_back:", type="tertiary", key=f"{SLUG}_to_explore",
                  on_click=open_tab, args=(SLUG, TABS[0]))  # fmt: skip


def make_views(table: Table, job: Job | None) -> dict[str, Part]:
    """List the views of an analysis."""
    views: dict[str, Part] = {
        "Decision": partial(show_analysed, table, show_verdict),
        "Tests": partial(show_analysed, table, show_tests),
        "Categories": partial(show_categories, table, f"{SLUG}_categories"),
        "Segments": partial(show_segments, table),
        "Guardrails": partial(show_guardrails, table),
        "CUPED": partial(show_cuped, table),
        "Looks": partial(show_analysed, table, show_looks),
        "Guarantees": partial(show_promises, table, job),
        "Sample size": partial(show_size, f"{SLUG}_size"),
        "Take away": partial(show_analysed, table, show_files),
    }
    return views


def show_analysed(table: Table, draw: Callable[[Analysis, Table], None]) -> None:
    """Draw what needs an analysis, or say why there is none."""
    draw(find_analysis(table), table)


def show_decision(found: Analysis, *, is_study: bool | None = None) -> None:
    """Draw the decision and its sentence.

    Parameters
    ----------
    is_study : bool, optional
        Whether it is a study of others; by default, whether the rows are those of a bundled trial.
    """
    action, sentence = found.decision.action, found.decision.sentence
    colour, icon = COLOURS[action], ICONS[action]
    lead, _, rest = sentence.partition(": ")
    if is_study is None:
        is_study = find_entry(found.plan.trial).sha256 == found.sha256
    if is_study and found.verdict.is_significant and JUDGED.search(rest):
        # A study of others has nothing to ship: it is said what was found, and of whom.
        colour, icon, lead = "blue", "balance", "A difference is shown"
        rest = JUDGED.sub(lambda _: say_found(found), rest)
    first, second = (escape(arm.name) for arm in found.arms)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"#### :{colour}[:material/{icon}: {escape(lead)}]")
        st.markdown(escape(f"{rest[:1].upper()}{rest[1:]}"))
        st.caption(f"{escape(found.plan.metric)}: {first} (first arm) minus {second} (control), "
                   f"better is {found.plan.better}; {escape(found.verdict.test)}.")  # fmt: skip


def say_found(found: Analysis) -> str:
    """Say which arm has the higher metric, without judging.

    The sentence of a decision calls the planned direction better; of a study that audits how people are treated, or
    of one that has long ended, that would be the wrong word.
    """
    way = "higher" if found.verdict.effect > 0 else "lower"
    return f"so {found.plan.metric} is {way} for {found.arms[0].name} than for {found.arms[1].name}"


def lay_down(chart: Chart, title: str = "") -> Chart:
    """Turn a chart with names along the bottom on its side, so that the names can be read and few take little room."""
    marks = tuple(replace(mark, x=mark.y[::-1], y=mark.x[::-1],
                          low=None if mark.low is None else mark.low[::-1],
                          high=None if mark.high is None else mark.high[::-1]) for mark in chart.marks)  # fmt: skip
    return replace(chart, title=title or chart.title, x_label=chart.y_label, y_label="", marks=marks,
                   x_percent=chart.y_percent, y_percent=False)  # fmt: skip


def draw_effects(found: Analysis, key: str) -> None:
    """Draw the effect as each test sees it."""
    verdict = found.verdict
    title = (f"{found.arms[0].name} minus {found.arms[1].name}: {write_gap(verdict.effect, found.kind)} "
             f"({100 * verdict.level:.4g}% interval {write_span(found)})")  # fmt: skip
    show_chart(lay_down(project.effects_chart(found), title), key, SHORT)


def show_verdict(found: Analysis, table: Table) -> None:
    """Draw the decision with its interval, the figures, the split and the other tests."""
    show_decision(found)
    show_figures(found)
    draw_effects(found, f"{SLUG}_effects")
    show_split(found)
    show_notes(found)
    show_command(found, table)


def show_tests(found: Analysis, table: Table) -> None:
    """Draw every test that suits the metric, side by side."""
    st.caption("Only the first row decides; it was chosen in the plan. The others stand beside it so that a reader "
               "sees how much the choice of the test matters.")  # fmt: skip
    show_rows(tidy_tests(found), key=f"{SLUG}_tests")
    draw_effects(found, f"{SLUG}_tests_chart")
    if st.toggle("Resample too (bootstrap and permutation)", key=f"{SLUG}_resample", persist_state="session"):
        rows = []
        for name in ("bootstrap", "permutation"):
            each = find_analysis(table, test=name, covariates="", monitoring="one look").plain
            rows.append((each.test, each.effect, each.low, each.high, each.p_value))
        show_rows(pd.DataFrame(rows, columns=["test", "effect", "low", "high", "p"]), key=f"{SLUG}_resampled")
        for note in note_coverage("bootstrap", min(arm.n for arm in found.arms)):
            st.caption(f":material/info: {note}")
    show_command(found, table)


def tidy_tests(found: Analysis) -> pd.DataFrame:
    """List the tests once each, without the infinite degrees of freedom of a z."""
    frame = project.list_tests(found).drop_duplicates(["test", "effect", "p"], ignore_index=True)
    return frame.assign(df=frame["df"].where(np.isfinite(frame["df"])))


def show_segments(table: Table) -> None:
    """Draw the effect by segment, with intervals that hold together."""
    plan, places = load_plan(table), find_places(table)
    names = list(places.segments) if places else []
    if not names:
        st.info("There is no other column with 2 to 20 values to split by.", icon=":material/category:")
        return
    start = names.index(plan.segment) if plan.segment in names else 0
    name = st.selectbox("Segment", names, start, key=f"{SLUG}_segment_{table.sha256[:8]}_{plan.segment}", width=260,
                        format_func=escape)  # fmt: skip
    if name != plan.segment:
        st.caption("Chosen after the data were seen, it suggests and does not prove; name it in the plan beforehand.")
    found = find_analysis(table, segment=name)
    chart = project.segments_chart(found)
    if chart is not None:
        show_chart(lay_down(chart), f"{SLUG}_segments", SHORT)
    show_rows(project.list_segments(found), key=f"{SLUG}_segment_rows")
    if found.segments is not None and found.segments.skipped:
        st.caption(f"Too small to compare: {escape(', '.join(found.segments.skipped))}.")
    st.caption("Intervals are Bonferroni's and p-values Holm's: among many segments one is bound to stand out.")
    show_command(found, table)


def show_guardrails(table: Table) -> None:
    """Draw what must not get worse."""
    plan, places = load_plan(table), find_places(table)
    names = list(places.numbers) if places else []
    st.caption("A guardrail is a metric that must not get worse by more than the margin, such as latency or refunds; "
               "-name is better lower. It is safe only when so much harm is ruled out.")  # fmt: skip
    chosen = st.pills("Guardrails to try", [each for name in names for each in (name, f"-{name}")],
                      selection_mode="multi", default=list_names(plan.guardrails), format_func=escape, wrap=True,
                      key=f"{SLUG}_guards_{table.sha256[:8]}_{plan.guardrails}")  # fmt: skip
    if not chosen:
        st.info("Choose a metric to guard.", icon=":material/shield:")
        return
    found = find_analysis(table, guardrails=join_names(chosen))
    marks = {"safe": ":green[:material/check_circle:]", "harmed": ":red[:material/cancel:]",
             "unknown": ":orange[:material/help:]"}  # fmt: skip
    for each in found.guardrails:
        st.markdown(f"{marks[each.state]} {escape(each.sentence)}")
    show_rows(project.list_guardrails(found).drop(columns="sentence"), ("lift", "low", "high"), f"{SLUG}_guard_rows")
    show_decision(found)
    show_command(found, table)


def show_cuped(table: Table) -> None:
    """Draw what covariates take out of the variance, or why they are refused."""
    plan, found = load_plan(table), find_places(table)
    if found is None:
        return
    st.caption("Covariates measured before assignment explain part of the metric's spread; what they explain is taken "
               "out (CUPED), and the interval narrows. One measured after would carry the effect away.")  # fmt: skip
    names = list(found.numbers)
    chosen = st.pills("Covariates to try", names, selection_mode="multi", key=f"{SLUG}_cuped_{table.sha256[:8]}",
                      format_func=escape, wrap=True, persist_state="session",
                      default=[name for name in names if name in list_names(plan.covariates)])  # fmt: skip
    trial = find_trial(table)
    if trial and TRIALS[trial].after:
        st.caption(f"Measured after assignment, so refused: {', '.join(TRIALS[trial].after)}. Try one.")
    if not chosen:
        st.info("Choose a covariate: each is checked before it is used.", icon=":material/arrow_upward:")
        return
    try:
        adjusted = find_analysis(table, covariates=join_names(chosen), test="auto", monitoring="one look")
    except HubError as error:
        show_error(error)
        return
    _compare_adjusted(adjusted)
    show_command(adjusted, table)


def _compare_adjusted(found: Analysis) -> None:
    """Draw the interval with and without the covariates."""
    adjusted, plain = found.adjusted, found.plain
    if adjusted is None:
        return
    share = 100 * adjusted.reduction
    verb = f"take {share:.1f}% off the variance, as {1 / max(1 - adjusted.reduction, 1e-9):.2f} times the units would"
    rows = (("adjusted", adjusted.verdict), ("plain", plain))
    marks = (
        Mark("points", np.array([each.effect for _, each in rows]), np.array([name for name, _ in rows], dtype=object),
             "effect", low=np.array([each.low for _, each in rows]), high=np.array([each.high for _, each in rows])),
        Mark("line", np.zeros(2), np.array([name for name, _ in rows], dtype=object), "no effect", "baseline",
             dash=True),
    )  # fmt: skip
    title = f"{', '.join(adjusted.covariates)} {verb}"
    show_chart(Chart(title, f"Effect on {found.plan.metric}", "", marks, f"{title}."), f"{SLUG}_cuped_chart", 240)
    weights = pd.DataFrame({"covariate": adjusted.covariates, "θ": adjusted.weights})
    show_rows(weights, key=f"{SLUG}_thetas")
    if adjusted.n_filled:
        st.caption(f"{adjusted.n_filled:,} missing values of covariates took their mean.")
