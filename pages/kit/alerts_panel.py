"""What a table is said to have wrong with it, in plain words, each with the button that mends it and a way back.

Left out: finding the alerts and mending them, which are ``core.datasets.alerts`` and ``fixes``.
"""

from __future__ import annotations

import streamlit as st

from core.datasets.alerts import Alert
from core.datasets.table import Table
from pages.kit import uploads
from pages.kit.errors import escape
from pages.kit.refusals import show_problem

ICONS = {
    "problem": ":red[:material/error:]",
    "warning": ":orange[:material/warning:]",
    "note": ":blue[:material/info:]",
}
ORDER = tuple(ICONS)
MAX_SHOWN = 12


def show_alerts(table: Table, key: str = "alerts") -> None:
    """Draw the alerts of a table, worst first, with their fixes, and the fixes made so far."""
    alerts = sorted(
        uploads.load_alerts(table.sha256, table.target, table), key=lambda alert: ORDER.index(alert.severity)
    )
    if alerts:
        _show_list(alerts, key)
    else:
        st.success("Nothing stands out: no constant, repeated, missing or suspicious values.",
                   icon=":material/check_circle:")  # fmt: skip
    show_problem("fixes")
    _show_done(key)


def _show_list(alerts: list[Alert], key: str) -> None:
    """Draw one row an alert; a long list keeps its tail folded."""
    for number, alert in enumerate(alerts[:MAX_SHOWN]):
        _show_alert(alert, f"{key}_{number}")
    if len(alerts) > MAX_SHOWN:
        with st.expander(f"{len(alerts) - MAX_SHOWN} more"):
            for number, alert in enumerate(alerts[MAX_SHOWN:], MAX_SHOWN):
                _show_alert(alert, f"{key}_{number}")


def _show_alert(alert: Alert, key: str) -> None:
    """Draw one alert with its button."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{ICONS[alert.severity]} {escape(alert.sentence)}", width=520)
        if alert.fix is not None:
            st.button(escape(alert.fix.label), key=key, on_click=uploads.add_fix, args=(alert.fix,))


def _show_done(key: str) -> None:
    """List the fixes made, with the button that takes the last one back."""
    draft = uploads.find_draft()
    if draft is None or not draft.fixes:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        done = "; ".join(fix.label for fix in draft.fixes)
        st.caption(f":material/done_all: Done: {escape(done)}", width=520)
        st.button(
            "Undo the last fix",
            key=f"{key}_undo",
            icon=":material/undo:",
            type="tertiary",
            on_click=uploads.undo_fix,
            help=f"Takes back: {escape(draft.fixes[-1].label)}",
        )
