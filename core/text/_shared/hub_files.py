"""Files of a model or data set on the Hugging Face hub: a pinned revision, a timeout, one sentence when out of reach.

Only the files named are fetched, over https, each once, into a folder of the cache; no code of the hub is run.

Left out: private repositories, resuming half a file.
"""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import IO, Literal, cast

from core.datasets.packages import check_sha256
from core.datasets.whole_files import write_whole
from core.hub.errors import UnavailableError

HUB_URL = "https://huggingface.co"
TIMEOUT_S = 20.0
OpenUrl = Callable[[str, float], IO[bytes]]
"""Opens an address within so many seconds; tests put a folder in its place."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """A pinned model or data set.

    Parameters
    ----------
    repository : str
        Owner and name.
    revision : str
        The commit, 40 hexadecimal digits: its files can never change.
    files : tuple of str
        Paths of the files that are needed.
    kind : str
        ``models`` or ``datasets``.
    sha256 : mapping of file to str
        Of the files where it is known.
    """

    repository: str
    revision: str
    files: tuple[str, ...]
    kind: Literal["models", "datasets"] = "models"
    sha256: Mapping[str, str] = field(default_factory=dict)

    def find_url(self, file: str) -> str:
        """Return the address of a file.

        Examples
        --------
        >>> HubSource("a/b", "0" * 4, ("config.json",), "datasets").find_url("config.json")
        'https://huggingface.co/datasets/a/b/resolve/0000/config.json'
        """
        kind = "datasets/" if self.kind == "datasets" else ""
        return f"{HUB_URL}/{kind}{self.repository}/resolve/{self.revision}/{file}"


def open_url(url: str, timeout_s: float) -> IO[bytes]:
    """Open an https address of this module's making."""
    # The address begins with HUB_URL, a constant, and what follows are rows of our own code, never a person's text.
    return cast("IO[bytes]", urllib.request.urlopen(url, timeout=timeout_s))  # noqa: S310


def fetch_hub(source: HubSource, cache: Path, timeout_s: float = TIMEOUT_S, opened: OpenUrl = open_url) -> Path:
    """Fetch the files of a pinned repository once.

    Parameters
    ----------
    cache : Path
        Where fetched packages are kept.
    timeout_s : float
        Longest silence of the server.

    Returns
    -------
    Path
        A folder with the files under their last names.

    Raises
    ------
    UnavailableError
        If the hub cannot be reached.
    DataError
        If a file has another sha256 than its pinned one.
    """
    folder = cache / "hub" / source.repository.replace("/", "--") / source.revision[:12]
    folder.mkdir(parents=True, exist_ok=True)
    for file in source.files:
        path = folder / Path(file).name
        if not path.is_file():
            _fetch_file(source, file, path, (timeout_s, opened))
    return folder


def _fetch_file(source: HubSource, file: str, path: Path, door: tuple[float, OpenUrl]) -> None:
    """Fetch one file whole, and check it where its sha256 is known."""
    timeout_s, opened = door
    try:
        with closing(opened(source.find_url(file), timeout_s)) as answer:
            write_whole(path, lambda handle: shutil.copyfileobj(answer, handle))
    except (OSError, HTTPException) as error:
        message = f"{source.repository} cannot be fetched from the Hugging Face hub ({type(error).__name__}); "
        message += "check this server's network, or use one of the bundled models"
        raise UnavailableError(message) from error
    if file in source.sha256:
        try:
            check_sha256(path.read_bytes(), source.sha256[file], path.name)
        except Exception:
            path.unlink()
            raise
