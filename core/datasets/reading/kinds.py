"""Decide what each column is, number, date, category or text, and make it so.

The order of trial: all missing, number, date, then category or text by how many distinct values there are and how long.
Nothing is lost without a word: leading zeros stay text, an unknown order of day and month stays text, and every
word read as missing is counted in the notes.

Left out: what a person decides afterwards (``retype``), and judging the values (``core.datasets.alerts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.reading.choices import RawColumn
from core.datasets.reading.dates import DateParse, parse_dates
from core.datasets.reading.notes import Notes
from core.datasets.reading.numerals import Decimal, NumberForm, decide_decimal, find_form, is_identifier, parse_numbers
from core.datasets.reading.survey import DASHES, WEAK_WORDS, Survey, drop_words, survey_column
from core.datasets.table import ColumnKind

FEW_CATEGORIES, MANY_CATEGORIES = 50, 1_000
MIN_REPEATS, MANY_REPEATS = 2, 20
"""Up to 50 distinct values, each twice on average, are categories; up to 1,000, each twenty times."""
MAX_CATEGORY_LENGTH = 60
LARGEST_WHOLE = 2**53
"""Past it float64 skips whole numbers."""
MANY_NUMBERS = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A column as it enters the frame, with its kind."""

    series: pd.Series
    kind: ColumnKind
    ambiguous_date: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """A text column after the first look: its distinct values and, if they are numbers, how they are written."""

    survey: Survey
    form: NumberForm | None


def type_columns(
    names: Sequence[str], columns: Sequence[RawColumn], choices: tuple[str, str, str], notes: Notes
) -> tuple[list[Typed], Decimal]:
    """Type every column of a table.

    Parameters
    ----------
    names : sequence of str
        For the notes.
    columns : sequence
        Text arrays, float64 arrays, or Series that their file already typed.
    choices : tuple of str
        The person's choice of decimal sign, of date order, and the delimiter found (empty for a workbook).

    Returns
    -------
    list of Typed, and the decimal sign of the file
    """
    decimal_choice, dates, delimiter = choices
    looked = [_look(column) if isinstance(column, pa.Array) else None for column in columns]
    forms = [one.form if one else None for one in looked]
    given: dict[str, Decimal] = {"point": "point", "comma": "comma"}
    decimal = given.get(decimal_choice) or decide_decimal(forms, delimiter)
    typed: list[Typed] = []
    for name, column, one in zip(names, columns, looked, strict=True):
        if one is not None:
            typed.append(_type_text(name, one, decimal, dates, notes))
        else:
            typed.append(_type_given(column))
    _note_ambiguous(names, forms, decimal, decimal_choice, notes)
    return typed, decimal


def _look(column: pa.Array) -> _Looked:
    """Survey a text column, and see whether it is numbers once weak words for missing are set aside."""
    survey = survey_column(column)
    without = drop_words(survey, WEAK_WORDS)
    form = find_form(without.texts)
    if form is not None and not is_identifier(without.texts):
        return _Looked(without, form)
    return _Looked(survey, None)


def _type_given(column: RawColumn) -> Typed:
    """Type a column of numbers, or take one that its file typed."""
    series = column if isinstance(column, pd.Series) else _make_numbers(np.asarray(column))
    if bool(series.isna().all()):
        return Typed(pd.Series(np.full(len(series), np.nan)), "ignore")
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return Typed(series, "date")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return Typed(series, "number")
    survey = Survey(*_factorize(series))
    return Typed(series, "category" if is_category(survey) else "text")


def _factorize(series: pd.Series) -> tuple[pa.Array, np.ndarray]:
    """Return the distinct texts of an object column and the code of each row."""
    codes, texts = pd.factorize(series.to_numpy(dtype=object))
    return pa.array(list(texts), pa.string()), codes.astype(np.int32)


def _make_numbers(numbers: np.ndarray) -> pd.Series:
    """Make Int64 of whole numbers, with missing ones where NaN stands, and float64 of all others."""
    present = ~np.isnan(numbers)
    given = numbers[present]
    if (
        len(given)
        and np.isfinite(given).all()
        and (given == np.trunc(given)).all()
        and abs(given).max() <= LARGEST_WHOLE
    ):
        whole = np.where(present, numbers, 0).astype(np.int64)
        return pd.Series(pd.arrays.IntegerArray(whole, ~present))
    return pd.Series(numbers.astype(np.float64))


def _type_text(name: str, looked: _Looked, decimal: Decimal, dates: str, notes: Notes) -> Typed:
    """Type a column of text."""
    survey = looked.survey
    if survey.trimmed:
        notes.about(name, "spaces around values were taken off")
    if looked.form is not None:
        _note_missing(name, survey, notes)
        return _make_number_column(name, survey, looked.form, decimal, notes)
    without = drop_words(survey, WEAK_WORDS)
    if not len(without.texts):
        notes.about(name, "no value at all, so no model uses it")
        _note_missing(name, without, notes)
        return Typed(pd.Series(np.full(len(survey.codes), np.nan)), "ignore")
    parsed = parse_dates(without.texts, dates)
    if parsed is not None and parsed.moments is not None:
        _note_missing(name, without, notes)
        _note_date(name, parsed, notes)
        return Typed(make_dates(parsed.moments, without.codes), "date")
    return _make_text_column(name, survey, parsed, notes)


def _make_number_column(name: str, survey: Survey, form: NumberForm, decimal: Decimal, notes: Notes) -> Typed:
    """Make a column of numbers and say what was taken off."""
    numbers = parse_numbers(survey.texts, form, decimal)
    if form.sign:
        notes.about(name, f"the sign {form.sign} was taken off" + (" (12 % is 12)" if form.sign == "%" else ""))
    return Typed(spread_numbers(numbers, survey.codes), "number")


def spread_numbers(numbers: np.ndarray, codes: np.ndarray) -> pd.Series:
    """Give every row its number: Int64 for whole ones, float64 for others.

    Parameters
    ----------
    numbers : ndarray of shape (n_distinct,)
        At least one.
    codes : ndarray of shape (n_rows,)
        -1 where missing.
    """
    missing = codes < 0
    values = numbers[np.where(missing, 0, codes)]
    if values.dtype == np.int64:
        return pd.Series(pd.arrays.IntegerArray(np.where(missing, 0, values), missing))
    return pd.Series(np.where(missing, np.nan, values))


def make_dates(moments: np.ndarray, codes: np.ndarray) -> pd.Series:
    """Give every row its moment, as datetime64[us] with NaT where missing."""
    return pd.Series(np.where(codes < 0, np.datetime64("NaT", "us"), moments[np.where(codes < 0, 0, codes)]))


def make_texts(survey: Survey) -> pd.Series:
    """Give every row its text, as an object column with NaN where missing (under any pandas)."""
    values = np.array([*survey.texts.to_pylist(), np.nan], dtype=object)
    return pd.Series(values[survey.codes], dtype=object)


def is_category(survey: Survey) -> bool:
    """Whether texts repeat often enough, and are short enough, to be categories rather than text.

    Examples
    --------
    >>> from core.datasets.reading.survey import survey_column
    >>> is_category(survey_column(pa.array(["a", "b", "a", "b"])))
    True
    >>> is_category(survey_column(pa.array(["Ann", "Bob", "Cid"])))
    False
    """
    n_distinct, n_present = len(survey.texts), survey.n_present
    if not n_distinct or pc.mean(pc.utf8_length(survey.texts)).as_py() > MAX_CATEGORY_LENGTH:
        return False
    few = n_distinct <= FEW_CATEGORIES and n_present >= MIN_REPEATS * n_distinct
    return few or (n_distinct <= MANY_CATEGORIES and n_present >= MANY_REPEATS * n_distinct)


def _make_text_column(name: str, survey: Survey, parsed: DateParse | None, notes: Notes) -> Typed:
    """Make a column of categories or text, and say why it is not what it looks like."""
    if "+" not in survey.texts.slice(0, FEW_CATEGORIES).to_pylist():
        survey = drop_words(survey, DASHES)
    _note_missing(name, survey, notes)
    unknown = parsed is not None and parsed.order == "unknown"
    if parsed is not None and parsed.order == "mixed":
        notes.about(name, "kept as text, because some dates have the day first and others the month")
    elif parsed is None:
        _note_not_numbers(name, survey, notes)
    if unknown:
        notes.about(name, "kept as text until you say whether the day or the month comes first")
    kind: ColumnKind = "category" if is_category(survey) and not unknown else "text"
    return Typed(make_texts(survey), kind, ambiguous_date=unknown)


def _note_not_numbers(name: str, survey: Survey, notes: Notes) -> None:
    """Say why a column of digits, or nearly so, stayed text."""
    if find_form(survey.texts) is not None:
        notes.about(name, f"kept as text because of {is_identifier(survey.texts)}")
        return
    looks = pc.match_substring_regex(survey.texts, r"^[+-]?\d+(?:[.,]\d+)?$").to_numpy(zero_copy_only=False)
    counts = np.bincount(survey.codes[survey.codes >= 0], minlength=len(survey.texts))
    if counts[looks].sum() >= MANY_NUMBERS * survey.n_present and not looks.all():
        odd = int(np.flatnonzero(~looks)[0])
        word = survey.texts[odd].as_py()[:40]
        notes.about(name, f"mostly numbers, but kept as text because of {word!r} in row {survey.first_row(odd) + 1:,}")


def _note_missing(name: str, survey: Survey, notes: Notes) -> None:
    """Count the words that were read as missing."""
    for word, n in survey.missing_words.items():
        notes.about(f"{name} ({n:,})", f"{word[:40]} was read as missing")


def _note_date(name: str, parsed: DateParse, notes: Notes) -> None:
    """Say what was decided about a column of dates."""
    if parsed.order in {"day first", "month first"}:
        notes.about(name, f"dates are {parsed.order}, as one of them proves")
    if parsed.zoned:
        notes.about(name, "times were turned into UTC")
    if parsed.short_years:
        notes.about(name, "two-digit years were read as 1969 to 2068")


def _note_ambiguous(
    names: Sequence[str], forms: Sequence[NumberForm | None], decimal: Decimal, chosen: str, notes: Notes
) -> None:
    """Say how numbers with a separator were read, above all where they could mean something else."""
    for name, form in zip(names, forms, strict=True):
        if form is None:
            continue
        if form.decimal == "either" and chosen == "auto":
            kept = (form.separator == ",") == (decimal == "comma")
            meaning = f"1{form.separator}234 was read as " + ("1.234" if kept else "1234")
            notes.about(name, f"{meaning}; set the decimal sign if it means the other")
        elif form.separator and form.decimal != "either":
            shown = "space" if form.separator == " " else form.separator
            notes.about(name, f"the thousands separator {shown} was taken out")
