"""The moving figures of the lessons.

Left out: the lessons' words (``lessons``); figures of a trial (``charts``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from core.experimentation.ab_testing.estimates import find_tails
from core.experimentation.ab_testing.power import find_power, find_size
from core.experimentation.ab_testing.proportions import INTERVALS, Count, z_test
from core.experimentation.ab_testing.simulation import hold_ratio, hold_rows, simulate_cuped
from core.experimentation.ab_testing.srm import check_split
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range

GRID = np.linspace(-4, 4, 161)
DENSITY = np.exp(-(GRID**2) / 2) / math.sqrt(2 * math.pi)
ONE_LOOK = 1.959963984540054
"""Critical |z| of one look at 5%."""


@dataclass(frozen=True, slots=True)
class TestControl:
    """Successes of two arms of 1,000."""

    first: Annotated[int, Range(150, 300, 5), Label("Treatment", "Successes of 1,000.")] = 250
    second: Annotated[int, Range(150, 300, 5), Label("Control", "Successes of 1,000.")] = 200


def draw_test(control: TestControl) -> Chart:
    """Draw where the statistic falls among those of trials without an effect."""
    found = z_test(Count(control.first, 1_000), Count(control.second, 1_000))
    z = float(np.clip(found.statistic, -4, 4))
    verdict = "beyond" if found.is_significant else "within"
    title = f"z is {found.statistic:.2f}, {verdict} what chance alone gives 95 times in 100"
    marks = (
        Mark("band", GRID, DENSITY, "no effect", "muted", low=np.zeros(len(GRID)), high=DENSITY),
        Mark("line", np.array([z, z]), np.array([0.0, 0.4]), "this trial", "main"),
        *(
            Mark("line", np.array([at, at]), np.array([0.0, 0.4]), "", "baseline", dash=True)
            for at in (-ONE_LOOK, ONE_LOOK)
        ),
    )
    return Chart(title, "z", "Density", marks, f"{title}.")


@dataclass(frozen=True, slots=True)
class PValueControl:
    """Where the statistic fell."""

    z: Annotated[float, Range(-4.0, 4.0, 0.05), Label("z", "Standard errors from no effect.")] = 1.8
    sided: Annotated[Literal["two-sided", "greater", "less"], Label("Alternative")] = "two-sided"


def draw_p_value(control: PValueControl) -> Chart:
    """Draw the tail whose area is the p-value."""
    p_value = find_tails(control.z, math.inf, control.sided)
    inside = {
        "two-sided": np.abs(GRID) >= abs(control.z),
        "greater": control.z <= GRID,
        "less": control.z >= GRID,
    }[control.sided]
    title = f"p is {p_value:.3f}: so often chance alone is as far out"
    marks = [Mark("line", GRID, DENSITY, "no effect", "muted")]
    for side in (GRID < 0, GRID >= 0):
        part = inside & side
        if part.any():
            tail = DENSITY[part]
            marks.append(Mark("band", GRID[part], tail, "", "bad", low=np.zeros(len(tail)), high=tail))
    return Chart(title, "z", "Density", tuple(marks), f"{title}.")


@dataclass(frozen=True, slots=True)
class IntervalControl:
    """How many units, and how rare a success is."""

    n: Annotated[int, Range(10, 500, 10), Label("Units in each arm")] = 40
    share: Annotated[float, Range(0.02, 0.5, 0.02), Label("True share of both")] = 0.1


def draw_interval(control: IntervalControl) -> Chart:
    """Draw how often each interval really holds the truth: summed over all counts, not simulated."""
    chance = _list_chances(control.n, control.share)
    shares = np.array([_find_coverage(control.n, chance, name) for name in INTERVALS])
    worst = INTERVALS[int(np.argmin(shares))]
    title = f"Of {control.n} units, {worst}'s 95% interval holds {100 * shares.min():.1f}% of the time"
    names = np.array(INTERVALS, dtype=object)
    marks = (
        Mark("bars", names, shares, "really holds"),
        Mark("line", names, np.full(len(names), 0.95), "asked", "baseline", dash=True),
    )
    return Chart(title, "Interval", "Coverage", marks, f"{title}.", y_percent=True, y_range=(0.8, 1.0))


def _list_chances(n: int, share: float) -> np.ndarray:
    """List the chance of each count of successes, shape (n + 1,)."""
    from scipy.special import gammaln, xlog1py, xlogy

    k = np.arange(n + 1)
    logs = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray(np.exp(logs + xlogy(k, share) + xlog1py(n - k, -share)))


def _find_coverage(n: int, chance: np.ndarray, name: str) -> float:
    """Sum the chance of all pairs of counts whose interval holds no difference."""
    extra = 1 if name == "Agresti–Caffo" else 0
    p = (np.arange(n + 1) + extra) / (n + 2 * extra)
    gap = p[:, None] - p[None, :]
    if name == "Newcombe":
        middle, spread = p + ONE_LOOK**2 / (2 * n), ONE_LOOK * np.sqrt(p * (1 - p) / n + ONE_LOOK**2 / (4 * n**2))
        low, high = ((middle + sign * spread) / (1 + ONE_LOOK**2 / n) for sign in (-1, 1))
        down, up = np.hypot.outer(p - low, high - p), np.hypot.outer(high - p, p - low)
    else:
        variance = p * (1 - p) / (n + 2 * extra)
        down = up = ONE_LOOK * np.sqrt(variance[:, None] + variance[None, :])
    return float(chance @ ((gap - down <= 0) & (gap + up >= 0)) @ chance)


@dataclass(frozen=True, slots=True)
class PowerControl:
    """What is to be found."""

    effect: Annotated[float, Range(0.1, 1.0, 0.05), Label("Effect", "In standard deviations.")] = 0.5
    alpha: Annotated[float, Range(0.01, 0.2, 0.01), Label("α")] = 0.05


def draw_power(control: PowerControl) -> Chart:
    """Draw the chance of finding an effect by the units in each arm."""
    wanted = find_size(control.effect, 0.8, alpha=max(control.alpha, 1e-6))
    n = np.unique(np.linspace(2, 2.5 * wanted, 60).round())
    power = np.array([find_power(control.effect, float(each), alpha=control.alpha) for each in n])
    title = f"{math.ceil(wanted)} units in each arm find an effect of {control.effect:g} in 80 of 100 trials"
    marks = (
        Mark("line", n, power, "power"),
        Mark("points", np.array([wanted]), np.array([0.8]), "80%", "second"),
    )
    return Chart(title, "Units in each arm", "Power", marks, f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class CupedControl:
    """How well the covariate tells the metric."""

    correlation: Annotated[float, Range(0.0, 0.95, 0.05), Label("Correlation", "Of the metric and the covariate.")] = (
        0.7
    )


def draw_cuped(control: CupedControl) -> Chart:
    """Draw the estimates of 400 trials, plain and adjusted."""
    trials = simulate_cuped(400, control.correlation, seed=3)
    edges = np.linspace(-0.3, 0.7, 41)
    middles = (edges[1:] + edges[:-1]) / 2
    marks = [
        Mark("steps", middles, np.histogram(each, edges)[0].astype(float), name, role)  # type: ignore[arg-type]
        for each, name, role in ((trials.plain, "plain", "muted"), (trials.adjusted, "CUPED", "main"))
    ]
    marks.append(Mark("line", np.array([0.2, 0.2]), np.array([0.0, 60.0]), "truth", "baseline", dash=True))
    share = 100 * trials.guarantee.value
    taken = f"takes {share:.0f}% off the variance and leaves the middle where it is"
    title = f"A correlation of {control.correlation:g} {taken}"
    return Chart(title, "Estimated effect", "Trials of 400", tuple(marks), f"{title}.")


@dataclass(frozen=True, slots=True)
class SplitControl:
    """The arms as they were counted."""

    first: Annotated[int, Range(400, 600, 1), Label("Treatment", "Units, in hundreds.")] = 509
    second: Annotated[int, Range(400, 600, 1), Label("Control", "Units, in hundreds.")] = 491


def draw_split(control: SplitControl) -> Chart:
    """Draw two arms that should be equal, and whether chance explains the gap."""
    found = check_split((100 * control.first, 100 * control.second))
    names = np.array(["treatment", "control"], dtype=object)
    expected = sum(found.counts) / 2
    state = "broken" if found.is_alert else "as promised"
    title = f"{found.counts[0]:,} against {found.counts[1]:,}: p is {found.p_value:.2g}, the split is {state}"
    marks = (
        Mark("bars", names, np.array(found.counts, dtype=float), "units", "bad" if found.is_alert else "good"),
        Mark("line", names, np.full(2, expected), "promised", "baseline", dash=True),
    )
    return Chart(title, "Arm", "Units", marks, f"{title}.")


@dataclass(frozen=True, slots=True)
class LotControl:
    """Who is put into the treatment."""

    by: Annotated[Literal["lot", "choice"], Label("Assigned by")] = "choice"


def draw_lot(control: LotControl) -> Chart:
    """Draw the estimated effect of a treatment that does nothing, where keen users choose it and where a lot does."""
    rng = np.random.default_rng(5)
    keen = rng.normal(size=(300, 400))
    drawn = rng.random((300, 400))
    treated = drawn < (0.5 if control.by == "lot" else 1 / (1 + np.exp(-1.5 * keen)))
    spent = keen + rng.normal(size=(300, 400))
    n = treated.sum(axis=1)
    effect = (spent * treated).sum(axis=1) / n - (spent * ~treated).sum(axis=1) / (400 - n)
    counts, edges = np.histogram(effect, np.linspace(-0.6, 1.6, 45))
    title = f"Assigned by {control.by}, a treatment without effect seems to give {effect.mean():.2f} on average"
    marks = (
        Mark("steps", (edges[1:] + edges[:-1]) / 2, counts.astype(float), "300 trials"),
        Mark("line", np.zeros(2), np.array([0.0, float(counts.max())]), "truth", "baseline", dash=True),
    )
    return Chart(title, "Estimated effect", "Trials", marks, f"{title}.")


@dataclass(frozen=True, slots=True)
class UnitControl:
    """What is taken as independent."""

    seed: Annotated[int, Range(0, 20, 1), Label("Draw", "Another 400 simulated trials.")] = 0


def draw_unit(control: UnitControl) -> Chart:
    """Draw how often the interval of clicks per view holds, by rows and by users."""
    shares = np.array([hold(np.random.default_rng(control.seed), 400).mean() for hold in (hold_rows, hold_ratio)])
    names = np.array(["views taken as independent", "delta method over users"], dtype=object)
    rows, users = (f"{100 * share:.0f}%" for share in shares)
    title = f"Taking views as independent, a 95% interval holds {rows} of the time; over users {users}"
    marks = (
        Mark("bars", names, shares, "holds"),
        Mark("line", names, np.full(2, 0.95), "asked", "baseline", dash=True),
    )
    return Chart(title, "How the variance is taken", "Coverage", marks, f"{title}.", y_percent=True, y_range=(0.7, 1.0))


@dataclass(frozen=True, slots=True)
class ParadoxControl:
    """How the treatment is shared out."""

    share: Annotated[
        float,
        Range(0.1, 0.9, 0.05),
        Label("Heavy users treated", "Share of them; of light ones, the rest."),
    ] = 0.2


def draw_paradox(control: ParadoxControl) -> Chart:
    """Draw shares by segment and as a whole, when segments are not shared out alike."""
    base, rise = np.array([0.5, 0.1]), 0.05
    treated = np.array([control.share, 1 - control.share])
    first, second = base + rise, base
    whole = float(first @ treated / treated.sum()), float(second @ (1 - treated) / (1 - treated).sum())
    names = np.array(["heavy users", "light users", "whole"], dtype=object)
    gap = whole[0] - whole[1]
    title = f"The treatment adds 5 points in each segment; the whole says {100 * gap:+.0f}"
    marks = (
        Mark("bars", names, np.array([*first, whole[0]]), "treatment"),
        Mark("bars", names, np.array([*second, whole[1]]), "control", "muted"),
    )
    return Chart(title, "Segment", "Share", marks, f"{title}.", y_percent=True)
