"""The values of each column that training saw, so that nothing is asked or proposed outside them.

Left out: which values occur together (``core.evaluation.novelty``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

N_VALUES = 101
MAX_LEVELS = 50


@dataclass(frozen=True, slots=True, eq=False)
class SeenColumn:
    """The values of a column that training saw.

    Parameters
    ----------
    grid : array of shape (n_values,)
        Numbers in rising order, at most 101 of those seen; or levels, the most frequent first, at most 50.
    shares : array of shape (n_values,)
        Of a number: share of the seen rows at or below it. Of a level: share of the seen rows that hold it.
    is_number : bool
    """

    name: str
    grid: NDArray[np.object_] | NDArray[np.float64]
    shares: NDArray[np.float64]
    is_number: bool


def find_seen(frame: pd.DataFrame, n_values: int = N_VALUES) -> tuple[SeenColumn, ...]:
    """List the values of every column that training saw; gaps are passed over.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Training rows, original columns.
    n_values : int
        Most values of a number, evenly spread over its rows with both ends; more find nearer changes.

    Returns
    -------
    tuple of SeenColumn
        Without columns that hold nothing.

    Examples
    --------
    >>> age, sex = find_seen(pd.DataFrame({"age": [1.0, 2.0, 4.0, 4.0], "sex": ["m", "f", "m", "m"]}))
    >>> age.grid.tolist(), age.shares.tolist(), sex.grid.tolist(), sex.shares.tolist()
    ([1.0, 2.0, 4.0], [0.25, 0.5, 1.0], ['m', 'f'], [0.75, 0.25])
    """
    return tuple(_find_column(frame[name], n_values) for name in frame.columns if frame[name].notna().any())


def _find_column(column: pd.Series, n_values: int) -> SeenColumn:
    """List the seen values of one column."""
    known = column.dropna()
    if _is_number(column):
        numbers, counts = np.unique(known.to_numpy(dtype=np.float64), return_counts=True)
        below = np.cumsum(counts) / len(known)
        places = np.unique(np.searchsorted(below, np.linspace(0, 1, n_values)).clip(max=len(numbers) - 1))
        return SeenColumn(str(column.name), numbers[places], below[places], is_number=True)
    levels = known.astype(object).value_counts()
    order = np.lexsort((levels.index.astype(str), -levels.to_numpy()))[:MAX_LEVELS]
    shares = levels.to_numpy()[order] / len(known)
    return SeenColumn(str(column.name), levels.index.to_numpy(dtype=object)[order], shares, is_number=False)


def _is_number(column: pd.Series) -> bool:
    """Tell numbers from levels; true and false are levels."""
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))
