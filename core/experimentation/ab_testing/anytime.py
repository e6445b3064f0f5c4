"""A verdict that holds at every moment, however often one looks and whenever one stops.

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
    "LEAST_UNITS", "TUNED_FOR", "anytime_verdict", "find_always_valid", "find_reach", "mixture_p_value", "tune_rate",
]  # fmt: skip


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
