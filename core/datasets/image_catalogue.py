"""The catalogue's image sets: what each one is, where it came from, and the sha256 that its pictures must have.

``data/catalogue.toml`` holds an ``[[images]]`` table per set beside the ``[[table]]`` rows. A hash here is that of the
decoded arrays (:func:`hash_pictures`), not of a file, so that every source of a set is held to the same pictures.

Left out: the pictures (``core.datasets.image_sets``) and how extracts are made (``core.datasets.image_extracts``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.datasets.catalogue import DATA, read_rows
from core.hub.errors import DataError

SplitName = Literal["train", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "test")


@dataclass(frozen=True, slots=True)
class ImageSplit:
    """One split of a set: how many pictures there are, how many are bundled, and the hashes of both.

    Parameters
    ----------
    n, sha256 : int, str
        Of the full split.
    file : str
        The extract's file in ``data/``; ``bundled_n`` and ``bundled_sha256`` are its pictures.
    """

    n: int
    sha256: str
    file: str
    bundled_n: int
    bundled_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class ImageEntry:
    """One image set and its provenance.

    Parameters
    ----------
    name : str
        Short name in snake_case; ``title`` is how it is called on screen.
    classes : tuple of str
        In the order of the labels 0, 1, …
    height, width, channels : int
        Of every picture, in pixels; one channel is grey, three are red, green and blue.
    source, version : str
        The package that it comes from; ``url`` is where it was published.
    publication, licence : str
        Who published it first, and on which terms it may be passed on.
    command : str
        What rebuilds the extracts; ``fetch`` is what puts the full set into the cache folder.
    splits : mapping of split name to ImageSplit
        ``train`` and ``test``.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    height: int
    width: int
    channels: int
    source: str
    version: str
    url: str
    publication: str
    licence: str
    command: str
    fetch: str
    description: str
    splits: Mapping[SplitName, ImageSplit]


@lru_cache(maxsize=8)
def load_image_catalogue(folder: Path = DATA) -> tuple[ImageEntry, ...]:
    """Read every image set of the catalogue, in the file's order; none where it has none.

    Raises
    ------
    DataError
        If the file is missing, is not TOML, or a row lacks a field or has an unknown one.

    Examples
    --------
    >>> [(entry.name, entry.splits["train"].n) for entry in load_image_catalogue()]
    [('fashion_mnist', 60000), ('cifar10', 50000)]
    """
    return read_rows(folder, "images", _make_entry)


def _make_entry(row: Mapping[str, Any]) -> ImageEntry:
    """Make an entry of one row."""
    splits = {name: ImageSplit(**row[name]) for name in SPLITS}
    plain = {field.name: row[field.name] for field in fields(ImageEntry) if field.name not in {"splits", "classes"}}
    strangers = set(row) - set(plain) - set(SPLITS) - {"classes"}
    if strangers:
        message = f"unknown field {min(strangers)}"
        raise TypeError(message)
    return ImageEntry(**plain, classes=tuple(row["classes"]), splits=splits)


def find_image_entry(name: str, folder: Path = DATA) -> ImageEntry:
    """Return the row of one image set.

    Raises
    ------
    DataError
        If the catalogue has no such name.

    Examples
    --------
    >>> find_image_entry("cifar10").classes[:3]
    ('airplane', 'automobile', 'bird')
    """
    entries = load_image_catalogue(folder)
    for entry in entries:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries)
    message = f"there is no image set {name!r}; choose one of {known}"
    raise DataError(message)


def hash_pictures(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> str:
    """Return the sha256 of the pixels in row order, followed by the labels as a byte each.

    Parameters
    ----------
    images : array of uint8, shape (n, height, width, channels)
    labels : array of int, shape (n,)
        0 to 255.

    Examples
    --------
    >>> hash_pictures(np.zeros((1, 28, 28, 1), dtype=np.uint8), np.array([9]))[:12]
    'b8efe73704f7'
    """
    digest = hashlib.sha256(np.ascontiguousarray(images).data)
    digest.update(labels.astype(np.uint8).data)
    return digest.hexdigest()
