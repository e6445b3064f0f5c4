"""A verdict for the way of looking that was planned: one look, group sequential by spending, or anytime.

With spending the interval is the repeated one (C. Jennison and B. W. Turnbull 1989,
https://doi.org/10.1111/j.2517-6161.1989.tb01433.x): it holds at every look at once, and the p-value is the least alpha
whose bounds the statistic would have crossed. The looks before this one are taken to have been the planned ones; who
looks more often, or after the end, is told.

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
LEAST_IN_ARM, MOST_SKEWED = 50, 0.3
"""Within these the anytime interval kept its promise in simulated trials of exponential and of rare, large values."""


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
    return _find_look(plan, n, _two_sided_alpha(plan))


def _find_look(plan: Recipe, n: int, alpha: float) -> Look:
    """Say which look this is, with the bounds that spend so much on both sides."""
    time = min(1.0, n / plan.planned_units) if plan.planned_units else 1.0
    # Who may look at any time and planned no number of units has no last look.
    is_last = time >= 1 - 1e-9 and (plan.planned_units > 0 or plan.monitoring != "anytime")
    if plan.monitoring in {"one look", "anytime"}:
        return Look(time, (time,), (), is_last)
    spending: Spending = plan.monitoring  # type: ignore[assignment] # the other two have just been answered
    before = [(place + 1) / plan.looks for place in range(plan.looks)]
    times = (*(each for each in before if each < time - 2 * LEAST_STEP), max(time, LEAST_STEP))
    bounds = find_spending_bounds(times, alpha, spending)
    return Look(time, times, tuple(bounds.tolist()), is_last)


def find_level(plan: Recipe, n: int, alpha: float, sided: Sided = "two-sided") -> float:
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
        reach = _find_look(plan, n, both).bounds[-1]
    tails = 2 if sided == "two-sided" else 1
    return min(1 - tails * float(ndtr(-reach)), NEARLY_ALL)


def _two_sided_alpha(plan: Recipe) -> float:
    """Return alpha of both sides: a one-sided plan may spend alpha on its own side."""
    return plan.alpha if plan.sided == "two-sided" else 2 * plan.alpha


def find_stage(plan: Recipe, n: int) -> Stage:
    """Say what this look may decide: before the one that was planned, nothing.

    Examples
    --------
    >>> find_stage(Recipe(planned_units=1000), 300).wait
    'one look was planned, at 1,000 units, and there are 300'
    """
    wait = ""
    if plan.monitoring == "one look" and n < plan.planned_units:
        wait = f"one look was planned, at {plan.planned_units:,} units, and there are {n:,}"
    return Stage(find_look(plan, n).is_last, wait, find_futility(plan, n))


def find_futility(plan: Recipe, n: int) -> float | None:
    """Return the z, in the direction hoped for, below which this look stops as futile; None where no look is left.

    Examples
    --------
    >>> round(find_futility(Recipe(monitoring="O'Brien–Fleming", looks=5, planned_units=1000), 600), 2)
    0.96
    """
    look = find_look(plan, n)
    if look.is_last or not look.bounds:
        return None
    later = ((place + 1) / plan.looks for place in range(plan.looks))
    times = (*look.times, *(each for each in later if each > look.time + 2 * LEAST_STEP))
    spending: Spending = plan.monitoring  # type: ignore[assignment] # the others have no bounds
    bounds = find_spending_bounds(times, _two_sided_alpha(plan), spending)
    return float(find_futility_bounds(bounds.tolist(), times, plan.power, spending)[0][len(look.times) - 1])


def note_look(plan: Recipe, n: int) -> tuple[str, ...]:
    """Say what a look costs that was not planned.

    Examples
    --------
    >>> note_look(Recipe(monitoring="Pocock", looks=2, planned_units=1000), 1200)
    ('There are 200 units more than the 1,000 planned: α is spent, so one look past the end is right and no second.',)
    """
    if plan.monitoring in {"one look", "anytime"} or not plan.planned_units:
        return ()
    over, stretch = n - plan.planned_units, plan.planned_units / plan.looks
    if over > 0:
        text = (
            f"There are {over:,} units more than the {plan.planned_units:,} planned: α is spent, so one look past the "
        )
        return (f"{text}end is right and no second.",)
    if min(n % stretch, stretch - n % stretch) > 2 * LEAST_STEP * plan.planned_units:
        text = f"This look lies between the planned ones, which are {stretch:,.6g} units apart: look once in each such "
        return (f"{text}stretch, since every further look makes a false finding likelier than α.",)
    return ()


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


def monitor_counts(first: Count, second: Count, plan: Recipe) -> Verdict:
    """Compare two shares for the looks that were planned; the interval is Newcombe's, as wide as the look asks.

    The z's own error is that of no effect, which an interval about an effect may not use where the arms are unlike.

    Examples
    --------
    >>> found = monitor_counts(Count(500, 1000), Count(900, 9000), Recipe(monitoring="anytime"))
    >>> round(found.low, 3), round(found.high, 3)
    (0.351, 0.449)
    """
    n = first.n + second.n
    found = monitor(z_test(first, second, 1 - plan.alpha, plan.sided), plan, n)
    if plan.monitoring == "one look":
        return found
    low, high = find_interval(first, second, find_level(plan, n, plan.alpha, found.sided), found.sided)
    return replace(found, low=low, high=high)


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
