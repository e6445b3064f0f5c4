"""What the misses of models that answer numbers look like: four plots, two tests in words, and a table by group.

Left out: the figures, charts and tests (``core.evaluation.residuals``); scores (``leaderboard``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import residuals as core_residuals
from core.evaluation.residuals import SpreadTest
from core.hub.charts import Chart
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

LEAST_WIDTH, HEIGHT, MOST_GROUPS = 360, 320, 60


@dataclass(frozen=True, slots=True, eq=False)
class Misses:
    """Held-out answers beside the truth.

    Parameters
    ----------
    key : str
        Changes with the run.
    y : array of shape (n_rows,)
        True values, on the scale that was learnt.
    answers : mapping of model to array of shape (n_rows,)
        Best first.
    unit : str
        Of both, such as ``$`` or ``log $``.
    groups : array of shape (n_rows,), optional
        A group of each row, such as its neighbourhood.
    group : str
        What the groups are.
    """

    key: str
    y: np.ndarray
    answers: Mapping[str, np.ndarray]
    unit: str = ""
    groups: np.ndarray | None = None
    group: str = "group"


@st.fragment
@guard()
def show_residuals(misses: Misses, key: str) -> None:
    """Draw one model's residuals and what tests make of them."""
    if not misses.answers:
        st.info("No held-out answer is kept for this run.", icon=":material/scatter_plot:")
        return
    model = st.selectbox("Model", list(misses.answers), format_func=capitalise, key=f"{key}_model_{misses.key[:8]}",
                         width=320)  # fmt: skip
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for name, chart in load_charts(misses.key, model, misses).items():
            with st.container():
                show_chart(chart, f"{key}_{name}", HEIGHT)
    show_tests(load_tests(misses.key, model, misses), len(misses.y))
    if misses.groups is not None:
        with guard():
            _show_groups(misses, model, key)


def show_tests(tests: Mapping[str, SpreadTest], n_rows: int) -> None:
    """Draw the tests of even spread and of normal shape."""
    shown = pd.DataFrame({
        "Test": list(tests),
        "Statistic": [each.statistic for each in tests.values()],
        "p": [each.p for each in tests.values()],
        "In words": [each.sentence for each in tests.values()],
    })  # fmt: skip
    number = st.column_config.NumberColumn
    config = {"Statistic": number(format="%.2f"), "p": number(format="%.2g"),
              "In words": st.column_config.TextColumn(width="large")}  # fmt: skip
    st.dataframe(shown, hide_index=True, column_config=config, alt="Tests of the residuals")
    st.caption(f"With {n_rows:,} rows a test finds what no eye would: read the sizes beside the p-values.")


def _show_groups(misses: Misses, model: str, key: str) -> None:
    """Draw every group's residuals."""
    answers = misses.answers[model]
    if len(np.unique(np.asarray(misses.groups).astype(str))) > MOST_GROUPS:
        st.info(f"There are more than {MOST_GROUPS} groups of {escape(misses.group)}; they are not drawn one by one.",
                icon=":material/category:")  # fmt: skip
        return
    groups = st.expander(f"By {escape(misses.group)}", key=f"{key}_groups_open", on_change="rerun",
                         icon=":material/category:")  # fmt: skip
    if groups.open:
        with groups:
            show_chart(core_residuals.group_chart(misses.y, answers, misses.groups, misses.unit), f"{key}_groups")
            frame = core_residuals.list_groups(misses.y, answers, misses.groups)
            titles = {"group": misses.group.capitalize(), "n": "Rows", "median": "Median", "low": "Lower quarter",
                      "high": "Upper quarter"}  # fmt: skip
            st.dataframe(frame.rename(columns=titles), hide_index=True, alt=f"Residuals of each {misses.group}",
                         column_config={name: st.column_config.NumberColumn(format="%.4g") for name in
                                        ("Median", "Lower quarter", "Upper quarter")})  # fmt: skip


@st.cache_data(max_entries=32, scope="session", show_spinner=False)
def load_charts(key: str, model: str, _misses: Misses) -> dict[str, Chart]:  # noqa: ARG001 — the key
    """Work out one model's plots once."""
    y, answers, unit = _misses.y, _misses.answers[model], _misses.unit
    return {
        "residuals": core_residuals.residual_chart(y, answers, unit),
        "spread": core_residuals.scale_location_chart(y, answers, unit),
        "shape": core_residuals.q_q_chart(y, answers),
    }


@st.cache_data(max_entries=32, scope="session", show_spinner=False)
def load_tests(key: str, model: str, _misses: Misses) -> dict[str, SpreadTest]:  # noqa: ARG001 — the key
    """Test one model's residuals once."""
    y, answers = _misses.y, _misses.answers[model]
    return {
        "Even spread (Breusch–Pagan, Koenker)": core_residuals.find_uneven_spread(y, answers),
        "Normal shape (Jarque–Bera)": core_residuals.find_odd_shape(y, answers),
    }


drop_with_session("residuals", load_charts, load_tests)
