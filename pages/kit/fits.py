"""Which pages a table can go to: one line each, why or why not, and the button that goes there.

Left out: judging the fit, which is ``core.datasets.fit``.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.datasets.fit import Fit
from core.datasets.table import Table
from core.hub.registry import Project, find_built
from pages.kit import uploads
from pages.kit.errors import escape
from pages.kit.refusals import show_problem

YOURS = "yours"


def find_fits(table: Table) -> tuple[tuple[Project, Fit], ...]:
    """Check a table against every built page that takes tables; those that fit come first."""
    checked = [(project, uploads.load_fit(table.sha256, table.target, project.needs, table))
               for project in find_built() if project.needs is not None]  # fmt: skip
    return tuple(sorted(checked, key=lambda pair: not pair[1].ok))


def show_fits(table: Table, key: str = "fits") -> None:
    """Draw the choice of the class column and a row for each page that takes tables."""
    found = find_fits(table)
    _ask_target(table, found, key)
    for project, fit in found:
        _show_fit(project, fit, f"{key}_{project.slug}")


def _ask_target(table: Table, found: Sequence[tuple[Project, Fit]], key: str) -> None:
    """Let a person decide which column is the class, where a page predicts one and several could be it."""
    show_problem("target")
    fit = next((fit for project, fit in found if project.needs is not None and project.needs.target == "class"), None)
    targets = uploads.load_targets(table.sha256, "class", table)
    if fit is None or len(targets) < 2:  # noqa: PLR2004 — a choice needs two
        return
    name = f"{key}_target_{table.sha256[:12]}"
    start = targets.index(fit.target) if fit.target in targets else None
    st.selectbox("Class column, to be predicted", targets, index=start, key=name, format_func=escape, width=320,
                 on_change=_take_target, args=(name,))  # fmt: skip


def _take_target(key: str) -> None:
    """Predict the column that was chosen."""
    uploads.choose_target(st.session_state[key])


def _show_fit(project: Project, fit: Fit, key: str) -> None:
    """Draw one page's row."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        mark = ":green[:material/check_circle:]" if fit.ok else ":gray[:material/block:]"
        st.markdown(f"{mark} **{project.title}** · {escape(fit.reason)}", width=520)
        if fit.ok and st.button("Use it there", key=key, icon=":material/arrow_forward:", type="primary"):
            open_page(project)


def open_page(project: Project) -> None:
    """Go to a page and let it start with the session's own table."""
    want_table(project.slug, YOURS)
    st.switch_page(project.page)


def want_table(slug: str, choice: str) -> None:
    """Ask a page's chooser to select a data set when it is drawn next."""
    st.session_state[f"{slug}_wanted"] = choice
