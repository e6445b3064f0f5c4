"""A seeded sample of rows with every class in its share, for what would cost too much on all of them.

Left out: sampling by groups or time.
"""

from __future__ import annotations

import numpy as np

LEAST_SAMPLED = 5
"""Rows of a rare class that a sample keeps."""


def sample_rows(y: np.ndarray, n_rows: int, seed: int) -> np.ndarray:
    """Choose about ``n_rows`` rows with every class in its share (at least five, where it has them), in their order.

    Examples
    --------
    >>> y = np.array(["a"] * 90 + ["b"] * 10)
    >>> rows = sample_rows(y, 20, seed=0)
    >>> len(rows), int((y[rows] == "b").sum())
    (23, 5)
    """
    if len(y) <= n_rows:
        return np.arange(len(y))
    generator = np.random.default_rng(seed)
    share = n_rows / len(y)
    chosen = [
        generator.permutation(np.flatnonzero(y == name))[: max(LEAST_SAMPLED, round(share * int((y == name).sum())))]
        for name in np.unique(y)
    ]
    return np.sort(np.concatenate(chosen))
