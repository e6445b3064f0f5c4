"""Open one sheet of a workbook in a process of its own, with a cap on its memory, and write the columns to stdout.

A cell at XFD1048576 makes calamine reserve 550 GB for the empty cells before it, and one long shared text can be
repeated in every cell: either would end the whole server, so it may only end this process. Run by ``workbook`` as a
script, isolated from the environment and without the package, which keeps its start under 50 ms.

Input: the workbook on stdin; sheet name ("" for the first that holds a table), most columns and most megabytes as
arguments. Output: the length of a JSON header in 8 bytes, the header, then the columns: float64 numbers or JSON texts.

Left out: formulas (their stored value is read), merged cells (their value stands in the first), styles.
"""

from __future__ import annotations

import gc
import io
import json
import resource
import struct
import sys
from array import array
from datetime import date, datetime, time
from typing import Any

MEGABYTE = 2**20
INTERPRETER_MB = 256
LARGEST_WHOLE = 2**53
TITLE_SHARE = 0.5
HEAD_ROWS = 50
MAX_TITLE_ROWS = 20
Cell = Any


def main() -> int:
    """Read stdin, write stdout; the exit status is 0 also where the header holds an error."""
    sheet, most_columns, most_mb = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    limit, hard = (most_mb + INTERPRETER_MB) * MEGABYTE, resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    gc.disable()
    header, blobs = read_sheet(sys.stdin.buffer.read(), sheet, most_columns)
    encoded = json.dumps(header).encode()
    sys.stdout.buffer.write(struct.pack("<q", len(encoded)) + encoded)
    for blob in blobs:
        sys.stdout.buffer.write(blob)
    return 0


def read_sheet(content: bytes, sheet: str, most_columns: int) -> tuple[dict[str, Any], list[bytes]]:
    """Read a sheet into a header and one blob per column.

    Parameters
    ----------
    content : bytes
        The workbook.
    sheet : str
        Its name; empty takes the first visible one that holds a cell.
    most_columns : int
        A wider sheet gives no columns, only their number.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = _list_sheets(workbook)
        if sheet and sheet not in names:
            return {"error": "sheet", "sheets": names}, []
        name, rows = _find_rows(workbook, [sheet] if sheet else names)
    except PasswordError:
        return {"error": "password"}, []
    except (CalamineError, ValueError, OverflowError) as error:
        return {"error": "damaged", "text": str(error)[:200]}, []
    found = {"sheets": names, "sheet": name}
    width = len(rows[0]) if rows else 0
    if not rows or width > most_columns:
        return {**found, "n_columns": width, "n_rows": len(rows)}, []
    skip = find_start(rows)
    titles = [" ".join(str(cell) for cell in row if cell != "") for row in rows[:skip]]
    packed = [pack_column(list(column)) for column in zip(*rows[skip + 1 :], strict=True)] or [("text", b"[]")] * width
    header = {
        **found,
        "n_columns": width,
        "n_rows": len(rows) - skip - 1,
        "titles": [title for title in titles if title],
        "first": [_plain(cell) for cell in rows[skip]],
        "columns": [(kind, len(blob)) for kind, blob in packed],
    }
    return header, [blob for _, blob in packed]


def _list_sheets(workbook: Any) -> list[str]:
    """Return the work sheets, visible ones first."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [each for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    return [each.name for each in sorted(sheets, key=lambda each: each.visible != SheetVisibleEnum.Visible)]


def _find_rows(workbook: Any, names: list[str]) -> tuple[str, list[list[Cell]]]:
    """Return the first sheet that holds a cell."""
    for name in names:
        rows: list[list[Cell]] = workbook.get_sheet_by_name(name).to_python()
        if any(cell != "" for row in rows for cell in row):
            return name, rows
    return (names[0] if names else ""), []


def find_start(rows: list[list[Cell]]) -> int:
    """Return the index of the first row that fills at least half of what the rows after it usually fill."""
    filled = [sum(cell != "" for cell in row) for row in rows[:HEAD_ROWS]]
    usual = sorted(filled)[len(filled) // 2]
    for index, n in enumerate(filled[:MAX_TITLE_ROWS]):
        if n > 1 and n >= TITLE_SHARE * usual:
            return index
    return next((index for index, n in enumerate(filled) if n), 0)


def pack_column(cells: list[Cell]) -> tuple[str, bytes]:
    """Pack a column as float64 bytes if every filled cell is a number that float64 holds exactly, else as JSON text.

    Examples
    --------
    >>> pack_column([1.0, "", 2])[0], pack_column([True, "NA"])
    ('number', ('text', b'["True", "NA"]'))
    """
    kinds = set(map(type, cells))
    if kinds <= {float, int, str, type(None)}:
        numbers = [float("nan") if cell is None or cell == "" else cell for cell in cells]
        exact = int not in kinds or all(type(n) is not int or -LARGEST_WHOLE <= n <= LARGEST_WHOLE for n in numbers)
        if exact and set(map(type, numbers)) <= {float, int}:
            return "number", array("d", numbers).tobytes()
    texts = cells if kinds <= {str} else list(map(write_cell, cells))
    return "text", json.dumps([text or None for text in texts]).encode()


def write_cell(cell: Cell) -> str | None:
    """Write one cell as text: whole numbers without a point, dates in ISO 8601, nothing as None.

    Examples
    --------
    >>> write_cell(2.0), write_cell(date(2020, 1, 2)), write_cell({"a": 1})
    ('2', '2020-01-02', '{"a": 1}')
    """
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= LARGEST_WHOLE:
        return str(int(cell))
    if isinstance(cell, (dict, list)):
        return json.dumps(cell, ensure_ascii=False)
    return cell.isoformat() if isinstance(cell, (date, datetime, time)) else str(cell)


def _plain(cell: Cell) -> Cell:
    """Make one header cell fit for JSON: numbers stay numbers, so that a name that is no text can be told."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return write_cell(cell)
    return int(cell) if float(cell).is_integer() else cell


if __name__ == "__main__":
    sys.exit(main())
