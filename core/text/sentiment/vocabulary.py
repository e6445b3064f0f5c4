"""Words of a text, and the numbers that stand for them in word vectors and recurrent networks.

A token is a run of letters and digits, with apostrophes inside it, or one of ! and ?: those two carry feeling. Case is
folded. Words seen too seldom to learn from are left out of the vocabulary.

Method: Mikolov et al. 2013, https://arxiv.org/abs/1310.4546 (subsampling of frequent words, noise distribution).

Left out: word pieces, which the transformer has; stemming, which would merge "loved" and "loves".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Ids = NDArray[np.int64]
UNKNOWN = -1
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[!?]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text and where it stands: ``text[start:end]``."""

    word: str
    start: int
    end: int


def find_tokens(text: str) -> list[Token]:
    """Find the words of a text with their places.

    Examples
    --------
    >>> [token.word for token in find_tokens("Don't miss it!")]
    ["don't", 'miss', 'it', '!']
    """
    # Replaced one for one, so that the places stay those of the text as it was given.
    plain = text.replace("\u2019", "'")
    return [Token(found.group().lower(), found.start(), found.end()) for found in _TOKEN.finditer(plain)]


def split_words(text: str) -> list[str]:
    """Split a text into its words.

    Examples
    --------
    >>> split_words("A GREAT film?")
    ['a', 'great', 'film', '?']
    """
    return [found.lower() for found in _TOKEN.findall(text.replace("\u2019", "'"))]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Words by number, the commonest first.

    Parameters
    ----------
    words : tuple of str
    counts : int64 array of shape (n_words,)
        How often each occurs in the corpus.
    """

    words: tuple[str, ...]
    counts: Ids
    _number: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_number", {word: place for place, word in enumerate(self.words)})

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.words)

    def encode(self, words: Iterable[str]) -> Ids:
        """Return the number of each word, −1 for a word that is not in the vocabulary.

        Examples
        --------
        >>> Vocabulary(("film", "good"), np.array([2, 1])).encode(["good", "movie"]).tolist()
        [1, -1]
        """
        return np.fromiter((self._number.get(word, UNKNOWN) for word in words), np.int64)


def build_vocabulary(sentences: Sequence[Sequence[str]], min_count: int = 5, most: int = 20_000) -> Vocabulary:
    """Count the words of a corpus and keep the common ones.

    Parameters
    ----------
    sentences : sequence of sequences of str
    min_count : int
        A word seen less often is left out; raising it gives fewer and better vectors.
    most : int
        The largest number of words kept.

    Raises
    ------
    DataError
        If fewer than two words are left.

    Examples
    --------
    >>> build_vocabulary([["a", "b", "a"], ["b", "a", "c"]], min_count=2).words
    ('a', 'b')
    """
    counted = Counter(word for sentence in sentences for word in sentence)
    # Ties by spelling, so that the numbers do not depend on the order of the texts.
    kept = sorted((item for item in counted.items() if item[1] >= min_count), key=lambda item: (-item[1], item[0]))
    if len(kept) < 2:  # noqa: PLR2004 — a context needs another word
        message = f"the corpus has {len(kept)} words that occur {min_count} times; give more text or lower the count"
        raise DataError(message)
    return Vocabulary(tuple(word for word, _ in kept[:most]), np.array([count for _, count in kept[:most]], np.int64))


def find_keep_shares(counts: Ids, threshold: float) -> NDArray[np.float64]:
    """Return the share of its occurrences at which each word is kept: frequent words are thinned out.

    Parameters
    ----------
    counts : int64 array of shape (n_words,)
    threshold : float
        Share of the corpus above which thinning begins; 0 keeps all.

    Examples
    --------
    >>> find_keep_shares(np.array([900, 100]), 0.1).round(2).tolist()
    [0.44, 1.0]
    """
    if threshold <= 0:
        return np.ones(len(counts))
    ratio = threshold * counts.sum() / counts
    # The formula of word2vec's program, which differs a little from the paper's 1 - sqrt(t / f).
    return np.asarray(np.minimum(np.sqrt(ratio) + ratio, 1.0))
