"""What decides a run: how strict claims are, how often the search for them tests itself, and the seed.

Left out: thresholds of the single searches, which were chosen once on planted tables of other seeds (``defects``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import Label, Range, Seed

SLUG, BUNDLED = "eda", "titanic"
MODEL, BASELINE = "claims", "alerts"
"""The search for claims, and the workbench's alerts, which look at one column at a time."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on any table.

    Parameters
    ----------
    level : float
        False-discovery rate over all tests of the table: raising it claims more, and more that is chance.
    target : str
        The column whose leaks are searched for; empty takes the table's own, which may be none.
    rounds : int
        How often the twenty defects are planted in each of five clean tables, in other columns and amounts each time.
    alone : bool
        Whether a round also plants each defect in a table of its own: 100 tables beside the 25 with four each.
    """

    level: Annotated[
        float,
        Range(0.001, 0.2, 0.001),
        Label("False-discovery rate", "Share of the tested claims that may be chance; smaller claims less."),
    ] = 0.05
    target: Annotated[str, Label("Outcome", "Leaks of this column are searched for; empty takes the table's own.")] = ""
    rounds: Annotated[int, Range(1, 10, 1), Label("Rounds", "Plantings by which the search tests itself.")] = 1
    alone: Annotated[bool, Label("Each defect alone too", "100 more planted tables a round.")] = False
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One passenger of the Titanic, by what was known on boarding; the defaults are a common one."""

    pclass: Annotated[int, Range(1, 3, 1), Label("Class", "1, 2 or 3.")] = 3
    sex: Annotated[Literal["male", "female"], Label("Sex")] = "male"
    age: Annotated[float, Range(0, 120, 0.5), Label("Age", "", "years")] = 28.0
    sibsp: Annotated[int, Range(0, 20, 1), Label("Siblings and spouse aboard")] = 0
    parch: Annotated[int, Range(0, 20, 1), Label("Parents and children aboard")] = 0
    fare: Annotated[float, Range(0, 1_000, 0.05), Label("Fare", "", "pounds of 1912")] = 7.9
    embarked: Annotated[Literal["S", "C", "Q"], Label("Port", "Southampton, Cherbourg or Queenstown.")] = "S"


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(),
    "full": Recipe(rounds=3, alone=True),
}
