"""What training on evened-out classes buys and costs, model by model.

Left out: the comparison itself (``core.tabular.churn.resampled``).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import streamlit as st

from core.evaluation.metrics import show_metric
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import guard

LEAST_WIDTH, ROW_HEIGHT, FRAME_HEIGHT = 360, 40, 120


@guard()
def show_smote(project: ModuleType, model: Any, key: str) -> None:
    """Draw the difference that SMOTE makes to the ranking and to the probabilities of each model."""
    st.subheader("What does SMOTE buy, and what does it cost?", anchor=False)
    found = project.compare_smote(model)
    if found.empty:
        st.info("This run compared no model with SMOTE; turn it on in the settings above.", icon=":material/balance:")
        return
    height = ROW_HEIGHT * found["model"].nunique() + FRAME_HEIGHT
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for metric in ("roc_auc", "brier"):
            with st.container():
                show_chart(project.smote_chart(found, metric), f"{key}_smote_{metric}", height)
    shown = found.assign(model=found["model"].map(capitalise), metric=found["metric"].map(show_metric))
    titles = {"model": "Model", "metric": "Score", "without": "Without", "with_smote": "With SMOTE",
              "difference": "Difference", "low": "from", "high": "to"}  # fmt: skip
    digits = {name: st.column_config.NumberColumn(format="%.4f") for name in list(titles.values())[2:]}
    with st.expander("Every score with and without", type="compact", key=f"{key}_smote_table"):
        st.dataframe(shown.rename(columns=titles), hide_index=True, column_config=digits,
                     alt="Scores of each model with and without SMOTE")  # fmt: skip
    st.caption("SMOTE makes new leavers inside each fold's training rows alone. Both models of a pair learn from the "
               "same folds; the interval is the corrected one of Nadeau and Bengio (2003). Only models without SMOTE "
               "are acted on: their shares are probabilities.")  # fmt: skip
