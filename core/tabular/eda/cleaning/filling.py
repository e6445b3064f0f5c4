"""Operations that fill gaps: one value, the nearest rows, or a regression on the other columns in turn.

The page runs these functions and the exported script holds their source, so the two cannot differ. Known cells keep
their bits; only gaps are written. Neighbours: O. Troyanskaya et al. 2001,
https://doi.org/10.1093/bioinformatics/17.6.520; in turn: S. van Buuren and K. Groothuis-Oudshoorn
2011, https://doi.org/10.18637/jss.v045.i03 (one imputation, no draws).

Left out: multiple imputation, which is what the intervals of a later analysis need; checks (``apply``).
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.tabular.eda.cleaning.arrays import gather_numbers, restore_column, standardise


def mark_gaps(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Add a 0/1 column beside each column that has gaps: 1 where the value was missing.

    Examples
    --------
    >>> mark_gaps(pd.DataFrame({"a": [1.0, np.nan]}), ("a",))["a_missing"].tolist()
    [0, 1]
    """
    marked = frame.copy(deep=False)
    for name in columns:
        if frame[name].isna().any():
            marked[f"{name}_missing"] = frame[name].isna().astype("Int64")
    return marked


def fill_missing(
    frame: pd.DataFrame, columns: tuple[str, ...], method: str, value: str = "", indicator: bool = False
) -> pd.DataFrame:
    """Fill each column's gaps with one value.

    Parameters
    ----------
    method : str
        ``mean``, ``median``, ``most frequent`` (the smallest of equals), or ``constant``, which is ``value``.
    indicator : bool
        Whether a 0/1 column is added that keeps which cells were missing.

    Examples
    --------
    >>> fill_missing(pd.DataFrame({"a": [1.0, 2.0, 9.0, np.nan]}), ("a",), "median")["a"].tolist()
    [1.0, 2.0, 9.0, 2.0]
    """
    filled = mark_gaps(frame, columns) if indicator else frame.copy(deep=False)
    for name in columns:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            numbers = gather_numbers(frame, (name,))[:, 0]
            new = float(value) if method == "constant" else find_middle(numbers[np.isfinite(numbers)], method)
            filled[name] = restore_column(column, np.where(np.isnan(numbers), new, numbers))
        else:
            common = value if method == "constant" else column.mode().iloc[0]
            filled[name] = column.where(column.notna(), common)
    return filled


def find_middle(known: NDArray[np.float64], method: str) -> float:
    """Return the mean, median or most frequent of known numbers, shape (n,).

    Examples
    --------
    >>> find_middle(np.array([2.0, 1.0, 1.0, 2.0, 9.0]), "most frequent")
    1.0
    """
    if method == "most frequent":
        values, counts = np.unique(known, return_counts=True)
        return float(values[counts.argmax()])
    return float(known.mean() if method == "mean" else np.median(known))


def fill_neighbours(
    frame: pd.DataFrame, columns: tuple[str, ...], using: tuple[str, ...], n_neighbours: int, indicator: bool = False
) -> pd.DataFrame:
    """Fill gaps from the nearest rows: the mean of their numbers, or the commonest of their categories.

    Parameters
    ----------
    using : tuple of str
        Number columns by which rows are near, each standardised.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1.0, 9.0, 9.5], "y": [5.0, 6.0, 80.0, np.nan]})
    >>> fill_neighbours(frame, ("y",), ("x",), 1)["y"].round(6).tolist()
    [5.0, 6.0, 80.0, 80.0]
    """
    from sklearn.impute import KNNImputer
    from sklearn.neighbors import KNeighborsClassifier
    from threadpoolctl import threadpool_limits

    filled = mark_gaps(frame, columns) if indicator else frame.copy(deep=False)
    numbers = tuple(name for name in columns if pd.api.types.is_numeric_dtype(frame[name].dtype))
    names = tuple(dict.fromkeys((*numbers, *using)))
    scaled, mean, deviation = standardise(gather_numbers(frame, names))
    with threadpool_limits(1):  # one thread: sums in another order would give other last digits
        whole = KNNImputer(n_neighbors=n_neighbours).fit_transform(scaled)
        for name in columns:
            gaps = frame[name].isna().to_numpy()
            if name in numbers:
                i = names.index(name)
                values = gather_numbers(frame, (name,))[:, 0]
                filled[name] = restore_column(frame[name], np.where(gaps, whole[:, i] * deviation[i] + mean[i], values))
            elif gaps.any():
                voter = KNeighborsClassifier(n_neighbors=min(n_neighbours, int((~gaps).sum())))
                votes = voter.fit(whole[~gaps], frame[name][~gaps].map(str)).predict(whole[gaps])
                cells = frame[name].to_numpy(dtype=object, copy=True)
                cells[gaps] = [str(vote) for vote in votes]
                filled[name] = pd.Series(cells, index=frame.index, dtype=object)
    return filled


def fill_iteratively(
    frame: pd.DataFrame,
    columns: tuple[str, ...],
    using: tuple[str, ...],
    n_rounds: int,
    seed: int,
    indicator: bool = False,
) -> pd.DataFrame:
    """Fill gaps by a Bayesian ridge regression of each column on the others, round after round.

    Parameters
    ----------
    using : tuple of str
        Number columns that predict, beside ``columns`` themselves.
    n_rounds : int
        It stops sooner when the answers no longer move.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": np.arange(9.0), "y": [*(2 * np.arange(8.0)), np.nan]})
    >>> float(fill_iteratively(frame, ("y",), ("x",), 10, 0)["y"].round(2).iloc[-1])
    16.0
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer
    from sklearn.impute import IterativeImputer
    from threadpoolctl import threadpool_limits

    del enable_iterative_imputer  # importing it is what makes the imputer importable
    filled = mark_gaps(frame, columns) if indicator else frame.copy(deep=False)
    names = tuple(dict.fromkeys((*columns, *using)))
    scaled, mean, deviation = standardise(gather_numbers(frame, names))
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is the person's choice
        whole = IterativeImputer(max_iter=n_rounds, random_state=seed).fit_transform(scaled)
    for i, name in enumerate(columns):
        values = gather_numbers(frame, (name,))[:, 0]
        new = np.where(np.isnan(values), whole[:, i] * deviation[i] + mean[i], values)
        filled[name] = restore_column(frame[name], new)
    return filled
