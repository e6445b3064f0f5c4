"""Curves of a classifier, one class against the rest: ROC, precision and recall, and reliability.

Method: scikit-learn's ``roc_curve`` and ``precision_recall_curve``; each curve is thinned to a few hundred points, its
area is taken before that.

Left out: confidence bands around a curve; the area's interval stands in the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import check_probabilities, encode_labels
from core.evaluation.scoring import find_bins

MAX_POINTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One class's curve.

    Parameters
    ----------
    label : str
        The class.
    x, y : array of shape (n_points,)
        Shares 0–1.
    area : float
        ROC area, average precision, or mean absolute gap for reliability.
    share : float
        Share of rows that are of the class: the average precision of chance.
    low, high : array of shape (n_points,), optional
        95% interval of y, for reliability.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    area: float
    share: float
    low: np.ndarray | None = None
    high: np.ndarray | None = None


def roc_points(y: object, probabilities: object, classes: Sequence[object]) -> tuple[Curve, ...]:
    """Trace the share of false alarms (x) and of hits (y) as the threshold falls, per class.

    Parameters
    ----------
    y : array of shape (n,)
        True classes.
    probabilities : array of shape (n, n_classes)

    Returns
    -------
    tuple of Curve
        A class that no row, or every row, belongs to has no curve.

    Examples
    --------
    >>> curve = roc_points(["a", "b", "b"], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], ("a", "b"))[1]
    >>> curve.label, curve.area
    ('b', 1.0)
    """
    from sklearn.metrics import auc, roc_curve

    curves = []
    for label, truth, scores in _split_classes(y, probabilities, classes):
        false_alarms, hits, _ = roc_curve(truth, scores)
        rows = _thin(len(false_alarms))
        area = float(auc(false_alarms, hits))
        curves.append(Curve(label, false_alarms[rows], hits[rows], area, float(truth.mean())))
    return tuple(curves)


def precision_recall_points(y: object, probabilities: object, classes: Sequence[object]) -> tuple[Curve, ...]:
    """Trace recall (x) and precision (y) as the threshold falls, per class; ``area`` is average precision.

    Examples
    --------
    >>> curve = precision_recall_points(["a", "b", "b"], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], ("a", "b"))[0]
    >>> curve.area, round(curve.share, 3)
    (1.0, 0.333)
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    curves = []
    for label, truth, scores in _split_classes(y, probabilities, classes):
        precision, recall, _ = precision_recall_curve(truth, scores)
        rows = _thin(len(recall))
        area = float(average_precision_score(truth, scores))
        curves.append(Curve(label, recall[::-1][rows], precision[::-1][rows], area, float(truth.mean())))
    return tuple(curves)


def reliability_points(
    y: object, probabilities: object, classes: Sequence[object], n_bins: int = 10
) -> tuple[Curve, ...]:
    """Compare the stated probability (x) with the share that came true (y) in equal-width bins, per class.

    Returns
    -------
    tuple of Curve
        With Wilson's interval of y in ``low`` and ``high``; ``area`` is the mean absolute gap, weighted by rows.

    Examples
    --------
    >>> curve = reliability_points(["a", "b"], [[0.8, 0.2], [0.8, 0.2]], ("a", "b"))[0]
    >>> curve.x.tolist(), curve.y.tolist(), round(curve.area, 2)
    ([0.8], [0.5], 0.3)
    """
    curves = []
    for label, truth, scores in _split_classes(y, probabilities, classes):
        bins = find_bins(scores, n_bins)
        filled, counts = np.unique(bins, return_counts=True)
        stated = np.bincount(bins, scores)[filled] / counts
        hits = np.bincount(bins, truth)[filled]
        ends = np.array([wilson_interval(int(k), int(n)) for k, n in zip(hits, counts, strict=True)])
        gap = float((np.abs(stated - hits / counts) * counts).sum() / counts.sum())
        curves.append(Curve(label, stated, hits / counts, gap, float(truth.mean()), ends[:, 0], ends[:, 1]))
    return tuple(curves)


def _split_classes(
    y: object, probabilities: object, classes: Sequence[object]
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Give each class that some rows have and others lack: its name, truth and probability."""
    codes = encode_labels(y, classes)
    shares = check_probabilities(probabilities, len(codes), len(classes))
    found = []
    for label, name in enumerate(classes):
        truth = codes == label
        if truth.any() and not truth.all():
            found.append((str(name), truth, shares[:, label]))
    return found


def _thin(n_points: int) -> np.ndarray:
    """Choose at most 200 evenly spaced points, both ends among them."""
    return np.unique(np.linspace(0, n_points - 1, min(n_points, MAX_POINTS)).round().astype(np.int64))
