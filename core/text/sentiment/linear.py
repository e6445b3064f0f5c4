"""A linear classifier of words and pairs of words: how a text becomes numbers, and what each word adds to the answer.

TF-IDF counts a term by 1 + log(count), times log((1 + n) / (1 + texts with it)) + 1, and brings the row to length 1
(https://scikit-learn.org/stable/modules/feature_extraction.html). NB-SVM only asks whether a term is there, times how
much oftener it stands in positive texts (S. Wang and C. Manning 2012, https://aclanthology.org/P12-2018).

Either way the logit is a sum over terms, so what a word adds is read off exactly.

Left out: fitting the weights (``tfidf``, ``nbsvm``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.errors import ArtifactError
from core.text.sentiment.family import read_file
from core.text.sentiment.vocabulary import Token, find_tokens, split_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
TERMS_FILE = "terms.npz"
PAIR = " "


@dataclass(frozen=True, slots=True)
class TokenEffect:
    """One word of a text and what it adds to the logit; a pair's effect is shared by its two words."""

    token: Token
    effect: float


@dataclass(frozen=True, eq=False)
class LinearText:
    """A linear classifier of texts.

    Parameters
    ----------
    name : str
        Its family.
    terms : tuple of str
        Words, and pairs of words with a space between them.
    scale : array of shape (n_terms,)
        What a term's count is multiplied by: its inverse document frequency, or 1.
    weights : array of shape (n_terms,)
    bias : float
    unit : bool
        Whether counts are dampened and rows brought to length 1 (TF-IDF), or a term is only there or not.
    """

    name: Literal["tfidf", "nbsvm"]
    terms: tuple[str, ...]
    scale: Array
    weights: Array
    bias: float
    unit: bool

    @cached_property
    def places(self) -> dict[str, int]:
        """The number of each term."""
        return {term: place for place, term in enumerate(self.terms)}

    def count(self, words: Sequence[str]) -> tuple[NDArray[np.intp], Array]:
        """Return the numbers of a text's known terms and their values."""
        return weigh_terms(words, self.places, self.scale, unit=self.unit)

    def find_logits(self, texts: Sequence[str]) -> Array:
        """Return the log-odds of positive, shape (n,)."""
        logits = np.full(len(texts), self.bias)
        for row, text in enumerate(texts):
            places, values = self.count(split_words(text))
            logits[row] += values @ self.weights[places]
        return logits

    def score(self, texts: Sequence[str]) -> Array:
        """Return the probability of positive, shape (n,)."""
        return np.asarray(1 / (1 + np.exp(-self.find_logits(texts))))

    def explain(self, text: str) -> tuple[TokenEffect, ...]:
        """Say what each word adds to the logit: together with the bias they add up to it exactly."""
        tokens = find_tokens(text)
        words = [token.word for token in tokens]
        places, values = self.count(words)
        counts = Counter(find_terms(words))
        share = {
            self.terms[place]: value * self.weights[place] / counts[self.terms[place]]
            for place, value in zip(places, values, strict=True)
        }
        effects = np.array([share.get(word, 0.0) for word in words])
        for place in range(len(words) - 1):
            effects[place : place + 2] += share.get(words[place] + PAIR + words[place + 1], 0.0) / 2
        return tuple(TokenEffect(token, float(effect)) for token, effect in zip(tokens, effects, strict=True))

    def list_weights(self, n: int = 10) -> tuple[tuple[str, float], ...]:
        """Return the ``n`` terms that speak most for negative, and the ``n`` most for positive, in rising order."""
        order = np.argsort(self.weights * self.scale, kind="stable")
        chosen = [*order[:n], *order[-n:]]
        return tuple((self.terms[place], float(self.weights[place] * self.scale[place])) for place in chosen)

    def to_files(self) -> dict[str, bytes]:
        """Return all that :func:`linear_from_files` needs."""
        arrays: dict[str, NDArray[Any]] = {
            "terms": np.frombuffer("\n".join(self.terms).encode(), np.uint8),
            "scale": self.scale.astype(np.float32),
            "weights": self.weights.astype(np.float32),
            "bias": np.array([self.bias]),
        }
        return {TERMS_FILE: pack_arrays(arrays)}


def linear_from_files(name: Literal["tfidf", "nbsvm"], files: Mapping[str, bytes]) -> LinearText:
    """Open a stored classifier.

    Raises
    ------
    ArtifactError
        If its file is missing or damaged.
    """
    arrays = unpack_arrays(read_file(files, TERMS_FILE))
    try:
        terms = tuple(arrays["terms"].tobytes().decode().split("\n"))
        scale, weights = (arrays[key].astype(np.float64) for key in ("scale", "weights"))
        bias = float(arrays["bias"][0])
    except (KeyError, IndexError, UnicodeDecodeError) as error:
        message = f"{TERMS_FILE} of {name} is damaged ({error}); train it again"
        raise ArtifactError(message) from error
    if not len(terms) == len(scale) == len(weights):
        message = f"{TERMS_FILE} of {name} has {len(terms)} terms and {len(weights)} weights; train it again"
        raise ArtifactError(message)
    return LinearText(name, terms, scale, weights, bias, unit=name == "tfidf")


def find_terms(words: Sequence[str]) -> list[str]:
    """Return the words and the pairs of neighbours.

    Examples
    --------
    >>> find_terms(["not", "good"])
    ['not', 'good', 'not good']
    """
    return [*words, *(first + PAIR + second for first, second in pairwise(words))]


def weigh_terms(
    words: Sequence[str], places: Mapping[str, int], scale: Array, *, unit: bool
) -> tuple[NDArray[np.intp], Array]:
    """Return the numbers of the known terms of a text, ascending, and the value of each.

    Examples
    --------
    >>> weigh_terms(["a", "a", "b"], {"a": 0, "b": 1}, np.ones(2), unit=False)[1].tolist()
    [1.0, 1.0]
    """
    counts = Counter(place for term in find_terms(words) if (place := places.get(term)) is not None)
    found = np.array(sorted(counts), np.intp)
    if not unit:
        return found, np.asarray(scale[found], np.float64)
    values = (1 + np.log(np.array([counts[place] for place in found], np.float64))) * scale[found]
    return found, values / max(float(np.linalg.norm(values)), 1e-12)


def choose_terms(texts: Sequence[Sequence[str]], min_count: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Choose the terms that occur in at least ``min_count`` texts, and count those texts; in spelling order."""
    counts = Counter(term for words in texts for term in set(find_terms(words)))
    kept = sorted(term for term, n in counts.items() if n >= min_count)
    return tuple(kept), np.array([counts[term] for term in kept], np.int64)


def make_rows(texts: Sequence[Sequence[str]], terms: Sequence[str], scale: Array, *, unit: bool) -> csr_matrix:
    """Make the sparse matrix of texts by terms."""
    from scipy.sparse import csr_matrix

    places = {term: place for place, term in enumerate(terms)}
    rows = [weigh_terms(words, places, scale, unit=unit) for words in texts]
    starts = np.concatenate([[0], np.cumsum([len(found) for found, _ in rows])])
    columns, values = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    return cast("csr_matrix", csr_matrix((values, columns, starts), shape=(len(texts), len(terms))))
