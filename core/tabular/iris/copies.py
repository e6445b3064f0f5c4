"""Rows that repeat earlier ones: found before the split, and counted once.

A copy in training and another in testing make a score too good, as the model has seen the answer; copies within the
test rows make its interval too narrow, as they are right or wrong together. So where more than 1% of the rows have the
features of earlier ones (columns that only name their row do not count), the first of the rows that are equal in
features and class stands for them all: a table that was written several times over gives the figures of that table
once. Rows that agree in their features and differ in class are different cases; they fall on one side of every split,
as a model would otherwise be sure of the wrong answer.

A few coarse columns make many cases look alike that are no copies, and a new case may well look like a known one. So
each row counts by itself where at least one in ten sets holds several classes, or where rows repeat a quarter as often
or more once each column is shuffled by itself within the classes, which leaves chance alone; and always where there is
a single column or all are categories, as equal rows are no sign of a copy there. Of these tables too, one that was
written k times over is told by every row (class included) occurring a multiple of k times, or nearly every one of many,
and each case counts once.

Left out: rows that are nearly equal; single copies among coarse rows, which cannot be told from other cases that look
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.evaluation.splits import Split
from core.tabular._shared.equal_rows import number_rows

MAX_REPEATED = 0.01
"""Share of repeated rows up to which each row counts by itself: equal cases happen."""
MAX_MIXED = 0.1
"""Share of sets of equal features with several classes from which equal rows are taken for different cases."""
MAX_CHANCE = 0.25
"""Repeats among shuffled columns, as a share of those found, from which equal rows are taken for different cases."""
MAX_ODD, MIN_SETS, MOST_TIMES = 0.05, 20, 1_000
"""Share of sets that may break the rule of a table written k times over, of at least so many; and the largest k tried.

Of 20 sets whose counts are even or odd by the toss of a coin, at most one is odd in 2 of 100,000 tables."""
MIN_DIFFERENT, MIN_PER_CLASS = 30, 5
"""Different rows in all and of each class that are enough to learn from without their copies."""


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Which rows count, and which of these go together.

    Parameters
    ----------
    kept : int array of shape (n_kept,)
        Places of the rows that count, in order: all of them where none is taken for a copy.
    groups : int array of shape (n_kept,)
        Equal for kept rows that stay on one side of a split, numbered from 0.
    note : str
        What was found and done, in a sentence; empty where hardly any row repeats another.
    """

    kept: np.ndarray
    groups: np.ndarray
    note: str = ""


def find_copies(table: Table, y: np.ndarray, ids: np.ndarray, unused: Sequence[str] = ()) -> Copies:
    """Keep one of the rows that are equal in every column, unless they are likelier to be cases that look alike.

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
    >>> found = find_copies(table, table.frame["species"].to_numpy()[twice], twice)
    >>> found.note, len(found.kept)
    ('151 of 300 rows repeat earlier ones; each case counts once, so 149 rows are used.', 149)
    """
    columns = [name for name in table.features if name not in unused]
    alone = np.arange(len(ids))
    if not columns:
        return Copies(alone, alone)
    codes = np.stack([pd.factorize(table.frame[name].iloc[ids])[0] for name in columns], axis=1)
    groups = number_rows(pd.DataFrame(codes))
    n_repeated = _count_repeats(groups)
    if n_repeated <= MAX_REPEATED * len(groups):
        return Copies(alone, alone)
    found = f"{n_repeated:,} of {len(groups):,} rows repeat earlier ones"
    is_coarse = not any(table.kinds[name] in {"number", "date"} for name in columns)
    chance = "all of these are categories" if is_coarse else _describe_chance(codes, groups, y)
    if chance:
        found = f"{found} in their features, but {chance}, so these are taken for different cases that look alike"
        groups, n_times = _undo_repetition(codes, y)
        if n_times == 1:
            return Copies(alone, alone, "" if is_coarse else f"{found} and each row counts by itself.")
        found = f"{found}; rows occur {n_times} times or a multiple of that"
    counts = np.unique(y[find_firsts(groups)], return_counts=True)[1]
    if counts.sum() < MIN_DIFFERENT or counts.min() < MIN_PER_CLASS:
        few = "too few differ to count each case once, so scores may be too good and their intervals too narrow"
        return Copies(alone, alone, f"{found}; {few}.")
    kept = find_firsts(number_rows(pd.DataFrame({"group": groups, "class": y})))
    together = number_rows(pd.DataFrame({"group": groups[kept]}))
    n_unlike = int((np.bincount(together)[together] > 1).sum())
    return Copies(kept, together, f"{found}; {_describe_kept(len(kept), n_unlike)}.")


def _describe_kept(n_kept: int, n_unlike: int) -> str:
    """Say what becomes of copies, and of equal rows that are none."""
    kept = f"each case counts once, so {n_kept:,} rows are used"
    unlike = f"the {n_unlike:,} that agree in their features and differ in class are kept on one side of every split"
    return f"{kept}; {unlike}" if n_unlike else kept


def _count_repeats(groups: np.ndarray) -> int:
    """Count the rows that are not the first of their group."""
    return len(groups) - int(groups.max()) - 1


def _describe_chance(codes: np.ndarray, groups: np.ndarray, y: np.ndarray) -> str:
    """Say why equal rows are likelier to be different cases than copies; empty where they are not."""
    classes = pd.Series(y).groupby(groups).agg(["size", "nunique"])
    mixed = float((classes["nunique"] > 1)[classes["size"] > 1].mean())
    if mixed >= MAX_MIXED:
        return f"{mixed:.0%} of the sets of equal rows hold several classes"
    if codes.shape[1] == 1:  # shuffling it would change nothing
        return "there is a single one"
    share = _count_repeats(number_rows(pd.DataFrame(_shuffle(codes, y)))) / _count_repeats(groups)
    return f"shuffled columns repeat {share:.0%} as often" if share >= MAX_CHANCE else ""


def _shuffle(codes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Shuffle each column by itself among the rows of each class, always in the same way."""
    rng, labels = np.random.default_rng(0), pd.factorize(y)[0]
    places, shuffled = np.argsort(labels, kind="stable"), np.empty_like(codes)
    for column, values in enumerate(codes.T):
        shuffled[places, column] = values[np.lexsort((rng.random(len(labels)), labels))]
    return shuffled


def _undo_repetition(codes: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, int]:
    """Group the copies of each case of a table that was written several times over, and say how many times."""
    rows = number_rows(pd.DataFrame(codes).assign(answer=y))
    n_times = _count_times(np.bincount(rows))
    # equal rows stand for each other, so any n_times of them are a case and its copies
    case = pd.Series(rows).groupby(rows).cumcount().to_numpy() // n_times
    return number_rows(pd.DataFrame({"row": rows, "case": case})), n_times


def _count_times(counts: np.ndarray) -> int:
    """Return the largest number that all counts are multiples of, or nearly all of many are; 1 where there is none."""
    n_times = int(np.gcd.reduce(counts))
    if n_times > 1 or len(counts) < MIN_SETS:
        return n_times
    tried = range(min(int(counts.max()), MOST_TIMES), 1, -1)
    return next((k for k in tried if np.mean(counts % k > 0) <= MAX_ODD), 1)


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
