"""Image sets with known classes: the extract that is always there, and the full set from the cache folder.

The full set is fetched once (``python -m core data fetch NAME``), held to the sha256 of its decoded pictures, and kept
as plain arrays in ``DATA_CACHE``, put there whole or not at all. The extract in ``data/`` needs no network.

Left out: changes of size or colour; pictures that a person uploads (``core.datasets.pictures``).
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.catalogue import DATA
from core.datasets.image_catalogue import (
    SPLITS,
    ImageEntry,
    SplitName,
    find_image_entry,
    hash_pictures,
    load_image_catalogue,
)
from core.datasets.image_extracts import build_extracts, read_extract
from core.datasets.image_sources import Pictures, Source, find_sources
from core.datasets.whole_files import write_whole
from core.hub.errors import DataError, UnavailableError
from core.hub.settings import load_settings


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Pictures of one size with their classes.

    Parameters
    ----------
    images : array of uint8, shape (n, height, width, channels)
        One channel is grey, three are red, green and blue.
    labels : array of int64, shape (n,)
        Positions in ``classes``.
    classes : tuple of str
        In the order of the labels.
    name : str
        Such as ``fashion_mnist``.
    split : str
        ``train`` or ``test``.
    source : str
        In words: the full split or which part of it.
    """

    images: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    classes: tuple[str, ...]
    name: str
    split: SplitName
    source: str


def load_image_set(name: str, split: SplitName = "train", bundled: bool = False, folder: Path = DATA) -> ImageSet:
    """Load one split of an image set; the arrays are the caller's own.

    Parameters
    ----------
    name : str
        ``fashion_mnist`` or ``cifar10``.
    split : str
        ``train`` or ``test``.
    bundled : bool
        Whether to take the extract in ``data/`` instead of the full split, which is fetched if it is not cached.

    Raises
    ------
    DataError
        If the name is unknown, the extract is damaged, or the full set is neither cached nor to be had.
    ValueError
        If the split is neither of the two.

    Examples
    --------
    >>> found = load_image_set("fashion_mnist", "test", bundled=True)
    >>> found.images.shape, found.classes[found.labels[0]], round(float(found.images.mean()), 2)
    ((10000, 28, 28, 1), 'Ankle boot', 73.15)
    """
    if split not in SPLITS:
        message = f"split is {split!r}; it must be train or test"
        raise ValueError(message)
    entry = find_image_entry(name, folder)
    about = entry.splits[split]
    if bundled:
        images, labels = read_extract(entry, split, folder)
        source = f"{about.bundled_n:,} of the {about.n:,} {split} pictures of {entry.title}, bundled"
    else:
        images, labels = _read_cached(entry, split) or _read_fetched(entry, split)
        source = f"all {about.n:,} {split} pictures of {entry.title}"
    return ImageSet(images, labels.astype(np.int64), entry.classes, name, split, source)


def find_cached(name: str) -> bool:
    """Tell whether the full set lies in the cache folder, so that loading it needs no network.

    Raises
    ------
    DataError
        If the name is unknown.
    """
    entry = find_image_entry(name)
    return all(_locate(entry, split).is_file() for split in SPLITS)


def fetch_image_set(name: str, sources: Sequence[Source] | None = None) -> tuple[Path, ...]:
    """Put a full set into the cache folder, unless it is there and whole.

    Parameters
    ----------
    name : str
        ``fashion_mnist`` or ``cifar10``.
    sources : sequence of Source, optional
        Ways to get it, tried in order; those of ``core.datasets.image_sources`` by default.

    Returns
    -------
    tuple of Path
        The cached files of train and test.

    Raises
    ------
    DataError
        If no source can be reached, or what they give is not the catalogue's pictures.
    """
    entry = find_image_entry(name)
    if any(_read_cached(entry, split) is None for split in SPLITS):
        _fetch(entry, find_sources(name) if sources is None else sources)
    return tuple(_locate(entry, split) for split in SPLITS)


def build_image_set(name: str, folder: Path = DATA) -> tuple[Path, ...]:
    """Make the bundled files of a set again out of the full one, which is fetched if it is not cached.

    Returns
    -------
    tuple of Path
        The files written to ``folder``.

    Raises
    ------
    DataError
        If the name is unknown, the full set cannot be had, or the pictures are not the catalogue's.
    """
    entry = find_image_entry(name, folder)
    return build_extracts(entry, lambda split: _read_cached(entry, split) or _read_fetched(entry, split), folder)


def describe_image_sets() -> list[tuple[str, ...]]:
    """Describe each image set of the catalogue in words, a header first.

    Examples
    --------
    >>> describe_image_sets()[1][:4]
    ('fashion_mnist', '60000 + 10000', '10000 + 10000', '28 x 28 x 1')
    """
    rows: list[tuple[str, ...]] = [("images", "train + test", "bundled", "pixels", "fetched", "licence")]
    for entry in load_image_catalogue():
        splits = [entry.splits[split] for split in SPLITS]
        sizes = (" + ".join(str(split.n) for split in splits), " + ".join(str(split.bundled_n) for split in splits))
        pixels = f"{entry.height} x {entry.width} x {entry.channels}"
        rows.append((entry.name, *sizes, pixels, "yes" if find_cached(entry.name) else "no", entry.licence))
    return rows


def _locate(entry: ImageEntry, split: SplitName) -> Path:
    """Return where a full split is kept."""
    return load_settings().data_cache / f"{entry.name}-{split}.npz"


def _read_cached(entry: ImageEntry, split: SplitName) -> Pictures | None:
    """Read a full split from the cache; None where it is not there or not the catalogue's."""
    try:
        with np.load(_locate(entry, split), allow_pickle=False) as kept:
            images, labels = kept["images"], kept["labels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return (images, labels) if hash_pictures(images, labels) == entry.splits[split].sha256 else None


def _read_fetched(entry: ImageEntry, split: SplitName) -> Pictures:
    """Fetch a set and read one split of it."""
    fetch_image_set(entry.name)
    found = _read_cached(entry, split)
    if found is None:
        message = f"{_locate(entry, split)} changed while it was read; run `{entry.fetch}` and try again"
        raise DataError(message)
    return found


def _fetch(entry: ImageEntry, sources: Sequence[Source]) -> None:
    """Try each source in turn until one gives the catalogue's pictures; keep those."""
    cache = load_settings().data_cache
    reasons = []
    for source in sources:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
                found = source.read(Path(folder))
            problem = _find_difference(entry, found)
        except (UnavailableError, OSError, ValueError, KeyError) as error:
            problem = str(error)
        else:
            if not problem:
                for split in SPLITS:
                    _keep(entry, split, found[split])
                return
        reasons.append(f"{source.label}: {problem}")
    message = (
        f"{entry.title} could not be fetched ({'; '.join(reasons)}); "
        f"check the network and that {cache} can be written to, then run `{entry.fetch}`"
    )
    raise DataError(message)


def _find_difference(entry: ImageEntry, found: Mapping[SplitName, Pictures]) -> str:
    """Say in which split what was fetched is not the catalogue's; empty where it is."""
    for split in SPLITS:
        digest = hash_pictures(*found[split])
        if digest != entry.splits[split].sha256:
            return f"its {split} pictures have sha256 {digest[:12]}…, not {entry.splits[split].sha256[:12]}…"
    return ""


def _keep(entry: ImageEntry, split: SplitName, pictures: Pictures) -> None:
    """Put a split into the cache folder."""
    images, labels = pictures
    write_whole(_locate(entry, split), lambda handle: np.savez(handle, images=images, labels=labels))
