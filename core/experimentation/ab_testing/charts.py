"""Charts of an analysis: arms, effects of every test, segments, looks with their bounds, false positives by looks.

Left out: figures of the lessons (``figures``).
"""

from __future__ import annotations

import numpy as np

from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.simulation import PEEKING, Guarantee
from core.hub.charts import Chart, Mark


def arms_chart(found: Analysis) -> Chart:
    """Draw each arm's mean with its 95% interval."""
    names = np.array([arm.name for arm in found.arms], dtype=object)
    mean, low, high = (np.array([getattr(arm, part) for arm in found.arms]) for part in ("mean", "low", "high"))
    first, second = found.arms
    shown = [f"{100 * arm.mean:.3g}%" if found.kind == "share" else f"{arm.mean:.4g}" for arm in (first, second)]
    title = f"{found.plan.metric} is {shown[0]} with {first.name} and {shown[1]} with {second.name}"
    mark = Mark("points", names, mean, "mean and 95% interval", low=low, high=high)
    return Chart(title, found.plan.arm, found.plan.metric, (mark,), f"{title}.", y_percent=found.kind == "share")


def effects_chart(found: Analysis) -> Chart:
    """Draw the effect as each test that estimates it sees it; Mann–Whitney's has another unit and is left out."""
    verdicts = [found.verdict, found.plain, *found.others]
    kept = {each.test: each for each in verdicts if not each.test.startswith("Mann")}
    names = np.array(list(kept), dtype=object)
    effect = np.array([each.effect for each in kept.values()])
    low, high = np.array([_bound_ends(each.low, each.high, each.effect) for each in kept.values()]).T
    title = found.decision.sentence.rstrip(".")
    marks = (
        Mark("points", names, effect, "effect", low=low, high=high),
        Mark("line", names, np.zeros(len(names)), "no effect", "baseline", dash=True),
    )
    return Chart(title, "Test", f"{found.arms[0].name} minus {found.arms[1].name}", marks, f"{title}.")


def _bound_ends(low: float, high: float, effect: float) -> tuple[float, float]:
    """Draw an open end as long as the other side."""
    reach = max(each for each in (effect - low, high - effect) if np.isfinite(each))
    return (low if np.isfinite(low) else effect - reach), (high if np.isfinite(high) else effect + reach)


def segments_chart(found: Analysis) -> Chart | None:
    """Draw the effect by segment with intervals that hold together; None where there are no segments."""
    if found.segments is None:
        return None
    rows = found.segments.rows
    names = np.array([row.name for row in rows], dtype=object)
    effect, low, high = (np.array([getattr(row.verdict, part) for row in rows]) for part in ("effect", "low", "high"))
    whole = np.full(len(rows), found.plain.effect)
    marks = (
        Mark("points", names, effect, "effect", low=low, high=high),
        Mark("line", names, whole, "whole", "second"),
        Mark("line", names, np.zeros(len(rows)), "no effect", "baseline", dash=True),
    )
    title = found.segments.sentence.rstrip(".")
    return Chart(title, found.segments.column, "Effect", marks, f"{title}.")


def looks_chart(found: Analysis) -> Chart | None:
    """Draw the bounds of the looks so far and where the statistic stands; None where there was one look."""
    look = found.look
    if not look.bounds:
        return None
    times, bounds = np.array(look.times), np.array(look.bounds)
    z = found.verdict.statistic
    crossed = "is past" if abs(z) >= bounds[-1] else "has not reached"
    title = f"At {100 * look.time:.0f}% of the planned units z is {z:.2f} and {crossed} the bound of {bounds[-1]:.2f}"
    marks = (
        Mark("line", times, bounds, "bound", "bad"),
        Mark("line", times, -bounds, "", "bad"),
        Mark("points", times[-1:], np.array([z]), "now"),
    )
    return Chart(title, "Share of the planned units", "Standard errors from 0", marks, f"{title}.", x_percent=True)


def guarantees_chart(found: tuple[Guarantee, ...]) -> Chart:
    """Draw how often each way of looking finds something in trials without an effect."""
    rows = [each for each in found if each.metric == "false_positive_rate"]
    names = np.array([each.method for each in rows], dtype=object)
    value, low, high = (np.array([getattr(each, part) for each in rows]) for part in ("value", "low", "high"))
    peeking = next(each.value for each in rows if each.method == PEEKING)
    best = next(each.value for each in rows if each.method == "anytime")
    title = (
        f"Looking 30 times at trials without an effect, the z-test finds one in {100 * peeking:.0f}% of them, "
        f"the anytime interval in {100 * best:.1f}%"
    )
    marks = (
        Mark("bars", names, value, "false positives", low=low, high=high),
        Mark("line", names, np.full(len(rows), 0.05), "5%", "baseline", dash=True),
    )
    return Chart(title, "Way of looking", "False positives", marks, f"{title}.", y_percent=True)
