"""Read xlsx and xls: weigh the archive before anything opens it, then read one sheet in a process of its own.

A zip bomb is refused by the sizes the archive declares, and a lying one by inflating every member to nowhere first.
calamine (https://github.com/tafia/calamine) reads 100,000 × 10 cells in about a second, openpyxl in twenty.

Left out: xlsb and OpenDocument, macros (never run), hidden sheets unless named.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from core.datasets.reading.choices import Choices, RawColumn, RawTable, Understanding
from core.datasets.reading.header import has_header
from core.datasets.reading.isolation import TIMEOUT_S, Script, run_script
from core.datasets.reading.limits import MEGABYTE, check_columns
from core.datasets.reading.names import clean_text
from core.datasets.reading.notes import Notes, count
from core.datasets.reading.sheet_process import write_cell
from core.datasets.reading.signatures import PASSWORD
from core.hub.errors import DataError, LimitError
from core.hub.settings import Settings

MAX_MEMBERS = 5_000
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
STORED, DEFLATED = 0, 8
ENCRYPTED_FLAG = 1
HEADER_SAMPLE = 200
DAMAGED = "the workbook is damaged or cut short; open it in a spreadsheet and save it again"


def read_workbook(
    content: bytes, kind: Literal["xlsx", "xls"], choices: Choices, settings: Settings, notes: Notes
) -> RawTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    content : bytes
        The whole file, at most ``upload_mb``.
    kind : str
        ``xlsx`` or ``xls``, from its signature.

    Raises
    ------
    DataError
        If it is damaged, behind a password, has no such sheet, or no rows.
    LimitError
        If it unpacks to more than ``upload_cells_mb``, or has too many columns.
    """
    if kind == "xlsx":
        check_archive(content, settings)
    header, blobs = _run(content, choices.sheet, settings)
    _check(header, choices.sheet)
    check_columns(header["n_columns"], settings)
    if header["titles"]:
        notes.say(
            f"{count(len(header['titles']), 'row')} above the table skipped: {' / '.join(header['titles'])[:200]}"
        )
    columns = [_unpack(kind_, blob) for (kind_, _), blob in zip(header["columns"], blobs, strict=True)]
    if len(header["sheets"]) > 1:
        notes.say(f"the sheet {header['sheet']} was read, one of {len(header['sheets'])}")
    return _make_raw(kind, header, columns, choices)


def check_archive(content: bytes, settings: Settings) -> None:
    """Refuse a zip archive that unpacks to too much, by what it declares and by what it really holds.

    Parameters
    ----------
    content : bytes
        The archive.
    settings : Settings
        ``upload_cells_mb`` caps the sum of its members.

    Raises
    ------
    LimitError
        If it declares or holds more.
    DataError
        If it is damaged, encrypted, or packed by a method no spreadsheet uses.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise DataError(DAMAGED) from error
    if len(members) > MAX_MEMBERS:
        message = f"the workbook has {len(members):,} parts; at most {MAX_MEMBERS:,} are opened: save the table as CSV"
        raise LimitError(message)
    if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
        raise DataError(PASSWORD)
    limit = settings.upload_cells_mb * MEGABYTE
    declared = sum(member.file_size for member in members)
    if declared > limit:
        raise _too_large(declared, "", settings)
    left = limit
    for member in members:
        left -= _weigh(content, member, left)
        if left < 0:
            raise _too_large(declared, " but holds more", settings)


def _too_large(declared: int, truth: str, settings: Settings) -> LimitError:
    """Make the error for a zip bomb."""
    message = (
        f"the workbook says it unpacks to {-(-declared // MEGABYTE):,} MB{truth}; at most "
        f"{settings.upload_cells_mb:,} MB are unpacked: save the table as CSV, or raise UPLOAD_CELLS_MB"
    )
    return LimitError(message)


def _weigh(content: bytes, member: zipfile.ZipInfo, limit: int) -> int:
    """Return how many bytes a member really unpacks to, giving up just past the limit."""
    start = member.header_offset
    if len(content) < start + LOCAL_HEADER.size or member.compress_type not in {STORED, DEFLATED}:
        raise DataError(DAMAGED)
    *_, name_length, extra_length = LOCAL_HEADER.unpack_from(content, start)
    start += LOCAL_HEADER.size + name_length + extra_length
    packed = memoryview(content)[start : start + member.compress_size]
    if member.compress_type == STORED:
        return len(packed)
    inflater, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, bytes(packed)
    try:
        while rest and size <= limit and not inflater.eof:
            size += len(inflater.decompress(rest, MEGABYTE))
            rest = inflater.unconsumed_tail
    except zlib.error as error:
        raise DataError(DAMAGED) from error
    return size


def _run(content: bytes, sheet: str, settings: Settings) -> tuple[dict[str, Any], list[memoryview]]:
    """Read a sheet in another process and return its header and columns."""
    script = Script(
        name="sheet_process.py",
        slow=f"opening the workbook takes more than {TIMEOUT_S} seconds; save the sheet as CSV",
        large=(
            f"the sheet needs more than {settings.upload_cells_mb:,} MB once opened; "
            "delete empty rows and columns around the table, or save it as CSV"
        ),
        damaged=DAMAGED,
    )
    most = [str(settings.upload_columns), str(settings.upload_cells_mb)]
    return run_script(script, content, [sheet.replace("\x00", ""), *most])


def _check(header: dict[str, Any], sheet: str) -> None:
    """Raise for what the other process could not read, and for a sheet without rows."""
    error = header.get("error")
    if error == "sheet":
        message = f"there is no sheet {sheet!r}; the sheets are {', '.join(header['sheets'][:10])}"
        raise DataError(message)
    if error == "password":
        raise DataError(PASSWORD)
    if error:
        raise DataError(DAMAGED)
    if not header["n_columns"]:
        message = "the workbook holds no filled cell; choose one with column names and at least one row"
        raise DataError(message)
    header.setdefault("titles", [])
    header.setdefault("columns", [])


def _unpack(kind: str, blob: memoryview) -> RawColumn:
    """Turn the bytes of one column into numbers or text."""
    return np.frombuffer(blob) if kind == "number" else pa.array(json.loads(bytes(blob)), pa.string())


def _make_raw(
    kind: Literal["xlsx", "xls"], header: dict[str, Any], columns: list[RawColumn], choices: Choices
) -> RawTable:
    """Decide whether the first row names the columns, and put it back among the rows if it does not."""
    first = header["first"]
    texts = [write_cell(cell) or "" for cell in first]
    body = [list(row) for row in zip(*(_head(column) for column in columns), strict=True)]
    named = choices.header == "first row" or (choices.header == "auto" and has_header(texts, body))
    if named and not header["n_rows"]:
        message = f"the sheet has column names ({clean_text(', '.join(texts[:5]))}) but no rows; add at least one row"
        raise DataError(message)
    if not named:
        columns = [_prepend(cell, column) for cell, column in zip(first, columns, strict=True)]
    understanding = Understanding(format=kind, header=named, sheet=header["sheet"], sheets=tuple(header["sheets"]))
    return RawTable(first if named else [""] * len(columns), columns, understanding)


def _head(column: RawColumn) -> list[str]:
    """Write the first cells of a column as text."""
    cells = column[:HEADER_SAMPLE].tolist()
    return ["" if cell is None or cell != cell else write_cell(cell) or "" for cell in cells]  # noqa: PLR0124 - NaN differs from itself


def _prepend(cell: object, column: RawColumn) -> RawColumn:
    """Put a first row's cell above its column; a word above numbers makes the column text."""
    if isinstance(column, np.ndarray):
        if isinstance(cell, (int, float)) or cell in {None, ""}:
            return np.concatenate([[np.nan if isinstance(cell, str) or cell is None else float(cell)], column])
        column = pa.array([None if number != number else write_cell(number) for number in column.tolist()], pa.string())  # noqa: PLR0124 - NaN differs from itself
    return pa.concat_arrays([pa.array([write_cell(cell)], pa.string()), column])
