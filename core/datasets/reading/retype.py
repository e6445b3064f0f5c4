"""Change what columns are, as a person decides it in the preview.

A change that would lose a value is refused, with the column, the value and its row. Rows count from 1 as on screen.

Left out: converting units, and dates whose order of day and month is unknown (choose it when reading).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from core.datasets.reading.dates import parse_dates
from core.datasets.reading.kinds import make_dates, make_texts, spread_numbers, type_columns
from core.datasets.reading.notes import Notes
from core.datasets.reading.numerals import find_form, parse_numbers
from core.datasets.reading.survey import WEAK_WORDS, Survey, drop_words, survey_column
from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError

Wanted = ColumnKind | Literal["auto"]
SHOWN_TEXT = 60
WRITTEN_WHOLE = 1e15
"""Beyond it a whole float is written as 1e+16."""


def change_kinds(table: Table, kinds: Mapping[str, Wanted]) -> Table:
    r"""Change the kinds of some columns, and their values with them.

    Parameters
    ----------
    table : Table
        Stays as it is.
    kinds : mapping of column to kind
        ``number``, ``category``, ``text``, ``date``, ``ignore`` (values stay), or ``auto`` to decide again.

    Returns
    -------
    Table
        With one step recorded per changed column; ``table`` itself if nothing changes.

    Raises
    ------
    DataError
        If there is no such column or kind, or a value does not fit: with its column, value and row.

    Examples
    --------
    >>> from core.datasets.reading.reader import read_table
    >>> table = read_table(b"zip,x\n007,1\n012,2\n", "x.csv").table
    >>> change_kinds(table, {"zip": "number"}).frame["zip"].tolist()
    [7, 12]
    """
    for name, wanted in kinds.items():
        if name not in table.frame.columns:
            message = f"there is no column {name!r}; the columns are {', '.join(map(str, table.frame.columns[:10]))}"
            raise DataError(message)
        if wanted not in {*get_args(ColumnKind), "auto"}:
            message = f"the kind of {name} is {wanted!r}; it must be auto, {', '.join(get_args(ColumnKind))}"
            raise DataError(message)
        if wanted != table.kinds[name]:
            table = _change(table, name, wanted)
    return table


def _change(table: Table, name: str, wanted: Wanted) -> Table:
    """Change one column."""
    values, kind = _convert(table.frame[name], name, wanted)
    if kind == table.kinds[name] and values.dtype == table.frame[name].dtype:
        return table
    frame = table.frame.copy(deep=False)
    frame[name] = values.set_axis(frame.index)
    return table.with_step(f"{name}: {table.kinds[name]} to {kind}", frame=frame, kinds={**table.kinds, name: kind})


def _convert(series: pd.Series, name: str, wanted: Wanted) -> tuple[pd.Series, ColumnKind]:
    """Return a column's values as another kind."""
    if wanted == "ignore":
        return series, "ignore"
    texts = write_texts(series)
    if wanted == "auto":
        if series.dtype != object:
            return series, "date" if pd.api.types.is_datetime64_any_dtype(series.dtype) else "number"
        (typed,), _ = type_columns([name], [texts], ("auto", "ask", ""), Notes())
        return typed.series, typed.kind
    survey = survey_column(texts)
    if wanted == "number":
        return _to_numbers(survey, name), "number"
    if wanted == "date":
        return _to_dates(series, survey, name), "date"
    return make_texts(survey), wanted


def write_texts(series: pd.Series) -> pa.Array:
    """Write a column as text: numbers in their shortest form, dates in ISO 8601, missing ones as null.

    Examples
    --------
    >>> write_texts(pd.Series([1.5, float("nan")])).to_pylist()
    ['1.5', None]
    """
    codes, distinct = pd.factorize(series)
    texts = pa.array([_write(value) for value in distinct], pa.string())
    return texts.take(pa.array(codes, mask=codes < 0))


def _write(value: object) -> str:
    """Write one value."""
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        moment = pd.Timestamp(value)
        return moment.date().isoformat() if moment == moment.normalize() else moment.isoformat(sep=" ")
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < WRITTEN_WHOLE else repr(number)
    return str(value)


def _to_numbers(survey: Survey, name: str) -> pd.Series:
    """Read texts as numbers, or name the first that is none."""
    survey = drop_words(survey, WEAK_WORDS)
    if not len(survey.texts):
        return pd.Series(np.full(len(survey.codes), np.nan))
    form = find_form(survey.texts)
    if form is None:
        raise _refuse(survey, name, "a number", find_form)
    return spread_numbers(parse_numbers(survey.texts, form, "point"), survey.codes)


def _to_dates(series: pd.Series, survey: Survey, name: str) -> pd.Series:
    """Read texts as dates, or name the first that is none."""
    survey = drop_words(survey, WEAK_WORDS)
    if not len(survey.texts):
        return pd.Series(np.full(len(survey.codes), np.datetime64("NaT", "us")))
    parsed = None if pd.api.types.is_numeric_dtype(series.dtype) else parse_dates(survey.texts)
    if parsed is None:
        raise _refuse(survey, name, "a date", parse_dates)
    if parsed.moments is None:
        first = survey.texts[0].as_py()
        remedy = "choose day first or month first under Dates and read the file again"
        if parsed.order == "mixed":
            remedy = "some values have the day first and others the month: mend them in the file"
        message = (
            f"{name} is {first!r} in row {survey.first_row(0) + 1:,}, whose day and month cannot be told; {remedy}"
        )
        raise DataError(message)
    return make_dates(parsed.moments, survey.codes)


def _refuse(survey: Survey, name: str, wanted: str, read: Callable[[pa.Array], object]) -> DataError:
    """Make the error that names the first value with which the column can no longer be read, and its row."""
    good, bad = 0, len(survey.texts)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if read(survey.texts.slice(0, middle)) is None else (middle, bad)
    value = survey.texts[good].as_py()[:SHOWN_TEXT]
    row = survey.first_row(good) + 1
    return DataError(
        f"{name} is {value!r} in row {row:,}; it must be {wanted} written as in the rows above, or missing"
    )
