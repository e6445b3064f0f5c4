"""What five folds cannot tell apart, compared again on the held-out answers themselves, row by row.

Left out: the comparison (``core.tabular._shared.held_out``); the verdicts of the folds (``compare``).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.metrics import show_metric
from pages.kit.compare import capitalise
from pages.kit.errors import escape

AREAS = "ROC areas are compared in each fold by the placements of DeLong et al. (1988)."
ERRORS = "Errors are compared by a paired bootstrap of the rows: 1,000 draws, both models on the same."


def show_row_by_row(found: pd.DataFrame, metric: str, n_folds: int) -> None:
    """Draw the differences to the best model on the held-out answers, and what they leave out.

    Parameters
    ----------
    found : DataFrame of shape (n_models, 4)
        model, difference (above 0 where the best is better), low, high.
    metric : str
        What is compared, as scores name it.
    """
    if found.empty:
        return
    title, method = show_metric(metric), AREAS if metric == "roc_auc" else ERRORS
    told = found.loc[found["low"] > 0, "model"].tolist()
    st.caption(
        f"Not told apart by {n_folds} folds is not the same as equal: the corrected t-test of Nadeau and Bengio (2003) "
        f"over {n_folds} folds sees large differences only. It holds how models change with the rows they learn from."
    )
    with st.expander("The same on held-out answers, row by row", type="compact"):
        said = (
            f"Row by row the best has the better {title} than {', '.join(told)}."
            if told
            else (f"Row by row too no model is told apart by its {title}.")
        )
        st.markdown(escape(said))
        shown = found.assign(model=found["model"].map(capitalise))
        titles = {"model": "Model", "difference": f"Behind the best by ({title})", "low": "from", "high": "to"}
        digits = {name: st.column_config.NumberColumn(format="%.4f") for name in list(titles.values())[1:]}
        st.dataframe(shown.rename(columns=titles), hide_index=True, column_config=digits,
                     alt="Differences to the best model on held-out answers")  # fmt: skip
        st.caption(
            f"{method} Each interval is 95% by itself. It compares these very models on these rows and leaves out how "
            "they would change with other rows to learn from, so its intervals are too narrow for that question."
        )
