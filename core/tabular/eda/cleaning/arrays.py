"""Numbers out of a frame and back: shared by the operations, and cut out with them into the exported script.

Left out: anything that decides; these only convert.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MIN_NUMBER = 1e-100  # a square of less would be 0
MAX_NUMBER = 1e30  # a forest works in float32, which ends at 3.4e38


def gather_numbers(frame: pd.DataFrame, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """Return number columns as float64 of shape (n_rows, n_columns), missing as NaN.

    Examples
    --------
    >>> gather_numbers(pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), ("a",)).tolist()
    [[1.0], [nan]]
    """
    return np.column_stack([frame[name].to_numpy(dtype="float64", na_value=np.nan) for name in columns])


def are_usable(values: NDArray[np.float64]) -> bool:
    """Tell whether numbers, missing ones left out, are finite, at least one, and small enough to be squared and summed.

    Examples
    --------
    >>> are_usable(np.array([1.0, np.nan])), are_usable(np.array([1.0, np.inf])), are_usable(np.array([1e31]))
    (True, False, False)
    """
    known = values[~np.isnan(values)]
    largest = float(np.abs(known).max()) if len(known) else np.nan
    return largest == 0 or MIN_NUMBER <= largest <= MAX_NUMBER


def restore_column(column: pd.Series, values: NDArray[np.float64]) -> pd.Series:
    """Return changed numbers as a column: whole numbers stay whole where every value still is, else float64.

    Parameters
    ----------
    column : Series of shape (n,)
        The column as it was; only its type and index are read.
    values : array of shape (n,)
        Its new values, missing as NaN.

    Examples
    --------
    >>> whole = pd.Series([1, 2], dtype="Int64")
    >>> str(restore_column(whole, np.array([1.0, 3.0])).dtype), str(restore_column(whole, np.array([1.0, 2.5])).dtype)
    ('Int64', 'float64')
    """
    changed = pd.Series(values, index=column.index, dtype="float64")
    exact = np.abs(values[np.isfinite(values)])
    if pd.api.types.is_integer_dtype(column.dtype) and (exact % 1 == 0).all() and (exact < 2.0**53).all():
        return changed.astype("Int64")
    return changed


def read_cells(column: pd.Series, values: tuple[str, ...]) -> list[str] | list[float] | list[pd.Timestamp]:
    """Return values that were written as text in the way the column's cells hold them.

    Examples
    --------
    >>> read_cells(pd.Series([1.5, -999.0]), ("-999",)), read_cells(pd.Series(["a", "?"], dtype=object), ("?",))
    ([-999.0], ['?'])
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [pd.Timestamp(value) for value in values]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return [float(value) for value in values]
    return list(values)


def standardise(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return columns with mean 0 and deviation 1, their means and their deviations; missing values stay missing.

    Parameters
    ----------
    values : array of shape (n, n_columns)
        Each column needs one known value.

    Returns
    -------
    tuple of arrays of shape (n, n_columns), (n_columns,), (n_columns,)
        The deviation of a constant column is given as 1.

    Examples
    --------
    >>> scaled, mean, deviation = standardise(np.array([[1.0], [3.0], [np.nan]]))
    >>> scaled.ravel().tolist(), mean.tolist(), deviation.tolist()
    ([-1.0, 1.0, nan], [2.0], [1.0])
    """
    mean = np.nanmean(values, axis=0)
    deviation = np.nanstd(values, axis=0)
    deviation[deviation == 0] = 1.0
    return (values - mean) / deviation, mean, deviation
