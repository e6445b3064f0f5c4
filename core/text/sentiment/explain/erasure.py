"""Does the answer hang on the words that an explanation names? Take them away, or keep only them, and ask again.

Comprehensiveness is how far the probability of the answer falls when the words named first are left out; sufficiency
how far it falls when only they are kept (J. DeYoung et al. 2020, arXiv:1911.03429). Both are averaged over a tenth to a
half of the words. Long texts lose much whatever is taken away, so each stands beside random orders of the same texts,
and what counts is the gain over them.

Left out: fitting the classifier again without the words (ROAR); texts with words left out are unusual ones, and part of
a fall may be due to that: the random orders share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import bootstrap_interval
from core.evaluation.leaderboard import Measure
from core.hub.errors import DataError
from core.text.sentiment.explain.asking import Score
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import Word, keep_words

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
N_RANDOM = 5
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Erasure:
    """How far the probability of the answer falls, by an explanation's order and by random ones.

    Parameters
    ----------
    without, kept : array of shape (n_shares,)
        Mean fall when that share of the words, those named first, is left out, or is all that is kept.
    random_without, random_kept : array of shape (n_shares,)
        The same of random orders.
    comprehensiveness, sufficiency : Measure
        Gain over random orders, averaged over shares, with its 95% bootstrap interval over texts: how much further the
        answer falls without the words named first, and how much less with them alone. Above 0 is faithful.
    n : int
        Texts.
    """

    method: str
    shares: tuple[float, ...]
    without: Array
    kept: Array
    random_without: Array
    random_kept: Array
    comprehensiveness: Measure
    sufficiency: Measure
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """Falls by random orders, which all methods are compared with: drawn once.

    Parameters
    ----------
    answers : array of shape (n,)
        The probability that each text is positive.
    falls : array of shape (n, 2, n_shares)
        Mean over orders: without, kept.
    """

    texts: tuple[str, ...]
    words: tuple[tuple[Word, ...], ...]
    answers: Array
    falls: Array


def draw_chance(score: Score, found: Sequence[WordEffects], texts: Sequence[str], seed: int = 0) -> Chance:
    """Measure the falls by random orders.

    Parameters
    ----------
    found : sequence of WordEffects
        Of any one method, for the words of each text.
    texts : sequence of str
        At least two.

    Raises
    ------
    DataError
        If there are fewer than two.
    """
    if len(texts) < 2:  # noqa: PLR2004 one text has no interval
        message = f"the number of texts is {len(texts)}; an interval needs at least 2"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    words = tuple(each.words for each in found)
    answers = np.asarray(score(list(texts)), dtype=np.float64)
    falls = [
        np.mean(erase(score, text, each, [rng.permutation(len(each)) for _ in range(N_RANDOM)], answer), axis=0)
        for text, each, answer in zip(texts, words, answers, strict=True)
    ]
    return Chance(tuple(texts), words, answers, np.stack(falls))


def measure_erasure(score: Score, found: Sequence[WordEffects], chance: Chance, seed: int = 0) -> Erasure:
    """Measure comprehensiveness and sufficiency of a method's explanations.

    Parameters
    ----------
    score : callable
        The classifier that was explained.
    found : sequence of WordEffects
        One for each text of ``chance``.

    Raises
    ------
    ValueError
        If they are of other texts.
    """
    if tuple(each.words for each in found) != chance.words:
        message = f"{len(found)} explanations are not of the {len(chance.texts)} texts; explain these texts"
        raise ValueError(message)
    own = np.stack(
        [
            erase(score, text, each.words, [np.argsort(-each.speaking_for(answer >= 0.5), kind="stable")], answer)[0]  # noqa: PLR2004 half
            for text, each, answer in zip(chance.texts, found, chance.answers, strict=True)
        ]
    )  # (n, 2, n_shares)
    gains = (own - chance.falls).mean(axis=2) * np.array([1, -1])
    (without, kept), (random_without, random_kept) = own.mean(axis=0), chance.falls.mean(axis=0)
    first, second = (measure_mean(each, seed) for each in gains.T)
    return Erasure(found[0].method, SHARES, without, kept, random_without, random_kept, first, second, len(found))


def erase(score: Score, text: str, words: Sequence[Word], orders: Sequence[NDArray[np.intp]], answer: float) -> Array:
    """Leave out, or keep alone, the first words of some orders.

    Parameters
    ----------
    orders : sequence of arrays of shape (n_words,)
    answer : float
        The probability that the whole text is positive.

    Returns
    -------
    array of shape (n_orders, 2, n_shares)
        Fall of the probability of the answer given to the whole text: without, kept.

    Examples
    --------
    >>> from core.text.sentiment.explain.words import split_words
    >>> says = lambda texts: np.array([0.9 if "good" in text else 0.5 for text in texts])
    >>> text = "a good film"
    >>> erase(says, text, split_words(text), [np.array([1, 0, 2])], 0.9).round(1).tolist()[0][0]
    [0.4, 0.4, 0.4, 0.4, 0.4]
    """
    counts = [max(1, round(share * len(words))) for share in SHARES]
    masks = []
    for order in orders:
        ranks = np.argsort(order)
        masks += [ranks >= count for count in counts] + [ranks < count for count in counts]
    asked = {mask.tobytes(): keep_words(text, words, mask) for mask in masks}
    found = dict(zip(asked, np.asarray(score(list(asked.values())), dtype=np.float64), strict=True))
    shares = np.array([found[mask.tobytes()] for mask in masks]).reshape(len(orders), 2, len(SHARES))
    return np.asarray(answer - shares if answer >= 0.5 else shares - answer)  # noqa: PLR2004 half


def measure_mean(values: Array, seed: int = 0) -> Measure:
    """Average over texts, with a 95% bootstrap interval."""
    low, high = bootstrap_interval(lambda each: float(each.mean()), (values,), seed=seed)
    return Measure(float(values.mean()), low, high)
