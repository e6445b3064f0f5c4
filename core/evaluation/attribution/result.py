"""What an explanation is: a signed effect of each original column on one number, with the ends of its error bars.

Every method of this package gives the same value, so that methods can be compared column by column. Effects are in
the unit of what was asked about (a probability, a log-odds, dollars). Error bars are 95% intervals over the background
rows or over the method's own draws, as each method says.

Left out: effects of pairs of columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.hub.errors import DataError

Ask = Callable[[pd.DataFrame], NDArray[np.float64]]
"""From rows of the original columns to one number a row, shape (n_rows,): what is to be explained."""
LEVEL = 0.95
LEAST_REFITS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """The effect of each column on the answer of each row.

    Parameters
    ----------
    method : str
        Its name on screen.
    columns : tuple of str
        The original columns.
    values : array of shape (n_rows, n_columns)
        Signed effects, in the unit of the answer.
    base : float
        What the effects start from: the mean answer over the background.
    low, high : array of shape (n_rows, n_columns), optional
        Ends of the error bars.
    answers : array of shape (n_rows,), optional
        The answer of each row. Shapley values and ``base`` add up to it; other methods' effects need not.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """

    method: str
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    base: float
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    answers: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.columns):  # noqa: PLR2004 rows by columns
            message = f"values have shape {self.values.shape}; it must be (n_rows, {len(self.columns)})"
            raise ValueError(message)
        for end in (self.low, self.high):
            if end is not None and end.shape != self.values.shape:
                message = f"an end of the error bars has shape {end.shape}; it must be {self.values.shape}"
                raise ValueError(message)

    @property
    def n_rows(self) -> int:
        """Rows that are explained."""
        return int(self.values.shape[0])

    @property
    def order(self) -> NDArray[np.intp]:
        """Places of the columns from the largest effect to the smallest, shape (n_rows, n_columns)."""
        return np.argsort(-np.abs(self.values), axis=1, kind="stable")

    @property
    def sums(self) -> NDArray[np.float64]:
        """Base plus all effects of each row, shape (n_rows,)."""
        return np.asarray(self.base + self.values.sum(axis=1))

    def column(self, name: str) -> NDArray[np.float64]:
        """Return the effects of one column, shape (n_rows,)."""
        return np.asarray(self.values[:, self.columns.index(name)])

    def row(self, place: int) -> NDArray[np.float64]:
        """Return the effects on one row's answer, shape (n_columns,)."""
        return np.asarray(self.values[place])

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Attribution:
        """Return the explanation of some of the rows, in the order given.

        Examples
        --------
        >>> whole = Attribution("by hand", ("a",), np.array([[1.0], [2.0]]), 0.0)
        >>> whole.take([1]).values.tolist()
        [[2.0]]
        """
        kept = np.asarray(rows, dtype=np.intp)
        low, high, answers = (None if part is None else part[kept] for part in (self.low, self.high, self.answers))
        return replace(self, values=self.values[kept], low=low, high=high, answers=answers)


def stack_values(refits: Sequence[Attribution]) -> NDArray[np.float64]:
    """Stack the effects of several explanations of the same rows, shape (n_refits, n_rows, n_columns).

    Raises
    ------
    DataError
        If there are fewer than 3, or they explain other rows or columns than the first does.
    """
    if len(refits) < LEAST_REFITS:
        message = f"the number of refits is {len(refits)}; at least {LEAST_REFITS} are needed"
        raise DataError(message)
    first, *others = refits
    for other in others:
        check_same(first, other)
    return np.stack([np.stack([other.column(name) for name in first.columns], axis=1) for other in refits])


def check_same(first: Attribution, second: Attribution) -> None:
    """Refuse two explanations that are not of the same rows and columns.

    Raises
    ------
    DataError
        Naming both shapes or both lists of columns.
    """
    if first.columns != second.columns:
        message = f"the columns are {', '.join(first.columns)} and {', '.join(second.columns)}; explain the same ones"
        raise DataError(message)
    if first.n_rows != second.n_rows:
        message = f"the numbers of rows are {first.n_rows} and {second.n_rows}; explain the same rows"
        raise DataError(message)
