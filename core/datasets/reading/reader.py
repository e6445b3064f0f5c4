"""From the bytes of an upload to a typed table and an account of what was understood.

bytes → size → format by signature → columns as they stand → names → empty rows and columns out → seeded sample → types.
Whatever was decided, dropped or changed on the way stands in the notes; what cannot be read raises one sentence.

Left out: keeping the upload; the earlier table stays with the caller, untouched, until a reading succeeds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.reading.choices import Choices, RawColumn, RawTable, Reading
from core.datasets.reading.columnar import read_parquet
from core.datasets.reading.cutter import find_open_quote
from core.datasets.reading.dialect import suggest_delimiter
from core.datasets.reading.encoding import decode
from core.datasets.reading.json_file import read_json
from core.datasets.reading.kinds import Typed, type_columns
from core.datasets.reading.limits import check_columns, check_memory, check_size, choose_rows
from core.datasets.reading.names import clean_names, clean_text
from core.datasets.reading.notes import Notes, count
from core.datasets.reading.signatures import find_format
from core.datasets.reading.text_file import read_text
from core.datasets.reading.workbook import read_workbook
from core.datasets.table import Table
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.settings import Settings, load_settings

MAX_FILE_NAME = 120
MAX_SHOWN_NAME = 40
CELL_BYTES = 8
DEFAULT = Choices()


def read_table(content: bytes, name: str, choices: Choices = DEFAULT, settings: Settings | None = None) -> Reading:
    r"""Read an uploaded table: CSV in any usual dialect and encoding, Excel, Parquet or JSON.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Its name: shown, and used to tell JSON from other text; the bytes decide everything else.
    choices : Choices
        What a person has set; ``auto`` is decided from the bytes.
    settings : Settings, optional
        Caps; by default the process's own.

    Returns
    -------
    Reading
        The table, and what was understood: encoding, dialect, rejected lines, columns to ask about, notes.

    Raises
    ------
    DataError
        If the file is empty, no table, damaged or behind a password: one sentence each.
    LimitError
        If it is larger than a cap.
    RecipeError
        If a choice is none of those offered.

    Examples
    --------
    >>> reading = read_table("größe;art\n1,5;a\n2,5;a\n".encode("cp1252"), "blumen.csv")
    >>> reading.understanding.encoding, reading.understanding.delimiter, reading.understanding.decimal
    ('cp1252', 'semicolon', 'comma')
    >>> reading.table.frame["größe"].sum(), reading.table.kinds["größe"]
    (np.float64(4.0), 'number')
    """
    validate_recipe(choices)
    limits = settings or load_settings()
    check_size(len(content), limits)
    if not content:
        message = "the file is empty (0 bytes); choose one with column names and at least one row"
        raise DataError(message)
    notes = Notes()
    raw = _read_raw(content, name, choices, limits, notes)
    check_columns(len(raw.columns), limits)
    check_memory(raw.n_rows * len(raw.columns) * CELL_BYTES, limits)
    return _make_reading(raw, _make_source(content, name), choices, limits, notes)


@dataclass(frozen=True, slots=True)
class _Source:
    """The hash of the bytes and the name of the file, as data: without folders or control characters."""

    sha256: str
    name: str


def _make_source(content: bytes, name: str) -> _Source:
    """Describe where a table comes from."""
    plain = clean_text(PurePath(name.replace("\\", "/")).name)[:MAX_FILE_NAME]
    return _Source(hashlib.sha256(content).hexdigest(), plain or "upload")


def _read_raw(content: bytes, name: str, choices: Choices, settings: Settings, notes: Notes) -> RawTable:
    """Read the columns as they stand in the file."""
    kind = find_format(content, name)
    if kind == "parquet":
        return read_parquet(content, settings, notes)
    if kind == "json":
        return read_json(content, choices, settings, notes)
    if kind == "csv":
        return read_text(content, choices, settings, notes)
    return read_workbook(content, kind, choices, settings, notes)


def _make_reading(raw: RawTable, source: _Source, choices: Choices, settings: Settings, notes: Notes) -> Reading:
    """Name, thin and type the columns."""
    raw = _drop_empty_rows(_drop_empty_columns(raw, notes), notes)
    n_rows, n_columns = raw.n_sampled_from or raw.n_rows, len(raw.columns)
    names = _make_names(raw, notes)
    columns, sampled = _sample(raw, n_rows, settings, notes)
    delimiter = raw.understanding.delimiter
    typed, decimal = type_columns(names, columns, (choices.decimal, choices.dates, delimiter), notes)
    understanding = replace(
        raw.understanding,
        decimal=decimal,
        n_rows=n_rows,
        n_columns=n_columns,
        ambiguous_dates=tuple(name for name, one in zip(names, typed, strict=True) if one.ambiguous_date),
        notes=notes.sentences(),
    )
    table = Table(
        frame=_make_frame(names, typed),
        name=source.name,
        origin="upload",
        sha256=_hash(source.sha256, choices, settings.upload_rows if sampled else 0),
        kinds={name: one.kind for name, one in zip(names, typed, strict=True)},
        notes=notes.sentences(),
        n_rejected=understanding.n_rejected,
        n_lines=n_rows + understanding.n_rejected if understanding.n_rejected else 0,
    )
    return Reading(table, understanding)


def check_width(reading: Reading, content: bytes) -> None:
    r"""Refuse a table of one column: it has nothing to compare or to predict from.

    Parameters
    ----------
    reading : Reading
        What was read.
    content : bytes
        The file it was read from, to see whether another sign separates its columns.

    Raises
    ------
    DataError
        If there is one column.

    Examples
    --------
    >>> content = b"a:b\n1:2\n3:4\n"
    >>> check_width(read_table(content, "x.csv"), content)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    core.hub.errors.DataError: the file has one column (a:b); at least 2 are needed: every line holds the sign : ...
    """
    if reading.understanding.n_columns > 1:
        return
    understanding, name = reading.understanding, clean_text(str(reading.table.frame.columns[0]))[:MAX_SHOWN_NAME]
    remedy = "add the columns that belong to it"
    if understanding.format == "csv":
        remedy = _find_remedy(decode(content, understanding.encoding, Notes()).text)
    message = f"the file has one column ({name}); at least 2 are needed: {remedy}"
    raise DataError(message)


def _find_remedy(text: str) -> str:
    """Say how the columns of a text file come apart: a quote that hides them, or the sign between them."""
    line, sign = find_open_quote(text), suggest_delimiter(text)
    if line:
        return f"line {line:,} opens a quote that is not closed and hides them, so close it"
    if sign:
        return f"every line holds the sign {sign} equally often, so put ; in its place"
    return "put a comma, semicolon or tab between the columns"


def _make_names(raw: RawTable, notes: Notes) -> tuple[str, ...]:
    """Clean the names of the header, or number the columns."""
    if raw.understanding.header:
        return clean_names(raw.names, notes)
    notes.say("the first row is no header, so the columns are numbered")
    return tuple(f"column_{position}" for position in range(1, len(raw.columns) + 1))


def _hash(sha256: str, choices: Choices, n_kept: int) -> str:
    """Return the bytes' own hash, or one of its own where the same bytes were read in another way."""
    if choices == DEFAULT and not n_kept:
        return sha256
    way = json.dumps([asdict(choices), n_kept], sort_keys=True)
    return hashlib.sha256(f"{sha256}\x1f{way}".encode()).hexdigest()


def _make_frame(names: Sequence[str], typed: Sequence[Typed]) -> pd.DataFrame:
    """Put the columns side by side without copying or guessing types again."""
    return pd.concat([one.series.rename(name) for name, one in zip(names, typed, strict=True)], axis=1)


def _is_empty(column: RawColumn) -> np.ndarray:
    """Return where a column has nothing at all, shape (n_rows,)."""
    if isinstance(column, pa.Array):
        blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), fill_value=True)
        return np.asarray(blank.to_numpy(zero_copy_only=False))
    return np.asarray(pd.isna(column))


def _drop_empty_columns(raw: RawTable, notes: Notes) -> RawTable:
    """Leave out columns that have neither a name nor a value, as a delimiter at the end of each line makes them."""
    named = raw.understanding.header
    unnamed = [at for at, name in enumerate(raw.names) if name is None or not str(name).strip()]
    empty = {at for at in unnamed if named and bool(_is_empty(raw.columns[at]).all())}
    if not empty or len(empty) == len(raw.columns):
        return raw
    notes.say(f"{count(len(empty), 'column')} without a name or a value left out")
    kept = [at for at in range(len(raw.columns)) if at not in empty]
    return replace(raw, names=[raw.names[at] for at in kept], columns=[raw.columns[at] for at in kept])


def _drop_empty_rows(raw: RawTable, notes: Notes) -> RawTable:
    """Leave out rows in which every cell is blank."""
    empty = np.ones(raw.n_rows, dtype=bool)
    for column in raw.columns:
        empty &= _is_empty(column)
        if not empty.any():
            return raw
    if empty.all():
        message = "every cell of the table is blank; choose a file with at least one value"
        raise DataError(message)
    of = " of the sample" if raw.n_sampled_from else ""
    notes.say(f"{count(int(empty.sum()), 'blank row')}{of} left out")
    return replace(raw, columns=_keep(raw.columns, np.flatnonzero(~empty)))


def _keep(columns: Sequence[RawColumn], rows: np.ndarray) -> list[RawColumn]:
    """Return some rows of every column."""
    return [
        column.take(pa.array(rows))
        if isinstance(column, pa.Array)
        else (column.iloc[rows].reset_index(drop=True) if isinstance(column, pd.Series) else column[rows])
        for column in columns
    ]


def _sample(raw: RawTable, n_rows: int, settings: Settings, notes: Notes) -> tuple[Sequence[RawColumn], bool]:
    """Keep a seeded sample of the rows where there are too many and the format's own reader took none."""
    if raw.n_sampled_from:
        return raw.columns, True
    rows = choose_rows(n_rows, settings, notes)
    return (raw.columns, False) if rows is None else (_keep(raw.columns, rows), True)
