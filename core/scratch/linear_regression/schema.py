"""Which columns a line is fitted on and how each becomes numbers.

A number stays one, a date becomes days since 1970-01-01, a category a column of 0 and 1 for each level but the most
frequent, which the intercept stands for. Columns that cannot serve are left out with a sentence that names them.

Left out: powers and products of columns; free text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.hub.errors import DataError

ColumnUse = Literal["number", "date", "category"]
MAX_LEVELS, MAX_TERMS = 20, 200
MOST_MISSING = 0.5
"""A column with more gaps than this is left out, as its rows would be lost."""
SECONDS_A_DAY = 86_400.0


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
    use: ColumnUse
    low: float = 0.0
    high: float = 0.0
    median: float = 0.0
    levels: tuple[str, ...] = ()
    whole: bool = False


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


def choose_columns(table: Table, target: str, rows: np.ndarray) -> tuple[dict[str, ColumnUse], tuple[str, ...]]:
    """Choose the columns that can serve, with a sentence for each that cannot.

    Parameters
    ----------
    rows : int array
        Positions of the rows whose target is known.

    Raises
    ------
    DataError
        If none can.
    """
    chosen: dict[str, ColumnUse] = {}
    ignored = []
    for name in table.frame.columns:
        if name == target:
            continue
        kind = table.kinds[name]
        reason = _reject_column(table.frame[name].iloc[rows], kind)
        if reason:
            ignored.append(f"{name} is not used: {reason}.")
        else:
            chosen[str(name)] = kind  # type: ignore[assignment]
    if not chosen:
        why = " ".join(ignored).removesuffix(".") or "there is none"
        message = f"no column beside {target} can be used ({why}); add one with numbers or categories"
        raise DataError(message)
    return chosen, tuple(ignored)


def _reject_column(column: pd.Series, kind: str) -> str:
    """Say why a column cannot serve, or nothing when it can."""
    if kind == "ignore":
        return "it was set to be ignored"
    if kind == "text":
        return "it is free text"
    n_known, n_distinct = int(column.notna().sum()), column.nunique()
    if n_known < (1 - MOST_MISSING) * len(column):
        return f"{len(column) - n_known:,} of {len(column):,} values are missing"
    if n_distinct == 1:
        return f"every value is {show_value(column.dropna().iloc[0])}"
    if kind == "category" and n_distinct > MAX_LEVELS:
        return f"it has {n_distinct:,} levels; at most {MAX_LEVELS} become columns"
    return ""


def show_value(value: object) -> str:
    """Write a level as text; whole numbers lose their ``.0``.

    Examples
    --------
    >>> show_value(2.0), show_value("b")
    ('2', 'b')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def to_values(column: pd.Series, use: str) -> pd.Series:
    """Turn a column into float64, or into level names; missing is NaN in both.

    Examples
    --------
    >>> to_values(pd.Series(pd.to_datetime(["1970-01-11", None])), "date").tolist()
    [10.0, nan]
    """
    if use == "category":
        return column.astype(object).map(show_value, na_action="ignore").where(column.notna(), np.nan).astype(object)
    if use == "date":
        moments = pd.to_datetime(column, errors="coerce", utc=True)
        return (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / SECONDS_A_DAY
    return pd.to_numeric(column, errors="coerce").astype("float64")


def make_columns(frame: pd.DataFrame, uses: dict[str, ColumnUse]) -> tuple[Column, ...]:
    """Measure the columns on the training rows, which have no gaps."""
    return tuple(_make_column(to_values(frame[name], use), use) for name, use in uses.items())


def _make_column(values: pd.Series, use: ColumnUse) -> Column:
    """Measure one column."""
    name = str(values.name)
    if use == "category":
        counts = values.value_counts()
        counts = counts.iloc[np.lexsort((counts.index.astype(str), -counts.to_numpy()))]
        return Column(name, use, levels=tuple(map(str, counts.index)))
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
    absent = [name for name in schema.names if name not in frame.columns]
    if absent:
        message = f"the table lacks {', '.join(absent)}; the model needs {', '.join(schema.names)}"
        raise DataError(message)
    uses = {column.name: column for column in schema.columns}
    values = {column.name: to_values(frame[column.name], column.use) for column in schema.columns}
    parts = [_to_term(values[term.column], term, uses[term.column]) for term in schema.terms]
    return np.column_stack(parts) if parts else np.zeros((len(frame), 0))


def _to_term(values: pd.Series, term: Term, column: Column) -> np.ndarray:
    """Return one term's values, shape (n_rows,)."""
    if not term.level:
        return values.to_numpy(dtype=float)
    known = values.isin(column.levels).to_numpy()
    return np.where(known, (values == term.level).to_numpy(dtype=float), np.nan)
