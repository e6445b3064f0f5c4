"""Laying one language's word vectors on another's: an orthogonal map, and a neighbourhood that is fair to hubs.

Word vectors of two languages have much the same shape, turned. From some pairs of translations the best turn is found
in closed form: with X and Y the pairs' vectors and U S Vᵀ the singular value decomposition of XᵀY, it is U Vᵀ, the
orthogonal matrix that brings X nearest to Y (Schönemann 1966, https://doi.org/10.1007/BF02289451; for words: Smith and
others 2017, https://arxiv.org/abs/1702.03859). Then a word's nearest neighbour over there is its translation, often.

Some words are near to everything (hubs). Cross-domain similarity local scaling takes from each similarity how near
either word is to its ten nearest neighbours (Conneau and others 2018, https://arxiv.org/abs/1710.04087).

Left out: finding the turn without any pair; maps that are not orthogonal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.hub.errors import DataError
from core.text.multilingual.word_spaces import WordSpace, load_pairs, load_space

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

N_HUB_NEIGHBOURS = 10
MIN_PAIRS = 10
TEST_SHARE = 0.3
Rule = Literal["nearest", "csls"]


@dataclass(frozen=True, slots=True)
class AlignmentRow:
    """How often the first answer is a translation, with its 95% interval; ``method`` says what was done."""

    method: str
    precision: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """English laid on another language.

    Parameters
    ----------
    source, target : WordSpace
        As they were.
    turn : float64 array of shape (d, d)
        Orthogonal; ``source.vectors @ turn`` lies in the target's space.
    learnt, held_out : tuple of str
        English words whose pairs the turn was found from, and those kept for the test.
    """

    source: WordSpace
    target: WordSpace
    turn: NDArray[np.float64]
    learnt: tuple[str, ...]
    held_out: tuple[str, ...]


def find_turn(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the orthogonal matrix W that brings ``x @ W`` nearest to ``y``.

    Parameters
    ----------
    x, y : float64 arrays of shape (n, d)
        Row by row the vectors of a pair.

    Returns
    -------
    float64 array of shape (d, d)
        ``W.T @ W`` is the identity.

    Raises
    ------
    DataError
        If the shapes differ or a value is not finite.

    Examples
    --------
    >>> find_turn(np.eye(2), np.array([[0.0, 1.0], [-1.0, 0.0]])).round(6).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    if x.shape != y.shape or x.ndim != 2:  # noqa: PLR2004 — a matrix has two axes
        message = f"the pairs have shapes {x.shape} and {y.shape}; both must be (n, d)"
        raise DataError(message)
    product = x.T @ y
    if not np.isfinite(product).all():
        message = "a vector holds a value that is no number; leave that word out"
        raise DataError(message)
    left, _, right = np.linalg.svd(product)
    return np.asarray(left @ right)


def scale_locally(
    similarity: NDArray[np.float64], hubs: NDArray[np.float64], n_neighbours: int = N_HUB_NEIGHBOURS
) -> NDArray[np.float64]:
    """Take hubs back: twice the similarity less how near either word is to its nearest neighbours (CSLS).

    Parameters
    ----------
    similarity : float64 array of shape (n, m)
        Cosines of some words here with every word there.
    hubs : float64 array of shape (m,)
        Mean cosine of each word there with its nearest neighbours here.

    Examples
    --------
    >>> scale_locally(np.array([[0.9, 0.8]]), np.array([0.9, 0.2]), 1).round(2).tolist()
    [[0.0, 0.5]]
    """
    k = min(n_neighbours, similarity.shape[1])
    here = np.partition(similarity, -k, axis=1)[:, -k:].mean(axis=1)
    return np.asarray(2 * similarity - here[:, None] - hubs)


@lru_cache(maxsize=8)
def align(language: str, n_pairs: int | None = None, seed: int = 0) -> Alignment:
    """Lay English on a language, from the dictionary's pairs of seven words in ten.

    Parameters
    ----------
    n_pairs : int, optional
        Learn from only so many English words, 10 and more; all of the seven tenths by default.
    seed : int
        Which words are held out.

    Raises
    ------
    DataError
        If there are no pairs of that language, or ``n_pairs`` is under 10.

    Examples
    --------
    >>> find_translations(align("es"), "king")[0][0]
    'rey'
    """
    source, target, pairs = load_space("en"), load_space(language), load_pairs(language)
    words = sorted(pairs)
    order = np.random.default_rng(seed).permutation(len(words))
    n_held = int(TEST_SHARE * len(words))
    held_out, learnt = ([words[at] for at in part] for part in (order[:n_held], order[n_held:]))
    learnt = learnt[: n_pairs or len(learnt)]
    if len(learnt) < MIN_PAIRS:
        message = f"the turn would be found from {len(learnt)} words; give {MIN_PAIRS} or more"
        raise DataError(message)
    x, y = gather_pairs(source, target, pairs, learnt)
    return Alignment(source, target, find_turn(x, y), tuple(learnt), tuple(held_out))


def gather_pairs(
    source: WordSpace, target: WordSpace, pairs: Mapping[str, frozenset[str]], words: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the vectors of every pair of these words, two arrays of shape (n, d)."""
    here = {word: at for at, word in enumerate(source.words)}
    there = {word: at for at, word in enumerate(target.words)}
    rows = [(here[word], there[other]) for word in words for other in sorted(pairs[word])]
    left, right = np.array(rows).T
    return source.vectors[left], target.vectors[right]


def rate_targets(
    alignment: Alignment, words: Sequence[str], rule: Rule = "csls", *, turned: bool = True
) -> NDArray[np.float64]:
    """Rate every word of the target as a translation of each English word, shape (n, m)."""
    space = alignment.source.vectors @ alignment.turn if turned else alignment.source.vectors
    similarity = space[[alignment.source.find(word) for word in words]] @ alignment.target.vectors.T
    if rule == "nearest":
        return np.asarray(similarity)
    # How near a target is to English at large needs all of English, not only the words that are asked for.
    return scale_locally(similarity, find_hubs(alignment) if turned else find_hubs(alignment, turned=False))


@lru_cache(maxsize=8)
def find_hubs(alignment: Alignment, *, turned: bool = True) -> NDArray[np.float64]:
    """Return how near each target is to its ten nearest English words, shape (m,): large for a hub."""
    space = alignment.source.vectors @ alignment.turn if turned else alignment.source.vectors
    # Single precision halves the time; the mean of ten cosines needs no more.
    cosines = alignment.target.vectors.astype(np.float32) @ space.T.astype(np.float32)
    nearest = np.partition(cosines, -N_HUB_NEIGHBOURS, axis=1)[:, -N_HUB_NEIGHBOURS:]
    return np.asarray(nearest.mean(axis=1, dtype=np.float64))


def find_translations(
    alignment: Alignment, word: str, n: int = 5, rule: Rule = "csls", *, turned: bool = True
) -> tuple[tuple[str, float], ...]:
    """Return the best translations of an English word with their ratings.

    Raises
    ------
    DataError
        If the word is not among the known ones.
    """
    ratings = rate_targets(alignment, [word], rule, turned=turned)[0]
    best = np.argsort(-ratings, kind="stable")[:n]
    return tuple((alignment.target.words[at], float(ratings[at])) for at in best)


@lru_cache(maxsize=8)
def measure_alignment(language: str, n_pairs: int | None = None, seed: int = 0) -> tuple[AlignmentRow, ...]:
    """Score four ways to translate the held-out words, the baselines first.

    Returns
    -------
    tuple of AlignmentRow
        The same spelling, the nearest vector without a turn, the nearest with it, and CSLS with it.
    """
    alignment = align(language, n_pairs, seed)
    pairs, words = load_pairs(language), alignment.held_out
    ways = (
        ("nearest, not aligned", "nearest", False),
        ("nearest, aligned", "nearest", True),
        ("CSLS, aligned", "csls", True),
    )
    rows = [_count("the same spelling", [word in pairs[word] for word in words])]
    for name, rule, turned in ways:
        best = rate_targets(alignment, words, rule, turned=turned).argmax(axis=1)  # type: ignore[arg-type]
        answers = [alignment.target.words[at] for at in best]
        rows.append(_count(name, [answer in pairs[word] for word, answer in zip(words, answers, strict=True)]))
    return tuple(rows)


def _count(method: str, right: Sequence[bool]) -> AlignmentRow:
    """Return the share of right answers with its interval."""
    n_right = sum(right)
    return AlignmentRow(method, n_right / len(right), *wilson_interval(n_right, len(right)), len(right))
