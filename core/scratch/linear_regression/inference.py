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
from core.scratch.linear_regression.least_squares import (
    check_system,
    factor_qr,
    find_center,
    has_intercept,
    solve_svd,
    solve_upper,
)

Robust = Literal["classical", "HC0", "HC1", "HC2", "HC3"]
ERRORS: tuple[str, ...] = get_args(Robust)
DETERMINED = 1e-12  # a row with less than this left of 1 − leverage is fitted exactly, whatever its value
ALONE = 1e-9  # a coefficient that takes a smaller share of itself than this from a row does not rest on it
EXACT = 1e-12  # residuals shorter than this share of the target's spread are rounding


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """A fitted least-squares line with its tests; a first column of ones is its intercept.

    Parameters
    ----------
    coefficients, standard_errors, t_values, p_values, low, high : float arrays of shape (n_columns,)
        The interval holds the true coefficient at ``level``, if the model is right. All but the coefficient is NaN for
        HC0 to HC3 where ``rests_on_one``.
    covariance : float array of shape (n_columns, n_columns)
        Of the coefficients, by the chosen kind of error.
    unscaled : float array of shape (n_columns, n_columns)
        Inverse of XᵀX.
    residual_variance : float
        Sum of squared residuals over the rows left after the coefficients.
    r2, adjusted_r2, f_value, f_p_value : float
        Explained share of the spread around the mean (around zero without an intercept), and the test that nothing is.
    leverage : float array of shape (n_rows,)
        How far each row pulls its own fitted value, 0–1; they sum to n_columns.
    fitted, residuals : float arrays of shape (n_rows,)
    rests_on_one : bool array of shape (n_columns,)
        Which coefficients rest on a row that is fitted exactly whatever its value (leverage 1), such as the one row of
        a category: its residual is zero, so HC0 to HC3 cannot tell how far the coefficient would scatter.
    center, inverse : float arrays of shape (n_columns,) and (n_columns, n_columns)
        What the columns were measured from, and what turns them, so measured, into perpendicular ones.
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
    rests_on_one: np.ndarray
    center: np.ndarray
    inverse: np.ndarray
    errors: str = "classical"

    @property
    def lone_rows(self) -> np.ndarray:
        """Places of the rows that are fitted exactly whatever their value, shape (n,)."""
        return np.flatnonzero(self.leverage > 1 - DETERMINED)

    @property
    def is_exact(self) -> bool:
        """Whether the line meets every row to rounding, so that there is no scatter to measure anything by."""
        values = self.fitted + self.residuals
        spread = values - find_center(values)
        return bool(np.linalg.norm(self.residuals) <= EXACT * np.linalg.norm(spread))

    def measure_leverage(self, x: np.ndarray) -> np.ndarray:
        """Return how far out other rows lie, in the measure of ``leverage``, shape (n_rows,)."""
        return np.asarray((((x - x[:, :1] * self.center) @ self.inverse) ** 2).sum(axis=1))


def infer(x: np.ndarray, y: np.ndarray, errors: Robust = "classical", level: float = 0.95) -> Inference:
    """Fit least squares and work out what may be concluded.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
        A first column of ones is the intercept; without one the line goes through the origin.
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
    shape = _solve(x, y, has_intercept(x))
    variance = float(shape.residuals @ shape.residuals) / (n_rows - n_columns)
    # How the pull of all rows scatters along each perpendicular direction: alike if every row does.
    filling = variance * np.eye(n_columns)
    if errors != "classical":
        # The sandwich: what each row adds, weighted by that row's own squared residual.
        weights = weigh_residuals(shape.residuals, shape.leverage, n_rows - n_columns, errors)
        filling = (shape.perpendicular.T * weights) @ shape.perpendicular
    return _conclude(shape, y, filling, variance, (errors, level))


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """What one QR gives of columns measured from ``center``: see Inference."""

    coefficients: np.ndarray
    rotated: np.ndarray
    center: np.ndarray
    inverse: np.ndarray
    perpendicular: np.ndarray
    leverage: np.ndarray
    residuals: np.ndarray
    first: int


def _solve(x: np.ndarray, y: np.ndarray, with_intercept: bool) -> _Shape:
    """Fit by QR; beside an intercept everything is measured from its mean, where no digit is lost to an offset."""
    n_columns = x.shape[1]
    center, middle = np.zeros(n_columns), 0.0
    if with_intercept:
        center[1:], middle = find_center(x[:, 1:]), float(find_center(y))
    moved, aim = x - center, y - middle
    triangle, reflected = factor_qr(moved, aim)
    solved = solve_upper(triangle, reflected[:n_columns])
    inverse = solve_upper(triangle, np.eye(n_columns))
    # The columns of Q are those of X made perpendicular; leverage is the squared length of a row of Q.
    perpendicular = moved @ inverse
    coefficients = solved.copy()
    if with_intercept:
        coefficients[0] += middle - center @ solved
    return _Shape(
        coefficients=coefficients,
        rotated=reflected[:n_columns],
        center=center,
        inverse=inverse,
        perpendicular=perpendicular,
        leverage=(perpendicular**2).sum(axis=1),
        residuals=aim - moved @ solved,
        first=int(with_intercept),
    )


def _conclude(
    shape: _Shape, y: np.ndarray, filling: np.ndarray, variance: float, chosen: tuple[Robust, float]
) -> Inference:
    """Turn how the rows scatter into tests and intervals."""
    found, degrees, (errors, level) = shape.coefficients, len(y) - len(shape.coefficients), chosen
    # Back to the columns' own zero: only the intercept's row changes.
    own = shape.inverse.copy()
    own[:1] -= shape.center @ shape.inverse
    covariance = own @ filling @ own.T
    standard_errors = np.sqrt(np.diag(covariance))
    rests_on_one = _find_lone(own, shape)
    if errors != "classical":
        standard_errors[rests_on_one] = np.nan
    t_values = _divide(found, standard_errors)
    reach = find_t_quantile((1 + level) / 2, degrees) * standard_errors
    r2, adjusted = explain_share(y, shape.residuals, degrees, around_mean=shape.first == 1)
    f_value, f_p_value = _test_all(shape, filling, degrees, errors != "classical" and bool(rests_on_one.any()))
    return Inference(
        coefficients=found,
        standard_errors=standard_errors,
        t_values=t_values,
        p_values=np.array([np.nan if np.isnan(t) else share_beyond_t(float(t), degrees) for t in t_values]),
        low=found - reach,
        high=found + reach,
        covariance=covariance,
        unscaled=own @ own.T,
        residual_variance=variance,
        degrees=degrees,
        r2=r2,
        adjusted_r2=adjusted,
        f_value=f_value,
        f_p_value=f_p_value,
        leverage=shape.leverage,
        fitted=y - shape.residuals,
        residuals=shape.residuals,
        rests_on_one=rests_on_one,
        center=shape.center,
        inverse=shape.inverse,
        errors=errors,
    )


def _find_lone(own: np.ndarray, shape: _Shape) -> np.ndarray:
    """Mark the coefficients that rest on a row which is fitted exactly, shape (n_columns,)."""
    # What a coefficient takes from each such row stands in the pseudoinverse, row by row.
    taken = np.abs(own @ shape.perpendicular[shape.leverage > 1 - DETERMINED].T)
    return np.asarray(taken.max(axis=1, initial=0.0) > ALONE * np.linalg.norm(own, axis=1))


def _test_all(shape: _Shape, filling: np.ndarray, degrees: int, is_unknown: bool) -> tuple[float, float]:
    """Return the F value that nothing but the intercept matters, and its p-value; NaN where the filling lacks a row."""
    n_tested = len(shape.coefficients) - shape.first
    f_value = find_f(shape.rotated[shape.first :], filling[shape.first :, shape.first :])
    if not n_tested:
        return f_value, 1.0
    return (np.nan, np.nan) if is_unknown else (f_value, share_beyond_f(f_value, n_tested, degrees))


def _divide(found: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Measure coefficients in their standard errors; one without any error is infinitely far from zero, or is zero."""
    exact = np.where(found == 0, 0.0, np.copysign(np.inf, found))
    return np.asarray(np.divide(found, errors, out=exact, where=~(errors <= 0)))


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


def explain_share(
    y: np.ndarray, residuals: np.ndarray, degrees: int, *, around_mean: bool = True
) -> tuple[float, float]:
    """Return R² and adjusted R²: the share of the squared spread that is not left as residual.

    Parameters
    ----------
    around_mean : bool
        Whether the spread is that around the mean; without an intercept it is that around zero.

    Examples
    --------
    >>> explain_share(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 0.0]), 1)
    (1.0, 1.0)
    """
    centred = y - find_center(y) if around_mean else y
    spread = float(centred @ centred)
    if spread == 0:
        return 0.0, 0.0
    left = float(residuals @ residuals) / spread
    return 1 - left, 1 - left * (len(y) - around_mean) / degrees


def find_f(rotated: np.ndarray, filling: np.ndarray) -> float:
    """Return the F value of the test that every coefficient but the intercept is zero.

    It is Wald's, asked along the perpendicular directions of Q, where coefficients that go together cost no digits.
    With classical errors it is the usual ratio of explained to unexplained variance.

    Parameters
    ----------
    rotated : float array of shape (n_tested,)
        Entries of Qᵀy: all are zero where all tested coefficients are.
    filling : float array of shape (n_tested, n_tested)
        Their covariance.
    """
    if not rotated.any():
        return 0.0
    if not filling.any():
        return float("inf")
    return float(rotated @ solve_svd(filling, rotated)) / len(rotated)


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
