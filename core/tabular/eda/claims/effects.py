"""Effect sizes with their intervals.

Fisher's z for Spearman's rho with the variance of Bonett & Wright (2000), https://doi.org/10.1007/BF02294183; the
non-central chi squared inverted, after Smithson (2003), *Confidence Intervals*; the corrected V of Bergsma (2013),
https://doi.org/10.1016/j.jkss.2012.10.002.

Left out: the false-discovery rate over a set of tests (``core.evaluation.multiplicity``).
"""

from __future__ import annotations

import math

import numpy as np

from core.tabular.eda.measures import bergsma_v

LEVEL = 0.95
FAR = 300.0  # beyond this statistic the normal approximation of the non-central chi squared is exact enough


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
    """Return Cramér's V from phi squared over n rows, corrected for its bias.

    Unlike :func:`core.tabular.eda.measures.bergsma_v` it is 1 wherever one side determines the other, and 0 where the
    rows are too few for the correction.

    Examples
    --------
    >>> round(correct_v(0.25, 100, (2, 2)), 3), correct_v(1.0, 100, (2, 5))
    (0.492, 1.0)
    """
    if min(shape) > 1 and phi_squared >= (min(shape) - 1) * (1 - 1e-9):
        return 1.0
    corrected = bergsma_v(phi_squared, n, shape)
    return 0.0 if math.isnan(corrected) else corrected
