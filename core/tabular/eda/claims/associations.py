"""Claims about how two columns go together, every pair tested once.

Two numbers by Spearman's rho, two categories by chi squared and the corrected Cramér's V, a number and a category by
Kruskal & Wallis (1952, https://doi.org/10.1080/01621459.1952.10483441) with epsilon squared (H − k + 1) / (n − k).
Ranks are used so that one far value decides nothing. Every pair is returned with its p; which of them are claimed is
decided over all tests of the table together.

Left out: associations of three columns, and what goes together only inside a group.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut
from core.tabular.eda.claim import Claim, Topic
from core.tabular.eda.claims.effects import bound_noncentral, bound_rho, correct_v
from core.tabular.eda.claims.evidence import Evidence

MIN_ROWS = 10
Pair = tuple[str, str]


def find_associations(evidence: Evidence) -> list[Claim]:
    """Test every pair of number and category columns.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.claims.evidence import make_evidence
    >>> found = find_associations(make_evidence(load_table("iris"), 0, 0.05))
    >>> [(each.columns, round(each.value, 2)) for each in found][5]
    (('petal_length', 'petal_width'), 0.94)
    """
    return [*_test_numbers(evidence), *_test_categories(evidence), *_test_mixed(evidence)]


def _topic(evidence: Evidence, names: Pair) -> Topic:
    """Tell whether a pair speaks of the column to predict."""
    return "target" if evidence.table.target in names else "association"


def _test_numbers(evidence: Evidence) -> list[Claim]:
    """Test every pair of numbers by Spearman's rho."""
    from scipy.stats import rankdata

    ranks = {name: rankdata(values, nan_policy="omit") for name, values in evidence.numbers.items()}
    found = []
    for first, second in combinations(ranks, 2):
        both = ~(np.isnan(ranks[first]) | np.isnan(ranks[second]))
        n = int(both.sum())
        if n >= MIN_ROWS:
            x, y = ranks[first], ranks[second]
            if n < len(both):
                x, y = rankdata(x[both]), rankdata(y[both])
            if np.ptp(x) > 0 and np.ptp(y) > 0:
                found.append(_claim_rho(evidence, (first, second), float(np.corrcoef(x, y)[0, 1]), n))
    return found


def _claim_rho(evidence: Evidence, names: Pair, rho: float, n: int) -> Claim:
    """Write the claim of two numbers."""
    from scipy.stats import t

    rho = float(np.clip(rho, -1, 1))
    low, high = bound_rho(rho, n)
    p = float(2 * t.sf(abs(rho) * np.sqrt((n - 2) / max(1e-300, 1 - rho**2)), n - 2))
    how = "rises" if rho > 0 else "falls"
    sentence = (
        f"{cut(names[0])} {how} with {cut(names[1])}: Spearman's rho {rho:.2f} ({low:.2f} to {high:.2f}, {n:,} rows)."
    )
    return Claim(
        kind="association",
        topic=_topic(evidence, names),
        severity="note",
        columns=names,
        sentence=sentence,
        effect="Spearman's rho",
        value=rho,
        low=low,
        high=high,
        n=n,
        method=f"Spearman's rank correlation, Fisher's z interval{evidence.on_sample}",
        p=p,
        figures={"rho": rho, "low": low, "high": high, "n_rows": float(n)},
    )


def _test_categories(evidence: Evidence) -> list[Claim]:
    """Test every pair of categories by chi squared."""
    found = []
    for first, second in combinations(evidence.groups, 2):
        counts = count_cells(evidence.groups[first], evidence.groups[second])
        if min(counts.shape) > 1 and counts.sum() >= MIN_ROWS:
            found.append(_claim_v(evidence, (first, second), counts))
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


def measure_chi_squared(counts: NDArray[np.float64]) -> tuple[float, float, int]:
    """Return chi squared, its p and its degrees of freedom.

    Examples
    --------
    >>> round(measure_chi_squared(np.array([[10.0, 0.0], [0.0, 10.0]]))[0], 1)
    20.0
    """
    from scipy.stats import chi2

    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return statistic, float(chi2.sf(statistic, freedom)), freedom


def _claim_v(evidence: Evidence, names: Pair, counts: NDArray[np.float64]) -> Claim:
    """Write the claim of two categories."""
    n = int(counts.sum())
    statistic, p, freedom = measure_chi_squared(counts)
    shape = (counts.shape[0], counts.shape[1])
    value = correct_v(statistic / n, n, shape)
    bounds = bound_noncentral(statistic, freedom) if p <= evidence.level else (0.0, 0.0)
    low, high = (correct_v((each + freedom) / n, n, shape) for each in bounds)
    low, high = min(low, value), max(high, value)
    sentence = (
        f"{cut(names[0])} and {cut(names[1])} go together: Cramér's V {value:.2f} "
        f"({low:.2f} to {high:.2f}, {n:,} rows)."
    )
    return Claim(
        kind="association",
        topic=_topic(evidence, names),
        severity="note",
        columns=names,
        sentence=sentence,
        effect="Cramér's V",
        value=value,
        low=low,
        high=high,
        n=n,
        method=f"chi squared, bias-corrected V, non-central interval{evidence.on_sample}",
        p=p,
        figures={"cramers_v": value, "low": low, "high": high, "n_rows": float(n)},
    )


def _test_mixed(evidence: Evidence) -> list[Claim]:
    """Test every number against every category by its ranks."""
    from scipy.stats import rankdata

    found = []
    for number, values in evidence.numbers.items():
        every = rankdata(values, nan_policy="omit")
        for category, codes in evidence.groups.items():
            known = ~np.isnan(values) & (codes >= 0)
            own = np.unique(codes[known], return_inverse=True)[1]
            if known.sum() >= MIN_ROWS and own.max(initial=0) > 0:
                # Ranks of a part are not a part of the ranks: they are taken anew only where the category has gaps.
                whole = known.sum() == (~np.isnan(values)).sum()
                ranks = every[known] if whole else rankdata(values[known])
                found.append(_claim_ranks(evidence, (number, category), ranks, own))
    return found


def measure_ranks(ranks: NDArray[np.float64], codes: NDArray[np.intp]) -> tuple[float, float, int]:
    """Return Kruskal & Wallis's H with its correction for ties, p and degrees of freedom.

    Examples
    --------
    >>> round(measure_ranks(np.arange(1.0, 7.0), np.array([0, 0, 0, 1, 1, 1]))[0], 3)
    3.857
    """
    from scipy.stats import chi2

    counts, sums = np.bincount(codes), np.bincount(codes, ranks)
    centre = ranks.mean()
    between = float((counts * (sums / counts - centre) ** 2).sum())
    total = float(((ranks - centre) ** 2).sum())
    statistic = (len(ranks) - 1) * between / total if total else 0.0
    return statistic, float(chi2.sf(statistic, len(counts) - 1)), len(counts) - 1


def _claim_ranks(evidence: Evidence, names: Pair, ranks: NDArray[np.float64], codes: NDArray[np.intp]) -> Claim:
    """Write the claim of a number and a category."""
    n = len(ranks)
    statistic, p, freedom = measure_ranks(ranks, codes)
    value = float(np.clip((statistic - freedom) / max(1, n - freedom - 1), 0, 1))
    bounds = bound_noncentral(statistic, freedom) if p <= evidence.level else (0.0, 0.0)
    low, high = (float(np.clip(each / n, 0, 1)) for each in bounds)
    low, high = min(low, value), max(high, value)
    sentence = (
        f"{cut(names[0])} differs between the levels of {cut(names[1])}: epsilon squared {value:.2f} "
        f"({low:.2f} to {high:.2f}, {n:,} rows)."
    )
    return Claim(
        kind="association",
        topic=_topic(evidence, names),
        severity="note",
        columns=names,
        sentence=sentence,
        effect="epsilon squared",
        value=value,
        low=low,
        high=high,
        n=n,
        method=f"Kruskal–Wallis, non-central interval{evidence.on_sample}",
        p=p,
        figures={"epsilon_squared": value, "low": low, "high": high, "n_rows": float(n)},
    )
