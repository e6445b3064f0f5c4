"""Published and certified values beside what this package computes: one list for the tests and the benchmark.

Sources: Student's sleep data (1908); R. G. Newcombe 1998; P. Armitage et al. 1969, table 2; C. Jennison and B. W.
Turnbull 2000, tables 2.1 and 2.3; bounds by spending as the R package ldbounds prints them; Evan Miller's calculator.

Left out: the promises that are simulated (``scoring``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.experimentation.ab_testing.anytime import find_reach
from core.experimentation.ab_testing.estimates import Verdict, find_critical, summarise
from core.experimentation.ab_testing.means import paired_test, pooled_test, welch_test
from core.experimentation.ab_testing.power import find_size
from core.experimentation.ab_testing.proportions import Count, find_interval, share_interval, z_test
from core.experimentation.ab_testing.sequential import (
    equal_times,
    find_bounds,
    find_constant,
    find_peeking_level,
    find_spending_bounds,
)
from core.experimentation.ab_testing.share_power import find_share_size
from core.experimentation.ab_testing.srm import check_split

SLEEP = (
    np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]),
    np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]),
)
"""Extra hours of sleep with two drugs, of the same ten patients."""
FULL = 1e-9
"""Tolerance of a value that is given with all its digits."""
PEEKING = {1: 0.0500, 2: 0.0831, 3: 0.1073, 4: 0.1262, 5: 0.1417, 10: 0.1934, 20: 0.2479, 50: 0.3205}
POCOCK = {2: 2.1783, 3: 2.2895, 4: 2.3613, 5: 2.4132}
OBRIEN_FLEMING = {2: 1.9774, 3: 2.0040, 4: 2.0243, 5: 2.0401}
OBRIEN_FLEMING_5 = (4.562, 3.226, 2.634, 2.281, 2.040)
LAN_DEMETS = {
    2: (2.9626, 1.9686),
    3: (3.7103, 2.5114, 1.9930),
    4: (4.3326, 2.9631, 2.3590, 2.0141),
    5: (4.8769, 3.3570, 2.6803, 2.2898, 2.0310),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One value: its name, ours, the published one, and how far they may be apart (half a unit of its last digit)."""

    name: str
    ours: float
    published: float
    tolerance: float

    @property
    def is_kept(self) -> bool:
        """Whether ours is the published value to its digits."""
        return abs(self.ours - self.published) <= self.tolerance


def list_references() -> tuple[Reference, ...]:
    """Compute every reference value.

    Examples
    --------
    >>> all(each.is_kept for each in list_references())
    True
    """
    return (*_list_means(), *_list_shares(), *_list_sizes(), *_list_looks())


def _list_means() -> Iterator[Reference]:
    """List the t-tests on the sleep data."""
    arms = summarise(SLEEP[0]), summarise(SLEEP[1])
    welch, paired = welch_test(*arms), paired_test(*SLEEP)
    yield Reference("Welch t on sleep", welch.statistic, -1.8608134674868526, FULL)
    yield Reference("Welch df on sleep", welch.df, 17.776473516178488, FULL)
    yield Reference("Welch p on sleep", welch.p_value, 0.0793941401873583, FULL)
    yield from _list_ends("Welch on sleep", welch, (-3.3654832307117104, 0.2054832307117114), FULL)
    yield Reference("pooled p on sleep", pooled_test(*arms).p_value, 0.07918671421593822, FULL)
    yield Reference("paired t on sleep", paired.statistic, -4.062127683382037, FULL)
    yield Reference("paired p on sleep", paired.p_value, 0.002832890197384273, FULL)
    yield from _list_ends("paired on sleep", paired, (-2.459885763276983, -0.700114236723018), FULL)


def _list_ends(name: str, found: Verdict, ends: tuple[float, float], tolerance: float) -> Iterator[Reference]:
    """List both ends of an interval."""
    yield Reference(f"{name}, low", found.low, ends[0], tolerance)
    yield Reference(f"{name}, high", found.high, ends[1], tolerance)


def _list_shares() -> Iterator[Reference]:
    """List tests and intervals of shares, and split checks."""
    arms = Count(250, 1000), Count(200, 1000)
    yield Reference("z of 250 and 200 in 1000", z_test(*arms).statistic, 2.677397763008329, FULL)
    yield Reference("p of 250 and 200 in 1000", z_test(*arms).p_value, 0.007419649261025687, FULL)
    intervals = {
        "Wald": (0.01346362, 0.08653638),
        "Newcombe": (0.01339597, 0.08645099),
        "Agresti–Caffo": (0.01336838, 0.08643203),
    }
    for name, ends in intervals.items():
        for side, ours, published in zip(("low", "high"), find_interval(*arms, name=name), ends, strict=True):  # type: ignore[arg-type]
            yield Reference(f"{name} 250 and 200 in 1000, {side}", ours, published, 1e-8)
    for side, ours, published in zip(
        ("low", "high"), find_interval(Count(56, 70), Count(48, 80)), (0.05243147, 0.33387265), strict=True
    ):
        yield Reference(f"Newcombe 56/70 and 48/80, {side}", ours, published, 5e-9)
    for count, ends in ((Count(10, 20), (0.2992980, 0.7007020)), (Count(0, 10), (0.0, 0.2775328))):
        for side, ours, published in zip(("low", "high"), share_interval(count), ends, strict=True):
            yield Reference(f"Wilson {count.successes}/{count.n}, {side}", ours, published, 5e-8)
    for counts, p_value, digit in (
        ((600, 400), 2.54e-10, 5e-13),
        ((821588, 815482), 1.822e-6, 5e-10),
        ((44000, 45000), 8.023e-4, 5e-8),
    ):
        yield Reference(f"split {counts[0]} : {counts[1]}, p", check_split(counts).p_value, p_value, digit)


def _list_sizes() -> Iterator[Reference]:
    """List sample sizes; those of the t-test were solved by their source to about a millionth."""
    for effect, power, n in (
        (0.5, 0.8, 63.76561058891169), (0.2, 0.8, 393.4056930), (0.8, 0.8, 25.5245719), (0.5, 0.95, 104.927943),
    ):  # fmt: skip
        yield Reference(f"n for d {effect:g}, power {power:g}", find_size(effect, power), n, 3e-6)
    yield Reference("n of pairs for d 0.5", find_size(0.5, paired=True), 33.3671312, 3e-6)
    for base, other, formula, n, digit in (
        (0.2, 0.25, "pooled", 1093.739, 5e-4),
        (0.2, 0.25, "arcsine", 1091.896, 5e-4),
        (0.2, 0.25, "Miller", 1030.219, 5e-4),
        (0.05, 0.06, "pooled", 8157.7, 0.05),
        (0.05, 0.06, "Miller", 7663.0, 0.05),
        (0.1, 0.12, "pooled", 3840.85, 5e-3),
    ):
        ours = find_share_size(base, other, formula=formula)  # type: ignore[arg-type]
        yield Reference(f"n for {base:g} to {other:g}, {formula}", ours, n, digit)


def _list_looks() -> Iterator[Reference]:
    """List what several looks cost, and the bounds that pay for it."""
    for looks, level in PEEKING.items():
        yield Reference(f"{looks} looks at 0.05", find_peeking_level(looks), level, 5e-5)
    for looks, bound in POCOCK.items():
        yield Reference(f"Pocock, {looks} looks", find_constant(looks, "Pocock"), bound, 5e-5)
    for looks, bound in OBRIEN_FLEMING.items():
        ours = find_constant(looks, "O'Brien–Fleming")
        yield Reference(f"O'Brien–Fleming, {looks} looks", ours, bound, 5e-5)
    for place, (ours, published) in enumerate(zip(find_bounds(5, "O'Brien–Fleming"), OBRIEN_FLEMING_5, strict=True), 1):
        yield Reference(f"O'Brien–Fleming, look {place} of 5", float(ours), published, 5e-4)
    for looks, bounds in LAN_DEMETS.items():
        for place, (ours, published) in enumerate(
            zip(find_spending_bounds(equal_times(looks)), bounds, strict=True), 1
        ):
            yield Reference(f"Lan–DeMets, look {place} of {looks}", float(ours), published, 5e-5)
    reach = float(find_reach(np.array([5_000.0]))[0]) / find_critical(0.95, np.inf, "two-sided")
    yield Reference("anytime width over the fixed one at 5,000", reach, 1.5486, 5e-5)
