"""Bundled texts with a sentiment: reviews, rated sentences, tweets, in English and Chinese.

Every set is one small file in ``data/text``. A row has a group, the film or item it is about, and rows of one group
stay on one side of a split. The rated sentences about films are largely the film snippets again: both sets name their
groups alike, and the side of a group is drawn from its name alone, so that a snippet which is held out in one set is
held out in the other.

Ratings are the means of twenty people's, from −4 to 4 (Hutto & Gilbert 2014,
https://doi.org/10.1609/icwsm.v8i1.14550).

Left out: how a set is made from its package (``core.datasets.text_sources``).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.catalogue import DATA, load_files
from core.hub.errors import DataError
from core.hub.kept import keep

TEST_SHARE = 0.2
TUNE_SHARE = 0.1
MILD = 0.5  # a rating nearer to zero than this says neither
LANGUAGES: Mapping[str, str] = {
    "films": "en",
    "film_sentences": "en",
    "product_sentences": "en",
    "news_sentences": "en",
    "tweets": "en",
    "foods": "en",
    "chinese_reviews": "zh",
}
TEXT_SETS = tuple(LANGUAGES)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTexts:
    """Texts with their labels.

    Parameters
    ----------
    name, language : str
        Such as ``films`` and ``en``.
    texts : tuple of str
        As they were published.
    labels : array of int8, shape (n,)
        0 negative, 1 positive.
    groups : tuple of str
        The film, the item or the text itself: rows that must stay together.
    ratings : array of float64, shape (n,), or None
        Means of twenty people's ratings, −4 to 4.
    """

    name: str
    language: str
    texts: tuple[str, ...] = field(repr=False)
    labels: NDArray[np.int8] = field(repr=False)
    groups: tuple[str, ...] = field(repr=False)
    ratings: NDArray[np.float64] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.texts)

    def take(self, rows: NDArray[np.intp]) -> LabelledTexts:
        """Return some of the rows, in the order asked for.

        Examples
        --------
        >>> load_texts("films").take(np.array([3, 1])).labels.tolist()
        [1, 1]
        """
        texts, groups = tuple(self.texts[row] for row in rows), tuple(self.groups[row] for row in rows)
        ratings = None if self.ratings is None else self.ratings[rows]
        return LabelledTexts(self.name, self.language, texts, self.labels[rows], groups, ratings)


@dataclass(frozen=True, slots=True, eq=False)
class TextSplit:
    """Row numbers of the three parts, each in ascending order; no group is in two."""

    train: NDArray[np.intp] = field(repr=False)
    tune: NDArray[np.intp] = field(repr=False)
    test: NDArray[np.intp] = field(repr=False)


def load_texts(name: str, folder: Path = DATA) -> LabelledTexts:
    """Load a bundled set.

    Parameters
    ----------
    name : str
        ``films`` (12,808 snippets of reviews), ``film_sentences``, ``product_sentences``, ``news_sentences`` or
        ``tweets`` (rated; the label says whether the rating is above 0), ``foods`` (the label says whether the buyer
        gave five stars of five) or ``chinese_reviews``.
    folder : Path
        Holds ``catalogue.toml`` and ``text/``.

    Raises
    ------
    DataError
        If the name is unknown, or the file is missing or not the catalogue's.

    Examples
    --------
    >>> films = load_texts("films")
    >>> len(films), len(set(films.groups)), round(float(films.labels.mean()), 3)
    (12808, 503, 0.578)
    """
    if name not in LANGUAGES:
        message = f"there is no text set {name!r}; choose one of {', '.join(TEXT_SETS)}"
        raise DataError(message)
    return _load(name, folder)


@keep(len(TEXT_SETS))
def _load(name: str, folder: Path) -> LabelledTexts:
    """Read one set; its arrays cannot be written to, since they are shared."""
    frame = parse_texts(_read_verified(name, folder), name)
    ratings = frame["rating"].to_numpy(np.float64) if "rating" in frame else None
    labels = (ratings > 0 if ratings is not None else frame["label"].to_numpy()).astype(np.int8)
    for values in (labels, ratings):
        if values is not None:
            values.setflags(write=False)
    return LabelledTexts(name, LANGUAGES[name], tuple(frame["text"]), labels, tuple(frame["group"]), ratings)


def _read_verified(name: str, folder: Path) -> bytes:
    """Read the file of a set; refuse bytes that are not the catalogue's."""
    file, remedy = f"text/{name}.csv.gz", f"rebuild it with `python -m core data build {name}`"
    expected = next((entry.sha256 for entry in load_files(folder) if entry.file == file), "")
    try:
        content = (folder / file).read_bytes()
    except OSError as error:
        message = f"the bundled file {file} is missing; {remedy}"
        raise DataError(message) from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        message = f"the bundled file {file} has sha256 {found[:12]}…, the catalogue says {expected[:12]}…; {remedy}"
        raise DataError(message)
    return content


def parse_texts(content: bytes, name: str) -> pd.DataFrame:
    """Read a set's gzipped CSV: text, group, and label or rating.

    Raises
    ------
    DataError
        If the bytes are not that.
    """
    try:
        plain = gzip.decompress(content)
        return pd.read_csv(
            io.BytesIO(plain),
            dtype={"text": str, "group": str},
            keep_default_na=False,
            float_precision="round_trip",
            lineterminator="\n",
        )
    except (OSError, EOFError, ValueError, zlib.error) as error:
        message = f"text/{name}.csv.gz cannot be read ({error}); rebuild it with `python -m core data build {name}`"
        raise DataError(message) from error


def split_texts(data: LabelledTexts, seed: int = 0) -> TextSplit:
    """Split whole groups 70/10/20 into train, tune and test.

    A group's side follows from its name and the seed alone: neither the order of the rows nor the other groups matter.

    Examples
    --------
    >>> split = split_texts(load_texts("films"))
    >>> [len(rows) for rows in (split.train, split.tune, split.test)]
    [8518, 1390, 2900]
    """
    draws = {group: _draw(group, seed) for group in set(data.groups)}
    position = np.array([draws[group] for group in data.groups])
    test, tune = position < TEST_SHARE, position < TEST_SHARE + TUNE_SHARE
    return TextSplit(np.flatnonzero(~tune), np.flatnonzero(tune & ~test), np.flatnonzero(test))


def _draw(group: str, seed: int) -> float:
    """Draw a number in [0, 1) from a group's name."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def drop_mild(data: LabelledTexts, mild: float = MILD) -> LabelledTexts:
    """Leave out rated texts whose rating is nearer to zero than ``mild``; a set without ratings stays whole.

    Examples
    --------
    >>> tweets = load_texts("tweets")
    >>> len(tweets), len(drop_mild(tweets))
    (4200, 3432)
    """
    if data.ratings is None:
        return data
    return data.take(np.flatnonzero(np.abs(data.ratings) >= mild))


def label_ratings(ratings: NDArray[np.float64], low: float = -MILD, high: float = MILD) -> NDArray[np.int8]:
    """Turn ratings into three classes: 0 negative (at most ``low``), 1 neutral, 2 positive (at least ``high``).

    Parameters
    ----------
    ratings : array of float64, shape (n,)
        −4 to 4.

    Examples
    --------
    >>> label_ratings(np.array([-2.0, 0.1, 0.5])).tolist()
    [0, 1, 2]
    """
    return (1 + (ratings >= high).astype(np.int8) - (ratings <= low).astype(np.int8)).astype(np.int8)
