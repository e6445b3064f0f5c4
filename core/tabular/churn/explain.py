"""Which columns tell who leaves: permutation importance with columns that go together shuffled together, and Shapley.

Tenure, the monthly charge and the total say nearly the same: shuffle one, and the others still tell. So numbers whose
ranks correlate by 0.6 or more are shuffled as one (G. Hooker, L. Mentch and S. Zhou 2021,
doi:10.1007/s11222-021-10057-z, on what shuffling correlated columns alone does to an importance). The fall is of the
ROC area, in each fold by the fold's own model on the rows that it scores.

Left out: importance by refitting without a column, which costs a fit for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.evaluation.leaderboard import Measure, fold_interval
from core.hub.charts import Chart, Mark
from core.tabular._shared.schema import Schema
from core.tabular.churn.derive import find_charges
from core.tabular.churn.folds import Folds, Task, average
from core.tabular.churn.models import Bench
from core.tabular.churn.recipe import AVERAGE

if TYPE_CHECKING:
    from core.evaluation.attribution import Attribution
    from core.tabular.churn.model import Model

LEAST_CORRELATION = 0.6
N_REPEATS = 3
N_BACKGROUND, N_EXPLAINED = 20, 60
"""Rows that a Shapley value averages over, and rows that are explained where a run kept none."""


def group_columns(x: pd.DataFrame, schema: Schema, least: float = LEAST_CORRELATION) -> tuple[tuple[str, ...], ...]:
    """Put number columns that go together into one group; every category is a group of its own.

    Parameters
    ----------
    least : float
        Rank correlation, of either sign, from which two columns go together; groups grow by single links.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> data = load(Recipe())
    >>> group_columns(data.x, data.schema)[0]
    ('tenure', 'monthly_charges', 'total_charges')
    """
    found = x[schema.numbers].corr(method="spearman").abs().fillna(0.0)
    ranks = {name: column.to_dict() for name, column in found.items()}
    charges, left, groups = set(find_charges(schema.numbers)), list(schema.numbers), []
    while left:
        group = [left.pop(0)]
        for member in group:
            near = [name for name in left if ranks[member][name] >= least or {member, name} <= charges]
            group += near
            left = [name for name in left if name not in near]
        groups.append(tuple(name for name in schema.names if name in group))
    return (*groups, *((name,) for name in schema.categories))


def measure_importance(task: Task, folds: Folds, name: str, n_repeats: int = N_REPEATS) -> pd.DataFrame:
    """Measure how far the ROC area falls when a group of columns is shuffled among the scored rows.

    Parameters
    ----------
    name : str
        The model to explain; it is fitted again in each fold.

    Returns
    -------
    DataFrame of shape (n_groups, 4)
        columns (joined by " + "), fall, low and high (corrected 95% interval over the folds); largest fall first.
    """
    from sklearn.metrics import roc_auc_score

    groups = group_columns(task.x, task.schema)
    falls = np.zeros((len(groups), folds.weights.shape[0]))
    rng = np.random.default_rng(task.recipe.seed)
    for fold, weights in enumerate(folds.weights):
        scored, fitted = np.flatnonzero(folds.fold == fold), _fit_fold(task, folds, name, fold)
        y, x = task.y[scored], task.x.iloc[scored]
        before = roc_auc_score(y, _ask(task, fitted, x, weights))
        for place, group in enumerate(groups):
            for _ in range(n_repeats):
                shuffled = x.copy()
                shuffled[list(group)] = x[list(group)].iloc[rng.permutation(len(x))].to_numpy()
                after = roc_auc_score(y, _ask(task, fitted, shuffled.astype(x.dtypes), weights))
                falls[place, fold] += (before - after) / n_repeats
    spans = [_bound(each, folds) for each in falls]
    rows = [(" + ".join(group), one.value, one.low, one.high) for group, one in zip(groups, spans, strict=True)]
    found = pd.DataFrame(rows, columns=["columns", "fall", "low", "high"])
    return found.sort_values(["fall", "columns"], ascending=[False, True], ignore_index=True)


def _bound(falls: np.ndarray, folds: Folds) -> Measure:
    """Average falls over the folds; a fall has no range that the interval could be cut to."""
    return Measure(*fold_interval(falls, folds.n_train, folds.n_test, "profit"))


def _fit_fold(task: Task, folds: Folds, name: str, fold: int) -> dict[str, object]:
    """Fit a model, or all members of the average, on a fold's training rows."""
    scored = folds.fold == fold
    train = np.flatnonzero(~scored & ~np.isin(task.copies, task.copies[scored]))
    bench = Bench(task.recipe, task.schema, (task.x.iloc[train], task.y[train]))
    names = task.members if name == AVERAGE else (name,)
    return {each: bench.fit(each, int(folds.depths[fold])) for each in names}


def _ask(task: Task, fitted: dict[str, object], x: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """Ask a model, or the average of several."""
    from core.tabular.churn.models import ask_share

    shares = {name: ask_share(each, task.schema, x) for name, each in fitted.items()}
    return average(shares, task.members, weights) if len(shares) > 1 else next(iter(shares.values()))


def explain_columns(model: Model, n_repeats: int = N_REPEATS) -> pd.DataFrame:
    """Return the stored importance of the best model, or measure it: some seconds, a fit in each fold."""
    from core.tabular._shared.equal_rows import number_rows

    if model.importance is not None:
        return model.importance
    task = Task(model.recipe, model.schema, model.rows, model.left, number_rows(model.rows))
    return measure_importance(task, model.folds, model.best, n_repeats)


def importance_chart(found: pd.DataFrame) -> Chart:
    """Draw the fall of the ROC area for each group of columns."""
    first, n_idle = found.iloc[0], int((found["low"] <= 0).sum())
    title = f"Shuffling {first['columns']} costs {first['fall']:.3f} of the ROC area"
    title += f"; {n_idle} of {len(found)} can be shuffled at no measurable cost" if n_idle else ""
    mark = Mark(
        "bars", found["fall"].to_numpy(), found["columns"].to_numpy(dtype=object),
        low=found["low"].to_numpy(), high=found["high"].to_numpy(),
    )  # fmt: skip
    told = "; ".join(f"{row['columns']} {row['fall']:.3f}" for row in found.to_dict("records"))
    return Chart(title, "Fall of the ROC area, 95% interval over the folds", "", (mark,), alt=f"{title}. {told}.")


def shapley_frame(model: Model) -> pd.DataFrame:
    """Sum up the stored Shapley values by column: mean size of the effect, and its mean sign.

    Returns
    -------
    DataFrame of shape (n_columns, 3)
        column, size (mean absolute effect on the probability) and effect (mean); empty where none are stored.
    """
    if model.explained is None:
        return pd.DataFrame(columns=["column", "size", "effect"])
    values = model.explained.effects
    found = pd.DataFrame(
        {"column": model.schema.names, "size": np.abs(values).mean(axis=0), "effect": values.mean(axis=0)}
    )
    return found.sort_values(["size", "column"], ascending=[False, True], ignore_index=True)


def explain_customers(model: Model) -> tuple[np.ndarray, Attribution]:
    """Return Shapley values of a sample of customers by the best model: the stored ones, or worked out; some seconds.

    Returns
    -------
    (rows, attribution)
        Positions in the model's rows, and the effects of each column on their probability of leaving.
    """
    from core.evaluation.attribution import Attribution, shap_values

    kept = model.explained
    if kept is None:
        rows = sample_rows(model, N_EXPLAINED)
        asked = model.rows.iloc[rows].reset_index(drop=True)
        return rows, shap_values(model.ask, asked, take_background(model), seed=model.recipe.seed, n_blocks=1)
    return kept.rows, Attribution("SHAP", tuple(model.schema.names), kept.effects, kept.base)


def sample_rows(model: Model, n_rows: int) -> np.ndarray:
    """Draw places of rows to explain, in rising order; the background is drawn from the others."""
    return np.sort(np.random.default_rng(model.recipe.seed).permutation(len(model.rows))[:n_rows])


def take_background(model: Model) -> pd.DataFrame:
    """Draw the rows that a Shapley value averages over, shape (20, n_features)."""
    order = np.random.default_rng(model.recipe.seed).permutation(len(model.rows))
    return model.rows.iloc[order[::-1][:N_BACKGROUND]].reset_index(drop=True)


def explain_by(method: str, model: Model, x: pd.DataFrame, name: str) -> Attribution:
    """Explain a model's probability of leaving by a method's name: Shapley, SHAP, LIME or permutation.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, n_features)
        Customers to explain.

    Raises
    ------
    RecipeError
        If there is no such method.
    """
    from core.evaluation.attribution import explain_rows

    asked = x.reset_index(drop=True)
    return explain_rows(method, lambda rows: model.ask(rows, name), asked, take_background(model), model.recipe.seed)
