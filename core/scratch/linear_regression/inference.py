"""What a fitted line lets one conclude: standard errors, tests, intervals, and how much of the spread is explained.

Method: T. W. Anderson, *An Introduction to Multivariate Statistical Analysis*, ch. 8; the errors that allow for unequal
spread are HC0 to HC3 (H. White 1980, doi:10.2307/1912934; J. G. MacKinnon and H. White 1985,
doi:10.1016/0304-4076(85)90158-7). Everything follows from one QR of the columns.

Left out: dependence between rows (clusters, time); tests of several coefficients at once but for the F test of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.scratch.linear_regression.distributions import find_t_quantile, share_beyond_f, share_beyond_t
from core.scratch.linear_regression.least_squares import check_system, factor_qr, solve_upper

Robust = Literal["classical", "HC0", "HC1", "HC2", "HC3"]
ERRORS: tuple[str, ...] = get_args(Robust)
DETERMINED = 1e-12  # a row with less than this left of 1 − leverage is fitted exactly, whatever its value


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """A fitted least-squares line with its tests. The first column is the intercept.

    Parameters
    ----------
    coefficients, standard_errors, t_values, p_values, low, high : float arrays of shape (n_columns,)
        The interval holds the true coefficient at ``level``, if the model is right.
    covariance : float array of shape (n_columns, n_columns)
        Of the coefficients, by the chosen kind of error.
    unscaled : float array of shape (n_columns, n_columns)
        Inverse of XᵀX.
    residual_variance : float
        Sum of squared residuals over the rows left after the coefficients.
    r2, adjusted_r2, f_value, f_p_value : float
        Explained share of the spread around the mean, and the test that nothing is explained.
    leverage : float array of shape (n_rows,)
        How far each row pulls its own fitted value, 0–1; they sum to n_columns.
    fitted, residuals : float arrays of shape (n_rows,)
    """

    coefficients: np.ndarray
    standard_errors: np.ndarray
    t_values: np.ndarray
    p_values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    covariance: np.ndarray
    unscaled: np.ndarray
    residual_variance: float
    degrees: int
    r2: float
    adjusted_r2: float
    f_value: float
    f_p_value: float
    leverage: np.ndarray
    fitted: np.ndarray
    residuals: np.ndarray
    errors: str = "classical"


def infer(x: np.ndarray, y: np.ndarray, errors: Robust = "classical", level: float = 0.95) -> Inference:
    """Fit least squares and work out what may be concluded.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
        First column all ones.
    y : float array of shape (n_rows,)
    errors : str
        ``classical`` supposes that every row scatters alike; HC0 to HC3 do not, HC3 being the most careful.

    Raises
    ------
    DataError
        If a number is not finite or there are too few rows.

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> found = infer(x, np.array([1.0, 3.0, 4.0, 6.0]))
    >>> found.coefficients.round(6).tolist(), found.standard_errors.round(6).tolist(), round(found.r2, 6)
    ([1.1, 1.6], [0.264575, 0.141421], 0.984615)
    """
    check_system(x, y)
    n_rows, n_columns = x.shape
    triangle, reflected = factor_qr(x, y)
    coefficients = solve_upper(triangle, reflected[:n_columns])
    inverse = solve_upper(triangle, np.eye(n_columns))
    # The columns of Q are those of X made perpendicular; leverage is the squared length of a row of Q.
    perpendicular = x @ inverse
    leverage = (perpendicular**2).sum(axis=1)
    fitted = x @ coefficients
    residuals = y - fitted
    degrees = n_rows - n_columns
    variance = float(residuals @ residuals) / degrees
    unscaled = inverse @ inverse.T
    covariance = variance * unscaled
    if errors != "classical":
        weights = weigh_residuals(residuals, leverage, degrees, errors)
        # The sandwich: what each row adds to a coefficient, weighted by that row's own squared residual.
        pull = inverse @ perpendicular.T
        covariance = (pull * weights) @ pull.T
    shape = _Shape(coefficients, covariance, unscaled, variance, degrees, leverage, fitted)
    return _conclude(shape, y, errors, level)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """What one QR gives: see Inference."""

    coefficients: np.ndarray
    covariance: np.ndarray
    unscaled: np.ndarray
    residual_variance: float
    degrees: int
    leverage: np.ndarray
    fitted: np.ndarray


def _conclude(shape: _Shape, y: np.ndarray, errors: str, level: float) -> Inference:
    """Turn a covariance into tests and intervals."""
    found, degrees = shape.coefficients, shape.degrees
    standard_errors = np.sqrt(np.diag(shape.covariance))
    t_values = np.divide(found, standard_errors, out=np.zeros_like(found), where=standard_errors > 0)
    reach = find_t_quantile((1 + level) / 2, degrees) * standard_errors
    r2, adjusted = explain_share(y, y - shape.fitted, degrees)
    f_value, n_tested = find_f(found, shape.covariance), len(found) - 1
    return Inference(
        coefficients=found,
        standard_errors=standard_errors,
        t_values=t_values,
        p_values=np.array([share_beyond_t(float(t), degrees) for t in t_values]),
        low=found - reach,
        high=found + reach,
        covariance=shape.covariance,
        unscaled=shape.unscaled,
        residual_variance=shape.residual_variance,
        degrees=degrees,
        r2=r2,
        adjusted_r2=adjusted,
        f_value=f_value,
        f_p_value=share_beyond_f(f_value, n_tested, degrees) if n_tested else 1.0,
        leverage=shape.leverage,
        fitted=shape.fitted,
        residuals=y - shape.fitted,
        errors=errors,
    )


def fit_errors(x: np.ndarray, y: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the classical standard errors of coefficients that were found elsewhere, shape (n_columns,).

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> fit_errors(x, np.array([1.0, 3.0, 4.0, 6.0]), np.array([1.1, 1.6])).round(6).tolist()
    [0.264575, 0.141421]
    """
    triangle, _ = factor_qr(x)
    inverse = solve_upper(triangle, np.eye(x.shape[1]))
    residuals = y - x @ coefficients
    variance = residuals @ residuals / (len(x) - x.shape[1])
    return np.asarray(np.sqrt(variance * (inverse**2).sum(axis=1)))


def explain_share(y: np.ndarray, residuals: np.ndarray, degrees: int) -> tuple[float, float]:
    """Return R² and adjusted R²: the share of the squared spread around the mean that is not left as residual.

    Examples
    --------
    >>> explain_share(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 0.0]), 1)
    (1.0, 1.0)
    """
    spread = float(((y - y.mean()) ** 2).sum())
    if spread == 0:
        return 0.0, 0.0
    share = 1 - float(residuals @ residuals) / spread
    return share, 1 - (1 - share) * (len(y) - 1) / degrees


def find_f(coefficients: np.ndarray, covariance: np.ndarray) -> float:
    """Return the F value of the test that every coefficient but the intercept is zero.

    It is Wald's: the coefficients measured in their own standard errors, all at once. With classical errors it is the
    usual ratio of explained to unexplained variance.
    """
    tested = coefficients[1:]
    if not len(tested) or not covariance[1:, 1:].any():
        return 0.0
    triangle, reflected = factor_qr(covariance[1:, 1:], tested)
    return float(tested @ solve_upper(triangle, reflected)) / len(tested)


def weigh_residuals(residuals: np.ndarray, leverage: np.ndarray, degrees: int, errors: Robust) -> np.ndarray:
    """Return each row's squared residual, made larger where fitting made it too small: HC0 to HC3.

    Examples
    --------
    >>> weigh_residuals(np.array([1.0, 2.0]), np.array([0.5, 0.5]), 1, "HC3").tolist()
    [4.0, 16.0]
    """
    left = 1 - leverage
    squares = residuals**2
    if errors == "HC0":
        return squares
    if errors == "HC1":
        return squares * len(residuals) / degrees
    # A row that is fitted exactly has no residual to learn from.
    power = 1 if errors == "HC2" else 2
    return np.asarray(np.divide(squares, left**power, out=np.zeros_like(squares), where=left > DETERMINED))
