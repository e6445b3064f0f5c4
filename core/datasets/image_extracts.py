"""The bundled part of each image set: files of ``data/`` that hold a few thousand pictures without loss.

Grey pictures are stored as deflated arrays, which unpack fastest; coloured ones as one lossless WebP sheet of tiles,
40 a row, which is 40% smaller and unpacks as fast (https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification).

An extract takes equally many pictures of each class, drawn with seed 0, in the order of the full set.

Left out: the full sets (``core.datasets.image_sets``).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.catalogue import DATA
from core.datasets.image_catalogue import SPLITS, ImageEntry, SplitName, hash_pictures
from core.datasets.image_sources import Pictures
from core.datasets.whole_files import write_whole
from core.hub.errors import DataError

TILES = 40  # a row of the sheet
SEED = 0


def read_extract(entry: ImageEntry, split: SplitName, folder: Path = DATA) -> Pictures:
    """Read the bundled pictures of a split and hold them to the catalogue.

    Returns
    -------
    images : array of uint8, shape (bundled_n, height, width, channels)
    labels : array of uint8, shape (bundled_n,)

    Raises
    ------
    DataError
        If the file is missing, cannot be read or holds other pictures.
    """
    about = entry.splits[split]
    remedy = f"rebuild it with `{entry.command}`"
    try:
        images, labels = unpack_pictures((folder / about.file).read_bytes(), entry)
    except FileNotFoundError as error:
        message = f"the bundled file {about.file} is missing; {remedy}"
        raise DataError(message) from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        message = f"the bundled file {about.file} cannot be read ({error}); {remedy}"
        raise DataError(message) from error
    digest = hash_pictures(images, labels)
    if digest != about.bundled_sha256:
        message = (
            f"the bundled file {about.file} holds pictures with sha256 {digest[:12]}…, the catalogue says "
            f"{about.bundled_sha256[:12]}…; {remedy}"
        )
        raise DataError(message)
    return images, labels


def choose_rows(labels: NDArray[np.integer], n: int, seed: int = SEED) -> NDArray[np.intp]:
    """Choose equally many rows of each class.

    Parameters
    ----------
    labels : array of int, shape (n_rows,)
    n : int
        How many in all, a multiple of the number of classes.

    Returns
    -------
    array of int, shape (n,)
        In ascending order.

    Examples
    --------
    >>> choose_rows(np.array([0, 1, 0, 1, 0, 1]), 4).tolist()
    [1, 2, 4, 5]
    """
    rng = np.random.default_rng(seed)
    each = n // len(np.unique(labels))
    chosen = [rng.choice(np.flatnonzero(labels == label), each, replace=False) for label in np.unique(labels)]
    return np.sort(np.concatenate(chosen))


def pack_pictures(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> bytes:
    """Pack pictures and labels as an npz file, the same bytes every time.

    Parameters
    ----------
    images : array of uint8, shape (n, height, width, 1 or 3)
        In colour, ``n`` is a multiple of 40.
    labels : array of int, shape (n,)
    """
    buffer = io.BytesIO()
    codes = labels.astype(np.uint8)
    if images.shape[3] == 1:
        np.savez_compressed(buffer, images=images, labels=codes)
    else:
        np.savez(buffer, sheet=np.frombuffer(_make_sheet(images), np.uint8), labels=codes)
    return buffer.getvalue()


def unpack_pictures(content: bytes, entry: ImageEntry) -> Pictures:
    """Unpack what :func:`pack_pictures` packed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as packed:
        labels = packed["labels"]
        images = packed["images"] if "images" in packed else _cut_sheet(packed["sheet"].tobytes(), entry)
    return images, labels


def _make_sheet(images: NDArray[np.uint8]) -> bytes:
    """Lay the pictures out as tiles and encode them without loss."""
    from PIL import Image

    n, height, width, channels = images.shape
    tiles = images.reshape(n // TILES, TILES, height, width, channels).transpose(0, 2, 1, 3, 4)
    buffer = io.BytesIO()
    sheet = Image.fromarray(tiles.reshape(n // TILES * height, TILES * width, channels))
    sheet.save(buffer, "WEBP", lossless=True, quality=100, method=4)
    return buffer.getvalue()


def _cut_sheet(content: bytes, entry: ImageEntry) -> NDArray[np.uint8]:
    """Cut a sheet into its pictures, (n, height, width, 3)."""
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("WEBP",)) as sheet:
        pixels = np.asarray(sheet)
    shape = (-1, entry.height, TILES, entry.width, entry.channels)
    tiles = pixels.reshape(shape).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(tiles).reshape(-1, entry.height, entry.width, entry.channels)


def build_extracts(entry: ImageEntry, load_full: Callable[[SplitName], Pictures], folder: Path) -> tuple[Path, ...]:
    """Make the bundled files of a set again.

    Parameters
    ----------
    load_full : callable
        Returns the full split's images and labels.

    Raises
    ------
    DataError
        If the pictures come out with another sha256 than the catalogue's: nothing is written for that split.
    """
    return tuple(_build_extract(entry, split, load_full(split), folder) for split in SPLITS)


def _build_extract(entry: ImageEntry, split: SplitName, full: Pictures, folder: Path) -> Path:
    """Make one bundled file, check it and put it in place."""
    about = entry.splits[split]
    rows = choose_rows(full[1], about.bundled_n)
    images, labels = full[0][rows], full[1][rows]
    digest = hash_pictures(images, labels)
    if digest != about.bundled_sha256:
        message = (
            f"{about.file} was built with sha256 {digest}, the catalogue says {about.bundled_sha256}; "
            "change the row if the pictures are meant to change"
        )
        raise DataError(message)
    content = pack_pictures(images, labels)
    return write_whole(folder / about.file, lambda handle: handle.write(content))


def check_extracts(entry: ImageEntry, folder: Path = DATA) -> list[str]:
    """Compare the bundled files of a set with its row; return a sentence per problem."""
    problems = []
    for split in SPLITS:
        about = entry.splits[split]
        try:
            images, labels = read_extract(entry, split, folder)
        except DataError as error:
            problems.append(str(error))
            continue
        expected = (about.bundled_n, entry.height, entry.width, entry.channels)
        if images.shape != expected:
            problems.append(f"{about.file} holds pictures of shape {images.shape}; its row says {expected}")
        if labels.max() >= len(entry.classes):
            problems.append(f"{about.file} has label {labels.max()}; its row names {len(entry.classes)} classes")
    return problems
