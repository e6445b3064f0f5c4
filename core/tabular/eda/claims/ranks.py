"""Ranks of a column, and its codes without empty levels: what the tests of pairs share.

Left out: the tests (``associations``, ``missing``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rank_values(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, equal values by their mean rank; NaN stays NaN.

    Examples
    --------
    >>> rank_values(np.array([3.0, 1.0, np.nan, 3.0])).tolist()
    [2.5, 1.0, nan, 2.5]
    """
    return rank_levels(values)[0]


def rank_levels(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Return ranks as :func:`rank_values` does, and the different values in order with how often each occurs.

    Examples
    --------
    >>> rank_levels(np.array([3.0, 1.0, np.nan, 3.0]))[1]
    (array([1., 3.]), array([1, 2]))
    """
    known = ~np.isnan(values)
    levels, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    ranks = np.full(len(values), np.nan)
    ranks[known] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks, (levels, counts)


def rank_part(ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ranks that rows have among themselves, from those they have among more rows, without sorting again.

    Parameters
    ----------
    ranks : array of float, shape (n,)
        Whole or half, none missing.

    Examples
    --------
    >>> rank_part(np.array([2.5, 7.0, 2.5])).tolist()
    [1.5, 3.0, 1.5]
    """
    halves = (2 * ranks).astype(np.intp)
    counts = np.bincount(halves)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[halves], dtype=np.float64)


def pack_codes(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return codes that number the levels that occur from 0 up, in their order; none is negative.

    Examples
    --------
    >>> pack_codes(np.array([4, 1, 4])).tolist()
    [1, 0, 1]
    """
    return np.asarray((np.cumsum(np.bincount(codes) > 0) - 1)[codes], dtype=np.intp)
