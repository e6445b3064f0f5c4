"""Fit every model: folds inside folds for what is chosen and scored, then once on all rows for what answers.

Left out: a hold-out part. The folds score every row once, so the figures rest on all rows and the models too.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from core.datasets.catalogue import find_entry
from core.evaluation.runs import TABLE_FILE
from core.hub.contract import OnStep
from core.hub.errors import RecipeError
from core.hub.progress import Progress
from core.tabular.churn.data import Data
from core.tabular.churn.explain import measure_importance, sample_rows, take_background
from core.tabular.churn.folds import Folds, Task, run_folds
from core.tabular.churn.model import Explained, Model, Source
from core.tabular.churn.models import Bench
from core.tabular.churn.recipe import BUNDLED, SMOTED, Recipe
from core.tabular.churn.scoring import score_all_folds, score_model


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Fit and compare every model of the recipe.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each fit; raise in it to cancel.

    Raises
    ------
    RecipeError
        If no model, or no depth of boosting, is chosen.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> model = train(recipe, load(recipe))
    >>> round(float(model.fold_scores["roc_auc"]["logistic regression"].mean()), 3)
    0.845
    """
    import sklearn.linear_model  # noqa: F401 - only a library that is loaded can be limited
    from threadpoolctl import threadpool_limits

    if not recipe.models or not recipe.boosting_depths:
        message = "models or boosting_depths is empty; choose at least one of each"
        raise RecipeError(message)
    with threadpool_limits(limits=1):
        return _train(recipe, data, on_step)


def _train(recipe: Recipe, data: Data, on_step: OnStep | None) -> Model:
    """Run the stages one after another."""
    task = Task(recipe, data.schema, data.x, data.y, data.copies)
    progress = Progress(len(task.names) * (recipe.n_folds + 1) + 1, on_step)
    folds = run_folds(task, progress.advance)
    pipelines, fit_s = {}, {}
    bench, depth = Bench(recipe, data.schema, (data.x, data.y)), int(np.bincount(folds.depths).argmax())
    for name in task.names:
        started = time.perf_counter()
        pipelines[name] = bench.fit(name, depth)
        fit_s[name] = time.perf_counter() - started
        progress.advance({})
    model = Model(
        recipe=recipe,
        schema=data.schema,
        source=_describe_source(data),
        positive=data.positive,
        groups=data.groups,
        pipelines=pipelines,
        weights=dict(zip(task.members, folds.weights.mean(axis=0).round(4).tolist(), strict=True)),
        folds=folds,
        fold_scores=score_all_folds(data.y, folds),
        best="",
        rows=data.x,
        left=data.y,
        ids=data.ids,
        fit_s=fit_s,
    )
    model = replace(model, best=model.choices[0])
    model = replace(model, notes=tuple(filter(None, (model.alarm, *data.notes, *_note_choices(model, folds)))))
    if recipe.explain_rows:
        importance = measure_importance(task, folds, model.best)
        model = replace(model, explained=_explain(model), importance=importance)
    model = replace(model, scores=score_model(model))
    progress.advance({"roc_auc": float(model.fold_scores["roc_auc"][model.best].mean())})
    return model


def _describe_source(data: Data) -> Source:
    """Say what is learnt from."""
    n_left = int(data.y.sum())
    counts = {data.positive: n_left}
    counts |= {name: len(data.y) - n_left for name in data.schema.classes if name != data.positive}
    is_bundled = data.table.sha256 == find_entry(BUNDLED).sha256
    return Source(data.table.name, data.table.sha256, data.table.steps, "" if is_bundled else TABLE_FILE, counts)


def _note_choices(model: Model, folds: Folds) -> tuple[str, ...]:
    """Say what the inner folds chose, and what SMOTE is worth."""
    notes = []
    if "gradient boosting" in model.pipelines:
        chosen = ", ".join(map(str, folds.depths))
        notes.append(f"The folds' training rows chose boosting of depth {chosen}; all rows use the most frequent.")
    if len(model.weights) > 1:
        told = ", ".join(f"{name} {weight:.2f}" for name, weight in model.weights.items())
        notes.append(f"The average weighs {told}.")
    return (*notes, *describe_smote(model))


def describe_smote(model: Model) -> tuple[str, ...]:
    """Say for each model what training on evened-out classes does to its ranking and to its shares."""
    areas, briers = model.fold_scores["roc_auc"], model.fold_scores["brier"]
    sentences = []
    for name in (each for each in model.choices if each + SMOTED in areas):
        gain = float(areas[name + SMOTED].mean() - areas[name].mean())
        cost = float(briers[name + SMOTED].mean() - briers[name].mean())
        sentences.append(f"SMOTE moves the ROC area of {name} by {gain:+.4f} and its Brier score by {cost:+.4f}.")
    return tuple(sentences)


def _explain(model: Model) -> Explained:
    """Work out Shapley values of a sample of rows on the table's own columns."""
    from core.evaluation.attribution import shap_values

    rows = sample_rows(model, model.recipe.explain_rows)
    asked = model.rows.iloc[rows].reset_index(drop=True)
    found = shap_values(model.ask, asked, take_background(model), seed=model.recipe.seed, n_blocks=1)
    return Explained(rows, np.asarray(found.values, dtype=float), float(found.base))
