"""What one pass over a column tells: its gaps, how many values differ, where they lie, how often each occurs.

A column is passed over once a table, and what it told is kept as long as the table is. Long columns of numbers that are
written with a few decimals are counted instead of sorted: each value has a place of its own on a grid (a counting sort,
H. H. Seward 1954, MIT master's thesis), which is checked for every row, so that quartiles and counts are exact. They
are passed over in blocks that stay in the processor's cache.

Left out: what only one reader needs; free text, whose values are counted like any category's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.table import Table

QUARTERS = (0.25, 0.5, 0.75)
MIN_COUNTED = 20_000  # shorter columns are sorted as soon as counted
MAX_PLACES = 4  # places of the grid to a row
BLOCK = 32_768  # rows: a quarter of a megabyte of numbers
MAX_DECIMALS = 6
NEARLY = 1e-6  # how far a number of so many decimals may lie beside its place
TRIAL_ROWS = 1_000
LARGE = 1e100  # from here on numbers are made smaller before they are squared

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What a column told.

    Parameters
    ----------
    n_missing : int
        Missing cells.
    distinct : int
        Different values, missing ones aside.
    n_infinite : int
        Cells of a number that are neither finite nor missing.
    low, mean, high, sd : float
        Of the finite numbers, sd by n − 1; NaN for other kinds, and where there is no such number.
    quarters : tuple of float
        First quartile, median and third quartile of the finite numbers by linear interpolation; NaN likewise.
    codes : array of int, shape (n_rows,)
        For a category or text: the place of each row's value among ``values``, −1 where missing; empty for other kinds.
    values : array of object
        The values of a category or text in order of appearance; empty for other kinds.
    counts : Series
        How often each value of a category or text occurs, commonest first; each date likewise, in order of appearance.
    """

    n_missing: int
    distinct: int
    n_infinite: int = 0
    low: float = np.nan
    mean: float = np.nan
    high: float = np.nan
    sd: float = np.nan
    quarters: tuple[float, float, float] = (np.nan, np.nan, np.nan)
    codes: NDArray[np.integer] = field(default_factory=lambda: np.empty(0, dtype=np.int8))
    values: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    counts: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64"))


_KEPT: WeakKeyDictionary[Table, dict[str, Tally]] = WeakKeyDictionary()


def tally_column(table: Table, name: str) -> Tally:
    """Pass over one column of a table, or return what it told before.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> tally = tally_column(load_table("iris"), "sepal_length")
    >>> tally.distinct, tally.quarters
    (35, (5.1, 5.8, 6.4))
    """
    kept = _KEPT.setdefault(table, {})
    if name not in kept:
        kept[name] = _tally(table, name)
    return kept[name]


def _tally(table: Table, name: str) -> Tally:
    """Pass over a column as its kind asks."""
    column = table.frame[name]
    if table.kinds[name] == "number" and pd.api.types.is_numeric_dtype(column):
        return _tally_numbers(table.numbers(name))
    if table.kinds[name] in {"category", "text"}:
        return _tally_names(column)
    if pd.api.types.is_datetime64_any_dtype(column):
        counts = column.value_counts(sort=False)
        return Tally(len(column) - int(counts.sum()), len(counts), counts=counts)
    return Tally(int(column.isna().sum()), int(column.nunique()))


def _tally_names(column: pd.Series) -> Tally:
    """Pass over a column of names."""
    objects, codes, values = _tell_apart(column)
    n_rows = np.bincount(codes + 1, np.bincount(objects, minlength=len(codes)), len(values) + 1).astype(np.int64)
    counts = pd.Series(n_rows[1:], index=values, name="count")
    short = codes.astype(np.min_scalar_type(-max(1, len(values))))
    return Tally(
        int(n_rows[0]),
        len(values),
        codes=short.take(objects),
        values=np.asarray(values, dtype=object),
        counts=counts.sort_values(ascending=False),
    )


def code_values(column: pd.Series) -> tuple[NDArray[np.intp], pd.Index]:
    """Return each row's place among the values of a column in order of appearance, −1 where missing, and the values.

    A reader keeps few objects for the cells of a category: these are told apart by their addresses, which takes a sixth
    of the time, and only one of each is compared by what it says.

    Examples
    --------
    >>> codes, values = code_values(pd.Series(["b", "a", None, "b"], dtype=object))
    >>> codes.tolist(), list(values)
    ([0, 1, -1, 0], ['b', 'a'])
    """
    objects, codes, values = _tell_apart(column)
    return codes[objects], values


def _tell_apart(column: pd.Series) -> tuple[NDArray[np.intp], NDArray[np.intp], pd.Index]:
    """Return each row's object, each object's place among the values, −1 for missing ones, and the values."""
    cells = column.to_numpy()
    if cells.dtype != object or len(set(map(id, cells[:TRIAL_ROWS]))) > TRIAL_ROWS / 2:
        objects, different = pd.factorize(column, use_na_sentinel=False)
        known = ~np.asarray(pd.isna(different), dtype=bool)
        return objects, np.where(known, np.cumsum(known) - 1, -1), pd.Index(different[known])
    addresses = np.ndarray(cells.shape, np.intp, buffer=cells, strides=cells.strides)
    objects, _ = pd.factorize(addresses)
    codes, values = pd.factorize(pd.Series(cells[_find_first(objects)], dtype=object))
    return objects, codes, pd.Index(values)


def _find_first(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the row in which each code appears first; codes are numbered in order of appearance."""
    starts = np.arange(0, len(codes), BLOCK // 8)
    tops = np.maximum.accumulate(np.maximum.reduceat(codes, starts)) if len(codes) else codes
    found, before = [np.empty(0, dtype=np.intp)], -1
    for start, top in zip(starts.tolist(), tops.tolist(), strict=True):
        if top > before:  # most blocks hold no new code
            block = np.maximum.accumulate(codes[start : start + BLOCK // 8])
            found.append(start + np.flatnonzero(np.diff(np.maximum(block, before), prepend=before)))
            before = top
    return np.concatenate(found)


def _tally_numbers(values: Numbers) -> Tally:
    """Pass over a column of numbers."""
    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    n_missing = 0 if known is values else int(np.isnan(values).sum())
    infinite = values[:0] if known is values else values[np.isinf(values)]
    n_ends = len(np.unique(infinite))
    if not len(known):
        return Tally(n_missing, n_ends, len(infinite))
    levels, counts = count_values(known)
    low, high = float(levels[0]), float(levels[-1])
    size = max(-low, high) if max(-low, high) > LARGE else 1.0
    known = known / size if size > 1 else known
    mean = float(known.mean())
    spread = size * float(np.sqrt(_sum_squares(known, mean) / (len(known) - 1))) if len(known) > 1 else np.nan
    quarters = find_quantiles(levels, counts, QUARTERS)
    return Tally(n_missing, len(levels) + n_ends, len(infinite), low, size * mean, high, spread, quarters)  # type: ignore[arg-type]  # three quarters


def _sum_squares(values: Numbers, mean: float) -> float:
    """Sum the squared distances from the mean, halves first as ``numpy.std`` does, in blocks: to the last digit."""
    n = len(values)
    if n <= BLOCK:
        apart = values - mean
        return float(np.add.reduce(np.multiply(apart, apart, out=apart)))
    middle = n // 2 - n // 2 % 8
    return _sum_squares(values[:middle], mean) + _sum_squares(values[middle:], mean)


def count_values(values: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Return the different values in order, and how often each occurs.

    Parameters
    ----------
    values : array of float, shape (n,)
        Finite.

    Examples
    --------
    >>> levels, counts = count_values(np.tile([0.25, 0.1], 20_000))
    >>> levels.tolist(), counts.tolist()
    ([0.1, 0.25], [20000, 20000])
    """
    found = _count_on_grid(values) if len(values) >= MIN_COUNTED else None
    return np.unique(values, return_counts=True) if found is None else found


def _count_on_grid(values: Numbers) -> tuple[Numbers, NDArray[np.int64]] | None:
    """Count values by their places on a grid of decimals; None where two values would share one, or it is too long."""
    low, high = float(values.min()), float(values.max())
    scale = _find_scale(values[:TRIAL_ROWS])
    if scale is None or not (high - low) * scale < MAX_PLACES * len(values):
        return None
    first = float(np.rint(low * scale))
    places, is_whole = _find_places(values, scale, first)
    counts = np.bincount(places)
    used = np.flatnonzero(counts)
    if is_whole:
        return np.asarray((used + first) / scale, dtype=np.float64), counts[used]
    grid = np.empty(len(counts))
    grid[places] = values
    return None if (grid[places] != values).any() else (grid[used], counts[used])


def _find_places(values: Numbers, scale: float, first: float) -> tuple[NDArray[np.intp], bool]:
    """Return each value's place on the grid, and whether each is what its decimals are read as.

    That is the number nearest to a whole one over a power of ten, which is also what dividing the two gives.
    """
    places, spare, is_whole = np.empty(len(values), dtype=np.intp), np.empty(BLOCK), True
    for start in range(0, len(values), BLOCK):
        part = values[start : start + BLOCK]
        whole = np.multiply(part, scale, out=spare[: len(part)])
        np.rint(whole, out=whole)
        is_whole = is_whole and bool((whole / scale == part).all())
        places[start : start + BLOCK] = np.subtract(whole, first, out=whole)
    return places, is_whole


def _find_scale(values: Numbers) -> float | None:
    """Return the power of ten that makes values whole; None where six decimals are not enough."""
    for decimals in range(MAX_DECIMALS + 1):
        scaled = values * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) <= NEARLY).all():
            return 10.0**decimals
    return None


def find_quantiles(levels: Numbers, counts: NDArray[np.int64], shares: Sequence[float]) -> tuple[float, ...]:
    """Return quantiles by linear interpolation of counted values, as ``numpy.quantile`` gives them of the rows.

    Examples
    --------
    >>> find_quantiles(np.array([1.0, 4.0]), np.array([3, 1]), (0.5, 0.75))
    (1.0, 1.75)
    """
    ends = np.cumsum(counts)
    found = []
    for share in shares:
        spot = share * float(ends[-1] - 1)
        below = int(np.floor(spot))
        pair = levels[np.searchsorted(ends, [below, min(below + 1, int(ends[-1]) - 1)], side="right")]
        found.append(float(np.quantile(pair, spot - below)))
    return tuple(found)
