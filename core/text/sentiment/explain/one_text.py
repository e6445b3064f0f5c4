"""Is the explanation of one text true? The answer with the words it names first left out, or kept alone.

One text has no interval over texts. What it has are random orders: the explanation is told apart from them where it
does better than nearly all of them (a permutation test; B. Phipson and G. Smyth 2010,
https://doi.org/10.2202/1544-6115.1585).

Left out: the same over many texts, with intervals (``erasure``).
"""

from __future__ import annotations

import numpy as np

from core.evaluation.leaderboard import Measure
from core.text.sentiment.explain.asking import Score
from core.text.sentiment.explain.erasure import SHARES, Array, Erasure, erase
from core.text.sentiment.explain.result import WordEffects

N_ORDERS = 20
HALF = 0.5


def try_effects(score: Score, text: str, found: WordEffects, seed: int = 0, n_orders: int = N_ORDERS) -> Erasure:
    """Put the explanation of one text to the test.

    Parameters
    ----------
    score : callable
        The classifier that was explained.
    found : WordEffects
        Of that text.
    n_orders : int
        Random orders of its words; each asks the classifier about ten texts.

    Returns
    -------
    Erasure
        Its gains run from the one over the best random order to the one over the worst.

    Examples
    --------
    >>> from core.text.sentiment.explain.words import split_words
    >>> says = lambda texts: np.array([0.9 if "good" in text else 0.2 for text in texts])
    >>> text = "it is a good film and so on and on"
    >>> effects = np.array([float(word.text == "good") for word in split_words(text)])
    >>> made = try_effects(says, text, WordEffects("made", split_words(text), effects))
    >>> made.without.round(1).tolist(), made.kept.round(1).tolist()
    ([0.7, 0.7, 0.7, 0.7, 0.7], [0.0, 0.0, 0.0, 0.0, 0.0])
    """
    answer = float(score([text])[0])
    rng = np.random.default_rng(seed)
    own = np.argsort(-found.speaking_for(answer >= HALF), kind="stable")
    orders = [own, *(rng.permutation(len(found.words)) for _ in range(n_orders))]
    falls = erase(score, text, found.words, orders, answer)  # (1 + n_orders, 2, n_shares)
    gains = (falls[:1] - falls[1:]).mean(axis=2) * np.array([1, -1])  # (n_orders, 2)
    (without, kept), (random_without, random_kept) = falls[0], falls[1:].mean(axis=0)
    first, second = (_span(each) for each in gains.T)
    return Erasure(found.method, SHARES, without, kept, random_without, random_kept, first, second, 1)


def _span(gains: Array) -> Measure:
    """Average the gains over random orders, with the least and the largest."""
    return Measure(float(gains.mean()), float(gains.min()), float(gains.max()))


def describe_try(found: Erasure, n_orders: int = N_ORDERS) -> str:
    """Say in a sentence whether the explanation was told apart from random orders, and how."""
    told = []
    for gain, what in ((found.comprehensiveness, "left out"), (found.sufficiency, "kept alone")):
        better = gain.low > 0
        told.append(f"{what}, its words {'beat' if better else 'do not beat'} all {n_orders} random orders")
    said = "; ".join(told)
    return f"{found.method[:1].upper()}{found.method[1:]} on this text: {said}."
