"""How every model does on training rows that it was not fitted on: folds, and each row left out once.

Rows of equal features stay on one side of every split, so no model meets a row that it is asked about.

Left out: the final fits, the thresholds and the test rows (``training``).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from core.evaluation.splits import Split, make_folds
from core.hub.progress import Progress
from core.tabular._shared.schema import Schema
from core.tabular.iris.copies import expand_split, find_firsts
from core.tabular.iris.data import Data
from core.tabular.iris.model import Folds
from core.tabular.iris.pipelines import fit_and_answer
from core.tabular.iris.recipe import MAX_LOO_ROWS, SLOW_MODELS, Recipe
from core.tabular.iris.sampling import sample_rows

MIN_FOLD_ROWS = 2
"""Rows of the rarest class that a fold must leave to train on: the SVM's inner calibration has two parts."""
MAX_FOLD_ROWS, MAX_REPEAT_ROWS = 5_000, 2_000
"""Cross-validation takes at most this many training rows, and repeats itself only below the second number."""


def make_splits(recipe: Recipe, y: np.ndarray, groups: np.ndarray) -> tuple[tuple[Split, ...], tuple[str, ...]]:
    """Make the folds of the training rows: fewer for a rare class, sampled and unrepeated for a long table.

    Parameters
    ----------
    y, groups : array of shape (n_train,)
        Class names, and the set of equal features that each row belongs to.

    Returns
    -------
    (splits, notes)
        Places among the training rows, and what was cut short, in words.

    Examples
    --------
    >>> y = np.array(["a"] * 40 + ["b"] * 4, dtype=object)
    >>> splits, notes = make_splits(Recipe(n_folds=5, n_repeats=1), y, np.arange(44))
    >>> len(splits), notes
    (4, ("Cross-validation cuts 4 folds once, as the table's size allows.",))
    """
    rows = sample_rows(y, MAX_FOLD_ROWS, recipe.seed)
    firsts = rows[find_firsts(groups[rows])]
    n_least = int(np.unique(y[firsts], return_counts=True)[1].min())
    n_folds = min(recipe.n_folds, n_least)
    if n_least - math.ceil(n_least / n_folds) < MIN_FOLD_ROWS:
        n_folds = n_least
    n_repeats = recipe.n_repeats if len(y) <= MAX_REPEAT_ROWS else 1
    notes = []
    if len(rows) < len(y):
        notes.append(f"Models are compared by folds of {len(rows):,} of the {len(y):,} training rows.")
    if (n_folds, n_repeats) != (recipe.n_folds, recipe.n_repeats):
        times = "once" if n_repeats == 1 else f"{n_repeats} times"
        notes.append(f"Cross-validation cuts {n_folds} folds {times}, as the table's size allows.")
    found = make_folds(y[firsts], n_folds, n_repeats, recipe.seed)
    splits = [expand_split(split, groups[rows]) for split in found]
    return tuple(Split(rows[split.train], rows[split.test]) for split in splits), tuple(notes)


def score_folds(
    names: tuple[str, ...],
    how: tuple[Recipe, Schema],
    where: tuple[pd.DataFrame, np.ndarray],
    splits: tuple[Split, ...],
    progress: Progress,
) -> Folds:
    """Fit each model on each fold's training side and count its right answers on the other.

    Parameters
    ----------
    where : (DataFrame of shape (n_train, n_features), array of shape (n_train,))
        The training rows and their classes.
    """
    x, y = where
    found: dict[str, list[float]] = {name: [] for name in names}
    balanced: dict[str, list[float]] = {name: [] for name in names}
    for split in splits:
        train_rows = x.iloc[split.train], y[split.train]
        for name, answers in fit_and_answer(names, how, train_rows, x.iloc[split.test]):
            found[name].append(float((answers == y[split.test]).mean()))
            balanced[name].append(_score_balanced(y[split.test], answers))
            progress.advance({name: float(np.mean(found[name]))})
    return Folds(
        accuracy={name: np.array(values) for name, values in found.items()},
        balanced_accuracy={name: np.array(values) for name, values in balanced.items()},
        n_train=round(np.mean([len(split.train) for split in splits])),
        n_test=round(np.mean([len(split.test) for split in splits])),
    )


def _score_balanced(y: np.ndarray, answers: np.ndarray) -> float:
    """Average the shares of right answers over the classes that occur."""
    is_right = answers == y
    return float(np.mean([is_right[y == name].mean() for name in np.unique(y)]))


def count_left_out(recipe: Recipe, data: Data) -> int:
    """Return how many rows are left out one by one: all of them, or none.

    Examples
    --------
    >>> from core.tabular.iris.data import load
    >>> count_left_out(Recipe(leave_one_out="all"), load(Recipe()))
    150
    """
    return len(data.y) if recipe.leave_one_out != "off" and len(data.y) <= MAX_LOO_ROWS else 0


def leave_one_out(recipe: Recipe, data: Data, progress: Progress) -> dict[str, int]:
    """Count wrong answers when each row is predicted by models fitted on all other rows.

    Returns
    -------
    dict of model to int
        Without the slow models unless the recipe asks for all; empty where no row is left out.
    """
    if not count_left_out(recipe, data):
        return {}
    chosen: list[str] = [name for name in recipe.models if recipe.leave_one_out == "all" or name not in SLOW_MODELS]
    errors = dict.fromkeys(chosen, 0)
    for left_out in range(len(data.y)):
        others = data.groups != data.groups[left_out]
        rest = data.x[others], data.y[others]
        for name, answers in fit_and_answer(chosen, (recipe, data.schema), rest, data.x.iloc[left_out : left_out + 1]):
            errors[name] += int(answers[0] != data.y[left_out])
        progress.advance({})
    return errors
