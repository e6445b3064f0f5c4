"""What a test says: an effect with its interval, a statistic and a p-value; and the arithmetic all tests share.

An effect is always the first arm minus the second. Of a one-sided test the interval has one end; the other is infinite.

Left out: the tests themselves (``means``, ``proportions``, ``ranks``, ``resampling``, ``lift``, ``ratios``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.hub.errors import DataError, RecipeError

Sided = Literal["two-sided", "greater", "less"]
SIDES: tuple[str, ...] = get_args(Sided)
LEAST_UNITS = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """One test of two arms.

    Parameters
    ----------
    test : str
        Which test.
    effect : float
        First arm minus second, in the metric's unit (or as the test says).
    low, high : float
        Interval of the effect at ``level``; one end infinite for a one-sided test.
    statistic : float
        t, z, U or chi-square.
    p_value : float
        Chance (0–1) of a statistic as far out if there were no effect.
    df : float
        Degrees of freedom; infinite for a z.
    error : float
        Standard error of the effect; NaN where the test has none.
    """

    test: str
    effect: float
    low: float
    high: float
    statistic: float
    p_value: float
    df: float = math.inf
    error: float = math.nan
    level: float = 0.95
    sided: Sided = "two-sided"

    @property
    def is_significant(self) -> bool:
        """Whether the p-value is at most one minus the level."""
        return self.p_value <= 1 - self.level + 1e-12


@dataclass(frozen=True, slots=True)
class Summary:
    """An arm as a t-test needs it: units, mean and variance (divided by n − 1)."""

    n: int
    mean: float
    variance: float

    @property
    def squared_error(self) -> float:
        """Variance of the mean."""
        return self.variance / self.n


def summarise(values: np.ndarray) -> Summary:
    """Summarise an arm's values.

    Raises
    ------
    DataError
        If there are fewer than two, or one is not finite.

    Examples
    --------
    >>> summarise(np.array([1.0, 2.0, 4.0]))
    Summary(n=3, mean=2.3333333333333335, variance=2.333333333333333)
    """
    numbers = np.asarray(values, dtype=np.float64)
    check_count(len(numbers), "an arm")
    if not np.isfinite(numbers).all():
        message = "an arm holds a value that is missing or infinite; leave such rows out first"
        raise DataError(message)
    return Summary(len(numbers), float(numbers.mean()), float(numbers.var(ddof=1)))


def check_count(n: int, what: str, least: int = LEAST_UNITS) -> None:
    """Refuse an arm with too few units.

    Raises
    ------
    DataError
        With the count, the least and the remedy.
    """
    if n < least:
        message = f"{what} has {n} unit{'' if n == 1 else 's'}; a comparison needs at least {least} in each arm"
        raise DataError(message)


def check_level(level: float, name: str = "level") -> None:
    """Refuse a confidence that is no share between 0 and 1.

    Raises
    ------
    RecipeError
        With the value and its limits.
    """
    if not 0 < level < 1:
        message = f"{name} is {level:g}; it must lie between 0 and 1"
        raise RecipeError(message)


def find_tails(statistic: float, df: float, sided: Sided) -> float:
    """Return the p-value of a t (or, with infinite ``df``, a z).

    Examples
    --------
    >>> round(find_tails(-1.8608134674868526, 17.776473516178488, "two-sided"), 9)
    0.07939414
    """
    from scipy.special import ndtr, stdtr

    tail = ndtr if math.isinf(df) else lambda value: stdtr(df, value)
    if sided == "two-sided":
        return float(min(1.0, 2 * tail(-abs(statistic))))
    return float(tail(-statistic if sided == "greater" else statistic))


def find_critical(level: float, df: float, sided: Sided) -> float:
    """Return how many standard errors an interval reaches.

    Examples
    --------
    >>> round(find_critical(0.95, math.inf, "two-sided"), 6)
    1.959964
    """
    from scipy.special import ndtri, stdtrit

    share = (1 + level) / 2 if sided == "two-sided" else level
    return float(ndtri(share) if math.isinf(df) else stdtrit(df, share))


def cut_interval(low: float, high: float, sided: Sided) -> tuple[float, float]:
    """Open the end of an interval that a one-sided test says nothing of.

    Examples
    --------
    >>> cut_interval(1.0, 2.0, "greater")
    (1.0, inf)
    """
    return (-math.inf if sided == "less" else low), (math.inf if sided == "greater" else high)


def make_verdict(
    test: str, effect: float, error: float, *, df: float = math.inf, level: float = 0.95, sided: Sided = "two-sided"
) -> Verdict:
    """Make the verdict of an effect and its standard error by Student's t or, with infinite ``df``, the normal.

    Raises
    ------
    DataError
        If the standard error is zero: nothing varies, so nothing can be tested.

    Examples
    --------
    >>> found = make_verdict("z", 2.0, 1.0)
    >>> round(found.p_value, 4), round(found.low, 3), round(found.high, 3)
    (0.0455, 0.04, 3.96)
    """
    check_level(level)
    if not error > 0:
        message = "the metric has one and the same value in both arms; choose a metric that varies"
        raise DataError(message)
    reach = find_critical(level, df, sided) * error
    low, high = cut_interval(effect - reach, effect + reach, sided)
    statistic = effect / error
    return Verdict(test, effect, low, high, statistic, find_tails(statistic, df, sided), df, error, level, sided)
