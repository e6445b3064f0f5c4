"""The plan, frozen with its hash before the first exposure; whatever is changed later is shown beside the results.

Left out: judging a change. A reader sees what was changed, when, after how many exposures, and the reason given.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, replace

from core.experimentation.ab_testing.assignment import Experiment, check_name
from core.experimentation.ab_testing.data import PAIRED
from core.experimentation.ab_testing.recipe import Recipe, list_names
from core.hub.errors import RecipeError
from core.hub.fields import recipe_to_json, validate_recipe

BEFORE, COUNT = "_before", "_count"
"""Ends of a column's name: the metric before exposure, and how many values there were since."""
OWN_COLUMNS = ("unit", "arm")


@dataclass(frozen=True, slots=True)
class Deviation:
    """A change of the plan: what, why, when, and how many exposures there had been.

    Parameters
    ----------
    changes : tuple of str
        Each changed setting in words.
    n_exposures : int
        0 means that nobody could know a result yet.
    """

    time_us: int
    changes: tuple[str, ...]
    why: str
    n_exposures: int

    @property
    def sentence(self) -> str:
        """What a reader must know."""
        when = f"after {self.n_exposures:,} exposures" if self.n_exposures else "before the first exposure"
        return f"The plan was changed {when}: {'; '.join(self.changes)}. Reason given: {self.why}."


def hash_plan(plan: Recipe) -> str:
    """Return the hash (sha256, hex) of a plan.

    Examples
    --------
    >>> hash_plan(Recipe(metric="revenue")) == hash_plan(Recipe(metric="revenue", alpha=0.01))
    False
    """
    return hashlib.sha256(recipe_to_json(plan).encode()).hexdigest()


def freeze_plan(experiment: Experiment, plan: Recipe) -> Recipe:
    """Fill in every blank of a plan, so that nothing is left to be chosen once data are there.

    Parameters
    ----------
    plan : Recipe
        ``metric`` is the name of a metric event. A unit's value is the sum of its values since its first exposure; for
        ``kind`` ``share``, whether that sum is above 0. ``revenue_before`` among the covariates is the sum before it,
        and ``revenue_count`` the number of values since.

    Raises
    ------
    RecipeError
        If the plan needs what the log does not have.

    Examples
    --------
    >>> frozen = freeze_plan(Experiment("a", weights=(0.2, 0.8)), Recipe(metric="revenue"))
    >>> frozen.first, frozen.second, frozen.split, frozen.kind
    ('treatment', 'control', '0.2:0.8', 'mean')
    """
    for name in list_metrics(plan):
        check_name("metric", name)
        if name in OWN_COLUMNS:
            message = f"a metric may not be called {name}; choose another name"
            raise RecipeError(message)
    late = next((name for name in list_names(plan.covariates) if not name.endswith(BEFORE)), None)
    if late:
        message = f"{late} is measured after assignment; as a covariate use {late}{BEFORE}, its sum before exposure"
        raise RecipeError(message)
    if plan.segment or plan.assigned_at or plan.measured_at or plan.test == PAIRED:
        message = "the log has no segments, no dates of columns and no pairs; leave these blank, or analyse a table"
        raise RecipeError(message)
    if plan.monitoring not in {"one look", "anytime"} and not plan.planned_units:
        message = (
            f"{plan.monitoring} spends alpha by the share of the planned units; give planned_units, or plan anytime"
        )
        raise RecipeError(message)
    first, second = plan.first or experiment.arms[0], plan.second or experiment.arms[-1]
    shares = dict(zip(experiment.arms, experiment.shares, strict=True))
    if first not in shares or second not in shares or first == second:
        message = f"the plan compares {first} with {second}; name two of {', '.join(experiment.arms)}"
        raise RecipeError(message)
    kind = plan.kind if plan.kind != "auto" else "ratio" if plan.denominator else "mean"
    frozen = replace(
        plan, first=first, second=second, kind=kind, arm="arm", unit="unit",
        split=f"{shares[first]:.6g}:{shares[second]:.6g}",
    )  # fmt: skip
    validate_recipe(frozen)
    return frozen


def list_metrics(plan: Recipe) -> tuple[str, ...]:
    """Name the metric events that a plan reads.

    Examples
    --------
    >>> list_metrics(Recipe(metric="revenue", guardrails="-latency", covariates="revenue_before"))
    ('revenue', 'latency')
    """
    guardrails = (name.removeprefix("-").strip() for name in list_names(plan.guardrails))
    names = [plan.metric, *filter(None, [plan.denominator]), *guardrails, *list_names(plan.covariates)]
    return tuple(dict.fromkeys(split_column(name)[0] for name in names))


def split_column(name: str) -> tuple[str, str]:
    """Split a column's name into the metric and what is taken of it.

    Examples
    --------
    >>> split_column("revenue_before"), split_column("revenue")
    (('revenue', '_before'), ('revenue', ''))
    """
    ending = next((each for each in (BEFORE, COUNT) if name.endswith(each)), "")
    return name.removesuffix(ending) if ending else name, ending


def compare_plans(old: Recipe, new: Recipe) -> tuple[str, ...]:
    """Say every setting in which two plans differ.

    Examples
    --------
    >>> compare_plans(Recipe(alpha=0.05), Recipe(alpha=0.01))
    ('alpha 0.05 → 0.01',)
    """
    pairs = ((each.name, getattr(old, each.name), getattr(new, each.name)) for each in dataclasses.fields(Recipe))
    return tuple(f"{name} {before or 'blank'} → {after or 'blank'}" for name, before, after in pairs if before != after)
