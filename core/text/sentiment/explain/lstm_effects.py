"""The same questions put to the BiLSTM: where its attention goes, its slopes, and integrated gradients.

Its words are its pieces, and "nothing" is the vector of a word that it does not know (M. Sundararajan et al. 2017,
arXiv:1703.01365, for the method; ``core.text.sentiment.bilstm`` for attention and slopes).

Left out: the planted words, which are taught to the transformer only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.text.sentiment.bilstm import BiLstm
from core.text.sentiment.bilstm_network import find_input_slopes, run_network
from core.text.sentiment.explain.gradients import SMALL_GAP, average_slopes
from core.text.sentiment.explain.network import Floats
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import Word, place_pieces, split_words, sum_pieces
from core.text.sentiment.vocabulary import Token

MAX_STEPS = 64


def attend_lstm(model: BiLstm, text: str) -> WordEffects:
    """Return the share of the pooling's attention that each word gets; together they are 1.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    words = split_words(text)
    tokens, shares = model.attend(text)
    return WordEffects("attention", words, _spread(words, tokens, shares), is_signed=False)


def slope_lstm(model: BiLstm, text: str) -> WordEffects:
    """Multiply the slope of the answer with respect to each word's vector by that vector.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    words = split_words(text)
    tokens, vectors, slopes = model.find_slopes(text)
    return WordEffects("gradient × input", words, _spread(words, tokens, (vectors * slopes).sum(axis=1)))


def integrate_lstm(model: BiLstm, text: str, max_steps: int = MAX_STEPS, small_gap: float = SMALL_GAP) -> WordEffects:
    """Average the slope along the way from a text of unknown words to this one.

    Parameters
    ----------
    max_steps, small_gap
        As ``integrated_gradients`` takes them.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    words = split_words(text)
    tokens, rows = model.encode(text)
    end, mask = model.embed([rows])
    begin = np.broadcast_to(model.words.vectors[-1].astype(end.dtype), end.shape)
    move = end - begin
    base, answer = (float(run_network(model.network, each, mask).logits[0]) for each in (begin, end))

    def add_slopes(places: Floats) -> Floats:
        points = begin + places.astype(end.dtype)[:, None, None] * move
        slopes = find_input_slopes(model.network, points, np.repeat(mask, len(places), axis=0))
        return np.asarray(slopes.sum(axis=0, dtype=np.float64))

    values, steps = average_slopes(add_slopes, move[0], answer - base, max_steps, small_gap)
    effects = _spread(words, tokens, values[: len(tokens)])
    return WordEffects("integrated gradients", words, effects, base, answer, adds_up=True, steps=steps)


def _spread(words: tuple[Word, ...], tokens: list[Token], values: Floats) -> NDArray[np.float64]:
    """Count the network's words to those of the text."""
    return sum_pieces(values, place_pieces(words, [(token.start, token.end) for token in tokens]), len(words))
