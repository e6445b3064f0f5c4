"""Folds inside folds: what is chosen, is chosen on the training rows of each fold; what is scored, chose nothing.

In each fold the training rows are cut again. Their inner answers choose the depth of boosting and the weights of the
average (least log loss), and are kept, so that thresholds too can be chosen later without a look at scored rows.

Left out: inner answers of models with SMOTE, which are there to be compared and not to be acted on.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.tabular._shared.schema import Schema
from core.tabular.churn.copies import make_clean_folds
from core.tabular.churn.models import Bench
from core.tabular.churn.recipe import AVERAGE, BASELINE, RULE, SMOTED, Recipe

WEIGHT_STEPS = 10
"""Weights of the average are tenths."""
LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """What every model said of each row while it was not trained on.

    Parameters
    ----------
    fold : int array of shape (n_rows,)
        Which fold scored a row.
    shares : mapping of model to array of shape (n_rows,)
        Probability of leaving, from the fold's own models.
    inner : mapping of model to float32 array of shape (n_folds, n_rows)
        Probability from the folds inside fold k's training rows; NaN outside of these.
    depths : int array of shape (n_folds,)
        Depth that each fold's training rows chose.
    weights : array of shape (n_folds, n_models)
        Weights of the average.
    n_train, n_test : int
        Mean rows of a fold's two sides.
    """

    fold: np.ndarray
    shares: Mapping[str, np.ndarray]
    inner: Mapping[str, np.ndarray]
    depths: np.ndarray
    weights: np.ndarray
    n_train: int
    n_test: int


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """The rows to learn from and how: what every fit needs."""

    recipe: Recipe
    schema: Schema
    x: pd.DataFrame
    y: np.ndarray
    copies: np.ndarray

    @property
    def members(self) -> tuple[str, ...]:
        """The models that are compared plain, in the recipe's order."""
        return tuple(dict.fromkeys(self.recipe.models))

    @property
    def names(self) -> tuple[str, ...]:
        """Every model that is fitted: plain, with SMOTE, the rule and the baseline."""
        smoted = tuple(name + SMOTED for name in self.members) if self.recipe.with_smote else ()
        return (*self.members, *smoted, RULE, BASELINE)

    def open_bench(self, train: np.ndarray, test: np.ndarray) -> Bench:
        """Make ready to learn from some rows and to ask about others."""
        rows = self.x.iloc[train], self.y[train]
        return Bench(self.recipe, self.schema, rows, self.x.iloc[test])


def run_folds(task: Task, advance: Callable[[Mapping[str, float]], None]) -> Folds:
    """Choose in the inner folds and score in the outer ones.

    Parameters
    ----------
    advance : callable
        Told after each fold; raise in it to cancel.
    """
    n_rows, recipe = len(task.y), task.recipe
    splits = make_clean_folds(task.y, recipe.n_folds, recipe.seed, task.copies)
    kept = (*task.members, AVERAGE) if len(task.members) > 1 else task.members
    shares = {name: np.full(n_rows, np.nan) for name in (*task.names, *kept)}
    inner = {name: np.full((len(splits), n_rows), np.nan, dtype=np.float32) for name in kept}
    fold, depths, weights = np.zeros(n_rows, dtype=int), [], []
    for number, split in enumerate(splits):
        found, depth, weight = choose_inside(task, split.train)
        fold[split.test] = number
        bench = task.open_bench(split.train, split.test)
        for name in task.names:
            shares[name][split.test] = bench.ask(name, depth)
            advance({})
        for name in task.members:
            inner[name][number, split.train] = found[name]
        if AVERAGE in inner:
            inner[AVERAGE][number, split.train] = average(found, task.members, weight)
            outer = {name: shares[name][split.test] for name in task.members}
            shares[AVERAGE][split.test] = average(outer, task.members, weight)
        depths.append(depth)
        weights.append(weight)
    n_train, n_test = (round(np.mean([len(getattr(each, side)) for each in splits])) for side in ("train", "test"))
    return Folds(fold, shares, inner, np.array(depths), np.array(weights), n_train, n_test)


def choose_inside(task: Task, rows: np.ndarray) -> tuple[dict[str, np.ndarray], int, np.ndarray]:
    """Choose depth and weights by folds of some rows alone.

    Returns
    -------
    (shares, depth, weights)
        Shares of each plain model on ``rows``, from models that were fitted without them.
    """
    splits = make_clean_folds(task.y[rows], task.recipe.n_inner, task.recipe.seed + 1, task.copies[rows])
    y, depths = task.y[rows], [int(each) for each in task.recipe.boosting_depths]
    tries = [(name, each) for name in task.members for each in (depths if name == "gradient boosting" else depths[:1])]
    tried = {each: np.full(len(rows), np.nan) for each in tries}
    for split in splits:
        bench = task.open_bench(rows[split.train], rows[split.test])
        for each, share in tried.items():
            share[split.test] = bench.ask(*each)
    found, depth = dict[str, np.ndarray](), depths[0]
    for name in task.members:
        least = min((each for each in tries if each[0] == name), key=lambda each: measure_surprise(y, tried[each]))
        found[name] = tried[least]
        depth = least[1] if name == "gradient boosting" else depth
    return found, depth, choose_weights(y, [found[name] for name in task.members])


def measure_surprise(y: np.ndarray, share: np.ndarray) -> float:
    """Return the mean log loss in nats of shares of leaving."""
    told = np.where(y, share, 1 - share)
    return float(-np.log(np.clip(told, LEAST_SHARE, 1)).mean())


def choose_weights(y: np.ndarray, shares: Sequence[np.ndarray]) -> np.ndarray:
    """Find the weights, in tenths and summing to 1, whose average of shares surprises least.

    Parameters
    ----------
    y : bool array of shape (n_rows,)
    shares : sequence of arrays of shape (n_rows,)
        One of each model.

    Returns
    -------
    array of shape (n_models,)

    Examples
    --------
    >>> y = np.array([True, False, True, False])
    >>> choose_weights(y, [np.array([0.9, 0.2, 0.8, 0.1]), np.full(4, 0.5)]).tolist()
    [1.0, 0.0]
    """
    steps = [
        np.array(each) / WEIGHT_STEPS
        for each in itertools.product(range(WEIGHT_STEPS + 1), repeat=len(shares))
        if sum(each) == WEIGHT_STEPS
    ]
    stacked = np.stack(list(shares))
    return min(steps[::-1], key=lambda weights: measure_surprise(y, weights @ stacked))


def average(shares: Mapping[str, np.ndarray], members: Sequence[str], weights: np.ndarray) -> np.ndarray:
    """Weigh the shares of models, shape (n_rows,)."""
    return np.asarray(weights @ np.stack([shares[name] for name in members]))
