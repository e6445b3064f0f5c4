"""The two inner loops of learning word vectors, one pair at a time, compiled by Numba when first needed.

Each pair moves two or a few rows by a little, and the next pair already reads them moved. NumPy pays microseconds for
every such row and had to learn in batches, ten times slower; compiled, a pair costs well under a microsecond. The
functions are plain Python and run uncompiled too, which is how they are tested.

Method: word2vec and GloVe's published programs, https://code.google.com/archive/p/word2vec/ and
https://github.com/stanfordnlp/GloVe. Departure: exact sigmoids instead of a table.

Left out: threads, which would make a run depend on chance.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
Loop = Callable[..., float]
MAX_PRODUCT = 30.0
"""A sigmoid beyond ±30 is 0 or 1 in single precision."""


@cache
def compile_loop(loop: Loop) -> Loop:
    """Compile a loop to machine code, once for a process."""
    from numba import njit

    compiled: Loop = njit(fastmath=True, nogil=True)(loop)
    return compiled


def learn_skip_gram(inner: Array, outer: Array, pairs: Ids, noise: Ids, rate: float) -> float:
    """Learn from pairs one after another; both tables are changed in place.

    Parameters
    ----------
    inner, outer : float32 arrays of shape (n_words, size)
        Of a word itself, and of it as a neighbour.
    pairs : int64 array of shape (n, 2)
        A word and a word near it.
    noise : int64 array of shape (n, n_negatives)
        Words drawn at random; one that is the neighbour itself is passed over.
    rate : float

    Returns
    -------
    float
        Mean loss, each pair's before it was learnt from.
    """
    size, total = inner.shape[1], 0.0
    slope = np.empty(size, np.float32)
    for pair in range(len(pairs)):
        centre, near = pairs[pair, 0], pairs[pair, 1]
        slope[:] = 0.0
        for place in range(noise.shape[1] + 1):
            target = near if place == 0 else noise[pair, place - 1]
            if place > 0 and target == near:
                continue
            product: Any = np.float32(0.0)
            for each in range(size):
                product += inner[centre, each] * outer[target, each]
            product = min(max(product, -MAX_PRODUCT), MAX_PRODUCT)
            # The slope of -log s(x) is s(x) - 1, that of -log s(-x) is s(x).
            share = 1.0 / (1.0 + exp(-product))
            total += log(1.0 + exp(-product if place == 0 else product))
            step = np.float32(rate * ((1.0 if place == 0 else 0.0) - share))
            for each in range(size):
                slope[each] += step * outer[target, each]
                outer[target, each] += step * inner[centre, each]
        for each in range(size):
            inner[centre, each] += slope[each]
    return total / max(len(pairs), 1)


def learn_glove(tables: Array, squares: Array, pairs: Ids, goals: Array, rate: float) -> float:
    """Learn from counted pairs one after another; tables and AdaGrad's sums of squares are changed in place.

    Parameters
    ----------
    tables, squares : float32 arrays of shape (2, n_words, size + 1)
        The last column is the bias.
    pairs : int64 array of shape (n, 2)
    goals : float32 array of shape (n, 2)
        The logarithm of each pair's count, and its weight.
    rate : float

    Returns
    -------
    float
        Mean weighted square, each pair's before it was learnt from.
    """
    size, total = tables.shape[2] - 1, 0.0
    for pair in range(len(pairs)):
        row, column = pairs[pair, 0], pairs[pair, 1]
        missed = tables[0, row, size] + tables[1, column, size] - goals[pair, 0]
        for each in range(size):
            missed += tables[0, row, each] * tables[1, column, each]
        pull = goals[pair, 1] * missed
        total += pull * missed
        for each in range(size + 1):
            # The bias enters alone: its slope is the pull itself.
            own = pull * tables[1, column, each] if each < size else pull
            other = pull * tables[0, row, each] if each < size else pull
            squares[0, row, each] += own * own
            squares[1, column, each] += other * other
            tables[0, row, each] -= rate * own / sqrt(squares[0, row, each])
            tables[1, column, each] -= rate * other / sqrt(squares[1, column, each])
    return total / max(len(pairs), 1)
