"""A verdict that holds at every moment, however often one looks and whenever one stops, once the arms can bear it.

The rule itself, an asymptotic confidence sequence, is ``core.evaluation.anytime``; its names can be had here too.
"""

from __future__ import annotations

import math

import numpy as np

from core.evaluation.anytime import (
    LEAST_UNITS,
    TUNED_FOR,
    find_always_valid,
    find_reach,
    mixture_p_value,
    tune_rate,
)
from core.experimentation.ab_testing.estimates import Verdict, check_level
from core.hub.errors import DataError

__all__ = [
    "LEAST_UNITS", "TUNED_FOR", "anytime_verdict", "check_shape", "find_always_valid", "find_reach", "mixture_p_value",
    "tune_rate",
]  # fmt: skip

LEAST_IN_ARM, MOST_SKEWED = 50, 0.3
"""Within these the anytime interval kept its promise in simulated trials of exponential and of rare, large values."""


def anytime_verdict(found: Verdict, n: int, tuned_for: float = TUNED_FOR) -> Verdict:
    """Turn a verdict into one that holds at every look.

    Parameters
    ----------
    found : Verdict
        Of any test with a standard error.
    n : int
        Units of both arms; at least 100.

    Returns
    -------
    Verdict
        Two-sided at the same level: a one-sided question gets the wider, two-sided answer.

    Raises
    ------
    DataError
        If the test has no standard error, or units are too few for the normal.

    Examples
    --------
    >>> from core.experimentation.ab_testing.estimates import make_verdict
    >>> found = anytime_verdict(make_verdict("z", 3.0, 1.0), 5000)
    >>> round(found.low, 3), round(found.p_value, 4), found.is_significant
    (-0.035, 0.0549, False)
    """
    check_level(found.level)
    if n < LEAST_UNITS or not math.isfinite(found.error):
        message = f"the arms have {n} units together; the anytime interval needs {LEAST_UNITS} and a standard error"
        raise DataError(message)
    alpha, units = 1 - found.level, np.array([float(n)])
    reach = float(find_reach(units, alpha, tuned_for)[0]) * found.error
    p_value = float(find_always_valid(np.array([found.effect / found.error]), units, alpha, tuned_for)[0])
    name = f"{found.test}, anytime"
    low, high = found.effect - reach, found.effect + reach
    return Verdict(
        name, found.effect, low, high, found.effect / found.error, p_value, found.df, found.error, found.level
    )


def check_shape(first: np.ndarray, second: np.ndarray, *, is_share: bool = False) -> None:
    """Refuse to look at any time while arms of unlike size make the estimate of a skewed metric far from normal.

    Parameters
    ----------
    first, second : float arrays of shape (n_units,)
        Values of each arm; of a ratio, the residuals of its units.
    is_share : bool
        Whether z compares them, whose error comes from both arms together and so bears it.

    Raises
    ------
    DataError
        If the smaller arm has under 50 units, or the skewness of the difference of the means is over 0.3.

    Examples
    --------
    >>> rare = np.r_[np.zeros(980), np.full(20, 9.0)]
    >>> check_shape(rare, rare)
    >>> check_shape(rare[::10], rare)
    Traceback (most recent call last):
    ...
    core.hub.errors.DataError: the arms have 100 and 1,000 units and the metric is so skewed that their difference is \
not normal yet (skewness 0.59, at most 0.3); let the smaller arm grow, or plan one look
    """
    n, m = len(first), len(second)
    if min(n, m) < LEAST_IN_ARM:
        message = f"an arm has {min(n, m)} units; looking at any time needs {LEAST_IN_ARM} in each"
        raise DataError(message)
    values = np.concatenate([first, second])
    values = values - values.mean()
    spread = float((values**2).mean())
    if is_share or not spread > 0:
        return
    skewness = abs(float((values**3).mean())) / spread**1.5 * abs(n**-2 - m**-2) / (1 / n + 1 / m) ** 1.5
    if skewness > MOST_SKEWED:
        message = (
            f"the arms have {n:,} and {m:,} units and the metric is so skewed that their difference is not normal yet "
            f"(skewness {skewness:.2g}, at most {MOST_SKEWED:g}); let the smaller arm grow, or plan one look"
        )
        raise DataError(message)
