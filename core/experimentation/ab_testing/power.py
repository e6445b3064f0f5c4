"""How many units a trial needs: power, sample size and least detectable effect of the t-test, and its duration.

Power is exact, from the noncentral t (J. Cohen 1988, Statistical Power Analysis, ISBN 0805802835); a size is the root
of power(n) = asked, so it is a fraction that is rounded up at the end. Shares are in ``share_power``.

Left out: power of Mann–Whitney, bootstrap and sequential designs (``sequential`` gives the last).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from core.experimentation.ab_testing.estimates import Sided, check_level, find_critical
from core.hub.errors import RecipeError

MAX_UNITS = 1e12
DAYS_IN_WEEK = 7
FARTHEST, FAR_TAIL = 35.0, 6.0  # noncentralities: power is 1 to the last digit, the far tail is nothing


def find_power(
    effect: float,
    n: float,
    *,
    ratio: float = 1.0,
    alpha: float = 0.05,
    sided: Sided = "two-sided",
    paired: bool = False,
) -> float:
    """Return the chance that a t-test finds an effect.

    Parameters
    ----------
    effect : float
        Standardised: difference over the common standard deviation (of the differences, where paired).
    n : float
        Units of the first arm, or pairs; the second has ``ratio`` times as many.
    alpha : float
        Chance of a false finding; raising it raises power.

    Examples
    --------
    >>> round(find_power(0.5, 64), 6)
    0.80146
    """
    from scipy.special import nctdtr

    df = n - 1 if paired else n * (1 + ratio) - 2
    if df <= 0:
        return 0.0
    towards = effect if sided == "greater" else -effect if sided == "less" else abs(effect)
    away = towards * math.sqrt(n if paired else n * ratio / (1 + ratio))
    if abs(away) > FARTHEST:
        return 1.0 if away > 0 else 0.0
    reach = find_critical(1 - alpha, df, sided)
    above = 1.0 - float(nctdtr(df, away, reach))
    # Beyond six deviations the far tail holds under 1e-14, and its series soon stops converging.
    return above + (float(nctdtr(df, away, -reach)) if sided == "two-sided" and away < FAR_TAIL else 0.0)


def find_size(
    effect: float,
    power: float = 0.8,
    *,
    ratio: float = 1.0,
    alpha: float = 0.05,
    sided: Sided = "two-sided",
    paired: bool = False,
) -> float:
    """Return how many units (a fraction) the first arm needs; round it up.

    Raises
    ------
    RecipeError
        If the effect is zero, points the other way than the side asked, or a share is out of range.

    Examples
    --------
    >>> round(find_size(0.5), 6), round(find_size(0.5, paired=True), 6)
    (63.76561, 33.367129)
    """
    check_design(power, alpha, ratio)
    towards = effect if sided == "greater" else -effect if sided == "less" else abs(effect)
    if not towards > 0:
        message = f"effect is {effect:g}; it must differ from 0 on the side that is tested ({sided})"
        raise RecipeError(message)
    least = 2.0 if paired else 3.0 / (1 + ratio) + 1e-9
    guess = max(least * 2, (1 if paired else (1 + ratio) / ratio) * 8 / towards**2)
    return find_root(
        lambda n: find_power(effect, n, ratio=ratio, alpha=alpha, sided=sided, paired=paired) - power, least, guess
    )


def check_design(power: float, alpha: float, ratio: float = 1.0) -> None:
    """Refuse a design out of range.

    Raises
    ------
    RecipeError
        With the value and its limits.
    """
    check_level(1 - alpha, "1 - alpha")
    if not alpha < power < 1:
        message = f"power is {power:g}; it must lie between alpha ({alpha:g}) and 1"
        raise RecipeError(message)
    if not (ratio > 0 and math.isfinite(ratio)):
        message = f"ratio is {ratio:g}; it must be above 0: units of the second arm for each of the first"
        raise RecipeError(message)


def find_root(gap: Callable[[float], float], low: float, high: float) -> float:
    """Find where a rising function crosses zero, widening the upper end as far as needed.

    Raises
    ------
    RecipeError
        If that is beyond 10¹² units.
    """
    from scipy.optimize import brentq

    if gap(low) >= 0:
        return low
    while gap(high) < 0:
        low, high = high, high * 4
        if high > MAX_UNITS:
            break
    if high > MAX_UNITS:
        message = "the effect is so small that over 10^12 units are needed; ask for a larger effect or less power"
        raise RecipeError(message)
    return float(brentq(gap, low, high, xtol=1e-12, rtol=1e-14, maxiter=200))


def find_least_effect(
    n: float, power: float = 0.8, *, ratio: float = 1.0, alpha: float = 0.05, sided: Sided = "two-sided"
) -> float:
    """Return the smallest standardised effect that a trial of this size finds with the power asked.

    Examples
    --------
    >>> round(find_least_effect(63.76561058891169), 6)
    0.5
    """
    check_design(power, alpha, ratio)
    if n * (1 + ratio) <= 2:  # noqa: PLR2004 a variance needs a unit more than there are means
        message = f"n is {n:g}; it must be at least 2"
        raise RecipeError(message)
    side: Sided = "greater" if sided != "two-sided" else sided
    return find_root(lambda effect: find_power(effect, n, ratio=ratio, alpha=alpha, sided=side) - power, 0.0, 1.0)


def find_duration(n_total: float, units_per_day: float, *, whole_weeks: bool = True) -> int:
    """Return the days that a trial must run, in whole weeks so that every weekday counts alike.

    Parameters
    ----------
    n_total : float
        Units of all arms together.
    units_per_day : float
        New units a day; returning ones do not count.

    Raises
    ------
    RecipeError
        If too few units arrive for the trial ever to end.

    Examples
    --------
    >>> find_duration(2188, 100), find_duration(2188, 100, whole_weeks=False)
    (28, 22)
    """
    if not (math.isfinite(units_per_day) and n_total / MAX_UNITS < units_per_day):
        message = f"units a day is {units_per_day:g}; it must be above 0, and enough to end before 10^12 days"
        raise RecipeError(message)
    days = math.ceil(n_total / units_per_day)
    return math.ceil(days / DAYS_IN_WEEK) * DAYS_IN_WEEK if whole_weeks else days
