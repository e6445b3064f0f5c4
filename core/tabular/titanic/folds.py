"""Cross-validation three ways: random folds, folds of whole tickets, and random folds of shuffled answers.

Passengers on one ticket often shared their fate, so random folds leave companions of a passenger in the training side;
folds of whole tickets do not. Shuffled answers leave nothing to be learnt: whatever is above one half there is a leak.

Left out: folds in time; the voyage was one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.classification import class_scores
from core.evaluation.splits import Split, make_folds
from core.hub.progress import Progress
from core.tabular.titanic.pipelines import engineer_sides, find_shares, fit_pipeline, to_pairs
from core.tabular.titanic.recipe import CLASSES, Recipe

METRICS = ("accuracy", "balanced_accuracy", "roc_auc", "log_loss", "brier")
SHUFFLED_FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Scores of every model in every fold, and the mean rows of a fold's two sides.

    Parameters
    ----------
    scores : mapping of metric to mapping of model to array of shape (n_folds * n_repeats,)
        Of ``METRICS``.
    """

    scores: Mapping[str, Mapping[str, np.ndarray]]
    n_train: int
    n_test: int

    @property
    def accuracy(self) -> Mapping[str, np.ndarray]:
        """Accuracy of each model in each fold."""
        return self.scores["accuracy"]


def make_random_folds(recipe: Recipe, y: np.ndarray) -> tuple[Split, ...]:
    """Cut stratified folds without regard to tickets."""
    return make_folds(y, recipe.n_folds, recipe.n_repeats, recipe.seed)


def make_ticket_folds(recipe: Recipe, y: np.ndarray, tickets: np.ndarray) -> tuple[Split, ...]:
    """Cut folds of whole tickets, at most twice over."""
    return make_folds(y, recipe.n_folds, min(2, recipe.n_repeats), recipe.seed, tickets)


def score_folds(
    names: Sequence[str],
    recipe: Recipe,
    where: tuple[pd.DataFrame, np.ndarray],
    splits: Sequence[Split],
    progress: Progress,
) -> tuple[Folds, dict[str, np.ndarray]]:
    """Fit each model on each fold's training side and score it on the other.

    Parameters
    ----------
    where : (DataFrame of shape (n_rows, 10), object array of shape (n_rows,))
        Passengers and their fates.

    Returns
    -------
    (Folds, shares)
        ``shares[model]`` of shape (n_rows,) is the probability of having lived from the first fold that holds the row
        out.
    """
    x, y = where
    found: dict[str, dict[str, list[float]]] = {metric: {name: [] for name in names} for metric in METRICS}
    shares = {name: np.full(len(y), np.nan) for name in names}
    for split in splits:
        sides = engineer_sides(recipe, (x.iloc[split.train], y[split.train]), x.iloc[split.test])
        for name in names:
            own = find_shares(fit_pipeline(name, recipe, sides[0], y[split.train]), sides[1])
            scored = class_scores(y[split.test], to_pairs(own), CLASSES)
            for metric in METRICS:
                found[metric][name].append(scored[metric])
            fresh = split.test[np.isnan(shares[name][split.test])]
            shares[name][fresh] = own[np.isin(split.test, fresh)]
            progress.advance({name: float(np.mean(found["accuracy"][name]))})
    arrays = {metric: {name: np.array(values) for name, values in each.items()} for metric, each in found.items()}
    sizes = (
        round(np.mean([len(part) for part in parts]))
        for parts in zip(*((s.train, s.test) for s in splits), strict=True)
    )
    return Folds(arrays, *sizes), shares


def shuffle_fates(
    names: Sequence[str], recipe: Recipe, where: tuple[pd.DataFrame, np.ndarray], n_shuffles: int, progress: Progress
) -> Folds:
    """Cross-validate with the fates shuffled among the passengers, some times over; chance is one half."""
    x, y = where
    parts = []
    for number in range(n_shuffles):
        shuffled = np.random.default_rng((recipe.seed, number)).permutation(y)
        splits = make_folds(shuffled, SHUFFLED_FOLDS, 1, recipe.seed)
        parts.append(score_folds(names, recipe, (x, shuffled), splits, progress)[0])
    joined = {
        metric: {name: np.concatenate([part.scores[metric][name] for part in parts]) for name in names}
        for metric in METRICS
    }
    return Folds(joined, parts[0].n_train, parts[0].n_test)
