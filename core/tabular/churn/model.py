"""A trained model as one read-only value: fitted pipelines, what the folds said, figures, and the rows behind them.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.leaderboard import Candidate, LeaderboardRow, make_leaderboard
from core.hub.contract import Scores
from core.tabular._shared.schema import Schema
from core.tabular.churn.folds import Folds
from core.tabular.churn.models import ask_share, number_parts
from core.tabular.churn.recipe import AVERAGE, BASELINE, RULE, SMOTED, Recipe

N_PARTS = 40
"""Parts of equally many rows that a number is cut into to see what it tells by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What every model said of rows it was not trained on: positions, classes, and shares (n_rows, 2)."""

    ids: np.ndarray
    y: np.ndarray
    probabilities: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Source:
    """What was learnt from.

    Parameters
    ----------
    name, sha256, steps
        Of the table, as it was used.
    file : str
        What the command to make it again reads: ``table.parquet``, which a run leaves; empty for the bundled table.
    class_counts : mapping of str to int
        Rows of each class that were used.
    """

    name: str
    sha256: str
    steps: tuple[str, ...]
    file: str
    class_counts: Mapping[str, int]

    @property
    def n_rows(self) -> int:
        """Rows that were used."""
        return sum(self.class_counts.values())


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Shapley values of a sample of customers, on the table's own columns.

    Parameters
    ----------
    rows : int array of shape (n_explained,)
        Positions in the model's rows.
    effects : array of shape (n_explained, n_features)
        How much each column moves the probability of leaving from ``base``.
    base : float
        Mean probability over the background rows.
    """

    rows: np.ndarray
    effects: np.ndarray
    base: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, compare, act and explain.

    Parameters
    ----------
    positive : str
        The class that means leaving.
    groups : tuple of str
        Columns by which fairness is judged.
    pipelines : mapping of str to Pipeline
        Models fitted on all rows, by name; the average is made of them and has none of its own.
    weights : mapping of str to float
        Of the average, by model.
    fold_scores : mapping of metric to mapping of model to array of shape (n_folds,)
        ``roc_auc``, ``average_precision``, ``brier`` and ``log_loss``.
    best : str
        The model with the highest mean ROC area over the folds, among plain models and their average.
    rows, left, ids : DataFrame, bool array, int array
        Every row that was used, who left, and its place in the table.
    explained, importance : Explained, DataFrame, optional
        Shapley values and permutation importance of the best model, where they were asked for.
    """

    recipe: Recipe
    schema: Schema
    source: Source
    positive: str
    groups: tuple[str, ...]
    pipelines: Mapping[str, Any]
    weights: Mapping[str, float]
    folds: Folds
    fold_scores: Mapping[str, Mapping[str, np.ndarray]]
    best: str
    rows: pd.DataFrame
    left: np.ndarray
    ids: np.ndarray
    fit_s: Mapping[str, float]
    notes: tuple[str, ...] = ()
    explained: Explained | None = None
    importance: pd.DataFrame | None = None
    scores: Scores = ()

    @property
    def labels(self) -> np.ndarray:
        """The class of each row by its name, shape (n_rows,)."""
        return np.where(self.left, self.positive, self.negative).astype(object)

    @property
    def negative(self) -> str:
        """The class that means staying."""
        return next(name for name in self.schema.classes if name != self.positive)

    @property
    def held_out(self) -> HeldOut:
        """Every row with what the models of the other folds said of it; columns in the order of the classes."""
        shares = {name: self.to_classes(self.folds.shares[name]) for name in self.names}
        return HeldOut(self.ids, self.labels, shares)

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, best first by ROC area over the folds, the rule and the baseline last."""
        means = {name: float(values.mean()) for name, values in self.fold_scores["roc_auc"].items()}
        last = {RULE: 1, BASELINE: 2}
        return tuple(sorted(means, key=lambda name: (last.get(name, 0), -means[name])))

    @property
    def choices(self) -> tuple[str, ...]:
        """Models that may be acted on, best first: their shares are probabilities, so none with SMOTE."""
        return tuple(name for name in self.names if not name.endswith(SMOTED) and name not in {RULE, BASELINE})

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best."""
        found = self.fold_scores
        candidates = [
            Candidate(
                name, {metric: found[metric][name] for metric in found}, {}, self.fit_s.get(name, 0.0),
                is_baseline=name == BASELINE,
            )
            for name in self.names
        ]  # fmt: skip
        return make_leaderboard(candidates, self.folds.n_train, self.folds.n_test, "roc_auc")

    @property
    def unbeaten(self) -> str:
        """Say that no model measurably beats the churn rate; empty where one does."""
        rows = [row for row in self.leaderboard if row.model in self.choices]
        if any(row.beats_baseline for row in rows):
            return ""
        first = max(rows, key=lambda row: row.metrics["roc_auc"].value)
        return (
            f"No model tells who leaves; the highest ROC area is {first.model}, {first.metrics['roc_auc'].value:.3f}."
        )

    @property
    def alarm(self) -> str:
        """Say that the figures are too good to be true; empty where they are not."""
        name = self.best
        value = float(self.fold_scores["roc_auc"][name].mean())
        if value <= self.recipe.alarm_auc:
            return ""
        return (
            f"Leak alarm: {name} has a ROC area of {value:.3f}, above {self.recipe.alarm_auc:g}; check that no column "
            f"was written after customers left{self._suspect_column()}."
        )

    def _suspect_column(self) -> str:
        """Name the column that alone has a ROC area above the alarm, if one does."""
        found = {each.name: self._rank_alone(each.name) for each in self.schema.features}
        name = max(found, key=lambda each: found[each])
        told = f"{name} alone has {found[name]:.3f}"
        return f" ({told})" if found[name] > self.recipe.alarm_auc else f" (no single column explains it: {told})"

    def _rank_alone(self, name: str) -> float:
        """Return the ROC area of one column by itself: of each level's or part's churn rate in the other folds."""
        from sklearn.metrics import roc_auc_score

        # parts, so that a gap, and a rate that rises and falls, tell too
        parts = number_parts(self.rows[name], is_category=name in self.schema.categories, n_parts=N_PARTS)
        overall = float(self.left.mean())
        share = np.full(len(parts), overall)
        for fold in np.unique(self.folds.fold):
            known = self.folds.fold != fold
            n_rows = np.bincount(parts[known], minlength=parts.max() + 1)
            n_left = np.bincount(parts[known], self.left[known], minlength=parts.max() + 1)
            share[~known] = ((n_left + overall) / (n_rows + 1))[parts[~known]]
        return float(roc_auc_score(self.left, share))

    def ask(self, x: pd.DataFrame, name: str | None = None) -> np.ndarray:
        """Return the probability of leaving of feature rows, shape (n_rows,), from models fitted on all rows.

        Parameters
        ----------
        name : str, optional
            Which model; the best one when it is not given.
        """
        chosen = self.best if name is None else name
        if chosen != AVERAGE:
            return ask_share(self.pipelines[chosen], self.schema, x)
        parts = [
            weight * ask_share(self.pipelines[each], self.schema, x) for each, weight in self.weights.items() if weight
        ]
        return np.asarray(sum(parts))

    def to_classes(self, share: np.ndarray) -> np.ndarray:
        """Lay shares of leaving out as shares of both classes, shape (n_rows, 2), in the schema's order."""
        columns = {self.positive: share, self.negative: 1 - share}
        return np.column_stack([columns[name] for name in self.schema.classes])
