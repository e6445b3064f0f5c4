"""The analysis plan: all that is decided before the data are looked at, so that nothing can be chosen after.

Left out: the design's arithmetic (``power``, ``sequential``); what is found in a table (``columns``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.experimentation.ab_testing.decision import Better
from core.experimentation.ab_testing.estimates import Sided
from core.experimentation.ab_testing.proportions import IntervalName
from core.experimentation.ab_testing.simulation import Monitoring
from core.hub.contract import Label, Range, Seed

SLUG = "ab_testing"
TrialName = Literal["resumes", "lalonde", "star", "thornton"]
Kind = Literal["auto", "mean", "share", "ratio"]
TestName = Literal["auto", "Welch t", "pooled t", "paired t", "z", "Mann–Whitney", "bootstrap", "permutation"]
TESTS: tuple[str, ...] = get_args(TestName)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The plan of a trial's analysis; texts that are empty take the bundled trial's own, or what the table suggests.

    Parameters
    ----------
    trial : str
        Which bundled trial, where no table is brought.
    metric, arm, first, second, unit : str
        Columns of the metric, the arm and the unit of randomisation, and the two arms; the second is the control.
    kind : str
        A ratio needs ``denominator``; a unit with several rows makes a mean a ratio by itself.
    covariates, guardrails : str
        Columns with commas between, a name that holds one in double quotes; a guardrail after a minus sign is better
        lower.
    assigned_at, measured_at : str
        Date columns that prove a covariate was measured before assignment.
    split : str
        Promised sizes such as ``50:50``; ``unknown`` checks nothing.
    monitoring, looks, planned_units
        How often one may look; the share of the planned units that is there is the time of the look.
    margin : float
        Harm (a share of the control's mean) that a guardrail must rule out.
    least_effect : float
        Effect worth having, a share of the control's mean; 0 asks for none.
    simulations : int
        Trials simulated to check the promises.
    """

    trial: Annotated[TrialName, Label("Trial", "Used where no table is brought.")] = "resumes"
    metric: Annotated[str, Label("Metric", "Column that is compared.")] = ""
    arm: Annotated[str, Label("Arm", "Column that says who got what.")] = ""
    first: Annotated[str, Label("Treatment arm", "The new version.")] = ""
    second: Annotated[str, Label("Control arm", "What it is compared with.")] = ""
    unit: Annotated[str, Label("Unit", "Column of the user that was assigned; empty takes a row as a unit.")] = ""
    kind: Annotated[Kind, Label("Kind of metric")] = "auto"
    denominator: Annotated[str, Label("Denominator", "For a ratio: what the metric is counted per.")] = ""
    test: Annotated[TestName, Label("Test", "auto: z for shares, Welch's t for means.")] = "auto"
    interval: Annotated[IntervalName, Label("Interval of shares", "Of the difference, where z decides.")] = "Newcombe"
    sided: Annotated[Sided, Label("Alternative")] = "two-sided"
    better: Annotated[Better, Label("Better is")] = "higher"
    alpha: Annotated[float, Range(0.001, 0.2, 0.001), Label("α", "Chance of a false finding.")] = 0.05
    power: Annotated[float, Range(0.5, 0.99, 0.01), Label("Power", "Chance of finding the effect planned for.")] = 0.8
    covariates: Annotated[str, Label("Covariates", "Measured before assignment; commas between.")] = ""
    assigned_at: Annotated[str, Label("Assigned at", "Date column of the assignment.")] = ""
    measured_at: Annotated[str, Label("Measured at", "Date column of the covariates.")] = ""
    split: Annotated[str, Label("Promised split", "Such as 50:50; unknown checks nothing.")] = ""
    segment: Annotated[str, Label("Segment", "Column whose groups are compared.")] = ""
    guardrails: Annotated[str, Label("Guardrails", "Columns that must not get worse; -name is better lower.")] = ""
    margin: Annotated[float, Range(0.0, 0.5, 0.005), Label("Margin", "Harm that a guardrail must rule out.")] = 0.02
    least_effect: Annotated[float, Range(0.0, 10.0, 0.01), Label("Least effect", "Share of the control's mean.")] = 0.0
    monitoring: Annotated[Monitoring, Label("Looking", "How often one may look.")] = "one look"
    looks: Annotated[int, Range(1, 100, 1), Label("Looks planned")] = 5
    planned_units: Annotated[int, Range(0, 1_000_000_000, 1), Label("Units planned", "0: the data are all.")] = 0
    simulations: Annotated[int, Range(500, 50_000, 500), Label("Simulated trials")] = 4_000
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """The counts of two arms."""

    first_successes: Annotated[int, Range(0, 100_000_000, 1), Label("Treatment: successes")] = 250
    first_units: Annotated[int, Range(1, 100_000_000, 1), Label("Treatment: units")] = 1_000
    second_successes: Annotated[int, Range(0, 100_000_000, 1), Label("Control: successes")] = 200
    second_units: Annotated[int, Range(1, 100_000_000, 1), Label("Control: units")] = 1_000


RECIPES: dict[str, Recipe] = {"quick": Recipe(), "full": Recipe(simulations=20_000)}


def list_names(text: str) -> tuple[str, ...]:
    """Split a text at its commas, but for those between double quotes, as a row of a CSV is.

    Examples
    --------
    >>> list_names("re74, re75"), list_names('"-weight, kg", age')
    (('re74', 're75'), ('-weight, kg', 'age'))
    """
    parts = next(csv.reader([text.replace("\n", " ").replace("\r", " ")], skipinitialspace=True), [])
    return tuple(part.strip() for part in parts if part.strip())


def join_names(names: Iterable[str]) -> str:
    """Write names as :func:`list_names` reads them.

    Examples
    --------
    >>> join_names(["age", "weight, kg"])
    'age, "weight, kg"'
    """
    quoted = ('"' + name.replace('"', '""') + '"' if set(name) & {",", '"'} else name for name in names)
    return ", ".join(quoted)
