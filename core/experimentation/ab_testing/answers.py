"""Answer two counts at once: whether the first arm is better, by how much, and what now.

Left out: whole tables (``analysis.analyse``).
"""

from __future__ import annotations

from core.experimentation.ab_testing.decision import decide
from core.experimentation.ab_testing.estimates import Verdict
from core.experimentation.ab_testing.lift import Mean, find_lift
from core.experimentation.ab_testing.looks import find_level, find_stage, monitor_counts
from core.experimentation.ab_testing.proportions import Count
from core.experimentation.ab_testing.recipe import Inputs, Recipe
from core.experimentation.ab_testing.srm import check_split, parse_split
from core.experimentation.ab_testing.training import Model
from core.hub.contract import Prediction, Reason
from core.hub.errors import HubError
from core.hub.fields import validate_recipe


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Decide on the counts of two arms by a model's plan.

    Returns
    -------
    Prediction
        ``answer`` is ship, stop or go on; ``interval`` bounds the difference of the shares; ``details`` holds the
        sentence, the p-value, and the lift with its ends. Where counts cannot be compared it is refused, and says why.

    Raises
    ------
    RecipeError
        If a count is out of range.

    Examples
    --------
    >>> from core.experimentation.ab_testing.data import load
    >>> from core.experimentation.ab_testing.training import train
    >>> recipe = Recipe(simulations=500)
    >>> found = predict(train(recipe, load(recipe)), Inputs())
    >>> found.answer, [round(end, 4) for end in found.interval], round(found.details["p_value"], 6)
    ('ship', [0.0134, 0.0865], 0.00742)
    """
    validate_recipe(inputs)
    try:
        return decide_counts(model.analysis.plan, inputs)
    except HubError as error:
        return Prediction(None, model.analysis.plan.test, refused=str(error))


def decide_counts(plan: Recipe, inputs: Inputs) -> Prediction:
    """Decide on two counts by a plan; see :func:`predict`.

    Raises
    ------
    DataError
        If the counts cannot be, or nothing varies.
    """
    first = Count(inputs.first_successes, inputs.first_units)
    second = Count(inputs.second_successes, inputs.second_units)
    n = first.n + second.n
    verdict = monitor_counts(first, second, plan)
    mismatch = None
    if plan.split != "unknown":
        shares, is_watched = parse_split(plan.split or "50:50"), plan.monitoring != "one look"
        mismatch = check_split((first.n, second.n), shares, is_watched=is_watched)
    least = plan.least_effect * second.share
    decision = decide(verdict, better=plan.better, mismatch=mismatch, stage=find_stage(plan, n), least_effect=least)
    return Prediction(
        answer=decision.action,
        model=verdict.test,
        interval=(max(verdict.low, -1.0), min(verdict.high, 1.0)),
        coverage=1 - plan.alpha,
        reasons=_find_reasons(first, second, verdict),
        details={"sentence": decision.sentence, "p_value": verdict.p_value} | _describe_lift(plan, first, second),
    )


def _find_reasons(first: Count, second: Count, verdict: Verdict) -> tuple[Reason, ...]:
    """Say what the decision rests on."""
    shown = f"{100 * first.share:.4g}% against {100 * second.share:.4g}%"
    return (
        Reason("difference", shown, verdict.effect, "share"),
        Reason("standard errors from 0", f"{verdict.statistic:.3f}", verdict.statistic, "z"),
    )


def _describe_lift(plan: Recipe, first: Count, second: Count) -> dict[str, float]:
    """Give the lift where the control has successes."""
    if not second.successes:
        return {}
    arms = [Mean(each.share, each.share * (1 - each.share) / each.n) for each in (first, second)]
    found = find_lift(arms[0], arms[1], find_level(plan, first.n + second.n, plan.alpha))
    return {"lift": found.value, "lift_low": found.low, "lift_high": found.high}
