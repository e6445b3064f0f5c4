"""The files of jobs: inputs and outputs while a job lives, the result folder once it is done.

A result appears by one rename, after its files were synced to disk: a reader sees all of it or nothing, also after a
kill or a loss of power. Working folders lie in ``.work`` beside the results, so that the rename stays on one disk.

Left out: storage that is not a file system.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

WORK = ".work"
ORPHAN_S = 3_600.0
"""A folder without a row is left alone for this long: its job may be about to get its row."""


class Folders:
    """The files of every job below one folder.

    Examples
    --------
    >>> import tempfile
    >>> folders = Folders(Path(tempfile.mkdtemp()))
    >>> folder = folders.make_work("a", {"table.csv": b"x"})
    >>> _ = (folder / "outputs" / "answer.txt").write_text("42")
    >>> folders.publish("a")
    >>> (folders.root / "a" / "answer.txt").read_text(), (folders.root / "a" / "inputs" / "table.csv").read_bytes()
    ('42', b'x')
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._work = root / WORK

    def make_work(self, job_id: str, files: Mapping[str, bytes]) -> Path:
        """Make a job's working folder and write its inputs."""
        folder = self._work / job_id
        (folder / "inputs").mkdir(parents=True, mode=0o700)
        (folder / "outputs").mkdir(mode=0o700)
        for name, content in files.items():
            (folder / "inputs" / name).write_bytes(content)
        return folder

    def publish(self, job_id: str) -> None:
        """Turn a job's outputs, which are synced already, into its result folder, with its inputs below it."""
        inputs, outputs = self._work / job_id / "inputs", self._work / job_id / "outputs"
        sync_tree(inputs)
        inputs.rename(outputs / "inputs")
        sync_path(outputs)
        outputs.rename(self.root / job_id)
        sync_path(self.root)

    def delete(self, job_id: str) -> None:
        """Delete every file of a job; none left is no error."""
        shutil.rmtree(self.root / job_id, ignore_errors=True)
        self.delete_work(job_id)

    def delete_work(self, job_id: str) -> None:
        """Delete a job's working folder; none left is no error."""
        shutil.rmtree(self._work / job_id, ignore_errors=True)

    def find_orphans(self, now: float | None = None) -> tuple[str, ...]:
        """Return the names of folders that have not changed for an hour; those without a row are nobody's."""
        before = (time.time() if now is None else now) - ORPHAN_S
        found = set()
        for path in (*self.root.glob("*"), *self._work.glob("*")):
            with suppress(FileNotFoundError):  # a job may end at this moment
                if path.name != WORK and path.stat().st_mtime < before:
                    found.add(path.name)
        return tuple(sorted(found))


def sync_tree(folder: Path) -> None:
    """Sync every file and folder below a folder to disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync_path(path)
    sync_path(folder)


def sync_path(path: Path) -> None:
    """Sync one file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
