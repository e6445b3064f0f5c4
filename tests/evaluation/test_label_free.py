"""Label-free scores: closed forms, scikit-learn's own areas, coverage of the interval, and what it cannot see."""

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from core.evaluation.label_free import (
    calibrate_where_needed,
    estimate_auc,
    estimate_performance,
    fit_calibration,
)
from core.hub.errors import DataError


def draw(n_rows, seed=0, skill=1.5):
    rng = np.random.default_rng(seed)
    share = 1 / (1 + np.exp(-(-1 + skill * rng.normal(size=n_rows))))
    return rng.random(n_rows) < share, share


def test_the_expected_area_is_the_weighted_area_of_both_labels():
    # each row counts as p of a leaver and 1 - p of a stayer: scikit-learn with weights on doubled rows
    _, share = draw(300)
    doubled, weights = np.repeat([1, 0], 300), np.concatenate([share, 1 - share])
    expected = roc_auc_score(doubled, np.tile(share, 2), sample_weight=weights)
    assert estimate_auc(share, n_draws=5).value == pytest.approx(expected, abs=1e-12)


def test_the_area_of_uniform_probabilities_is_five_sixths():
    assert estimate_auc(np.linspace(0, 1, 20_001), n_draws=5).value == pytest.approx(5 / 6, abs=1e-3)


def test_expected_counts_are_the_published_example():
    # hits 0.9 + 0.8, mistakes 0.1 + 0.2, missed 0.3 + 0.1
    found = estimate_performance([0.9, 0.8, 0.3, 0.1])
    assert found.precision.value == pytest.approx(1.7 / 2)
    assert found.recall.value == pytest.approx(1.7 / 2.1)
    assert found.accuracy.value == pytest.approx((1.7 + 0.7 + 0.9) / 4)


def test_estimates_are_nannymls():
    # nannyml 0.13.1: CBPE of these 1,500 rows after fitting on these 4,000, in one chunk
    published = {
        "roc_auc": 0.8432205033897213,
        "accuracy": 0.7152508159416079,
        "precision": 0.6358219719966244,
        "recall": 0.8964446365029423,
    }
    number = np.arange(4_000)
    first, second = (np.sin(number * step) * 43758.5453 % 1 for step in (12.9898, 78.233))
    share = np.clip(first**2, 0.01, 0.99)
    new = np.clip(first[:1_500] ** 1.2, 0.01, 0.99)
    found = estimate_performance(new, 0.3, fit_calibration(second < share, share), n_draws=300)
    for name, value in published.items():
        assert getattr(found, name).value == pytest.approx(value, abs=1e-7)
    # its sampling error of one chunk
    width = (found.roc_auc.high - found.roc_auc.low) / (2 * 1.96)
    assert width == pytest.approx(0.007654, rel=0.15)


def test_sure_answers_are_scored_as_they_are():
    found = estimate_performance([1.0, 1.0, 0.0])
    assert (found.roc_auc.value, found.accuracy.value, found.roc_auc.low) == (1.0, 1.0, 1.0)


def test_estimates_are_near_the_truth_where_probabilities_hold():
    left, share = draw(20_000)
    found = estimate_performance(share, 0.4, n_draws=20)
    assert found.roc_auc.value == pytest.approx(roc_auc_score(left, share), abs=0.01)
    assert found.precision.value == pytest.approx(precision_score(left, share >= 0.4), abs=0.02)
    assert found.recall.value == pytest.approx(recall_score(left, share >= 0.4), abs=0.02)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    held = 0
    for seed in range(200):
        left, share = draw(300, seed)
        found = estimate_auc(share, n_draws=200, seed=seed)
        held += found.low <= roc_auc_score(left, share) <= found.high
    assert 180 <= held <= 199


def test_calibration_mends_probabilities_that_are_too_high():
    left, share = draw(6_000)
    inflated = share**0.3
    curve = fit_calibration(left[:3000], inflated[:3000])
    truth = roc_auc_score(left[3000:], inflated[3000:])
    assert abs(estimate_auc(inflated[3000:], curve, 5).value - truth) < 0.02
    assert abs(estimate_auc(inflated[3000:], None, 5).value - truth) > 0.05


def test_calibration_is_left_out_where_it_mends_nothing():
    left, share = draw(3_000, seed=1)
    assert calibrate_where_needed(left, share) is None
    assert calibrate_where_needed(left, share**0.3) is not None


def test_it_cannot_see_that_the_same_rows_behave_otherwise():
    left, share = draw(4_000)
    otherwise = np.random.default_rng(1).permutation(left)
    assert abs(estimate_auc(share, n_draws=5).value - roc_auc_score(otherwise, share)) > 0.2


def test_the_same_seed_gives_the_same_interval():
    _, share = draw(500)
    assert estimate_performance(share, seed=3) == estimate_performance(share, seed=3)


@pytest.mark.parametrize("share", [[0.5], [[0.5, 0.5]], [0.2, 1.2], [0.2, np.nan]])
def test_what_is_no_column_of_probabilities_is_refused(share):
    with pytest.raises(DataError, match=r"give one column|give shares"):
        estimate_performance(share)
