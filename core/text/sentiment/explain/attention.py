"""Where attention goes: from the pooled vector to the words, in one layer or through all of them.

Attention says from where a piece took what it became, not whether that moved the answer (S. Jain and B. Wallace 2019,
arXiv:1902.10186), and it has no sign. Rollout follows it through all layers: each keeps half of what a piece was and
takes half from others, so the layers' matrices multiply (S. Abnar and W. Zuidema 2020, arXiv:2005.00928).

Left out: attention flow, and attention weighted by slopes.
"""

from __future__ import annotations

import numpy as np

from core.text.sentiment.explain.network import Floats, Trace
from core.text.sentiment.explain.reader import BertReader, Reading
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import sum_pieces


def attend(reader: BertReader, text: str) -> WordEffects:
    """Return the share of the last layer's attention that each word gets, its heads averaged.

    Returns
    -------
    WordEffects
        Shares of 0 to 1; what goes to the encoder's own marks is missing from their sum.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    reading = reader.read(text)
    trace = reader.run(reading)
    return _make_shares("attention", reading, trace, average_heads(trace.attention[:, 0])[-1])


def roll_out(reader: BertReader, text: str) -> WordEffects:
    """Return the share of each word in the pooled vector, attention followed through all layers.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    reading = reader.read(text)
    trace = reader.run(reading)
    return _make_shares("attention rollout", reading, trace, multiply_layers(average_heads(trace.attention[:, 0])))


def average_heads(attention: Floats) -> Floats:
    """Average over heads: (n_layers, h, t, t) to (n_layers, t, t)."""
    return np.asarray(attention.mean(axis=1))


def multiply_layers(attention: Floats) -> Floats:
    """Follow attention from the last layer to the first, half of each piece staying where it is.

    Parameters
    ----------
    attention : array of shape (n_layers, t, t)

    Returns
    -------
    array of shape (t, t)
        Each row adds up to 1.

    Examples
    --------
    >>> swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> multiply_layers(np.stack([swap, np.eye(2)])).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    t = attention.shape[1]
    rolled = np.eye(t)
    for layer in attention:
        rolled = (0.5 * layer + 0.5 * np.eye(t)) @ rolled
    return rolled


def _make_shares(method: str, reading: Reading, trace: Trace, matrix: Floats) -> WordEffects:
    """Read off what the pooled vector takes from each word."""
    shares = sum_pieces(trace.pooling[0] @ matrix, reading.places, len(reading.words))
    return WordEffects(method, reading.words, shares, answer=float(trace.margins[0]), is_signed=False)
