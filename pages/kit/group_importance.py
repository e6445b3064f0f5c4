"""Which groups of columns matter, by how much the error grows when each is shuffled among held-out rows.

Left out: the measure (``core.evaluation.importance``).
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.evaluation.importance import rise_chart
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.slow import load_on_demand

WAYS = {"topic": "By topic", "correlation": "By correlation", "column": "Each column alone"}


@st.fragment
def show_group_importance(
    run: str, models: tuple[str, ...], measure: Callable[[str, str], pd.DataFrame], unit: str, key: str
) -> None:
    """Draw the rise of the error for each group of columns, once a person asks for it.

    Parameters
    ----------
    run : str
        Changes with the run.
    measure : callable
        ``measure(model, way) -> DataFrame`` with group, rise, low and high; takes some seconds.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        model = st.selectbox("Model", models, format_func=capitalise, key=f"{key}_model_{run[:8]}", width=260)
        way = st.segmented_control("Shuffle", list(WAYS), default="topic", required=True, key=f"{key}_way",
                                   format_func=WAYS.get, wrap=True)  # fmt: skip
    found = load_on_demand("Shuffle the columns", (run, model, way), lambda: measure(model, way), key)
    if found is not None:
        show_chart(rise_chart(found, unit), f"{key}_rise")
    st.caption(
        "Columns that stand in for one another hide one another: shuffle one alone and the other still tells. So those "
        "of one topic, or whose ranks correlate by 0.7 or more, are shuffled together. The model is fitted on four "
        "folds and asked about the fifth; 95% intervals over its rows."
    )
