"""Ask the framework: four counts give a decision with its interval at once, and a file of a trial gives a report.

Left out: the whole plan of a table (``trial_views``); events that are still coming in (``experiments``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import streamlit as st

from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.experimentation.ab_testing.answers import decide_counts
from core.experimentation.ab_testing.decision import Better
from core.experimentation.ab_testing.estimates import Sided
from core.experimentation.ab_testing.proportions import Count, IntervalName, share_interval
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Prediction, Range
from core.hub.errors import HubError
from pages.kit import uploads
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.fits import YOURS, want_table
from pages.kit.forms import show_form
from pages.kit.trial_files import make_model
from pages.kit.trial_look import show_figures, show_split
from pages.kit.trial_views import COLOURS, ICONS, show_decision
from pages.kit.trials import SLUG, find_analysis, load_plan, show_command, show_notes, write_number


@dataclass(frozen=True, slots=True)
class CountPlan:
    """How two counts are compared."""

    sided: Annotated[Sided, Label("Alternative")] = "two-sided"
    better: Annotated[Better, Label("Better is")] = "higher"
    alpha: Annotated[float, Range(0.001, 0.2, 0.001), Label("α", "Chance of a false finding.")] = 0.05
    split: Annotated[str, Label("Promised split", "Such as 50:50; unknown checks nothing.")] = "50:50"
    interval: Annotated[IntervalName, Label("Interval", "Of the difference of the shares.")] = "Newcombe"


@st.fragment
def show_counts(key: str) -> None:
    """Draw the form of four counts and what it says; what is moved here redraws only it."""
    inputs = show_form(project.Inputs, f"{key}_inputs", columns=4, share=True)
    with st.expander("The plan", icon=":material/tune:"):
        settings = show_form(CountPlan, f"{key}_settings", columns=4)
    if inputs is None or settings is None:
        return
    plan = project.Recipe(
        sided=settings.sided,
        better=settings.better,
        alpha=settings.alpha,
        split=settings.split or "unknown",
        interval=settings.interval,
    )
    try:
        found = decide_counts(plan, inputs)
    except HubError as error:
        show_error(error)
        return
    show_answer(found)
    show_chart(counts_chart(inputs), f"{key}_chart", 240)
    st.caption(f":material/terminal: `{write_call(plan, inputs)}`")


def show_answer(found: Prediction) -> None:
    """Draw the decision on two counts with its interval and lift."""
    action, details = str(found.answer), found.details
    with st.container(border=True):
        st.markdown(f"#### :{COLOURS[action]}[:material/{ICONS[action]}: {action.capitalize()}]")
        st.markdown(escape(details["sentence"]))
    low, high = found.interval or (np.nan, np.nan)
    figures = {
        "Difference": (f"{100 * found.reasons[0].effect:+.3g} points", f"{100 * low:+.3g} to {100 * high:+.3g}"),
        "z": (f"{found.reasons[1].effect:.4g}", f"p = {details['p_value']:.3g}"),
    }
    if "lift" in details:
        ends = (f"{100 * details[name]:+.3g}%" for name in ("lift_low", "lift_high"))
        figures["Lift"] = (f"{100 * details['lift']:+.3g}%", " to ".join(ends))
    with st.grid(3, min_column_width=150, gap="small"):
        for name, (value, delta) in figures.items():
            st.metric(name, value, delta, delta_color="off", delta_arrow="off", border=True)


def counts_chart(inputs: project.Inputs) -> Chart:
    """Draw both shares with their intervals."""
    arms = (Count(inputs.first_successes, inputs.first_units), Count(inputs.second_successes, inputs.second_units))
    ends = np.array([share_interval(arm) for arm in arms])
    names, shares = np.array(["treatment", "control"], dtype=object), np.array([arm.share for arm in arms])
    first, second = (write_number(arm.share, "share") for arm in arms)
    title = f"{first} of the treated and {second} of the others succeeded"
    mark = Mark("points", shares, names, "share and 95% interval (Wilson)", low=ends[:, 0], high=ends[:, 1])
    return Chart(title, "Share", "", (mark,), f"{title}.", x_percent=True)


def write_call(plan: project.Recipe, inputs: project.Inputs) -> str:
    """Write the Python that gives the same decision."""
    counts = f"{inputs.first_successes}, {inputs.first_units}, {inputs.second_successes}, {inputs.second_units}"
    return (
        'python -c "from core.experimentation.ab_testing import answers, recipe; print(answers.decide_counts('
        f"recipe.Recipe(sided='{plan.sided}', better='{plan.better}', alpha={plan.alpha:g}, split='{plan.split}', "
        f"interval='{plan.interval}'), "
        f'recipe.Inputs({counts})))"'
    )


def show_file(table: Table, key: str) -> None:
    """Take a file of a trial, and give its verdict and its report."""
    st.caption("A row for each unit (or several, with the unit's name in a column), a column that says which arm, and "
               "one to compare. Columns are found by themselves and can be set on *Explore*.")  # fmt: skip
    arrived = uploads.show_uploader(f"{key}_upload", "A trial as CSV, Excel, Parquet or JSON")
    if arrived is not None:
        want_table(SLUG, YOURS)
        st.rerun()
    plan = load_plan(table)
    st.markdown(f"**{escape(table.name)}** · {len(table.frame):,} rows")
    try:
        found = find_analysis(table)
    except HubError as error:
        show_error(error)
        st.caption("The table is kept: set its columns on *Explore*, or bring another.")
        return
    show_decision(found)
    show_figures(found)
    show_split(found)
    show_notes(found)
    report = Download("report.pdf", lambda: project.make_run_report(make_model(found, table)),
                      "verdict, arms, tests, promises and plan")  # fmt: skip
    show_downloads([report], f"{key}_report_{table.sha256[:8]}_{hash(plan)}")
    show_command(found, table)
