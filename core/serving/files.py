"""Files that a person names on the command line: tables to read, answers to write.

Left out: what a table's bytes mean, which is ``core.datasets.reading``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.hub.errors import DataError

if TYPE_CHECKING:
    from core.datasets.table import Table


def read_file(path: Path, target: str | None = None) -> Table:
    """Read a table from a file of any format that an upload may have.

    Raises
    ------
    DataError, LimitError
        If the file cannot be opened, is too large, is no table, or has no such target column.
    """
    from core.datasets.reading import check_size, read_table
    from core.hub.settings import load_settings

    try:
        check_size(path.stat().st_size, load_settings())
        content = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be opened: {error.strerror or error}"
        raise DataError(message) from error
    table = read_table(content, path.name).table
    return table.with_target(target) if target else table


def read_own_table(path: Path | None, target: str | None) -> Table | None:
    """Read the table that a person named beside a recipe, if one was named.

    Raises
    ------
    DataError
        If a target is named and no table is, or as :func:`read_file`.
    """
    if target and path is None:
        message = f"target is {target!r} and no table is given; give one with --table"
        raise DataError(message)
    return read_file(path, target) if path else None


def write_file(path: Path | None, content: bytes) -> None:
    """Write an answer where a person asked for it, or to standard output.

    Raises
    ------
    DataError
        If the place cannot be written.
    """
    if path is None:
        sys.stdout.write(content.decode())
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"{path.name} cannot be written: {error.strerror or error}"
        raise DataError(message) from error


def find_files(folder: Path) -> list[Path]:
    """List the files below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
