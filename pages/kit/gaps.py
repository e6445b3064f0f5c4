"""What is missing: how much of each column, where in the rows, what the gaps go with, and what no table can tell.

Left out: the tests, which are ``core.tabular.eda.cleaning.missing``.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets.fixes.wording import count_of, cut
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.tabular.eda.cleaning.missing import MissingColumn, MissingStudy, study_missing
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

MAX_COLUMNS, MAX_BLOCKS = 20, 30
MOST_OPEN, MOST_LINKS = 8, 6
LEAST_WIDTH = 380
MECHANISMS = (
    "A value may be missing completely at random (MCAR), as other columns have it (MAR), or because of what it would "
    "have been (MNAR)."
)


@st.fragment
def show_gaps(table: Table, key: str) -> None:
    """Draw the missing cells of a table and what is known of why."""
    if not table.frame.isna().to_numpy().any():
        st.success("No cell is missing in this table.", icon=":material/check_circle:")
        st.caption("A code such as −999 may still stand for a missing value; *Clean* says where one is suspected.")
        return
    with guard(), st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        from core.tabular.eda.report.figures import gaps_chart

        with st.container():
            show_chart(gaps_chart(table), f"{key}_shares")
        with st.container():
            show_chart(matrix_chart(table), f"{key}_matrix")
    st.subheader("Why may they be missing?", anchor=False)
    st.caption(MECHANISMS)
    with guard():
        with st.spinner("Testing what each column's gaps go with…"):
            study = load_study(table.sha256, table.target, table)
        _show_study(study)


def _show_study(study: MissingStudy) -> None:
    """Draw a verdict for each column with gaps, then what holds for all of them."""
    for column in study.columns[:MOST_OPEN]:
        _show_column(column)
    if len(study.columns) > MOST_OPEN:
        with st.expander(f"{count_of(len(study.columns) - MOST_OPEN, 'more column')} with gaps"):
            for column in study.columns[MOST_OPEN:]:
                _show_column(column)
    st.info(escape(study.limits), icon=":material/psychology_alt:", title="What cannot be known")
    st.caption(
        f"{escape(study.little_note)}. {count_of(study.n_tests, 'test')} in all; of the links named, one in twenty "
        "may be chance (Benjamini and Hochberg)."
    )


def _show_column(column: MissingColumn) -> None:
    """Draw one column: its verdict, the exact rules, the strongest links."""
    with st.container(border=True):
        name = cut(column.column)
        st.markdown(f"**{escape(name)}** {escape(column.verdict.removeprefix(name))}.")
        told = [rule.sentence for rule in column.rules[1:]]
        told += [link.sentence for link in column.links[0 if column.rules else 1 :][:MOST_LINKS]]
        if told:
            with st.expander(f"{count_of(len(told), 'further sign')}"):
                st.markdown("\n".join(f"- {escape(each)}" for each in told))


def matrix_chart(table: Table) -> Chart:
    """Draw where in the rows cells are missing: a column a row, at most 30 blocks of rows across.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> matrix_chart(load_table("penguins")).title
    'The gaps of 5 columns by place in the table: 2 rows lack 5 columns at once'
    """
    missing = table.frame.isna()
    counts = missing.sum().sort_values(ascending=False, kind="stable")
    names = [str(name) for name in counts.index[counts > 0][:MAX_COLUMNS]]
    cells = missing[names].to_numpy(dtype=float)
    blocks = np.array_split(cells, min(len(cells), MAX_BLOCKS))
    starts = np.cumsum([0, *(len(block) for block in blocks[:-1])]) + 1
    shares = np.array([block.mean(axis=0) for block in blocks]).T
    at_once = missing.sum(axis=1)
    most = int(at_once.max())
    title = (
        f"The gaps of {count_of(len(names), 'column')} by place in the table: "
        f"{count_of(int((at_once == most).sum()), 'row')} {'lacks' if (at_once == most).sum() == 1 else 'lack'} "
        f"{count_of(most, 'column')} at once"
    )
    mark = Mark("heatmap", starts, np.array(names, dtype=object), z=shares)
    alt = f"{title}. Darker means that more of a block of about {len(blocks[0]):,} rows is missing."
    return Chart(title, "Row of the table", "", (mark,), alt=alt)


@st.cache_data(max_entries=8, scope="session", show_spinner=False)
def load_study(sha256: str, target: str | None, _table: Table) -> MissingStudy:  # noqa: ARG001 — the key
    """Study the gaps of a table once."""
    return study_missing(_table)


drop_with_session("gaps", load_study)
