"""Read delimited text: decode, find the dialect, let DuckDB cut the lines, and account for every line of the file.

DuckDB reads strictly, every cell as text. If a line does not fit, the file is read again with its rejects stored, so
that each is named. The rows are then compared with the physical lines: a stray quote can swallow many lines without
an error, and such a file is read once more with quotes as plain characters, where that loses fewer lines.

Left out: types, which are the work of ``kinds``.

References
----------
DuckDB, "CSV import", https://duckdb.org/docs/stable/data/csv/overview; RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import pyarrow as pa

from core.datasets.reading.choices import Choices, RawTable, Understanding
from core.datasets.reading.cutter import Cut, cut_lines, find_open_quote
from core.datasets.reading.dialect import (
    ONE_COLUMN,
    SAMPLE_CHARACTERS,
    Dialect,
    find_dialect,
    squeeze,
    suggest_delimiter,
)
from core.datasets.reading.encoding import decode
from core.datasets.reading.header import has_header
from core.datasets.reading.limits import check_columns
from core.datasets.reading.names import clean_text
from core.datasets.reading.notes import Notes, count
from core.hub.errors import DataError
from core.hub.settings import Settings

HEADER_SAMPLE = 200
MAX_CONTROL_SHARE = 0.02
CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1b\x7f-\x9f]")
LIMIT_SAMPLE = 200_000
QUOTE = '"'


def read_text(content: bytes, choices: Choices, settings: Settings, notes: Notes) -> RawTable:
    """Read a delimited text file into columns of text.

    Parameters
    ----------
    content : bytes
        The whole file, at most ``upload_mb``.
    notes : Notes
        Takes what a reader of the table must know.

    Raises
    ------
    DataError
        If there is no text, no row, or no line that fits.
    LimitError
        If there are too many columns.
    """
    decoded = decode(content, choices.encoding, notes)
    text = decoded.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _check_text(text)
    dialect = find_dialect(text, choices.delimiter)
    check_columns(dialect.n_columns, settings)
    lines = squeeze(text) if dialect.name == "space" else text
    cut = cut_lines(lines, dialect, settings)
    _note_lines(lines, dialect, cut, notes)
    header, names, columns = _take_header(cut.columns, dialect, choices, lines, notes)
    if not columns or not len(columns[0]):
        _refuse_empty(names, cut, lines)
    if len(columns) == 1:
        _note_one_column(text, notes)
    understanding = Understanding(
        format="csv",
        encoding=decoded.encoding,
        encoding_sure=decoded.sure,
        other_encodings=decoded.others,
        delimiter=ONE_COLUMN if len(columns) == 1 else dialect.name,
        header=header,
        rejected=cut.rejected,
        n_rejected=cut.n_rejected,
    )
    return RawTable(names, columns, understanding)


def _check_text(text: str) -> None:
    """Refuse blank files and bytes that are no text."""
    if not text.strip():
        message = "the file holds only blank lines; choose a file with column names and at least one row"
        raise DataError(message)
    zero = text.find("\x00")
    if zero >= 0:
        message = (
            f"the file holds a zero byte in line {text.count(chr(10), 0, zero) + 1:,}, so it is not plain text; "
            "save the table as CSV, Excel, Parquet or JSON"
        )
        raise DataError(message)
    sample = text[:LIMIT_SAMPLE]
    n_control = len(CONTROL.findall(sample))
    if n_control > MAX_CONTROL_SHARE * len(sample):
        message = (
            f"the file is not a table: {n_control / len(sample):.0%} of it are control characters; "
            "save the table as CSV, Excel, Parquet or JSON"
        )
        raise DataError(message)


def _take_header(
    columns: Sequence[pa.Array], dialect: Dialect, choices: Choices, lines: str, notes: Notes
) -> tuple[bool, Sequence[object], Sequence[pa.Array]]:
    """Split the names from the rows; a header shorter than the rows was not cut and is read apart."""
    if dialect.header_shift:
        return _take_short_header(columns, dialect, choices, lines, notes)
    first = [column[0].as_py() or "" for column in columns if len(column)]
    header = choices.header == "first row" or (
        choices.header == "auto" and has_header(first, _take_rows(columns, 1)) and bool(first)
    )
    return (True, first, [column[1:] for column in columns]) if header else (False, [""] * len(columns), columns)


def _take_short_header(
    columns: Sequence[pa.Array], dialect: Dialect, choices: Choices, lines: str, notes: Notes
) -> tuple[bool, Sequence[object], Sequence[pa.Array]]:
    """Add the missing name to a header that is one name shorter than the rows."""
    given = _read_line(lines, dialect)
    beside = columns[max(0, dialect.header_shift) :]
    if choices.header == "none" or (choices.header == "auto" and not has_header(given, _take_rows(beside, 0))):
        notes.say(f"line {dialect.skip + 1:,} was left out, because it has one cell too few")
        return False, [""] * len(columns), columns
    return True, (["row", *given] if dialect.header_shift > 0 else [*given, ""]), columns


def _take_rows(columns: Sequence[pa.Array], start: int) -> list[list[str]]:
    """Return some rows as text, to judge a header by."""
    cells = [[text or "" for text in column[start : start + HEADER_SAMPLE].to_pylist()] for column in columns]
    return [list(row) for row in zip(*cells, strict=True)]


def _read_line(lines: str, dialect: Dialect) -> list[str]:
    """Cut the header line apart from the rows."""
    reader = csv.reader(io.StringIO(lines[:SAMPLE_CHARACTERS], newline=""), delimiter=dialect.sign)
    return next(row for index, row in enumerate(reader) if index == dialect.skip)


def _refuse_empty(names: Sequence[object], cut: Cut, lines: str) -> None:
    """Raise for a table without rows."""
    if cut.n_rejected:
        first, line = cut.rejected[0], find_open_quote(lines)
        remedy = f"close the quote that line {line:,} opens" if line else "choose the delimiter, or mend the file"
        message = f"none of the lines fits the table: line {first.line:,} has {first.reason}; {remedy}"
        raise DataError(message)
    shown = clean_text(", ".join(str(name) for name in list(names)[:5]))
    message = f"the file has column names ({shown}) but no rows; add at least one row"
    raise DataError(message)


def _note_lines(lines: str, dialect: Dialect, cut: Cut, notes: Notes) -> None:
    """Say which lines were skipped or left out."""
    skipped = [line for line in lines.split("\n", dialect.skip)[: dialect.skip] if line.strip()]
    if skipped:
        notes.say(f"{count(len(skipped), 'line')} above the table skipped: {' / '.join(skipped)[:200]}")
    if cut.n_rejected:
        first = cut.rejected[0]
        verb = "does" if cut.n_rejected == 1 else "do"
        notes.say(
            f"{count(cut.n_rejected, 'line')} {verb} not fit and {'was' if cut.n_rejected == 1 else 'were'} left out; "
            f"the first is line {first.line:,}: {first.reason}"
        )
    for sentence in cut.notes:
        notes.say(sentence)
    line = find_open_quote(lines) if not cut.notes and lines.count(QUOTE) % 2 else 0
    if line:
        notes.say(f"line {line:,} opens a quote that is not closed; the sign {QUOTE} stays in its cell")


def _note_one_column(text: str, notes: Notes) -> None:
    """Say that one column was found, and why: an open quote, or another sign that separates more."""
    line = find_open_quote(text)
    if line:
        notes.say(f"one column was found, since line {line:,} opens a quote that is not closed; close it in the file")
        return
    sign = suggest_delimiter(text)
    notes.say(
        f"one column was found; every line holds the sign {sign} equally often: if it separates columns, put ; there"
        if sign
        else "one column was found; if there should be more, choose the delimiter that stands between them"
    )
