"""Files that are there whole or not at all: written under another name, flushed to the disk, then moved into place.

Left out: many files at once; a folder's own entry is not flushed, so a power cut may bring the old file back.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


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
