"""Figures of a trained model: held-out rows, cross-validation and leave-one-out, each with interval and baseline.

Left out: the metrics themselves (``core.evaluation``); the leaderboard made from these rows (``comparing``).
"""

from __future__ import annotations

import shlex

import numpy as np

from core.evaluation.classification import score_rows
from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import encode_labels
from core.evaluation.leaderboard import fold_interval
from core.hub.contract import ScoreRow, Scores
from core.hub.errors import DataError
from core.tabular.iris.data import Data
from core.tabular.iris.model import HeldOut, Model, predict_all
from core.tabular.iris.recipe import BASELINE, RECIPE_FILE, RECIPES, SLUG
from core.tabular.iris.schema import to_features


def evaluate(model: Model, data: Data) -> Scores:
    """Score every model on the test rows, and write its cross-validated and leave-one-out accuracy beside them.

    Returns
    -------
    tuple of ScoreRow
        Best model first; splits ``loo`` (where it was run), ``cv`` and ``test``. ``coverage_90`` (or another promise)
        is how often the prediction set held the true class; its baseline is what was asked.

    Raises
    ------
    DataError
        If the test rows of ``data`` were trained on.

    Examples
    --------
    >>> from core.tabular.iris.data import load
    >>> from core.tabular.iris.recipe import Recipe
    >>> from core.tabular.iris.training import train
    >>> recipe = Recipe(models=("linear discriminant analysis",), leave_one_out="all")
    >>> row = evaluate(train(recipe, load(recipe)), load(recipe))[0]
    >>> row.split, row.value, row.n, round(row.low, 3), round(row.high, 3)
    ('loo', 0.98, 150, 0.943, 0.993)
    """
    ids = data.ids[data.test]
    if data.table.sha256 == model.source.sha256 and not np.array_equal(ids, model.held_out.ids):
        message = "these test rows were trained on; load the table with the model's own recipe"
        raise DataError(message)
    x = to_features(data.table.frame, model.schema).iloc[ids]
    probabilities = predict_all(model.pipelines, x, model.schema.classes)
    return score_model(model, HeldOut(ids, data.y[data.test], probabilities))


def score_model(model: Model, held_out: HeldOut | None = None) -> Scores:
    """Score a model on its own test rows, or on others that were predicted; see :func:`evaluate`."""
    held_out = held_out or model.held_out
    command = describe_command(model)
    return (
        *(_score_loo(model, name, command) for name in model.names if name in model.loo_errors),
        *(_score_folds(model, name, command) for name in model.names),
        *(row for name in model.names for row in _score_test(model, name, held_out, command)),
    )


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    known = [name for name, recipe in RECIPES.items() if recipe == model.recipe]
    command = f"python -m core train {SLUG} --recipe {known[0] if known else RECIPE_FILE}"
    if not model.source.file:
        return command
    return f"{command} --table {model.source.file} --target {shlex.quote(model.schema.target)}"


def _score_loo(model: Model, name: str, command: str) -> ScoreRow:
    """Write the leave-one-out accuracy; the baseline is the largest class's share of all rows.

    Left out itself, a row of equally common classes is never of the majority: that baseline would be a straw man.
    """
    counts = model.source.class_counts.values()
    n_rows = sum(counts)
    n_right = n_rows - model.loo_errors[name]
    span = (n_right / n_rows, *wilson_interval(n_right, n_rows))
    return _make_row(model, name, command, ("accuracy", "loo"), span, (n_rows, max(counts) / n_rows))


def _score_folds(model: Model, name: str, command: str) -> ScoreRow:
    """Write the mean accuracy over the folds, its interval widened for the rows that folds share."""
    span = fold_interval(model.folds.accuracy[name], model.folds.n_train, model.folds.n_test)
    n_rows = model.folds.n_train + model.folds.n_test
    return _make_row(
        model, name, command, ("accuracy", "cv"), span, (n_rows, float(model.folds.accuracy[BASELINE].mean()))
    )


def _score_test(model: Model, name: str, held_out: HeldOut, command: str) -> Scores:
    """Write every metric on the test rows, and how often the prediction set held the true class."""
    rows = score_rows(
        held_out.y,
        held_out.probabilities[name],
        model.schema.classes,
        split="test",
        seed=model.recipe.seed,
        command=command,
        model=name,
        baseline=BASELINE,
        baseline_probabilities=held_out.probabilities[BASELINE],
    )
    codes = encode_labels(held_out.y, model.schema.classes)
    sets = class_scores_to_sets(held_out.probabilities[name], model.thresholds[name])
    n_held = int(sets[np.arange(len(codes)), codes].sum())
    asked = model.recipe.coverage
    coverage = ScoreRow(
        f"coverage_{asked * 100:g}",
        "test",
        n_held / len(codes),
        *wilson_interval(n_held, len(codes)),
        len(codes),
        "asked",
        asked,
        seed=model.recipe.seed,
        command=command,
        model=name,
    )
    return (*rows, coverage)


def _make_row(
    model: Model,
    name: str,
    command: str,
    what: tuple[str, str],
    span: tuple[float, float, float],
    beside: tuple[int, float],
) -> ScoreRow:
    """Write one row: metric and split, value with its interval, and rows with the baseline's value."""
    n_rows, baseline_value = beside
    return ScoreRow(*what, *span, n_rows, BASELINE, baseline_value, seed=model.recipe.seed, command=command, model=name)
