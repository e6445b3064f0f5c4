"""Scores of a classifier: on all rows, per class, and as the rows that ``scores.json`` keeps.

Method: the definitions of scikit-learn, with accuracy, precision and recall bounded by Wilson's interval, F1 by
Wilson's interval of TP / (TP + FP + FN), from which F1 follows (K. F. Y. Lam, V. Gopal and J. Qian 2023,
https://arxiv.org/abs/2309.14621, "indirect"), and the others by a seeded bootstrap of the rows.

Left out: scores at a chosen threshold, which belong to the projects where mistakes have a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict, Unpack

import numpy as np
import pandas as pd

from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import check_probabilities, encode_labels
from core.evaluation.metrics import METRICS
from core.evaluation.scoring import score_with_intervals, weighted_scores
from core.hub.contract import ScoreRow, Scores


class ScoreFacts(TypedDict):
    """What a score row says beside its figure; the baseline's probabilities are for the same rows."""

    split: str
    seed: int
    command: str
    model: str
    baseline: str
    baseline_probabilities: np.ndarray
    machine: NotRequired[str]


def class_scores(y: object, probabilities: object, classes: Sequence[object]) -> dict[str, float]:
    """Score class probabilities; the answer of a row is its likeliest class.

    Parameters
    ----------
    y : array of shape (n,)
        True classes.
    probabilities : array of shape (n, n_classes)
        Columns in the order of ``classes``, rows summing to 1.
    classes : sequence of length n_classes

    Returns
    -------
    dict of str to float
        accuracy, balanced_accuracy, macro_f1, roc_auc (one versus rest, mean over the classes that occur), log_loss
        (nats), brier (0–1 for two classes, 0–2 for more) and ece (15 bins). roc_auc is NaN when one class occurs alone.

    Raises
    ------
    DataError
        If a row's class is not among ``classes``.

    Examples
    --------
    >>> scores = class_scores(["a", "b", "b"], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], ("a", "b"))
    >>> round(scores["accuracy"], 3), round(scores["log_loss"], 3), scores["roc_auc"]
    (0.667, 0.415, 1.0)
    """
    codes = encode_labels(y, classes)
    shares = check_probabilities(probabilities, len(codes), len(classes))
    arrays = weighted_scores(codes, shares, np.ones((1, len(codes))))
    return {name: float(arrays[name][0]) for name in METRICS}


def confusion(y: object, answers: object, classes: Sequence[object]) -> np.ndarray:
    """Count rows by true class (down) and answer (across).

    Returns
    -------
    array of int of shape (n_classes, n_classes)

    Raises
    ------
    DataError
        If a label or an answer is not among ``classes``.

    Examples
    --------
    >>> confusion(["a", "b", "b"], ["a", "a", "b"], ("a", "b")).tolist()
    [[1, 0], [1, 1]]
    """
    n_classes = len(classes)
    cells = encode_labels(y, classes) * n_classes + encode_labels(answers, classes)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def class_report(y: object, answers: object, classes: Sequence[object], level: float = 0.95) -> pd.DataFrame:
    """Precision, recall and F1 of each class with their intervals.

    Returns
    -------
    DataFrame of shape (n_classes, 11)
        class, support, and precision, recall, f1 each with ``_low`` and ``_high``. A figure without a denominator (the
        precision of a class that is never answered) is NaN.

    Examples
    --------
    >>> report = class_report(["a", "b", "b"], ["a", "a", "b"], ("a", "b"))
    >>> report[["class", "support", "precision", "recall"]].values.tolist()
    [['a', 1, 0.5, 1.0], ['b', 2, 1.0, 0.5]]
    """
    matrix = confusion(y, answers, classes)
    rows: list[dict[str, object]] = []
    for label, name in enumerate(classes):
        hits, support, given = int(matrix[label, label]), int(matrix[label].sum()), int(matrix[:, label].sum())
        rows.append({"class": name, "support": support})
        rows[-1] |= _name_share("precision", *_bound_share(hits, given, level))
        rows[-1] |= _name_share("recall", *_bound_share(hits, support, level))
        overlap = np.array(_bound_share(hits, support + given - hits, level))
        rows[-1] |= _name_share("f1", *(2 * overlap / (1 + overlap)))
    return pd.DataFrame(rows)


def report_as_text(report: pd.DataFrame) -> pd.DataFrame:
    """Write a class report for reading: each figure with its interval in one cell.

    Examples
    --------
    >>> report_as_text(class_report(["a", "b", "b"], ["a", "a", "b"], ("a", "b")))["Recall"].tolist()
    ['1.000 (0.207 to 1.000)', '0.500 (0.095 to 0.905)']
    """
    text = pd.DataFrame({"Class": report["class"], "Rows": report["support"]})
    for name, title in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1")):
        columns = report[[name, f"{name}_low", f"{name}_high"]].to_numpy()
        text[title] = [f"{v:.3f} ({low:.3f} to {high:.3f})" if np.isfinite(v) else "–" for v, low, high in columns]
    return text


def _bound_share(part: int, whole: int, level: float) -> tuple[float, float, float]:
    """Divide and bound; NaN throughout when there is nothing to divide by."""
    return (part / whole, *wilson_interval(part, whole, level)) if whole else (np.nan, np.nan, np.nan)


def _name_share(name: str, value: float, low: float, high: float) -> dict[str, float]:
    """Name a figure and its two ends as columns."""
    return {name: float(value), f"{name}_low": float(low), f"{name}_high": float(high)}


def score_rows(y: object, probabilities: object, classes: Sequence[object], **facts: Unpack[ScoreFacts]) -> Scores:
    """Write one ScoreRow per metric, with its interval and its baseline on the same rows.

    Parameters
    ----------
    y, probabilities, classes
        As in :func:`class_scores`.
    **facts
        split, seed (of the bootstrap), command, model, baseline (its name), baseline_probabilities of shape
        (n, n_classes), and machine where it is known; see :class:`ScoreFacts`.

    Returns
    -------
    tuple of ScoreRow
        In the order of ``METRICS``; a metric that is not defined on these rows is left out.

    Examples
    --------
    >>> y, p = ["a", "b"] * 10, np.tile([[0.9, 0.1], [0.2, 0.8]], (10, 1))
    >>> rows = score_rows(y, p, ("a", "b"), split="test", seed=0, command="", model="LDA",
    ...                   baseline="majority class", baseline_probabilities=np.full((20, 2), 0.5))
    >>> rows[0].metric, rows[0].value, round(rows[0].low, 3), rows[0].baseline_value
    ('accuracy', 1.0, 0.839, 0.5)
    """
    codes = encode_labels(y, classes)
    shares = check_probabilities(probabilities, len(codes), len(classes))
    scores = score_with_intervals(codes, shares, seed=facts["seed"])
    baseline = class_scores(y, facts["baseline_probabilities"], classes)
    return tuple(
        ScoreRow(
            metric=name,
            split=facts["split"],
            value=scores[name][0],
            low=scores[name][1],
            high=scores[name][2],
            n=len(codes),
            baseline=facts["baseline"],
            baseline_value=baseline[name],
            unit=metric.unit,
            seed=facts["seed"],
            machine=facts.get("machine", ""),
            command=facts["command"],
            model=facts["model"],
        )
        for name, metric in METRICS.items()
        if np.isfinite(scores[name][0])
    )


def majority_probabilities(y_train: object, classes: Sequence[object], n_rows: int) -> np.ndarray:
    """Answer every row with the class shares of training: the baseline that any model has to beat.

    Its likeliest class is the majority class, so its accuracy is that of always answering it.

    Returns
    -------
    array of shape (n_rows, n_classes)

    Examples
    --------
    >>> majority_probabilities(["a", "a", "b", "a"], ("a", "b"), 2).tolist()
    [[0.75, 0.25], [0.75, 0.25]]
    """
    counts = np.bincount(encode_labels(y_train, classes), minlength=len(classes))
    return np.tile(counts / counts.sum(), (n_rows, 1))
