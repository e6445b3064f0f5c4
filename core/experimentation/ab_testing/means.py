"""Student's t for two means: Welch's (unequal variances), pooled, and paired.

Method: B. L. Welch 1947, https://doi.org/10.1093/biomet/34.1-2.28, with Satterthwaite's degrees of freedom; Student
1908, https://doi.org/10.1093/biomet/6.1.1. Checked on Student's own sleep data.

Left out: trimmed means. A heavy tail is what ``resampling`` and ``ranks`` are for.
"""

from __future__ import annotations

import math

import numpy as np

from core.experimentation.ab_testing.estimates import Sided, Summary, Verdict, check_count, make_verdict, summarise
from core.hub.errors import DataError


def welch_test(first: Summary, second: Summary, level: float = 0.95, sided: Sided = "two-sided") -> Verdict:
    """Compare two means without supposing equal variances: the default for two arms.

    Parameters
    ----------
    first, second : Summary
        The effect is the first mean minus the second.
    level : float
        Confidence of the interval; raising it widens it.

    Raises
    ------
    DataError
        If an arm has fewer than two units or nothing varies.

    Examples
    --------
    >>> found = welch_test(Summary(10, 0.75, 3.200555555555556), Summary(10, 2.33, 4.009))
    >>> round(found.statistic, 9), round(found.df, 9), round(found.p_value, 9)
    (-1.860813467, 17.776473516, 0.07939414)
    """
    for arm in (first, second):
        check_count(arm.n, "an arm")
    total = first.squared_error + second.squared_error
    parts = first.squared_error**2 / (first.n - 1) + second.squared_error**2 / (second.n - 1)
    df = total**2 / parts if parts > 0 else float(first.n + second.n - 2)
    return make_verdict("Welch t", first.mean - second.mean, math.sqrt(total), df=df, level=level, sided=sided)


def pooled_test(first: Summary, second: Summary, level: float = 0.95, sided: Sided = "two-sided") -> Verdict:
    """Compare two means by one common variance; wrong where the variances and the sizes both differ.

    Examples
    --------
    >>> found = pooled_test(Summary(10, 0.75, 3.200555555555556), Summary(10, 2.33, 4.009))
    >>> round(found.p_value, 9)
    0.079186714
    """
    for arm in (first, second):
        check_count(arm.n, "an arm")
    df = first.n + second.n - 2
    variance = ((first.n - 1) * first.variance + (second.n - 1) * second.variance) / df
    error = math.sqrt(variance * (1 / first.n + 1 / second.n))
    return make_verdict("pooled t", first.mean - second.mean, error, df=float(df), level=level, sided=sided)


def paired_test(first: np.ndarray, second: np.ndarray, level: float = 0.95, sided: Sided = "two-sided") -> Verdict:
    """Compare two values of each unit by the mean of their differences.

    Parameters
    ----------
    first, second : arrays of shape (n_units,)
        The same units in the same order.

    Raises
    ------
    DataError
        If the lengths differ, there are fewer than two pairs, or every difference is the same.

    Examples
    --------
    >>> found = paired_test(np.array([0.7, -1.6, -0.2]), np.array([1.9, 0.8, 1.1]))
    >>> round(found.effect, 4), found.df
    (-1.6333, 2.0)
    """
    if len(first) != len(second):
        message = f"the two sides have {len(first)} and {len(second)} values; a paired test needs one of each per unit"
        raise DataError(message)
    each = summarise(np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64))
    error = math.sqrt(each.squared_error)
    return make_verdict("paired t", each.mean, error, df=float(each.n - 1), level=level, sided=sided)
