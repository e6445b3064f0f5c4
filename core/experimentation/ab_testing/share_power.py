"""How many units a test of two shares needs, by the three formulas in use.

``pooled`` is Fleiss's: the null's spread from the pooled share, the alternative's from each (J. L. Fleiss 1981,
Statistical Methods for Rates and Proportions, ISBN 0471064289). ``arcsine`` is Cohen's, on 2 asin √p₁ − 2 asin √p₂,
with both tails. ``Miller`` is that of
https://www.evanmiller.org/ab-testing/sample-size.html: the null's spread from the base share alone.

Left out: Fleiss's continuity correction.
"""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

from core.experimentation.ab_testing.estimates import Sided, find_critical
from core.experimentation.ab_testing.power import MAX_UNITS, check_design, find_root
from core.hub.errors import RecipeError

Formula = Literal["pooled", "arcsine", "Miller"]
FORMULAS: tuple[str, ...] = get_args(Formula)


def find_share_size(  # noqa: PLR0913 - two shares, the two errors allowed, the split and the formula
    base: float,
    other: float,
    power: float = 0.8,
    *,
    alpha: float = 0.05,
    sided: Sided = "two-sided",
    ratio: float = 1.0,
    formula: Formula = "pooled",
) -> float:
    """Return how many units (a fraction) the base arm needs; the other has ``ratio`` times as many.

    Raises
    ------
    RecipeError
        If a share is not between 0 and 1, the two are equal or nearly, or they differ on the side that is not tested.

    Examples
    --------
    >>> [round(find_share_size(0.2, 0.25, formula=name), 3) for name in FORMULAS]
    [1093.739, 1091.896, 1030.219]
    """
    check_design(power, alpha, ratio)
    _check_shares(base, other)
    if (sided == "greater" and other < base) or (sided == "less" and other > base):
        message = f"the other share is {other:g} and the base {base:g}; that is not the side that is tested ({sided})"
        raise RecipeError(message)
    reach = find_critical(1 - alpha, math.inf, sided)
    wanted = find_critical(power, math.inf, "greater")
    if formula == "arcsine":
        keywords: dict[str, Any] = {"alpha": alpha, "sided": sided, "ratio": ratio, "formula": formula}
        return find_root(lambda n: find_share_power(base, other, n, **keywords) - power, 1e-6, 100.0)
    null, alternative = _find_spreads(base, other, ratio, formula)
    n = ((reach * null + wanted * alternative) / (other - base)) ** 2
    if n > MAX_UNITS:
        message = f"the shares {base:g} and {other:g} are so close that over 10^12 units are needed; set them apart"
        raise RecipeError(message)
    return n


def find_share_power(  # noqa: PLR0913 - as find_share_size
    base: float,
    other: float,
    n: float,
    *,
    alpha: float = 0.05,
    sided: Sided = "two-sided",
    ratio: float = 1.0,
    formula: Formula = "pooled",
) -> float:
    """Return the chance that the test finds the difference with ``n`` units in the base arm.

    Examples
    --------
    >>> round(find_share_power(0.2, 0.25, 1093.7390), 6)
    0.8
    """
    from scipy.special import ndtr

    _check_shares(base, other)
    reach = find_critical(1 - alpha, math.inf, sided)
    if formula == "arcsine":
        distance = 2 * abs(math.asin(math.sqrt(other)) - math.asin(math.sqrt(base)))
        away = distance * math.sqrt(n / (1 + 1 / ratio))
        return float(ndtr(away - reach) + (ndtr(-away - reach) if sided == "two-sided" else 0.0))
    null, alternative = _find_spreads(base, other, ratio, formula)
    return float(ndtr((abs(other - base) * math.sqrt(n) - reach * null) / alternative))


def _find_spreads(base: float, other: float, ratio: float, formula: Formula) -> tuple[float, float]:
    """Return the standard deviation of √n × difference under no effect, and under the effect."""
    own = base * (1 - base) + other * (1 - other) / ratio
    if formula == "Miller":
        return math.sqrt(base * (1 - base) * (1 + 1 / ratio)), math.sqrt(own)
    pooled = (base + ratio * other) / (1 + ratio)
    return math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio)), math.sqrt(own)


def _check_shares(base: float, other: float) -> None:
    """Refuse shares that cannot be told apart or are none."""
    for name, share in (("base share", base), ("other share", other)):
        if not 0 < share < 1:
            message = f"{name} is {share:g}; it must lie between 0 and 1"
            raise RecipeError(message)
    if base == other:
        message = f"both shares are {base:g}; the effect must differ from 0"
        raise RecipeError(message)


def find_least_share(  # noqa: PLR0913 - as find_share_size
    base: float,
    n: float,
    power: float = 0.8,
    *,
    alpha: float = 0.05,
    sided: Sided = "two-sided",
    ratio: float = 1.0,
    formula: Formula = "pooled",
) -> float:
    """Return the smallest rise above the base share that ``n`` units find with the power asked.

    Raises
    ------
    RecipeError
        If no rise short of 100% would be found.

    Examples
    --------
    >>> round(find_least_share(0.2, 1093.7390), 6)
    0.05
    """
    check_design(power, alpha, ratio)
    _check_shares(base, (base + 1) / 2)
    room = (1 - base) * (1 - 1e-9)

    def gap(rise: float) -> float:
        return find_share_power(base, base + rise, n, alpha=alpha, sided=sided, ratio=ratio, formula=formula) - power

    if gap(room) < 0:
        message = f"{n:g} units in an arm are too few to find any rise above {base:g}; plan more units"
        raise RecipeError(message)
    return find_root(gap, 1e-9, room)
