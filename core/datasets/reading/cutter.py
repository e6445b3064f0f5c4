"""Cut the lines of a text file into cells with DuckDB, in a database that can touch that one file and nothing else.

The database lives in memory with one thread and a memory cap; extensions are neither installed nor loaded, other paths
are refused, and the configuration is locked before the file is read. Facts of DuckDB 2.0.0 this rests on: with explicit
``columns`` and ``strict_mode`` a line of the wrong width raises, and with ``store_rejects`` it is stored instead;
``line`` counts a quoted line break as no line, so physical lines are counted from ``line_byte_position`` (from 1, and
before any blank lines that precede the line); ``skip`` counts lines as ``line`` does.

Left out: finding the delimiter (``dialect``). DuckDB's sniffer is asked for the quote and escape signs only.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.reading.choices import RejectedLine
from core.datasets.reading.dialect import Dialect
from core.datasets.reading.notes import count
from core.hub.errors import LimitError
from core.hub.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

READ = """FROM read_csv($path, columns = $columns, delim = $delim, quote = $quote, escape = $escape, skip = $skip,
    auto_detect = false, header = false, strict_mode = true, nullstr = '', null_padding = $pad, max_line_size = $line,
    parallel = false, store_rejects = $store, rejects_limit = $most, rejects_line_size_limit = $kept)"""
SNIFF = "SELECT Quote, Escape FROM sniff_csv($path, delim = $delim, all_varchar = true, sample_size = 10000)"
REJECTS = """SELECT line_byte_position AS position, any_value(error_type), any_value(error_message), any_value(csv_line)
    FROM reject_errors GROUP BY position ORDER BY position"""
QUOTES = ('"', "'")
MAX_LINE = 2_000_000
MAX_REJECTS = 100_000
SHOWN_REJECTS = 100
SHOWN_TEXT = 200
KEPT_TEXT = 400
TIMEOUT_MS = 60_000
FAR_APART = 0.9
CUT_SHARE = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The columns of a file as text, the lines that did not fit, and what is to be said of it."""

    columns: Sequence[pa.Array]
    rejected: tuple[RejectedLine, ...] = ()
    n_rejected: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """The private file and how it is to be cut."""

    path: str
    content: bytes
    dialect: Dialect
    quote: str
    escape: str


def cut_lines(text: str, dialect: Dialect, settings: Settings) -> Cut:
    r"""Cut a text into columns of text.

    Parameters
    ----------
    text : str
        The file; its lines end in ``\n``.
    dialect : Dialect
        Delimiter, lines to skip and number of columns.
    settings : Settings
        ``upload_cells_mb`` caps the database's memory.

    Returns
    -------
    Cut
        ``dialect.n_columns`` arrays of equal length; missing where the cell is empty.

    Raises
    ------
    LimitError
        If the file needs more memory or time than allowed.
    """
    content = text.encode("utf-8", errors="replace")
    with _keep_private(content) as path, _connect(path, settings) as connection:
        quote, escape = _find_quote(connection, path, text, dialect)
        source = _Source(path, content, dialect, quote, escape)
        return _account(connection, source, _cut(connection, source))


@contextmanager
def _keep_private(content: bytes) -> Iterator[str]:
    """Give the bytes a path that only this process can open: in memory where the system can, so a crash leaves none."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryDirectory(prefix="table-") as folder:
            path = Path(folder) / "table.csv"
            path.write_bytes(content)
            yield str(path)
        return
    with open(os.memfd_create("table"), "wb") as file:  # noqa: PTH123 - a file descriptor has no path of its own
        file.write(content)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


@contextmanager
def _connect(path: str, settings: Settings) -> Iterator[DuckDBPyConnection]:
    """Open a database that can read one file, and turn its own limits into ours."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": 1,
            "memory_limit": f"{settings.upload_cells_mb}MB",
            "temp_directory": "",
            "max_execution_time": TIMEOUT_MS,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )
    try:
        connection.execute("SET allowed_paths = [$path]", {"path": path})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    except (duckdb.OutOfMemoryException, duckdb.InterruptException) as error:
        message = (
            f"reading the file needs more than {settings.upload_cells_mb:,} MB or {TIMEOUT_MS // 1000} seconds; "
            "upload fewer rows, or raise UPLOAD_CELLS_MB"
        )
        raise LimitError(message) from error
    finally:
        connection.close()


def _find_quote(connection: DuckDBPyConnection, path: str, text: str, dialect: Dialect) -> tuple[str, str]:
    """Return the quote and escape signs; DuckDB's sniffer alone sees only a sample, and takes a word ' for a quote."""
    import duckdb

    try:
        found = connection.execute(SNIFF, {"path": path, "delim": dialect.sign}).fetchall()
    except duckdb.InvalidInputException:
        found = []
    quote, escape = found[0] if found else ("", "")
    chosen = next((mark for mark in QUOTES if (mark in {'"', quote}) and _has_quotes(text, dialect.sign, mark)), "")
    if not chosen and quote != '"':
        return "", ""
    return chosen or '"', escape if chosen == quote and len(escape) == 1 else chosen or '"'


def _has_quotes(text: str, sign: str, mark: str) -> bool:
    """Whether cells open and close with a quote, and do so about equally often; an apostrophe alone is a word."""
    if mark not in text:
        return False
    opened = text.count(f"{sign}{mark}") + text.count(f"\n{mark}") + text.startswith(mark)
    closed = text.count(f"{mark}{sign}") + text.count(f"{mark}\n") + text.endswith(mark)
    ends = (f"{sign}{mark}{sign}", f"\n{mark}{sign}", f"{sign}{mark}\n")
    alone = 0 if mark == '"' else sum(map(text.count, ends))
    return opened > alone and closed - alone > (opened - alone) / 2


def _cut(connection: DuckDBPyConnection, source: _Source) -> Cut:
    """Read strictly, and again with the rejects stored if a line does not fit."""
    import duckdb

    try:
        return Cut(_read(connection, source, store=False))
    except duckdb.InvalidInputException:
        connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        columns = _read(connection, source, store=True)
        rejects = connection.execute(REJECTS).fetchall()
        return Cut(columns, _name_rejects(rejects, source), len(rejects))


def _read(connection: DuckDBPyConnection, source: _Source, *, store: bool) -> list[pa.Array]:
    """Run the read."""
    dialect = source.dialect
    relation = connection.sql(
        READ,
        params={
            "path": source.path,
            "columns": {f"c{index}": "VARCHAR" for index in range(dialect.n_columns)},
            "delim": dialect.sign,
            "quote": source.quote,
            "escape": source.escape,
            "skip": dialect.skip + abs(dialect.header_shift),
            "pad": dialect.pad,
            "line": MAX_LINE,
            "store": store,
            "most": MAX_REJECTS if store else 0,
            "kept": KEPT_TEXT,
        },
    )
    return [column.combine_chunks() for column in relation.to_arrow_table().columns]


def _name_rejects(rejects: Sequence[tuple[Any, ...]], source: _Source) -> tuple[RejectedLine, ...]:
    """Give the first rejects their physical line, a reason in words and their text."""
    found: list[RejectedLine] = []
    line, counted = 1, 0
    for position, kind, message, text in rejects[:SHOWN_REJECTS]:
        blank = len(text) - len(text.lstrip("\n"))
        start = position - 1 + blank
        line, counted = line + source.content.count(b"\n", counted, start), start
        found.append(RejectedLine(line, _say_reason(kind, message, text, source), text.strip("\n")[:SHOWN_TEXT]))
    return tuple(found)


def _say_reason(kind: str, message: str, text: str, source: _Source) -> str:
    """Put DuckDB's error in words that complete "line 3 has …"."""
    widths = re.findall(r"\d+", message)
    if kind == "MISSING COLUMNS" and len(widths) > 1:
        return f"{count(int(widths[1]), 'cell')} where the table has {widths[0]}"
    if kind == "TOO MANY COLUMNS" and widths:
        found = _count_cells(text, source)
        return f"{found} cells where the table has {widths[0]}" if found else f"more than {widths[0]} cells"
    return {
        "UNQUOTED VALUE": "a quote that is not closed, or text after one",
        "LINE SIZE OVER MAXIMUM": f"more than {MAX_LINE:,} characters",
        "INVALID ENCODING": "bytes that are not text",
    }.get(kind, message.split("\n", 1)[0])


def _count_cells(text: str, source: _Source) -> int:
    """Count the cells of a rejected line, where DuckDB stops at the first too many; 0 where the line was cut short."""
    if len(text.encode()) >= KEPT_TEXT:
        return 0
    lines, sign = [text.strip("\n")], source.dialect.sign
    plain = csv.reader(lines, delimiter=sign, quoting=csv.QUOTE_NONE)
    reader = csv.reader(lines, delimiter=sign, quotechar=source.quote) if source.quote else plain
    return len(next(reader, []))


def _account(connection: DuckDBPyConnection, source: _Source, cut: Cut) -> Cut:
    """Compare the rows with the physical lines; read quotes as plain characters where that loses fewer lines."""
    if not source.quote:
        return cut
    n_lines = sum(1 for line in source.content.split(b"\n") if line.strip()) - source.dialect.skip
    lost = _count_lost(cut, n_lines, source.dialect)
    if lost <= (1 - FAR_APART) * n_lines and not (lost and lost > cut.n_rejected):
        return cut
    plain = _cut(connection, replace(source, quote="", escape=""))
    line = find_open_quote(source.content.decode(), source.quote)
    where = f"; line {line:,} opens the first" if line else ""
    if plain.n_rejected < lost:
        columns = [_unquote(column, source.quote) for column in plain.columns]
        note = f"some quotes are not closed, so a cell ends at its line's end{where}"
        return replace(plain, columns=columns, notes=(note,))
    note = f"a quote that is not closed swallowed {count(lost, 'line')}{where}; close it in the file"
    return replace(cut, notes=(note,))


def find_open_quote(text: str, quote: str = '"') -> int:
    r"""Return the number, from 1, of the first line that opens a quote which nothing closes; 0 where there is none.

    Lines with an even number of quotes close what they open. Of the others one opens a cell if more of its quotes stand
    at a cell's start than at an end, and closes the open one if it is the other way round.

    Examples
    --------
    >>> find_open_quote('a,b\n1,"x\n2,y\n'), find_open_quote('a,b\n1,"x\ny"\n'), find_open_quote('a,b\n1,5"\n')
    (2, 0, 0)
    """
    starts, ends = re.compile(rf"(?:^|[,;\t|])\s*{quote}"), re.compile(rf"{quote}\s*(?:[,;\t|]|$)")
    opened = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(quote) % 2 == 0:
            continue
        more = len(starts.findall(line)) - len(ends.findall(line))
        if more > 0 and opened:
            return opened
        opened = number if more > 0 else 0 if more < 0 else opened
    return opened


def _unquote(column: pa.Array, quote: str) -> pa.Array:
    """Take off quotes that open and close one cell."""
    inner = pc.replace_substring_regex(column, f"(?s)^{quote}(.*){quote}$", r"\1")
    return pc.replace_substring(inner, quote * 2, quote)


def _count_lost(cut: Cut, n_lines: int, dialect: Dialect) -> int:
    """Count the lines that are neither a row nor a line break inside a proper cell."""
    breaks = swallowed = 0
    for column in cut.columns:
        broken = column.filter(pc.match_substring(column, "\n"))
        if len(broken):
            n_breaks = pc.count_substring(broken, "\n")
            n_signs = pc.count_substring(broken, dialect.sign)
            looks_cut = pc.greater_equal(n_signs, pc.multiply(n_breaks, CUT_SHARE * max(1, dialect.n_columns - 1)))
            breaks += pc.sum(n_breaks).as_py()
            swallowed += pc.sum(n_breaks.filter(looks_cut)).as_py() or 0
    n_rows = len(cut.columns[0]) + abs(dialect.header_shift)
    return max(0, n_lines - n_rows - breaks) + swallowed
