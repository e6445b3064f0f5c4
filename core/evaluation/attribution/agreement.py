"""How far two explanations of the same rows agree, and how far any two of several do.

Methods disagree in practice, and there is no rule which to believe (S. Krishna et al. 2022, arXiv:2202.01602): the
order of the columns, the first three and the signs are compared row by row, and the means get intervals over the rows.

Left out: agreement of clouds of rows rather than of each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.evaluation.attribution.result import Attribution, check_same
from core.evaluation.intervals import t_interval
from core.evaluation.leaderboard import Measure

N_TOP = 3


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two explanations agree, each a mean over rows with its 95% interval (NaN where there is one row).

    Parameters
    ----------
    rank : Measure
        Spearman's correlation of the sizes of the effects, in −1 to 1.
    top : Measure
        Share of the three largest columns that both name, in 0–1.
    signs : Measure
        Share of the first explanation's three largest columns that the second gives the same sign, in 0–1.
    difference : Measure
        The largest difference of a row, in the unit of the answer.
    largest : float
        The largest difference of all rows.
    """

    first: str
    second: str
    n_rows: int
    rank: Measure
    top: Measure
    signs: Measure
    difference: Measure
    largest: float


def agree(first: Attribution, second: Attribution) -> Agreement:
    """Compare two explanations of the same rows and columns.

    Raises
    ------
    DataError
        If they explain other rows or columns.

    Examples
    --------
    >>> one = Attribution("one", ("a", "b", "c"), np.array([[0.3, -0.2, 0.1]]), 0.0)
    >>> other = Attribution("other", ("a", "b", "c"), np.array([[0.2, -0.3, 0.1]]), 0.0)
    >>> found = agree(one, other)
    >>> found.rank.value, found.top.value, round(found.largest, 3)
    (0.5, 1.0, 0.1)
    """
    check_same(first, second)
    gaps = np.abs(first.values - second.values).max(axis=1)
    tops = first.order[:, :N_TOP], second.order[:, :N_TOP]
    shared = (tops[0][:, :, None] == tops[1][:, None, :]).any(axis=2).mean(axis=1)
    signs = np.take_along_axis(np.sign(first.values) == np.sign(second.values), tops[0], axis=1).mean(axis=1)
    return Agreement(
        first.method,
        second.method,
        first.n_rows,
        rank=measure_mean(correlate_ranks(first.values, second.values), -1.0),
        top=measure_mean(shared, 0.0),
        signs=measure_mean(signs, 0.0),
        difference=measure_mean(gaps, 0.0, np.inf),
        largest=float(gaps.max()),
    )


def agree_all(attributions: Sequence[Attribution]) -> tuple[Agreement, ...]:
    """Compare every two of several explanations, in their order.

    Raises
    ------
    DataError
        If they explain other rows or columns.

    Examples
    --------
    >>> one, two, three = (Attribution(name, ("a", "b"), np.array([[2.0, 1.0]]), 0.0) for name in "xyz")
    >>> [(pair.first, pair.second) for pair in agree_all((one, two, three))]
    [('x', 'y'), ('x', 'z'), ('y', 'z')]
    """
    return tuple(agree(first, second) for first, second in combinations(attributions, 2))


def correlate_ranks(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate the order of the effects' sizes, row by row (Spearman), shape (n_rows,); NaN where a row has no order.

    Examples
    --------
    >>> correlate_ranks(np.array([[3.0, -2.0, 1.0]]), np.array([[1.0, 2.0, 3.0]])).tolist()
    [-1.0]
    """
    ranks = [rank_sizes(values) for values in (first, second)]
    centred = [each - each.mean(axis=1, keepdims=True) for each in ranks]
    size = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    product = (centred[0] * centred[1]).sum(axis=1)
    return np.asarray(np.divide(product, size, out=np.full(len(size), np.nan), where=size > 0))


def rank_sizes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank the sizes of effects along the last axis, 1 the smallest, equal ones sharing a rank.

    Sizes are compared to nine digits of the largest, so that rounding makes no order.

    Examples
    --------
    >>> rank_sizes(np.array([[-3.0, 0.0, 1.0, 0.0]])).tolist()
    [[4.0, 1.5, 3.0, 1.5]]
    """
    from scipy.stats import rankdata

    sizes = np.abs(values)
    largest = sizes.max(axis=-1, keepdims=True)
    scaled = np.divide(sizes, largest, out=np.zeros_like(sizes), where=largest > 0)
    return np.asarray(rankdata(scaled.round(9), axis=-1), dtype=np.float64)


def measure_mean(values: NDArray[np.float64], least: float = -np.inf, most: float = 1.0) -> Measure:
    """Average over the rows where a value is defined, with Student's 95% interval; NaN ends where there is one.

    Parameters
    ----------
    least, most : float
        What a value can be at all, past which no end of the interval goes.

    Examples
    --------
    >>> found = measure_mean(np.array([1.0, 2.0, np.nan, 3.0]), most=3.0)
    >>> found.value, round(found.low, 3), found.high
    (2.0, -0.484, 3.0)
    """
    known = values[np.isfinite(values)]
    if known.size < 2:  # noqa: PLR2004 an interval needs two
        return Measure(float(known.mean()) if known.size else np.nan, np.nan, np.nan)
    low, high = t_interval(known)
    return Measure(float(known.mean()), max(low, least), min(high, most))
