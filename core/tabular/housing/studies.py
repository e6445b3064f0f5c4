"""What is compared beside the models: logs, scaling, the author's rule, what a form leaves out, an explosion.

Every comparison is over the same folds as the run itself, so that differences are those of one choice alone.

Left out: crossing the choices with one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from core.evaluation.intervals import bootstrap_interval
from core.evaluation.regression import number_scores
from core.hub.fields import make_fields
from core.tabular.housing.data import Data, load
from core.tabular.housing.explosion import explode
from core.tabular.housing.features import add_features
from core.tabular.housing.house import Inputs
from core.tabular.housing.model import Model
from core.tabular.housing.pipelines import fit_models
from core.tabular.housing.recipe import BASELINE, LINEAR, Recipe, Scaling
from core.tabular.housing.typical import fill_typical, make_typical

Advance = Callable[[Mapping[str, float]], None]
STUDIES = ("log", "scaling", "rule", "form", "explosion")
SCALINGS: tuple[Scaling, ...] = ("standard", "minmax", "none")
N_RESAMPLES = 400


def run_studies(model: Model, data: Data, advance: Advance) -> dict[str, pd.DataFrame]:
    """Run every study on the rows of a run; see the functions for the columns of each table."""
    found = {"log": compare_logs(model, data)}
    advance({})
    found["scaling"] = compare_scalings(model.recipe, data)
    advance({})
    found["rule"] = apply_rule(model.recipe, data)
    advance({})
    found["form"] = compare_form(model, data)
    advance({})
    found["explosion"], found["explosion_columns"] = explode(data)
    advance({})
    return found


def answer_held_out(names: tuple[str, ...], recipe: Recipe, data: Data, y: np.ndarray) -> dict[str, np.ndarray]:
    """Answer each row by models of the other folds."""
    answers = {name: np.zeros(len(y)) for name in names}
    for split in data.folds:
        rows = split.train
        fitted = fit_models(names, recipe, data.design.iloc[rows], y[rows], (data.groups[rows], data.copies[rows]))
        z = fitted.transform(data.design.iloc[split.test])
        for name in names:
            answers[name][split.test] = fitted.answer(name, z, data.groups[split.test])
    return answers


def compare_logs(model: Model, data: Data) -> pd.DataFrame:
    """Hold models that learn logs against the same ones that learn prices, over the same folds.

    Returns
    -------
    DataFrame of shape (2 * n_models, 8)
        model, learns (``log`` or ``price``) and the six scores. A price of 0 or less counts as the smallest sale in
        rmse_log.
    """
    names = tuple(name for name in model.names if name != "blend")
    raw = answer_held_out(names, model.recipe, data, data.y)
    lines: list[dict[str, object]] = []
    for name in names:
        for learns, prices in (("log", np.exp(model.held_out.answers[name])), ("price", raw[name])):
            lines.append({"model": name, "learns": learns, **number_scores(data.y, prices)})
    return pd.DataFrame(lines)


def compare_scalings(recipe: Recipe, data: Data) -> pd.DataFrame:
    """Hold Standard, MinMax and no scaling of numbers against one another for every straight line.

    Returns
    -------
    DataFrame of shape (n_lines, 4)
        model and its RMSE of logs under each scaling.
    """
    names = tuple(name for name in LINEAR if name in {*recipe.models, "ridge"})
    y = np.log(data.y)
    columns: dict[str, list[float]] = {}
    for scaling in SCALINGS:
        answers = answer_held_out(names, replace(recipe, scaling=scaling), data, y)
        columns[scaling] = [float(np.sqrt(np.mean((answers[name] - y) ** 2))) for name in names]
    return pd.DataFrame({"model": list(names)} | columns)


def apply_rule(recipe: Recipe, data: Data) -> pd.DataFrame:
    """Fit all models again without the sales above 4,000 square feet, in folds of their own drawn by the same seed.

    Returns
    -------
    DataFrame of shape (n_models, 7)
        model, rmse_log over all rows, low and high (bootstrap), mean_of_folds, n, and the baseline's rmse_log.
    """
    kept = load(replace(recipe, leave_out_large=True), data.table)
    names, y = (*recipe.models, BASELINE), np.log(kept.y)
    answers = answer_held_out(names, recipe, kept, y)
    return measure_logs(answers, y, kept)


def compare_form(model: Model, data: Data) -> pd.DataFrame:
    """Price held-out rows of which only the form's 25 columns are known, the others typical of the training rows.

    Returns
    -------
    DataFrame of shape (2, 7)
        As :func:`apply_rule`, for the best model and the baseline.
    """
    answers = {name: model.held_out.form[name] for name in (model.best, BASELINE)}
    return measure_logs(answers, np.log(data.y), data)


def know_form(data: Data) -> pd.DataFrame:
    """Return the design of every row as a form knows it: its columns, the others typical of the rows of other folds."""
    asked = [spec.name for spec in make_fields(Inputs)]
    unknown, parts = [name for name in data.x.columns if name not in asked], []
    for split in data.folds:
        typical = make_typical(data.x.iloc[split.train], unknown)
        known = {name: data.x[name].to_numpy()[split.test] for name in asked}
        filled, _ = fill_typical(known, list(data.x.columns), typical)
        parts.append(pd.DataFrame(filled, index=split.test))
    return add_features(pd.concat(parts).sort_index())


def measure_logs(answers: Mapping[str, np.ndarray], y: np.ndarray, data: Data) -> pd.DataFrame:
    """Measure the RMSE of logs of each model's answers, over all rows and as the mean of the folds."""
    errors = {name: found - y for name, found in answers.items()}
    whole = {name: _root(found) for name, found in errors.items()}
    lines = []
    for name, found in errors.items():
        low, high = bootstrap_interval(_root, (found,), N_RESAMPLES)
        folds = float(np.mean([_root(found[split.test]) for split in data.folds]))
        lines.append((name, whole[name], low, high, folds, len(y), whole[BASELINE]))
    columns = ["model", "rmse_log", "low", "high", "mean_of_folds", "n", "baseline"]
    return pd.DataFrame(lines, columns=columns).sort_values("rmse_log", ignore_index=True)


def _root(errors: np.ndarray) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(errors**2)))
