"""The Explore tab of any table: its rows, a summary, how each column is spread, how two go together, the class balance.

Left out: what the charts show, which ``core.datasets.explore`` works out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from core.datasets.association import find_numbers, rank_columns, rank_partners
from core.datasets.explore import balance_chart, correlation_chart, distribution_chart, pair_chart
from core.datasets.fit import find_features
from core.datasets.summary import summarise, write_ends
from core.datasets.table import Table
from core.hub.charts import Chart
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.tabs import show_views
from pages.kit.uploads import drop_with_session

MAX_ROWS = 1_000
LEAST_WIDTH = 380
CHARTS: dict[str, Callable[..., Chart]] = {
    "balance": balance_chart,
    "distribution": distribution_chart,
    "pair": pair_chart,
    "correlation": correlation_chart,
}


def show_explore(
    table: Table, key: str, *, is_class: bool = True, more: Mapping[str, Callable[[], None]] | None = None
) -> None:
    """Draw a table as a person first wants to see it.

    Parameters
    ----------
    table : Table
        With its target set.
    key : str
        Starts the key of every widget.
    is_class : bool
        Whether the target is a class, which colours the charts, or a number, which is drawn against the others.
    more : mapping of name to callable, optional
        Views that stand before those of any table.
    """
    show_counts(table, is_class=is_class)
    by = table.target if is_class else None
    views: dict[str, Callable[[], None]] = {
        **(more or {}),
        "Charts": lambda: show_columns(table, key, by),
        "Whole table": lambda: show_whole(table, key, by),
        "Rows": lambda: show_rows(table),
        "Columns in figures": lambda: show_summary(table),
    }
    show_views(views, f"{key}_explore{'_told' if more else ''}")


def show_counts(table: Table, *, is_class: bool) -> None:
    """Draw the size of the table in four figures."""
    summary, features = load_summary(table.sha256, table.target, table), find_features(table)
    missing = int(summary.loc[summary["column"].isin([*features, table.target]), "missing"].sum())
    n_classes = int(summary.loc[summary["column"] == table.target, "distinct"].sum())
    figures = {"Rows": f"{len(table.frame):,}", "Features": len(features), "Missing cells": f"{missing:,}"}
    if n_classes and is_class:
        figures[f"Classes of {table.target}"] = n_classes
    with st.grid(4, min_column_width=130, gap="small"):
        for name, value in figures.items():
            st.metric(escape(name), value, border=True)


@st.fragment
def show_columns(table: Table, key: str, by: str | None) -> None:
    """Draw one column and one pair; choosing another draws only these again."""
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            _show_spread(table, key, by)
        with st.container():
            _show_pair(table, key, by)


def show_whole(table: Table, key: str, by: str | None) -> None:
    """Draw what no choice of a column changes: how common the classes are, and how all numbers go together."""
    has_numbers = len(find_numbers(table)) > 1
    if by is None and not has_numbers:
        st.info("Two number columns are needed to see how they go together.", icon=":material/scatter_plot:")
        return
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        if by is not None:
            with st.container(), guard():
                show_chart(load_chart(table.sha256, "balance", (by,), table), f"{key}_balance")
        if has_numbers:
            with st.container(), guard():
                show_chart(load_chart(table.sha256, "correlation", (), table), f"{key}_correlation")


def _show_spread(table: Table, key: str, by: str | None) -> None:
    """Draw one column's spread; first the one that tells the classes apart best, or the number to predict."""
    aim = [table.target] if by is None and table.target is not None else []
    shown = aim + [name for name in table.features if table.kinds[name] != "text"]
    if not shown:
        st.info("Every column is text; set a type on *Your data* to see how it is spread.")
        return
    first = aim or _rank(table, by)[:1] or shown[:1]
    column = st.selectbox(
        "Column", shown, index=shown.index(first[0]), key=f"{key}_column_{table.sha256[:8]}_{table.target}"
    )
    with guard():
        show_chart(load_chart(table.sha256, "distribution", (column, by), table), f"{key}_spread")


def _show_pair(table: Table, key: str, by: str | None) -> None:
    """Draw two columns against each other; first those that tell the classes apart best, or tell most of the target."""
    ranked = _rank(table, by)
    if by is None and table.target is not None:
        ranked = [*ranked[:1], table.target, *ranked[1:]]
    numbers = [name for name in table.frame.columns if name in ranked]
    if len(numbers) < 2:  # noqa: PLR2004 — a pair is two
        st.info("Two number columns are needed to draw one against the other.", icon=":material/scatter_plot:")
        return
    left, right = st.columns(2)
    x = left.selectbox(
        "Across", numbers, index=numbers.index(ranked[0]), key=f"{key}_x_{table.sha256[:8]}_{table.target}"
    )
    y = right.selectbox("Up", numbers, index=numbers.index(ranked[1]), key=f"{key}_y_{table.sha256[:8]}_{table.target}")
    with guard():
        show_chart(load_chart(table.sha256, "pair", (x, y, by), table), f"{key}_pair")


def _rank(table: Table, by: str | None) -> list[str]:
    """Order the number columns by how well they tell the classes apart, or how closely they go with the target."""
    if table.target is None:
        return find_numbers(table)
    return [name for name, _ in load_ranks(table.sha256, table.target, by is not None, table)]


def show_rows(table: Table) -> None:
    """Draw the first rows, as many as a browser takes lightly."""
    n_rows = len(table.frame)
    rows = table.frame.head(MAX_ROWS)
    st.dataframe(
        rows,
        height=320,
        hide_index=True,
        column_config=make_date_config(rows),
        alt=f"Rows of the table, {min(n_rows, MAX_ROWS)} of {n_rows}",
    )
    if n_rows > MAX_ROWS:
        st.caption(f"The first {MAX_ROWS:,} of {n_rows:,} rows.")


def make_date_config(frame: pd.DataFrame) -> dict[str, object]:
    """Show the dates of a frame as days where none of them has a time of day."""
    dates = [name for name in frame.columns if frame[name].dtype.kind == "M"]
    return {
        name: st.column_config.DateColumn(format="YYYY-MM-DD")
        for name in dates
        if (frame[name].dropna() == frame[name].dropna().dt.normalize()).all()
    }


def show_summary(table: Table) -> None:
    """Draw a line for each column."""
    shown = write_ends(load_summary(table.sha256, table.target, table), table)
    st.dataframe(
        shown,
        hide_index=True,
        column_config=make_summary_config(shown),
        placeholder="",
        alt="Each column with its type, missing values and spread",
    )


def make_summary_config(summary: pd.DataFrame) -> dict[str, object]:
    """Describe the columns of a summary: their names on screen, their digits, and its ends as text beside dates."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    ends = (
        {}
        if pd.api.types.is_numeric_dtype(summary["min"])
        else {"min": text("Least", alignment="right"), "max": text("Greatest", alignment="right")}
    )
    return {
        "column": text("Column", pinned=True),
        "kind": text("Type"),
        "missing": number("Missing", format="localized"),
        "missing_share": number("Missing share", format="percent"),
        "distinct": number("Distinct", format="localized"),
        "min": number("Least", format="%.4g"),
        "mean": number("Mean", format="%.4g"),
        "max": number("Greatest", format="%.4g"),
        "top": text("Most frequent"),
        "top_share": number("Its share", format="percent"),
        **ends,
    }


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_summary(sha256: str, target: str | None, _table: Table) -> pd.DataFrame:  # noqa: ARG001 — the key
    """Summarise a table once."""
    return summarise(_table)


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_ranks(sha256: str, target: str, is_class: bool, _table: Table) -> tuple[tuple[str, float], ...]:  # noqa: ARG001 — the key
    """Rank a table's columns once."""
    return rank_columns(_table, target) if is_class else rank_partners(_table, target)


@st.cache_data(max_entries=64, scope="session", show_spinner=False)
def load_chart(sha256: str, name: str, columns: tuple[str | None, ...], _table: Table) -> Chart:  # noqa: ARG001 — the key
    """Work out a chart of a table once."""
    return CHARTS[name](_table, *columns)


drop_with_session("explore", load_summary, load_ranks, load_chart)
