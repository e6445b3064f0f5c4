"""Figures of a run: every error over all rows, each answered while held out; and what the intervals hold.

Left out: how each figure is computed (``core.evaluation.regression``, ``conformal_numbers``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation import runs
from core.evaluation.conformal_numbers import ROUNDING, check_coverage
from core.evaluation.regression import number_scores, score_numbers
from core.evaluation.rows import RowMaker
from core.evaluation.runs import check_test_rows
from core.hub.contract import ScoreRow, Scores
from core.tabular._shared.held_out import compare_errors
from core.tabular.housing.data import Data
from core.tabular.housing.model import HeldOut, Model
from core.tabular.housing.recipe import BASELINE, RECIPES, SLUG

ORDER = ("rmse_log", "rmse", "mae", "r2", "median_ape", "ppe10")
LEAST_SALES, FORM_SPLIT = 30, "cv_form"


def evaluate(model: Model, data: Data) -> Scores:
    """Score every model on rows that it was not fitted on.

    The model's own table is scored by its folds; any other by the final models, as split ``test``.

    Returns
    -------
    tuple of ScoreRow
        Best model first; splits ``cv`` and, where studied, ``cv_rule`` (without De Cock's five) and ``cv_form`` (25
        columns known, the rest typical). ``coverage_90`` is how often an interval held the price, its baseline what was
        asked; ``least_coverage_90`` the same in the neighbourhood of 30 sales or more that is served worst.

    Raises
    ------
    DataError
        If the rows of ``data`` are those of the model's own table in another choice.

    Examples
    --------
    >>> from core.tabular.housing.data import load
    >>> from core.tabular.housing.recipe import Recipe
    >>> from core.tabular.housing.training import train
    >>> recipe = Recipe(models=("ridge",))
    >>> row = evaluate(train(recipe, load(recipe)), load(recipe))[0]
    >>> row.metric, row.split, round(row.value, 3), row.n
    ('rmse_log', 'cv', 0.13, 2930)
    """
    is_same = data.table.sha256 == model.source.sha256
    check_test_rows(data.ids, model.held_out.ids, is_same_table=is_same)
    if is_same:
        return score_model(model)
    z = model.fitted.transform(data.design)
    answers = {name: model.fitted.answer(name, z, data.groups) for name in model.names}
    held = HeldOut(data.ids, np.zeros(len(data.y), dtype=int), data.y, data.groups, answers, {})
    return _score_held_out(model, held, "test")


def score_model(model: Model) -> Scores:
    """Score a run by its own folds; see :func:`evaluate`."""
    return (*_score_held_out(model, model.held_out, "cv"), *_score_studies(model))


def _score_held_out(model: Model, held: HeldOut, split: str) -> Scores:
    """Write every model's rows, best first, each metric with the baseline's value."""
    prices = {name: model.to_price(name, values) for name, values in held.answers.items()}
    baseline, rows = number_scores(held.y, prices[BASELINE]), []
    unit = "$" if model.is_ames else ""
    for name in model.names:
        maker = RowMaker(name, BASELINE, model.recipe.seed, describe_command(model))
        found = score_numbers(held.y, prices[name], maker, split, baseline, unit)
        rows += sorted(found, key=lambda row: ORDER.index(row.metric))
        if name in held.reach:
            rows += _score_coverage(model, maker, name)
        if name in held.form_reach:
            rows += _score_coverage(model, maker, name, FORM_SPLIT)
    return tuple(rows)


def find_held(model: Model, name: str, split: str = "cv") -> np.ndarray:
    """Say which rows their interval held, by limits that their fold took no part in, shape (n_rows,).

    Parameters
    ----------
    split : str
        ``cv_form`` asks of rows of which only the form's columns are known.
    """
    held = model.held_out
    y = np.log(held.y) if model.source.is_log else held.y
    answers, reach = (held.form, held.form_reach) if split == FORM_SPLIT else (held.answers, held.reach)
    return np.asarray(np.abs(y - answers[name]) <= reach[name] + ROUNDING)


def _score_coverage(model: Model, maker: RowMaker, name: str, split: str = "cv") -> list[ScoreRow]:
    """Write how often intervals held the price, over all rows and in the group that is served worst."""
    asked = model.recipe.coverage
    frame = check_coverage(find_held(model, name, split), model.held_out.groups)
    parts = [(f"coverage_{asked * 100:g}", frame.iloc[0])]
    large = frame[(frame["group"] != "") & (frame["n"] >= LEAST_SALES)]
    if model.source.group and len(large):
        parts.append((f"least_coverage_{asked * 100:g}", large.iloc[int(large["coverage"].argmin())]))
    return [
        ScoreRow(
            metric, split, line["coverage"], line["low"], line["high"], int(line["n"]), "asked", asked, seed=maker.seed,
            command=maker.command, model=name,
        )
        for metric, line in parts
    ]  # fmt: skip


def _score_studies(model: Model) -> list[ScoreRow]:
    """Write the errors of logs without De Cock's five sales, and with 25 columns known."""
    rows = []
    for key in ("rule", "form"):
        for _, line in model.studies[key].iterrows() if key in model.studies else ():
            maker = RowMaker(str(line["model"]), BASELINE, model.recipe.seed, describe_command(model))
            span = (float(line["rmse_log"]), float(line["low"]), float(line["high"]))
            rows.append(maker.make_row("rmse_log", f"cv_{key}", span, int(line["n"]), float(line["baseline"])))
    return rows


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    return runs.describe_command(SLUG, RECIPES, model.recipe, model.source.file, model.schema.target)


def compare_row_by_row(model: Model) -> pd.DataFrame:
    """Compare every model's held-out errors with the best one's, row by row, on the scale that was learnt on."""
    held = model.held_out
    y = np.log(held.y) if model.source.is_log else held.y
    return compare_errors({name: y - held.answers[name] for name in model.names}, model.best, model.recipe.seed)
