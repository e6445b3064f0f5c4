"""Columns that are nearly the product or the sum of two others: total_charges ≈ tenure × monthly_charges.

R squared is taken against the identity itself, with no fitted slope, and bounded by a seeded bootstrap of rows. A pair
must explain what neither column explains alone: at most a quarter of the rest that the better one leaves.

Left out: identities of more columns, and slopes other than 1.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence

MIN_R2 = 0.97
REST_TIMES = 0.25
SEARCH_ROWS = 2_000
BOUND_ROWS = 5_000
N_RESAMPLES = 200
MIN_ROWS = 30


def find_nearly(evidence: Evidence, names: tuple[str, ...], values: NDArray[np.float64]) -> list[Claim]:
    """Search all triples of columns for c ≈ a × b and c ≈ a + b."""
    complete = values[~np.isnan(values).any(axis=1)]
    if len(names) < 3 or len(complete) < MIN_ROWS:  # noqa: PLR2004  # three columns
        return []
    if len(complete) > SEARCH_ROWS:
        chosen = np.random.default_rng(evidence.seed).choice(len(complete), SEARCH_ROWS, replace=False)
        complete = complete[chosen]
    best: dict[int, tuple[float, tuple[int, int], str]] = {}
    alone = np.square(np.corrcoef(complete.T)) - np.eye(len(names))
    total = np.square(complete - complete.mean(axis=0)).sum(axis=0)
    for a, b in combinations(range(len(names)), 2):
        for how, made in (("×", complete[:, a] * complete[:, b]), ("+", complete[:, a] + complete[:, b])):
            scores = 1 - np.square(complete - made[:, None]).sum(axis=0) / total
            limit = 1 - REST_TIMES * (1 - np.maximum(alone[a], alone[b]))
            for c in np.flatnonzero((scores >= MIN_R2) & (scores >= limit)).tolist():
                if c not in {a, b} and scores[c] > best.get(c, (0.0,))[0]:
                    best[c] = (float(scores[c]), (a, b), how)
    found: dict[frozenset[int], Claim] = {}
    for c, (_, (a, b), how) in best.items():
        found.setdefault(frozenset((a, b, c)), _write(evidence, names, values, (c, a, b), how))
    return list(found.values())


def score_identity(values: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    """Return R squared of a column against what it should be.

    Examples
    --------
    >>> score_identity(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
    1.0
    """
    return float(1 - np.square(values - made).sum() / np.square(values - values.mean()).sum())


def _write(
    evidence: Evidence, names: tuple[str, ...], values: NDArray[np.float64], places: tuple[int, int, int], how: str
) -> Claim:
    """Say that a column is nearly the product or sum of two, with a bootstrap interval."""
    c, a, b = places
    known = values[:, [c, a, b]]
    known = known[~np.isnan(known).any(axis=1)]
    made = known[:, 1] * known[:, 2] if how == "×" else known[:, 1] + known[:, 2]
    value, n = score_identity(known[:, 0], made), len(known)
    rng = np.random.default_rng(evidence.seed)
    size = min(n, BOUND_ROWS)
    draws = (rng.integers(0, n, size) for _ in range(N_RESAMPLES))
    scores = np.array([score_identity(known[draw, 0], made[draw]) for draw in draws])
    half = 1.959964 * float(scores.std()) * np.sqrt(size / n)
    low, high = value - half, min(1.0, value + half)
    sentence = (
        f"{cut(names[c])} ≈ {cut(names[a])} {how} {cut(names[b])}: R squared {value:.4f} "
        f"({low:.4f} to {high:.4f}, {evidence.write_rows(n)})."
    )
    return Claim(
        kind="approximate_identity",
        topic="association",
        severity="warning",
        columns=(names[c], names[a], names[b]),
        sentence=sentence,
        effect="R squared",
        value=value,
        low=low,
        high=high,
        n=n,
        method=f"R squared against the identity, bootstrap of rows{evidence.on_sample}",
        figures={"r_squared": value, "low": low, "high": high, "n_rows": float(n)},
    )
