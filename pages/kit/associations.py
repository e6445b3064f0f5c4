"""How every column goes with every other one: a choice of measure, the matrix as a heatmap, the closest pairs in words.

Left out: the measures, which are ``core.tabular.eda.associations``.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.datasets.table import Table
from core.hub.charts import Chart
from core.tabular.eda.associations import (
    Association,
    Pair,
    associate,
    association_chart,
    find_strongest,
    write_association,
)
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

MEASURES = {
    "mixed": "All columns",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "kendall": "Kendall",
    "cramers_v": "Cramér's V",
    "correlation_ratio": "Correlation ratio",
}
ABOUT = {
    "mixed": "Each pair by the measure that its kinds ask for: Spearman's rho for two numbers, Cramér's V for two "
    "categories, the correlation ratio for one of each, these two less what chance would show.",
    "pearson": "Numbers: how close the points lie to a straight line, −1 to 1.",
    "spearman": "Numbers: whether one rises with the other, in any shape, −1 to 1.",
    "kendall": "Numbers: of two rows drawn at random, how much oftener both columns agree on the order than not.",
    "cramers_v": "Categories: 0 where they are as independent as chance, 1 where one tells the other.",
    "correlation_ratio": "A number with a category: the root of the share of its spread that lies between the classes, "
    "less what chance would show.",
}
N_PAIRS = 10
MOST_WRITTEN = 14


@st.fragment
def show_associations(table: Table, key: str) -> None:
    """Draw the matrix of a table; choosing a measure draws only this again."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control("Measure", list(MEASURES), default="mixed", required=True, wrap=True,
                                      key=f"{key}_measure", format_func=MEASURES.get)  # fmt: skip
        clustered = st.toggle("Put like beside like", value=True, key=f"{key}_clustered", persist_state="session",
                              help="Orders the columns by average linkage, so that blocks stand out.")  # fmt: skip
    st.caption(ABOUT[method])
    with guard():
        with st.spinner("Comparing every two columns…"):
            found = load_association(table.sha256, method, clustered, table.target, table)
        is_wide = len(found.names_columns) > MOST_WRITTEN
        matrix, words = (st.container(), st.container()) if is_wide else st.columns([3, 2], gap="large")
        with matrix:
            show_chart(draw_matrix(found), f"{key}_matrix", height=380)
            for note in found.notes:
                st.caption(escape(note))
        with words:
            _show_pairs(found)


def draw_matrix(found: Association) -> Chart:
    """Draw the matrix; the numbers stand in its cells only where they fit."""
    chart = association_chart(found)
    if len(found.names_columns) <= MOST_WRITTEN:
        return chart
    return replace(chart, marks=tuple(replace(mark, text=()) for mark in chart.marks))


def _show_pairs(found: Association) -> None:
    """List the pairs that go together most, in words."""
    st.markdown("**The closest pairs**")
    pairs = find_strongest(found, N_PAIRS)
    st.markdown("\n".join(f"{place}. {describe_pair(pair)}" for place, pair in enumerate(pairs, 1)) or "None.")
    st.caption("Going together is no cause; *Explain* has each with its interval and its test.")


def describe_pair(pair: Pair) -> str:
    """Say one pair in words that may stand in Markdown.

    Examples
    --------
    >>> describe_pair(Pair("bill", "mass", -0.61, 342, "Spearman's rho"))
    "bill and mass: opposite ways, Spearman's rho −0.61 (342 rows)"
    """
    way = ""
    if pair.effect in {"Pearson's r", "Spearman's rho", "Kendall's tau"}:
        way = "same way, " if pair.value > 0 else "opposite ways, "
    size = f"{pair.effect} {write_association(pair.value)}"
    return f"{escape(pair.first)} and {escape(pair.second)}: {way}{size} ({pair.n:,} rows)"


@st.cache_data(max_entries=24, scope="session", show_spinner=False)
def load_association(
    sha256: str,  # noqa: ARG001 — the key
    method: str,
    clustered: bool,
    target: str | None,  # noqa: ARG001 — the key
    _table: Table,
) -> Association:
    """Compare the columns of a table once."""
    return associate(_table, method, clustered)


drop_with_session("associations", load_association)
