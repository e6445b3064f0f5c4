"""A trained model as one read-only value: the lines that were fitted, their folds, rows and scores.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.evaluation.leaderboard import Candidate, LeaderboardRow, make_leaderboard, measure_scores
from core.evaluation.metrics import NUMBER_METRICS
from core.hub.contract import Scores
from core.scratch.linear_regression.digits import Trust
from core.scratch.linear_regression.distributions import find_t_quantile
from core.scratch.linear_regression.inference import Inference, Robust, infer
from core.scratch.linear_regression.least_squares import add_intercept
from core.scratch.linear_regression.recipe import BASELINE, Recipe
from core.scratch.linear_regression.schema import Schema


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One fitted line.

    Parameters
    ----------
    weights : float array of shape (n_terms + 1,)
        In the units of the columns, the intercept first.
    losses, epochs : arrays of shape (n_kept,)
        Mean squared error along the way, where the line was walked to; empty where it was solved for.
    sentence : str
        Why a walk ended; empty where it was solved for.
    """

    weights: np.ndarray
    losses: np.ndarray
    epochs: np.ndarray
    sentence: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What every line said of the test rows: positions in the table, terms, true values, answers (n_test,) by model."""

    ids: np.ndarray
    x: np.ndarray
    y: np.ndarray
    answers: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Root mean squared error of each model in each fold, and the mean rows of a fold's two sides."""

    rmse: Mapping[str, np.ndarray]
    n_train: int
    n_test: int


@dataclass(frozen=True, slots=True)
class Source:
    """What was learnt from: the table's name, hash and steps, the file that reads it again, and rows in each part."""

    name: str
    sha256: str
    steps: tuple[str, ...]
    file: str
    n_train: int
    n_test: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, compare and explain.

    Parameters
    ----------
    lines : mapping of str to Line
        By name, the baseline last.
    ids : int array of shape (n_train,)
        Positions of the training rows in the table; ``x`` and ``y`` are their terms and targets.
    trust : Trust, optional
        Digits of each coefficient; None where the table is too large to be solved with twice the digits.
    best : str
        The line with the least mean error over the folds; the first of those that differ in rounding only.
    inferences : dict
        What :meth:`infer` has worked out so far, so that a form that moves does not solve the table again.
    """

    recipe: Recipe
    schema: Schema
    source: Source
    lines: Mapping[str, Line]
    folds: Folds
    held_out: HeldOut
    ids: np.ndarray
    x: np.ndarray
    y: np.ndarray
    trust: Trust | None
    fit_s: Mapping[str, float]
    best: str
    notes: tuple[str, ...]
    scores: Scores = ()
    inferences: dict[str, Inference] = field(default_factory=dict, init=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, best first by cross-validation, the baseline last."""
        means = {name: float(values.mean()) for name, values in self.folds.rmse.items()}
        return tuple(sorted(self.lines, key=lambda name: (name == BASELINE, means[name])))

    @property
    def design(self) -> np.ndarray:
        """The training rows' columns with the ones before them, shape (n_train, n_terms + 1)."""
        return add_intercept(self.x)

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best."""
        candidates = [self._make_candidate(name) for name in self.names]
        return make_leaderboard(candidates, self.folds.n_train, self.folds.n_test, "rmse")

    @property
    def unbeaten(self) -> str:
        """Say that no line measurably beats the mean; empty where one does."""
        rows = self.leaderboard
        if any(row.beats_baseline for row in rows):
            return ""
        mean, best = (next(row.metrics["rmse"].value for row in rows if row.model == name)
                      for name in (BASELINE, self.best))  # fmt: skip
        return f"No line beats always answering the mean (RMSE {mean:.4g}); the best is {self.best}, {best:.4g}."

    def _make_candidate(self, name: str) -> Candidate:
        """Gather one model's folds and test scores."""
        test = tuple(
            row for row in self.scores if row.model == name and row.split == "test" and row.metric in NUMBER_METRICS
        )
        folds = {"rmse": self.folds.rmse[name]}
        return Candidate(name, folds, measure_scores(test), self.fit_s[name], is_baseline=name == BASELINE)

    def infer(self, errors: Robust | None = None) -> Inference:
        """Return what the least-squares line of the training rows lets one conclude; worked out once for each kind."""
        kind = errors or self.recipe.errors
        if kind not in self.inferences:
            self.inferences[kind] = infer(self.design, self.y, kind)
        return self.inferences[kind]


def find_reach(model: Model, name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far an interval reaches to both sides of a line's answers, and the rows' leverage, shape (n_rows,).

    Student's prediction interval: exact for least squares with even, normal scatter; for other lines it takes their own
    residuals and the same leverage.
    """
    found = model.infer("classical")
    leverage = found.measure_leverage(add_intercept(x))
    residuals = model.y - answer_rows(model.lines[name], model.x)
    variance = float(residuals @ residuals) / found.degrees
    quantile = find_t_quantile((1 + model.recipe.coverage) / 2, found.degrees)
    # The row's own scatter, and the doubt about the line at that place.
    return quantile * np.sqrt(variance * (1 + leverage)), leverage


def answer_rows(line: Line, x: np.ndarray) -> np.ndarray:
    """Return a line's answers for rows of terms, shape (n_rows,).

    Examples
    --------
    >>> none = np.zeros(0)
    >>> answer_rows(Line(np.array([1.0, 2.0]), none, none), np.array([[3.0], [4.0]])).tolist()
    [7.0, 9.0]
    """
    return np.asarray(line.weights[0] + x @ line.weights[1:])
