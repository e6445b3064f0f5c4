"""Platt's line against scikit-learn, the bound against SciPy, and the promise of abstention over many draws."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.text.sentiment.calibration import find_bound, fit_abstention, fit_calibration, measure_likeness, to_logit


def draw(seed, n=600, slope=1.5):
    """Draw raw scores that are over- or underconfident, with labels."""
    rng = np.random.default_rng(seed)
    true = 1 / (1 + np.exp(-rng.normal(0.3, 1.5, n)))
    labels = (rng.random(n) < true).astype(np.int8)
    return 1 / (1 + np.exp(-to_logit(true) / slope)), labels, true


def test_platts_line_is_scikit_learns():
    from sklearn.calibration import _sigmoid_calibration

    scores, labels, _ = draw(0)
    a, b = _sigmoid_calibration(to_logit(scores), labels)
    found = fit_calibration(scores, labels)
    assert (found.slope, found.offset) == pytest.approx((-a, -b), abs=1e-4)


def test_calibration_undoes_a_known_distortion():
    scores, labels, true = draw(1, n=20_000)
    found = fit_calibration(scores, labels)
    assert found.slope == pytest.approx(1.5, abs=0.08)
    assert np.abs(found.apply(scores) - true).mean() < 0.02 < np.abs(scores - true).mean()
    assert np.isfinite(found.apply(np.array([0.0, 1.0]))).all()


def test_the_bound_is_clopper_and_pearsons():
    from scipy.stats import binomtest

    expected = binomtest(95, 100, alternative="greater").proportion_ci(0.95, method="exact").low
    assert find_bound(95, 100) == pytest.approx(expected)
    assert find_bound(0, 50) == 0.0


def test_the_promise_is_kept_in_nineteen_of_twenty_draws():
    broken = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        said = 1 / (1 + np.exp(-rng.normal(0.3, 1.5, 400)))
        labels = (rng.random(400) < said).astype(np.int8)
        rule = fit_abstention(said, labels, 0.85)
        fresh = 1 / (1 + np.exp(-rng.normal(0.3, 1.5, 40_000)))
        sure = np.maximum(fresh, 1 - fresh)
        broken += np.mean(sure[sure >= rule.limit]) < rule.promise
    assert broken <= 6


def test_a_promise_that_cannot_be_given_is_lowered_and_said():
    said, labels = np.full(200, 0.6), np.array([1] * 120 + [0] * 80, np.int8)
    rule = fit_abstention(said, labels, 0.9)
    assert (rule.asked, rule.limit, rule.answered) == (0.9, 0.5, 1.0)
    assert rule.promise <= rule.bound < 0.6
    sure = fit_abstention(np.full(400, 0.99), np.ones(400, np.int8), 0.9)
    assert (sure.limit, sure.promise, sure.right) == (0.5, 0.9, 1.0)


@pytest.mark.parametrize("labels", [np.ones(100, np.int8), np.array([0, 1] * 5, np.int8)])
def test_too_little_to_calibrate_is_refused(labels):
    with pytest.raises(DataError, match="cannot calibrate"):
        fit_calibration(np.full(len(labels), 0.5), labels)


def test_texts_that_come_in_groups_count_for_fewer():
    rng = np.random.default_rng(0)
    alone = rng.random(6_000) < 0.8
    groups = np.arange(6_000) // 6
    assert measure_likeness(alone, groups) == pytest.approx(1, abs=0.1)
    same = np.repeat(rng.random(1_000) < 0.8, 6)
    assert measure_likeness(same, groups) == pytest.approx(6, rel=0.02)
    said, labels = np.full(6_000, 0.82), same.astype(np.int8)
    assert fit_abstention(said, labels, 0.8, groups).bound < fit_abstention(said, labels, 0.8).bound
