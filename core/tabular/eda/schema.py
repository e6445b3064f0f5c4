"""What a single row of a table is judged by: each column's fences or levels, and the numbers that a row becomes.

A number stays one, a date becomes days since 1970-01-01, a category a column of 0 and 1 for each of its commonest
levels and one for all others. A gap takes the median, or the shares of the levels: it is never strange by itself.

Left out: the judging (``answers``); text, identifiers, and columns that give an outcome away, which are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.columns import UsedKind, check_columns, rank_levels, to_values
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.tabular.eda.claim import Claim
from core.tabular.eda.cleaning.rows import find_fences

FENCE = 1.5  # Tukey's widths of the middle half
IQR_OF_NORMAL = 1.349  # interquartile range of a standard normal
MAX_LEVELS, MAX_TERMS = 12, 200
LARGEST = 1e100
RARE = 0.01  # share of the rows below which a level is odd
USED: Mapping[str, UsedKind] = {"number": "number", "category": "category", "date": "date"}
# Kinds of claims that bar a column, and why.
BARRED: Mapping[str, str] = {
    "label_leak": "it gives the outcome away",
    "time_travel": "it was probably written down after the outcome",
    "id_like": "it is an identifier",
    "mostly_missing": "most of its values are missing",
    "empty_column": "it is empty",
    "constant": "it has one value",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column that rows are judged by, measured on the rows that were learnt from.

    Parameters
    ----------
    low, high, first, median, third, mean, deviation : float
        Least and largest value, quartiles, mean and standard deviation of a number, or of a date in days since
        1970-01-01; 0 for a category.
    low_fence, high_fence : float
        Tukey's: 1.5 widths of the middle half beyond its ends.
    levels, shares
        Of a category, the most frequent first, and the share (0–1) of the rows that each has.
    whole : bool
        Whether every value is a whole number.
    n_known : int
        Rows with a value.
    """

    name: str
    kind: UsedKind
    low: float = 0.0
    high: float = 0.0
    first: float = 0.0
    median: float = 0.0
    third: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    low_fence: float = 0.0
    high_fence: float = 0.0
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    whole: bool = False
    n_known: int = 0

    @property
    def terms(self) -> tuple[str, ...]:
        """Levels that become a column of their own; empty for a number."""
        return self.levels[:MAX_LEVELS]

    @property
    def n_terms(self) -> int:
        """Numbers that a value becomes."""
        return len(self.terms) + 1 if self.levels else 1

    @property
    def spread(self) -> float:
        """Robust standard deviation: the middle half's width as of a normal, or the deviation where that is 0."""
        return (self.third - self.first) / IQR_OF_NORMAL or self.deviation


@dataclass(frozen=True, slots=True)
class Schema:
    """The outcome, where there is one, and the columns that rows are judged by."""

    target: str | None
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Columns that rows are judged by, in order."""
        return [column.name for column in self.columns]


def make_schema(table: Table, rows: np.ndarray, claims: Iterable[Claim]) -> tuple[Schema, tuple[str, ...]]:
    """Choose and measure the columns; a sentence names each that was set aside, and why.

    Parameters
    ----------
    rows : int array
        Positions of the rows to measure; no other row is looked at.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> schema, _ = make_schema(load_table("iris"), np.arange(150), ())
    >>> schema.columns[0].name, schema.columns[0].low_fence, schema.columns[0].high_fence
    ('sepal_length', 3.1499999999999986, 8.350000000000001)
    """
    barred: dict[str, str] = {}
    for claim in claims:  # problems come first, and say the weightier reason
        if claim.kind in BARRED:
            barred |= {name: BARRED[claim.kind] for name in claim.columns if name not in barred}
    columns: list[Column] = []
    notes = []
    for name in table.features:
        kind = table.kinds[name]
        if kind not in USED:
            continue
        column = None if name in barred else measure_column(table.frame[name].iloc[rows], USED[kind])
        room = MAX_TERMS - sum(each.n_terms for each in columns)
        if column is None or column.n_terms > room:
            why = barred.get(name, "it has no two values" if column is None else "there are too many columns before it")
            notes.append(f"Rows are not judged by {cut(name)}: {why}.")
        else:
            columns.append(column)
    return Schema(table.target, tuple(columns)), tuple(notes)


def measure_column(cells: pd.Series, kind: UsedKind) -> Column | None:
    """Measure one column; None where it does not vary."""
    values, name = _read_column(cells, kind), str(cells.name)
    known = values.dropna()
    if known.nunique() < 2:  # noqa: PLR2004 - one value tells no row from another
        return None
    if kind == "category":
        levels = rank_levels(known)
        counts = known.value_counts()
        shares = tuple(float(counts[level] / len(known)) for level in levels)
        return Column(name, kind, levels=levels, shares=shares, n_known=len(known))
    numbers = known.to_numpy(dtype=np.float64)
    first, median, third = (float(each) for each in np.quantile(numbers, [0.25, 0.5, 0.75]))
    low_fence, high_fence = find_fences(numbers, "iqr", FENCE)
    return Column(
        name, kind, float(numbers.min()), float(numbers.max()), first, median, third, float(numbers.mean()),
        float(numbers.std()), low_fence, high_fence, whole=bool((numbers % 1 == 0).all()), n_known=len(known),
    )  # fmt: skip


def read_values(frame: pd.DataFrame, schema: Schema) -> dict[str, pd.Series]:
    """Read the columns of any frame: float64, or names of levels as objects; what is missing is NaN.

    Raises
    ------
    DataError
        If a column is missing.
    """
    check_columns(frame, schema.names)
    return {column.name: _read_column(frame[column.name], column.kind) for column in schema.columns}


def _read_column(cells: pd.Series, kind: UsedKind) -> pd.Series:
    """Read one column; numbers beyond what can be squared are pulled in."""
    values = to_values(cells, kind)
    return values if kind == "category" else values.clip(-LARGEST, LARGEST)


def to_numbers(values: Mapping[str, pd.Series], schema: Schema) -> tuple[np.ndarray, np.ndarray]:
    """Turn values into numbers without gaps, shape (n_rows, n_terms), and say which were known, (n_rows, n_columns)."""
    parts = [_to_terms(values[column.name], column) for column in schema.columns]
    known = [values[column.name].notna().to_numpy(dtype=bool) for column in schema.columns]
    return np.column_stack(parts), np.column_stack(known)


def _to_terms(values: pd.Series, column: Column) -> np.ndarray:
    """Turn one column into its terms, shape (n_rows, n_terms)."""
    if not column.levels:
        return values.fillna(column.median).to_numpy(dtype=np.float64)[:, None]
    codes = pd.Index(column.terms).get_indexer(pd.Index(values))
    terms = np.zeros((len(values), column.n_terms))
    terms[np.arange(len(values)), codes] = 1.0  # −1, a level beyond the commonest, is the last term
    usual = np.array(column.shares[: len(column.terms)])
    terms[values.isna().to_numpy(dtype=bool)] = np.append(usual, 1.0 - usual.sum())
    return terms


def find_odd(values: Mapping[str, pd.Series], schema: Schema) -> pd.DataFrame:
    """Measure how far each cell lies outside what is usual, shape (n_rows, n_columns); NaN where it is usual or a gap.

    A number beyond its fences has its robust z, (value − median) over the robust deviation; a level that fewer than 1%
    of the rows have its surprise in bits, −log2 of its share.
    """
    return pd.DataFrame({column.name: _measure_odd(values[column.name], column) for column in schema.columns})


def _measure_odd(values: pd.Series, column: Column) -> np.ndarray:
    """Measure one column's odd cells, shape (n_rows,)."""
    if column.levels:
        shares = values.map(dict(zip(column.levels, column.shares, strict=True))).to_numpy(dtype=np.float64)
        is_new = np.isnan(shares)
        odd = (is_new | (shares < RARE)) & values.notna().to_numpy(dtype=bool)
        return np.where(odd, -np.log2(np.where(is_new, 1 / (column.n_known + 1), shares)), np.nan)
    numbers = values.to_numpy(dtype=np.float64)
    beyond = (numbers < column.low_fence) | (numbers > column.high_fence)
    return np.where(beyond, (numbers - column.median) / column.spread, np.nan)
