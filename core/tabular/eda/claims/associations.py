"""Claims about how two columns go together, every pair tested once.

Two numbers by Spearman's rho, two categories by chi squared and the corrected Cramér's V, a number and a category by
Kruskal & Wallis (1952, https://doi.org/10.1080/01621459.1952.10483441) with epsilon squared (H − k + 1) / (n − k).
Ranks are used so that one far value decides nothing; rare cells are tested as ``sparse`` says. Every pair is returned
with its p; which of them are claimed is decided over all of them, and only those get an interval (``intervals``).

Left out: associations of three columns, and what goes together only inside a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut
from core.tabular.eda.claim import Claim, Topic
from core.tabular.eda.claims.effects import correct_v
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.ranks import pack_codes, rank_part
from core.tabular.eda.claims.sparse import (
    MIN_EXPECTED,
    cross_marks,
    mark_spike,
    rank_statistic,
    weigh_cells,
    weigh_groups,
)

MIN_ROWS = 10
RHO, CRAMERS_V, EPSILON = "Spearman's rho", "Cramér's V", "epsilon squared"
Pair = tuple[str, str]


def find_associations(evidence: Evidence) -> list[Claim]:
    """Test every pair of number and category columns; the claims have no interval yet.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.claims.evidence import make_evidence
    >>> found = find_associations(make_evidence(load_table("iris"), 0, 0.05))
    >>> [(each.columns, round(each.value, 2)) for each in found][5]
    (('petal_length', 'petal_width'), 0.94)
    """
    return [*_test_numbers(evidence), *_test_categories(evidence), *_test_mixed(evidence)]


def _record(evidence: Evidence, names: Pair, effect: str, value: float, test: tuple[int, float]) -> Claim:
    """Record the test of a pair, (rows, p), without an interval."""
    topic: Topic = "target" if evidence.table.target in names else "association"
    sentence = f"{cut(names[0])} and {cut(names[1])} go together."
    n, p = test
    return Claim("association", topic, "note", names, sentence, effect, value, value, value, n, "", p=p)


def _test_numbers(evidence: Evidence) -> list[Claim]:
    """Test every pair of numbers by Spearman's rho."""
    ranks = evidence.ranks
    spikes = {name: int(counts.max()) for name, (_, counts) in evidence.distinct.items()}
    known_r = _correlate_whole(ranks)
    found = []
    for names in combinations(ranks, 2):
        pair = rank_pair(ranks[names[0]], ranks[names[1]])
        if pair is not None:
            x, y = pair
            r = known_r.get(names)
            rho = float(np.clip(np.corrcoef(x, y)[0, 1] if r is None else r, -1, 1))
            p = weigh_rho(x, y, rho, (spikes[names[0]], spikes[names[1]]))
            found.append(_record(evidence, names, RHO, rho, (len(x), p)))
    return found


def _correlate_whole(ranks: Mapping[str, NDArray[np.float64]]) -> dict[Pair, float]:
    """Correlate the columns without gaps all at once."""
    names = [name for name, column in ranks.items() if len(column) > 1 and not np.isnan(column).any()]
    if len(names) <= 1:
        return {}
    table = np.atleast_2d(np.corrcoef(np.stack([ranks[name] for name in names])))
    return {(names[a], names[b]): float(table[a, b]) for a, b in combinations(range(len(names)), 2)}


def rank_pair(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the ranks of the rows where both columns are known; None where they are too few or do not vary."""
    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() < MIN_ROWS:
        return None
    x, y = (first, second) if both.all() else (rank_part(first[both]), rank_part(second[both]))
    return (x, y) if np.ptp(x) > 0 and np.ptp(y) > 0 else None


def weigh_rho(x: NDArray[np.float64], y: NDArray[np.float64], rho: float, most: tuple[int, int] | None = None) -> float:
    """Return p of Spearman's rho by Student's t; two columns of hardly any value but one get Fisher's exact test.

    Parameters
    ----------
    most : tuple of int, optional
        The rows that the commonest value of each column has at most, where they were counted before.

    Examples
    --------
    >>> round(weigh_rho(np.arange(12.0), np.arange(12.0)[::-1], -0.5), 3)
    0.098
    """
    from scipy.special import stdtr

    n = len(x)
    if most is None or max(0, n - most[0]) * max(0, n - most[1]) < MIN_EXPECTED * n:
        spikes = [np.unique(ranks, return_counts=True)[1].max() for ranks in (x, y)]
        if (n - spikes[0]) * (n - spikes[1]) < MIN_EXPECTED * n:
            return weigh_cells(cross_marks(mark_spike(x), mark_spike(y)))
    return float(2 * stdtr(n - 2, -abs(rho) * np.sqrt((n - 2) / max(1e-300, 1 - rho**2))))


def _test_categories(evidence: Evidence) -> list[Claim]:
    """Test every pair of categories by chi squared."""
    found = []
    for first, second in combinations(evidence.groups, 2):
        counts = count_cells(evidence.groups[first], evidence.groups[second])
        if min(counts.shape) > 1 and counts.sum() >= MIN_ROWS:
            value = measure_v(counts)
            test = int(counts.sum()), weigh_cells(counts)
            found.append(_record(evidence, (first, second), CRAMERS_V, value, test))
    return found


def count_cells(first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.float64]:
    """Cross two columns of codes; −1 is left out, and so are empty rows and columns.

    Examples
    --------
    >>> count_cells(np.array([0, 0, 1, -1]), np.array([0, 2, 2, 0])).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    both = (first >= 0) & (second >= 0)
    if not both.any():
        return np.zeros((0, 0))
    shape = (int(first[both].max()) + 1, int(second[both].max()) + 1)
    cells = np.ravel_multi_index((first[both], second[both]), shape)
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    return counts[counts.any(axis=1)][:, counts.any(axis=0)]


def measure_v(counts: NDArray[np.float64]) -> float:
    """Return the corrected Cramér's V of a table of counts, shape (k, m).

    Examples
    --------
    >>> round(measure_v(np.array([[40.0, 10.0], [10.0, 40.0]])), 2)
    0.59
    """
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    phi = float(((counts - expected) ** 2 / expected).sum()) / float(counts.sum())
    return correct_v(phi, int(counts.sum()), (counts.shape[0], counts.shape[1]))


def _test_mixed(evidence: Evidence) -> list[Claim]:
    """Test every number against every category by its ranks."""
    found = []
    for number, values in evidence.numbers.items():
        every, known_value = evidence.ranks[number], ~np.isnan(values)
        levels, counts = evidence.distinct[number]
        away = known_value & (values != levels[counts.argmax()])
        for category, codes in evidence.groups.items():
            known = known_value & (codes >= 0)
            own = pack_codes(codes[known])
            if known.sum() < MIN_ROWS or own.max(initial=0) == 0 or np.ptp(values[known]) == 0:
                continue
            # Ranks of a part are not a part of the ranks: they are taken anew only where the category has gaps.
            ranks = every[known] if known.sum() == known_value.sum() else rank_part(every[known])
            whole = rank_statistic(ranks, own)
            test = len(ranks), weigh_groups(ranks, own, away[known], whole)
            found.append(_record(evidence, (number, category), EPSILON, scale_epsilon(*whole, len(ranks)), test))
    return found


def measure_epsilon(ranks: NDArray[np.float64], codes: NDArray[np.intp]) -> float:
    """Return epsilon squared of ranks by group, both of shape (n,).

    Examples
    --------
    >>> round(measure_epsilon(np.arange(1.0, 7.0), np.array([0, 0, 0, 1, 1, 1])), 3)
    0.714
    """
    return scale_epsilon(*rank_statistic(ranks, codes), len(ranks))


def scale_epsilon(statistic: float, freedom: int, n: int) -> float:
    """Return epsilon squared from Kruskal and Wallis's H, its degrees of freedom and the rows."""
    return float(np.clip((statistic - freedom) / max(1, n - freedom - 1), 0, 1))
