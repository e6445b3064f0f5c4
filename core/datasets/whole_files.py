"""Files that are there whole or not at all: written under another name, flushed to the disk, then moved into place.

And the reading of one that a person named, with one sentence where it cannot be opened.

Left out: many files at once; a folder's own entry is not flushed, so a power cut may bring the old file back.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from core.hub.errors import DataError


def read_bytes(path: Path) -> bytes:
    """Read a file that a person named.

    Raises
    ------
    DataError
        If it cannot be opened.

    Examples
    --------
    >>> place = Path(tempfile.mkdtemp()) / "table.csv"
    >>> place.write_bytes(b"a,b"), read_bytes(place)
    (3, b'a,b')
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be opened: {error.strerror or error}"
        raise DataError(message) from error


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> Path:
    """Write a file so that a kill at any moment leaves the old one, or the new one whole.

    Parameters
    ----------
    path : Path
        Its folder must exist; a file of that name is replaced.
    write : callable
        Writes the content to the open file it is given.

    Returns
    -------
    Path
        ``path``.

    Examples
    --------
    >>> place = Path(tempfile.mkdtemp()) / "answer.txt"
    >>> write_whole(place, lambda handle: handle.write(b"42")).read_bytes()
    b'42'
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as handle:
        try:
            write(handle)
            handle.flush()
            os.fsync(handle.fileno())
        except BaseException:
            Path(handle.name).unlink()
            raise
    Path(handle.name).chmod(0o644)
    return Path(handle.name).replace(path)
