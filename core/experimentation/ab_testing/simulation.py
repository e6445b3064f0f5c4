"""Simulated trials that show whether the promises hold: false positives, coverage, power, and what CUPED takes out.

A/A trials have no effect, so every finding is false; A/B trials have a known one, so it can be seen how often an
interval holds it. Whole trials are drawn as counts or sums where those are all that a method uses (binomial counts are
exact, not an approximation), so that tens of thousands take a second. Everything is seeded.

Left out: trials with drift over time or with interference between units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.experimentation.ab_testing.anytime import find_reach
from core.experimentation.ab_testing.estimates import find_critical
from core.experimentation.ab_testing.sequential import equal_times, find_bounds, find_spending_bounds

Monitoring = Literal["one look", "O'Brien–Fleming", "Pocock", "linear", "anytime"]
MONITORINGS: tuple[str, ...] = get_args(Monitoring)
PEEKING = "z-test at every look"
UNITS_A_LOOK, BASE_SHARE = 200, 0.1


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A promise as it was simulated: ``hits`` of ``n`` trials, what was promised, and by which method.

    Parameters
    ----------
    metric : str
        ``false_positive_rate``, ``coverage_95``, ``power`` or ``variance_reduction``.
    value, low, high : float
        The share with its 95% Wilson interval, or the reduction with its own.
    baseline, baseline_value
        What it is held against.
    """

    metric: str
    method: str
    value: float
    low: float
    high: float
    n: int
    baseline: str
    baseline_value: float


def count_share(metric: str, method: str, hits: int, n: int, against: tuple[str, float]) -> Guarantee:
    """Write a share of simulated trials with its interval.

    Examples
    --------
    >>> found = count_share("coverage_95", "Welch t", 950, 1000, ("asked", 0.95))
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.95, 0.935, 0.962)
    """
    low, high = wilson_interval(hits, n)
    return Guarantee(metric, method, hits / n, low, high, n, *against)


def simulate_looks(n_trials: int, n_looks: int, seed: int, rise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw trials of two shares that are looked at again and again.

    Parameters
    ----------
    n_trials, n_looks : int
        Each look sees 200 more units in each arm; the base share is 0.1.
    rise : float
        How much larger the first arm's share is; 0 makes A/A trials.

    Returns
    -------
    z : array of shape (n_trials, n_looks)
        The statistic of the pooled share so far.
    n : array of shape (n_looks,)
        Units of both arms so far.

    Examples
    --------
    >>> z, n = simulate_looks(2000, 30, seed=0)
    >>> z.shape, int(n[-1]), round(float((np.abs(z) > 1.96).any(axis=1).mean()), 2)
    ((2000, 30), 12000, 0.29)
    """
    rng = np.random.default_rng(seed)
    drawn = [rng.binomial(UNITS_A_LOOK, BASE_SHARE + up, size=(n_trials, n_looks)) for up in (rise, 0.0)]
    first, second = (np.cumsum(each, axis=1) for each in drawn)
    n_arm = UNITS_A_LOOK * np.arange(1, n_looks + 1)
    pooled = (first + second) / (2 * n_arm)
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * 2 / n_arm)
    return (first - second) / n_arm / error, 2 * n_arm


def find_limits(n: np.ndarray, alpha: float, monitoring: str) -> np.ndarray:
    """Return the critical |z| of each look under a way of monitoring; the peeking z-test uses one look's at all.

    Examples
    --------
    >>> find_limits(np.array([100.0, 200.0]), 0.05, "Pocock").round(3).tolist()
    [2.157, 2.201]
    """
    one = find_critical(1 - alpha, np.inf, "two-sided")
    if monitoring == PEEKING:
        return np.full(len(n), one)
    if monitoring == "one look":
        return np.concatenate([np.full(len(n) - 1, np.inf), [one]])
    if monitoring == "anytime":
        return find_reach(n, alpha)
    if monitoring == "O'Brien–Fleming classical":
        return find_bounds(len(n), "O'Brien–Fleming", alpha)
    return find_spending_bounds(equal_times(len(n)), alpha, monitoring)  # type: ignore[arg-type]


def measure_false_positives(n_trials: int, n_looks: int, alpha: float, seed: int) -> tuple[Guarantee, ...]:
    """Count A/A trials in which a way of monitoring ever finds something; all ways see the same trials.

    Examples
    --------
    >>> found = {each.method: each.value for each in measure_false_positives(4000, 30, 0.05, 0)}
    >>> found["anytime"] <= 0.05, 0.25 < found[PEEKING] < 0.31
    (True, True)
    """
    z, n = simulate_looks(n_trials, n_looks, seed)
    hits = {name: _count_hits(z, n, alpha, name) for name in (*MONITORINGS, PEEKING)}
    peeking = (PEEKING, hits[PEEKING] / n_trials)
    order = ("anytime", "O'Brien–Fleming", "Pocock", "linear", "one look", PEEKING)
    return tuple(count_share("false_positive_rate", name, hits[name], n_trials, peeking) for name in order)


def _count_hits(z: np.ndarray, n: np.ndarray, alpha: float, monitoring: str) -> int:
    """Count the trials that cross the limits at any look."""
    return int((np.abs(z) > find_limits(n, alpha, monitoring)).any(axis=1).sum())


def measure_power(n_trials: int, n_looks: int, alpha: float, seed: int, rise: float = 0.015) -> tuple[Guarantee, ...]:
    """Count A/B trials in which each way finds the effect; the baseline is one look at the end."""
    z, n = simulate_looks(n_trials, n_looks, seed, rise)
    hits = {name: _count_hits(z, n, alpha, name) for name in MONITORINGS}
    against = ("one look", hits["one look"] / n_trials)
    return tuple(count_share("power", name, hits[name], n_trials, against) for name in MONITORINGS)


Draw = Callable[[np.random.Generator, int], np.ndarray]
"""Draws trials and tells of each whether its 95% interval held the truth, shape (n_trials,)."""


def hold_welch(rng: np.random.Generator, n_trials: int) -> np.ndarray:
    """Tell whether Welch's interval held the difference of two skewed means (gamma, 150 and 250 units)."""
    from scipy.special import stdtrit

    n, shapes = np.array([150, 250]), (4.0, 2.0)
    means, errors = np.empty((2, n_trials)), np.empty((2, n_trials))
    for arm, (size, shape) in enumerate(zip(n, shapes, strict=True)):
        values = rng.standard_gamma(shape, size=(n_trials, int(size)), dtype=np.float32)
        means[arm], errors[arm] = values.mean(axis=1), values.var(axis=1, ddof=1) / size
    df = errors.sum(axis=0) ** 2 / (errors[0] ** 2 / (n[0] - 1) + errors[1] ** 2 / (n[1] - 1))
    reach = stdtrit(df, 0.975) * np.sqrt(errors.sum(axis=0))
    return np.asarray(np.abs(means[0] - means[1] - (shapes[0] - shapes[1])) <= reach)


def hold_newcombe(rng: np.random.Generator, n_trials: int) -> np.ndarray:
    """Tell whether Newcombe's interval held the difference of two shares (0.13 and 0.1 of 2,000 units)."""
    n, shares, z = 2_000, (0.13, 0.1), find_critical(0.95, np.inf, "two-sided")
    p, low, high = [], [], []
    for share in shares:
        found = rng.binomial(n, share, size=n_trials) / n
        middle, spread = found + z**2 / (2 * n), z * np.sqrt(found * (1 - found) / n + z**2 / (4 * n**2))
        p.append(found)
        low.append((middle - spread) / (1 + z**2 / n))
        high.append((middle + spread) / (1 + z**2 / n))
    gap, truth = p[0] - p[1], shares[0] - shares[1]
    down, up = np.hypot(p[0] - low[0], high[1] - p[1]), np.hypot(high[0] - p[0], p[1] - low[1])
    return np.asarray((gap - down <= truth) & (truth <= gap + up))


def hold_lift(rng: np.random.Generator, n_trials: int) -> np.ndarray:
    """Tell whether the delta method's interval held the lift of a share (0.13 over 0.1 of 4,000 units)."""
    n, shares, z = 4_000, (0.13, 0.1), find_critical(0.95, np.inf, "two-sided")
    first, second = (rng.binomial(n, share, size=n_trials) / n for share in shares)
    ratio = first / second
    error = np.sqrt(first * (1 - first) + ratio**2 * second * (1 - second)) / np.sqrt(n) / second
    return np.asarray(np.abs(ratio - shares[0] / shares[1]) <= z * error)


def hold_ratio(rng: np.random.Generator, n_trials: int) -> np.ndarray:
    """Tell whether the delta method held the difference of clicks per view over users (500 in each arm)."""
    n, z = 500, find_critical(0.95, np.inf, "two-sided")
    values, errors = [], []
    for _ in range(2):
        views = 1 + rng.poisson(4.0, size=(n_trials, n))
        # Each user has a share of their own, so the views of one go together.
        clicks = rng.binomial(views, rng.beta(2.0, 6.0, size=(n_trials, n)))
        ratio = clicks.sum(axis=1) / views.sum(axis=1)
        residuals = clicks - ratio[:, None] * views
        values.append(ratio)
        errors.append((residuals**2).sum(axis=1) / (n - 1) / n / views.mean(axis=1) ** 2)
    return np.asarray(np.abs(values[0] - values[1]) <= z * np.sqrt(errors[0] + errors[1]))


def hold_rows(rng: np.random.Generator, n_trials: int) -> np.ndarray:
    """Tell whether the interval that takes the views as independent held it: the wrong unit, for comparison."""
    n, z = 500, find_critical(0.95, np.inf, "two-sided")
    values, errors = [], []
    for _ in range(2):
        views = 1 + rng.poisson(4.0, size=(n_trials, n))
        clicks = rng.binomial(views, rng.beta(2.0, 6.0, size=(n_trials, n)))
        ratio = clicks.sum(axis=1) / views.sum(axis=1)
        values.append(ratio)
        errors.append(ratio * (1 - ratio) / views.sum(axis=1))
    return np.asarray(np.abs(values[0] - values[1]) <= z * np.sqrt(errors[0] + errors[1]))


COVERAGES: Mapping[str, Draw] = {
    "Welch t": hold_welch,
    "Newcombe": hold_newcombe,
    "lift, delta method": hold_lift,
    "ratio, delta method": hold_ratio,
}
BLOCK_TRIALS = 2_000


def measure_coverage(method: str, n_trials: int, seed: int) -> Guarantee:
    """Count the trials whose 95% interval held the truth.

    Examples
    --------
    >>> found = measure_coverage("Newcombe", 20_000, 0)
    >>> 0.945 < found.value < 0.955
    True
    """
    hold, rng, held = COVERAGES[method], np.random.default_rng(seed), 0
    for start in range(0, n_trials, BLOCK_TRIALS):
        held += int(hold(rng, min(BLOCK_TRIALS, n_trials - start)).sum())
    return count_share("coverage_95", method, held, n_trials, ("asked", 0.95))


@dataclass(frozen=True, slots=True, eq=False)
class CupedTrials:
    """Estimates of the effect in many trials, plain and adjusted, shape (n_trials,), and the reductions within each."""

    plain: np.ndarray
    adjusted: np.ndarray
    reductions: np.ndarray
    effect: float
    correlation: float

    @property
    def guarantee(self) -> Guarantee:
        """The mean reduction of variance with its interval, held against the squared correlation."""
        value = float(self.reductions.mean())
        reach = 1.96 * float(self.reductions.std(ddof=1)) / np.sqrt(len(self.reductions))
        name = f"CUPED, correlation {self.correlation:g}"
        square = self.correlation**2
        return Guarantee("variance_reduction", name, value, value - reach, value + reach, len(self.plain), "ρ²", square)


def simulate_cuped(n_trials: int, correlation: float, seed: int, effect: float = 0.2, n_arm: int = 200) -> CupedTrials:
    """Draw trials with a covariate of known correlation and adjust each by it.

    Examples
    --------
    >>> found = simulate_cuped(1000, 0.7, seed=0)
    >>> round(found.guarantee.value, 2), round(float(found.adjusted.mean()), 2)
    (0.48, 0.2)
    """
    rng = np.random.default_rng(seed)
    plain, adjusted, reductions = (np.empty(n_trials) for _ in range(3))
    for start in range(0, n_trials, BLOCK_TRIALS):
        rows = slice(start, min(start + BLOCK_TRIALS, n_trials))
        x = rng.standard_normal((rows.stop - start, 2, n_arm))
        y = correlation * x + np.sqrt(1 - correlation**2) * rng.standard_normal(x.shape)
        y[:, 0] += effect
        inside_x, inside_y = (each - each.mean(axis=(1, 2), keepdims=True) for each in (x, y))
        cross, square = (inside_x * inside_y).sum(axis=(1, 2)), (inside_x**2).sum(axis=(1, 2))
        gap_x, gap_y = (each[:, 0].mean(axis=1) - each[:, 1].mean(axis=1) for each in (x, y))
        plain[rows] = gap_y
        adjusted[rows] = gap_y - cross / square * gap_x
        reductions[rows] = cross**2 / square / (inside_y**2).sum(axis=(1, 2))
    return CupedTrials(plain, adjusted, reductions, effect, correlation)
