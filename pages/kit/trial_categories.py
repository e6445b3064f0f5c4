"""A column of categories, compared between all arms at once: what a mean or a share cannot say.

Left out: what decides a trial (``trial_views``).
"""

from __future__ import annotations

import shlex

import streamlit as st

from core.datasets.table import Table
from core.experimentation.ab_testing.categories import categories_chart, compare_categories, list_categories
from core.experimentation.ab_testing.recipe import Recipe
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.trials import TABLE_FILE, find_places, load_plan, show_rows


def show_categories(table: Table, key: str) -> None:
    """Draw how the arms chose among categories, and whether they differ."""
    places, plan = find_places(table), load_plan(table)
    if places is None:
        return
    names = [name for name in (places.metric, *places.segments) if table.frame[name].nunique() > 1]
    st.caption("Pearson's chi-square over all arms and categories. It says that the arms differ, never that one is "
               "better, so it decides nothing; a column from before the assignment should not differ.")  # fmt: skip
    name = st.selectbox("Column", names, min(1, len(names) - 1), key=f"{key}_{table.sha256[:8]}", width=260,
                        format_func=escape)  # fmt: skip
    found = compare_categories(table, Recipe(arm=places.arm, metric=name, unit=plan.unit))
    show_chart(categories_chart(found), f"{key}_chart")
    show_rows(list_categories(found), ("share",), key=f"{key}_rows")
    for note in found.notes:
        st.caption(f":material/info: {escape(note)}")
    options = f"{shlex.quote(f'--arm={found.arm}')} {shlex.quote(f'--metric={found.metric}')}"
    st.caption(f":material/terminal: `python -m core ab categories {TABLE_FILE} {options}` on the rows of *Take "
               "away*. A residual is in standard errors: beyond ±2 a cell is off.")  # fmt: skip
