"""Ratio metrics (clicks per view, revenue per order) when the unit of randomisation is the user, by the delta method.

Views of one user go together, so the rows are not independent: the variance of a ratio must be taken over users. It is
that of the residual ``numerator − ratio × denominator`` per user, divided by the squared mean of the denominator.

Method: A. Deng, U. Knoblich and J. Lu 2018, Applying the delta method in metric analytics, https://arxiv.org/abs/1803.06336.

Left out: more than one level of clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.experimentation.ab_testing.estimates import Sided, Verdict, check_count, make_verdict
from core.experimentation.ab_testing.lift import Mean
from core.hub.errors import DataError


@dataclass(frozen=True, slots=True)
class Ratio:
    """An arm's ratio: units, sum of numerators over sum of denominators, and the variance of that."""

    n: int
    value: float
    squared_error: float

    @property
    def mean(self) -> Mean:
        """The ratio as an estimate with its variance."""
        return Mean(self.value, self.squared_error)


def find_ratio(numerators: np.ndarray, denominators: np.ndarray) -> Ratio:
    """Estimate an arm's ratio and its variance over units.

    Parameters
    ----------
    numerators, denominators : arrays of shape (n_units,)
        Sums of one unit each; denominators not negative.

    Raises
    ------
    DataError
        If there are fewer than two units, or the denominators sum to nothing.

    Examples
    --------
    >>> found = find_ratio(np.array([1.0, 0.0, 4.0, 1.0]), np.array([2.0, 1.0, 5.0, 4.0]))
    >>> found.value, round(found.squared_error, 6)
    (0.5, 0.032407)
    """
    y, x = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    check_count(len(y), "an arm")
    if (x < 0).any() or not x.sum() > 0:
        message = "the denominators of an arm sum to 0 or hold a negative number; choose a column that counts something"
        raise DataError(message)
    value = float(y.sum() / x.sum())
    residuals = y - value * x
    variance = float((residuals**2).sum()) / (len(y) - 1) / len(y) / float(x.mean()) ** 2
    return Ratio(len(y), value, variance)


def ratio_test(first: Ratio, second: Ratio, level: float = 0.95, sided: Sided = "two-sided") -> Verdict:
    """Compare two ratios over independent units by the normal.

    Examples
    --------
    >>> found = ratio_test(Ratio(400, 0.5, 0.0004), Ratio(400, 0.4, 0.0005))
    >>> round(found.effect, 3), round(found.statistic, 4)
    (0.1, 3.3333)
    """
    error = float(np.sqrt(first.squared_error + second.squared_error))
    return make_verdict("ratio, delta method", first.value - second.value, error, level=level, sided=sided)
