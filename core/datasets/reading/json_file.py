"""Read a table from JSON: records, lists of columns, pandas' split form, rows of lists, or one object per line.

Values inside a cell that are lists or objects stay as JSON text. Strings are typed as in a text file, so that a date
or a number written as text is still found; numbers and booleans keep their type.

Left out: nested tables, and objects keyed by row name inside records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from core.datasets.reading.choices import Choices, RawColumn, RawTable, RejectedLine, Understanding
from core.datasets.reading.encoding import decode
from core.datasets.reading.limits import check_columns, check_memory
from core.datasets.reading.notes import Notes, count
from core.datasets.reading.sheet_process import pack_column
from core.hub.errors import DataError
from core.hub.settings import Settings

SHOWN_REJECTS = 100
SHOWN_TEXT = 200
CELL_BYTES = 8
SHAPES = "a list of objects, an object of lists, or one object per line"


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
    value, rejected, n_rejected = _load(text)
    if n_rejected:
        first = rejected[0]
        verb = "is" if n_rejected == 1 else "are"
        notes.say(f"{count(n_rejected, 'line')} {verb} no JSON object and left out; the first is line {first.line:,}")
    table = _find_columns(value, settings)
    if not table or not any(len(column) for column in table.values()):
        message = f"the JSON file holds no row; it must be {SHAPES}"
        raise DataError(message)
    columns = [_make_column(str(name), cells, notes) for name, cells in table.items()]
    return RawTable(list(table), columns, replace(understanding, rejected=rejected, n_rejected=n_rejected))


def _load(text: str) -> tuple[Any, tuple[RejectedLine, ...], int]:
    """Parse one document, or else one object per line."""
    try:
        return json.loads(text), (), 0
    except RecursionError as error:
        message = "the JSON file is nested too deeply for a table; it must be " + SHAPES
        raise DataError(message) from error
    except ValueError as error:
        records, rejected, n_rejected = _load_lines(text)
        if not records or n_rejected > len(records):
            place = f" at line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
            message = f"the file is not JSON{place}: {getattr(error, 'msg', error)}; it must be {SHAPES}"
            raise DataError(message) from error
        return records, rejected, n_rejected


def _load_lines(text: str) -> tuple[list[Any], tuple[RejectedLine, ...], int]:
    """Parse one object per line and keep the lines that are none."""
    records: list[Any] = []
    rejected: list[RejectedLine] = []
    n_rejected = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            records.append(value)
            continue
        n_rejected += 1
        if n_rejected <= SHOWN_REJECTS:
            rejected.append(RejectedLine(number, "no JSON object", line[:SHOWN_TEXT]))
    return records, tuple(rejected), n_rejected


def _find_columns(value: Any, settings: Settings) -> dict[str, Sequence[Any]]:
    """Find the table in a parsed document, whichever shape it has."""
    if isinstance(value, dict) and {"columns", "data"} <= value.keys():
        return _from_rows(value["data"], value["columns"], settings)
    if isinstance(value, dict) and len(value) == 1 and _is_records(next(iter(value.values()))):
        value = next(iter(value.values()))
    if _is_records(value):
        return _from_records(value, settings)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return _from_rows(value, None, settings)
    if isinstance(value, dict) and value:
        return _from_columns(value, settings)
    message = f"the JSON file holds no table; it must be {SHAPES}"
    raise DataError(message)


def _is_records(value: Any) -> bool:
    """Whether a value is a list of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _from_records(records: Sequence[Mapping[str, Any]], settings: Settings) -> dict[str, Sequence[Any]]:
    """Turn records into columns, in the order in which names first appear."""
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > settings.upload_columns:
            check_columns(len(names), settings)
    check_memory(len(names) * len(records) * CELL_BYTES, settings)
    return {name: [record.get(name) for record in records] for name in names}


def _from_rows(rows: Any, names: Any, settings: Settings) -> dict[str, Sequence[Any]]:
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
    return dict(zip(labels, zip(*rows, strict=True), strict=True))


def _from_columns(value: Mapping[str, Any], settings: Settings) -> dict[str, Sequence[Any]]:
    """Take columns as they are: lists of one length, or pandas' objects keyed by row; one plain object is one row."""
    check_columns(len(value), settings)
    if all(isinstance(cells, dict) for cells in value.values()):
        keys = dict.fromkeys(key for cells in value.values() for key in cells)
        check_memory(len(keys) * len(value) * CELL_BYTES, settings)
        return {name: [cells.get(key) for key in keys] for name, cells in value.items()}
    if not any(isinstance(cells, (list, dict)) for cells in value.values()):
        return {name: [cell] for name, cell in value.items()}
    lengths = {len(cells) if isinstance(cells, list) else -1 for cells in value.values()}
    if len(lengths) != 1 or -1 in lengths:
        message = f"the columns of the JSON file differ in length; it must be {SHAPES}"
        raise DataError(message)
    return dict(value)


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
