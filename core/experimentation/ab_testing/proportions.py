"""Two shares: the pooled z-test, chi-square, and the intervals of Wald, Newcombe and Agresti–Caffo.

Wald's interval is the textbook's and holds too seldom for small counts; Newcombe's (method 10 of R. G. Newcombe 1998,
https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I) joins two Wilson intervals; A. Agresti
and B. Caffo 2000, https://doi.org/10.1080/00031305.2000.10474560, add one success and one failure to each arm.

Left out: exact tests (Fisher, Barnard).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.evaluation.intervals import newcombe_interval, wilson_interval
from core.experimentation.ab_testing.estimates import (
    Sided,
    Verdict,
    check_level,
    cut_interval,
    find_critical,
    find_tails,
)
from core.hub.errors import DataError

IntervalName = Literal["Newcombe", "Wald", "Agresti–Caffo"]
INTERVALS: tuple[str, ...] = get_args(IntervalName)


@dataclass(frozen=True, slots=True)
class Count:
    """An arm as successes of ``n`` units."""

    successes: int
    n: int

    @property
    def share(self) -> float:
        """Successes over units, 0–1."""
        return self.successes / self.n


def check_counts(*arms: Count) -> None:
    """Refuse counts that cannot be.

    Raises
    ------
    DataError
        If an arm has no unit, or more successes than units.
    """
    for arm in arms:
        if arm.n < 1 or not 0 <= arm.successes <= arm.n:
            message = f"an arm has {arm.successes} successes of {arm.n} units; it needs 1 unit and 0 to all successes"
            raise DataError(message)


def z_test(
    first: Count,
    second: Count,
    level: float = 0.95,
    sided: Sided = "two-sided",
    interval: IntervalName = "Newcombe",
) -> Verdict:
    """Compare two shares by the z of the pooled share; the interval is of the difference.

    Raises
    ------
    DataError
        If the counts cannot be, or all units succeed or all fail.

    Examples
    --------
    >>> found = z_test(Count(250, 1000), Count(200, 1000))
    >>> round(found.statistic, 9), round(found.p_value, 9), round(found.low, 8), round(found.high, 8)
    (2.677397763, 0.007419649, 0.01339597, 0.08645099)
    """
    check_counts(first, second)
    share = (first.successes + second.successes) / (first.n + second.n)
    if share in {0.0, 1.0}:
        message = f"{'every' if share else 'no'} unit of both arms succeeded; choose a metric that varies"
        raise DataError(message)
    error = math.sqrt(share * (1 - share) * (1 / first.n + 1 / second.n))
    effect = first.share - second.share
    low, high = find_interval(first, second, level, sided, interval)
    z = effect / error
    return Verdict("z", effect, low, high, z, find_tails(z, math.inf, sided), math.inf, error, level, sided)


def find_interval(
    first: Count, second: Count, level: float = 0.95, sided: Sided = "two-sided", name: IntervalName = "Newcombe"
) -> tuple[float, float]:
    """Bound the difference of two shares.

    Parameters
    ----------
    name : str
        ``Newcombe`` holds well for all counts; ``Wald`` is the textbook's; ``Agresti–Caffo`` is Wald's on 4 more units.

    Examples
    --------
    >>> for name in INTERVALS:
    ...     print(name, *(round(end, 8) for end in find_interval(Count(250, 1000), Count(200, 1000), name=name)))
    Newcombe 0.01339597 0.08645099
    Wald 0.01346362 0.08653638
    Agresti–Caffo 0.01336838 0.08643202
    """
    check_counts(first, second)
    check_level(level)
    two_sided = level if sided == "two-sided" else 2 * level - 1
    if name == "Newcombe":
        low, high = newcombe_interval((first.successes, first.n), (second.successes, second.n), two_sided)
    elif name == "Agresti–Caffo":
        low, high = _wald(Count(first.successes + 1, first.n + 2), Count(second.successes + 1, second.n + 2), two_sided)
    else:
        low, high = _wald(first, second, two_sided)
    return cut_interval(low, high, sided)


def _wald(first: Count, second: Count, level: float) -> tuple[float, float]:
    """Bound the difference by the normal with each arm's own variance."""
    variance = sum(arm.share * (1 - arm.share) / arm.n for arm in (first, second))
    reach = find_critical(level, math.inf, "two-sided") * math.sqrt(variance)
    return first.share - second.share - reach, first.share - second.share + reach


def share_interval(arm: Count, level: float = 0.95) -> tuple[float, float]:
    """Bound one share by Wilson's interval.

    Examples
    --------
    >>> [round(end, 7) for end in share_interval(Count(0, 10))]
    [0.0, 0.2775328]
    """
    check_counts(arm)
    return wilson_interval(arm.successes, arm.n, level)


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A chi-square: statistic, degrees of freedom, p-value, and Cramér's V (0 no association, 1 full)."""

    statistic: float
    df: int
    p_value: float
    cramers_v: float


def chi_square_test(table: np.ndarray, *, yates: bool = False) -> ChiSquare:
    """Test whether the rows of a table of counts have the same shares.

    Parameters
    ----------
    table : int array of shape (n_arms, n_outcomes)
    yates : bool
        Yates' correction of a 2 × 2 table; it makes p larger.

    Raises
    ------
    DataError
        If the table has one row or column, or an empty one.

    Examples
    --------
    >>> found = chi_square_test(np.array([[250, 750], [200, 800]]))
    >>> round(found.statistic, 6), round(math.sqrt(found.statistic), 6), round(found.p_value, 9)
    (7.168459, 2.677398, 0.007419649)
    """
    from scipy.special import chdtrc

    counts = np.asarray(table, dtype=np.float64)
    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    if min(counts.shape) < 2 or not (rows.all() and columns.all()):  # noqa: PLR2004 two of each can be compared
        message = "a chi-square needs two arms and two outcomes that occur; drop what is empty"
        raise DataError(message)
    expected = rows * columns / counts.sum()
    gaps = np.abs(counts - expected)
    if yates and counts.shape == (2, 2):
        gaps -= np.minimum(0.5, gaps)
    statistic = float((gaps**2 / expected).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    strength = math.sqrt(statistic / (counts.sum() * (min(counts.shape) - 1)))
    return ChiSquare(statistic, df, float(chdtrc(df, statistic)), strength)
