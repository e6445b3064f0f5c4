"""How sure a number of a story is: the estimate, its 95% interval and, where one is made, its test.

Shares by Wilson (1927); differences of shares by Newcombe's hybrid score (1998,
https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I) with Fisher's exact test; means by
Welch (1947, https://doi.org/10.1093/biomet/34.1-2.28); r by Fisher's z (1915, https://doi.org/10.1093/biomet/10.4.507);
what was picked among many by the largest deviation of any of them in seeded resamples (J. Romano and M. Wolf 2005,
https://doi.org/10.1198/016214504000000539); anything else by the seeded bootstrap of ``core.evaluation.intervals``.

Left out: claims over a whole table, which correct for having looked everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datasets.association import centre_groups
from core.evaluation.intervals import bootstrap_interval, wilson_interval
from core.hub.errors import DataError

LEVEL = 0.95
N_RESAMPLES = 500
SEED = 0

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effect with its interval: what a claim says of how large and how sure it is."""

    effect: str
    value: float
    low: float
    high: float
    n: int
    method: str
    p: float | None = None


def check_rows(n_rows: int, least: int, what: str) -> None:
    """Refuse to estimate from too few rows.

    Raises
    ------
    DataError
        If there are fewer than ``least``.
    """
    if n_rows < least:
        message = f"{what} has {n_rows} rows; the story needs at least {least}: use the bundled table as it is"
        raise DataError(message)


def find_share(flags: Flags, effect: str = "share of rows") -> Estimate:
    """Estimate the share of rows that are so.

    Examples
    --------
    >>> found = find_share(np.array([True] * 10 + [False] * 10))
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.5, 0.2993, 0.7007)
    """
    check_rows(len(flags), 1, effect)
    low, high = wilson_interval(int(flags.sum()), len(flags), LEVEL)
    return Estimate(effect, float(flags.mean()), low, high, len(flags), "Wilson score interval (1927)")


def compare_shares(first: Flags, second: Flags) -> Estimate:
    """Estimate by how many points one share exceeds another.

    Returns
    -------
    Estimate
        In percentage points, −100 to 100.

    Examples
    --------
    Newcombe's first example, 56 of 70 against 48 of 80, has the interval 5.24 to 33.39.

    >>> found = compare_shares(np.arange(70) < 56, np.arange(80) < 48)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (20.0, 5.24, 33.39)
    """
    from scipy.stats import fisher_exact

    one, two = find_share(first, "the first group"), find_share(second, "the second group")
    gap = one.value - two.value
    low = gap - math.hypot(one.value - one.low, two.high - two.value)
    high = gap + math.hypot(one.high - one.value, two.value - two.low)
    counts = [[int(each.sum()), int((~each).sum())] for each in (first, second)]
    p = float(fisher_exact(counts).pvalue)
    method = "Newcombe's hybrid score interval (1998), Fisher's exact test"
    return Estimate("difference in percentage points", 100 * gap, 100 * low, 100 * high, one.n + two.n, method, p)


def compare_means(first: Numbers, second: Numbers, effect: str) -> Estimate:
    """Estimate by how much one mean exceeds another, in their unit; missing values are left out.

    Examples
    --------
    >>> found = compare_means(np.array([3.0, 4, 5]), np.array([1.0, 2, 3]), "difference of means")
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (2.0, -0.27, 4.27)
    """
    from scipy.stats import ttest_ind

    one, two = first[np.isfinite(first)], second[np.isfinite(second)]
    check_rows(min(len(one), len(two)), 2, "the smaller group")
    test = ttest_ind(one, two, equal_var=False)
    interval = test.confidence_interval(LEVEL)
    value = float(one.mean() - two.mean())
    n = len(one) + len(two)
    return Estimate(effect, value, float(interval.low), float(interval.high), n, "Welch's t (1947)", float(test.pvalue))


def find_mean(values: Numbers) -> Estimate:
    """Estimate a mean by Student's t; missing values are left out.

    Examples
    --------
    >>> round(find_mean(np.array([1.0, 2.0, 3.0])).high, 3)
    4.484
    """
    from core.evaluation.intervals import t_interval

    known = values[np.isfinite(values)]
    check_rows(len(known), 2, "the group")
    low, high = t_interval(known, LEVEL)
    return Estimate("mean", float(known.mean()), low, high, len(known), "Student's t")


def correlate(x: Numbers, y: Numbers, groups: NDArray[np.object_] | None = None) -> Estimate:
    """Estimate Pearson's r, inside the groups where they are given; rows with a gap are left out.

    Inside groups each row first loses the mean of its group, which costs a degree of freedom a group.

    Examples
    --------
    >>> found = correlate(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 2, 3, 5, 4]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.9, 0.086, 0.993)
    """
    from scipy.stats import norm, t

    known = np.isfinite(x) & np.isfinite(y)
    pair = np.column_stack([x[known], y[known]])
    n_groups = 1
    if groups is not None:
        pair, n_groups = centre_groups(pair, groups[known]), len(set(groups[known]))
    freedom = len(pair) - n_groups
    check_rows(freedom - 2, 1, "what a correlation is left with")
    if not np.all(pair.max(axis=0) > pair.min(axis=0)):
        message = "a column of the story holds one value only, so nothing goes with it; use the bundled table as it is"
        raise DataError(message)
    r = float(np.asarray(np.corrcoef(pair, rowvar=False))[0, 1])
    reach = norm.ppf((1 + LEVEL) / 2) / math.sqrt(freedom - 2)
    edge = math.atanh(max(-1 + 1e-15, min(r, 1 - 1e-15)))
    p = float(2 * t.sf(abs(r) * math.sqrt((freedom - 1) / max(1 - r * r, 1e-300)), freedom - 1))
    inside = " inside the groups" if groups is not None else ""
    effect = f"Pearson's r{inside}"
    return Estimate(effect, r, math.tanh(edge - reach), math.tanh(edge + reach), len(pair), "Fisher's z (1915)", p)


def bootstrap(score: Callable[..., float], arrays: Sequence[np.ndarray], effect: str) -> Estimate:
    """Estimate any score of rows by resampling them, seeded.

    Examples
    --------
    >>> bootstrap(np.mean, (np.arange(100.0),), "mean").value
    49.5
    """
    n_rows = len(arrays[0])
    check_rows(n_rows, 2, effect)
    low, high = bootstrap_interval(score, arrays, N_RESAMPLES, SEED, LEVEL)
    method = "bias-corrected bootstrap (Efron 1981), 500 resamples"
    return Estimate(effect, float(score(*arrays)), low, high, n_rows, method)


def bootstrap_pick(score: Callable[[Numbers], Numbers], rows: Numbers, place: int, effect: str) -> Estimate:
    """Estimate one of many scores that was picked after a look at all of them.

    Every resample picks anew the score that is furthest off, in its own standard errors; how far off that is bounds all
    scores at once, so the interval holds whichever was picked.

    Parameters
    ----------
    score : callable
        ``score(rows) -> array of shape (n_scores,)``.
    rows : array of shape (n, ...)
        Resampled whole.
    place : int
        Of the score that was picked.

    Examples
    --------
    >>> rows = np.random.default_rng(1).normal(size=(50, 12))
    >>> means = rows.mean(axis=0)
    >>> found = bootstrap_pick(lambda each: each.mean(axis=0), rows, int(means.argmax()), "largest mean")
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.32, -0.06, 0.71)
    """
    check_rows(len(rows), 2, effect)
    rng = np.random.default_rng(SEED)
    own = score(rows)
    drawn = np.stack([score(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(N_RESAMPLES)])
    errors = drawn.std(axis=0, ddof=1)
    varies = errors > 0
    off = np.abs(drawn - own)[:, varies] / errors[varies]
    half = float(np.quantile(off.max(axis=1, initial=0.0), LEVEL) * errors[place])
    value = float(own[place])
    method = "simultaneous bootstrap interval (Romano and Wolf 2005), 500 resamples"
    return Estimate(effect, value, value - half, value + half, len(rows), method)


def fit_line(x: Numbers, y: Numbers) -> tuple[float, float]:
    """Fit y = slope · x + intercept by least squares.

    Examples
    --------
    >>> [round(part, 6) for part in fit_line(np.array([0.0, 1, 2]), np.array([1.0, 3, 5]))]
    [2.0, 1.0]
    """
    check_rows(len(x), 2, "what a line is fitted to")
    centred = x - x.mean()
    spread = float(centred @ centred)
    if spread == 0:
        message = "a column of the story holds one value only, so no line fits; use the bundled table as it is"
        raise DataError(message)
    slope = float(centred @ (y - y.mean())) / spread
    return slope, float(y.mean() - slope * x.mean())
