"""Tests that stay right where cells are rare: levels pooled by their expected counts, and Fisher's exact test.

Chi squared and the ranks of tied numbers follow their limits only where every expected count is about 5 or more
(Cochran 1954, https://doi.org/10.2307/3001616). Levels are pooled until it is, smallest first, by the margins alone, so
that pooling knows nothing of the association; two by two cells that stay rare get Fisher's exact test. Where one side
has two levels, as gaps have, the cells are drawn 4,000 times with their margins fixed instead. Only p rests on pooled
levels: effects rest on all of them.

Left out: exact tests of larger tables; what goes together only in cells of one or two rows is not found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_EXPECTED = 5.0
TWO = 2
N_DRAWS, DRAWN_LEVELS = 4_000, 30  # of the other side; more levels are pooled, since draws would take too long


def pool_levels(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Merge the smallest levels of either side until every expected count is 5 or more, or two by two cells are left.

    Parameters
    ----------
    counts : array of float, shape (k, m)

    Examples
    --------
    >>> pool_levels(np.array([[40.0, 2.0, 1.0], [2.0, 40.0, 1.0]])).tolist()
    [[41.0, 2.0], [3.0, 40.0]]
    """
    total = float(counts.sum())
    margins = [counts.sum(axis=1), counts.sum(axis=0)]
    owners = [np.arange(len(margin)) for margin in margins]
    while margins[0].min() * margins[1].min() < MIN_EXPECTED * total:
        sides = [side for side in (0, 1) if len(margins[side]) > TWO]
        if not sides:
            break
        side = min(sides, key=lambda each: (margins[each].min(), -len(margins[each])))
        margins[side], owners[side] = _merge_smallest(margins[side], owners[side])
    pooled = np.zeros((len(margins[0]), len(margins[1])))
    np.add.at(pooled, (owners[0][:, None], owners[1][None, :]), counts)
    return pooled


def _merge_smallest(
    margin: NDArray[np.float64], owner: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Merge the two smallest levels: the new margin, and the new place of every original level."""
    smallest, next_smallest = np.argsort(margin, kind="stable")[:TWO].tolist()
    kept, gone = min(smallest, next_smallest), max(smallest, next_smallest)
    merged = margin.copy()
    merged[kept] += merged[gone]
    moved = np.where(owner == gone, kept, owner)
    return np.delete(merged, gone), np.where(moved > gone, moved - 1, moved)


def weigh_cells(counts: NDArray[np.float64]) -> float:
    """Return p of two categories, shape (k, m), chi squared where the cells allow it and Fisher's exact test else.

    Examples
    --------
    >>> round(weigh_cells(np.array([[3.0, 0.0], [0.0, 3.0]])), 3)
    0.1
    """
    sizes = counts.shape
    if min(sizes) == TWO < max(sizes) <= DRAWN_LEVELS and _find_expected(counts).min() < MIN_EXPECTED:
        drawn = _draw_p(counts if sizes[1] == TWO else counts.T)
        # Below what draws can tell, the pooled test may say more: p stays right, since both must agree.
        return drawn if drawn > 1 / (N_DRAWS + 1) else min(drawn, _weigh_pooled(counts))
    return _weigh_pooled(counts)


def _find_expected(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected counts of independent sides."""
    return np.asarray(np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum(), dtype=np.float64)


def _weigh_pooled(counts: NDArray[np.float64]) -> float:
    """Return p of the pooled cells."""
    from scipy.special import chdtrc

    pooled = pool_levels(counts)
    expected = _find_expected(pooled)
    if expected.min() < MIN_EXPECTED:
        from scipy.stats import fisher_exact

        return float(fisher_exact(pooled.astype(np.int64))[1])
    statistic = float(((pooled - expected) ** 2 / expected).sum())
    return float(chdtrc((pooled.shape[0] - 1) * (pooled.shape[1] - 1), statistic))


def _draw_p(counts: NDArray[np.float64]) -> float:
    """Return p of cells of shape (k, 2) beside seeded draws with the same margins."""
    rare = counts[:, int(counts.sum(axis=0).argmin())]
    sizes = counts.sum(axis=1)
    drawn = np.random.default_rng(0).multivariate_hypergeometric(
        sizes.astype(np.int64), int(rare.sum()), size=N_DRAWS, method="marginals"
    )
    # With margins fixed, chi squared rises with the sum of squares over the level sizes alone.
    n_as_far = int((((drawn**2) / sizes).sum(axis=1) >= float((rare**2 / sizes).sum()) * (1 - 1e-9)).sum())
    return (n_as_far + 1) / (N_DRAWS + 1)


def mark_spike(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the values that are not the commonest one, shape (n,).

    Examples
    --------
    >>> mark_spike(np.array([0.0, 0.0, 3.0])).tolist()
    [False, False, True]
    """
    levels, counts = np.unique(values, return_counts=True)
    return np.asarray(values != levels[counts.argmax()], dtype=bool)


def weigh_groups(
    ranks: NDArray[np.float64],
    codes: NDArray[np.intp],
    away: NDArray[np.bool_],
    whole: tuple[float, int] | None = None,
) -> float:
    """Return p of Kruskal and Wallis's test, levels pooled until each has 5 rows away from the commonest value.

    Parameters
    ----------
    ranks : array of float, shape (n,)
    codes : array of int, shape (n,)
        From 0 up, every level with a row.
    away : array of bool, shape (n,)
        Rows whose value is not the commonest one.
    whole : tuple of float and int, optional
        :func:`rank_statistic` of these, where it was worked out before; it holds where no level is pooled.

    Examples
    --------
    >>> ranks = np.arange(40.0)
    >>> weigh_groups(ranks, np.repeat([0, 1], 20), np.ones(40, dtype=bool)) < 1e-6
    True
    """
    from scipy.special import chdtrc

    margin = np.bincount(codes).astype(np.float64)
    owner = np.arange(len(margin))
    share = float(away.mean())
    while len(margin) > TWO and margin.min() * share < MIN_EXPECTED:
        margin, owner = _merge_smallest(margin, owner)
    is_pooled = len(margin) < owner.size
    pooled = owner[codes] if is_pooled else codes
    if margin.min() * share < MIN_EXPECTED:
        return weigh_cells(cross_marks(pooled > 0, away))
    statistic, freedom = rank_statistic(ranks, pooled) if is_pooled or whole is None else whole
    return float(chdtrc(freedom, statistic))


def rank_statistic(ranks: NDArray[np.float64], codes: NDArray[np.intp]) -> tuple[float, int]:
    """Return Kruskal & Wallis's H with its correction for ties, and its degrees of freedom.

    Examples
    --------
    >>> round(rank_statistic(np.arange(1.0, 7.0), np.array([0, 0, 0, 1, 1, 1]))[0], 3)
    3.857
    """
    counts, sums = np.bincount(codes), np.bincount(codes, ranks)
    centre = ranks.mean()
    between = float((counts * (sums / counts - centre) ** 2).sum())
    total = float(((ranks - centre) ** 2).sum())
    return (len(ranks) - 1) * between / total if total else 0.0, len(counts) - 1


def cross_marks(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Count two columns of marks against each other, shape (2, 2).

    Examples
    --------
    >>> cross_marks(np.array([True, False]), np.array([True, True])).tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """
    cells = 2 * first.astype(np.intp) + second
    return np.bincount(cells, minlength=4).reshape(2, 2).astype(np.float64)
