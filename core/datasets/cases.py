"""Cases to ask a model about: the form for one, reading what was filled in, and the same columns in a whole table.

Nothing is invented for a person: a blank or an unreadable value is refused with what would do.

Left out: filling a gap and refusing a strange case, which are the model's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from core.datasets.columns import SECONDS_A_DAY, UsedKind, show_date
from core.datasets.mapping import NeededColumn, map_columns
from core.datasets.table import Table
from core.hub.errors import DataError
from core.hub.fields import FieldSpec

MAX_LEVELS = 100
"""Levels named in a form; a column with more takes typed text."""
N_EXAMPLES = 10


class CaseColumn(Protocol):
    """What a model knows of a column: its kind, and the range or the levels of its training rows."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> UsedKind:
        """How it is read."""

    @property
    def low(self) -> float:
        """Least value of a number, or of a date in days since 1970-01-01."""

    @property
    def high(self) -> float:
        """Largest value."""

    @property
    def median(self) -> float:
        """Median value."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of a category, the most frequent first."""

    @property
    def whole(self) -> bool:
        """Whether every value is a whole number."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a form's number goes past the training values, and how finely it moves.

    Parameters
    ----------
    margin : float
        In ranges of the training values, to both sides.
    n_steps : int
        At least so many steps make up the training range.
    whole_steps : bool
        Whether a column of whole numbers moves by at least 1.
    """

    margin: float
    n_steps: int
    whole_steps: bool = False

    def find_range(self, column: CaseColumn) -> tuple[float, float, float]:
        """Return the form's range and step; numbers that were never negative stay so."""
        span = column.high - column.low or max(abs(column.high), 1.0)
        step = 10.0 ** math.floor(math.log10(span / self.n_steps))
        step = max(step, 1.0) if self.whole_steps and column.whole else step
        low = step * math.floor((column.low - self.margin * span) / step)
        high = step * math.ceil((column.high + self.margin * span) / step)
        digits = max(0, -round(math.log10(step)))
        return max(0.0, round(low, digits)) if column.low >= 0 else round(low, digits), round(high, digits), step


def make_field(column: CaseColumn, reach: Reach) -> FieldSpec:
    """Describe the field of one column: a number with its range, a choice of levels, a date as text."""
    name = column.name
    if column.kind == "date":
        return FieldSpec(name, "text", show_date(column.median), label=name, help="A date such as 2024-12-31.")
    if column.kind == "category" and len(column.levels) >= MAX_LEVELS:
        return FieldSpec(name, "text", column.levels[0], label=name, help="One of many values.")
    if column.kind == "category":
        return FieldSpec(name, "choice", column.levels[0], choices=column.levels, label=name)
    low, high, step = reach.find_range(column)
    seen = f"Training rows: {column.low:g} to {column.high:g}."
    if column.whole and all(map(float.is_integer, (low, high))):
        return FieldSpec(name, "integer", round(column.median), low, high, 1, label=name, help=seen)
    return FieldSpec(name, "number", column.median, low, high, step, label=name, help=seen)


def read_value(column: CaseColumn, value: object, unnamed: str = "") -> float | str:
    """Read one value: a number, a date as days since 1970-01-01, or the name of a level, known or not.

    Parameters
    ----------
    unnamed : str
        A level that the remedy does not offer, such as the one that stands for a gap.

    Raises
    ------
    DataError
        If it is blank or unreadable, with what would do.
    """
    if _is_blank(value):
        message = f"{column.name} is missing; {say_remedy(column, unnamed)}"
        raise DataError(message)
    if column.kind == "category":
        return str(value).strip()
    number = _read_date(value) if column.kind == "date" else _read_number(value)
    if not math.isfinite(number):
        raise DataError(refuse_value(column, value, unnamed))
    return number


def refuse_value(column: CaseColumn, value: object, unnamed: str = "") -> str:
    """Say that a value will not do, and what would."""
    return f"{column.name} is {str(value)[:40]!r}; {say_remedy(column, unnamed)}"


def say_remedy(column: CaseColumn, unnamed: str = "") -> str:
    """Say which values would do."""
    if column.kind == "category":
        return f"choose one of {', '.join(level for level in column.levels[:N_EXAMPLES] if level != unnamed)}"
    if column.kind == "date":
        return f"give it a date such as {show_date(column.median)}"
    return f"give it a number, in training {column.low:g} to {column.high:g}"


def _is_blank(value: Any) -> bool:
    """Say whether nothing was filled in."""
    if isinstance(value, str):
        return not value.strip()
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _read_number(value: object) -> float:
    """Read a number; what is none becomes NaN."""
    return float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])


def _read_date(value: object) -> float:
    """Read a date as days since 1970-01-01; what is none becomes NaN."""
    moment = pd.to_datetime(pd.Series([value]), errors="coerce", utc=True).iloc[0]
    return float("nan") if pd.isna(moment) else moment.timestamp() / SECONDS_A_DAY


def list_needed(columns: Iterable[CaseColumn]) -> dict[str, NeededColumn]:
    """Describe the columns that a table of cases must have, as ``core.datasets.mapping`` asks."""
    return {
        each.name: NeededColumn(
            each.name,
            each.kind,
            low=each.low if each.kind == "number" else None,
            high=each.high if each.kind == "number" else None,
            categories=each.levels if len(each.levels) < MAX_LEVELS else (),
        )
        for each in columns
    }


def take_cases(table: Table, needed: Mapping[str, NeededColumn]) -> pd.DataFrame:
    """Give the columns of a table the names that the model knows; one that is not found is not in the frame.

    Raises
    ------
    DataError
        If the table has no rows.
    """
    if table.frame.empty:
        message = f"{table.name} has no rows; give it at least one"
        raise DataError(message)
    found = map_columns(table, needed).found
    return pd.DataFrame({name: table.frame[column] for name, column in found.items()}, index=table.frame.index)


def add_answers(table: Table, answers: Mapping[str, object]) -> pd.DataFrame:
    """Put answers beside a table's columns; a name that the table has already is followed by "(model)"."""
    taken = set(table.frame.columns)
    named = {f"{name} (model)" if name in taken else name: values for name, values in answers.items()}
    return pd.concat([table.frame, pd.DataFrame(named, index=table.frame.index)], axis=1)


def name_marked(marks: pd.DataFrame) -> list[str]:
    """Name, for each row of booleans, the columns that are true; a name that columns share is written once.

    Examples
    --------
    >>> name_marked(pd.DataFrame({"a": [True, False], "b": [True, False]}))
    ['a, b', '']
    """
    names = np.array(marks.columns, dtype=object)
    return [", ".join(dict.fromkeys(names[row])) for row in marks.to_numpy(dtype=bool)]
