"""Which rows three rules call far out, how far the rules agree, and what would change without those rows.

Tukey's fences (1977), z (distance from the mean in standard deviations) and an isolation forest (Liu, Ting and Zhou
2008). None of them says that a value is wrong: a skewed column has values beyond any symmetric fence.

Left out: dropping anything, which is a step (``steps.TreatOutliers``, ``steps.DropIsolated``).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.association import correlate
from core.datasets.fixes.wording import count_of, cut, share_of
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.cleaning.arrays import gather_numbers
from core.tabular.eda.cleaning.checks import check_numbers
from core.tabular.eda.cleaning.rows import flag_beyond, flag_isolated

Method = Literal["iqr", "z", "isolation forest"]
METHODS: tuple[Method, ...] = ("iqr", "z", "isolation forest")
LIMITS: Mapping[str, float] = {"iqr": 1.5, "z": 3.0, "isolation forest": 0.01}
"""Tukey's 1.5 widths, the usual 3 deviations, and 1% of the rows."""
LEAST_ROWS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """What one rule would remove.

    Parameters
    ----------
    rows : array of bool, shape (n_rows,)
        Which rows; a forest always names its share of them.
    counts : mapping of column to int
        Cells beyond each column's fences; empty for the forest, which looks at whole rows.
    effect : DataFrame
        One row a column: mean, standard deviation and skewness with and without those rows.
    pair : tuple of str
        The two columns whose correlation would change most; empty where there is one column.
    r_before, r_after : float
        Pearson's r of that pair over complete rows; NaN where it is not defined.
    sentence : str
        What would go, and what that changes most.
    """

    method: Method
    limit: float
    rows: NDArray[np.bool_]
    counts: Mapping[str, int]
    effect: pd.DataFrame
    pair: tuple[str, ...]
    r_before: float
    r_after: float
    sentence: str


def find_outliers(
    table: Table, columns: tuple[str, ...], method: Method, limit: float | None = None, seed: int = 0
) -> Outliers:
    """Find the rows that a rule calls far out, and what would change without them.

    Parameters
    ----------
    columns : tuple of str
        Number columns; a row is named where any of them is beyond its fences.
    limit : float, optional
        Widths of the middle half (``iqr``), deviations (``z``) or share of the rows, 0 to 0.5 (forest).

    Raises
    ------
    DataError
        If a column is no finite number column with values, there are under 10 rows, or the limit is out of range.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> found = find_outliers(load_table("iris"), ("sepal_width",), "iqr")
    >>> int(found.rows.sum()), dict(found.counts)
    (4, {'sepal_width': 4})
    """
    chosen = LIMITS[method] if limit is None else limit
    _check_columns(table, columns, LEAST_ROWS)
    highest = 0.5 if method == "isolation forest" else 100.0
    if not 0 < chosen <= highest:
        message = f"the limit is {chosen:g}; it must be above 0 and at most {highest:g}"
        raise DataError(message)
    values = gather_numbers(table.frame, columns)
    counts: dict[str, int] = {}
    if method == "isolation forest":
        rows = flag_isolated(values, chosen, seed)
    else:
        beyond = flag_beyond(table.frame, columns, method, chosen)
        rows = np.asarray(beyond.any(axis=1))
        counts = {name: int(beyond[:, i].sum()) for i, name in enumerate(columns)}
    effect = _measure(values, rows, columns)
    pair, r_before, r_after = _find_pair(values, rows, columns)
    sentence = _say(method, rows, effect, (pair, r_before, r_after))
    return Outliers(method, chosen, rows, counts, effect, pair, r_before, r_after, sentence)


def _check_columns(table: Table, columns: tuple[str, ...], least: int) -> None:
    """Refuse columns that hold no finite numbers, or a table that is too short."""
    if not columns or len(table.frame) < least:
        message = (
            f"{len(columns)} columns of {len(table.frame)} rows were given; choose at least 1 column and {least} rows"
        )
        raise DataError(message)
    for name in columns:
        table.with_target(name)
        if not pd.api.types.is_numeric_dtype(table.frame[name].dtype):
            message = f"{cut(name)} holds no numbers; choose a number column"
            raise DataError(message)
        check_numbers(name, table.numbers(name))


def _measure(values: NDArray[np.float64], rows: NDArray[np.bool_], columns: tuple[str, ...]) -> pd.DataFrame:
    """Lay out each column's mean, deviation and skewness with and without rows."""
    lines = []
    for i, name in enumerate(columns):
        before, after = _describe(values[:, i]), _describe(values[~rows, i])
        names = ("mean", "deviation", "skewness")
        parts = {
            f"{each} {when}": part[k]
            for k, each in enumerate(names)
            for when, part in (("before", before), ("after", after))
        }
        lines.append({"column": name, **parts})
    return pd.DataFrame(lines)


def _describe(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return mean, sample deviation and skewness of known values; NaN where not defined."""
    known = values[~np.isnan(values)]
    if len(known) < 2 or known.std() == 0:  # noqa: PLR2004 a deviation takes two values
        return (float(known.mean()) if len(known) else np.nan), 0.0, np.nan
    off = known - known.mean()
    return float(known.mean()), float(known.std(ddof=1)), float((off**3).mean() / known.std() ** 3)


def _find_pair(
    values: NDArray[np.float64], rows: NDArray[np.bool_], columns: tuple[str, ...]
) -> tuple[tuple[str, ...], float, float]:
    """Return the pair of columns whose correlation changes most, with r before and after."""
    best: tuple[tuple[str, ...], float, float] = ((), np.nan, np.nan)
    for i, j in itertools.combinations(range(len(columns)), 2):
        complete = ~np.isnan(values[:, [i, j]]).any(axis=1)
        before, after = (_correlate(values[keep][:, [i, j]]) for keep in (complete, complete & ~rows))
        if np.isfinite([before, after]).all() and not abs(after - before) <= abs(best[2] - best[1]):
            best = ((columns[i], columns[j]), before, after)
    return best


def _correlate(pair: NDArray[np.float64]) -> float:
    """Return Pearson's r of two columns; NaN where it is not defined."""
    return correlate(pair) if len(pair) > 2 else float("nan")  # noqa: PLR2004 two points always lie on a line


def _say(
    method: Method, rows: NDArray[np.bool_], effect: pd.DataFrame, pair: tuple[tuple[str, ...], float, float]
) -> str:
    """Say what would go and what that changes most."""
    n_rows = int(rows.sum())
    if not n_rows:
        return f"{method} finds no value far out"
    spread = effect["deviation before"].replace(0, np.nan)
    change = (effect["deviation after"] / spread - 1).abs().fillna(0.0)
    most = effect.loc[change.idxmax()]
    name, numbers = cut(str(most["column"])), {key: f"{most[key]:.4g}" for key in effect.columns if key != "column"}
    sentence = (
        f"{method} would remove {n_rows:,} of {count_of(len(rows), 'row')} ({share_of(n_rows, len(rows))}); the "
        f"deviation of {name} would go from {numbers['deviation before']} to {numbers['deviation after']}, its mean "
        f"from {numbers['mean before']} to {numbers['mean after']}"
    )
    if pair[0]:
        sentence += f", and r of {cut(pair[0][0])} and {cut(pair[0][1])} from {pair[1]:.2f} to {pair[2]:.2f}"
    return sentence


@dataclass(frozen=True, slots=True, eq=False)
class OutlierComparison:
    """What each rule would remove, and how far they agree.

    Parameters
    ----------
    overlap : DataFrame of shape (n_methods, n_methods)
        Rows that both name; the diagonal is what each names.
    sentence : str
        How many rows all name, and how many only one does.
    """

    found: tuple[Outliers, ...]
    overlap: pd.DataFrame
    n_all: int
    n_any: int
    sentence: str


def compare_outliers(table: Table, columns: tuple[str, ...], seed: int = 0) -> OutlierComparison:
    """Apply the three rules with their usual limits and count where they agree.

    Raises
    ------
    DataError
        As :func:`find_outliers`.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> compare_outliers(load_table("iris"), ("sepal_width",)).sentence
    'of 4 rows that any rule names, 1 is named by all three and 2 by one alone'
    """
    found = tuple(find_outliers(table, columns, method, seed=seed) for method in METHODS)
    flags = np.array([each.rows for each in found], dtype=np.int64)
    overlap = pd.DataFrame(flags @ flags.T, index=list(METHODS), columns=list(METHODS))
    votes = flags.sum(axis=0)
    n_all, n_any, n_one = int((votes == len(found)).sum()), int((votes > 0).sum()), int((votes == 1).sum())
    sentence = (
        f"of {count_of(n_any, 'row')} that any rule names, {n_all:,} {'is' if n_all == 1 else 'are'} named by all "
        f"three and {n_one:,} by one alone"
    )
    return OutlierComparison(found, overlap, n_all, n_any, sentence)
