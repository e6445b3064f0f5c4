"""Calibration error by hand, the reliability table, and a temperature that finds what was done to the logits."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.datasets import load_iris
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from core.evaluation.calibration import (
    apply_temperature,
    expected_calibration_error,
    fit_temperature,
    reliability_table,
)
from core.evaluation.classification import class_scores
from core.evaluation.curves import precision_recall_points, reliability_points, roc_points


def draw_calibrated(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([1, 1, 1], size=n_rows)
    return np.array([rng.choice(3, p=row) for row in p]), p


def test_calibration_error_by_hand():
    # two bins: (0.8, 0.8, 0.8) right 2 of 3, (0.6) right 1 of 1
    p = [[0.8, 0.2], [0.8, 0.2], [0.2, 0.8], [0.4, 0.6]]
    error = expected_calibration_error([0, 0, 0, 1], p, n_bins=10)
    assert error == pytest.approx(3 / 4 * abs(0.8 - 2 / 3) + 1 / 4 * 0.4)


def test_the_default_has_fifteen_bins():
    # 0.84 and 0.88 share a bin of ten (0.8 to 0.9), not one of fifteen (0.8 to 0.867 to 0.933). Right in one of two:
    # apart |0.84 − 1| / 2 + |0.88 − 0| / 2 = 0.52, together |0.86 − 0.5| = 0.36.
    p = [[0.84, 0.16], [0.88, 0.12]]
    assert expected_calibration_error([0, 1], p) == pytest.approx(0.52)
    assert class_scores([0, 1], p, (0, 1))["ece"] == pytest.approx(0.52)
    assert expected_calibration_error([0, 1], p, n_bins=10) == pytest.approx(0.36)


def test_an_error_left_by_rounding_is_none():
    p = np.tile([[0.6, 0.3, 0.1]], (10, 1))
    assert class_scores([0] * 6 + [1] * 3 + [2], p, (0, 1, 2))["ece"] == 0
    p = np.tile([[0.6001, 0.2999, 0.1]], (10, 1))
    assert class_scores([0] * 6 + [1] * 3 + [2], p, (0, 1, 2))["ece"] == pytest.approx(0.0001)


def test_calibration_error_is_the_same_alone_and_among_the_scores():
    y, p = draw_calibrated(500)
    assert class_scores(y, p, (0, 1, 2))["ece"] == pytest.approx(expected_calibration_error(y, p))


def test_true_probabilities_are_calibrated_and_sharpened_ones_are_not():
    y, p = draw_calibrated(20_000)
    assert expected_calibration_error(y, p) < 0.02
    assert expected_calibration_error(y, apply_temperature(p, 0.4)) > 0.1


def test_the_table_holds_every_row_once():
    y, p = draw_calibrated(300)
    table = reliability_table(y, p)
    assert table["n"].sum() == 300
    assert (table["from"] < table["confidence"]).all()
    assert (table["confidence"] <= table["to"] + 1e-12).all()
    assert ((table["low"] <= table["right"]) & (table["right"] <= table["high"])).all()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_fit_undoes_a_temperature(temperature):
    y, p = draw_calibrated(20_000)
    spoiled = apply_temperature(p, 1 / temperature)
    assert fit_temperature(y, spoiled) == pytest.approx(temperature, rel=0.05)
    mended = apply_temperature(spoiled, temperature)
    assert mended == pytest.approx(p, abs=1e-4)  # shares under 1e-12 are not told apart
    assert np.array_equal(spoiled.argmax(axis=1), p.argmax(axis=1))


def test_the_temperature_is_scikit_learns():
    x, y = load_iris(return_X_y=True)
    noisy = x + np.random.default_rng(0).normal(scale=1.0, size=x.shape)
    model = LogisticRegression(C=100, max_iter=5_000).fit(noisy[::2], y[::2])
    held, truth = noisy[1::2], y[1::2]
    peer = CalibratedClassifierCV(FrozenEstimator(model), method="temperature", cv=3).fit(held, truth)
    p = model.predict_proba(held)
    ours = apply_temperature(p, fit_temperature(truth, p))
    fold = [1 / each.calibrators[0].beta_ for each in peer.calibrated_classifiers_]
    assert fit_temperature(truth, p) == pytest.approx(np.mean(fold), rel=0.1)
    assert class_scores(truth, ours, (0, 1, 2))["log_loss"] <= class_scores(truth, p, (0, 1, 2))["log_loss"]


def test_a_temperature_of_zero_is_refused():
    with pytest.raises(ValueError, match="temperature is 0"):
        apply_temperature(np.array([[0.5, 0.5]]), 0)


def test_reliability_points_are_scikit_learns():
    y, p = draw_calibrated(400)
    curve = reliability_points(y, p, (0, 1, 2))[2]
    right, stated = calibration_curve(y == 2, p[:, 2], n_bins=10)
    assert curve.x == pytest.approx(stated)
    assert curve.y == pytest.approx(right)
    assert (curve.low <= curve.y).all()
    assert (curve.y <= curve.high).all()


def test_curves_are_thinned_but_their_area_is_not():
    y, p = draw_calibrated(20_000)
    roc, precision_recall = roc_points(y, p, (0, 1, 2))[0], precision_recall_points(y, p, (0, 1, 2))[0]
    for curve in (roc, precision_recall):
        assert len(curve.x) <= 200
        assert (curve.x[0], curve.x[-1]) == (0, 1)
        assert (np.diff(curve.x) >= 0).all()
    assert roc.area == pytest.approx(np.trapezoid(roc.y, roc.x), abs=0.001)
    assert precision_recall.share == pytest.approx((y == 0).mean())


def test_a_class_without_rows_has_no_curve():
    curves = roc_points(["a", "b"], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], ("a", "b", "c"))
    assert [curve.label for curve in curves] == ["a", "b"]
