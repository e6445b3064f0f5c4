"""Which words the answer hangs on, for any model at all: leave words out and ask again.

Occlusion leaves out one word at a time (J. Li, W. Monroe and D. Jurafsky 2016, arXiv:1612.08220). It is blind to words
that stand in for each other: of two that say the same, each alone can go. Shapley values (L. S. Shapley 1953) average
over every order in which the words may go, and so share an effect among those that make it together; up to twelve words
every one of the coalitions is asked about, beyond that orders are drawn, and the error bars show what the draw leaves
open. The work is done by ``core.evaluation.attribution``, with words for columns.

Left out: putting other words in place of those left out, which would need a model of the language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution import exact_shapley, sample_shapley
from core.evaluation.attribution.shapley import MAX_COLUMNS
from core.text.sentiment.explain.result import WordEffects, to_log_odds
from core.text.sentiment.explain.words import Word, keep_words, split_words

Score = Callable[[Sequence[str]], NDArray[np.float64]]
"""From texts to the probability that each is positive, shape (n,)."""
N_DRAWS, N_ORDERS = 8, 2
"""Sixteen orders in all, in eight independent draws that give the error bars."""


def occlude(score: Score, text: str) -> WordEffects:
    """Say how far the log-odds fall when each word is left out.

    Parameters
    ----------
    score : callable
        Any model's; it is asked about as many texts as there are words.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.

    Examples
    --------
    >>> says = lambda texts: np.array([0.9 if "good" in text else 0.5 for text in texts])
    >>> occlude(says, "a good film").values.round(3).tolist()
    [0.0, 2.197, 0.0]
    """
    words = split_words(text)
    answers = ask_without(score, text, words, np.vstack([np.ones(len(words), bool), ~np.eye(len(words), dtype=bool)]))
    return WordEffects("occlusion", words, answers[0] - answers[1:], answer=float(answers[0]))


def shapley_words(score: Score, text: str, seed: int = 0, n_draws: int = N_DRAWS) -> WordEffects:
    """Share the answer out among the words, over the orders in which they may be left out.

    Parameters
    ----------
    seed : int
        Of the orders, where there are more than 12 words.
    n_draws : int
        Independent draws of two orders each; more narrow the error bars and cost in proportion, about twice the
        number of words for each.

    Returns
    -------
    WordEffects
        Exact up to 12 words; beyond with 95% error bars. Adds up from the answer to an empty text.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.

    Examples
    --------
    >>> both = lambda texts: np.array([0.9 if "not" in text and "bad" in text else 0.5 for text in texts])
    >>> shapley_words(both, "not so bad").values.round(3).tolist()
    [1.099, 0.0, 1.099]
    """
    words = split_words(text)
    names = [str(place) for place in range(len(words))]

    def ask(rows: pd.DataFrame) -> NDArray[np.float64]:
        return ask_without(score, text, words, rows.to_numpy(dtype=bool))

    whole = pd.DataFrame(np.ones((1, len(words)), dtype=np.int8), columns=names)
    is_exact = len(words) <= MAX_COLUMNS
    empty = pd.DataFrame(np.zeros((1 if is_exact else n_draws, len(words)), dtype=np.int8), columns=names)
    found = exact_shapley(ask, whole, empty) if is_exact else sample_shapley(ask, whole, empty, seed, N_ORDERS)
    low, high = (None if end is None else end[0] for end in (found.low, found.high))
    return WordEffects(
        "Shapley, every coalition" if is_exact else "Shapley, sampled orders",
        words,
        found.values[0],  # noqa: PD011 effects, not a column of a table
        found.base,
        float(ask(whole)[0]),
        low,
        high,
        adds_up=True,
    )


def ask_without(score: Score, text: str, words: Sequence[Word], kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the log-odds of the text with only some words kept, shape (n,), from (n, n_words)."""
    return to_log_odds(score([keep_words(text, words, each) for each in kept]))
