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

from core.datasets.fixes.wording import count_of
from core.datasets.table import Table
from core.evaluation.intervals import wilson_interval
from core.experimentation.ab_testing.cuped import Adjusted, adjust
from core.experimentation.ab_testing.data import PAIRED, Data, load
from core.experimentation.ab_testing.decision import Decision, Guardrail, decide
from core.experimentation.ab_testing.estimates import Verdict, find_critical, summarise
from core.experimentation.ab_testing.lift import Lift, Mean, find_lift
from core.experimentation.ab_testing.looks import (
    Look,
    check_shape,
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
from core.experimentation.ab_testing.resampling import bootstrap_test, permutation_test
from core.experimentation.ab_testing.segments import Segments, compare_segments
from core.experimentation.ab_testing.srm import Mismatch, check_split, parse_split
from core.experimentation.ab_testing.structure import to_text
from core.experimentation.ab_testing.trials import TRIALS
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


def analyse(table: Table | None, plan: Recipe) -> Analysis:
    """Analyse a trial by its plan.

    Parameters
    ----------
    table : Table, optional
        None takes the bundled trial that the plan names.

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
    return analyse_data(load(plan, table))


def analyse_data(data: Data) -> Analysis:
    """Analyse loaded arms; see :func:`analyse`."""
    plan, n = data.plan, len(data.y)
    plain = run_test(data)
    adjusted = _adjust(data)
    verdict = _monitor(data, plain if adjusted is None else adjusted.verdict)
    arms = tuple(_describe_arm(data, place) for place in (0, 1))
    look, mismatch = find_look(plan, n), _check_split(data)
    guardrails = tuple(_guard(data, name) for name in list_names(plan.guardrails))
    least = plan.least_effect * abs(arms[1].mean)
    decision = decide(
        verdict, better=plan.better, mismatch=mismatch, guardrails=guardrails, stage=find_stage(plan, n),
        least_effect=least,
    )  # fmt: skip
    return Analysis(
        plan, data.table.name, data.table.sha256, data.kind, (arms[0], arms[1]), verdict, plain, _run_others(data),
        _find_lift(data, arms), look, adjusted, mismatch, _split_segments(data), guardrails, decision,
        (*data.notes, *note_look(plan, n)),
    )  # fmt: skip


def _monitor(data: Data, found: Verdict) -> Verdict:
    """Correct a verdict for the looks that were planned, once the arms can bear them."""
    plan, is_z = data.plan, found.test == "z"
    verdict = monitor_counts(*_count(data), plan) if is_z else monitor(found, plan, len(data.y))
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
        return z_test(*_count(data), 1 - plan.alpha, plan.sided)
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


def _find_lift(data: Data, arms: tuple[Arm, ...]) -> Lift | None:
    """Express the effect as a share of the control's mean, where that is a base to stand on."""
    if arms[1].mean == 0 or data.plan.test == PAIRED:
        return None
    plan, (first, second) = data.plan, (Mean(arm.mean, arm.squared_error) for arm in arms)
    sided = "two-sided" if plan.monitoring == "anytime" else plan.sided
    return find_lift(first, second, find_level(plan, len(data.y), plan.alpha, sided), sided)


def _check_split(data: Data) -> Mismatch | None:
    """Compare the units assigned with the promised split."""
    if data.plan.split == "unknown" or data.plan.test == PAIRED:
        return None
    return check_split(data.counts, parse_split(data.plan.split or "50:50"))


def _adjust(data: Data) -> Adjusted | None:
    """Adjust by the plan's covariates after checking when they were measured."""
    plan = data.plan
    names = list_names(plan.covariates)
    if not names:
        return None
    if data.kind == "ratio" or plan.test not in {"auto", "Welch t"}:
        message = "covariates adjust a mean or a share by Welch's t; set the test to auto, or leave the covariates out"
        raise DataError(message)
    check_when(data, names)
    columns = []
    for name in names:
        sums, known = data.sum_column(name)
        columns.append(np.divide(sums, known, out=np.full(len(sums), np.nan), where=known > 0))
    return adjust(data.y, data.is_first, np.column_stack(columns), names, 1 - plan.alpha, plan.sided)


def check_when(data: Data, names: tuple[str, ...]) -> None:
    """Refuse a covariate that is known, or dated, to have been measured after assignment.

    Raises
    ------
    DataError
        Naming the covariate, and the remedy.
    """
    plan = data.plan
    after = TRIALS[plan.trial].after if data.table.origin == "bundled" else ()
    late = [name for name in names if name in after or name == plan.metric]
    if late:
        message = f"{late[0]} was measured after assignment, so the treatment may have moved it; leave it out"
        raise DataError(message)
    if not (plan.assigned_at and plan.measured_at):
        return
    frame = data.table.frame.iloc[data.rows]
    assigned, measured = (_read_dates(frame, name) for name in (plan.assigned_at, plan.measured_at))
    n_late = int((measured >= assigned).sum())
    if n_late:
        rows = count_of(n_late, "row")
        message = f"{names[0]} was measured at or after assignment in {rows} ({plan.measured_at}); leave it out"
        raise DataError(message)


def _read_dates(frame: pd.DataFrame, name: str) -> pd.Series:
    """Read a column of dates; one that cannot be read proves nothing, so it is refused and not passed over."""
    found = pd.to_datetime(frame[name], errors="coerce", utc=True, format="mixed")
    bad = found.isna() & frame[name].notna()
    if bad.any() or found.isna().all():
        example = f"holds {str(frame[name][bad].iloc[0])[:40]!r}, which is no date" if bad.any() else "holds no date"
        message = f"{name} {example}; mend it, since it must prove that the covariates came before assignment"
        raise DataError(message)
    return found


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


def _guard(data: Data, text: str) -> Guardrail:
    """Measure a guardrail as a ratio over units: its lift, each end at alpha, for as many looks as the plan has."""
    name = text.removeprefix("-").strip()
    sums, known = data.sum_column(name)
    means = [find_ratio(sums[arm], known[arm]).mean for arm in (data.is_first, ~data.is_first)]
    lift = find_lift(means[0], means[1], find_level(data.plan, len(data.y), 2 * data.plan.alpha))
    return Guardrail(name, lift, "lower" if text.startswith("-") else "higher", data.plan.margin)
