"""Intervals against published values, coverage on simulated rows, and refusal of too little."""

import numpy as np
import pytest
from scipy import stats

from core.evaluation.intervals import (
    bias_corrected_interval,
    bootstrap_interval,
    count_resamples,
    draw_weights,
    t_interval,
    wilson_interval,
)
from core.hub.errors import DataError


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(10, 20, 0.2992980, 0.7007020), (0, 10, 0.0, 0.2775328)],
)
def test_wilson_gives_the_published_values(successes, n, low, high):
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-8)


def test_wilson_mirrors_when_right_and_wrong_change_places():
    low, high = wilson_interval(3, 17)
    assert wilson_interval(14, 17) == pytest.approx((1 - high, 1 - low))


def test_wilson_refuses_more_successes_than_rows():
    with pytest.raises(ValueError, match="k"):
        wilson_interval(5, 4)


def test_t_interval_is_students():
    values = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])  # Student 1908, first group
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert t_interval(values) == pytest.approx((expected.low, expected.high))


def test_t_interval_refuses_one_value():
    with pytest.raises(DataError, match="number of values is 1"):
        t_interval([0.5])


def test_bootstrap_of_a_mean_agrees_with_scipy():
    values = np.random.default_rng(0).exponential(size=200)
    found = bootstrap_interval(np.mean, (values,), n_resamples=4_000, seed=1)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=4_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert found == pytest.approx((expected.low, expected.high), abs=0.03)


def test_bootstrap_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(200):
        low, high = bootstrap_interval(np.mean, (rng.normal(size=60),), n_resamples=200, seed=seed)
        held += low <= 0 <= high
    assert 0.88 <= held / 200 <= 0.98


def test_bootstrap_is_the_same_for_the_same_seed():
    values = np.arange(30.0)
    first, second, other = (bootstrap_interval(np.median, (values,), 300, seed) for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_bootstrap_resamples_rows_together():
    x = np.random.default_rng(0).normal(size=80)
    low, high = bootstrap_interval(lambda a, b: float(np.corrcoef(a, b)[0, 1]), (x, 2 * x), 200)
    assert low == pytest.approx(1)
    assert high == pytest.approx(1)


def test_bootstrap_refuses_one_row():
    with pytest.raises(DataError, match="number of rows is 1"):
        bootstrap_interval(np.mean, (np.array([1.0]),))


def test_the_interval_leans_against_the_bias_and_holds_the_value():
    resampled = np.linspace(0.1, 0.3, 1_001)  # every resample lies above the value, as those of an error do
    low, high = bias_corrected_interval(0.05, resampled)
    assert low == 0.05
    assert high < 0.15


def test_the_correction_by_hand():
    # A quarter of the resamples lie below the value, so z0 = Φ⁻¹(0.25) = −0.674490; the ends are the quantiles at
    # Φ(2·z0 − 1.959964) = Φ(−3.308943) and Φ(2·z0 + 1.959964) = Φ(0.610985).
    resampled = np.linspace(0, 1, 100_001)
    found = bias_corrected_interval(0.25, resampled)
    assert found == pytest.approx((0.000468, 0.729394), abs=2e-5)


def test_undefined_resamples_are_left_out():
    resampled = np.concatenate([np.linspace(0, 1, 101), np.full(50, np.nan)])
    assert bias_corrected_interval(0.5, resampled) == pytest.approx((0.025, 0.975))


def test_weights_count_rows_of_each_resample():
    weights = draw_weights(50, 400, np.random.default_rng(0))
    assert weights.shape == (400, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert weights.mean() == 1
    assert weights.var() == pytest.approx(1 - 1 / 50, abs=0.05)  # binomial(n, 1/n)


def test_many_rows_get_fewer_resamples():
    assert [count_resamples(n) for n in (10, 10_000, 10**6)] == [1_000, 1_000, 200]
