"""One trial, analysed by its plan: arms, effect with interval, split, adjustment, segments, guardrails, decision.

``analyse(table, plan)`` is the door for uploads, for the log and for bundled trials alike. The result holds nothing but
numbers and text, and its ``digest`` is the same whatever the order of the rows.

Left out: drawing it (``charts``) and writing it down (``reporting``).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.evaluation.intervals import wilson_interval
from core.experimentation.ab_testing.anytime import check_shape
from core.experimentation.ab_testing.covariates import adjust_data
from core.experimentation.ab_testing.cuped import Adjusted
from core.experimentation.ab_testing.data import PAIRED, Data, load
from core.experimentation.ab_testing.decision import Decision, Guardrail, decide
from core.experimentation.ab_testing.estimates import Verdict, find_critical, summarise
from core.experimentation.ab_testing.lift import Lift, Mean, find_lift
from core.experimentation.ab_testing.looks import (
    Look,
    Past,
    find_level,
    find_look,
    find_stage,
    monitor,
    monitor_counts,
    note_look,
)
from core.experimentation.ab_testing.means import paired_test, pooled_test, welch_test
from core.experimentation.ab_testing.proportions import Count, z_test
from core.experimentation.ab_testing.ranks import mann_whitney_test
from core.experimentation.ab_testing.ratios import find_ratio, ratio_test
from core.experimentation.ab_testing.recipe import Recipe, list_names
from core.experimentation.ab_testing.resampling import bootstrap_test, note_coverage, permutation_test
from core.experimentation.ab_testing.segments import Segments, compare_segments
from core.experimentation.ab_testing.srm import Mismatch, check_split, parse_split
from core.experimentation.ab_testing.structure import to_text
from core.hub.errors import DataError


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: units assigned, units with a metric, its mean (share, ratio) with a 95% interval, and its spread."""

    name: str
    n_assigned: int
    n: int
    mean: float
    low: float
    high: float
    squared_error: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a plan says of a table.

    Parameters
    ----------
    plan : Recipe
        With every blank filled in.
    verdict : Verdict
        The one that decides: adjusted, and corrected for looking, where the plan says so.
    plain : Verdict
        The same test unadjusted and for one look.
    others : tuple of Verdict
        Other tests of the same metric, which decide nothing.
    lift : Lift, optional
        As a share of the control's mean; None where that is 0.
    """

    plan: Recipe
    table: str
    sha256: str
    kind: str
    arms: tuple[Arm, Arm]
    verdict: Verdict
    plain: Verdict
    others: tuple[Verdict, ...]
    lift: Lift | None
    look: Look
    adjusted: Adjusted | None
    mismatch: Mismatch | None
    segments: Segments | None
    guardrails: tuple[Guardrail, ...]
    decision: Decision
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """Units of both arms."""
        return self.arms[0].n + self.arms[1].n

    @property
    def digest(self) -> str:
        """Hash (sha256, hex) of everything but the table's own: equal data in any order give the same."""
        return hashlib.sha256(to_text(self, without=("table", "sha256")).encode()).hexdigest()


def analyse(table: Table | None, plan: Recipe, *, past: Past | None = None, is_running: bool = False) -> Analysis:
    """Analyse a trial by its plan.

    Parameters
    ----------
    table : Table, optional
        None takes the bundled trial that the plan names.
    past : Past, optional
        The looks that were written down; None, where that is not known, takes the planned ones.
    is_running : bool
        Whether units still come, so that their counts are looked at again and again.

    Raises
    ------
    HubError
        If the table is no trial of two arms, or the plan asks for what cannot be done; one sentence each.

    Examples
    --------
    >>> found = analyse(None, Recipe(trial="resumes"))
    >>> round(found.verdict.statistic, 4), round(found.verdict.effect, 7), found.decision.action
    (4.1084, 0.0320329, 'ship')
    """
    return analyse_data(load(plan, table), past=past, is_running=is_running)


def analyse_data(data: Data, *, past: Past | None = None, is_running: bool = False) -> Analysis:
    """Analyse loaded arms; see :func:`analyse`."""
    plan, n = data.plan, len(data.y)
    plain = run_test(data)
    adjusted = adjust_data(data)
    verdict = _monitor(data, plain if adjusted is None else adjusted.verdict, past)
    arms = tuple(_describe_arm(data, place) for place in (0, 1))
    look, mismatch = find_look(plan, n, past), _check_split(data, is_running=is_running)
    guardrails = tuple(_guard(data, name, past) for name in list_names(plan.guardrails))
    least = plan.least_effect * abs(arms[1].mean)
    decision = decide(
        verdict, better=plan.better, mismatch=mismatch, guardrails=guardrails,
        stage=find_stage(plan, n, past), least_effect=least,
    )  # fmt: skip
    return Analysis(
        plan, data.table.name, data.table.sha256, data.kind, (arms[0], arms[1]), verdict, plain, _run_others(data),
        _find_lift(data, arms, past), look, adjusted, mismatch, _split_segments(data), guardrails, decision,
        (*data.notes, *note_look(plan, n, past), *note_coverage(plan.test, min(arm.n for arm in arms))),
    )  # fmt: skip


def _monitor(data: Data, found: Verdict, past: Past | None) -> Verdict:
    """Correct a verdict for the looks that were planned, once the arms can bear them."""
    plan, is_z = data.plan, found.test == "z"
    verdict = monitor_counts(*_count(data), plan, past) if is_z else monitor(found, plan, len(data.y), past)
    if plan.monitoring == "anytime":
        whole = float(data.y.sum() / data.per.sum()) if data.kind == "ratio" else 0.0
        values = data.y - whole * data.per
        check_shape(values[data.is_first], values[~data.is_first], is_share=is_z)
    return verdict


def run_test(data: Data, name: str = "") -> Verdict:
    """Run a test on two arms, for one look; the plan's own by default.

    Raises
    ------
    DataError
        If the test does not suit the metric.
    """
    plan = data.plan
    name = name or plan.test
    if data.kind == "ratio":
        return _test_ratio(data, name)
    if name == PAIRED:
        return _test_pairs(data)
    if name == "z" or (name == "auto" and data.kind == "share"):
        return z_test(*_count(data), 1 - plan.alpha, plan.sided, plan.interval)
    return _compare_values(data, name)


def _compare_values(data: Data, name: str) -> Verdict:
    """Compare the values of two arms by t, ranks or resampling."""
    plan, first, second = data.plan, data.first, data.second
    level, sided = 1 - plan.alpha, plan.sided
    if name == "Mann–Whitney":
        return mann_whitney_test(first, second, level, sided)
    if name in {"bootstrap", "permutation"}:
        resample = bootstrap_test if name == "bootstrap" else permutation_test
        return resample(first, second, level=level, sided=sided, seed=plan.seed)
    compare = pooled_test if name == "pooled t" else welch_test
    return compare(summarise(first), summarise(second), level, sided)


def _count(data: Data) -> tuple[Count, Count]:
    """Count successes in each arm."""
    if data.kind != "share":
        message = f"{data.plan.metric} is no share, so z cannot compare it; choose Welch t"
        raise DataError(message)
    first, second = data.first, data.second
    return Count(int(first.sum()), len(first)), Count(int(second.sum()), len(second))


def _test_ratio(data: Data, name: str) -> Verdict:
    """Compare two ratios over units."""
    if name != "auto":
        message = f"{data.plan.metric} is compared as a ratio over units, which {name} cannot do; set the test to auto"
        raise DataError(message)
    first, second = (find_ratio(data.y[arm], data.per[arm]) for arm in (data.is_first, ~data.is_first))
    return ratio_test(first, second, 1 - data.plan.alpha, data.plan.sided)


def _test_pairs(data: Data) -> Verdict:
    """Compare the two values of each unit; units in one arm only are no pair."""
    plan = data.plan
    if not plan.unit:
        message = "a paired t-test needs the column that says which two rows belong together; name the unit"
        raise DataError(message)
    units = np.empty(len(data.y), dtype=object)
    units[data.places] = data.table.frame[plan.unit].iloc[data.rows].to_numpy()
    arms = [pd.Series(data.y[arm] / data.per[arm], index=units[arm]) for arm in (data.is_first, ~data.is_first)]
    pairs = pd.concat(arms, axis=1, join="inner").sort_index()
    return paired_test(pairs[0].to_numpy(), pairs[1].to_numpy(), 1 - plan.alpha, plan.sided)


def _run_others(data: Data) -> tuple[Verdict, ...]:
    """Run the quick tests that suit the metric beside the plan's own."""
    if data.kind == "ratio" or data.plan.test == PAIRED:
        return ()
    names = ("z", "Welch t") if data.kind == "share" else ("Welch t", "pooled t", "Mann–Whitney")
    return tuple(run_test(data, name) for name in names)


def _describe_arm(data: Data, place: int) -> Arm:
    """Describe one arm with the interval of its mean."""
    mask = data.is_first if place == 0 else ~data.is_first
    name, y = (data.plan.first, data.plan.second)[place], data.y[mask]
    if data.kind == "ratio":
        found = find_ratio(y, data.per[mask]).mean
    elif data.kind == "share":
        share = float(y.mean())
        low, high = wilson_interval(int(y.sum()), len(y))
        return Arm(name, data.counts[place], len(y), share, low, high, share * (1 - share) / len(y))
    else:
        each = summarise(y / data.per[mask])
        found = Mean(each.mean, each.squared_error)
    df = math.inf if data.kind == "ratio" else float(len(y) - 1)
    reach = find_critical(0.95, df, "two-sided") * math.sqrt(found.squared_error)
    ends = found.value - reach, found.value + reach
    return Arm(name, data.counts[place], len(y), found.value, *ends, found.squared_error)


def _find_lift(data: Data, arms: tuple[Arm, ...], past: Past | None) -> Lift | None:
    """Express the effect as a share of the control's mean, where that is a base to stand on."""
    if arms[1].mean == 0 or data.plan.test == PAIRED:
        return None
    plan, (first, second) = data.plan, (Mean(arm.mean, arm.squared_error) for arm in arms)
    sided = "two-sided" if plan.monitoring == "anytime" else plan.sided
    return find_lift(first, second, find_level(plan, len(data.y), plan.alpha, sided, past), sided)


def _check_split(data: Data, *, is_running: bool) -> Mismatch | None:
    """Compare the units assigned with the promised split, by the p that may be read at every look if there are some."""
    if data.plan.split == "unknown" or data.plan.test == PAIRED:
        return None
    is_watched = is_running or data.plan.monitoring != "one look"
    return check_split(data.counts, parse_split(data.plan.split or "50:50"), is_watched=is_watched)


def _split_segments(data: Data) -> Segments | None:
    """Compare the effect between the groups of the plan's segment column."""
    name = data.plan.segment
    if not name:
        return None
    if name not in data.table.frame.columns:
        message = f"there is no column {name[:60]!r} to split by; choose one of the table's"
        raise DataError(message)
    labels = np.empty(len(data.y), dtype=object)
    labels[data.places] = data.table.frame[name].iloc[data.rows].to_numpy()
    return compare_segments(name, labels, data.y / np.maximum(data.per, 1e-300), data.is_first, 1 - data.plan.alpha)


def _guard(data: Data, text: str, past: Past | None) -> Guardrail:
    """Measure a guardrail as a ratio over units: its lift, each end at alpha, for as many looks as the plan has."""
    name = text.removeprefix("-").strip()
    sums, known = data.sum_column(name)
    means = [find_ratio(sums[arm], known[arm]).mean for arm in (data.is_first, ~data.is_first)]
    level = find_level(data.plan, len(data.y), 2 * data.plan.alpha, past=past)
    if means[1].value == 0 or not means[0].squared_error + means[1].squared_error > 0:
        # What nobody has had yet, such as a refund, rules nothing out and must not keep the metric from being read.
        lift = Lift(math.nan, -math.inf, math.inf, 1.0, "Fieller", level)
    else:
        lift = find_lift(means[0], means[1], level)
    return Guardrail(name, lift, "lower" if text.startswith("-") else "higher", data.plan.margin)
