"""Local permutation: how much an answer changes when one column's value is drawn from the background instead.

Occlusion of M. Zeiler and R. Fergus 2014 (arXiv:1311.2901) with the background's values in place of a grey patch, which
is permutation importance for a single row. It is the last step alone of a Shapley value, the column that joins when
all others are known: of two columns that stand in for one another it gives credit to neither, and effects need not
add up.

Left out: permutation importance of a whole table (``core.evaluation.importance``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.composing import Composer
from core.evaluation.attribution.result import Ask, Attribution
from core.evaluation.attribution.shapley import average_draws


def permutation_values(ask: Ask, x: pd.DataFrame, background: pd.DataFrame, seed: int = 0) -> Attribution:
    """Measure how much each row's answer falls, on average, when one column is drawn from the background.

    Parameters
    ----------
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    x : DataFrame of shape (n_rows, n_columns)
        Rows to explain.
    background : DataFrame of shape (n_background, any)
        Every one of its rows is drawn once.
    seed : int
        Of the bootstrap behind the error bars.

    Returns
    -------
    Attribution
        ``base`` is the mean answer over the background; the effects need not add up. Error bars are a 95%
        bootstrap over the background rows.

    Raises
    ------
    DataError
        If there are no rows, the background lacks a column, or an answer is not a finite number.

    Examples
    --------
    >>> x, background = pd.DataFrame({"a": [1.0], "b": [1.0]}), pd.DataFrame({"a": [0.0, 0.0], "b": [0.0, 0.0]})
    >>> permutation_values(lambda rows: rows["a"] * rows["b"] + rows["a"], x, background).values.tolist()
    [[2.0, 1.0]]
    """
    composer = Composer(ask, x, background)
    n_columns = x.shape[1]
    known = np.ones((1, n_columns), dtype=bool)
    kept = np.concatenate([~known, ~np.eye(n_columns, dtype=bool), known])

    def solve(case: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        values = composer.answer(case, kept)  # (n_background, n_columns + 2): none, all but one, all
        return values[:, [-1]] - values[:, 1:-1], values[:, [0, -1]]

    return average_draws("permutation", composer, solve, seed)
