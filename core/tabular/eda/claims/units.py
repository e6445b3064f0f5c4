"""Numbers of which a part stands in another unit: the same quantity times 10, 1,000 or 2.54.

Each positive column is predicted, in logarithms, from the others by a robust line (Tukey's bisquare weights, Beaton &
Tukey 1974, https://doi.org/10.1080/00401706.1974.10489171). Rows in another unit leave residuals in a heap of their own
at the logarithm of the factor, with hardly a row between. Heaps that the other columns explain, such as the small
petals of setosa, leave no such residual.

Left out: factors close to 1 beside the spread of the column (yards and metres), and more than a third of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.ranks import rank_values
from core.tabular.eda.claims.writing import Finding, claim_share

FACTORS = (10.0, 100.0, 1000.0, 2.54, 2.2046, 3.2808, 1.6093, 12.0, 60.0, 1e4, 1e6)
SAMPLE_ROWS = 3_000
MIN_ROWS, MIN_DISTINCT = 30, 8
POSITIVE_SHARE = 0.9
MAX_LEVELS = 10
MIN_HIT, MAX_SHARE = 4, 0.35
MIN_HIT_SHARE, MIN_HIT_SHARE_SMALL = 0.01, 0.03
CLEAR, CLEAR_SMALL = 5.0, 7.0  # the heaps lie this many deviations apart at least; small factors further
SMALL = 5.0
BETWEEN_SHARE = 0.15  # rows between the heaps, beside the rows in the smaller one
N_STEPS = 8
BISQUARE = 4.685  # 95% efficiency under normal errors


@dataclass(frozen=True, slots=True)
class Heap:
    """The rows in another unit: the factor, how many, and the deviations that part them from the rest."""

    factor: float
    n_hit: int
    n: int
    distance: float


def find_units(evidence: Evidence) -> list[Claim]:
    """Search every positive number column for rows in another unit."""
    place = _draw(evidence)
    numbers = {name: values[place] for name, values in evidence.numbers.items()}
    groups = {name: codes[place] for name, codes in evidence.groups.items()}
    design, owners = make_design(numbers, groups)
    found = []
    for name, values in numbers.items():
        known = values > 0
        if not _is_quantity(values):
            continue
        used = np.flatnonzero([owner != name for owner in owners])[: max(2, len(values) // 8)]
        heap = find_heap(fit_residuals(design[np.ix_(known, used)], np.log(values[known])))
        if heap is not None:
            found.append(_write(evidence, name, heap))
    return found


def _is_quantity(values: NDArray[np.float64]) -> bool:
    """Tell whether a column is positive in nine of ten rows and has enough different values."""
    n_positive, n_known = int((values > 0).sum()), int((~np.isnan(values)).sum())
    return n_positive >= max(MIN_ROWS, POSITIVE_SHARE * n_known) and len(np.unique(values)) >= MIN_DISTINCT


def _draw(evidence: Evidence) -> NDArray[np.intp]:
    """Choose the rows of the sample that are fitted."""
    n = len(evidence.rows)
    if n <= SAMPLE_ROWS:
        return np.arange(n)
    return np.random.default_rng(evidence.seed).choice(n, SAMPLE_ROWS, replace=False)


def make_design(
    numbers: dict[str, NDArray[np.float64]], groups: dict[str, NDArray[np.intp]]
) -> tuple[NDArray[np.float64], list[str]]:
    """Return all columns as predictors: ranks of numbers (−1 to 1, missing 0), levels of categories as switches.

    Ranks bound the pull of any one value, so that a wrong unit elsewhere does not bend the line.

    Returns
    -------
    design : array of float, shape (n_rows, n_predictors)
        The first column is all ones.
    owners : list of str
        The column that each predictor comes from, empty for the first.
    """
    n_rows = len(next(iter((*numbers.values(), *groups.values())), ()))
    parts, owners = [np.ones(n_rows)], [""]
    for name, values in numbers.items():
        ranks = rank_values(values)
        parts.append(np.nan_to_num(2 * ranks / max(1.0, float(np.nanmax(ranks))) - 1))
        owners.append(name)
    for name, codes in groups.items():
        switches = [(codes == level).astype(float) for level in range(1, min(MAX_LEVELS, int(codes.max()) + 1))]
        parts.extend(switches)
        owners.extend([name] * len(switches))
    return np.column_stack(parts), owners


def fit_residuals(design: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit a robust line and return the residuals, shape (n,).

    Examples
    --------
    >>> x = np.column_stack([np.ones(40), np.arange(40.0)])
    >>> y = np.arange(40.0); y[3] = 100.0
    >>> bool(np.isclose(fit_residuals(x, y)[3], 97.0))
    True
    """
    residuals = y - np.median(y)
    for _ in range(N_STEPS):
        scale = max(1.4826 * float(np.median(np.abs(residuals - np.median(residuals)))), 1e-9)
        weights = np.clip(1 - (residuals / (BISQUARE * scale)) ** 2, 0, None)
        weighted = design * weights[:, None]
        normal = weighted.T @ weighted  # BLAS works out one half of a product with its own transpose
        normal[np.diag_indices_from(normal)] += 1e-8 * max(1.0, float(np.trace(normal)) / len(normal))
        residuals = y - design @ np.linalg.solve(normal, design.T @ (weights**2 * y))
    return residuals - np.median(residuals)


def find_heap(residuals: NDArray[np.float64]) -> Heap | None:
    """Find a second heap of residuals at the logarithm of a known factor.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> residuals = rng.normal(0, 0.1, 200); residuals[:20] += np.log(10)
    >>> find_heap(residuals).factor, find_heap(residuals).n_hit
    (10.0, 20)
    """
    scale = max(1.4826 * float(np.median(np.abs(residuals))), 1e-3)
    heaps = [_weigh_heap(residuals, factor, scale) for factor in (*FACTORS, *(1 / each for each in FACTORS))]
    return max((heap for heap in heaps if heap is not None), key=lambda heap: heap.n_hit, default=None)


def _weigh_heap(residuals: NDArray[np.float64], factor: float, scale: float) -> Heap | None:
    """Return the heap of residuals at one factor, if it is one: enough rows, centred, and clear on both sides."""
    n, centre = len(residuals), float(np.log(factor))
    is_small = abs(centre) < np.log(SMALL)
    distance = abs(centre) / scale
    width = min(0.35 * abs(centre), 3 * scale + 0.02)
    hit = np.abs(residuals - centre) < width
    along = residuals * np.sign(centre)
    n_hit = int(hit.sum())
    n_between = int(((along > 0.35 * abs(centre)) & (along < abs(centre) - width)).sum())  # a third of the way
    n_beyond = int((along >= abs(centre) + width).sum())
    least = MIN_HIT_SHARE_SMALL if is_small else MIN_HIT_SHARE
    if not max(MIN_HIT, least * n) <= n_hit <= MAX_SHARE * n or distance < (CLEAR_SMALL if is_small else CLEAR):
        return None
    clear = max(n_between, n_beyond) <= BETWEEN_SHARE * n_hit
    centred = abs(float(np.median(residuals[hit])) - centre) < max(0.6 * scale, 0.03)
    return Heap(factor, n_hit, n, distance) if clear and centred else None


def _write(evidence: Evidence, name: str, heap: Heap) -> Claim:
    """Say which part of a column is in another unit."""
    how, factor = ("larger", heap.factor) if heap.factor > 1 else ("smaller", 1 / heap.factor)
    sentence = (
        f"{heap.n_hit:,} of {heap.n:,} rows ({share_of(heap.n_hit, heap.n)}) of {cut(name)} are about {factor:g} times "
        f"{how} than the other columns let expect: they are probably written in another unit."
    )
    found = Finding(
        "unit_mixup",
        "problem",
        (name,),
        sentence,
        heap.n_hit,
        heap.n,
        "residuals of a robust line (bisquare) in logarithms",
        figures=(("factor", factor), ("percent", 100 * heap.n_hit / heap.n)),
    )
    return claim_share(evidence, found)
