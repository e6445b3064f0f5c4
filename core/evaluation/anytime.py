"""Inference that holds at every moment, however often one looks and whenever one stops.

An asymptotic confidence sequence: the normal mixture of H. Robbins 1970, https://doi.org/10.1214/aoms/1177696786, with
estimated variance (I. Waudby-Smith et al. 2024, https://arxiv.org/abs/2103.06476). It is the mixture sequential ratio
test of R. Johari et al. 2017, https://doi.org/10.1145/3097983.3097992, read as an interval. With v the share of the
mixture's variance in units of the estimate's own::

    |estimate| ≤ error · √( 2 (v + 1) / v · log( √(v + 1) / alpha ) )   at all times at once, 1 − alpha of the time

``v = rate · units`` grows with the units, and the rate is tuned so that the interval is narrowest near ``tuned_for``.
The A/B page reads its trials by this rule, and a stream of transactions decides by it whether to replace its model.

Left out: sequences for bounded data that hold for every n; with under a hundred units the normal has not set in.
"""

from __future__ import annotations

import math

import numpy as np

from core.hub.errors import RecipeError

TUNED_FOR, LEAST_UNITS = 5_000, 100


def tune_rate(tuned_for: float = TUNED_FOR, alpha: float = 0.05) -> float:
    """Return the mixture's rate that makes the sequence narrowest near so many units.

    Raises
    ------
    RecipeError
        If the units are under 1.

    Examples
    --------
    >>> round(tune_rate(5000) * 5000, 4)
    7.9362
    """
    if not tuned_for >= 1:
        message = f"tuned for {tuned_for:g} units; it must be at least 1"
        raise RecipeError(message)
    spread = -2 * math.log(alpha)
    return (spread + math.log(spread + 1)) / tuned_for


def find_reach(n: np.ndarray, alpha: float = 0.05, tuned_for: float = TUNED_FOR) -> np.ndarray:
    """Return how many standard errors the sequence reaches at each number of units.

    Parameters
    ----------
    n : array of units so far, both arms together
    alpha : float
        Chance of ever leaving the truth out.

    Examples
    --------
    >>> round(float(find_reach(np.array([5000.0]))[0]) / 1.959963984540054, 4)
    1.5486
    """
    v = tune_rate(tuned_for, alpha) * np.asarray(n, dtype=np.float64)
    return np.asarray(np.sqrt(2 * (v + 1) / v * np.log(np.sqrt(v + 1) / alpha)))


def find_always_valid(z: np.ndarray, n: np.ndarray, alpha: float = 0.05, tuned_for: float = TUNED_FOR) -> np.ndarray:
    """Return the p-value that may be read at any time; the smallest so far is valid too.

    Parameters
    ----------
    z : array of estimate over standard error
    alpha : float
        The level that the mixture was tuned at; it does not change what the p-value means.

    Examples
    --------
    >>> reach = find_reach(np.array([5000.0]))
    >>> round(float(find_always_valid(reach, np.array([5000.0]))[0]), 6)
    0.05
    """
    v = tune_rate(tuned_for, alpha) * np.asarray(n, dtype=np.float64)
    return np.asarray(np.minimum(1.0, np.sqrt(v + 1) * np.exp(-(np.asarray(z) ** 2) * v / (2 * (v + 1)))))


def mixture_p_value(effect: float, error: float, mixing: float) -> float:
    """Return the p-value of the mixture sequential ratio test with effects drawn from a normal of deviation ``mixing``.

    Examples
    --------
    >>> round(mixture_p_value(3.0, 1.0, 1.0), 4)
    0.1491
    """
    if not (mixing > 0 and error > 0):
        message = f"mixing is {mixing:g} and the standard error {error:g}; both must be above 0"
        raise RecipeError(message)
    v = (mixing / error) ** 2
    return min(1.0, math.sqrt(1 + v) * math.exp(-((effect / error) ** 2) * v / (2 * (1 + v))))
