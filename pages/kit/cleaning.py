"""Clean a table step by step: what stands out with its one-click step, any step by a form, undo, redo, and the script.

Left out: the form of a step (``cleaning_form``) and what is kept of the steps (``cleaning_work``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from core.datasets.alerts import Alert
from core.datasets.export import safe_file_name, to_csv
from core.datasets.fixes.wording import count_of
from core.datasets.table import Table
from core.tabular.eda.cleaning import History, make_script_bundle, steps_from_fix, write_script
from pages.kit import session, uploads
from pages.kit.alerts_panel import ICONS, ORDER
from pages.kit.charts import show_chart
from pages.kit.cleaning_form import show_step_form
from pages.kit.cleaning_work import KEY, Work, add_steps, find_cleaned, find_work, hand_over, redo, start_over, undo
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.explore import load_chart, show_rows
from pages.kit.refusals import show_problem

MOST_OPEN = 5
LEAST_WIDTH = 340
TEXT_WIDTH = 520


def show_cleaning(table: Table, slug: str) -> None:
    """Draw the cleaning of a table.

    Parameters
    ----------
    slug : str
        The page; its chooser turns to the cleaned table where that is handed over.
    """
    work = find_work(table)
    key = f"{slug}_clean_{work.key[:8]}"
    _show_counts(work)
    show_problem("cleaning")
    todo, done = st.columns([3, 2], gap="medium")
    with todo:
        _show_alerts(work, key)
        with st.expander(
            "Another step", icon=":material/add:", key=f"{key}_menu", on_change="rerun", expanded=False
        ) as menu:
            if menu.open:
                show_step_form(work, key)
    with done:
        _show_steps(work, key)
    if work.effects:
        _show_before_after(work, key)
        _show_takeaway(work, slug, key)
    else:
        st.caption(
            "Nothing is changed yet. Steps work on a copy: the table you brought stays as it is until you say so."
        )


def _show_counts(work: Work) -> None:
    """Draw the size of the table now, with what the steps changed of it."""
    before, after = work.history.base.frame, work.table.frame
    counts = {
        "Rows": (len(before), len(after)),
        "Columns": (before.shape[1], after.shape[1]),
        "Missing cells": (int(before.isna().to_numpy().sum()), int(after.isna().to_numpy().sum())),
    }
    with st.grid(4, min_column_width=130, gap="small"):
        for name, (was, now) in counts.items():
            change = f"{now - was:+,}".replace("-", "−") if now != was else None
            st.metric(name, f"{now:,}", change, border=True, delta_color="off", delta_arrow="off", height="stretch")
        st.metric("Steps", len(work.effects), border=True, height="stretch")


def _show_alerts(work: Work, key: str) -> None:
    """Draw what stands out in the table as it is now, worst first, each with the step that mends it."""
    st.markdown("**What stands out**")
    found = uploads.load_alerts(work.table.sha256, work.table.target, work.table)
    alerts = sorted(found, key=lambda alert: ORDER.index(alert.severity))
    if not alerts:
        st.success("Nothing stands out any more." if work.effects else "Nothing stands out in this table.",
                   icon=":material/check_circle:")  # fmt: skip
    for place, alert in enumerate(alerts[:MOST_OPEN]):
        _show_alert(alert, work, f"{key}_alert_{place}")
    if len(alerts) > MOST_OPEN:
        with st.expander(f"{len(alerts) - MOST_OPEN} more"):
            for place, alert in enumerate(alerts[MOST_OPEN:], MOST_OPEN):
                _show_alert(alert, work, f"{key}_alert_{place}")


def _show_alert(alert: Alert, work: Work, key: str) -> None:
    """Draw one alert with its step."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{ICONS[alert.severity]} {escape(alert.sentence)}", width=TEXT_WIDTH)
        if alert.fix is not None:
            st.button(escape(alert.fix.label), key=key, on_click=add_steps, args=(work, steps_from_fix(alert.fix)))


def _show_steps(work: Work, key: str) -> None:
    """List the steps with what each changed, and the ways back."""
    st.markdown("**Steps so far**")
    with st.container(horizontal=True, gap="small"):
        n_undone = len(work.history.undone)
        for label, icon, act, able in (
            ("Undo", "undo", undo, bool(work.effects)),
            ("Redo", "redo", redo, bool(n_undone)),
            ("Start over", "restart_alt", start_over, bool(work.effects)),
        ):
            st.button(
                label, key=f"{key}_{icon}", icon=f":material/{icon}:", disabled=not able, on_click=act, args=(work,)
            )
    if not work.effects:
        st.caption("None yet. Press a button beside what stands out, or choose a step from the menu.")
    for place, effect in enumerate(work.effects, 1):
        st.markdown(f"{place}. {escape(effect.sentence)}")
    if n_undone:
        st.caption(f"{count_of(n_undone, 'step')} taken back, to be done again by *Redo*.")


@st.fragment
def _show_before_after(work: Work, key: str) -> None:
    """Draw one column before and after all steps, and the table as it is now."""
    st.subheader("Before and after", anchor=False)
    before, after = work.history.base, work.table
    names = [name for name in after.frame.columns if name in before.frame.columns and after.kinds[name] != "text"]
    changed = [name for name in names if not _is_same(before, after, name)]
    if not changed:
        st.caption("No column that is still there has other values than before.")
    else:
        first = names.index(changed[0])
        column = st.selectbox("Column", names, index=first, key=f"{key}_column_{len(work.effects)}", width=320)
        with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
            for name, table in (("Before", before), ("After", after)):
                with st.container(), guard():
                    st.caption(name)
                    show_chart(load_chart(table.sha256, "distribution", (column, None), table), f"{key}_{name}", 280)
    preview = st.expander("The cleaned table", icon=":material/table_view:", key=f"{key}_rows", on_change="rerun")
    if preview.open:
        with preview:
            show_rows(after)


def _is_same(before: Table, after: Table, name: str) -> bool:
    """Tell whether a column has the same cells in the same rows as before."""
    return bool(before.frame[name].reset_index(drop=True).equals(after.frame[name]))


def _show_takeaway(work: Work, slug: str, key: str) -> None:
    """Offer the cleaned table to the other pages, as a file, and as the script that makes it."""
    st.subheader("Use it and take it away", anchor=False)
    is_handed = work.table.sha256 in work.handed
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Use the cleaned table on every page", key=f"{key}_use", type="primary", icon=":material/share:",
                  disabled=is_handed, on_click=hand_over, args=(work, slug))  # fmt: skip
        if is_handed:
            st.caption(":material/check_circle: Every page that it fits offers it as your table.")
    name = re.sub(r"\.\w+$", "", work.history.base.name)
    history: History = work.history
    files = [
        Download(safe_file_name(f"{name}-cleaned", ".csv"), lambda: to_csv(work.table.frame), "the cleaned table"),
        Download(safe_file_name(f"{name}-cleaning", ".zip"), lambda: make_script_bundle(history),
                 "the table as it was and a pandas script that repeats every step and checks the result bit for bit"),
    ]  # fmt: skip
    show_downloads(files, key)
    script = st.expander("The script", icon=":material/code:", key=f"{key}_script", on_change="rerun")
    if script.open:
        with script, guard():
            st.code(write_script(history), language="python", height=420)


def show_on_cleaned(draw: Callable[[Table, str], None], table: Table, key: str) -> None:
    """Draw a comparison on the table as the steps of *Clean* left it, and say so."""
    cleaned, n_steps = find_cleaned(table)
    if n_steps:
        st.caption(f":material/cleaning_services: On the table after {count_of(n_steps, 'step')} of *Clean*.")
    draw(cleaned, key)


def show_uncleaned(table: Table) -> None:
    """Say that what follows is of the table before its steps, where it has some, and how to have it after them."""
    if find_cleaned(table)[1]:
        st.info(
            "This is of the table before the steps of *Clean*. To have the cleaned one searched, use it on every page: "
            "the button stands in *Clean*.",
            icon=":material/cleaning_services:",
        )


session.hold_state(
    KEY, lambda works: [table.frame for work in works.values() for table in (work.history.base, work.table)]
)
