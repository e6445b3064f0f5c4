"""GloVe: word vectors whose products say how often two words stand near each other.

First the corpus is counted: X_ij adds 1 / distance for every time word j stands within the window of word i. Then
w_i·w̃_j + b_i + b̃_j is fitted to log X_ij by weighted least squares, rare pairs counting less, with AdaGrad. A word's
vector is w_i + w̃_i.

Method: Pennington, Socher & Manning 2014, https://aclanthology.org/D14-1162 (weights (X / X_most)^0.75 up to 1;
AdaGrad, Duchi et al. 2011). Departures, for a corpus a thousand times smaller than theirs: full weight from a count of
10, not 100; biases begin at each word's mean, AdaGrad's sums at 0.01, not 1.

Left out: counting in pieces on disk, for corpora larger than memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import LimitError, RecipeError
from core.text.sentiment.vocabulary import Ids, Vocabulary
from core.text.sentiment.word2vec import OnVectors
from core.text.sentiment.word_loops import compile_loop, learn_glove
from core.text.sentiment.word_vectors import Array, WordVectors

CHUNK = 20_000
"""Pairs between two looks at the state."""
MAX_PAIRS = 20_000_000
"""Counted pairs held at once: 480 MB."""
FIRST_SQUARE = 0.01
"""AdaGrad's sums begin here; the published program has 1, for corpora a thousand times larger with steeper slopes."""


@dataclass(frozen=True, slots=True)
class GloveSettings:
    """What decides a training.

    Parameters
    ----------
    size : int
        Numbers a vector has.
    window : int
        Furthest word that is counted.
    epochs : int
    rate : float
        AdaGrad's step length.
    most : float
        Count from which a pair has full weight.
    power : float
        How the weight rises to there.
    seed : int
    """

    size: int = 64
    window: int = 5
    epochs: int = 20
    rate: float = 0.05
    most: float = 10.0
    power: float = 0.75
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (("size", 2, 300), ("window", 1, 20), ("epochs", 1, 100)):
            value = getattr(self, name)
            if not low <= value <= high:
                message = f"{name} is {value}; it must be {low} to {high}"
                raise RecipeError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Which words stand near which, and how often: X of row and column, not zero.

    Parameters
    ----------
    rows, columns : int64 arrays of shape (n_pairs,)
    values : float64 array of shape (n_pairs,)
    """

    rows: Ids
    columns: Ids
    values: NDArray[np.float64]


def count_neighbours(sentences: Sequence[Ids], n_words: int, window: int) -> Counts:
    """Count how often words stand near each other, a pair at distance d counting 1 / d.

    Parameters
    ----------
    sentences : sequence of int64 arrays
        Numbers of words; −1 (unknown) takes up a place and is not counted.

    Raises
    ------
    LimitError
        If the corpus has more than 20 million pairs.

    Examples
    --------
    >>> found = count_neighbours([np.array([0, 1, 0])], 2, 2)
    >>> list(zip(found.rows.tolist(), found.columns.tolist(), found.values.tolist()))
    [(0, 0, 1.0), (0, 1, 2.0), (1, 0, 2.0)]
    """
    words = np.concatenate(sentences)
    if 2 * window * len(words) > MAX_PAIRS:
        most = MAX_PAIRS // (2 * window)
        message = f"the corpus has {len(words):,} words; at a window of {window} it may have {most:,}"
        raise LimitError(message)
    owner = np.repeat(np.arange(len(sentences)), [len(sentence) for sentence in sentences])
    codes, weights = [], []
    for step in range(1, window + 1):
        first, second = words[:-step], words[step:]
        near = (owner[:-step] == owner[step:]) & (first >= 0) & (second >= 0)
        codes.append(first[near] * n_words + second[near])
        weights.append(np.full(int(near.sum()), 1.0 / step))
    places, which = np.unique(np.concatenate(codes), return_inverse=True)
    one_way = np.bincount(which, np.concatenate(weights), len(places))
    # Near is mutual: the turned-round pair counts the same.
    turned = (places % n_words) * n_words + places // n_words
    both, which = np.unique(np.concatenate([places, turned]), return_inverse=True)
    values = np.bincount(which, np.concatenate([one_way, one_way]), len(both))
    return Counts(both // n_words, both % n_words, values.astype(np.float64))


def train_glove(
    counts: Counts, vocabulary: Vocabulary, settings: GloveSettings, on_vectors: OnVectors | None = None
) -> WordVectors:
    """Learn a vector for every word of a vocabulary.

    Parameters
    ----------
    counts : Counts
        Of the same vocabulary's numbers.
    settings : GloveSettings
    on_vectors : callable, optional
        Called before the first step and after every 20,000 pairs: pairs so far, mean weighted square, vectors.
    """
    rng = np.random.default_rng(settings.seed)
    weights = np.minimum((counts.values / settings.most) ** settings.power, 1.0)
    goals = np.stack([np.log(counts.values), weights], axis=1).astype(np.float32)
    pairs = np.stack([counts.rows, counts.columns], axis=1)
    shape = (2, len(vocabulary), settings.size + 1)
    tables = ((rng.random(shape) - 0.5) / settings.size).astype(np.float32)
    tables[:, :, -1] = find_biases(pairs, goals, len(vocabulary))
    squares = np.full(shape, FIRST_SQUARE, np.float32)
    learn = compile_loop(learn_glove)
    missed = tables[0, pairs[:, 0], -1] + tables[1, pairs[:, 1], -1] - goals[:, 0]
    n_pairs, loss = 0, float(np.mean(weights * missed**2))  # the vectors themselves add next to nothing yet
    for _ in range(settings.epochs):
        order = rng.permutation(len(pairs))
        for start in range(0, len(order), CHUNK):
            if on_vectors is not None:
                on_vectors(n_pairs, loss, add_tables(tables))
            some = order[start : start + CHUNK]
            loss = learn(tables, squares, pairs[some], goals[some], settings.rate)
            n_pairs += len(some)
    if on_vectors is not None:
        on_vectors(n_pairs, loss, add_tables(tables))
    return WordVectors(vocabulary.words, add_tables(tables))


def find_biases(pairs: Ids, goals: Array, n_words: int) -> NDArray[np.float64]:
    """Return biases to begin with, shape (2, n_words): each word's own mean.

    From zero, all vectors would first learn this one mean together, and point one way for a long time.
    """
    logs, weights = goals[:, 0], goals[:, 1]
    half = float(np.average(logs, weights=weights)) / 2
    found = []
    for side in (0, 1):
        held = np.bincount(pairs[:, side], weights, n_words)
        mean = np.bincount(pairs[:, side], weights * logs, n_words) / np.maximum(held, 1e-12)
        found.append(np.where(held > 0, mean - half, 0.0))
    return np.stack(found)


def add_tables(tables: Array) -> Array:
    """Return w + w̃ without the biases."""
    return np.asarray(tables[0, :, :-1] + tables[1, :, :-1])
