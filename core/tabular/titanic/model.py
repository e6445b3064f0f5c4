"""A trained model as one read-only value: fitted pipelines, folds, studies, explanations, scores and rows.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.evaluation.choosing import Choice, choose_model
from core.evaluation.leaderboard import Candidate, LeaderboardRow, make_leaderboard, measure_scores
from core.evaluation.metrics import METRICS
from core.evaluation.novelty import NoveltyModel
from core.hub.contract import Scores
from core.tabular._shared.schema import Schema
from core.tabular.titanic.features import Fates
from core.tabular.titanic.folds import METRICS as FOLD_METRICS
from core.tabular.titanic.folds import Folds
from core.tabular.titanic.gaps import Companions, compare_with_floor, describe_gap, describe_withheld, find_right
from core.tabular.titanic.grids import Grid
from core.tabular.titanic.recipe import BASELINE, BASELINES, CLASSES, Recipe

if TYPE_CHECKING:
    from core.tabular.titanic.explaining import Explanations

NOVELTY_ALPHA = 0.01
"""Share of ordinary passengers that may be refused as unlike any seen."""
AFTERWARDS = "This rule looks at training rows alone, but was made when the held-out figures of all models were known."
"""Said of the bundled rows, where it is so."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What every model said of the test rows.

    Parameters
    ----------
    ids, y : arrays of shape (n_rows,)
        Positions in the table, and fates.
    probabilities : mapping of model to array of shape (n_rows, 2)
    withheld : bool array of shape (n_rows,)
        Passengers unlike any that was learnt from: whoever asks about them gets no answer. Scores of split ``test``
        count the likelier fate of theirs too.
    """

    ids: np.ndarray
    y: np.ndarray
    probabilities: Mapping[str, np.ndarray]
    withheld: np.ndarray

    @property
    def shares(self) -> dict[str, np.ndarray]:
        """Every model's probability of having lived, shape (n_rows,)."""
        return {name: pairs[:, 1] for name, pairs in self.probabilities.items()}


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
        Passengers who died and who lived.
    n_train, n_test : int
    """

    name: str
    sha256: str
    steps: tuple[str, ...]
    file: str
    class_counts: Mapping[str, int]
    n_train: int
    n_test: int


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """What a run found out beside its models.

    Parameters
    ----------
    ticket_folds : Folds
        Scores on folds of whole tickets.
    shuffled : Folds
        Scores with the fates shuffled: chance, unless something leaks.
    companions : Companions
    repairs : DataFrame
        What was wrong with the table and what was done: column, found, done, rows.
    grids : tuple of Grid
        Whole surfaces of the grid searches; empty where the recipe asks for no studies, as are the next two.
    remedies : DataFrame
        What class weights and thresholds do; see ``remedies.compare_remedies``.
    explanations : Explanations, optional
    """

    ticket_folds: Folds
    shuffled: Folds
    companions: Companions
    repairs: pd.DataFrame
    grids: tuple[Grid, ...]
    remedies: pd.DataFrame
    explanations: Explanations | None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, compare and explain.

    Parameters
    ----------
    pipelines : mapping of str to Pipeline
        Fitted models by name, the baselines last; they take what ``features.engineer`` makes.
    parties : mapping of party to (int, int), optional
        Its women and boys among the training passengers and how many lived, where that is a feature.
    thresholds : mapping of str to float
        Largest ``1 - probability`` at which a class stays in a prediction set.
    novelty : NoveltyModel
        How unlike the training passengers one is; of ``features.measure_oddness``.
    folds : Folds
        Scores on random folds of the training rows.
    rows, labels : DataFrame of shape (n_train, 10) and array
        The training passengers and their fates.
    best : str
        The model that answers first, as ``choice`` says; the baselines are not eligible.
    """

    recipe: Recipe
    schema: Schema
    source: Source
    pipelines: Mapping[str, Any]
    parties: Fates | None
    thresholds: Mapping[str, float]
    novelty: NoveltyModel
    folds: Folds
    held_out: HeldOut
    studies: Studies
    rows: pd.DataFrame
    labels: np.ndarray
    fit_s: Mapping[str, float]
    best: str
    notes: tuple[str, ...]
    scores: Scores = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models: the one that answers first, the others by accuracy on the folds, the baselines last."""
        means = {name: float(values.mean()) for name, values in self.folds.accuracy.items()}
        return tuple(sorted(self.pipelines, key=lambda name: (name in BASELINES, name != self.best, -means[name])))

    @property
    def choice(self) -> Choice:
        """Which model answers first, by the random folds alone."""
        return choose_best(self.recipe.models, self.folds)

    @property
    def reason(self) -> str:
        """Why the model that answers first does; of the bundled rows also what was known when the rule was made."""
        found = self.choice
        is_told = not self.source.file and len(found.level) > 1
        return f"{found.sentence} {AFTERWARDS}" if is_told else found.sentence

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best."""
        candidates = [self._make_candidate(name) for name in self.names]
        top = max(self.names, key=lambda name: float(self.folds.accuracy[name].mean()))
        best = None if top in BASELINES else self.best  # where a baseline leads, all are told from it
        return make_leaderboard(candidates, self.folds.n_train, self.folds.n_test, best=best)

    @property
    def right(self) -> dict[str, np.ndarray]:
        """Which held-out rows each model has right."""
        return find_right(self.held_out.y, self.held_out.shares)

    @property
    def against_sex(self) -> pd.DataFrame:
        """Every model against the sex-only rule: exact McNemar on held-out rows, corrected t-test on folds."""
        return compare_with_floor(self.names, self.folds, self.right)

    @property
    def gap(self) -> tuple[str, ...]:
        """Why the best model's accuracies on random folds, on folds of tickets and on held-out rows differ."""
        return describe_gap(self.best, (self.folds, self.studies.ticket_folds), self.right, self.studies.companions)

    @property
    def deployed(self) -> str:
        """What the answering model does with held-out passengers whom it refuses; empty where it refuses none."""
        return describe_withheld(self.best, self.right[self.best], self.held_out.withheld)

    @property
    def unbeaten(self) -> str:
        """Say that no model measurably beats the sex-only rule on the folds; empty where one does."""
        models = [row for row in self.leaderboard if not row.is_baseline]
        if any(row.beats_baseline for row in models):
            return ""
        highest = self.choice.highest
        floor, own = (float(self.folds.accuracy[name].mean()) for name in (BASELINE, highest))
        return f"No model beats the {BASELINE} ({floor:.3f}); the highest is {highest}, {own:.3f}."

    def _make_candidate(self, name: str) -> Candidate:
        """Gather one model's folds and test scores."""
        test = tuple(row for row in self.scores if row.model == name and row.split == "test" and row.metric in METRICS)
        folds = {metric: self.folds.scores[metric][name] for metric in FOLD_METRICS}
        return Candidate(name, folds, measure_scores(test), self.fit_s[name], is_baseline=name in BASELINES)


def choose_best(models: Sequence[str], folds: Folds) -> Choice:
    """Choose the model that answers first by its accuracy and log loss on random folds; no held-out row is asked."""
    return choose_model(models, folds.accuracy, folds.scores["log_loss"], folds.n_train, folds.n_test)


def count_fates(y: np.ndarray) -> dict[str, int]:
    """Count who died and who lived."""
    return {name: int((y == name).sum()) for name in CLASSES}
