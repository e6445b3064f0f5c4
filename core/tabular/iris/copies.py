"""Rows that repeat earlier ones: found before the split, and kept together on one side of it.

A copy in training and another in testing make a score too good, as the model has seen the answer. Where more than 1% of
the rows repeat earlier ones (same features, same class; columns that only name their row do not count), whole sets of
copies are drawn, a set as if it were one row. So classes keep their shares of different rows.

Left out: rows that are nearly equal; copies in tables of categories alone, where equal rows are no sign of a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.evaluation.splits import Split

MAX_REPEATED = 0.01
"""Share of repeated rows up to which each row is drawn by itself: equal cases happen."""
MIN_DIFFERENT, MIN_PER_CLASS = 30, 5
"""Different rows in all and of each class that splits by copies need."""


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Which rows are copies of which.

    Parameters
    ----------
    groups : int array of shape (n_rows,)
        Equal for rows that stay together, numbered from 0; all different where rows are drawn by themselves.
    note : str
        What was found and done, in a sentence; empty where hardly any row repeats another.
    """

    groups: np.ndarray
    note: str = ""


def find_copies(table: Table, y: np.ndarray, ids: np.ndarray, unused: Sequence[str] = ()) -> Copies:
    """Group the rows that are equal in every feature and in class.

    Parameters
    ----------
    y : array of shape (n_rows,)
        Class names of the rows ``ids`` of the table.
    unused : sequence of str
        Columns that name rows, so that they differ between copies too.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> table = load_table("iris")
    >>> find_copies(table, table.frame["species"].to_numpy(), np.arange(150)).note
    ''
    >>> twice = np.tile(np.arange(150), 2)
    >>> find_copies(table, table.frame["species"].to_numpy()[twice], twice).note
    '151 of 300 rows repeat earlier ones; copies are kept on one side of every split.'
    """
    columns = [name for name in table.features if name not in unused]
    alone = np.arange(len(ids))
    if not any(table.kinds[name] in {"number", "date"} for name in columns):
        return Copies(alone)
    frame = table.frame[columns].iloc[ids].assign(**{f"class of {table.target}": y})
    groups = np.asarray(pd.factorize(pd.util.hash_pandas_object(frame.astype(object), index=False))[0])
    n_repeated = len(groups) - int(groups.max()) - 1
    if n_repeated <= MAX_REPEATED * len(groups):
        return Copies(alone)
    found = f"{n_repeated:,} of {len(groups):,} rows repeat earlier ones"
    counts = np.unique(y[find_firsts(groups)], return_counts=True)[1]
    if counts.sum() < MIN_DIFFERENT or counts.min() < MIN_PER_CLASS:
        return Copies(alone, f"{found}; too few differ to keep copies on one side, so scores may be too good.")
    return Copies(groups, f"{found}; copies are kept on one side of every split.")


def find_firsts(groups: np.ndarray) -> np.ndarray:
    """Return the position of the first row of each group, in order.

    Examples
    --------
    >>> find_firsts(np.array([4, 4, 1, 4, 1])).tolist()
    [0, 2]
    """
    return np.sort(np.unique(groups, return_index=True)[1])


def expand_split(split: Split, groups: np.ndarray) -> Split:
    """Turn a split of the groups' first rows into one of all rows.

    Examples
    --------
    >>> whole = expand_split(Split(np.array([1]), np.array([0])), np.array([4, 4, 1, 4, 1]))
    >>> whole.train.tolist(), whole.test.tolist()
    ([2, 4], [0, 1, 3])
    """
    firsts = find_firsts(groups)
    is_test = np.isin(groups, groups[firsts[split.test]])
    is_train = np.isin(groups, groups[firsts[split.train]])
    return Split(np.flatnonzero(is_train), np.flatnonzero(is_test))
