"""Which columns of a file serve as a model's features: what was matched, what is missing, what is left aside.

Left out: the matching itself, which is ``core.datasets.mapping``.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.datasets.mapping import NeededColumn, map_columns
from core.datasets.table import Table
from pages.kit.errors import escape


def show_match(table: Table, needed: Mapping[str, NeededColumn]) -> bool:
    """Show how a table's columns serve a model; return whether every needed one was found."""
    mapping = map_columns(table, needed)
    if mapping.missing:
        names = ", ".join(escape(name) for name in mapping.missing)
        st.error(f"No column was found for {names}. Rename or add it, and upload the file again.",
                 icon=":material/error:", title="A column is missing")  # fmt: skip
    renamed = [f"{escape(theirs)} as {escape(ours)}" for ours, theirs in mapping.found.items() if theirs != ours]
    if renamed:
        st.caption(f":material/link: Read {', '.join(renamed)}.")
    if mapping.ignored:
        st.caption(f":material/visibility_off: Not used: {', '.join(escape(name) for name in mapping.ignored)}.")
    for sentence in mapping.out_of_range:
        st.warning(escape(sentence), icon=":material/warning:")
    return not mapping.missing
