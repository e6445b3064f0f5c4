"""Effect sizes with their intervals, and the false-discovery rate over a set of tests.

Benjamini & Hochberg (1995), https://doi.org/10.1111/j.2517-6161.1995.tb02031.x; Fisher's z for Spearman's rho with the
variance of Bonett & Wright (2000), https://doi.org/10.1007/BF02294183; the non-central chi squared inverted,
after Smithson (2003), *Confidence Intervals*; the corrected V of Bergsma (2013),
https://doi.org/10.1016/j.jkss.2012.10.002.

Left out: dependence between tests beyond what Benjamini & Hochberg allow (positive regression dependence).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
FAR = 300.0  # beyond this statistic the normal approximation of the non-central chi squared is exact enough


def adjust_p(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return the Benjamini–Hochberg adjusted p of each test.

    Examples
    --------
    >>> adjust_p([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(-p, kind="stable")
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(p[order] * len(p) / ranks) if len(p) else p
    return np.minimum(adjusted, 1.0)


def bound_rho(rho: float, n: int) -> tuple[float, float]:
    """Bound Spearman's rho of ``n`` rows.

    Examples
    --------
    >>> low, high = bound_rho(0.5, 100)
    >>> round(low, 3), round(high, 3)
    (0.326, 0.641)
    """
    if n < 4 or abs(rho) >= 1:  # noqa: PLR2004  # Fisher's z needs n − 3 > 0
        return (rho, rho) if abs(rho) >= 1 else (-1.0, 1.0)
    half = 1.959964 * np.sqrt((1 + rho**2 / 2) / (n - 3))
    return float(np.tanh(np.arctanh(rho) - half)), float(np.tanh(np.arctanh(rho) + half))


def bound_noncentral(statistic: float, freedom: int) -> tuple[float, float]:
    """Bound the non-centrality behind a chi-squared statistic.

    Examples
    --------
    >>> low, high = bound_noncentral(30.0, 4)
    >>> round(low, 2), round(high, 2)
    (9.98, 51.81)
    """
    from scipy.optimize import brentq
    from scipy.stats import ncx2

    if statistic > FAR:
        half = 1.959964 * np.sqrt(2 * freedom + 4 * (statistic - freedom))
        centre = statistic - freedom
        return max(0.0, float(centre - half)), float(centre + half)
    tail, top = (1 - LEVEL) / 2, statistic + 10 * np.sqrt(statistic + freedom) + 50

    def solve(share: float) -> float:
        """Find the non-centrality for which the statistic has this share below it."""
        if ncx2.cdf(statistic, freedom, 1e-9) < share:
            return 0.0
        return float(brentq(lambda centre: ncx2.cdf(statistic, freedom, centre) - share, 1e-9, top))

    return solve(1 - tail), solve(tail)


def correct_v(phi_squared: float, n: int, shape: tuple[int, int]) -> float:
    """Return Cramér's V from phi squared over n rows, corrected for its bias; 1 where one side determines the other.

    Examples
    --------
    >>> round(correct_v(0.25, 100, (2, 2)), 3)
    0.492
    """
    if min(shape) > 1 and phi_squared >= (min(shape) - 1) * (1 - 1e-9):
        return 1.0
    rows, columns = shape
    corrected = max(0.0, phi_squared - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(corrected / smaller))) if smaller > 0 else 0.0
