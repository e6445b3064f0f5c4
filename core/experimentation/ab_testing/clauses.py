"""The decision rule clause by clause, in its order, with what a trial says to each; the first that holds decides.

Left out: the rule itself (``decision``), which a test holds these clauses against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.decision import Action, Stage
from core.experimentation.ab_testing.looks import find_stage
from core.experimentation.ab_testing.srm import ALERT


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: what it asks, what follows, whether it holds, and why."""

    text: str
    action: Action
    holds: bool
    because: str


def list_clauses(found: Analysis) -> tuple[Clause, ...]:
    """List the clauses of the rule for a table's analysis.

    Examples
    --------
    >>> from core.experimentation.ab_testing.analysis import analyse
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> next(each.text for each in list_clauses(analyse(None, Recipe())) if each.holds)
    'A clear effect for the better, and every guardrail is safe: ship'
    """
    stage = find_stage(found.plan, found.n)
    return (*_list_first(found, stage), *_list_effects(found, stage), *_list_rest(found, stage))


def _list_first(found: Analysis, stage: Stage) -> Iterator[Clause]:
    """Say what comes before any effect is read."""
    mismatch = found.mismatch
    split = "the split is not known"
    if mismatch is not None:
        split = f"p = {mismatch.deciding_p_value:.2g}, alert below {ALERT:g}"
    yield Clause("The split is broken: stop and mend", "stop", mismatch is not None and mismatch.is_alert, split)
    yield Clause("The look is not due yet: go on", "go on", bool(stage.wait), stage.wait or "it is due")
    harmed = [each.name for each in found.guardrails if each.state == "harmed"]
    shown = ", ".join(harmed) or f"{len(found.guardrails)} guardrails"
    yield Clause("A guardrail is harmed: stop", "stop", bool(harmed), shown)


def _list_effects(found: Analysis, stage: Stage) -> Iterator[Clause]:
    """Say what a clear effect leads to."""
    verdict, plan = found.verdict, found.plan
    gain = verdict.effect if plan.better == "higher" else -verdict.effect
    why = f"p = {verdict.p_value:.2g} against α = {plan.alpha:g}; effect {verdict.effect:.4g}, better is {plan.better}"
    unknown = [each.name for each in found.guardrails if each.state == "unknown"]
    is_better, is_worse = (verdict.is_significant and side for side in (gain > 0, gain <= 0))
    text = "A clear effect for the better, and every guardrail is safe: ship"
    yield Clause(text, "ship", is_better and not unknown, why)
    end: Action = "stop" if stage.is_last else "go on"
    text = "A clear effect for the better, and harm to a guardrail is not ruled out: go on, at the last look stop"
    yield Clause(text, end, is_better and bool(unknown), ", ".join(unknown) or "none is in doubt")
    yield Clause("A clear effect for the worse: stop", "stop", is_worse, why)


def _list_rest(found: Analysis, stage: Stage) -> Iterator[Clause]:
    """Say what follows where no effect is clear."""
    verdict, plan = found.verdict, found.plan
    is_open = not verdict.is_significant
    sign = 1 if plan.better == "higher" else -1
    best = verdict.high if sign > 0 else -verdict.low
    least = plan.least_effect * abs(found.arms[1].mean)
    shown = f"at best {best:.4g}, worth having {least:.4g}" if least > 0 else "the plan names no least effect"
    yield Clause("Every effect worth having is ruled out: stop", "stop", is_open and 0 < least > best, shown)
    share = f"{100 * found.look.time:.0f}% of the planned units"
    yield Clause("The last look found nothing: stop", "stop", is_open and stage.is_last, share)
    z, bound = (sign * verdict.effect / verdict.error if verdict.error > 0 else 0.0), stage.futility
    is_futile = is_open and bound is not None and z < bound
    shown = "no bound of futility at this look" if bound is None else f"z = {z:.2f} against {bound:.2f}"
    yield Clause("The looks left would hardly find an effect: stop", "stop", is_futile, shown)
    yield Clause("Anything else: go on", "go on", found.decision.action == "go on", "")
