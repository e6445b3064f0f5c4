"""Which column of a person's own table is the outcome: leaks of it are looked for, and charts are coloured by it.

Left out: bundled tables, whose outcome is known.
"""

from __future__ import annotations

import streamlit as st

from core.datasets.table import Table
from pages.kit.errors import escape

NONE = ""


def find_outcome(table: Table, slug: str) -> Table:
    """Return a table with the outcome that was chosen for it on this page, or its own."""
    chosen = st.session_state.get(_key(table, slug))
    if chosen is None or table.origin == "bundled":
        return table
    return table.with_target(chosen if chosen in table.frame.columns else None)


def ask_outcome(table: Table, slug: str) -> None:
    """Let a person say which column is the outcome, or that there is none."""
    if table.origin == "bundled":
        return
    options = [NONE, *(name for name in table.frame.columns if table.kinds[name] not in {"ignore", "text"})]
    start = options.index(table.target) if table.target in options else 0
    key = f"{_key(table, slug)}_widget"
    st.selectbox("Outcome", options, index=start, key=key, width=320, on_change=_keep, args=(table, slug, key),
                 format_func=lambda name: escape(name) if name else "None",
                 help="What one would predict. Columns that give it away are then looked for.")  # fmt: skip


def _keep(table: Table, slug: str, key: str) -> None:
    """Keep the choice, also while its box is not drawn."""
    st.session_state[_key(table, slug)] = st.session_state[key]


def _key(table: Table, slug: str) -> str:
    """Name the place where the choice of a table is kept."""
    return f"{slug}_outcome_{table.sha256[:12]}"
