"""Correlations of many columns at once: each is ranked once, and ranks of a part of the rows are counted, not sorted.

Left out: which columns are compared, and the picture (``associations``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.tabular.eda.claims.associations import count_cells
from core.tabular.eda.measures import Matrix, bergsma_v

LEAST_ROWS = 3


def correlate_columns(columns: Matrix, method: str) -> Matrix:
    """Correlate columns of numbers, those without gaps all at once and the others by the rows that both have.

    Parameters
    ----------
    columns : array of shape (k, n_rows)
        NaN where a value is missing.
    method : str
        ``pearson``, ``kendall``; anything else is Spearman's rho.

    Returns
    -------
    array of shape (k, k)
        −1 to 1; NaN where fewer than 3 rows have both or one does not vary.

    Examples
    --------
    >>> correlate_columns(np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 8.0, 27.0, np.nan]]), "spearman").round(2).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    k, n = columns.shape
    if method == "kendall" or n < LEAST_ROWS:
        how: Literal["kendall", "pearson"] = "kendall" if method == "kendall" else "pearson"
        return np.asarray(pd.DataFrame(columns.T).corr(how, min_periods=LEAST_ROWS).clip(-1, 1), dtype=np.float64)
    known = np.isfinite(columns)
    whole = known.all(axis=1)
    by_ranks = method != "pearson"
    places = np.stack([_find_places(column) for column in columns]) if by_ranks else columns
    found = np.full((k, k), np.nan)
    found[np.ix_(whole, whole)] = _correlate_whole(places[whole], by_ranks)
    for a in np.flatnonzero(~whole).tolist():
        for b in range(k):
            both = known[a] & known[b]
            if both.sum() >= LEAST_ROWS:
                pair = np.stack([places[a][both], places[b][both]])
                found[a, b] = found[b, a] = _correlate_whole(pair, by_ranks)[0, 1]
    return found


def _find_places(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the place of each number among the different ones, −1 where it is missing: ranks of any rows follow."""
    known = np.isfinite(values)
    places = np.full(len(values), -1, dtype=np.intp)
    places[known] = np.unique(values[known], return_inverse=True)[1]
    return places


def _correlate_whole(columns: NDArray[np.float64] | NDArray[np.intp], by_ranks: bool) -> Matrix:
    """Return Pearson's r of rows without gaps, or of their ranks from places; NaN where one does not vary."""
    if by_ranks:
        counts = [np.bincount(column) for column in columns]
        ranks = [(np.cumsum(each) - (each - 1) / 2)[column] for each, column in zip(counts, columns, strict=True)]
        columns = np.stack(ranks) if ranks else np.empty(columns.shape)
    found = np.full((len(columns), len(columns)), np.nan)
    varies = columns.max(axis=1) > columns.min(axis=1)
    if varies.any():
        shrunk = columns[varies] / np.abs(columns[varies]).max(axis=1, keepdims=True)  # no overflow in the squares
        found[np.ix_(varies, varies)] = np.clip(np.corrcoef(shrunk), -1, 1)
    return found


def count_v(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return :func:`core.tabular.eda.measures.cramers_v` of coded columns, counted in one pass.

    Examples
    --------
    >>> a = np.array([0, 0, 1, 1] * 10)
    >>> count_v(a, a), count_v(a, np.array([0, 1, 0, 1] * 10))
    (1.0, 0.0)
    """
    counts = count_cells(first, second)
    if min(counts.shape) < 2:  # noqa: PLR2004 - one value cannot vary
        return float("nan")
    n = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    return bergsma_v(float(((counts - expected) ** 2 / expected).sum() / n), int(n), counts.shape)
