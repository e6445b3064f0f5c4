"""What scaling does to number columns: the figures of each scale side by side, and one column before and after.

Left out: the scales, which are ``core.tabular.eda.cleaning.scaling``; scaling itself, which is a step of the cleaning.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.datasets.association import find_numbers
from core.datasets.explore import distribution_chart
from core.datasets.table import Table
from core.hub.charts import Chart
from core.tabular.eda.cleaning import ScaleColumns, apply_step
from core.tabular.eda.cleaning.scaling import METHODS, WARNING, compare_scales
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

LEAST_WIDTH = 340
TINY = 1e-12  # a mean of a standardised column that differs from 0 by rounding alone
ABOUT = {
    "standard": "Minus the mean, divided by the standard deviation: for methods that measure distances.",
    "min-max": "The least value becomes 0, the greatest 1: one far value squeezes all others.",
    "robust": "Minus the median, divided by the width of the middle half: far values hardly move it.",
    "power": "Yeo and Johnson's power that makes the column as symmetric as can be, then standardised.",
    "log1p": "The logarithm of one more than the value: for counts and amounts that lean to the large side.",
}


@st.fragment
def show_scales(table: Table, key: str) -> None:
    """Draw one number column on each scale."""
    names = find_numbers(table)
    if not names:
        st.info("No number column varies in this table.", icon=":material/straighten:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        column = st.selectbox("Number column", names, key=f"{key}_column_{table.sha256[:8]}", width=320)
        method = st.segmented_control("Scale", METHODS, default="standard", required=True, key=f"{key}_scale",
                                      wrap=True, format_func=write_method)  # fmt: skip
    st.caption(ABOUT[method])
    with guard():
        frame = load_scales(table.sha256, column, table)
        with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
            with st.container():
                show_chart(draw_scaled(table, column, ""), f"{key}_before", 300)
            with st.container(), guard():
                show_chart(load_scaled(table.sha256, column, method, table), f"{key}_after", 300)
        st.dataframe(frame.drop(columns=["column", "note"]), hide_index=True, column_config=describe_columns(),
                     alt=f"{column} on each scale")  # fmt: skip
        for note in [note for note in frame["note"] if note]:
            st.caption(f":material/info: {escape(note)}")
    st.warning(escape(WARNING), icon=":material/warning:")


def write_method(method: str) -> str:
    """Write a scale's name as a button.

    Examples
    --------
    >>> write_method("min-max"), write_method("log1p")
    ('Min-max', 'log(1 + x)')
    """
    return "log(1 + x)" if method == "log1p" else method.capitalize()


def describe_columns() -> dict[str, object]:
    """Name the columns of a comparison and give them digits."""
    number, words = (
        st.column_config.NumberColumn,
        {"mean": "Mean", "deviation": "SD", "min": "Least", "max": "Greatest"},
    )
    config: dict[str, object] = {name: number(word, format="%.4g") for name, word in words.items()}
    config["skewness"] = number("Skewness", format="%.2f", help="0 where both sides are alike")
    return config | {"scale": st.column_config.TextColumn("Scale", pinned=True)}


def draw_scaled(table: Table, column: str, method: str) -> Chart:
    """Draw how a column is spread, on a scale or as it is."""
    if not method:
        chart = distribution_chart(table, column)
        return replace(chart, title=f"As it is: {chart.title}")
    chart = distribution_chart(apply_step(table, ScaleColumns((column,), method)), column)  # type: ignore[arg-type]
    label = f"{column} ({method} scale)"
    return replace(chart, title=f"{write_method(method)}: {chart.title}", x_label=label)


@st.cache_data(max_entries=32, scope="session", show_spinner=False)
def load_scales(sha256: str, column: str, _table: Table) -> pd.DataFrame:  # noqa: ARG001 — the key
    """Compare the scales of one column once."""
    found = compare_scales(_table, (column,))
    numbers = found.select_dtypes("number").columns
    found[numbers] = found[numbers].mask(found[numbers].abs() < TINY, 0.0)
    return found


@st.cache_data(max_entries=64, scope="session", show_spinner=False)
def load_scaled(sha256: str, column: str, method: str, _table: Table) -> Chart:  # noqa: ARG001 — the key
    """Draw one column on one scale once."""
    return draw_scaled(_table, column, method)


drop_with_session("scales", load_scales, load_scaled)
