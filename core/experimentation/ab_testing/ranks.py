"""Mann–Whitney: whether a unit of one arm tends to have more than a unit of the other.

The effect is the chance that a unit of the first arm has the larger value, ties counted half, less a half; its interval
is DeLong's, taken on the logit so that it stays inside. The p-value is exact where there are no ties and few units.

Method: H. B. Mann and D. R. Whitney 1947, https://doi.org/10.1214/aoms/1177730491; E. R. DeLong et al. 1988,
https://doi.org/10.2307/2531595; R. G. Newcombe 2006, https://doi.org/10.1002/sim.2324, on intervals of this effect.

Left out: the shift in location (Hodges–Lehmann), which supposes that the arms differ by a shift only.
"""

from __future__ import annotations

import math

import numpy as np

from core.experimentation.ab_testing.estimates import (
    Sided,
    Verdict,
    check_level,
    cut_interval,
    find_critical,
    find_tails,
    summarise,
)
from core.hub.errors import DataError

MAX_EXACT = 400
"""Pairs of units up to which every order is counted where no two values are equal."""


def mann_whitney_test(
    first: np.ndarray, second: np.ndarray, level: float = 0.95, sided: Sided = "two-sided"
) -> Verdict:
    """Compare two arms by ranks.

    Parameters
    ----------
    first, second : arrays of shape (n_units,)

    Returns
    -------
    Verdict
        ``effect`` is P(first > second) + ½ P(equal) − ½, from −0.5 to 0.5; ``statistic`` is U of the first arm.

    Raises
    ------
    DataError
        If an arm has fewer than two units, or all values are equal.

    Examples
    --------
    >>> found = mann_whitney_test(np.array([3.0, 5.0, 7.0, 9.0]), np.array([1.0, 2.0, 4.0, 6.0]))
    >>> found.statistic, found.effect, round(found.p_value, 6)
    (13.0, 0.3125, 0.2)
    """
    check_level(level)
    for arm in (first, second):
        summarise(arm)
    ranks, ties = rank_values(np.concatenate([first, second]))
    n, m = len(first), len(second)
    if ties[0] == n + m:
        message = "the metric has one and the same value in both arms; choose a metric that varies"
        raise DataError(message)
    u = float(ranks[:n].sum() - n * (n + 1) / 2)
    p_value = _find_p_value(u, (n, m), ties, sided)
    chance, error = u / (n * m), _find_error(ranks, np.asarray(first), np.asarray(second))
    low, high = _bound(chance, error, level, sided, n * m)
    low, high = cut_interval(low - 0.5, high - 0.5, sided)
    return Verdict("Mann–Whitney", chance - 0.5, low, high, u, p_value, math.inf, error, level, sided)


def rank_values(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rank values from 1, equal ones by the mean of their places; also count the equal ones of each value.

    Examples
    --------
    >>> [part.tolist() for part in rank_values(np.array([3.0, 1.0, 3.0]))]
    [[2.5, 1.0, 2.5], [1, 2]]
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places], counts


def _find_p_value(u: float, sizes: tuple[int, int], ties: np.ndarray, sided: Sided) -> float:
    """Return the p-value of U: counted where it can be, else by the normal with correction for ties and continuity."""
    n, m = sizes
    if ties.max() == 1 and n * m <= MAX_EXACT:
        return _count_exact(round(u), n, m, sided)
    total = n + m
    variance = n * m / 12 * (total + 1 - float((ties.astype(float) ** 3 - ties).sum()) / (total * (total - 1)))
    gap = u - n * m / 2
    if sided == "two-sided":
        return find_tails(max(abs(gap) - 0.5, 0.0) / math.sqrt(variance), math.inf, sided)
    gap -= 0.5 if sided == "greater" else -0.5
    return find_tails(gap / math.sqrt(variance), math.inf, sided)


def _count_exact(u: int, n: int, m: int, sided: Sided) -> float:
    """Count how many of all orders of the units give a U as far out.

    The largest of i and j units is one of the i (and beats all j) or one of the j, so that
    N(i, j, u) = N(i−1, j, u−j) + N(i, j−1, u).
    """
    rows = [np.eye(1, n * m + 1)[0] for _ in range(m + 1)]
    for _ in range(n):
        for j in range(1, m + 1):
            rows[j] = np.concatenate([np.zeros(j), rows[j][: n * m + 1 - j]]) + rows[j - 1]
    ways = rows[m] / rows[m].sum()
    above, below = float(ways[u:].sum()), float(ways[: u + 1].sum())
    tails = {"greater": above, "less": below, "two-sided": min(1.0, 2 * min(above, below))}
    return tails[sided]


def _find_error(ranks: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Estimate the standard error of the chance by how each unit fares against the whole other arm."""
    n, m = len(first), len(second)
    wins_first = (ranks[:n] - rank_values(first)[0]) / m
    wins_second = (ranks[n:] - rank_values(second)[0]) / n
    return math.sqrt(float(wins_first.var(ddof=1)) / n + float(wins_second.var(ddof=1)) / m)


def _bound(chance: float, error: float, level: float, sided: Sided, n_pairs: int) -> tuple[float, float]:
    """Bound the chance on the logit scale; where no unit overlaps, half a pair is taken as lost."""
    edge = 0.5 / n_pairs
    inside = min(max(chance, edge), 1 - edge)
    # With no overlap the variance is 0; that of one pair in n takes its place.
    spread = max(error, edge) / (inside * (1 - inside))
    reach = find_critical(level, math.inf, sided) * spread
    middle = math.log(inside / (1 - inside))
    ends = [1 / (1 + math.exp(-(middle + sign * reach))) for sign in (-1, 1)]
    return min(ends[0], chance), max(ends[1], chance)
