"""Sample ratio mismatch: whether the arms are as large as the split promised.

If not, units went missing or were counted twice in one arm, and any difference may be theirs; no effect may be read.
Chi-square for one look (A. Fabijan et al. 2019, https://doi.org/10.1145/3292500.3330722, who alert below 0.001), and a
multinomial mixture that may be watched at every unit (M. Lindon and A. Malek 2020, https://arxiv.org/abs/2011.03567).
While a trial is watched the mixture decides: the chi-square read again and again alerts far oftener than it promises.

Left out: finding the cause; the dashboard shows the counts by segment and day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.hub.errors import DataError, RecipeError

ALERT = 0.001
CONCENTRATION = 1_000.0
"""Weight of the promised split in the mixture: deviations of about a thirtieth are found soonest."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Counts against the promised split: ``p_value`` for one look, ``anytime_p_value`` for any number of them.

    Parameters
    ----------
    is_watched : bool
        Whether the counts are looked at while they grow, so that ``anytime_p_value`` decides.
    """

    counts: tuple[int, ...]
    shares: tuple[float, ...]
    statistic: float
    p_value: float
    anytime_p_value: float
    is_watched: bool = False

    @property
    def deciding_p_value(self) -> float:
        """The p-value of the way in which the counts are looked at."""
        return self.anytime_p_value if self.is_watched else self.p_value

    @property
    def is_alert(self) -> bool:
        """Whether the split is broken: the p-value that decides is below 0.001."""
        return self.deciding_p_value < ALERT

    @property
    def sentence(self) -> str:
        """What the counts say."""
        counts = " : ".join(f"{count:,}" for count in self.counts)
        promised = " : ".join(f"{100 * share:.4g}%" for share in self.shares)
        p_value = f"p = {self.deciding_p_value:.2g}{' at every look' if self.is_watched else ''}"
        if self.is_alert:
            return (
                f"The arms have {counts} units where {promised} was promised ({p_value}): units went missing or "
                "were added, so no effect can be read."
            )
        return f"The arms have {counts} units, as {promised} promises ({p_value})."


def parse_split(text: str, n_arms: int = 2) -> tuple[float, ...]:
    """Read a split such as ``50:50`` or ``2:1`` as shares that sum to 1.

    Raises
    ------
    RecipeError
        If it is not as many positive numbers as there are arms.

    Examples
    --------
    >>> parse_split("3:1")
    (0.75, 0.25)
    """
    try:
        parts = [float(part) for part in text.replace("/", ":").split(":")]
    except ValueError:
        parts = []
    if len(parts) != n_arms or not all(part > 0 and math.isfinite(part) for part in parts):
        message = f"split is {text[:40]!r}; write {n_arms} numbers above 0 with colons between, such as 50:50"
        raise RecipeError(message)
    return tuple(part / sum(parts) for part in parts)


def check_split(counts: Sequence[int], shares: Sequence[float] | None = None, *, is_watched: bool = False) -> Mismatch:
    """Compare counts of units with the promised split.

    Parameters
    ----------
    counts : sequence of int
        Units of each arm.
    shares : sequence of float, optional
        Promised shares, equal by default; they are divided by their sum.
    is_watched : bool
        Whether these are counts of a trial that runs, looked at more than once.

    Raises
    ------
    DataError
        If there is no unit, or one arm only.

    Examples
    --------
    >>> found = check_split([600, 400])
    >>> f"{found.p_value:.3g}", found.is_alert
    ('2.54e-10', True)
    >>> check_split([5_120, 4_790]).is_alert, check_split([5_120, 4_790], is_watched=True).is_alert
    (True, False)
    """
    from scipy.special import chdtrc

    total, n_arms = sum(counts), len(counts)
    if n_arms < 2 or total < 1 or min(counts) < 0:  # noqa: PLR2004 a ratio needs two
        message = f"the counts of the arms are {list(counts)}; a split needs two arms and a unit"
        raise DataError(message)
    wanted = [1 / n_arms] * n_arms if shares is None else [share / sum(shares) for share in shares]
    statistic = sum((n - total * share) ** 2 / (total * share) for n, share in zip(counts, wanted, strict=True))
    p_value = float(chdtrc(n_arms - 1, statistic))
    anytime = _find_anytime(counts, wanted)
    return Mismatch(tuple(map(int, counts)), tuple(wanted), statistic, p_value, anytime, is_watched)


def _find_anytime(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the inverse of the evidence of a Dirichlet mixture against the promised split."""
    prior = [CONCENTRATION * share for share in shares]
    evidence = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + sum(counts))
    for n, weight, share in zip(counts, prior, shares, strict=True):
        evidence += math.lgamma(weight + n) - math.lgamma(weight) - n * math.log(share)
    return min(1.0, math.exp(-evidence)) if evidence < 700 else 0.0  # noqa: PLR2004 exp underflows there
