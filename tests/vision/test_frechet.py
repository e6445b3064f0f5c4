"""The Fréchet distance against closed forms and SciPy; its floor, intervals and bias."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from core.hub.errors import DataError
from core.vision.image_generation.frechet import (
    Gaussian,
    extrapolate_frechet,
    fit_gaussian,
    frechet_distance,
    score_frechet,
)


def mixed(n, seed, shift=0.0, n_features=12, scale=1.0):
    """Features with correlated columns, always the same way."""
    mixing = np.random.default_rng(99).normal(size=(n_features, n_features)) / np.sqrt(n_features)
    return scale * np.random.default_rng(seed).normal(size=(n, n_features)) @ mixing + shift


def test_it_is_the_formula_with_scipys_matrix_root():
    first, second = fit_gaussian(mixed(300, 0)), fit_gaussian(mixed(300, 1, 0.3, scale=1.4))
    gap = first.mean - second.mean
    root = sqrtm(first.covariance @ second.covariance).real
    expected = gap @ gap + np.trace(first.covariance + second.covariance - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_gaussians_that_share_their_axes_have_the_closed_form():
    deviations = np.array([1.0, 2.0, 0.5]), np.array([3.0, 2.0, 0.1])
    first, second = (Gaussian(np.zeros(3), np.diag(each**2), 100) for each in deviations)
    assert frechet_distance(first, second) == pytest.approx(((deviations[0] - deviations[1]) ** 2).sum(), abs=1e-12)


def test_the_fit_is_numpys_mean_and_covariance():
    x = mixed(100, 3)
    found = fit_gaussian(x.astype(np.float32))
    assert found.covariance == pytest.approx(np.cov(x.astype(np.float32), rowvar=False), abs=1e-9)


def test_fewer_pictures_than_features_still_give_a_real_distance():
    few = fit_gaussian(mixed(20, 0, n_features=60)), fit_gaussian(mixed(25, 1, n_features=60))
    assert 0 < frechet_distance(*few) < 1_000
    assert frechet_distance(few[0], few[0]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(*few) == pytest.approx(frechet_distance(*reversed(few)))


def test_real_pictures_are_as_far_as_real_pictures_and_worse_ones_farther():
    train, test = mixed(2_000, 1), mixed(2_000, 2)
    same = score_frechet(mixed(2_000, 3), train, test)
    worse = score_frechet(mixed(2_000, 3, 0.1), train, test)
    worst = score_frechet(mixed(2_000, 3, 0.5), train, test)
    assert same.ratio[1] < 1 < same.ratio[2]
    assert 1 < worse.ratio[1] < worse.ratio[0] < worst.ratio[1]
    assert same.floor == worse.floor
    assert f"{same.ratio[0]:.2f} times" in same.sentence


def test_intervals_hold_the_expected_value_at_their_sample_size():
    # the expected squared distance at this size, from many draws
    test = fit_gaussian(mixed(400, 2, n_features=4))
    expected = np.mean([
        frechet_distance(fit_gaussian(mixed(400, 1_000 + seed, 0.4, n_features=4)), test) for seed in range(300)
    ])  # fmt: skip
    held = 0
    for seed in range(60):
        score = score_frechet(
            mixed(400, seed, 0.4, n_features=4), mixed(400, 500 + seed, n_features=4), mixed(400, 2, n_features=4)
        )
        held += score.distance[1] <= expected <= score.distance[2]
    assert held >= 54


def test_small_samples_are_biased_upwards_and_the_line_takes_it_away():
    generated, reference = mixed(4_000, 5), mixed(20_000, 6)
    sizes, distances, endless = extrapolate_frechet(generated, reference, n_draws=4)
    assert sizes.tolist() == [800, 1_000, 1_333, 2_000, 4_000]
    assert (np.diff(distances) < 0).all()
    assert abs(endless) < distances[-1] < distances[0]


def test_the_larger_set_is_cut_to_the_size_of_the_smaller():
    score = score_frechet(mixed(300, 0), mixed(5_000, 1), mixed(900, 2))
    assert (score.n, score.n_reference) == (300, 900)
    assert score == score_frechet(mixed(300, 0), mixed(5_000, 1), mixed(900, 2))


def test_too_few_pictures_or_broken_features_are_refused():
    with pytest.raises(DataError, match="at least 20"):
        fit_gaussian(mixed(19, 0))
    with pytest.raises(DataError, match="at least 20"):
        score_frechet(mixed(5, 0), mixed(100, 1), mixed(100, 2))
    broken = mixed(50, 0)
    broken[3, 3] = np.nan
    with pytest.raises(DataError, match="not a finite number"):
        fit_gaussian(broken)
    with pytest.raises(ValueError, match="12 features and the other 5"):
        frechet_distance(fit_gaussian(mixed(50, 0)), fit_gaussian(mixed(50, 0, n_features=5)))
