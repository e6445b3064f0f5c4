"""Which columns a line is fitted on and how each becomes numbers.

A number stays one, a date becomes days since 1970-01-01, a category a column of 0 and 1 for each level but the most
frequent, which the intercept stands for. Columns that cannot serve are left out with a sentence that names them.

Left out: powers and products of columns; free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.columns import UsedKind, check_columns, rank_levels, to_values
from core.datasets.fixes.wording import show_value
from core.hub.errors import DataError

MAX_LEVELS, MAX_TERMS = 20, 200
MOST_MISSING = 0.5
"""A column with more gaps than this is left out, as its rows would be lost."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is used; its figures come from the training rows.

    Parameters
    ----------
    low, high, median : float
        Of a number, or of a date in days since 1970-01-01; 0 for a category.
    levels : tuple of str
        Of a category, the most frequent first.
    whole : bool
        Whether every training value is a whole number.
    """

    name: str
    use: UsedKind
    low: float = 0.0
    high: float = 0.0
    median: float = 0.0
    levels: tuple[str, ...] = ()
    whole: bool = False

    @property
    def kind(self) -> UsedKind:
        """How it is read, by the name that ``core.datasets`` has for it."""
        return self.use


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the design: a table's column, or one level of a category."""

    column: str
    level: str = ""

    @property
    def name(self) -> str:
        """How it is called on screen."""
        return f"{self.column} = {self.level}" if self.level else self.column


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns and the terms they become, the intercept aside, with a sentence for each that was left out."""

    target: str
    columns: tuple[Column, ...]
    terms: tuple[Term, ...]
    ignored: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Table columns, in order."""
        return [column.name for column in self.columns]

    @property
    def coefficients(self) -> list[str]:
        """Names of the coefficients, the intercept first."""
        return ["intercept", *(term.name for term in self.terms)]


def reject_column(column: pd.Series, kind: str) -> str:
    """Say why a column cannot serve, or nothing when it can."""
    n_known, n_distinct = int(column.notna().sum()), column.nunique()
    if n_known < (1 - MOST_MISSING) * len(column):
        return f"{len(column) - n_known:,} of {len(column):,} values are missing"
    if n_distinct == 1:
        return f"every value is {show_value(column.dropna().iloc[0])}"
    if kind == "category" and n_distinct > MAX_LEVELS:
        return f"it has {n_distinct:,} levels; at most {MAX_LEVELS} become columns"
    return ""


def make_columns(frame: pd.DataFrame, uses: dict[str, UsedKind]) -> tuple[Column, ...]:
    """Measure the columns on the training rows, which have no gaps."""
    return tuple(_make_column(to_values(frame[name], use), use) for name, use in uses.items())


def _make_column(values: pd.Series, use: UsedKind) -> Column:
    """Measure one column."""
    name = str(values.name)
    if use == "category":
        return Column(name, use, levels=rank_levels(values))
    low, high, median = (float(each) for each in (values.min(), values.max(), values.median()))
    return Column(name, use, low, high, median, whole=bool((values % 1 == 0).all()))


def make_terms(columns: tuple[Column, ...]) -> tuple[Term, ...]:
    """Turn columns into terms: a category's first level is what the others are measured against.

    Raises
    ------
    DataError
        If they are too many.

    Examples
    --------
    >>> [term.name for term in make_terms((Column("age", "number"), Column("port", "category", levels=("S", "C"))))]
    ['age', 'port = C']
    """
    terms = [
        Term(column.name, level) for column in columns for level in (column.levels[1:] if column.levels else ("",))
    ]
    if len(terms) > MAX_TERMS:
        message = f"the columns become {len(terms)} terms; at most {MAX_TERMS} can be fitted: use fewer columns"
        raise DataError(message)
    return tuple(terms)


def to_design(frame: pd.DataFrame, schema: Schema) -> np.ndarray:
    """Return the terms' values of any frame, shape (n_rows, n_terms); a gap or an unseen level is NaN.

    Raises
    ------
    DataError
        If a column is missing.
    """
    check_columns(frame, schema.names)
    return make_design({column.name: to_values(frame[column.name], column.use) for column in schema.columns}, schema)


def make_design(values: Mapping[str, pd.Series], schema: Schema) -> np.ndarray:
    """Return the terms' values of columns that were read already, shape (n_rows, n_terms); see :func:`to_design`."""
    uses = {column.name: column for column in schema.columns}
    parts = [_to_term(values[term.column], term, uses[term.column]) for term in schema.terms]
    return np.column_stack(parts) if parts else np.zeros((len(next(iter(values.values()))), 0))


def _to_term(values: pd.Series, term: Term, column: Column) -> np.ndarray:
    """Return one term's values, shape (n_rows,)."""
    if not term.level:
        return values.to_numpy(dtype=float)
    known = values.isin(column.levels).to_numpy()
    return np.where(known, (values == term.level).to_numpy(dtype=float), np.nan)
