"""Fit every model on the same training rows, compare them by folds of those rows, and put the best to the test.

No held-out row takes part in any choice: of the models whose accuracy on random folds of the training rows cannot be
told apart the one of least log loss there answers first (``core.evaluation.choosing``), grids and thresholds are
searched on inner folds. Prediction sets are sized by the folds' own held-out answers (cross-conformal prediction: V.
Vovk 2015, doi:10.1007/s10472-013-9368-4), so that no training row is lost to calibration; the promise then holds nearly
for passengers like those of the training rows. On the held-out rows, which are harder, it is counted, and falls short;
no calibration on training rows can mend that.

Left out: early stopping; keeping a calibration part aside.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.evaluation.conformal import fit_threshold, true_class_scores
from core.evaluation.labels import encode_labels
from core.evaluation.novelty import NoveltyModel, fit_novelty, is_novel
from core.evaluation.runs import TABLE_FILE
from core.hub.contract import OnStep
from core.hub.errors import RecipeError
from core.hub.progress import Progress
from core.tabular._shared.schema import Schema
from core.tabular.titanic.data import Data, is_bundled
from core.tabular.titanic.features import engineer, measure_oddness
from core.tabular.titanic.folds import make_random_folds, make_ticket_folds, score_folds, shuffle_fates
from core.tabular.titanic.gaps import measure_companions
from core.tabular.titanic.grids import Grid
from core.tabular.titanic.model import NOVELTY_ALPHA, HeldOut, Model, Source, Studies, choose_best, count_fates
from core.tabular.titanic.pipelines import engineer_training, find_parties, find_shares, fit_pipeline, to_pairs
from core.tabular.titanic.recipe import BASELINES, CLASSES, Recipe

if TYPE_CHECKING:
    from core.tabular.titanic.explaining import Explanations

N_SHUFFLES = 3
MAX_FOLD_ROWS = 5_000
"""Cross-validation and the studies take at most this many training rows."""
Where = tuple[pd.DataFrame, np.ndarray]


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Fit, compare and explain every model of the recipe.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each model of each fold; raise in it to cancel.

    Raises
    ------
    RecipeError
        If no model is chosen.

    Examples
    --------
    >>> from core.tabular.titanic.data import load
    >>> recipe = Recipe(models=("logistic regression",), n_folds=3)
    >>> train(recipe, load(recipe)).best
    'logistic regression'
    """
    import sklearn.linear_model  # noqa: F401 - only a library that is loaded can be limited
    from threadpoolctl import threadpool_limits

    if not recipe.models:
        message = "models is empty; choose at least one"
        raise RecipeError(message)
    # hundreds of small fits: more threads would wait for each other most of the time
    with threadpool_limits(limits=1):
        return _train(recipe, data, on_step)


def _train(recipe: Recipe, data: Data, on_step: OnStep | None) -> Model:
    """Run the stages one after another."""
    from core.tabular.titanic.scoring import score_model

    names = (*dict.fromkeys(recipe.models), *BASELINES)
    own = _choose_fold_rows(data, recipe.seed)
    where, tickets = (data.x.iloc[own].reset_index(drop=True), data.y[own]), data.tickets[own]
    splits = make_random_folds(recipe, where[1]), make_ticket_folds(recipe, where[1], tickets)
    progress = Progress(_count_steps(recipe, len(names), sum(map(len, splits))), on_step)
    folds, shares = score_folds(names, recipe, where, splits[0], progress)
    ticket_folds, _ = score_folds(names, recipe, where, splits[1], progress)
    best = choose_best(recipe.models, folds).model
    pipelines, fit_s = _fit_final(names, recipe, data, progress)
    companions = measure_companions((tickets, data.tickets[data.test]), where[1], *splits)
    novelty = _fit_novelty(data)
    n_shuffles = N_SHUFFLES if recipe.studies else 1
    shuffled = shuffle_fates(recipe.models, recipe, where, n_shuffles, progress)
    studies = Studies(
        ticket_folds, shuffled, companions, data.repairs, *_study(recipe, data, where, (best, pipelines), progress)
    )
    model = Model(
        recipe=recipe,
        schema=data.schema,
        source=_describe_source(data),
        pipelines=pipelines,
        parties=find_parties(recipe, data.x.iloc[data.train], data.y[data.train]),
        thresholds=_fit_thresholds(recipe, where[1], shares),
        novelty=novelty,
        folds=folds,
        held_out=predict_held_out(recipe, pipelines, data, novelty),
        studies=studies,
        rows=data.x.iloc[data.train].reset_index(drop=True),
        labels=data.y[data.train],
        fit_s=fit_s,
        best=best,
        notes=(*data.notes, *data.schema.ignored, *_say_sampled(len(own), len(data.train))),
    )
    return replace(model, scores=score_model(model))


def _choose_fold_rows(data: Data, seed: int) -> np.ndarray:
    """Return the training rows, or a seeded sample of them where there are many."""
    if len(data.train) <= MAX_FOLD_ROWS:
        return data.train
    return np.sort(np.random.default_rng(seed).choice(data.train, MAX_FOLD_ROWS, replace=False))


def _say_sampled(n_used: int, n_train: int) -> tuple[str, ...]:
    """Say that folds are of a sample; nothing where they are not."""
    return (
        (f"Models are compared by folds of {n_used:,} of the {n_train:,} training rows.",) if n_used < n_train else ()
    )


def _count_steps(recipe: Recipe, n_names: int, n_splits: int) -> int:
    """Count the steps of a run."""
    from core.tabular.titanic import explaining, folds, grids, remedies

    n_models = len(dict.fromkeys(recipe.models))
    n_shuffled = (N_SHUFFLES if recipe.studies else 1) * folds.SHUFFLED_FOLDS * n_models
    n_steps = n_names * (n_splits + 1) + n_shuffled
    if not recipe.studies:
        return n_steps
    n_explained = explaining.N_METHODS + explaining.N_REFITS
    return n_steps + n_models * (grids.OUTER_FOLDS + 1 + remedies.N_FOLDS) + n_explained


def _fit_final(
    names: tuple[str, ...], recipe: Recipe, data: Data, progress: Progress
) -> tuple[dict[str, Any], dict[str, float]]:
    """Fit every model on all training rows and time it."""
    x, y = data.x.iloc[data.train], data.y[data.train]
    z = engineer_training(recipe, x, y)
    pipelines, fit_s = {}, {}
    for name in names:
        started = time.perf_counter()
        pipelines[name] = fit_pipeline(name, recipe, z, y)
        fit_s[name] = time.perf_counter() - started
        progress.advance()
    return pipelines, fit_s


def _study(
    recipe: Recipe, data: Data, where: Where, chosen: tuple[str, Mapping[str, Any]], progress: Progress
) -> tuple[tuple[Grid, ...], pd.DataFrame, Explanations | None]:
    """Work out the grids, the remedies for imbalance and the explanations, where the recipe asks for them."""
    if not recipe.studies:
        return (), pd.DataFrame(), None
    from core.tabular.titanic.explaining import explain_held_out
    from core.tabular.titanic.grids import search_grid
    from core.tabular.titanic.remedies import compare_remedies

    best, pipelines = chosen
    models = tuple(dict.fromkeys(recipe.models))
    grids = tuple(search_grid(name, recipe, where, progress) for name in models)
    remedies = compare_remedies(models, recipe, where, progress)
    rows = data.x.iloc[data.train], data.y[data.train], data.x.iloc[data.test]
    return grids, remedies, explain_held_out(pipelines[best], best, recipe, rows, progress)


def predict_held_out(recipe: Recipe, pipelines: Mapping[str, Any], data: Data, novelty: NoveltyModel) -> HeldOut:
    """Ask every model about the held-out passengers of ``data``; parties are counted on its training rows."""
    parties = find_parties(recipe, data.x.iloc[data.train], data.y[data.train])
    z = engineer(data.x.iloc[data.test], parties)
    pairs = {name: to_pairs(find_shares(pipeline, z)) for name, pipeline in pipelines.items()}
    oddness = measure_oddness(data.x.iloc[data.test], *find_medians(data.schema))
    return HeldOut(data.ids[data.test], data.y[data.test], pairs, is_novel(novelty, oddness, NOVELTY_ALPHA))


def _fit_thresholds(recipe: Recipe, y: np.ndarray, shares: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Size every model's prediction sets by what the folds said of rows they did not train on."""
    codes = encode_labels(y, CLASSES)
    return {
        name: fit_threshold(true_class_scores(codes, to_pairs(own)), recipe.coverage) for name, own in shares.items()
    }


def _fit_novelty(data: Data) -> NoveltyModel:
    """Learn what training passengers look like."""
    return fit_novelty(measure_oddness(data.x.iloc[data.train], *find_medians(data.schema)))


def find_medians(schema: Schema) -> tuple[float, float]:
    """Return the training medians of age and fare."""
    by_name = {feature.name: feature.median for feature in schema.features}
    return by_name["age"], by_name["fare"]


def _describe_source(data: Data) -> Source:
    """Say what is learnt from."""
    return Source(
        name=data.table.name,
        sha256=data.table.sha256,
        steps=data.table.steps,
        file="" if is_bundled(data.table) else TABLE_FILE,
        class_counts=count_fates(data.y),
        n_train=len(data.train),
        n_test=len(data.test),
    )
