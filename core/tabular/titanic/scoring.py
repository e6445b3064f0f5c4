"""Figures of a trained model: random folds, folds of tickets, shuffled fates, nested grids and the held-out rows.

Each has its interval, and the sex-only rule on the same rows beside it; of shuffled fates, chance.

Left out: the metrics themselves (``core.evaluation``).
"""

from __future__ import annotations

import numpy as np

from core.evaluation import runs
from core.evaluation.classification import score_rows
from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import encode_labels
from core.evaluation.leaderboard import fold_interval
from core.evaluation.rows import RowMaker
from core.evaluation.runs import check_test_rows
from core.hub.contract import ScoreRow, Scores
from core.tabular.titanic.data import Data
from core.tabular.titanic.folds import METRICS, Folds
from core.tabular.titanic.gaps import find_right
from core.tabular.titanic.grids import OUTER_FOLDS, Grid
from core.tabular.titanic.model import HeldOut, Model
from core.tabular.titanic.recipe import BASELINE, BASELINES, CLASSES, RECIPES, SLUG
from core.tabular.titanic.training import predict_held_out

CHANCE = 0.5


def evaluate(model: Model, data: Data) -> Scores:
    """Score every model on the held-out rows, and write its other figures beside them.

    Returns
    -------
    tuple of ScoreRow
        Best model first; splits ``test`` (the likelier fate of everyone), ``test_served`` (all rows; a passenger who is
        refused an answer counts as not right) and ``test_answered`` (only those who get one), ``cv``, ``cv_ticket``,
        ``nested`` (where it was run) and ``shuffled``. The baseline answers every row of each.

    Raises
    ------
    DataError
        If the test rows of ``data`` were trained on.

    Examples
    --------
    >>> from core.tabular.titanic.data import load
    >>> from core.tabular.titanic.recipe import Recipe
    >>> from core.tabular.titanic.training import train
    >>> recipe = Recipe(models=("logistic regression",), n_folds=3)
    >>> rows = evaluate(train(recipe, load(recipe)), load(recipe))
    >>> row = next(row for row in rows if row.model == "sex-only rule" and row.split == "test")
    >>> row.metric, round(row.value, 5), row.n
    ('accuracy', 0.76555, 418)
    """
    ids = data.ids[data.test]
    check_test_rows(ids, model.held_out.ids, is_same_table=data.table.sha256 == model.source.sha256)
    return score_model(model, predict_held_out(model.recipe, model.pipelines, data, model.novelty))


def score_model(model: Model, held_out: HeldOut | None = None) -> Scores:
    """Score a model on its own test rows, or on others that were predicted; see :func:`evaluate`."""
    held_out = held_out or model.held_out
    makers = [RowMaker(name, BASELINE, model.recipe.seed, describe_command(model)) for name in model.names]
    grids = {grid.model: grid for grid in model.studies.grids}
    return (
        *(row for maker in makers for row in _score_test(model, maker, held_out)),
        *(row for maker in makers if held_out.withheld.any() for row in _score_served(maker, held_out)),
        *(row for maker in makers for row in _score_folds(model.folds, maker, "cv")),
        *(row for maker in makers for row in _score_folds(model.studies.ticket_folds, maker, "cv_ticket")),
        *(_score_nested(model, maker, grids[maker.model]) for maker in makers if maker.model in grids),
        *(row for maker in makers if maker.model not in BASELINES for row in _score_shuffled(model, maker)),
    )


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    return runs.describe_command(SLUG, RECIPES, model.recipe, model.source.file, model.schema.target)


def _score_folds(folds: Folds, maker: RowMaker, split: str) -> Scores:
    """Write the means over folds, their intervals widened for the rows that folds share."""
    n_rows = folds.n_train + folds.n_test
    return tuple(
        maker.make_row(
            metric,
            split,
            fold_interval(folds.scores[metric][maker.model], folds.n_train, folds.n_test, metric),
            n_rows,
            float(folds.scores[metric][BASELINE].mean()),
        )
        for metric in METRICS
    )


def _score_nested(model: Model, maker: RowMaker, grid: Grid) -> ScoreRow:
    """Write what a grid search is worth on rows it never saw."""
    n_rows = len(model.labels)
    n_test = n_rows / OUTER_FOLDS
    span = fold_interval(grid.nested, n_rows - n_test, n_test)
    return maker.make_row("accuracy", "nested", span, n_rows, float(model.folds.accuracy[BASELINE].mean()))


def _score_shuffled(model: Model, maker: RowMaker) -> Scores:
    """Write what the model scores where there is nothing to learn."""
    folds = model.studies.shuffled
    return tuple(
        ScoreRow(
            metric, "shuffled", *fold_interval(folds.scores[metric][maker.model], folds.n_train, folds.n_test, metric),
            folds.n_train + folds.n_test, "chance", CHANCE, seed=maker.seed, command=maker.command, model=maker.model,
        )
        for metric in ("balanced_accuracy", "roc_auc")
    )  # fmt: skip


def _score_test(model: Model, maker: RowMaker, held_out: HeldOut) -> Scores:
    """Write every metric on the test rows, and how often the prediction set held the truth."""
    pairs = held_out.probabilities[maker.model]
    rows = score_rows(
        held_out.y,
        pairs,
        CLASSES,
        split="test",
        seed=maker.seed,
        command=maker.command,
        model=maker.model,
        baseline=BASELINE,
        baseline_probabilities=held_out.probabilities[BASELINE],
    )
    codes = encode_labels(held_out.y, CLASSES)
    sets = class_scores_to_sets(pairs, model.thresholds[maker.model])
    n_held = int(sets[np.arange(len(codes)), codes].sum())
    return (*rows, maker.score_coverage(n_held, len(codes), model.recipe.coverage))


def _score_served(maker: RowMaker, held_out: HeldOut) -> Scores:
    """Write how often a model is right as it is asked, where passengers unlike any get no answer."""
    if maker.model in BASELINES:
        return ()
    right, answered = find_right(held_out.y, held_out.shares), ~held_out.withheld
    own, floor = right[maker.model], right[maker.baseline]
    n_right, n_answered, n_rows = int((own & answered).sum()), int(answered.sum()), len(own)
    return tuple(
        maker.make_row("accuracy", split, (n_right / n, *wilson_interval(n_right, n)), n, float(level))
        for split, n, level in (
            ("test_served", n_rows, floor.mean()),
            ("test_answered", n_answered, floor[answered].mean()),
        )
    )
