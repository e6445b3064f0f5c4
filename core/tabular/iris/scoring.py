"""Figures of a trained model: held-out rows, cross-validation and leave-one-out, each with interval and baseline.

Left out: the metrics themselves (``core.evaluation``); the leaderboard made of them (``core.evaluation.leaderboard``).
"""

from __future__ import annotations

import numpy as np

from core.evaluation import runs
from core.evaluation.classification import score_rows
from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import encode_labels
from core.evaluation.rows import RowMaker
from core.evaluation.runs import check_test_rows
from core.hub.contract import ScoreRow, Scores
from core.tabular._shared.schema import to_features
from core.tabular.iris.data import Data
from core.tabular.iris.model import HeldOut, Model, predict_all
from core.tabular.iris.recipe import BASELINE, RECIPES, SLUG


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
    check_test_rows(ids, model.held_out.ids, is_same_table=data.table.sha256 == model.source.sha256)
    x = to_features(data.table.frame, model.schema).iloc[ids]
    probabilities = predict_all(model.pipelines, x, model.schema.classes)
    return score_model(model, HeldOut(ids, data.y[data.test], probabilities))


def score_model(model: Model, held_out: HeldOut | None = None) -> Scores:
    """Score a model on its own test rows, or on others that were predicted; see :func:`evaluate`."""
    held_out = held_out or model.held_out
    makers = [RowMaker(name, BASELINE, model.recipe.seed, describe_command(model)) for name in model.names]
    return (
        *(_score_loo(model, maker) for maker in makers if maker.model in model.loo_errors),
        *(_score_folds(model, maker) for maker in makers),
        *(row for maker in makers for row in _score_test(model, maker, held_out)),
    )


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    return runs.describe_command(SLUG, RECIPES, model.recipe, model.source.file, model.schema.target)


def _score_loo(model: Model, maker: RowMaker) -> ScoreRow:
    """Write the leave-one-out accuracy; the baseline is the largest class's share of all rows.

    Left out itself, a row of equally common classes is never of the majority: that baseline would be a straw man.
    """
    counts = model.source.class_counts.values()
    n_rows = sum(counts)
    n_right = n_rows - model.loo_errors[maker.model]
    span = (n_right / n_rows, *wilson_interval(n_right, n_rows))
    return maker.make_row("accuracy", "loo", span, n_rows, max(counts) / n_rows)


def _score_folds(model: Model, maker: RowMaker) -> ScoreRow:
    """Write the mean accuracy over the folds."""
    return maker.score_folds("accuracy", model.folds.accuracy, model.folds.n_train, model.folds.n_test)


def _score_test(model: Model, maker: RowMaker, held_out: HeldOut) -> Scores:
    """Write every metric on the test rows, and how often the prediction set held the true class."""
    probabilities = held_out.probabilities[maker.model]
    rows = score_rows(
        held_out.y,
        probabilities,
        model.schema.classes,
        split="test",
        seed=maker.seed,
        command=maker.command,
        model=maker.model,
        baseline=BASELINE,
        baseline_probabilities=held_out.probabilities[BASELINE],
    )
    codes = encode_labels(held_out.y, model.schema.classes)
    sets = class_scores_to_sets(probabilities, model.thresholds[maker.model])
    n_held = int(sets[np.arange(len(codes)), codes].sum())
    return (*rows, maker.score_coverage(n_held, len(codes), model.recipe.coverage))
