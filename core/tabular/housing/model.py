"""A trained run as one read-only value: the fitted models, the limits of their intervals, answers of every fold, rows.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.conformal_numbers import GroupLimits
from core.evaluation.leaderboard import Candidate, LeaderboardRow, make_leaderboard
from core.evaluation.novelty import NoveltyModel
from core.hub.contract import Scores
from core.tabular._shared.schema import Schema
from core.tabular.housing.features import is_ames
from core.tabular.housing.pipelines import Fitted
from core.tabular.housing.recipe import BASELINE, Recipe, Statistic
from core.tabular.housing.typical import Typical

MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class Source:
    """What was learnt from: name, hash and steps of the table, the file that reads it again, rows, group column."""

    name: str
    sha256: str
    steps: tuple[str, ...]
    file: str
    n_rows: int
    group: str
    is_log: bool


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Scores of each model in each fold, by metric and model, and the mean rows of a fold's two sides."""

    scores: Mapping[str, Mapping[str, np.ndarray]]
    n_train: int
    n_test: int


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What every model said of each row while it was held out.

    Parameters
    ----------
    ids, fold : int arrays of shape (n_rows,)
        Position in the table, and number of the fold.
    y : float array of shape (n_rows,)
    groups : object array of shape (n_rows,)
    answers : mapping of model to float array of shape (n_rows,)
        On the scale that was learnt on.
    reach : mapping of model to float array of shape (n_rows,)
        How far the interval reaches to each side on that scale, from limits that the row's fold took no part in.
    form, form_reach : mappings as ``answers`` and ``reach``
        The same where only the form's columns are known and the others typical; empty for other tables.
    """

    ids: np.ndarray
    fold: np.ndarray
    y: np.ndarray
    groups: np.ndarray
    answers: Mapping[str, np.ndarray]
    reach: Mapping[str, np.ndarray]
    form: Mapping[str, np.ndarray] = field(default_factory=dict)
    form_reach: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, compare and explain.

    Parameters
    ----------
    spread : lightgbm.Booster
        Expected miss of a row; see ``spread``.
    limits, form_limits : mapping of model to GroupLimits
        In units of the expected miss; the second where columns are taken as typical, empty for other tables.
    smearing : mapping of model to float
        Duan's factor: mean of the exponentials of the residuals; 1 where no logs are used.
    sources : tuple of str
        The design column of each prepared column.
    topics : float array of shape (n_rows, n_topics)
        What each topic adds to the best model's answer for each training row: what comparable sales are found by.
    novelty : NoveltyModel, optional
        How unlike the known rows a case is; None where a table has no numbers.
    x, y : DataFrame and float array
        The training rows.
    studies : mapping of str to DataFrame
        ``log``, ``scaling``, ``rule``, ``form``, ``explosion``, ``explosion_columns``; empty where not asked for.
    """

    recipe: Recipe
    schema: Schema
    source: Source
    fitted: Fitted
    spread: Any
    limits: Mapping[str, GroupLimits]
    smearing: Mapping[str, float]
    sources: tuple[str, ...]
    topics: np.ndarray
    base: float
    folds: Folds
    held_out: HeldOut
    novelty: NoveltyModel | None
    typical: Typical
    x: pd.DataFrame
    y: np.ndarray
    fit_s: Mapping[str, float]
    best: str
    studies: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]
    scores: Scores = ()
    form_limits: Mapping[str, GroupLimits] = field(default_factory=dict)

    @property
    def is_ames(self) -> bool:
        """Whether the run is about houses in Ames, with a form of its own."""
        return is_ames(self.x.columns)

    @property
    def metric(self) -> str:
        """The score that ranks the models."""
        return "rmse_log" if self.source.is_log else "rmse"

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, best first by cross-validation, the baseline last."""
        means = {name: float(values.mean()) for name, values in self.folds.scores[self.metric].items()}
        return tuple(sorted(means, key=lambda name: (name == BASELINE, means[name])))

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best."""
        candidates = [
            Candidate(
                name,
                {metric: values[name] for metric, values in self.folds.scores.items()},
                fit_s=self.fit_s[name],
                is_baseline=name == BASELINE,
            )
            for name in self.names
        ]
        return make_leaderboard(candidates, self.folds.n_train, self.folds.n_test, self.metric)

    @property
    def unbeaten(self) -> str:
        """Say that no model measurably beats the group's median; empty where one does."""
        rows = self.leaderboard
        if any(row.beats_baseline for row in rows):
            return ""
        found = {row.model: row.metrics[self.metric].value for row in rows}
        return (
            f"No model beats the {BASELINE} ({found[BASELINE]:.4g}); the best is {self.best}, {found[self.best]:.4g}."
        )

    def to_price(
        self, name: str, answers: np.ndarray, statistic: Statistic | None = None, *, is_form: bool = False
    ) -> np.ndarray:
        """Turn answers on the learnt scale into the target's unit: the median of the price, or its mean by smearing."""
        return to_price(answers, self.source.is_log, self.factor(name, statistic, is_form=is_form))

    def factor(self, name: str, statistic: Statistic | None = None, *, is_form: bool = False) -> float:
        """Return what a model's exponentials are multiplied with.

        Parameters
        ----------
        is_form : bool
            Whether columns are taken as typical: then the residuals of such answers are smeared, which are larger.
        """
        if (statistic or self.recipe.answer) != "mean":
            return 1.0
        if not (is_form and self.source.is_log and name in self.held_out.form):
            return self.smearing[name]
        return smear(np.log(self.held_out.y) - self.held_out.form[name], is_log=True)


def to_price(answers: np.ndarray, is_log: bool, factor: float = 1.0) -> np.ndarray:
    """Turn answers on the learnt scale into the target's unit.

    Examples
    --------
    >>> to_price(np.array([0.0]), True, 1.5).tolist(), to_price(np.array([7.0]), False).tolist()
    ([1.5], [7.0])
    """
    return np.asarray(factor * np.exp(answers) if is_log else answers)


def smear(residuals: np.ndarray, is_log: bool) -> float:
    """Return Duan's (1983, doi:10.1080/01621459.1983.10478017) factor from the log to the mean.

    Examples
    --------
    >>> round(smear(np.log([0.5, 2.0]), True), 3), smear(np.array([5.0]), False)
    (1.25, 1.0)
    """
    return float(np.mean(np.exp(residuals))) if is_log else 1.0
