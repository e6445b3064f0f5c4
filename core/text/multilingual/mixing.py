"""The training texts of both stages, each with what it should be answered.

A rated text's target is how likely twenty other people's mean would fall into each class: its rating plus an error of
standard deviation 0.35. A review that is good or bad has two classes, and the loss looks at those two alone.

Stage one is English alone. Stage two mixes: tweets as they are, translated, and with words switched; Chinese reviews;
other sets translated; a little English of stage one, so that it is not forgotten.

Left out: the order of the texts within a stage (``tuning``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import erf, sqrt
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.text_sets import MILD, load_texts
from core.text.multilingual.data import ENGLISH, find_rows
from core.text.multilingual.switching import DICTIONARIES, add_faces, load_dictionary, mark_tweet, switch_words
from core.text.multilingual.translated import TRANSLATED, load_translated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

SPREAD = 0.35
"""Standard deviation by which another twenty people's mean rating would differ."""
MIX: tuple[tuple[str, str, float], ...] = (
    ("tweets", "as they are", 0.12),
    ("tweets", "translated", 0.235),
    ("tweets", "switched", 0.235),
    ("chinese_reviews", "as they are", 0.13),
    ("news_sentences", "translated", 0.09),
    ("product_sentences", "translated", 0.09),
    ("films", "as they are", 0.035),
    ("foods", "as they are", 0.015),
    ("film_sentences", "switched", 0.05),
)
"""Set, dress, and share of the second stage's texts."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Texts to learn from.

    Parameters
    ----------
    texts : tuple of str
        In whatever language.
    targets : float32 array of shape (n, 3)
        How likely each class is; rows sum to 1.
    two : bool array of shape (n,)
        Whether only negative and positive are compared.
    """

    texts: tuple[str, ...] = field(repr=False)
    targets: NDArray[np.float32] = field(repr=False)
    two: NDArray[np.bool_] = field(repr=False)


def soften(rating: float) -> tuple[float, float, float]:
    """Turn a rating into how likely each class is.

    Examples
    --------
    >>> [round(share, 2) for share in soften(0.5)]
    [0.0, 0.5, 0.5]
    """
    below, above = (0.5 * (1 + erf(gap / SPREAD / sqrt(2))) for gap in (-MILD - rating, rating - MILD))
    return below, 1 - below - above, above


def mix_english(n_texts: int, seed: int) -> Lessons:
    """Draw the first stage's texts."""
    rng = np.random.default_rng((seed, 1))
    parts = [_draw(name, "as they are", round(share * n_texts), rng, {}) for name, share in ENGLISH.items()]
    return _join(parts)


def mix_languages(n_texts: int, seed: int, dictionaries: Mapping[str, Mapping[str, str]]) -> Lessons:
    """Draw the second stage's texts.

    Parameters
    ----------
    dictionaries : mapping of language to (English word → word)
        Of the languages whose words are lent; none where there is no dictionary.
    """
    rng = np.random.default_rng((seed, 2))
    parts = [_draw(name, dress, round(share * n_texts), rng, dictionaries) for name, dress, share in MIX]
    return _join(parts)


def load_dictionaries() -> dict[str, dict[str, str]]:
    """Read the dictionary of every language whose words are lent.

    Raises
    ------
    UnavailableError
        If one is not installed and cannot be downloaded.
    """
    return {language: load_dictionary(language) for language in DICTIONARIES}


def _join(parts: list[Lessons]) -> Lessons:
    """Put parts behind one another."""
    texts = tuple(text for part in parts for text in part.texts)
    targets, two = (np.concatenate([getattr(part, name) for part in parts]) for name in ("targets", "two"))
    return Lessons(texts, targets, two)


def _draw(
    name: str, dress: str, n_texts: int, rng: np.random.Generator, dictionaries: Mapping[str, Mapping[str, str]]
) -> Lessons:
    """Draw texts of a set in one dress; a set that is too small goes round again."""
    data = load_texts(name)
    rows = np.resize(rng.permutation(find_rows(name, "train")), n_texts)
    put_on = _make_dress(name, dress, rng, dictionaries)
    texts = [put_on(int(row), data.texts[row]) for row in rows]
    ratings = data.ratings
    if ratings is None:
        good = data.labels[rows].astype(np.float32)
        return Lessons(tuple(texts), np.stack([1 - good, 0 * good, good], axis=1), np.ones(n_texts, bool))
    if name == "tweets":
        texts = [mark_tweet(add_faces(text, ratings[row], rng), rng) for row, text in zip(rows, texts, strict=True)]
    targets = np.array([soften(float(ratings[row])) for row in rows], np.float32).reshape(-1, 3)
    return Lessons(tuple(texts), targets, np.zeros(n_texts, bool))


def _make_dress(
    name: str, dress: str, rng: np.random.Generator, dictionaries: Mapping[str, Mapping[str, str]]
) -> Callable[[int, str], str]:
    """Return what turns a row's text into the text that is learnt from."""
    if dress == "translated":
        spoken = load_translated()
        return lambda row, _text: spoken[name, str(rng.choice(TRANSLATED[name]))][row]
    if dress == "switched" and dictionaries:
        codes = list(dictionaries)
        return lambda _row, text: switch_words(text, dictionaries[str(rng.choice(codes))], rng)
    return lambda _row, text: text
