"""What a trial is before it is analysed: its question, its columns, its arms, and whether they were split as promised.

Left out: the analysis itself (``trial_views``) and any table's charts (``explore``).
"""

from __future__ import annotations

import streamlit as st

from core.datasets.table import Table
from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.charts import arms_chart
from core.experimentation.ab_testing.trials import TRIALS
from core.hub.errors import HubError
from pages.kit import uploads
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard, show_error
from pages.kit.explore import show_columns, show_summary
from pages.kit.explore import show_rows as show_table_rows
from pages.kit.tabs import show_views
from pages.kit.trials import (
    POINTS,
    SLUG,
    ask_places,
    find_analysis,
    find_trial,
    load_plan,
    show_notes,
    write_gap,
    write_number,
    write_span,
)

MOST_ALERTS = 4
OF_MODELS = {"imbalance", "rare_class", "duplicate_rows", "leak_like"}
"""Alerts that matter where a model learns, and not to a trial."""


def show_look(table: Table) -> None:
    """Draw a trial, or the columns of a table that is none yet."""
    views = {
        "The trial": lambda: show_trial(table),
        "Charts": lambda: show_columns(table, f"{SLUG}_charts", load_plan(table).arm or None),
        "Rows": lambda: show_table_rows(table),
        "Columns in figures": lambda: show_summary(table),
    }
    show_views(views, f"{SLUG}_explore")


def show_trial(table: Table) -> None:
    """Draw what was asked, which column is what, the arms and the split."""
    name = find_trial(table)
    if name:
        st.markdown(f"**{TRIALS[name].question}** :gray[Published: {TRIALS[name].published}.]")
    key = f"{SLUG}_columns_{table.sha256[:8]}"
    with st.expander("Which column is what", icon=":material/view_column:", expanded=not name, key=key), guard():
        ask_places(table)
    try:
        found = find_analysis(table, test="auto", covariates="", guardrails="", segment="")
    except HubError as error:
        show_error(error)
        st.caption("Your table is kept. Choose other columns above, or bring another table.")
        return
    show_figures(found)
    show_chart(arms_chart(found), f"{SLUG}_arms")
    show_split(found)
    show_notes(found)
    show_table_alerts(table)


def show_figures(found: Analysis) -> None:
    """Draw the size of the arms and their means as figures."""
    with st.grid(4, min_column_width=150, gap="small"):
        for arm in found.arms:
            st.metric(escape(f"{arm.name}: {found.plan.metric}"), write_number(arm.mean, found.kind),
                      f"{arm.n:,} units", delta_color="off", delta_arrow="off", border=True)  # fmt: skip
        gap = write_gap(found.verdict.effect, found.kind).removesuffix(POINTS)
        name = "Difference in points" if found.kind == "share" else "Difference"
        st.metric(name, gap, write_span(found), delta_color="off", delta_arrow="off",
                  border=True)  # fmt: skip
        if found.lift is not None:
            span = f"{100 * found.lift.low:+.1f}% to {100 * found.lift.high:+.1f}%"
            st.metric("Lift", f"{100 * found.lift.value:+.1f}%", span, delta_color="off", delta_arrow="off",
                      border=True)  # fmt: skip


def show_split(found: Analysis) -> None:
    """Say whether the arms have the sizes that were promised."""
    if found.mismatch is None:
        st.markdown(":gray[:material/help: The promised split is not known, so the sizes of the arms are not checked. "
                    "Give it in the plan, such as 50:50.]")  # fmt: skip
    elif found.mismatch.is_alert:
        st.error(escape(found.mismatch.sentence), icon=":material/error:", title="Split check (SRM)")
    else:
        st.markdown(f":green[:material/check_circle:] **Split check (SRM).** {escape(found.mismatch.sentence)}")


def show_table_alerts(table: Table) -> None:
    """Name the gravest alerts of the table."""
    found = uploads.load_alerts(table.sha256, table.target, table)
    alerts = [alert for alert in found if alert.severity != "note" and alert.kind not in OF_MODELS]
    for alert in alerts[:MOST_ALERTS]:
        st.caption(f":orange[:material/warning:] {escape(alert.sentence)}")
    if len(alerts) > MOST_ALERTS:
        st.caption(f"{len(alerts) - MOST_ALERTS} more warnings stand on *Your data*.")
