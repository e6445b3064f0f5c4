"""Rules that the gaps of a column follow without exception: missing exactly where another column is 0, or missing too.

A rule fits the rows at hand without exception, which a small table does by coincidence: of n rows, g gaps that fall
completely at random are the g rows of one given rule in 1 of C(n, g) draws. A rule is only told where the rules tried
(the other columns times 2 limits, or times the values and sets of categories of the column) make that happen in fewer
than 1 of 1,000 tables (Bonferroni's bound, for one column with gaps and one form of rule); and of at least 3 gaps for
one value, 5 for a limit or several categories.

Left out: rules over two other columns at once; a rule that all but a few rows follow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, list_names, show_value
from core.datasets.table import Table

LEAST_FOR_VALUE = 3
LEAST_FOR_LIMIT = 5
MAX_LEVELS = 3  # more categories, and an identifier would always make a rule
LEAST_PER_LEVEL = 2
MAX_COINCIDENCES = 0.001  # rules of one form that hold in a table by coincidence, on average


@dataclass(frozen=True, slots=True)
class MissingRule:
    """Gaps that another column tells exactly: every row that fits has a gap and no other row has.

    Parameters
    ----------
    form : str
        ``equals`` (one value or a few categories), ``at most``, ``at least`` or ``missing too``.
    values : tuple of str
        The value, categories or limit, as shown.
    """

    column: str
    other: str
    form: Literal["equals", "at most", "at least", "missing too"]
    values: tuple[str, ...]
    n: int
    sentence: str


def find_rules(table: Table, column: str) -> tuple[MissingRule, ...]:
    """Find the other columns that tell a column's gaps without exception, beyond coincidence; one value before limits.

    Examples
    --------
    >>> frame = pd.DataFrame({"tenure": [0.0] * 5 + list(range(1, 21)), "charges": [np.nan] * 5 + [7.0] * 20})
    >>> table = Table(frame, "t", "upload", "", {"tenure": "number", "charges": "number"})
    >>> find_rules(table, "charges")[0].sentence
    'charges is missing exactly where tenure is 0 (5 rows)'
    """
    gaps = table.frame[column].isna().to_numpy()
    if gaps.sum() < LEAST_FOR_VALUE or gaps.all():
        return ()
    found = []
    for other in table.frame.columns:
        if other != column:
            rule = _find_rule(table.frame[other], str(other), column, gaps, table.frame.shape[1] - 1)
            found += [rule] if rule else []
    order = ("equals", "missing too", "at most", "at least")
    return tuple(sorted(found, key=lambda rule: order.index(rule.form)))


def _find_rule(
    series: pd.Series, other: str, column: str, gaps: NDArray[np.bool_], n_columns: int
) -> MissingRule | None:
    """Find the rule that one of so many other columns gives, if it gives one that is no coincidence."""
    n_gaps = int(gaps.sum())
    unknown = series.isna().to_numpy()
    n_known = int((~unknown).sum())
    if np.array_equal(unknown, gaps):
        if _may_be_chance(n_columns, len(gaps), n_gaps):
            return None
        sentence = f"{cut(column)} is missing exactly where {cut(other)} is missing too ({n_gaps:,} rows)"
        return MissingRule(column, other, "missing too", (), n_gaps, sentence)
    if (unknown & gaps).any():
        return None
    values = _pure_levels(series, gaps)
    if values and not _may_be_chance(n_columns * _count_sets(series, gaps), n_known, n_gaps):
        sentence = f"{cut(column)} is missing exactly where {cut(other)} is {list_names(values)} ({n_gaps:,} rows)"
        return MissingRule(column, other, "equals", values, n_gaps, sentence)
    if _may_be_chance(2 * n_columns, n_known, n_gaps):
        return None
    return _find_limit(series, other, column, gaps)


def _may_be_chance(n_tried: int, n: int, n_gaps: int) -> bool:
    """Tell whether one of the rules tried may hold though the gaps fell on any of the n rows alike."""
    draws = math.lgamma(n + 1) - math.lgamma(n_gaps + 1) - math.lgamma(n - n_gaps + 1)  # the logarithm of C(n, gaps)
    return math.log(n_tried) - draws >= math.log(MAX_COINCIDENCES)


def _count_sets(series: pd.Series, gaps: NDArray[np.bool_]) -> int:
    """Count the values, and of categories the sets of values, that a rule could have named."""
    several = not pd.api.types.is_numeric_dtype(series.dtype) and gaps.sum() >= LEAST_FOR_LIMIT
    n_values = int(series.nunique())
    return sum(math.comb(n_values, size) for size in range(1, (MAX_LEVELS if several else 1) + 1))


def _pure_levels(series: pd.Series, gaps: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the values that only rows with gaps hold, where these are few and cover them all."""
    inside = series[gaps]
    counts = inside.value_counts()
    few = len(counts) == 1 or (
        len(counts) <= MAX_LEVELS
        and counts.min() >= LEAST_PER_LEVEL
        and len(inside) >= LEAST_FOR_LIMIT
        and not pd.api.types.is_numeric_dtype(series.dtype)
    )
    if not few or series[~gaps].isin(list(counts.index)).any():
        return ()
    return tuple(sorted(show_value(float(value) if isinstance(value, int) else value) for value in counts.index))


def _find_limit(series: pd.Series, other: str, column: str, gaps: NDArray[np.bool_]) -> MissingRule | None:
    """Find a limit of a number that parts the rows with gaps from the others."""
    if not pd.api.types.is_numeric_dtype(series.dtype) or gaps.sum() < LEAST_FOR_LIMIT:
        return None
    values = series.to_numpy(dtype="float64", na_value=np.nan)
    inside, outside = values[gaps], values[~gaps & ~np.isnan(values)]
    if len(outside) < LEAST_FOR_LIMIT:
        return None
    form: Literal["at most", "at least"]
    if inside.max() < outside.min():
        form, limit = "at most", float(inside.max())
    elif inside.min() > outside.max():
        form, limit = "at least", float(inside.min())
    else:
        return None
    n_gaps, shown = int(gaps.sum()), show_value(limit)
    sentence = f"{cut(column)} is missing exactly where {cut(other)} is {form} {shown} ({n_gaps:,} rows)"
    return MissingRule(column, other, form, (shown,), n_gaps, sentence)
