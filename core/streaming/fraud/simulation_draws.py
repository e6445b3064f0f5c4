"""Python's random choices, many at once.

The published data set was drawn with NumPy's legacy generator and with Python's own; both are the Mersenne Twister, so
Python's choices can be made of NumPy's words, an array at a time.

Reference: https://docs.python.org/3/library/random.html, "Notes on Reproducibility".

Left out: every other method of Python's generator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORD_BITS = 32


def draw_choices(seed: int, n_options: int, size: int) -> NDArray[np.int64]:
    """Draw what Python's ``random.seed(seed)`` and ``random.choice`` would, ``size`` times.

    Python takes the top bits of a word of the Mersenne Twister and draws again while they say an option too many.

    Parameters
    ----------
    n_options : int
        1 to 2**32 − 1.

    Returns
    -------
    int64 array of shape (size,), 0 to n_options − 1

    Examples
    --------
    >>> draw_choices(596, 100, 5).tolist()
    [51, 19, 22, 98, 18]
    """
    source = np.random.RandomState([seed])  # a list is seeded as Python seeds a number
    shift = np.uint32(_WORD_BITS - n_options.bit_length())
    found = np.empty(0, dtype=np.int64)
    while len(found) < size:
        words = source.randint(0, 1 << _WORD_BITS, size=2 * (size - len(found)) + 8, dtype=np.uint32) >> shift
        found = np.concatenate([found, words[words < n_options].astype(np.int64)])
    return found[:size]
