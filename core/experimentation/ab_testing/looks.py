"""A verdict for the way of looking that was planned: one look, group sequential by spending, or anytime.

With spending the interval is the repeated one (C. Jennison and B. W. Turnbull 1989,
https://doi.org/10.1111/j.2517-6161.1989.tb01433.x): it holds at every look at once, and the p-value is the least alpha
whose bounds the statistic would have crossed.

Left out: estimates corrected for stopping early, which lean towards large effects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.experimentation.ab_testing.anytime import anytime_verdict
from core.experimentation.ab_testing.estimates import Verdict, cut_interval
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.sequential import LEAST_STEP, Spending, find_spending_bounds
from core.hub.errors import DataError

LEAST_P = 1e-12


@dataclass(frozen=True, slots=True)
class Look:
    """Where a trial stands: the share of its planned units, the looks so far with their bounds, whether it is over."""

    time: float
    times: tuple[float, ...]
    bounds: tuple[float, ...]
    is_last: bool


def find_look(plan: Recipe, n: int) -> Look:
    """Say which look this is: the planned ones before it are equally spaced.

    Parameters
    ----------
    n : int
        Units of both arms so far.

    Examples
    --------
    >>> look = find_look(Recipe(monitoring="O'Brien–Fleming", looks=5, planned_units=1000), 450)
    >>> look.times, look.is_last, round(look.bounds[-1], 3)
    ((0.2, 0.4, 0.45), False, 3.188)
    """
    time = min(1.0, n / plan.planned_units) if plan.planned_units else 1.0
    is_last = time >= 1 - 1e-9
    if plan.monitoring in {"one look", "anytime"}:
        return Look(time, (time,), (), is_last)
    spending: Spending = plan.monitoring  # type: ignore[assignment] # the other two have just been answered
    before = [(place + 1) / plan.looks for place in range(plan.looks)]
    times = (*(each for each in before if each < time - 2 * LEAST_STEP), max(time, LEAST_STEP))
    bounds = find_spending_bounds(times, _two_sided_alpha(plan), spending)
    return Look(time, times, tuple(bounds.tolist()), is_last)


def _two_sided_alpha(plan: Recipe) -> float:
    """Return alpha of both sides: a one-sided plan may spend alpha on its own side."""
    return plan.alpha if plan.sided == "two-sided" else 2 * plan.alpha


def monitor(found: Verdict, plan: Recipe, n: int) -> Verdict:
    """Correct a one-look verdict for the looks that were planned.

    Raises
    ------
    DataError
        If the test has no standard error, which only one look can do without.

    Examples
    --------
    >>> from core.experimentation.ab_testing.estimates import make_verdict
    >>> plan = Recipe(monitoring="O'Brien–Fleming", looks=5, planned_units=1000)
    >>> found = monitor(make_verdict("z", 2.5, 1.0), plan, 400)
    >>> found.is_significant, round(found.low, 3), round(found.p_value, 2)
    (False, -0.857, 0.17)
    """
    if plan.monitoring == "one look":
        return found
    if plan.monitoring == "anytime":
        return anytime_verdict(found, n)
    if not math.isfinite(found.error) or found.test.startswith("Mann"):
        message = f"{found.test} cannot be looked at several times; choose Welch t, z or one look"
        raise DataError(message)
    look = find_look(plan, n)
    reach = look.bounds[-1] * found.error
    low, high = cut_interval(found.effect - reach, found.effect + reach, plan.sided)
    p_value = _find_repeated(found.effect / found.error, look, plan)
    return replace(found, test=f"{found.test}, {plan.monitoring}", low=low, high=high, p_value=p_value)


def _find_repeated(z: float, look: Look, plan: Recipe) -> float:
    """Find the least alpha whose bound the statistic reaches, by halving its logarithm."""
    if plan.sided != "two-sided":
        z = z if plan.sided == "greater" else -z
        return 1.0 if z <= 0 else min(1.0, _halve(z, look, plan) / 2)
    return _halve(abs(z), look, plan)


def _halve(z: float, look: Look, plan: Recipe) -> float:
    """Halve between 1e-12 and 1 until the level is known to a part in ten thousand."""
    spending: Spending = plan.monitoring  # type: ignore[assignment]
    low, high = math.log(LEAST_P), math.log(0.999)
    if find_spending_bounds(look.times, math.exp(high), spending)[-1] > z:
        return 1.0
    while high - low > 1e-4:  # noqa: PLR2004 four digits of p
        middle = (low + high) / 2
        if find_spending_bounds(look.times, math.exp(middle), spending)[-1] > z:
            low = middle
        else:
            high = middle
    return math.exp(high)
