"""Inference and diagnostics against statsmodels, and the distributions against SciPy."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from sklearn.datasets import load_diabetes
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor

from core.hub.errors import DataError
from core.scratch.linear_regression.diagnostics import (
    inflate_variance,
    measure_condition,
    measure_cook,
    standardise_residuals,
)
from core.scratch.linear_regression.distributions import find_t_quantile, share_beyond_f, share_beyond_t
from core.scratch.linear_regression.inference import ERRORS, infer
from core.scratch.linear_regression.least_squares import add_intercept
from core.scratch.linear_regression.nist import load_references

CLOSE = {"rtol": 1e-9, "atol": 1e-300}


@pytest.fixture(scope="module")
def rows():
    x, y = load_diabetes(return_X_y=True, scaled=False)
    return add_intercept(x), y


@pytest.mark.parametrize("errors", ERRORS)
def test_inference_is_that_of_statsmodels(rows, errors):
    x, y = rows
    ours = infer(x, y, errors)
    theirs = sm.OLS(y, x).fit(cov_type="nonrobust" if errors == "classical" else errors, use_t=True)
    np.testing.assert_allclose(ours.coefficients, theirs.params, **CLOSE)
    np.testing.assert_allclose(ours.standard_errors, theirs.bse, **CLOSE)
    np.testing.assert_allclose(ours.t_values, theirs.tvalues, **CLOSE)
    np.testing.assert_allclose(ours.p_values, theirs.pvalues, **CLOSE)
    np.testing.assert_allclose(np.column_stack([ours.low, ours.high]), theirs.conf_int(), **CLOSE)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        [ours.r2, ours.adjusted_r2, ours.f_value, ours.f_p_value],
        [theirs.rsquared, theirs.rsquared_adj, theirs.fvalue, theirs.f_pvalue],
        **CLOSE,
    )


def test_diagnostics_are_those_of_statsmodels(rows):
    x, y = rows
    ours, theirs = infer(x, y), OLSInfluence(sm.OLS(y, x).fit())
    np.testing.assert_allclose(ours.leverage, theirs.hat_matrix_diag, **CLOSE)
    np.testing.assert_allclose(measure_cook(ours), theirs.cooks_distance[0], **CLOSE)
    np.testing.assert_allclose(standardise_residuals(ours), theirs.resid_studentized_internal, **CLOSE)
    peers = [variance_inflation_factor(x, place) for place in range(1, x.shape[1])]
    np.testing.assert_allclose(inflate_variance(x, ours), peers, **CLOSE)


def test_another_level_widens_the_interval(rows):
    x, y = rows
    ours, theirs = infer(x, y, level=0.99), sm.OLS(y, x).fit()
    np.testing.assert_allclose(np.column_stack([ours.low, ours.high]), theirs.conf_int(0.01), **CLOSE)


@pytest.mark.parametrize("degrees", [1, 2, 5, 29, 30, 31, 60, 431, 5_000, 200_000])
def test_the_distributions_are_those_of_scipy(degrees):
    for value in (1e-3, 0.1, 1.0, 2.0, 5.0, 30.0):
        np.testing.assert_allclose(
            share_beyond_t(value, degrees), 2 * scipy.stats.t.sf(value, degrees), rtol=1e-10, atol=1e-280
        )
        for above in (1, 3, 10, 80):
            np.testing.assert_allclose(
                share_beyond_f(value, above, degrees),
                scipy.stats.f.sf(value, above, degrees),
                rtol=1e-10,
                atol=1e-280,
            )
    for share in (0.6, 0.9, 0.975, 0.995):
        np.testing.assert_allclose(find_t_quantile(share, degrees), scipy.stats.t.ppf(share, degrees), rtol=1e-10)


def test_leverage_sums_to_the_number_of_coefficients(rows):
    found = infer(*rows)
    assert found.leverage.sum() == pytest.approx(11, abs=1e-9)
    assert (found.leverage > 0).all()
    assert (found.leverage < 1).all()


def test_units_change_coefficients_but_no_conclusion(rows):
    x, y = rows
    scale = np.array([1.0, *10.0 ** np.arange(-5, 5)])
    plain, other = infer(x, y), infer(x * scale, y)
    np.testing.assert_allclose(other.coefficients * scale, plain.coefficients, rtol=1e-8)
    np.testing.assert_allclose(other.t_values, plain.t_values, rtol=1e-8)
    assert measure_condition(x * scale) == pytest.approx(measure_condition(x), rel=1e-6)


def test_a_row_that_is_fitted_exactly_breaks_nothing():
    x = np.column_stack([np.ones(6), [0.0, 0, 0, 0, 0, 1]])
    y = np.array([1.0, 2, 3, 2, 1, 9])
    for errors in ERRORS:
        found = infer(x, y, errors)
        assert np.isfinite(found.standard_errors).tolist() == [True, errors == "classical"]
    assert np.isfinite(measure_cook(infer(x, y))).all()


def test_a_perfect_line_has_no_doubt():
    x = add_intercept(np.arange(6.0)[:, None])
    found = infer(x, np.full(6, 2.0))
    assert found.r2 == 0.0
    assert np.isfinite(found.p_values).all()


def test_a_line_through_the_origin_has_the_certified_share_and_test():
    """R² and F of NoInt1 and NoInt2 as NIST certifies them."""
    for name, share, f_value in (
        ("NoInt1", 0.999365492298663, 15750.2500000000),
        ("NoInt2", 0.993348115299335, 298.666666666667),
    ):
        each = next(one for one in load_references() if one.name == name)
        x, y = each.x.high, each.y.high
        for errors in ERRORS:
            ours = infer(x, y, errors)
            theirs = sm.OLS(y, x).fit(cov_type="nonrobust" if errors == "classical" else errors, use_t=True)
            found = [ours.r2, ours.adjusted_r2, ours.f_value, ours.f_p_value]
            peers = [theirs.rsquared, theirs.rsquared_adj, theirs.fvalue, theirs.f_pvalue]
            np.testing.assert_allclose(found, peers, **CLOSE)
        np.testing.assert_allclose([infer(x, y).r2, infer(x, y).f_value], [share, f_value], rtol=1e-13)


def add_exactly(x: np.ndarray, y: np.ndarray) -> tuple[list[Fraction], list[Fraction], Fraction]:
    """Return coefficients, Cook's distances and F of a line with one column, in whole fractions."""
    a, b = [Fraction(value) for value in x], [Fraction(value) for value in y]
    n = len(a)
    mean_a, mean_b = sum(a) / n, sum(b) / n
    spread = sum((value - mean_a) ** 2 for value in a)
    slope = sum((u - mean_a) * (v - mean_b) for u, v in zip(a, b, strict=True)) / spread
    start = mean_b - slope * mean_a
    left = [v - start - slope * u for u, v in zip(a, b, strict=True)]
    variance = sum(each**2 for each in left) / (n - 2)
    hat = [Fraction(1, n) + (u - mean_a) ** 2 / spread for u in a]
    cook = [each**2 / (2 * variance) * h / (1 - h) ** 2 for each, h in zip(left, hat, strict=True)]
    return [start, slope], cook, slope**2 * spread / variance


@pytest.mark.parametrize("offset", [0.0, 1e6, 1.7e9, 1.7e15])
def test_a_large_offset_costs_no_digits(offset):
    rng = np.random.default_rng(0)
    x = offset + np.arange(60.0)
    y = offset + 0.3 * np.arange(60.0) + rng.normal(size=60)
    ours = infer(add_intercept(x[:, None]), y)
    coefficients, cook, f_value = add_exactly(x, y)
    np.testing.assert_allclose(ours.coefficients, [float(each) for each in coefficients], **CLOSE)
    np.testing.assert_allclose(measure_cook(ours), [float(each) for each in cook], **CLOSE)
    assert ours.f_value == pytest.approx(float(f_value), rel=1e-9)


@pytest.mark.parametrize("errors", ERRORS)
def test_columns_that_nearly_say_the_same_keep_the_f_test(errors):
    """F does not change when a column is replaced by its sum with a multiple of another."""
    rng = np.random.default_rng(1)
    a, rest = rng.normal(size=(2, 50))
    y = 2 * a + rng.normal(size=50)
    apart = infer(add_intercept(np.column_stack([a, rest])), y, errors)
    together = infer(add_intercept(np.column_stack([a, a + 1e-7 * rest])), y, errors)
    assert together.f_value == pytest.approx(apart.f_value, rel=1e-6)
    scaled = infer(add_intercept(np.column_stack([1e50 * a, 1e-50 * rest])), 1e30 * y, errors)
    assert scaled.f_value == pytest.approx(apart.f_value, rel=1e-9)


def test_new_rows_have_the_leverage_of_statsmodels(rows):
    x, y = rows
    new = x[:5] * 1.1
    theirs = sm.OLS(y, x).fit().get_prediction(new).var_pred_mean
    ours = infer(x, y)
    np.testing.assert_allclose(ours.measure_leverage(new) * ours.residual_variance, theirs, **CLOSE)
    np.testing.assert_allclose(ours.measure_leverage(x), ours.leverage, **CLOSE)


def test_no_scatter_at_all_leaves_no_doubt():
    x = np.array([[1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    found = infer(x, np.array([0.0, 2.0, 0.0, 2.0]))
    assert found.is_exact
    assert found.t_values.tolist() == [np.inf, np.inf]
    assert found.p_values.tolist() == [0.0, 0.0]
    assert (found.f_value, found.f_p_value) == (np.inf, 0.0)
    same = infer(x, np.full(4, 0.1))
    assert (same.r2, same.f_value, same.f_p_value) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("size", [1e300, 1e160, 1e-170, 1e-300])
def test_numbers_that_leave_a_float_are_refused(size):
    x = add_intercept(np.arange(6.0)[:, None])
    y = np.array([1.0, 3.0, 4.0, 6.0, 9.0, 9.0])
    for columns, target in ((x * [1.0, size], y), (x, size * y)):
        with pytest.raises(DataError, match="1e-60 to 1e\\+60 can be fitted: use another unit"):
            infer(columns, target)


def test_intervals_hold_as_often_as_they_say():
    rng = np.random.default_rng(3)
    truth, held, bounded, n_samples = np.array([1.0, 2.0, 0.0]), 0, 0, 800
    for _ in range(n_samples):
        x = add_intercept(rng.normal(size=(20, 2)))
        found = infer(x, x @ truth + rng.normal(size=20), level=0.9)
        new = np.array([[1.0, *rng.normal(size=2)]])
        reach = find_t_quantile(0.95, 17) * np.sqrt(found.residual_variance * (1 + found.measure_leverage(new)))
        held += int(abs((new @ (truth - found.coefficients))[0] + rng.normal()) <= reach[0])
        bounded += int(found.low[1] <= 2.0 <= found.high[1])
    # Four standard deviations of a share of 0.9 in 800 trials.
    assert held / n_samples == pytest.approx(0.9, abs=0.043)
    assert bounded / n_samples == pytest.approx(0.9, abs=0.043)


def make_lone_row(rows):
    """Add a column that only row 7 has: the line meets that row whatever stands there."""
    x, y = rows
    alone = np.zeros(len(x))
    alone[7] = 1.0
    return np.column_stack([x, alone]), y


@pytest.mark.parametrize("errors", ERRORS[1:])
def test_a_coefficient_that_rests_on_one_row_gets_no_robust_error_and_the_others_keep_theirs(rows, errors):
    x, y = make_lone_row(rows)
    ours = infer(x, y, errors)
    assert ours.lone_rows.tolist() == [7]
    assert ours.rests_on_one.tolist() == [False] * 11 + [True]
    for values in (ours.standard_errors, ours.t_values, ours.p_values, ours.low, ours.high):
        assert np.isnan(values).tolist() == [False] * 11 + [True]
    assert np.isnan([ours.f_value, ours.f_p_value]).all()
    others = np.delete(x[:, :11], 7, axis=0), np.delete(y, 7)
    without = infer(*others, errors)
    # HC1's factor counts rows and columns: 442 to 430 with that row and column, 441 to 430 without.
    factor = np.sqrt(442 / 441) if errors == "HC1" else 1.0
    np.testing.assert_allclose(ours.standard_errors[:11], factor * without.standard_errors, rtol=1e-8)


def test_its_classical_error_is_that_of_statsmodels(rows):
    x, y = make_lone_row(rows)
    ours, theirs = infer(x, y), sm.OLS(y, x).fit()
    np.testing.assert_allclose(ours.standard_errors, theirs.bse, rtol=1e-8)
    assert ours.f_value == pytest.approx(theirs.fvalue, rel=1e-8)
