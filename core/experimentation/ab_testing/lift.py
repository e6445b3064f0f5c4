"""Lift: how much the first arm's mean lies above the second's, as a share of the second's.

A ratio of two means is not normal where the lower one is uncertain. The delta method takes a straight line at the
estimate, good when the second mean is many standard errors from zero; E. C. Fieller 1954,
https://doi.org/10.1111/j.2517-6161.1954.tb00159.x, solves for the ratio exactly for normal means and says
when no bounded interval exists.

Left out: lift of medians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from core.experimentation.ab_testing.estimates import (
    Sided,
    check_level,
    cut_interval,
    find_critical,
    find_tails,
)
from core.hub.errors import DataError

LiftMethod = Literal["delta", "Fieller"]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean (or share, or ratio) with the variance of its estimate."""

    value: float
    squared_error: float


@dataclass(frozen=True, slots=True)
class Lift:
    """A lift as a share: 0.1 is 10% more; the ends are infinite where the data leave them open."""

    value: float
    low: float
    high: float
    p_value: float
    method: LiftMethod
    level: float
    sided: Sided = "two-sided"


def find_lift(
    first: Mean,
    second: Mean,
    level: float = 0.95,
    sided: Sided = "two-sided",
    method: LiftMethod = "Fieller",
) -> Lift:
    """Estimate the lift of the first mean over the second, with its interval.

    Parameters
    ----------
    first, second : Mean
        Independent; the second is the base and must not be zero.
    method : str
        ``delta`` or ``Fieller``; they agree where the base is well known.

    Raises
    ------
    DataError
        If the base is zero.

    Examples
    --------
    >>> arms = Mean(0.25, 0.25 * 0.75 / 1000), Mean(0.2, 0.2 * 0.8 / 1000)
    >>> found = find_lift(*arms, method="delta"), find_lift(*arms)
    >>> [round(end, 3) for each in found for end in (each.low, each.high)]
    [0.045, 0.455, 0.062, 0.477]
    """
    check_level(level)
    if second.value == 0:
        message = "the mean of the control arm is 0, so nothing can be a share of it; read the difference instead"
        raise DataError(message)
    value = first.value / second.value - 1
    error = math.sqrt(first.squared_error + (value + 1) ** 2 * second.squared_error)
    if not error > 0:
        message = "the metric has one and the same value in both arms; choose a metric that varies"
        raise DataError(message)
    z = (first.value - second.value) / math.sqrt(first.squared_error + second.squared_error)
    p_value = find_tails(math.copysign(z, z * second.value), math.inf, sided)
    critical = find_critical(level, math.inf, sided)
    if method == "delta":
        reach = critical * error / abs(second.value)
        low, high = value - reach, value + reach
    else:
        low, high = _solve_fieller(first, second, critical)
    low, high = cut_interval(low, high, sided)
    return Lift(value, low, high, p_value, method, level, sided)


def _solve_fieller(first: Mean, second: Mean, critical: float) -> tuple[float, float]:
    """Solve (first − r · second)² = c² (v₁ + r² v₂) for r; open where the base may be zero."""
    square = critical**2
    a = second.value**2 - square * second.squared_error
    b = first.value * second.value
    c = first.value**2 - square * first.squared_error
    inside = b * b - a * c
    if a <= 0 or inside < 0:
        return -math.inf, math.inf
    root = math.sqrt(inside)
    return (b - root) / a - 1, (b + root) / a - 1
