"""A verdict for the way of looking that was planned: one look, group sequential by spending, or anytime.

With spending the interval is the repeated one (C. Jennison and B. W. Turnbull 1989,
https://doi.org/10.1111/j.2517-6161.1989.tb01433.x): it holds at every look at once, and the p-value is the least alpha
whose bounds the statistic would have crossed. Alpha is spent by the units that were there when somebody looked: of a
trial in the log those are the looks that were written down, as many and whenever they were, and only such a look
decides. Of a table that is not known; its looks before this one are taken to have been the planned ones.

Left out: estimates corrected for stopping early, which lean towards large effects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from core.experimentation.ab_testing.anytime import anytime_verdict, find_reach
from core.experimentation.ab_testing.decision import Stage
from core.experimentation.ab_testing.estimates import Sided, Verdict, cut_interval
from core.experimentation.ab_testing.futility import find_futility_bounds
from core.experimentation.ab_testing.proportions import Count, find_interval, z_test
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.sequential import LEAST_STEP, Spending, find_spending_bounds
from core.hub.errors import DataError

LEAST_P = 1e-12
NEARLY_ALL = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Past:
    """The looks that were written down before this one.

    Parameters
    ----------
    units : tuple of int
        Units of both arms at each.
    is_look : bool
        Whether this one is written down too, so that it spends alpha and may decide.
    """

    units: tuple[int, ...] = ()
    is_look: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """Where a trial stands: the share of its planned units, the looks so far with their bounds, whether it is over."""

    time: float
    times: tuple[float, ...]
    bounds: tuple[float, ...]
    is_last: bool


def find_look(plan: Recipe, n: int, past: Past | None = None) -> Look:
    """Say which look this is, and the bounds up to it.

    Parameters
    ----------
    n : int
        Units of both arms so far.
    past : Past, optional
        None takes the looks before it to have been the planned ones, equally spaced.

    Examples
    --------
    >>> look = find_look(Recipe(monitoring="O'Brien–Fleming", looks=5, planned_units=1000), 450)
    >>> look.times, look.is_last, round(look.bounds[-1], 3)
    ((0.2, 0.4, 0.45), False, 3.188)
    """
    return _find_look(plan, n, _two_sided_alpha(plan), past)


def _find_look(plan: Recipe, n: int, alpha: float, past: Past | None) -> Look:
    """Say which look this is, with the bounds that spend so much on both sides."""
    time = min(1.0, n / plan.planned_units) if plan.planned_units else 1.0
    # Who may look at any time and planned no number of units has no last look.
    is_last = time >= 1 - 1e-9 and (plan.planned_units > 0 or plan.monitoring != "anytime")
    if not spends(plan):
        return Look(time, (time,), (), is_last)
    spending: Spending = plan.monitoring  # type: ignore[assignment] # the other two have just been answered
    times = _list_times(plan, time, past)
    bounds = find_spending_bounds(times, alpha, spending)
    return Look(time, times, tuple(bounds.tolist()), is_last)


def _list_times(plan: Recipe, time: float, past: Past | None) -> tuple[float, ...]:
    """List the times of the looks up to this one; one at the same units as this is this one."""
    if past is None:
        before = [(place + 1) / plan.looks for place in range(plan.looks)]
    else:
        before = sorted(min(1.0, each / max(plan.planned_units, 1)) for each in past.units)
    times: list[float] = []
    for each in before:
        if (times[-1] if times else 0.0) + LEAST_STEP <= each < time - 2 * LEAST_STEP:
            times.append(each)
    return (*times, max(time, LEAST_STEP))


def find_level(plan: Recipe, n: int, alpha: float, sided: Sided = "two-sided", past: Past | None = None) -> float:
    """Return the confidence at which an interval for one look reaches as far as this look must.

    Parameters
    ----------
    alpha : float
        Chance of ever leaving the truth out, both sides together unless ``sided`` names one.

    Examples
    --------
    >>> round(find_level(Recipe(), 1000, 0.05), 4), round(find_level(Recipe(monitoring="anytime"), 1000, 0.05), 4)
    (0.95, 0.9992)
    """
    from scipy.special import ndtr

    if plan.monitoring == "one look":
        return 1 - alpha
    both = alpha if sided == "two-sided" else 2 * alpha
    if plan.monitoring == "anytime":
        reach = float(find_reach(np.array([float(n)]), both)[0])
    else:
        reach = _find_look(plan, n, both, past).bounds[-1]
    tails = 2 if sided == "two-sided" else 1
    return min(1 - tails * float(ndtr(-reach)), NEARLY_ALL)


def _two_sided_alpha(plan: Recipe) -> float:
    """Return alpha of both sides: a one-sided plan may spend alpha on its own side."""
    return plan.alpha if plan.sided == "two-sided" else 2 * plan.alpha


def find_stage(plan: Recipe, n: int, past: Past | None = None) -> Stage:
    """Say what this look may decide: nothing before the one that was planned, or while it is not written down.

    Examples
    --------
    >>> find_stage(Recipe(planned_units=1000), 300).wait
    'one look was planned, at 1,000 units, and there are 300'
    >>> plan = Recipe(monitoring="Pocock", planned_units=1000)
    >>> find_stage(plan, 300, Past((200,), is_look=False)).wait
    'Pocock spends α with each look that is written down, and this one at 300 units is not'
    """
    wait = ""
    if plan.monitoring == "one look" and n < plan.planned_units:
        wait = f"one look was planned, at {plan.planned_units:,} units, and there are {n:,}"
    if _is_glance(plan, past):
        wait = f"{plan.monitoring} spends α with each look that is written down, and this one at {n:,} units is not"
    return Stage(find_look(plan, n, past).is_last, wait, find_futility(plan, n, past))


def _is_glance(plan: Recipe, past: Past | None) -> bool:
    """Tell whether α would have to be spent and nobody wrote the look down."""
    return past is not None and not past.is_look and spends(plan)


def spends(plan: Recipe) -> bool:
    """Tell whether each look spends a part of alpha.

    Examples
    --------
    >>> spends(Recipe(monitoring="Pocock")), spends(Recipe(monitoring="anytime"))
    (True, False)
    """
    return plan.monitoring not in {"one look", "anytime"}


def is_same_look(plan: Recipe, n: int, last: int) -> bool:
    """Tell whether nothing is left to spend since a look at ``last`` units: no unit came, or all planned had come.

    Examples
    --------
    >>> plan = Recipe(monitoring="Pocock", planned_units=1000)
    >>> [is_same_look(plan, n, last) for n, last in ((300, 300), (301, 300), (1300, 1000))]
    [True, False, True]
    """
    return n - last <= 2 * LEAST_STEP * plan.planned_units or last >= plan.planned_units


def find_futility(plan: Recipe, n: int, past: Past | None = None) -> float | None:
    """Return the z, in the direction hoped for, below which this look stops as futile; None where no look is left.

    Examples
    --------
    >>> round(find_futility(Recipe(monitoring="O'Brien–Fleming", looks=5, planned_units=1000), 600), 2)
    0.96
    """
    look = find_look(plan, n, past)
    if look.is_last or not look.bounds:
        return None
    later = ((place + 1) / plan.looks for place in range(plan.looks))
    times = (*look.times, *(each for each in later if each > look.time + 2 * LEAST_STEP))
    spending: Spending = plan.monitoring  # type: ignore[assignment] # the others have no bounds
    bounds = find_spending_bounds(times, _two_sided_alpha(plan), spending)
    return float(find_futility_bounds(bounds.tolist(), times, plan.power, spending)[0][len(look.times) - 1])


def note_look(plan: Recipe, n: int, past: Past | None = None) -> tuple[str, ...]:
    """Say what a look costs that was not planned; one that is written down in the log costs what it spends.

    Examples
    --------
    >>> note_look(Recipe(monitoring="Pocock", looks=2, planned_units=1000), 1200)
    ('There are 200 units more than the 1,000 planned: α is spent, so one look past the end is right and no second.',)
    """
    if not spends(plan) or not plan.planned_units:
        return ()
    over, stretch = n - plan.planned_units, plan.planned_units / plan.looks
    if over > 0:
        text = (
            f"There are {over:,} units more than the {plan.planned_units:,} planned: α is spent, so one look past the "
        )
        return (f"{text}end is right and no second.",)
    if past is None and min(n % stretch, stretch - n % stretch) > 2 * LEAST_STEP * plan.planned_units:
        text = f"This look lies between the planned ones, which are {stretch:,.6g} units apart: look once in each such "
        return (f"{text}stretch, since every further look makes a false finding likelier than α.",)
    return ()


def monitor_counts(first: Count, second: Count, plan: Recipe, past: Past | None = None) -> Verdict:
    """Compare two shares for the looks that were planned; the plan's interval is as wide as the look asks.

    The z's own error is that of no effect, which an interval about an effect may not use where the arms are unlike.

    Examples
    --------
    >>> found = monitor_counts(Count(500, 1000), Count(900, 9000), Recipe(monitoring="anytime"))
    >>> round(found.low, 3), round(found.high, 3)
    (0.351, 0.449)
    """
    n = first.n + second.n
    found = monitor(z_test(first, second, 1 - plan.alpha, plan.sided, plan.interval), plan, n, past)
    if plan.monitoring == "one look":
        return found
    level = find_level(plan, n, plan.alpha, found.sided, past)
    low, high = find_interval(first, second, level, found.sided, plan.interval)
    return replace(found, low=low, high=high)


def monitor(found: Verdict, plan: Recipe, n: int, past: Past | None = None) -> Verdict:
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
    look = find_look(plan, n, past)
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
