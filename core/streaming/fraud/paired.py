"""Who is really better: average precision over the first test week, models in pairs, on resampled customers.

Payments of one customer go together, so customers are drawn with replacement (B. Efron 1979, the bootstrap), the same
ones for every model: what makes a draw hard for both models of a pair then leaves their difference alone. The interval
is of the 2.5th to the 97.5th percentile of the differences, the p-value the share of draws on the other side of zero,
twice, and Holm's correction allows for how many models are compared.

The best model is the one that the validation weeks chose, so no scored payment had a say in which that is.

Left out: how much another week of training would change; the test weeks after the first are shown beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.comparison import ALPHA, show_difference, show_p
from core.evaluation.metrics import open_sentence
from core.evaluation.multiplicity import holm

N_DRAWS = 1_000
SMALLEST = 1e-12
TAIL = 0.025
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """How far the first model of a pair is ahead of the second: average precision, -1 to 1, with its 95% interval."""

    difference: float
    low: float
    high: float
    p_adjusted: float

    @property
    def differs(self) -> bool:
        """Whether the difference is shown, other comparisons allowed for."""
        return self.p_adjusted < ALPHA


def resample_precision(
    fraud: NDArray[np.bool_], customers: NDArray[np.int64], shares: Mapping[str, Floats], seed: int = 0
) -> dict[str, Floats]:
    """Return each model's average precision: of the payments as they are, then of each resample of customers.

    Only frauds add to average precision, each the precision down to its place; payments above that place are counted
    by customer once, and a resample is then a product of matrices.

    Parameters
    ----------
    fraud, customers : arrays of shape (n,)
    shares : mapping of model to array of shape (n,)

    Returns
    -------
    mapping of model to array of shape (1 + 1_000,)
        Draws without a fraud are NaN.

    Examples
    --------
    >>> fraud, cards = np.array([True, False, True, False]), np.array([4, 5, 6, 7])
    >>> found = resample_precision(fraud, cards, {"a": np.array([0.9, 0.1, 0.8, 0.85])})["a"]
    >>> round(float(found[0]), 3), len(found)
    (0.833, 1001)
    """
    names, owners = np.unique(customers, return_inverse=True)
    n = len(names)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), N_DRAWS)
    # whole numbers up to 16 million are exact in single precision, and twice as quick
    weights = np.vstack([np.ones(n), drawn]).astype(np.float32)
    return {name: _weigh_precision(fraud, owners, share, weights) for name, share in shares.items()}


def _weigh_precision(
    fraud: NDArray[np.bool_], owners: NDArray[np.int64], share: Floats, weights: NDArray[np.float32]
) -> Floats:
    """Return average precision under each row of customers' weights, shape (n_draws,)."""
    order = np.argsort(-share, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(share[order])), len(share) - 1)  # equal scores are taken together
    places = np.flatnonzero(fraud[order])
    reach = ends[np.searchsorted(ends, places)]
    of_frauds = weights[:, owners[order][places]].astype(np.float64)
    hits = np.cumsum(of_frauds, axis=1)[:, np.searchsorted(places, reach, side="right") - 1]
    kept, inverse = np.unique(reach, return_inverse=True)
    taken = _count_until(owners[order], kept, weights)[:, inverse]
    totals = of_frauds.sum(axis=1)
    precision = hits / np.maximum(taken, SMALLEST)
    return np.asarray((of_frauds * precision).sum(axis=1) / np.where(totals > 0, totals, np.nan))


def _count_until(owners: NDArray[np.int64], ends: NDArray[np.int64], weights: NDArray[np.float32]) -> Floats:
    """Return the weighted payments from the top down to each end, shape (n_draws, n_ends)."""
    steps = np.searchsorted(ends, np.arange(ends[-1] + 1))
    n_cells = len(ends) * weights.shape[1]
    cells = np.bincount(steps * weights.shape[1] + owners[: len(steps)], minlength=n_cells)
    counts = cells.reshape(len(ends), -1).astype(np.float32)
    return np.cumsum((weights @ counts.T).astype(np.float64), axis=1)


def compare_pairs(found: Mapping[str, Floats], best: str) -> dict[str, Pair]:
    """Compare one model with every other; Holm's correction is over all of these.

    Parameters
    ----------
    found : mapping of model to array of shape (1 + n_draws,)
        As :func:`resample_precision` gives them.

    Examples
    --------
    >>> draws = np.random.default_rng(0).normal(0, 0.01, 201)
    >>> pair = compare_pairs({"a": 0.7 + draws, "b": 0.5 + draws}, "a")["b"]
    >>> round(pair.difference, 2), pair.differs
    (0.2, True)
    """
    others = [name for name in found if name != best]
    gaps = {name: found[best] - found[name] for name in others}
    adjusted = holm([_find_p(gaps[name][1:]) for name in others])
    return {name: _bound(gaps[name], float(p)) for name, p in zip(others, adjusted, strict=True)}


def _find_p(drawn: Floats) -> float:
    """Return the two-sided p-value of differences, never 0."""
    known = drawn[np.isfinite(drawn)]
    sides = ((known <= 0).sum(), (known >= 0).sum())
    return float(min(2 * (1 + min(sides)) / (1 + len(known)), 1.0))


def _bound(gap: Floats, p_adjusted: float) -> Pair:
    """Bound a difference by the percentiles of its draws; the interval always holds the difference itself."""
    low, high = np.nanquantile(gap[1:], (TAIL, 1 - TAIL)).tolist() if np.isfinite(gap[1:]).any() else (-1.0, 1.0)
    value = float(gap[0])
    return Pair(value, min(low, value), max(high, value), p_adjusted)


def tell_pair(best: str, other: str, pair: Pair, ahead: tuple[int, int]) -> str:
    """Say what a comparison shows, and in how many of the test weeks the best was ahead.

    Examples
    --------
    >>> tell_pair("blend", "tree", Pair(0.2, 0.15, 0.26, 0.008), (4, 4))
    'Blend is better than tree: 20.0 points, 95% interval 15.0 to 26.0, p = 0.008; ahead in 4 of 4 weeks'
    >>> tell_pair("blend", "tree", Pair(0.01, -0.02, 0.03, 0.4), (3, 4)).rpartition(";")[2]
    ' blend ahead in 3 of 4 weeks'
    """
    if pair.difference == pair.low == pair.high == 0:
        return open_sentence(f"{other} and {best} have the same average precision")
    ends, weeks = (pair.difference, pair.low, pair.high), f"ahead in {ahead[0]} of {ahead[1]} weeks"
    if not pair.differs:
        verdict, weeks = f"{other} and {best} do not differ measurably", f"{best} {weeks}"
    elif pair.difference > 0:
        verdict = f"{best} is better than {other}"
    else:  # told from the side of the better one
        verdict, ends = f"{other} is better than {best}", (-ends[0], -ends[2], -ends[1])
        weeks = f"ahead in {ahead[1] - ahead[0]} of {ahead[1]} weeks"
    value, low, high = (show_difference(end) for end in ends)
    return open_sentence(f"{verdict}: {value} points, 95% interval {low} to {high}, {show_p(pair.p_adjusted)}; {weeks}")
