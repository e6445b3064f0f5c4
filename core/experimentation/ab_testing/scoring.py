"""The promises as figures: false positives under 30 looks, power, coverage of intervals, variance that CUPED takes out.

Left out: the effect of the trial itself, which is a finding and not a score (``analysis``).
"""

from __future__ import annotations

from core.evaluation import runs
from core.experimentation.ab_testing.data import Data
from core.experimentation.ab_testing.recipe import RECIPES, SLUG
from core.experimentation.ab_testing.simulation import Guarantee
from core.experimentation.ab_testing.training import Model, list_parts, simulate
from core.hub.contract import ScoreRow, Scores
from core.hub.errors import DataError

SPLIT = "simulation"


def evaluate(model: Model, data: Data) -> Scores:
    """Simulate the promises of a model's plan again.

    Returns
    -------
    tuple of ScoreRow
        Split ``simulation``. ``false_positive_rate`` of each way of looking, its baseline the z-test at every look;
        ``power``, its baseline one look; ``coverage_95``, its baseline what was asked; ``variance_reduction`` of CUPED,
        its baseline ρ².

    Raises
    ------
    DataError
        If ``data`` are of another table than the model's.

    Examples
    --------
    >>> from core.experimentation.ab_testing.data import load
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> from core.experimentation.ab_testing.training import train
    >>> recipe = Recipe(simulations=500)
    >>> row = evaluate(train(recipe, load(recipe)), load(recipe))[0]
    >>> row.metric, row.model, row.value <= 0.05, row.baseline_value > 0.2
    ('false_positive_rate', 'anytime', True, True)
    """
    if data.table.sha256 != model.analysis.sha256:
        message = "this is not the table that the model analysed; load the model's own"
        raise DataError(message)
    recipe = model.recipe
    found = [each for part in list_parts() for each in simulate(part, recipe.simulations, recipe.alpha, recipe.seed)]
    return _write(model, tuple(found))


def write_rows(model: Model) -> Scores:
    """Write a model's stored promises as rows."""
    return _write(model, model.guarantees)


def _write(model: Model, found: tuple[Guarantee, ...]) -> Scores:
    """Write one row for each promise."""
    command = describe_command(model)
    return tuple(
        ScoreRow(
            each.metric, SPLIT, each.value, each.low, each.high, each.n, each.baseline, each.baseline_value,
            seed=model.recipe.seed, command=command, model=each.method,
        )
        for each in found
    )  # fmt: skip


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again."""
    return runs.describe_command(SLUG, RECIPES, model.recipe, model.file, model.analysis.plan.metric)
