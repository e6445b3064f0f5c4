"""The texts of a run: what both stages learn from, what tunes, and what tests, language by language.

Rated texts have three classes (mean rating of at most −0.5 negative, of at least 0.5 positive); a review that is only
good or bad has two of them, and says nothing of neutral. Whole groups lie on one side of the split, and a translation
lies where its text does.

Left out: how a text is dressed in other languages for training (``mixing``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.datasets.text_sets import label_ratings, load_texts, split_texts
from core.hub.errors import DataError
from core.hub.kept import keep
from core.text.multilingual.translated import load_translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from core.datasets.table import Table
    from core.text.multilingual.recipe import Recipe

TWEET_LANGUAGES = ("en", "es", "fr", "it", "pt", "ca", "gl")
"""Tweets are tested as they were written and in six translations."""
ENGLISH: Mapping[str, float] = {
    "films": 0.35,
    "film_sentences": 0.145,
    "product_sentences": 0.135,
    "news_sentences": 0.115,
    "tweets": 0.17,
    "foods": 0.085,
}
"""Shares of the first stage's texts."""
Side = Literal["train", "tune", "test"]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Texts of one language that are scored together.

    Parameters
    ----------
    language : str
        Its code.
    texts : tuple of str
        As they are asked about.
    labels : int8 array of shape (n,)
        0 negative, 1 neutral, 2 positive; where ``two``, without neutral.
    two : bool
        Whether texts were only called good or bad.
    groups : tuple of str
        The film that each text is about, where several are about one; texts of one film are no independent draws.
    """

    language: str
    texts: tuple[str, ...] = field(repr=False)
    labels: NDArray[np.int8] = field(repr=False)
    two: bool = False
    groups: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.texts)


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a run learns from and is scored on.

    Parameters
    ----------
    tune, test : mapping of split to Part
        ``en``, ``es``, … are tweets, ``zh`` and ``films`` reviews.
    n_texts : int
        English texts of the first stage.
    source : str
        Which texts these are, in words.
    sha256 : str
        Of every text and label that tests.
    """

    tune: Mapping[str, Part]
    test: Mapping[str, Part]
    n_texts: int
    source: str
    sha256: str


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the texts of a recipe.

    Raises
    ------
    DataError
        If a table is given, or a bundled file is missing or not the catalogue's.

    Examples
    --------
    >>> from core.text.multilingual.recipe import RECIPES
    >>> data = load(RECIPES["quick"])
    >>> list(data.test), len(data.test["en"]), len(data.test["zh"])
    (['en', 'es', 'fr', 'it', 'pt', 'ca', 'gl', 'zh', 'films'], 100, 100)
    """
    if table is not None:
        message = f"{table.name} is a table; this project learns from the bundled texts, so leave it out"
        raise DataError(message)
    test = load_parts("test", recipe.tested)
    source = f"{recipe.texts:,} English texts, then tweets in many languages; tested on tweets and reviews"
    return Data(load_parts("tune", recipe.tested // 2), test, recipe.texts, source, _hash(test))


@keep(4)
def load_parts(side: Side, most: int) -> Mapping[str, Part]:
    """Load the parts that tune, or those that test: tweets in every language, then reviews."""
    tweets = load_texts("tweets")
    rows = find_rows("tweets", side)[:most]
    ratings = tweets.ratings
    if ratings is None:
        message = "the bundled tweets have no ratings; rebuild them with `python -m core data build tweets`"
        raise DataError(message)
    labels = label_ratings(ratings[rows])
    found = {language: Part(language, _take(_say("tweets", language), rows), labels) for language in TWEET_LANGUAGES}
    for split, name in (("zh", "chinese_reviews"), ("films", "films")):
        texts = load_texts(name)
        some = find_rows(name, side)[:most]
        labels = (2 * texts.labels[some]).astype(np.int8)
        groups = _take(texts.groups, some)
        found[split] = Part(
            texts.language, _take(texts.texts, some), labels, two=True, groups=groups if name == "films" else ()
        )
    return found


def find_rows(name: str, side: Side) -> NDArray[np.intp]:
    """Return a side's rows of a bundled set, in an order drawn once for all: its beginning is a fair sample."""
    rows: NDArray[np.intp] = getattr(split_texts(load_texts(name)), side)
    return np.random.default_rng(0).permutation(rows)


def _say(name: str, language: str) -> tuple[str, ...]:
    """Return every text of a set in a language."""
    return load_texts(name).texts if language == "en" else load_translated()[name, language]


def _take(texts: tuple[str, ...], rows: NDArray[np.intp]) -> tuple[str, ...]:
    """Take some texts."""
    return tuple(texts[row] for row in rows)


def _hash(parts: Mapping[str, Part]) -> str:
    """Hash every text and label."""
    digest = hashlib.sha256()
    for name, part in parts.items():
        digest.update("\0".join((name, *part.texts)).encode())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
