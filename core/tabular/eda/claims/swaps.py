"""Rows in which two columns changed places.

Every row has a distance from the middle of its class, in deviations and with the correlations taken out (Mahalanobis
1936). For each pair of columns the distance is worked out again with the two values exchanged; rows that were far off
and become ordinary are counted. The middle and the correlations come from rows that are not far off themselves.

Left out: columns so alike that an exchange makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share

SAMPLE_ROWS = 5_000
MAX_NUMBERS = 40
KNOWN_SHARE, MIN_DISTINCT, MODE_SHARE = 0.8, 10, 0.3  # a column with a third of zeros has no middle
MIN_ROWS = 30
MIN_HIT, MIN_HIT_SHARE = 3, 0.012
MIN_OFF = 2.0  # both values are odd where they stand, in deviations
MIN_GAIN = 15.0  # drop of the squared distance, in squared deviations
MIN_DROP = 0.6  # and as a share of it
MAX_CLASSES = 10
N_ROUNDS = 4
MAX_FOLLOWING = 0.3  # share of the rows whose next row is marked too, beyond chance


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Rows as deviations from their class: ``z`` (n, k), the class's middle and the precision matrix (k, k)."""

    values: NDArray[np.float64]
    middles: NDArray[np.float64]
    scales: NDArray[np.float64]
    precision: NDArray[np.float64]


def find_swaps(evidence: Evidence) -> list[Claim]:
    """Search every pair of number columns for rows in which they changed places."""
    names = [name for name, values in evidence.numbers.items() if _is_measured(values)][:MAX_NUMBERS]
    if len(names) < 2:  # noqa: PLR2004  # a pair
        return []
    columns = np.column_stack([evidence.numbers[name] for name in names])
    kept = np.flatnonzero(~np.isnan(columns).any(axis=1))
    if len(kept) > SAMPLE_ROWS:
        kept = np.sort(np.random.default_rng(evidence.seed).choice(kept, SAMPLE_ROWS, replace=False))
    if len(kept) < max(MIN_ROWS, 2 * len(names)):
        return []
    codes = _code_classes(evidence)[kept]
    shape = fit_shape(columns[kept], codes)
    limit = max(MIN_HIT, MIN_HIT_SHARE * len(kept))
    best = _keep_best(
        {pair: int(hit.sum()) for pair, hit in mark_swaps(shape).items() if hit.sum() >= limit and not follow(hit)}
    )
    return [_write(evidence, (names[a], names[b]), n, len(kept)) for (a, b), n in best.items()]


def _is_measured(values: NDArray[np.float64]) -> bool:
    """Tell whether a column has enough values to be a measurement, and few gaps."""
    known = values[~np.isnan(values)]
    if len(known) < KNOWN_SHARE * len(values):
        return False
    counts = np.unique(known, return_counts=True)[1]
    return len(counts) >= MIN_DISTINCT and counts.max() <= MODE_SHARE * len(known)


def _code_classes(evidence: Evidence) -> NDArray[np.intp]:
    """Return the class of each sampled row, all one where none is known."""
    target = evidence.table.target
    if target is not None and target in evidence.groups and len(evidence.levels[target]) <= MAX_CLASSES:
        return evidence.groups[target] + 1
    return np.zeros(len(evidence.rows), dtype=np.intp)


def fit_shape(values: NDArray[np.float64], codes: NDArray[np.intp]) -> Shape:
    """Fit middles, scales and correlations on rows that are not far off.

    Parameters
    ----------
    values : array of shape (n, k)
    codes : array of int, shape (n,)
        Class of each row.
    """
    kept = np.ones(len(values), dtype=bool)
    k = values.shape[1]
    middles, scales = np.zeros_like(values), np.ones(k)
    precision: NDArray[np.float64] = np.eye(k)
    for _ in range(N_ROUNDS):
        for code in np.unique(codes):
            own = codes == code
            core = values[own & kept] if (own & kept).sum() > 2 else values[own]  # noqa: PLR2004  # a middle
            middles[own] = np.median(core, axis=0)
        off = values - middles
        scales = np.maximum(1.4826 * np.median(np.abs(off), axis=0), 0.1 * off.std(axis=0) + 1e-12)
        z = off / scales
        inner = np.clip(z[kept], -4, 4)
        precision = np.asarray(np.linalg.inv(np.atleast_2d(np.cov(inner.T)) + 0.02 * np.eye(k)), dtype=np.float64)
        distance = np.einsum("ij,jk,ik->i", z, precision, z)
        kept = distance <= np.quantile(distance, 0.8)
        precision = precision * k / max(float(np.median(distance)), 1e-9)
    return Shape(values, middles, scales, precision)


def follow(hit: NDArray[np.bool_]) -> bool:
    """Tell whether marked rows follow one another, as they do where a series wanders off, and not where cells changed.

    Examples
    --------
    >>> follow(np.arange(100) < 8), follow(np.arange(100) % 12 == 0)
    (True, False)
    """
    n_hit = int(hit.sum())
    return bool((hit[1:] & hit[:-1]).sum() > MAX_FOLLOWING * n_hit + 2 * n_hit**2 / len(hit))


def mark_swaps(shape: Shape) -> dict[tuple[int, int], NDArray[np.bool_]]:
    """Mark for each pair of columns the rows that become ordinary when the two are exchanged, shape (n,) each.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal([0, 10], 1, size=(100, 2)); values[:7] = values[:7, ::-1]
    >>> int(mark_swaps(fit_shape(values, np.zeros(100, dtype=int)))[0, 1].sum())
    6
    """
    z = (shape.values - shape.middles) / shape.scales
    pulled = z @ shape.precision
    distance = (z * pulled).sum(axis=1)
    limit = max(float(np.quantile(distance, 0.85)), 1.5 * float(np.median(distance)))
    found = {}
    for a, b in combinations(range(z.shape[1]), 2):
        step_a = (shape.values[:, b] - shape.values[:, a]) / shape.scales[a]
        step_b = (shape.values[:, a] - shape.values[:, b]) / shape.scales[b]
        p = shape.precision
        change = 2 * (pulled[:, a] * step_a + pulled[:, b] * step_b)
        change += p[a, a] * step_a**2 + 2 * p[a, b] * step_a * step_b + p[b, b] * step_b**2
        swapped = distance + change
        odd = (np.abs(z[:, a]) > MIN_OFF) & (np.abs(z[:, b]) > MIN_OFF)
        hit = odd & (change < -MIN_GAIN) & (swapped < limit) & (change < -MIN_DROP * distance)
        found[a, b] = hit
    return found


def _keep_best(hits: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Keep of pairs that share a column the one with most rows."""
    kept: dict[tuple[int, int], int] = {}
    used: set[int] = set()
    for pair in sorted(hits, key=lambda each: -hits[each]):
        if not used & set(pair):
            kept[pair] = hits[pair]
            used |= set(pair)
    return kept


def _write(evidence: Evidence, names: tuple[str, str], n_hit: int, n: int) -> Claim:
    """Say in how many rows two columns changed places."""
    sentence = (
        f"In {n_hit:,} of {n:,} rows ({share_of(n_hit, n)}) {cut(names[0])} and {cut(names[1])} seem to have changed "
        "places: exchanged, the rows look like all others."
    )
    method = "Mahalanobis distance before and after the exchange"
    figures = (("percent", 100 * n_hit / n),)
    return claim_share(
        evidence, Finding("swapped_columns", "problem", names, sentence, n_hit, n, method, figures=figures)
    )
