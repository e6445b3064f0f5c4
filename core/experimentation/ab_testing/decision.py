"""Ship, stop or go on: one rule, fixed before the data, and the sentence that says why.

A broken split stops everything. Before the one look that was planned nothing else is decided. A guardrail that is
harmed stops. A clear effect on the better side ships, if every guardrail is known to be safe. A clear effect on the
worse side stops; so does the last look, an interval that leaves out every effect worth having, and a look below its
bound of futility. Anything else goes on.

A guardrail is a test of non-inferiority: it is safe when the worst that the data allow is less than the margin.

Left out: costs and benefits in money.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from core.experimentation.ab_testing.estimates import Verdict
from core.experimentation.ab_testing.lift import Lift
from core.experimentation.ab_testing.srm import Mismatch

Action = Literal["ship", "stop", "go on"]
Better = Literal["higher", "lower"]
State = Literal["safe", "harmed", "unknown"]


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric that must not get worse by more than a margin (a share of the control's mean)."""

    name: str
    lift: Lift
    better: Better
    margin: float

    @property
    def state(self) -> State:
        """Whether harm beyond the margin is ruled out, shown, or neither."""
        sign = 1 if self.better == "higher" else -1
        worst, best = sorted((sign * self.lift.low, sign * self.lift.high))
        if worst > -self.margin:
            return "safe"
        return "harmed" if best < -self.margin else "unknown"

    @property
    def sentence(self) -> str:
        """What the data say of it."""
        if not math.isfinite(self.lift.high - self.lift.low):
            return f"{self.name} may be harmed: the control has too little of it to say by what share it moved."
        span = f"{100 * self.lift.low:+.1f}% to {100 * self.lift.high:+.1f}%"
        words = {
            "safe": f"is safe: it moved by {span}, within {100 * self.margin:g}% of harm",
            "harmed": f"is harmed: it moved by {span}, beyond {100 * self.margin:g}%",
            "unknown": f"may be harmed: it moved by {span}, and {100 * self.margin:g}% of harm is not ruled out",
        }
        return f"{self.name} {words[self.state]}."


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a trial is.

    Parameters
    ----------
    is_last : bool
        Whether no further look is planned.
    wait : str
        Why nothing may be decided yet; empty where it may.
    futility : float, optional
        Least z towards the better side at which it is worth to go on.
    """

    is_last: bool = True
    wait: str = ""
    futility: float | None = None


LAST = Stage()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why."""

    action: Action
    sentence: str


def decide(  # noqa: PLR0911 - the rule's clauses, in their order, are the rule
    verdict: Verdict,
    *,
    better: Better = "higher",
    mismatch: Mismatch | None = None,
    guardrails: tuple[Guardrail, ...] = (),
    stage: Stage = LAST,
    least_effect: float = 0.0,
) -> Decision:
    """Apply the rule.

    Parameters
    ----------
    verdict : Verdict
        Of the main metric, already corrected for looking.
    least_effect : float
        The smallest effect worth having, in the metric's unit; 0 asks for none.

    Examples
    --------
    >>> from core.experimentation.ab_testing.proportions import Count, z_test
    >>> decide(z_test(Count(250, 1000), Count(200, 1000))).sentence
    'Ship: the effect is 0.05 (0.0134 to 0.08645), so the first arm is better (p = 0.0074).'
    """
    sign = 1 if better == "higher" else -1
    span = f"{verdict.effect:.4g} ({verdict.low:.4g} to {verdict.high:.4g})"
    if mismatch is not None and mismatch.is_alert:
        return Decision("stop", f"Stop and mend: {mismatch.sentence[0].lower()}{mismatch.sentence[1:]}")
    if stage.wait:
        return Decision("go on", f"Go on: {stage.wait}; whatever the effect is now, it is not to be read before then.")
    harmed = [each for each in guardrails if each.state == "harmed"]
    if harmed:
        return Decision("stop", f"Stop: the guardrail {harmed[0].sentence}")
    if verdict.is_significant and sign * verdict.effect > 0:
        return _ship(verdict, span, [each for each in guardrails if each.state == "unknown"], stage.is_last)
    if verdict.is_significant:
        return Decision("stop", f"Stop: the effect is {span}, so the first arm is worse (p = {verdict.p_value:.2g}).")
    best = verdict.high if sign > 0 else -verdict.low
    if least_effect > 0 and best < least_effect:
        text = f"Stop: the effect is {span}; the {least_effect:.4g} worth having is ruled out."
        return Decision("stop", text)
    return _rest(verdict, span, sign * verdict.effect, stage)


def _rest(verdict: Verdict, span: str, gain: float, stage: Stage) -> Decision:
    """Stop at the last look, or where the looks that are left are futile; else go on."""
    if stage.is_last:
        text = f"Stop: no difference was found at the last look; the effect is {span} (p = {verdict.p_value:.2g})."
        return Decision("stop", text)
    z = gain / verdict.error if verdict.error > 0 else 0.0
    if stage.futility is not None and z < stage.futility:
        text = f"Stop: the effect is {span}; {z:.2f} standard errors are below {stage.futility:.2f}, so the looks left"
        return Decision("stop", f"{text} would hardly find any.")
    return Decision("go on", f"Go on: the effect is {span}, which settles nothing yet (p = {verdict.p_value:.2g}).")


def _ship(verdict: Verdict, span: str, unknown: list[Guardrail], is_last: bool) -> Decision:
    """Ship where every guardrail is safe; wait for the others while looks are left."""
    if not unknown:
        text = f"Ship: the effect is {span}, so the first arm is better (p = {verdict.p_value:.2g})."
        return Decision("ship", text)
    found = f"the effect is {span}, but the guardrail {unknown[0].sentence}"
    return Decision("stop", f"Stop: {found}") if is_last else Decision("go on", f"Go on: {found}")
