"""Futility: a lower bound at each look, below which the effect hoped for is too unlikely to be found to go on.

Each look may spend a part of beta, the chance of missing the effect, as it spends a part of alpha (S. Pampallona,
A. A. Tsiatis and K. Kim 2001, https://doi.org/10.1177/009286150103500407). The effect is the one that the design finds
with the power asked, bounds and all. The bounds do not bind: those of efficacy are computed as if there were none, so
whoever goes on regardless keeps the promised alpha.

Left out: binding bounds, which would lower those of efficacy; conditional power under other effects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from core.experimentation.ab_testing.power import find_root
from core.experimentation.ab_testing.sequential import FARTHEST, Spending, carry_mass, check_times, spend
from core.hub.errors import RecipeError


def find_futility_bounds(
    bounds: Sequence[float],
    times: Sequence[float],
    power: float = 0.8,
    spending: Spending = "O'Brien–Fleming",
    *,
    spent: Sequence[float] = (),
) -> tuple[np.ndarray, float]:
    """Return the least z at which each look goes on, and the effect that the design finds.

    Parameters
    ----------
    bounds : sequence of float
        Critical z of efficacy at each look, in the direction hoped for.
    times : sequence of float
        Share of the planned units at each look; the last must be 1.
    power : float
        Chance (0–1) of finding the effect, looks that stop for futility counted in; raising it lowers the bounds.
    spent : sequence of float, optional
        Share (0–1) of beta spent by each look, in place of ``spending``.

    Returns
    -------
    (lower, drift) : float array of shape (n_looks,), float
        At the last look both bounds meet. ``drift`` is the expected z of all planned units.

    Raises
    ------
    RecipeError
        If the last look is not at 1, or power is not between 0 and 1.

    Examples
    --------
    >>> from core.experimentation.ab_testing.sequential import find_spending_bounds
    >>> times = (1 / 3, 2 / 3, 1.0)
    >>> lower, drift = find_futility_bounds(find_spending_bounds(times), times, 0.9)
    >>> lower.round(2).tolist(), round(drift, 3)
    ([-0.69, 1.0, 1.99], 3.336)
    """
    times = check_times(times)
    if not math.isclose(times[-1], 1.0) or not 0 < power < 1:
        message = f"the last look is at {times[-1]:g} and power {power:g}; the one must be 1, the other between 0 and 1"
        raise RecipeError(message)
    beta = 1 - power
    shares = tuple(spent) or tuple(spend(time, 2 * beta, spending) / (2 * beta) for time in times)
    return _solve(tuple(float(bound) for bound in bounds), times, beta, shares)


@lru_cache(maxsize=64)
def _solve(
    bounds: tuple[float, ...], times: tuple[float, ...], beta: float, shares: tuple[float, ...]
) -> tuple[np.ndarray, float]:
    """Find the drift at which the looks together miss it as often as beta says."""
    drift = find_root(lambda each: beta - _follow(each, bounds, times, beta, shares)[1], 0.0, 4.0)
    return _follow(drift, bounds, times, beta, shares)[0], drift


def _follow(
    drift: float, bounds: tuple[float, ...], times: tuple[float, ...], beta: float, shares: tuple[float, ...]
) -> tuple[np.ndarray, float]:
    """Carry the trials of an effect from look to look; return the lower bounds and the chance of missing it."""
    from scipy.special import ndtr

    nodes, mass, before, missed, lower = np.zeros(1), np.ones(1), 0.0, 0.0, np.empty(len(times))
    for place, (time, bound, share) in enumerate(zip(times, bounds, shares, strict=True)):
        deviation, middle = math.sqrt(time - before), nodes + drift * (time - before)
        reach = math.sqrt(time)

        def fall(z: float) -> float:
            return float(mass @ ndtr((z * reach - middle) / deviation))  # noqa: B023 - used within this turn only

        top = min(bound, FARTHEST)
        budget = beta * share - missed
        lower[place] = top if place == len(times) - 1 else _find_level(fall, budget, top)
        missed += fall(lower[place])
        if lower[place] >= top:  # no trial goes on
            lower[place:] = np.minimum(bounds[place:], FARTHEST)
            break
        nodes, mass = carry_mass(middle, mass, (lower[place] * reach, top * reach), deviation)
        before = time
    return lower, missed


def _find_level(fall: Callable[[float], float], budget: float, top: float) -> float:
    """Find the z below which as many trials fall as may be missed at this look."""
    if fall(-FARTHEST) >= budget:
        return -FARTHEST
    return top if fall(top) <= budget else find_root(lambda z: fall(z) - budget, -FARTHEST, top)
