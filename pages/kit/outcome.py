"""Which column of a person's own table is the outcome: leaks of it are looked for, and charts are coloured by it.

Left out: bundled tables, whose outcome is known.
"""

from __future__ import annotations

import streamlit as st

from core.datasets.table import Table
from pages.kit import session
from pages.kit.errors import escape

NONE, KEY = "", "outcome"


def ask_outcome(table: Table, slug: str) -> Table:
    """Let a person say which column is the outcome, or that there is none; return the table with it.

    The choice stands above every tab and is kept for the session. A bundled table is returned as it is.
    """
    if table.origin == "bundled":
        return table
    options = [NONE, *(name for name in table.frame.columns if table.kinds[name] not in {"ignore", "text"})]
    chosen = st.session_state.get(_key(table, slug), table.target)
    start = options.index(chosen) if chosen in options else 0
    key = f"widget_{_key(table, slug)}"
    name = st.selectbox("Outcome", options, index=start, key=key, on_change=_keep, args=(table, slug, key),
                        format_func=lambda name: escape(name) if name else "None",
                        help="What one would predict. Charts are coloured by its classes, and columns that give it "
                        "away are looked for.")  # fmt: skip
    return table.with_target(name or None)


def _keep(table: Table, slug: str, key: str) -> None:
    """Keep the choice, also while its box is not drawn."""
    st.session_state[_key(table, slug)] = st.session_state[key]


def _key(table: Table, slug: str) -> str:
    """Name the place where the choice of a table is kept."""
    return f"{KEY}_{slug}_{table.sha256[:12]}"


session.hold_state(KEY)
