"""Which columns matter over many rows: the mean size of their effects, and every way to explain under its name.

Left out: importance by the loss of accuracy (``core.evaluation.importance``), which asks about the truth as well.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.evaluation.attribution.agreement import measure_mean
from core.evaluation.attribution.lime_package import lime_values
from core.evaluation.attribution.occlusion import permutation_values
from core.evaluation.attribution.result import Ask, Attribution
from core.evaluation.attribution.shap_package import shap_values
from core.evaluation.attribution.shapley import MAX_COLUMNS, exact_shapley, sample_shapley
from core.hub.errors import RecipeError


def _find_shapley(ask: Ask, x: pd.DataFrame, background: pd.DataFrame, seed: int = 0) -> Attribution:
    """Enumerate up to 12 columns, sample orders past that."""
    if x.shape[1] <= MAX_COLUMNS:
        return exact_shapley(ask, x, background, seed)
    return sample_shapley(ask, x, background, seed)


METHODS: dict[str, Callable[[Ask, pd.DataFrame, pd.DataFrame, int], Attribution]] = {
    "Shapley": _find_shapley,
    "SHAP": shap_values,
    "LIME": lime_values,
    "permutation": permutation_values,
}


def explain_rows(method: str, ask: Ask, x: pd.DataFrame, background: pd.DataFrame, seed: int = 0) -> Attribution:
    """Explain rows by a method's name: Shapley, SHAP, LIME or permutation.

    Raises
    ------
    RecipeError
        If there is no such method.
    DataError
        If there are no rows, the background lacks a column, or an answer is not a finite number.

    Examples
    --------
    >>> x, background = pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [0.0, 0.0]})
    >>> explain_rows("Shapley", lambda rows: rows["a"], x, background).values.tolist()
    [[1.0]]
    """
    if method not in METHODS:
        message = f"method is {method!r}; it must be {', '.join(METHODS)}"
        raise RecipeError(message)
    return METHODS[method](ask, x, background, seed)


def rank_columns(attribution: Attribution) -> pd.DataFrame:
    """Rank the columns by the mean size of their effects over the explained rows.

    Returns
    -------
    DataFrame of shape (n_columns, 5)
        column, importance (mean size, in the unit of the answer), low and high (Student's 95% interval over the rows,
        NaN where there is one), mean (signed), largest first.

    Examples
    --------
    >>> found = rank_columns(Attribution("x", ("a", "b"), np.array([[0.1, -0.3], [0.1, 0.5]]), 0.0))
    >>> found["column"].tolist(), found["importance"].tolist(), found["mean"].round(3).tolist()
    (['b', 'a'], [0.4, 0.1], [0.1, 0.1])
    """
    lines = []
    for name in attribution.columns:
        effects = attribution.column(name)
        size = measure_mean(np.abs(effects), 0.0, np.inf)
        lines.append((name, size.value, size.low, size.high, float(effects.mean())))
    frame = pd.DataFrame(lines, columns=["column", "importance", "low", "high", "mean"])
    return frame.sort_values(["importance", "column"], ascending=[False, True], ignore_index=True)
