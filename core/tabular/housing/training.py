"""Answer every row by models that did not see it, then fit all models on all rows.

The folds judge: scores, the choice of the best, Duan's factors and the limits of the intervals all come from answers to
held-out rows. The weights of the blend are fitted inside each fold.

Left out: searching for settings; what is compared beside (``studies``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.catalogue import find_entry
from core.evaluation.conformal_numbers import GroupLimits, fit_group_limits
from core.evaluation.novelty import NoveltyModel, fit_novelty
from core.evaluation.regression import number_scores
from core.evaluation.runs import TABLE_FILE
from core.hub.contract import OnStep
from core.hub.errors import RecipeError
from core.hub.fields import make_fields
from core.hub.progress import Progress
from core.tabular.housing.contributions import contribute, sum_topics
from core.tabular.housing.data import Data
from core.tabular.housing.house import Inputs
from core.tabular.housing.model import Folds, HeldOut, Model, Source, smear, to_price
from core.tabular.housing.pipelines import fit_models, name_sources
from core.tabular.housing.recipe import BASELINE, BUNDLED, Recipe
from core.tabular.housing.scoring import score_model
from core.tabular.housing.spread import cross_scales, fit_spread, hold_strictly, take_numbers
from core.tabular.housing.studies import STUDIES, know_form, run_studies
from core.tabular.housing.typical import make_typical

Advance = Callable[[Mapping[str, float]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Held-out answers by model, and the same of the design that a form knows, where there is one."""

    whole: dict[str, np.ndarray]
    design: pd.DataFrame | None
    form: dict[str, np.ndarray]


Sized = tuple[dict[str, GroupLimits], dict[str, np.ndarray]]
"""Limits of each model, and how far its held-out intervals reach."""


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Fit and compare every model of the recipe.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each fold and part; raise in it to cancel.

    Raises
    ------
    RecipeError
        If no model is chosen, or logs are asked of a target that is not above 0.

    Examples
    --------
    >>> from core.tabular.housing.data import load
    >>> recipe = Recipe(models=("ridge",))
    >>> model = train(recipe, load(recipe))
    >>> round(float(model.folds.scores["rmse_log"]["ridge"].mean()), 3)
    0.13
    """
    names = (*dict.fromkeys(recipe.models), BASELINE)
    if len(names) == 1:
        message = "models is empty; choose at least one"
        raise RecipeError(message)
    is_log = use_logs(recipe, data.y)
    studied = recipe.studies and data.is_ames and is_log
    advance = Progress(len(data.folds) + 2 + (len(STUDIES) if studied else 0), on_step).advance
    y = np.log(data.y) if is_log else data.y
    form = know_form(data) if data.is_ames else None
    answers = answer_folds(names, recipe, data, y, advance, form)
    model = _put_together(names, recipe, data, (y, is_log), answers, advance)
    if studied:
        model = replace(model, studies=run_studies(model, data, advance))
    return replace(model, scores=score_model(model))


def use_logs(recipe: Recipe, y: np.ndarray) -> bool:
    """Decide whether models learn logs: as asked, or where all values are above 0 and logs lean less.

    Examples
    --------
    >>> use_logs(Recipe(), np.exp(np.arange(10.0))), use_logs(Recipe(), np.arange(10.0))
    (True, False)
    """
    from scipy.stats import skew

    if recipe.log != "auto":
        if recipe.log == "on" and y.min() <= 0:
            message = f"log is on and the least value is {y.min():g}; logs need values above 0: switch it off"
            raise RecipeError(message)
        return recipe.log == "on"
    return bool(y.min() > 0 and abs(skew(np.log(y))) < abs(skew(y)))


def answer_folds(
    names: tuple[str, ...], recipe: Recipe, data: Data, y: np.ndarray, advance: Advance, form: pd.DataFrame | None
) -> Answers:
    """Answer each row by models fitted on the other folds, on the scale of y.

    Parameters
    ----------
    form : DataFrame, optional
        The rows as a form knows them, which are answered too.
    """
    designs = (data.design,) if form is None else (data.design, form)
    answers = [{name: np.zeros(len(y)) for name in names} for _ in designs]
    for split in data.folds:
        rows = split.train
        fitted = fit_models(names, recipe, data.design.iloc[rows], y[rows], (data.groups[rows], data.copies[rows]))
        for found, design in zip(answers, designs, strict=True):
            z = fitted.transform(design.iloc[split.test])
            for name in names:
                found[name][split.test] = fitted.answer(name, z, data.groups[split.test])
        advance({})
    return Answers(answers[0], form, answers[-1] if form is not None else {})


def _put_together(
    names: tuple[str, ...],
    recipe: Recipe,
    data: Data,
    learnt: tuple[np.ndarray, bool],
    found: Answers,
    advance: Advance,
) -> Model:
    """Choose the best, size the intervals, and fit everything on all rows."""
    (y, is_log), answers = learnt, found.whole
    smearing = {name: smear(y - values, is_log) for name, values in answers.items()}
    folds = score_folds(recipe, data, answers, (is_log, smearing))
    best = _choose_best(folds, "rmse_log" if is_log else "rmse")
    (limits, reach), (form_limits, form_reach), spread = size_intervals(recipe, data, y, found, best)
    advance({})
    fitted = fit_models(names, recipe, data.design, y, (data.groups, data.copies))
    base, added = contribute(fitted, best, fitted.transform(data.design))
    advance({})
    return Model(
        recipe=recipe,
        schema=data.schema,
        source=_describe_source(data, is_log),
        fitted=fitted,
        spread=spread,
        limits=limits,
        smearing=smearing,
        sources=name_sources(fitted.prepare),
        topics=sum_topics(added, name_sources(fitted.prepare)),
        base=base,
        folds=folds,
        held_out=HeldOut(data.ids, _number_folds(data), data.y, data.groups, answers, reach, found.form, form_reach),
        novelty=fit_strangeness(data, recipe.seed),
        typical=make_typical(data.x),
        x=data.x,
        y=data.y,
        fit_s={name: fitted.seconds.get(name, 0.0) for name in names},
        best=best,
        studies={},
        notes=(*data.notes, _describe_logs(recipe, is_log)),
        form_limits=form_limits,
    )


def _choose_best(folds: Folds, metric: str) -> str:
    """Name the model with the least mean error over the folds; the baseline is not eligible."""
    means = {name: float(values.mean()) for name, values in folds.scores[metric].items() if name != BASELINE}
    return min(means, key=means.__getitem__)


def score_folds(
    recipe: Recipe, data: Data, answers: Mapping[str, np.ndarray], scale: tuple[bool, Mapping[str, float]]
) -> Folds:
    """Score every model in every fold."""
    is_log, smearing = scale
    found: dict[str, dict[str, list[float]]] = {}
    for name, values in answers.items():
        prices = to_price(values, is_log, smearing[name] if recipe.answer == "mean" else 1.0)
        for split in data.folds:
            for metric, value in number_scores(data.y[split.test], prices[split.test]).items():
                found.setdefault(metric, {}).setdefault(name, []).append(value)
    order = ("rmse_log", "rmse", "mae", "r2", "median_ape", "ppe10")
    scores = {
        metric: {name: np.array(values) for name, values in found[metric].items()}
        for metric in order
        if metric in found
    }
    n_test = round(np.mean([len(split.test) for split in data.folds]))
    return Folds(scores, len(data.y) - n_test, n_test)


def size_intervals(recipe: Recipe, data: Data, y: np.ndarray, found: Answers, best: str) -> tuple[Sized, Sized, object]:
    """Learn expected misses from the best model's residuals, and each model's limits in units of them.

    Returns
    -------
    (limits and reach, the same where only a form's columns are known, the booster of the expected misses)
        Reach is of shape (n_rows,) for each model. Misses are larger where columns are only taken as typical, so the
        limits are too.
    """
    folds = [split.test for split in data.folds]
    numbers, residuals = take_numbers(data.design, found.whole[best]), y - found.whole[best]
    asked = [numbers] if found.design is None else [numbers, take_numbers(found.design, found.form[best])]
    scales = cross_scales(numbers, residuals, folds, recipe.seed, asked)
    sized: list[Sized] = []
    for answers, scale in zip((found.whole, found.form), (*scales, scales[0])[:2], strict=True):
        missed = {name: y - values for name, values in answers.items()}
        limits = {
            name: fit_group_limits(np.abs(values) / scale.own, data.groups, recipe.coverage)
            for name, values in missed.items()
        }
        reach = {
            name: hold_strictly(values, scale, data.groups, folds, recipe.coverage)[1]
            for name, values in missed.items()
        }
        sized.append((limits, reach))
    return sized[0], sized[1], fit_spread(numbers, residuals, recipe.seed)


def fit_strangeness(data: Data, seed: int) -> NoveltyModel | None:
    """Learn what numbers usually go together: those of the form for houses in Ames, else all."""
    names = list_novel(data.schema.numbers, data.x)
    if not names:
        return None
    filled = data.x[names].fillna(data.x[names].median()).fillna(0.0)
    return fit_novelty(filled.to_numpy(dtype=float), seed)


def list_novel(numbers: list[str], x: pd.DataFrame) -> list[str]:
    """Name the numbers by which a case may be strange."""
    from core.tabular.housing.features import is_ames

    asked = {spec.name for spec in make_fields(Inputs)}
    return [name for name in numbers if name in asked] if is_ames(x.columns) else list(numbers)


def _number_folds(data: Data) -> np.ndarray:
    """Return the fold of each row."""
    found = np.zeros(len(data.y), dtype=int)
    for place, split in enumerate(data.folds):
        found[split.test] = place
    return found


def _describe_source(data: Data, is_log: bool) -> Source:
    """Say what is learnt from."""
    table = data.table
    file = "" if table.sha256 == find_entry(BUNDLED).sha256 else TABLE_FILE
    return Source(table.name, table.sha256, table.steps, file, len(data.y), data.group, is_log)


def _describe_logs(recipe: Recipe, is_log: bool) -> str:
    """Say on which scale models learn."""
    how = "logs of the target" if is_log else "the target as it is"
    return f"Models learn {how}; an answer is the {recipe.answer if is_log else 'mean'}."
