"""Operations that drop rows, or treat values that lie far out: pandas and scikit-learn alone.

The page runs these functions and the exported script holds their source, so the two cannot differ. Fences are Tukey's
(1977, *Exploratory Data Analysis*), z is the distance from the mean in standard deviations, the forest is F. T. Liu,
K. M. Ting and Z.-H. Zhou 2008, https://doi.org/10.1109/ICDM.2008.17.

Left out: checks, which are made before an operation runs (``apply``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.tabular.eda.cleaning.arrays import gather_numbers, read_cells, restore_column

N_TREES = 100  # as in the paper, where path lengths have settled by then


def drop_duplicates(frame: pd.DataFrame, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Keep the first of rows that are equal in the columns, or in all of them when none is named.

    Examples
    --------
    >>> drop_duplicates(pd.DataFrame({"a": [1, 1, 2]}))["a"].tolist()
    [1, 2]
    """
    repeated = frame.duplicated(subset=list(columns) or None)
    return frame[~repeated].reset_index(drop=True)


def drop_missing_rows(frame: pd.DataFrame, columns: tuple[str, ...] = (), how: str = "any") -> pd.DataFrame:
    """Drop rows that lack any (or all) of the columns; all columns count when none is named.

    Examples
    --------
    >>> drop_missing_rows(pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 2.0]}))["b"].tolist()
    [1.0]
    """
    known = frame[list(columns) or list(frame.columns)].notna()
    keep = known.any(axis=1) if how == "all" else known.all(axis=1)
    return frame[keep].reset_index(drop=True)


def drop_categories(frame: pd.DataFrame, column: str, values: tuple[str, ...]) -> pd.DataFrame:
    """Drop the rows that hold one of some values.

    Examples
    --------
    >>> drop_categories(pd.DataFrame({"a": ["x", "y"]}), "a", ("x",))["a"].tolist()
    ['y']
    """
    gone = frame[column].isin(read_cells(frame[column], values))
    return frame[~gone].reset_index(drop=True)


def find_fences(values: NDArray[np.float64], rule: str, limit: float) -> tuple[float, float]:
    """Return the lowest and highest value that is not called far out.

    Parameters
    ----------
    values : array of shape (n,)
        Missing and infinite values are left out.
    rule : str
        ``iqr``: ``limit`` times the middle half's width beyond its ends. ``z``: ``limit`` standard deviations.

    Examples
    --------
    >>> find_fences(np.array([1.0, 2.0, 3.0, 4.0, 50.0]), "iqr", 1.5)
    (-1.0, 7.0)
    """
    known = values[np.isfinite(values)]
    if rule == "iqr":
        first, third = np.quantile(known, [0.25, 0.75])
        reach = limit * (third - first)
        return float(first - reach), float(third + reach)
    reach = limit * known.std()
    return float(known.mean() - reach), float(known.mean() + reach)


def flag_beyond(frame: pd.DataFrame, columns: tuple[str, ...], rule: str, limit: float) -> NDArray[np.bool_]:
    """Say of each cell whether it lies beyond its column's fences, shape (n_rows, n_columns); missing is not.

    Examples
    --------
    >>> flag_beyond(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 50.0]}), ("a",), "iqr", 1.5).ravel().tolist()
    [False, False, False, False, True]
    """
    values = gather_numbers(frame, columns)
    fences = np.array([find_fences(values[:, i], rule, limit) for i in range(len(columns))])
    return (values < fences[:, 0]) | (values > fences[:, 1])


def flag_isolated(values: NDArray[np.float64], share: float, seed: int) -> NDArray[np.bool_]:
    """Say of each row whether an isolation forest puts it among the easiest ``share`` to tell apart, shape (n_rows,).

    Parameters
    ----------
    values : array of shape (n_rows, n_columns)
        Missing values are replaced by the column's median first.

    Examples
    --------
    >>> rows = np.append(np.linspace(0, 1, 99), 40.0)[:, None]
    >>> np.flatnonzero(flag_isolated(rows, share=0.01, seed=0)).tolist()
    [99]
    """
    from sklearn.ensemble import IsolationForest
    from threadpoolctl import threadpool_limits

    filled = np.where(np.isfinite(values), values, np.nanmedian(values, axis=0))
    with threadpool_limits(1):  # one thread: sums in another order would give other last digits
        forest = IsolationForest(n_estimators=N_TREES, contamination=share, random_state=seed).fit(filled)
        return np.asarray(forest.predict(filled) == -1)


def treat_outliers(frame: pd.DataFrame, columns: tuple[str, ...], rule: str, limit: float, action: str) -> pd.DataFrame:
    """Drop the rows, pull in the values or blank the values that lie beyond the fences.

    Parameters
    ----------
    action : str
        ``drop rows``, ``clip`` or ``set missing``; the fences of all columns are found before anything changes.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 50.0]})
    >>> treat_outliers(frame, ("a",), "iqr", 1.5, "clip")["a"].tolist()
    [1.0, 2.0, 3.0, 4.0, 7.0]
    """
    beyond = flag_beyond(frame, columns, rule, limit)
    if action == "drop rows":
        return frame.loc[pd.Series(~beyond.any(axis=1))].reset_index(drop=True)
    values = gather_numbers(frame, columns)
    changed = frame.copy(deep=False)
    for i, name in enumerate(columns):
        low, high = find_fences(values[:, i], rule, limit)
        new = np.clip(values[:, i], low, high) if action == "clip" else np.where(beyond[:, i], np.nan, values[:, i])
        changed[name] = restore_column(frame[name], new)
    return changed


def drop_isolated(frame: pd.DataFrame, columns: tuple[str, ...], share: float, seed: int) -> pd.DataFrame:
    """Drop the share of rows that an isolation forest tells apart most easily.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": np.append(np.linspace(0, 1, 99), 40.0)})
    >>> float(drop_isolated(frame, ("a",), share=0.01, seed=0)["a"].max())
    1.0
    """
    isolated = flag_isolated(gather_numbers(frame, columns), share, seed)
    return frame.loc[pd.Series(~isolated)].reset_index(drop=True)
