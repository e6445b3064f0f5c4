"""The report of a trial as PDF: plan, arms, effect, split, segments, guardrails, promises, decision.

Left out: the layout and the charts themselves.
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.report import Section, make_report
from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.charts import (
    arms_chart,
    effects_chart,
    guarantees_chart,
    looks_chart,
    segments_chart,
)
from core.experimentation.ab_testing.scoring import describe_command
from core.experimentation.ab_testing.tables import (
    list_arms,
    list_guarantees,
    list_guardrails,
    list_segments,
    list_tests,
)
from core.experimentation.ab_testing.training import Model


def make_run_report(model: Model) -> bytes:
    """Write a trial's report; equal models give equal bytes."""
    found = model.analysis
    sections = [
        Section("Decision", (found.decision.sentence, *found.notes), None, effects_chart(found)),
        Section("Arms", _describe_arms(found), _round(list_arms(found)), arms_chart(found)),
        Section("Tests", _describe_tests(found), _round(list_tests(found)), looks_chart(found)),
        *_describe_rest(found),
        Section(
            "Promises, simulated", (), _round(list_guarantees(model.guarantees)), guarantees_chart(model.guarantees)
        ),
        _describe_plan(found),
    ]
    facts = {
        "Data": f"{found.table}, {found.n:,} units",
        "Data sha256": found.sha256,
        "Result sha256": found.digest,
        "Metric": found.plan.metric,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
    }
    title = f"{found.plan.first} against {found.plan.second}: {found.plan.metric}"
    return make_report(title, f"A trial on {found.table}", sections, facts)


def _describe_arms(found: Analysis) -> tuple[str, ...]:
    """Say whether the split is as promised, and the lift."""
    split = (
        found.mismatch.sentence if found.mismatch else "The split that was promised is not known, so it is not checked."
    )
    if found.lift is None:
        return (split,)
    lift = found.lift
    return (split, f"Lift: {100 * lift.value:+.2f}% ({100 * lift.low:+.2f}% to {100 * lift.high:+.2f}%, Fieller).")


def _describe_tests(found: Analysis) -> tuple[str, ...]:
    """Say what was adjusted."""
    if found.adjusted is None:
        return ("The first row decides; the tests beside it decide nothing.",)
    names, share = ", ".join(found.adjusted.covariates), 100 * found.adjusted.reduction
    return (f"Adjusted by {names}, which takes {share:.1f}% off the variance.",)


def _describe_rest(found: Analysis) -> list[Section]:
    """Give segments and guardrails, where the plan has them."""
    sections = []
    if found.segments:
        chart = segments_chart(found)
        sections.append(Section("Segments", (found.segments.sentence,), _round(list_segments(found)), chart))
    if found.guardrails:
        frame = _round(list_guardrails(found).drop(columns="sentence"))
        sections.append(Section("Guardrails", tuple(each.sentence for each in found.guardrails), frame))
    return sections


def _round(frame: pd.DataFrame) -> pd.DataFrame:
    """Write numbers with five digits."""
    return frame.map(lambda value: f"{value:.5g}" if isinstance(value, float) else str(value))


def _describe_plan(found: Analysis) -> Section:
    """List every setting."""
    values = dataclasses.asdict(found.plan)
    frame = pd.DataFrame({"Setting": list(values), "Value": [str(value) for value in values.values()]})
    return Section("Plan", (), frame)
