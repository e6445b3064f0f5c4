"""Fit every model on the same training rows, compare them by folds of those rows, and size their prediction sets.

Split conformal prediction (Papadopoulos et al. 2002; Angelopoulos and Bates 2021, arXiv:2107.07511) with calibration
rows that neither train nor test: it holds exactly for any model and sample size, while cross-conformal and jackknife+
promise only twice the miss rate; the price is that a small table trains on fewer rows. The model that answers first is
the one with the best cross-validated accuracy on training rows (balanced accuracy where one class rules), so no
calibration or test row is used to choose.

Left out: tuning, class weights, early stopping.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.datasets.catalogue import find_entry
from core.evaluation.labels import encode_labels
from core.evaluation.novelty import NoveltyModel, find_limit, fit_novelty
from core.evaluation.runs import TABLE_FILE
from core.hub.contract import OnStep
from core.hub.errors import RecipeError
from core.hub.progress import Progress
from core.tabular._shared.schema import Schema
from core.tabular.iris.classifiers import FIT_ROWS, describe_rescue
from core.tabular.iris.copies import find_firsts
from core.tabular.iris.data import Data
from core.tabular.iris.model import (
    NOVELTY_ALPHA,
    HeldOut,
    Model,
    Source,
    choose_guarantee,
    choose_metric,
    fill_numbers,
    predict_all,
)
from core.tabular.iris.pipelines import fit_pipelines
from core.tabular.iris.promises import count_ties, describe_guarantee, describe_ties_at_zero, fit_limits
from core.tabular.iris.recipe import BASELINE, SLUG, Recipe
from core.tabular.iris.scoring import score_model
from core.tabular.iris.validation import count_left_out, leave_one_out, make_splits, score_folds

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Fit, compare and calibrate every model of the recipe.

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
    >>> from core.tabular.iris.data import load
    >>> recipe = Recipe(models=("linear discriminant analysis",), leave_one_out="all")
    >>> train(recipe, load(recipe)).loo_errors
    {'linear discriminant analysis': 3}
    """
    import sklearn.svm  # noqa: F401 - only a library that is loaded can be limited
    from threadpoolctl import threadpool_limits

    if not recipe.models:
        message = "models is empty; choose at least one"
        raise RecipeError(message)
    # thousands of tiny fits: more threads would wait for each other most of the time
    with threadpool_limits(limits=1):
        return _train((*dict.fromkeys(recipe.models), BASELINE), recipe, data, on_step)


def _train(names: tuple[str, ...], recipe: Recipe, data: Data, on_step: OnStep | None) -> Model:
    """Run the stages one after another."""
    x, y = data.x.iloc[data.train], data.y[data.train]
    splits, fold_notes = make_splits(recipe, y, data.groups[data.train])
    progress = Progress(len(names) * (len(splits) + 1) + count_left_out(recipe, data), on_step)
    folds = score_folds(names, (recipe, data.schema), (x, y), splits, progress)
    pipelines, fit_s = _fit_final(names, (recipe, data.schema), (x, y), progress)
    held_out = predict_all(pipelines, data.x.iloc[data.test], data.schema.classes)
    ranking = folds.take(choose_metric(y))
    (thresholds, n_tied), novelty = _fit_thresholds(pipelines, recipe, data), _fit_novelty(recipe, data)
    model = Model(
        recipe=recipe,
        schema=data.schema,
        source=_describe_source(data, n_tied),
        pipelines=pipelines,
        thresholds=thresholds,
        novelty=novelty,
        folds=folds,
        loo_errors=leave_one_out(recipe, data, progress),
        held_out=HeldOut(data.ids[data.test], data.y[data.test], held_out),
        rows=x.reset_index(drop=True),
        labels=y,
        fit_s=fit_s,
        best=max(recipe.models, key=lambda name: float(ranking[name].mean())),
        notes=(
            *data.notes,
            *fold_notes,
            *_write_notes(recipe, data, pipelines),
            *_describe_limits(data, recipe, thresholds[BASELINE], novelty),
            *describe_ties_at_zero(thresholds, data.schema.classes),
        ),
    )
    return replace(model, scores=score_model(model))


def _describe_source(data: Data, n_tied: Mapping[str, int]) -> Source:
    """Say what is learnt from."""
    names, counts = np.unique(data.y, return_counts=True)
    return Source(
        name=data.table.name,
        sha256=data.table.sha256,
        steps=data.table.steps,
        file="" if data.table.sha256 == find_entry(SLUG).sha256 else TABLE_FILE,
        class_counts=dict(zip(map(str, names), counts.tolist(), strict=True)),
        class_calibration={name: int((data.y[data.calibration] == name).sum()) for name in data.schema.classes},
        n_train=len(data.train),
        n_calibration=len(data.calibration),
        n_test=len(data.test),
        is_grouped=len(find_firsts(data.groups)) < len(data.groups),
        n_tied=n_tied,
    )


def _fit_final(
    names: tuple[str, ...],
    how: tuple[Recipe, Schema],
    where: tuple[pd.DataFrame, np.ndarray],
    progress: Progress,
) -> tuple[dict[str, Pipeline], dict[str, float]]:
    """Fit every model on all training rows and time it."""
    pipelines, fit_s = {}, {}
    started = time.perf_counter()
    for name, pipeline in fit_pipelines(names, *how, *where):
        pipelines[name], fit_s[name] = pipeline, time.perf_counter() - started
        progress.advance({})
        started = time.perf_counter()
    return pipelines, fit_s


def _write_notes(recipe: Recipe, data: Data, pipelines: Mapping[str, Pipeline]) -> tuple[str, ...]:
    """Say which models trained on a sample, how they are ranked, and whether QDA needed a remedy."""
    n_train = len(data.train)
    notes = [
        f"{name[0].upper()}{name[1:]} trains on about {FIT_ROWS[name]:,} of the {n_train:,} training rows."
        for name in pipelines
        if n_train > FIT_ROWS.get(name, n_train)
    ]
    discriminant = pipelines.get("quadratic discriminant analysis")
    if discriminant is not None:
        notes.append(describe_rescue(discriminant["classify"], recipe.qda_regularisation))
    if choose_metric(data.y[data.train]) != "accuracy":
        counts = pd.Series(data.y[data.train]).value_counts()
        notes.append(
            f"Always answering {counts.index[0]} would be right on {counts.iloc[0] / n_train:.0%} of the training "
            "rows, so models are ranked and the best is chosen by balanced accuracy."
        )
    return tuple(note for note in notes if note)


def _describe_limits(
    data: Data, recipe: Recipe, thresholds: np.ndarray, novelty: NoveltyModel | None
) -> tuple[str, ...]:
    """Say what the sets promise, which classes they always hold, and how often few rows refuse an ordinary case."""
    y, asked = data.y[data.train], f"{recipe.coverage:.0%} coverage"
    guarantee, notes = choose_guarantee(recipe.guarantee, y), [describe_guarantee(recipe, y)]
    always = [name for name, limit in zip(data.schema.classes, thresholds, strict=True) if not math.isfinite(limit)]
    if len(always) == len(data.schema.classes):
        rows = "calibration rows" if guarantee == "overall" else "calibration rows of each class"
        notes = [f"The {rows} are too few for {asked}, so every set holds all classes."]
    elif always:
        counts = [f"{name} ({int((data.y[data.calibration] == name).sum())})" for name in always]
        notes.append(f"Too few calibration rows for {asked} of {', '.join(counts)}: every set holds this class.")
    if novelty is not None and find_limit(novelty, NOVELTY_ALPHA) > NOVELTY_ALPHA:
        n_rows = len(novelty.rows)
        notes.append(f"With {n_rows} known rows about 1 ordinary case in {n_rows + 1} is refused as unlike any seen.")
    return tuple(notes)


def _fit_thresholds(
    pipelines: Mapping[str, Pipeline], recipe: Recipe, data: Data
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Find each model's conformal thresholds on the calibration rows, and how many of these are tied at one."""
    x, classes = data.x.iloc[data.calibration], data.schema.classes
    codes = encode_labels(data.y[data.calibration], classes)
    guarantee = choose_guarantee(recipe.guarantee, data.y[data.train])
    shares = predict_all(pipelines, x, classes)
    limits = {name: fit_limits(codes, found, recipe.coverage, guarantee) for name, found in shares.items()}
    return limits, {name: count_ties(codes, found, limits[name], guarantee) for name, found in shares.items()}


def _fit_novelty(recipe: Recipe, data: Data) -> NoveltyModel | None:
    """Learn what the numbers of the training and calibration rows look like."""
    if not data.schema.numbers:
        return None
    rows = np.concatenate([data.train, data.calibration])
    return fit_novelty(fill_numbers(data.schema, data.x.iloc[rows]), recipe.seed)
