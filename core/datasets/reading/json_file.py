"""Read a table from JSON: records, lists of columns, pandas' split form, rows of lists, or one object per line.

Values inside a cell that are lists or objects stay as JSON text. Strings are typed as in a text file, so that a date
or a number written as text is still found; numbers and booleans keep their type.

Left out: nested tables, and objects keyed by row name inside records.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from core.datasets.reading.choices import Choices, RawColumn, RawTable, RejectedLine, Understanding
from core.datasets.reading.encoding import decode
from core.datasets.reading.limits import MEGABYTE, check_columns, check_memory, choose_rows
from core.datasets.reading.notes import Notes, count
from core.datasets.reading.sheet_process import pack_column
from core.hub.errors import DataError
from core.hub.settings import Settings

SHOWN_REJECTS = 100
SHOWN_TEXT = 200
CELL_BYTES = 8
LIST_BYTES, OBJECT_BYTES, VALUE_BYTES = 100, 240, 60
"""Of a short list, object and number or text once parsed, with their place in what holds them."""
HEAD_LENGTH = 1_000_000
SPARE_REJECTS = 1_000
"""So many lines more than records may be no object before the rest is not looked at."""
FILLED_LINE = re.compile(r"\S[^\n]*")
SHAPES = "a list of objects, an object of lists, or one object per line"
TOO_DEEP = f"the JSON file is nested too deeply for a table; it must be {SHAPES}"


def read_json(content: bytes, choices: Choices, settings: Settings, notes: Notes) -> RawTable:
    """Read a JSON file into columns.

    Parameters
    ----------
    content : bytes
        The whole file, at most ``upload_mb``.

    Raises
    ------
    DataError
        If it is not JSON, or not a table.
    LimitError
        If there are too many columns or cells.

    Examples
    --------
    >>> raw = read_json(b'[{"a": 1}, {"a": 2, "b": "x"}]', Choices(), Settings(), Notes())
    >>> list(raw.names), raw.n_rows
    (['a', 'b'], 2)
    """
    decoded = decode(content, choices.encoding, notes)
    understanding = Understanding(
        format="json", encoding=decoded.encoding, encoding_sure=decoded.sure, other_encodings=decoded.others
    )
    text = decoded.text.removeprefix("\ufeff").strip()
    _check_weight(text, settings)
    value, rejected, n_rejected = _load(text)
    if n_rejected:
        first = rejected[0]
        verb = "is" if n_rejected == 1 else "are"
        notes.say(f"{count(n_rejected, 'line')} {verb} no JSON object and left out; the first is line {first.line:,}")
    table, n_rows = _find_columns(value, settings, notes)
    if not table or not any(len(column) for column in table.values()):
        message = f"the JSON file holds no row; it must be {SHAPES}"
        raise DataError(message)
    columns = [_make_column(str(name), cells, notes) for name, cells in table.items()]
    understanding = replace(understanding, rejected=rejected, n_rejected=n_rejected)
    return RawTable(list(table), columns, understanding, n_rows if n_rows > settings.upload_rows else 0)


def _check_weight(text: str, settings: Settings) -> None:
    """Refuse a document that would take too much memory once parsed: brackets count for far more than their length.

    Garbage of brackets is told from a table by its start, so that it is called what it is.
    """
    size = LIST_BYTES * text.count("[") + OBJECT_BYTES * text.count("{") + VALUE_BYTES * text.count(",")
    if size > settings.upload_cells_mb * MEGABYTE:
        head = text[:HEAD_LENGTH]
        try:
            json.loads(head)
        except RecursionError as error:
            raise DataError(TOO_DEEP) from error
        except json.JSONDecodeError as error:
            if error.pos < len(head) // 2:
                _load_lines(head, error)
        except ValueError as error:
            message = f"{_describe(error)}; it must be {SHAPES}"
            raise DataError(message) from error
    check_memory(size, settings)


def _load(text: str) -> tuple[Any, tuple[RejectedLine, ...], int]:
    """Parse one document, or else one object per line."""
    try:
        return json.loads(text), (), 0
    except RecursionError as error:
        raise DataError(TOO_DEEP) from error
    except ValueError as error:
        return _load_lines(text, error)


def _load_lines(text: str, error: ValueError) -> tuple[list[Any], tuple[RejectedLine, ...], int]:
    """Parse one object per line and keep the lines that are none; give up once these are far more than the records."""
    records: list[Any] = []
    rejected: list[RejectedLine] = []
    n_rejected, stopped = 0, ""
    for number, line in _split_lines(text):
        value, reason = _load_line(line)
        if value is not None:
            records.append(value)
            continue
        n_rejected += 1
        if n_rejected <= SHOWN_REJECTS:
            rejected.append(RejectedLine(number, reason, line[:SHOWN_TEXT]))
        if n_rejected > len(records) + SPARE_REJECTS:
            stopped = f", and reading stopped at line {number:,} after {n_rejected:,} lines that are no JSON object"
            break
    if stopped or n_rejected > len(records):
        message = f"{_describe(error)}{stopped}; it must be {SHAPES}"
        raise DataError(message) from error
    return records, tuple(rejected), n_rejected


def _split_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that hold anything one at a time, with their number from 1."""
    number, start = 1, 0
    for match in FILLED_LINE.finditer(text):
        number += text.count("\n", start, match.start())
        start = match.start()
        yield number, match[0].rstrip()


def _load_line(line: str) -> tuple[dict[str, Any] | None, str]:
    """Parse a line as an object, or say why it is none; most others are told by their ends, without a parser."""
    if not (line.startswith("{") and line.endswith("}")):
        return None, "no JSON object"
    try:
        return json.loads(line), ""
    except (json.JSONDecodeError, RecursionError):
        return None, "no JSON object"
    except ValueError:
        return None, f"a whole number of more than {sys.get_int_max_str_digits():,} digits"


def _describe(error: ValueError) -> str:
    """Say why the whole file is no JSON document, without the interpreter's own words about its limits."""
    if isinstance(error, json.JSONDecodeError):
        return f"the file is not JSON at line {error.lineno:,}: {error.msg}"
    return f"the JSON file holds a whole number of more than {sys.get_int_max_str_digits():,} digits"


def _find_columns(value: Any, settings: Settings, notes: Notes) -> tuple[dict[str, Sequence[Any]], int]:
    """Find the table in a parsed document, whichever shape it has: a sample of its rows, and how many there are."""
    if isinstance(value, dict) and {"columns", "data"} <= value.keys():
        return _from_rows(value["data"], value["columns"], settings, notes)
    if isinstance(value, dict) and len(value) == 1 and _is_records(next(iter(value.values()))):
        value = next(iter(value.values()))
    if _is_records(value):
        return _from_records(value, settings, notes)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return _from_rows(value, None, settings, notes)
    if isinstance(value, dict) and value:
        return _from_columns(value, settings, notes)
    message = f"the JSON file holds no table; it must be {SHAPES}"
    raise DataError(message)


def _thin(rows: Sequence[Any], settings: Settings, notes: Notes) -> Sequence[Any]:
    """Keep a seeded sample of the rows where there are too many."""
    chosen = choose_rows(len(rows), settings, notes)
    return rows if chosen is None else [rows[at] for at in chosen.tolist()]


def _is_records(value: Any) -> bool:
    """Whether a value is a list of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _from_records(
    records: Sequence[Mapping[str, Any]], settings: Settings, notes: Notes
) -> tuple[dict[str, Sequence[Any]], int]:
    """Turn records into columns, in the order in which names first appear."""
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > settings.upload_columns:
            check_columns(len(names), settings)
    check_memory(len(names) * len(records) * CELL_BYTES, settings)
    kept = _thin(records, settings, notes)
    return {name: [record.get(name) for record in kept] for name in names}, len(records)


def _from_rows(rows: Any, names: Any, settings: Settings, notes: Notes) -> tuple[dict[str, Sequence[Any]], int]:
    """Turn rows of lists into columns; rows of another length are refused."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        message = f"the JSON file holds no rows; it must be {SHAPES}"
        raise DataError(message)
    width = len(names) if isinstance(names, list) else len(rows[0])
    check_columns(width, settings)
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            message = f"row {number:,} of the JSON file has {len(row)} cells; it must have {width} like the first"
            raise DataError(message)
    labels = [str(name) for name in names] if isinstance(names, list) else [f"column_{n}" for n in range(1, width + 1)]
    if len(set(labels)) < len(labels):
        labels = [f"{label}_{position}" for position, label in enumerate(labels, 1)]
    kept = _thin(rows, settings, notes)
    return {label: [row[at] for row in kept] for at, label in enumerate(labels)}, len(rows)


def _from_columns(value: Mapping[str, Any], settings: Settings, notes: Notes) -> tuple[dict[str, Sequence[Any]], int]:
    """Take columns as they are: lists of one length, or pandas' objects keyed by row; one plain object is one row."""
    check_columns(len(value), settings)
    if all(isinstance(cells, dict) for cells in value.values()):
        keys = list(dict.fromkeys(key for cells in value.values() for key in cells))
        check_memory(len(keys) * len(value) * CELL_BYTES, settings)
        kept = _thin(keys, settings, notes)
        return {name: [cells.get(key) for key in kept] for name, cells in value.items()}, len(keys)
    if not any(isinstance(cells, (list, dict)) for cells in value.values()):
        return {name: [cell] for name, cell in value.items()}, 1
    lengths = {len(cells) if isinstance(cells, list) else -1 for cells in value.values()}
    if len(lengths) != 1 or -1 in lengths:
        message = f"the columns of the JSON file differ in length; it must be {SHAPES}"
        raise DataError(message)
    n_rows = lengths.pop()
    return {name: _thin(cells, settings, notes) for name, cells in value.items()}, n_rows


def _make_column(name: str, cells: Sequence[Any], notes: Notes) -> RawColumn:
    """Make a column of numbers or text from parsed values."""
    if any(isinstance(cell, (dict, list)) for cell in cells):
        notes.about(name, "holds lists or objects, kept as JSON text")
    kind, blob = pack_column(list(cells))
    read: dict[str, Callable[[bytes], RawColumn]] = {
        "number": np.frombuffer,
        "text": lambda given: pa.array(json.loads(given), pa.string()),
    }
    return read[kind](blob)
