"""Intervals around a figure: of a share (Wilson), of two (Newcombe), of a mean (Student), of any score (bootstrap).

Method: E. B. Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953, by ``scipy.stats``; the bias-corrected
percentile bootstrap of B. Efron 1981, https://doi.org/10.2307/3314608. The correction matters where the score of a
resample leans to one side, as the calibration error does. The work is kept bounded: with many rows fewer resamples are
drawn, never under 200.

Left out: the acceleration term of BCa, and resampling of whole groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.hub.errors import DataError

N_RESAMPLES = 1_000
LEAST_RESAMPLES = 200
MAX_DRAWS = 10_000_000  # rows × resamples; about two seconds of scoring on one core


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Bound the true share behind ``successes`` of ``n``.

    Parameters
    ----------
    successes, n : int
        0 <= successes <= n, n at least 1.
    level : float
        Confidence in 0–1; raising it widens the interval.

    Raises
    ------
    ValueError
        If the counts or the level are out of range.

    Examples
    --------
    >>> low, high = wilson_interval(10, 20)
    >>> round(low, 7), round(high, 7)
    (0.299298, 0.700702)
    """
    from scipy.stats import binomtest

    interval = binomtest(int(successes), int(n)).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def newcombe_interval(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> tuple[float, float]:
    """Bound the difference of two shares of separate rows (Newcombe 1998, method 10).

    Parameters
    ----------
    first, second : (int, int)
        Successes and rows of each; the second is taken from the first.

    Examples
    --------
    >>> low, high = newcombe_interval((56, 70), (48, 80))
    >>> round(low, 8), round(high, 8)
    (0.05243147, 0.33387265)

    References
    ----------
    R. G. Newcombe 1998, Statistics in Medicine 17, 873-890; its Table II gives 0.0524 to 0.3339 for these counts.
    """
    (low_a, high_a), (low_b, high_b) = (wilson_interval(*each, level) for each in (first, second))
    share_a, share_b = (successes / n for successes, n in (first, second))
    down = float(np.hypot(share_a - low_a, high_b - share_b))
    up = float(np.hypot(high_a - share_a, share_b - low_b))
    return share_a - share_b - down, share_a - share_b + up


def t_interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Bound the mean of independent values by Student's t.

    Raises
    ------
    DataError
        If there are fewer than two values.

    Examples
    --------
    >>> low, high = t_interval([1.0, 2.0, 3.0])
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    from scipy.stats import t

    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size < 2:  # noqa: PLR2004 a spread needs two values
        message = f"the number of values is {numbers.size}; an interval needs at least 2"
        raise DataError(message)
    half = t.ppf((1 + level) / 2, numbers.size - 1) * numbers.std(ddof=1) / np.sqrt(numbers.size)
    return float(numbers.mean() - half), float(numbers.mean() + half)


def count_resamples(n_rows: int, n_resamples: int = N_RESAMPLES) -> int:
    """Say how many resamples are worth drawing for ``n_rows``.

    Examples
    --------
    >>> count_resamples(150), count_resamples(40_000)
    (1000, 250)
    """
    return min(n_resamples, max(LEAST_RESAMPLES, MAX_DRAWS // max(n_rows, 1)))


def draw_weights(n_rows: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Draw how often each row occurs in each bootstrap resample, shape (n_resamples, n_rows).

    A score that takes row weights is then a product of matrices for all resamples at once.

    Examples
    --------
    >>> draw_weights(4, 2, np.random.default_rng(0)).sum(axis=1).tolist()
    [4.0, 4.0]
    """
    drawn = rng.integers(0, n_rows, size=(n_resamples, n_rows))
    drawn += n_rows * np.arange(n_resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=n_resamples * n_rows)
    return counts.reshape(n_resamples, n_rows).astype(np.float64)


def bias_corrected_interval(value: float, resampled: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Read an interval off the scores of bootstrap resamples; it always holds ``value`` itself.

    Parameters
    ----------
    value : float
        The score of the rows as they are.
    resampled : array of shape (n_resamples,)
        Scores of the resamples; those that are not defined (NaN) are left out.

    Examples
    --------
    >>> bias_corrected_interval(0.5, np.linspace(0, 1, 1001))
    (0.025, 0.975)
    """
    from scipy.stats import norm

    scores = resampled[np.isfinite(resampled)]
    if scores.size == 0 or not np.isfinite(value):
        return float(value), float(value)
    below = (np.mean(scores < value) + np.mean(scores <= value)) / 2
    edge = 0.5 / scores.size
    shift = 2 * norm.ppf(np.clip(below, edge, 1 - edge))
    reach = norm.ppf((1 + level) / 2)
    low, high = np.quantile(scores, norm.cdf([shift - reach, shift + reach]))
    return min(float(low), float(value)), max(float(high), float(value))


def bootstrap_interval(
    score: Callable[..., float],
    arrays: Sequence[np.ndarray],
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Bound any score of rows by scoring seeded resamples of them.

    Parameters
    ----------
    score : callable
        ``score(*arrays) -> float``; NaN where a resample leaves it undefined.
    arrays : sequence of arrays of shape (n, ...)
        Resampled together, row by row.
    n_resamples : int
        Raising it steadies the ends of the interval.

    Raises
    ------
    DataError
        If there are fewer than two rows.

    Examples
    --------
    >>> low, high = bootstrap_interval(np.mean, (np.arange(100.0),), seed=1)
    >>> 43 < low < 44.5 and 54.5 < high < 56
    True
    """
    tables = [np.asarray(array) for array in arrays]
    n_rows = len(tables[0])
    if n_rows < 2:  # noqa: PLR2004 one row cannot vary
        message = f"the number of rows is {n_rows}; an interval needs at least 2"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    resampled = np.empty(n_resamples)
    for i in range(n_resamples):
        rows = rng.integers(0, n_rows, size=n_rows)
        resampled[i] = score(*(table[rows] for table in tables))
    return bias_corrected_interval(float(score(*tables)), resampled, level)
