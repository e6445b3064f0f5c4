"""A trained model as one read-only value: fitted pipelines, prediction-set thresholds, folds, scores and rows.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.evaluation.leaderboard import Candidate, LeaderboardRow, make_leaderboard, measure_scores
from core.evaluation.metrics import METRICS
from core.evaluation.novelty import NoveltyModel
from core.hub.contract import Scores
from core.tabular._shared.schema import Schema
from core.tabular.iris.recipe import BASELINE, Guarantee, Recipe
from core.tabular.iris.verdict import compare_with_baseline

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

UNEVEN_SHARE = 0.8
"""Share of the training rows of one class from which accuracy says little."""
RARE_SHARE = 0.5
"""Share of an even part of the rows below which a class is rare: under 1/6 of them where there are three classes."""
NOVELTY_ALPHA = 0.01
"""Share of ordinary cases that may be refused as unlike any seen."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What every model said of the test rows: positions in the table, classes, and shares (n_rows, n_classes)."""

    ids: np.ndarray
    y: np.ndarray
    probabilities: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Scores of each model in each fold, shape (n_folds * n_repeats,), and the mean rows of a fold's two sides."""

    accuracy: Mapping[str, np.ndarray]
    balanced_accuracy: Mapping[str, np.ndarray]
    n_train: int
    n_test: int

    def take(self, metric: str) -> Mapping[str, np.ndarray]:
        """Return the scores of ``accuracy`` or ``balanced_accuracy``."""
        return self.balanced_accuracy if metric == "balanced_accuracy" else self.accuracy


@dataclass(frozen=True, slots=True)
class Source:
    """What was learnt from.

    Parameters
    ----------
    name, sha256, steps
        Of the table, as it was used.
    file : str
        What the command to make it again reads: ``table.parquet``, which a run leaves; empty for the iris flowers.
    class_counts : mapping of str to int
        Rows of each class that were used.
    class_calibration : mapping of str to int
        Calibration rows of each class, which size the prediction sets.
    n_train, n_calibration, n_test : int
        Rows in each part of the split.
    is_grouped : bool
        Whether rows of equal features were drawn together, so that rows are fewer draws than they are.
    n_tied : mapping of str to int
        Most calibration rows whose score lies at one threshold, of each model: more than 1 are ties.
    """

    name: str
    sha256: str
    steps: tuple[str, ...]
    file: str
    class_counts: Mapping[str, int]
    class_calibration: Mapping[str, int]
    n_train: int
    n_calibration: int
    n_test: int
    is_grouped: bool = False
    n_tied: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, compare and explain.

    Parameters
    ----------
    pipelines : mapping of str to Pipeline
        Fitted models by name, the baseline last.
    thresholds : mapping of str to array of shape (n_classes,)
        Largest ``1 - probability`` at which a class stays in a prediction set, the same for all classes where
        ``guarantee`` is overall; infinite with too few calibration rows to tell.
    novelty : NoveltyModel, optional
        How unlike the known rows a case is; None where a table has no numbers.
    loo_errors : mapping of str to int
        Wrong answers when each row is left out once; empty where it was not asked for.
    rows, labels : DataFrame and array
        The training rows, for finding the nearest ones.
    fit_s : mapping of str to float
        Seconds each final fit took.
    best : str
        The model with the highest mean of ``metric`` over the folds of the training rows; the baseline is not
        eligible.
    scores : Scores
        Held-out, cross-validated and leave-one-out figures of this very run.
    """

    recipe: Recipe
    schema: Schema
    source: Source
    pipelines: Mapping[str, Pipeline]
    thresholds: Mapping[str, np.ndarray]
    novelty: NoveltyModel | None
    folds: Folds
    loo_errors: Mapping[str, int]
    held_out: HeldOut
    rows: pd.DataFrame
    labels: np.ndarray
    fit_s: Mapping[str, float]
    best: str
    notes: tuple[str, ...]
    scores: Scores = ()

    @property
    def metric(self) -> str:
        """The score that ranks the models; see :func:`choose_metric`."""
        return choose_metric(self.labels)

    @property
    def guarantee(self) -> Literal["overall", "each class"]:
        """For which rows the prediction sets keep their promise; see :func:`choose_guarantee`."""
        return choose_guarantee(self.recipe.guarantee, self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, best first by cross-validation, the baseline last."""
        means = {name: float(values.mean()) for name, values in self.folds.take(self.metric).items()}
        return tuple(sorted(self.pipelines, key=lambda name: (name == BASELINE, -means[name])))

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best; some ten milliseconds."""
        candidates = [self._make_candidate(name) for name in self.names]
        return make_leaderboard(candidates, self.folds.n_train, self.folds.n_test, self.metric)

    @property
    def unbeaten(self) -> str:
        """Say that no model measurably beats the most frequent class, with both figures; empty where one does."""
        return compare_with_baseline(self.leaderboard, self.source.class_counts, self.metric)

    def _make_candidate(self, name: str) -> Candidate:
        """Gather one model's folds and test scores."""
        test = tuple(row for row in self.scores if row.model == name and row.split == "test" and row.metric in METRICS)
        return Candidate(
            name,
            {metric: self.folds.take(metric)[name] for metric in dict.fromkeys((self.metric, "accuracy"))},
            measure_scores(test),
            self.fit_s[name],
            is_baseline=name == BASELINE,
        )


def choose_metric(y: np.ndarray) -> str:
    """Choose how models are ranked: by balanced accuracy where one class holds at least 80% of the training rows.

    Always answering that class would be right so often that accuracy hardly tells models apart.

    Examples
    --------
    >>> choose_metric(np.array(["a"] * 4 + ["b"])), choose_metric(np.array(["a"] * 3 + ["b"]))
    ('balanced_accuracy', 'accuracy')
    """
    counts = np.unique(y, return_counts=True)[1]
    return "balanced_accuracy" if counts.max() >= UNEVEN_SHARE * counts.sum() else "accuracy"


def choose_guarantee(asked: Guarantee, y: np.ndarray) -> Literal["overall", "each class"]:
    """Choose whether prediction sets keep their promise over all rows, or for each class: where one is rare.

    One threshold can leave a rare class out of nearly every set and still hold the true class as often as promised.

    Parameters
    ----------
    y : array of shape (n_train,)
        Classes of the training rows, so that no calibration or test row is used to choose.

    Examples
    --------
    >>> three_to_one = np.array(["a"] * 3 + ["b"])
    >>> choose_guarantee("auto", three_to_one), choose_guarantee("auto", np.append(three_to_one, "a"))
    ('overall', 'each class')
    """
    if asked != "auto":
        return asked
    counts = np.unique(y, return_counts=True)[1]
    return "overall" if counts.min() * len(counts) >= RARE_SHARE * counts.sum() else "each class"


def fill_numbers(schema: Schema, x: pd.DataFrame) -> np.ndarray:
    """Return the number columns of rows with gaps filled by the training medians, shape (n_rows, n_numbers)."""
    medians = {feature.name: feature.median for feature in schema.features if feature.kind != "category"}
    return x[schema.numbers].fillna(medians).to_numpy(dtype=float)


def predict_probabilities(pipeline: Any, x: pd.DataFrame | np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    """Return each class's share by a pipeline, or by its classifier of prepared rows, shape (n_rows, n_classes)."""
    found = np.asarray(pipeline.predict_proba(x), dtype=float)
    places = [classes.index(name) for name in pipeline.classes_]
    probabilities = np.zeros((len(x), len(classes)))
    probabilities[:, places] = found
    return probabilities


def predict_all(pipelines: Mapping[str, Pipeline], x: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Ask every model about the same rows; see :func:`predict_probabilities`."""
    return {name: predict_probabilities(pipeline, x, classes) for name, pipeline in pipelines.items()}
