"""The moving figures of the lessons about judging a model: folds, errors, curves, calibration, sets and strangers.

Left out: the lessons' words (``lessons``) and the figures about methods (``model_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from core.evaluation.calibration import apply_temperature
from core.evaluation.charts import calibration_chart, roc_chart
from core.evaluation.classification import confusion
from core.evaluation.conformal import class_scores_to_sets, fit_threshold, true_class_scores
from core.evaluation.labels import encode_labels
from core.evaluation.novelty import find_limit, fit_novelty, novelty_p_value
from core.evaluation.splits import split_rows
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.iris.by_hand import softmax, vote_nearest
from core.tabular.iris.model_figures import load_flowers

N_SPLITS = 30
SEED = 0


@dataclass(frozen=True, slots=True)
class SplitControl:
    """How many flowers are kept aside."""

    test_share: Annotated[float, Range(0.1, 0.5, 0.1), Label("Test share")] = 0.2


def draw_splits(control: SplitControl) -> Chart:
    """Draw the test accuracy of five nearest neighbours over 30 random splits."""
    data = load_flowers()
    x, codes = data.x.to_numpy(), encode_labels(data.y, data.schema.classes)
    found = np.array([_score_split(x, codes, control.test_share, seed) for seed in range(N_SPLITS)])
    low, high = float(found.min()), float(found.max())
    title = f"One and the same method scores {low:.0%} to {high:.0%}, by the luck of the split"
    places = np.arange(1, N_SPLITS + 1, dtype=float)
    marks = (
        Mark("points", places, found, "test accuracy of one split"),
        Mark("line", places[[0, -1]], np.full(2, found.mean()), "mean", "baseline", dash=True),
    )
    return Chart(title, "Split", "Accuracy on the rows kept aside", marks, alt=f"{title}.", y_percent=True)


def _score_split(x: np.ndarray, codes: np.ndarray, test_share: float, seed: int) -> float:
    """Score five nearest neighbours on one split."""
    split = split_rows(codes, test_share, seed)
    answers = [vote_nearest(x[split.train], codes[split.train], case, 5).argmax() for case in x[split.test]]
    return float((np.array(answers) == codes[split.test]).mean())


@lru_cache(maxsize=4)
def simulate_scores(distance: float, n_rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows of which a third are ill, and their scores: two Gaussians some distance apart."""
    generator = np.random.default_rng(SEED)
    is_ill = np.arange(n_rows) % 3 == 0
    scores = generator.normal(size=n_rows) + np.where(is_ill, distance, 0.0)
    return is_ill, scores


@dataclass(frozen=True, slots=True)
class ThresholdControl:
    """From which score on a row is called ill."""

    threshold: Annotated[float, Range(-2.0, 4.0, 0.1), Label("Call ill from a score of")] = 1.0


def draw_threshold(control: ThresholdControl) -> Chart:
    """Draw precision, recall and F1 as the threshold moves."""
    is_ill, scores = simulate_scores(2.0)
    grid = np.linspace(-2, 4, 61)
    figures = np.array([_count_errors(is_ill, scores, threshold) for threshold in grid])
    precision, recall, f1 = _count_errors(is_ill, scores, control.threshold)
    title = f"At {control.threshold:g} precision is {precision:.0%}, recall {recall:.0%} and F1 {f1:.0%}"
    lines = (
        Mark("line", grid, figures[:, 0], "precision", "main"),
        Mark("line", grid, figures[:, 1], "recall", "second"),
        Mark("line", grid, figures[:, 2], "F1", "third"),
    )
    mark = Mark("points", np.full(3, control.threshold), np.array([precision, recall, f1]), "here", "muted", size=10)
    return Chart(title, "Threshold on the score", "Share", (*lines, mark), alt=f"{title}.", y_percent=True)


def _count_errors(is_ill: np.ndarray, scores: np.ndarray, threshold: float) -> tuple[float, float, float]:
    """Return precision, recall and F1 of calling rows ill from a threshold on; 0 where nothing is called ill."""
    table = confusion(is_ill.astype(int), (scores >= threshold).astype(int), (0, 1))
    hits, called, ill = table[1, 1], table[:, 1].sum(), table[1].sum()
    precision, recall = hits / max(called, 1), hits / ill
    return float(precision), float(recall), float(2 * hits / (called + ill))


@dataclass(frozen=True, slots=True)
class RocControl:
    """How far apart the two groups score."""

    distance: Annotated[float, Range(0.0, 4.0, 0.25), Label("Distance of the groups", "In standard deviations.")] = 1.5


def draw_roc(control: RocControl) -> Chart:
    """Draw the ROC curve of scores whose groups are some distance apart."""
    is_ill, scores = simulate_scores(control.distance)
    shares = softmax(np.stack([np.zeros_like(scores), scores], axis=1))
    return roc_chart(np.where(is_ill, "ill", "well"), shares, ("well", "ill"))


@dataclass(frozen=True, slots=True)
class TemperatureControl:
    """How much the probabilities are flattened."""

    temperature: Annotated[float, Range(0.2, 5.0, log=True), Label("Temperature", "Above 1 flattens.")] = 1.0


def draw_calibration(control: TemperatureControl) -> Chart:
    """Draw stated against met confidence for a model that is twice too sure, after a temperature."""
    generator = np.random.default_rng(SEED)
    logits = generator.normal(size=(800, 3)) * 1.5
    # the truth is drawn from the logits; the model states twice as much
    truth = np.array([generator.choice(3, p=row) for row in softmax(logits)])
    stated = apply_temperature(softmax(2 * logits), control.temperature)
    return calibration_chart(truth, stated, (0, 1, 2))


@dataclass(frozen=True, slots=True)
class CoverageControl:
    """How often a set must hold the true class."""

    coverage: Annotated[float, Range(0.5, 0.95, 0.05), Label("Coverage")] = 0.9


def draw_conformal(control: CoverageControl) -> Chart:
    """Draw the calibration scores in order, the threshold that the coverage needs, and how large the sets become."""
    x, codes, cases = _split_sepals()
    shares = np.array([vote_nearest(x, codes, case, 15) for case in cases[0]])
    scores = true_class_scores(cases[1], shares)
    threshold = fit_threshold(scores, control.coverage)
    size = float(class_scores_to_sets(shares, threshold).sum(axis=1).mean())
    places = np.arange(1, len(scores) + 1, dtype=float)
    title = (
        f"{control.coverage:.0%} coverage keeps classes with a share of {1 - threshold:.0%} or more: {size:.2f} a set"
    )
    marks = (
        Mark("points", places, np.sort(scores), "calibration flowers, in order"),
        Mark("line", places[[0, -1]], np.full(2, threshold), "threshold", "second", dash=True),
    )
    return Chart(title, "Calibration flower", "1 − share of the true class", marks, alt=f"{title}.")


@lru_cache(maxsize=1)
def _split_sepals() -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return half of the flowers' sepals and classes to learn from, and the other half to calibrate on."""
    data = load_flowers()
    x = data.x[["sepal_length", "sepal_width"]].to_numpy()
    codes = encode_labels(data.y, data.schema.classes)
    split = split_rows(codes, 0.5, SEED)
    return x[split.train], codes[split.train], (x[split.test], codes[split.test])


@dataclass(frozen=True, slots=True)
class StrangerControl:
    """How wide the petals of the flower are."""

    petal_width: Annotated[float, Range(0.1, 6.0, 0.1), Label("Petal width", "", "cm")] = 5.0


def draw_stranger(control: StrangerControl) -> Chart:
    """Draw how usual a flower is as its petals widen, all else being a typical versicolor's."""
    novelty = fit_novelty(load_flowers().x.to_numpy())
    grid = np.linspace(0.1, 6.0, 60)
    flowers = np.array([(5.9, 2.8, 4.3, width) for width in (*grid, control.petal_width)])
    p_values = novelty_p_value(novelty, flowers)
    limit, own = find_limit(novelty), float(p_values[-1])
    verdict = "refused" if own <= limit else "answered"
    title = f"With petals {control.petal_width:g} cm wide the flower is {verdict}: p = {own:.3f}"
    marks = (
        Mark("line", grid, p_values[:-1], "share of flowers as strange"),
        Mark("line", grid[[0, -1]], np.full(2, limit), "limit", "baseline", dash=True),
        Mark("points", np.array([control.petal_width]), np.array([own]), "this flower", "second", size=12),
    )
    return Chart(title, "petal width (cm)", "p-value", marks, alt=f"{title}.", y_range=(0.0, 1.0))
