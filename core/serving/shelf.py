"""The stored models of one serving process: verified, loaded once at first use, shared by its threads.

Left out: noticing that a model was trained again; restart the process to serve it.
"""

from __future__ import annotations

import threading
from pathlib import Path

from core.hub.artifacts import load_artifact
from core.hub.errors import HubError
from core.hub.scores import models_root
from core.serving.answers import Served, load_served
from core.serving.files import find_files


class Shelf:
    """The stored models of one process: each is verified and loaded at its first use, once, whatever the threads.

    Parameters
    ----------
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root
        self._served: dict[tuple[str, str], Served] = {}
        self._checked: dict[str, tuple[tuple[str, int, int], ...]] = {}
        self._locks: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def take(self, slug: str, name: str = "full") -> Served:
        """Return a project's stored model; only one thread loads it, others that want the same wait.

        Raises
        ------
        HubError
            As :func:`load_served`; a failure is not remembered, so a mended model is found at the next call.
        """
        with self._lock:
            lock = self._locks.setdefault((slug, name), threading.Lock())
        with lock:
            if (slug, name) not in self._served:
                self._served[slug, name] = load_served(slug, name, self.root)
            return self._served[slug, name]

    def check(self, slug: str) -> str:
        """Say what is wrong with a project's stored files, or nothing; hashes are taken only when a file changed."""
        folder = models_root(self.root) / slug / "full"
        try:
            seen = _describe_files(folder)
            if self._checked.get(slug) != seen:
                load_artifact(slug, "full", self.root)
                self._checked[slug] = seen
        except HubError as error:
            return str(error)
        return ""


def _describe_files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name each file with its size and time of change: equal descriptions need no new hash."""
    found = []
    for path in find_files(folder):
        facts = path.stat()
        found.append((path.relative_to(folder).as_posix(), facts.st_size, facts.st_mtime_ns))
    return tuple(found)
