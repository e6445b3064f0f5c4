"""The bundled tables: what each one is, where it came from, and a check that its bytes are the catalogue's.

``data/catalogue.toml`` holds a row per extract; a table is read only when the file's sha256 is the row's, so that a
figure measured on bundled data is measured on these very bytes.

Left out: how an extract is made from its source package (``core.datasets.build``); image sets, whose rows lie in the
same file (``core.datasets.image_catalogue``); sets whose licence forbids redistribution, which a project fetches.
"""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError
from core.hub.settings import ROOT

DATA = ROOT / "data"
CATALOGUE_FILE = "catalogue.toml"
MAX_TOTAL_MB = 30
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One bundled table and its provenance.

    Parameters
    ----------
    name : str
        Short name in snake_case; ``title`` is how it is called on screen.
    file : str
        The extract's file in ``data/``; ``rows`` and ``columns`` are its size, ``sha256`` its bytes.
    task : str
        ``classification``, ``regression`` or ``experiment`` (a randomised trial); ``target`` is the column to predict.
    source, version : str
        The package it was read from; ``source_sha256`` is that of the package's file, where one is fetched.
    publication, licence : str
        Who published it first, and on which terms it may be passed on.
    command : str
        What rebuilds the file.
    kinds : mapping of column to kind
        Every column of the extract, in order.
    units : mapping of column to unit
        Where the source states one.
    """

    name: str
    title: str
    file: str
    rows: int
    columns: int
    task: str
    target: str
    source: str
    version: str
    publication: str
    licence: str
    sha256: str
    command: str
    description: str
    kinds: Mapping[str, ColumnKind]
    units: Mapping[str, str] = field(default_factory=dict)
    source_sha256: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One bundled file that is neither a table nor an image set, and its provenance; fields as of an Entry."""

    file: str
    title: str
    source: str
    publication: str
    licence: str
    sha256: str
    command: str


@lru_cache(maxsize=8)
def load_catalogue(folder: Path = DATA) -> tuple[Entry, ...]:
    """Read every row of the catalogue, in the file's order.

    Raises
    ------
    DataError
        If the file is missing, is not TOML, or a row lacks a field or has an unknown one.

    Examples
    --------
    >>> [entry.name for entry in load_catalogue()][5:]
    ['titanic', 'ames', 'telco_churn', 'mlc_churn', 'gapminder', 'resumes', 'lalonde', 'star', 'thornton']
    """
    return read_rows(folder, "table", lambda row: Entry(**row))


def read_rows(folder: Path, kind: str, make: Callable[[dict[str, Any]], Row]) -> tuple[Row, ...]:
    """Read the catalogue's rows of one kind, in the file's order; none where it has none.

    Parameters
    ----------
    kind : str
        ``table``, ``images`` or ``file``.
    make : callable
        Makes an entry of a row; a KeyError or TypeError of it is a damaged catalogue.

    Raises
    ------
    DataError
        If the file is missing, is not TOML, or a row cannot be made an entry.
    """
    path = folder / CATALOGUE_FILE
    try:
        return tuple(make(row) for row in tomllib.loads(path.read_text(encoding="utf-8")).get(kind, []))
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        message = f"{path.name} cannot be read ({error}); restore it from the repository"
        raise DataError(message) from error


@lru_cache(maxsize=8)
def load_files(folder: Path = DATA) -> tuple[FileEntry, ...]:
    """Read the row of every other bundled file, in the catalogue's order.

    Raises
    ------
    DataError
        As :func:`read_rows`.

    Examples
    --------
    >>> [entry.file for entry in load_files()][:3]
    ['faces/astronaut.png', 'faces/grace_hopper.jpg', 'fraud/figures.json']
    """
    return read_rows(folder, "file", lambda row: FileEntry(**row))


def find_entry(name: str, folder: Path = DATA) -> Entry:
    """Return the row of one bundled table.

    Raises
    ------
    DataError
        If the catalogue has no such name.

    Examples
    --------
    >>> find_entry("iris").units["sepal_length"]
    'cm'
    """
    for entry in load_catalogue(folder):
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in load_catalogue(folder))
    message = f"there is no bundled table {name!r}; choose one of {known}"
    raise DataError(message)


def load_table(name: str, folder: Path = DATA) -> Table:
    """Read a bundled table after checking its bytes.

    Returns
    -------
    Table
        Numbers are float64, or Int64 where every value is there and whole; the target is set.

    Raises
    ------
    DataError
        If the name is unknown, or the file is missing or differs from the catalogue.

    Examples
    --------
    >>> table = load_table("iris")
    >>> table.frame.shape, table.target, round(float(table.frame["sepal_length"].mean()), 6)
    ((150, 5), 'species', 5.843333)
    """
    entry = find_entry(name, folder)
    frame = read_extract(_read_verified(entry, folder), entry)
    return Table(
        frame=frame,
        name=entry.title,
        origin="bundled",
        sha256=entry.sha256,
        kinds=dict(entry.kinds),
        target=entry.target,
    )


def _read_verified(entry: Entry | FileEntry, folder: Path) -> bytes:
    """Read an extract's bytes and refuse them if they are not the catalogue's."""
    try:
        content = (folder / entry.file).read_bytes()
    except OSError as error:
        message = f"the bundled file {entry.file} is missing; rebuild it with `{entry.command}`"
        raise DataError(message) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        message = (
            f"the bundled file {entry.file} has sha256 {digest[:12]}…, the catalogue says {entry.sha256[:12]}…; "
            f"rebuild it with `{entry.command}`"
        )
        raise DataError(message)
    return content


def read_extract(content: bytes, entry: Entry) -> pd.DataFrame:
    """Read an extract's CSV bytes as typed columns: only an empty cell is missing, every digit is kept.

    Raises
    ------
    DataError
        If a number column holds something else.
    """
    kinds = {name: kind for name, kind in entry.kinds.items() if kind != "ignore"}
    wanted: dict[Hashable, str] = {name: "float64" if kind == "number" else "object" for name, kind in kinds.items()}
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            dtype=wanted,
            keep_default_na=False,
            na_values=[""],
            float_precision="round_trip",
        )
    except ValueError as error:
        message = f"the bundled file {entry.file} cannot be read ({error}); rebuild it with `{entry.command}`"
        raise DataError(message) from error
    return frame.astype({name: "Int64" for name in frame.columns if _is_whole(frame[name])})


def _is_whole(column: pd.Series) -> bool:
    """Tell whether a column holds whole numbers only, with none missing."""
    return column.dtype.kind in "if" and bool(column.notna().all() and (column % 1 == 0).all())


def check_data(folder: Path = DATA) -> tuple[str, ...]:
    """Compare every file in ``data/`` with its row.

    Returns
    -------
    tuple of str
        One sentence per problem; empty when every file matches.

    Examples
    --------
    >>> check_data()
    ()
    """
    from core.datasets.image_catalogue import load_image_catalogue
    from core.datasets.image_extracts import check_extracts

    entries, sets = load_catalogue(folder), load_image_catalogue(folder)
    others = load_files(folder)
    problems = [problem for entry in entries for problem in _check_entry(entry, folder)]
    problems += [problem for entry in others for problem in _check_bytes(entry, folder)]
    problems += [problem for entry in sets for problem in check_extracts(entry, folder)]
    known = {CATALOGUE_FILE} | {entry.file for entry in entries} | {entry.file for entry in others}
    known |= {split.file for entry in sets for split in entry.splits.values()}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    names = [path.relative_to(folder).as_posix() for path in files]
    problems += [f"{name} has no row in {CATALOGUE_FILE}; add one or delete it" for name in names if name not in known]
    size_mb = sum(path.stat().st_size for path in files) / 1e6
    if size_mb > MAX_TOTAL_MB:
        problems.append(
            f"the bundled data take {size_mb:.0f} MB; at most {MAX_TOTAL_MB} are committed: fetch large sets"
        )
    return tuple(problems)


def _check_bytes(entry: FileEntry, folder: Path) -> list[str]:
    """Compare a file's bytes with its row."""
    try:
        _read_verified(entry, folder)
    except DataError as error:
        return [str(error)]
    return []


def _check_entry(entry: Entry, folder: Path) -> list[str]:
    """Compare one extract with its row."""
    try:
        frame = read_extract(_read_verified(entry, folder), entry)
    except DataError as error:
        return [str(error)]
    problems = []
    if frame.shape != (entry.rows, entry.columns):
        problems.append(
            f"{entry.file} has {frame.shape[0]} rows and {frame.shape[1]} columns; "
            f"its row says {entry.rows} and {entry.columns}"
        )
    if list(frame.columns) != list(entry.kinds):
        problems.append(
            f"{entry.file} has the columns {', '.join(frame.columns)}; its row says {', '.join(entry.kinds)}"
        )
    strangers = ({entry.target} | set(entry.units)) - set(frame.columns)
    problems += [f"{entry.file} has no column {name}, which its row names" for name in sorted(strangers)]
    return problems
