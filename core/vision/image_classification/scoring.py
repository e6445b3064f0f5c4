"""Figures of a trained model on the test pictures, each with its interval and its baseline.

Accuracy has Wilson's interval; macro F1, log loss and calibration error a bootstrap of the pictures. Two models are
compared on the same pictures by McNemar's exact test, several with Holm's correction.

Left out: the metrics' definitions and the tests (``core.evaluation``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation import runs
from core.evaluation.classification import class_report, confusion
from core.evaluation.comparison import (
    ALPHA,
    Comparison,
    Test,
    mcnemar_test,
    show_difference,
    show_p,
)
from core.evaluation.intervals import bias_corrected_interval, draw_weights, wilson_interval
from core.evaluation.labels import one_hot
from core.evaluation.leaderboard import LeaderboardRow, Measure, measure_scores
from core.evaluation.metrics import open_sentence
from core.evaluation.multiplicity import holm
from core.evaluation.rows import RowMaker, Span
from core.evaluation.scoring import N_ECE_BINS, find_bins
from core.hub.contract import Scores
from core.hub.errors import DataError
from core.vision.image_classification.answers import find_candidates
from core.vision.image_classification.baselines import Shares, to_shares
from core.vision.image_classification.data import Data
from core.vision.image_classification.model import COVERAGE, LOGITS, Model
from core.vision.image_classification.recipe import BASELINE, LINEAR, NETWORK, RECIPES, SLUG, Recipe

N_RESAMPLES = 300
SMALLEST_SHARE = 1e-12
METRICS = ("accuracy", "macro_f1", "log_loss", "ece")


def evaluate(model: Model, data: Data) -> Scores:
    """Score the network and its baselines on the test pictures again.

    Raises
    ------
    DataError
        If these are not the pictures that the model's recipe tests on.

    Examples
    --------
    >>> from core.vision.image_classification.data import load
    >>> data = load(Recipe(pictures=2_000))
    >>> data.test.images.shape
    (10000, 28, 28, 1)
    """
    if data.sha256 != model.sha256:
        message = f"these are not the model's pictures ({model.source}); load them with the model's own recipe"
        raise DataError(message)
    logits = {name: stack.answer(data.test.images) for name, stack in model.baselines.items()}
    logits[NETWORK] = round_logits(model.read(data.test.images, (LOGITS,))[LOGITS])
    return score_logits(model, data.test.labels, logits)


def round_logits(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round logits to the 16 bits that are stored of them, so that a loaded model has the same scores."""
    return logits.astype(np.float16).astype(np.float32)


def describe_command(recipe: Recipe) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` comes with it."""
    return runs.describe_command(SLUG, RECIPES, recipe)


def score_logits(model: Model, y: NDArray[np.int64], logits: Mapping[str, NDArray[np.float32]]) -> Scores:
    """Write the rows of every model: the network beside logistic regression, the others beside the baseline."""
    shares = {name: to_shares(logits[name], model.temperature if name == NETWORK else 1.0) for name in model.names}
    spans = {name: measure_shares(y, found, model.recipe.seed) for name, found in shares.items()}
    rows = []
    for name in model.names:
        beside = LINEAR if name == NETWORK else BASELINE
        maker = RowMaker(name, beside, model.recipe.seed, describe_command(model.recipe))
        rows += [maker.make_row(key, "test", spans[name][key], len(y), spans[beside][key][0]) for key in METRICS]
        if name == NETWORK:
            held = find_candidates(shares[name], model.threshold)[np.arange(len(y)), y]
            rows.append(maker.score_coverage(int(held.sum()), len(y), COVERAGE))
    return tuple(rows)


def measure_shares(y: NDArray[np.int64], shares: Shares, seed: int) -> dict[str, Span]:
    """Score probabilities, each figure with the ends of its interval.

    Every resample's scores are sums over pictures, so all of them are products of one matrix.

    Parameters
    ----------
    y : int array of shape (n,)
        Class numbers.
    shares : array of shape (n, n_classes)

    Examples
    --------
    >>> y, shares = np.array([0, 1] * 50), np.tile([[0.9, 0.1], [0.2, 0.8]], (50, 1))
    >>> spans = measure_shares(y, shares, 0)
    >>> spans["accuracy"][0], round(spans["log_loss"][0], 3), round(spans["ece"][0], 3)
    (1.0, 0.164, 0.15)
    """
    n_rows, n_classes = shares.shape
    truth, answers = one_hot(y, n_classes), one_hot(shares.argmax(axis=1), n_classes)
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == y
    gaps = one_hot(find_bins(confidence, N_ECE_BINS), N_ECE_BINS) * (confidence - right)[:, None]
    surprise = -np.log(np.maximum(shares[np.arange(n_rows), y], SMALLEST_SHARE))
    facts = np.column_stack([truth * answers, truth + answers, gaps, surprise])
    weights = np.vstack([np.ones(n_rows), draw_weights(n_rows, N_RESAMPLES, np.random.default_rng(seed))])
    sums = weights @ facts
    hits, given, gap, loss = np.split(sums, [n_classes, 2 * n_classes, 2 * n_classes + N_ECE_BINS], axis=1)
    found = {
        "macro_f1": (2 * hits / np.maximum(given, 1)).mean(axis=1),
        "log_loss": loss[:, 0] / n_rows,
        "ece": np.abs(gap).sum(axis=1) / n_rows,
    }
    spans = {name: (float(each[0]), *bias_corrected_interval(float(each[0]), each[1:])) for name, each in found.items()}
    n_right = int(right.sum())
    return {"accuracy": (n_right / n_rows, *wilson_interval(n_right, n_rows)), **spans}


def rank_models(model: Model) -> tuple[LeaderboardRow, ...]:
    """List every model, best first, with what McNemar's test says of each against the best and the baseline."""
    measures = {
        name: {
            f"test_{key}": each
            for key, each in measure_scores(tuple(row for row in model.scores if row.model == name)).items()
            if key in METRICS
        }
        for name in model.names
    }
    ordered = sorted(model.names, key=lambda name: -measures[name]["test_accuracy"].value)
    right = {name: model.held_out.answers[name] == model.held_out.y for name in ordered}
    against = {each.model: each for each in compare_right(right, ordered[0])}
    floor = {each.model: each for each in compare_right(right, BASELINE)}
    return tuple(_make_row(model, name, measures[name], against.get(name), floor.get(name)) for name in ordered)


def _make_row(
    model: Model, name: str, measures: Mapping[str, Measure], against: Comparison | None, floor: Comparison | None
) -> LeaderboardRow:
    """Put one model's figures and verdict together."""
    return LeaderboardRow(
        model=name,
        metrics=measures,
        fit_s=model.fit_s.get(name, 0.0),
        verdict="best" if against is None else "worse" if against.differs else "not distinguishable from best",
        is_baseline=name == BASELINE,
        is_best=against is None,
        beats_baseline=floor is not None and floor.differs and floor.difference < 0,
        sentence="" if against is None else against.sentence,
    )


def compare_right(right: Mapping[str, NDArray[np.bool_]], best: str) -> tuple[Comparison, ...]:
    """Compare every model with one of them on the same pictures.

    Parameters
    ----------
    right : mapping of model to bool array of shape (n,)
        Whether it answered each picture right.

    Examples
    --------
    >>> right = {"a": np.array([True] * 90 + [False] * 10), "b": np.array([True] * 70 + [False] * 30)}
    >>> compare_right(right, "a")[0].sentence
    'A is better than b on the same pictures: 20.0 points, 95% interval 13.3 to 20.0, p < 0.001'
    """
    others = [name for name in right if name != best]
    tests = [mcnemar_test(right[best], right[name]) for name in others]
    adjusted = holm([test.p for test in tests])
    return tuple(_tell(name, best, test, float(p)) for name, test, p in zip(others, tests, adjusted, strict=True))


def _tell(name: str, best: str, test: Test, p: float) -> Comparison:
    """Put a test into words, from the side of the better model."""
    differs, sign = p < ALPHA, -1 if test.difference < 0 else 1
    better, worse = (name, best) if sign < 0 else (best, name)
    low, high = sorted((sign * test.low, sign * test.high))
    words = f"{better} is better than {worse}" if differs else f"{name} and {best} do not differ measurably"
    ends = f"{show_difference(low)} to {show_difference(high)}"
    points = show_difference(sign * test.difference)
    sentence = open_sentence(f"{words} on the same pictures: {points} points, 95% interval {ends}, {show_p(p)}")
    return Comparison(name, best, test.difference, test.low, test.high, test.p, p, differs, sentence)


def compare_models(first: Model, second: Model, names: tuple[str, str] = ("first", "second")) -> Comparison:
    """Compare the networks of two models that were tested on the same pictures.

    Parameters
    ----------
    names : (str, str)
        What the sentence calls them.

    Raises
    ------
    DataError
        If they were tested on different pictures.
    """
    if not np.array_equal(first.held_out.y, second.held_out.y) or first.classes != second.classes:
        message = f"the models were tested on {first.source} and {second.source}; compare two of the same test pictures"
        raise DataError(message)
    parts = (first.held_out, second.held_out)
    right = {name: part.answers[NETWORK] == part.y for name, part in zip(names, parts, strict=True)}
    return compare_right(right, names[0])[0]


def report_classes(model: Model, name: str = NETWORK) -> pd.DataFrame:
    """Give precision, recall and F1 of each class on the test pictures with their intervals (``class_report``)."""
    classes = np.array(model.classes, dtype=object)
    return class_report(classes[model.held_out.y], classes[model.held_out.answers[name]], model.classes)


def count_confusions(model: Model, name: str = NETWORK) -> NDArray[np.int64]:
    """Count test pictures by true class (down) and answer (across), shape (n_classes, n_classes)."""
    classes = np.array(model.classes, dtype=object)
    return np.asarray(confusion(classes[model.held_out.y], classes[model.held_out.answers[name]], model.classes))
