"""Inference and diagnostics against statsmodels, and the distributions against SciPy."""

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from sklearn.datasets import load_diabetes
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor

from core.scratch.linear_regression.diagnostics import (
    inflate_variance,
    measure_condition,
    measure_cook,
    standardise_residuals,
)
from core.scratch.linear_regression.distributions import find_t_quantile, share_beyond_f, share_beyond_t
from core.scratch.linear_regression.inference import ERRORS, infer
from core.scratch.linear_regression.least_squares import add_intercept

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
        assert np.isfinite(found.standard_errors).all()
    assert np.isfinite(measure_cook(infer(x, y))).all()


def test_a_perfect_line_has_no_doubt():
    x = add_intercept(np.arange(6.0)[:, None])
    found = infer(x, np.full(6, 2.0))
    assert found.r2 == 0.0
    assert np.isfinite(found.p_values).all()
