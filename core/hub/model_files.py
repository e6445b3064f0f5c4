"""A model's named bytes as files of a folder and back, with one sentence for whatever is wrong with them.

Left out: what the bytes hold, which is the project's; hashes and cards (``artifacts``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from core.hub.errors import ArtifactError

ModelT = TypeVar("ModelT")


def save_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        message = f"the model cannot be written: {error.strerror or error}"
        raise ArtifactError(message) from error


def load_files(folder: Path, build: Callable[[Mapping[str, bytes]], ModelT]) -> ModelT:
    """Read the files of a folder and build the model that they hold.

    Parameters
    ----------
    build : callable
        Makes a model of named bytes; a ``KeyError``, ``TypeError`` or ``ValueError`` of its says that a part is wrong.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_files({"weight": b"2.5"}, Path(folder))
    ...     load_files(Path(folder), lambda files: float(files["weight"]))
    2.5
    """
    try:
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    except OSError as error:
        message = f"the model cannot be read: {error.strerror or error}"
        raise ArtifactError(message) from error
    try:
        return build(files)
    except (KeyError, ValueError, TypeError) as error:
        message = f"the stored model lacks a part or holds a wrong one ({str(error)[:80]}); train it again"
        raise ArtifactError(message) from error
