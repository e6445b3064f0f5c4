"""Analyse a trial by its plan and simulate the promises that the analysis makes.

Left out: the methods themselves (``analysis``, ``simulation``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from core.evaluation.leaderboard import LeaderboardRow
from core.experimentation.ab_testing.analysis import Analysis, analyse_data
from core.experimentation.ab_testing.data import Data
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.simulation import (
    COVERAGES,
    Guarantee,
    measure_coverage,
    measure_false_positives,
    measure_power,
    simulate_cuped,
)
from core.hub.contract import OnStep, Scores
from core.hub.fields import validate_recipe

N_LOOKS = 30
CORRELATIONS = (0.5, 0.8)
MAX_CUPED = 4_000
"""Trials for CUPED: each draws 400 units, and its mean is known to a thousandth by then."""


@dataclass(frozen=True, slots=True)
class Model:
    """What a run leaves: the plan, its analysis and the promises as simulated.

    Parameters
    ----------
    recipe : Recipe
        As it was asked; ``analysis.plan`` has the blanks filled in.
    file : str
        Name of the table that travels with the run; empty for a bundled trial.
    """

    recipe: Recipe
    analysis: Analysis
    guarantees: tuple[Guarantee, ...]
    file: str = ""

    @property
    def scores(self) -> Scores:
        """The promises as rows of ``scores.json``."""
        from core.experimentation.ab_testing.scoring import write_rows

        return write_rows(self)

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Empty: methods are held against promises, not against one another."""
        return ()


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Analyse a trial and simulate the promises.

    Parameters
    ----------
    data : Data
        From :func:`core.experimentation.ab_testing.data.load` with the same recipe.
    on_step : callable, optional
        Told after the analysis and after each simulation.

    Raises
    ------
    HubError
        If the plan asks for what the table cannot give.
    """
    from core.evaluation.runs import TABLE_FILE

    validate_recipe(recipe)
    analysis = analyse_data(data)
    parts = list_parts()
    if on_step:
        on_step(1, len(parts) + 1, {"p_value": analysis.verdict.p_value})
    found: list[Guarantee] = []
    for step, part in enumerate(parts, start=2):
        found += simulate(part, recipe.simulations, recipe.alpha, recipe.seed)
        if on_step:
            on_step(step, len(parts) + 1, {found[-1].metric: found[-1].value})
    return Model(recipe, analysis, tuple(found), "" if data.table.origin == "bundled" else TABLE_FILE)


def list_parts() -> tuple[str, ...]:
    """Name every simulation, in the order of their rows.

    Examples
    --------
    >>> list_parts()[:2]
    ('false positives', 'power')
    """
    return ("false positives", "power", *COVERAGES, *(f"CUPED {each:g}" for each in CORRELATIONS))


@lru_cache(maxsize=64)
def simulate(part: str, n_trials: int, alpha: float, seed: int) -> tuple[Guarantee, ...]:
    """Run one simulation; equal ones are run once in a process.

    Examples
    --------
    >>> simulate("Newcombe", 1000, 0.05, 0)[0].metric
    'coverage_95'
    """
    calls: dict[str, Callable[[], tuple[Guarantee, ...]]] = {
        "false positives": lambda: measure_false_positives(n_trials, N_LOOKS, alpha, seed),
        "power": lambda: measure_power(n_trials, N_LOOKS, alpha, seed + 1),
    }
    if part in calls:
        return calls[part]()
    if part in COVERAGES:
        return (measure_coverage(part, n_trials, seed),)
    return (simulate_cuped(min(n_trials, MAX_CUPED), float(part.split()[1]), seed).guarantee,)
