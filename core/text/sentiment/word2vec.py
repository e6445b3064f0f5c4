"""Skip-gram with negative sampling: a word's vector is what best tells the words around it from words drawn at random.

For a word c and a word o near it the loss is −log σ(v_c·u_o) − Σ log σ(−v_c·u_n) over k noise words n, drawn with
probability proportional to count^0.75.

Method: Mikolov et al. 2013, https://arxiv.org/abs/1310.4546. Departure: pairs are shuffled over the whole epoch, so
that it does not matter in what order the texts stand.

Left out: hierarchical softmax, CBOW, several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import RecipeError
from core.text.sentiment.vocabulary import Ids, Vocabulary, find_keep_shares
from core.text.sentiment.word_loops import compile_loop, learn_skip_gram
from core.text.sentiment.word_vectors import Array, WordVectors

OnVectors = Callable[[int, float, Array], None]
"""Called with the pairs learnt from, the mean loss of late, and the vectors as they are."""
NOISE_POWER = 0.75
"""Mikolov et al. 2013, section 2.2."""
N_NOISE = 1_000_000
CHUNK = 20_000
"""Pairs between two looks at the state."""


@dataclass(frozen=True, slots=True)
class SkipGramSettings:
    """What decides a training.

    Parameters
    ----------
    size : int
        Numbers a vector has.
    window : int
        Furthest word that counts as near; the reach is drawn anew for each word from 1 to it.
    negatives : int
        Noise words a pair; more suits a small corpus.
    epochs : int
    rate : float
        Step length at first; it falls in a straight line to nearly nothing.
    threshold : float
        See ``find_keep_shares``.
    seed : int
    """

    size: int = 64
    window: int = 5
    negatives: int = 5
    epochs: int = 10
    rate: float = 0.025
    threshold: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (("size", 2, 300), ("window", 1, 20), ("negatives", 1, 30), ("epochs", 1, 100)):
            value = getattr(self, name)
            if not low <= value <= high:
                message = f"{name} is {value}; it must be {low} to {high}"
                raise RecipeError(message)


def train_skip_gram(
    sentences: Sequence[Ids], vocabulary: Vocabulary, settings: SkipGramSettings, on_vectors: OnVectors | None = None
) -> WordVectors:
    """Learn a vector for every word of a vocabulary.

    Parameters
    ----------
    sentences : sequence of int64 arrays
        Numbers of words; −1 (unknown) is skipped.
    vocabulary : Vocabulary
    settings : SkipGramSettings
    on_vectors : callable, optional
        Called before the first step and after every 20,000 pairs: pairs so far, loss, vectors.
    """
    rng = np.random.default_rng(settings.seed)
    shape = (len(vocabulary), settings.size)
    inner = ((rng.random(shape) - 0.5) / settings.size).astype(np.float32)
    outer = np.zeros(shape, np.float32)
    keep, noise = find_keep_shares(vocabulary.counts, settings.threshold), make_noise(vocabulary)
    learn = compile_loop(learn_skip_gram)
    n_pairs, loss = 0, (1 + settings.negatives) * float(np.log(2.0))  # every sigmoid is a half while outer is zero
    for epoch in range(settings.epochs):
        pairs = make_pairs(sentences, keep, settings.window, rng)
        for start in range(0, len(pairs), CHUNK):
            if on_vectors is not None:
                on_vectors(n_pairs, loss, inner)
            some = pairs[start : start + CHUNK]
            drawn = noise[rng.integers(0, len(noise), (len(some), settings.negatives))]
            done = (epoch + start / len(pairs)) / settings.epochs
            loss = learn(inner, outer, some, drawn, settings.rate * max(1.0 - done, 1e-4))
            n_pairs += len(some)
    if on_vectors is not None:
        on_vectors(n_pairs, loss, inner)
    return WordVectors(vocabulary.words, inner)


def make_noise(vocabulary: Vocabulary) -> Ids:
    """Return a long list in which each word stands in proportion to count^0.75, to draw noise words from."""
    weights = vocabulary.counts.astype(np.float64) ** NOISE_POWER
    ends = np.rint(np.cumsum(weights) / weights.sum() * N_NOISE).astype(np.int64)
    return np.repeat(np.arange(len(vocabulary)), np.diff(ends, prepend=0))


def make_pairs(
    sentences: Sequence[Ids], keep: NDArray[np.float64], window: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw an epoch's pairs of a word and a word near it, shuffled.

    Parameters
    ----------
    sentences : sequence of int64 arrays
    keep : array of shape (n_words,)
        Share of its occurrences that a word keeps.
    window : int
    rng : Generator

    Returns
    -------
    array of shape (n_pairs, 2)

    Examples
    --------
    >>> sorted(make_pairs([np.array([0, 1])], np.ones(2), 1, np.random.default_rng(0)).tolist())
    [[0, 1], [1, 0]]
    """
    words = np.concatenate(sentences)
    owner = np.repeat(np.arange(len(sentences)), [len(sentence) for sentence in sentences])
    kept = (words >= 0) & (rng.random(len(words)) < keep[words])
    words, owner = words[kept], owner[kept]
    reach = rng.integers(1, window + 1, len(words))
    found = []
    for step in range(1, window + 1):
        together = owner[:-step] == owner[step:]
        ahead, behind = together & (reach[:-step] >= step), together & (reach[step:] >= step)
        found += [np.stack([words[:-step], words[step:]], axis=1)[ahead]]
        found += [np.stack([words[step:], words[:-step]], axis=1)[behind]]
    return rng.permutation(np.concatenate(found))
