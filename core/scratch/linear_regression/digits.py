"""How many digits of each coefficient to believe: what arithmetic keeps, what is stored, what noise leaves.

Three limits, and the smallest counts. Arithmetic: the same columns are solved in floats and in double-double, and the
digits in which both agree are right. Storage: a decimal such as 0.1 is rounded when it becomes a float; how far that
can move a coefficient follows to first order from Å. Björck 1991, doi:10.1007/BF01931400. Noise: a coefficient is known
to its own standard error.

Left out: how exactly the values were measured, which no table tells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hub.errors import DataError
from core.scratch.linear_regression.double_double import from_floats
from core.scratch.linear_regression.inference import infer
from core.scratch.linear_regression.least_squares import factor_qr, solve_normal, solve_qr, solve_upper
from core.scratch.linear_regression.precise import Solution, solve_precisely

ROUNDING = 2.0**-53
MOST_DIGITS = 16.0
MAX_WORK = 4_000_000  # rows × columns²: a few seconds in double-double


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """Digits of each coefficient that each limit leaves, from 0 to 16, shape (n_columns,) each.

    Parameters
    ----------
    precise : float array
        The coefficients themselves, right to the last place or nearly so.
    qr, normal : float arrays
        Digits that float QR and the normal equations got right.
    stored : float array
        Digits that are left when every stored value may be half a unit in its last place off.
    noise : float array
        Digits before a coefficient drowns in its standard error.
    """

    precise: np.ndarray
    qr: np.ndarray
    normal: np.ndarray
    stored: np.ndarray
    noise: np.ndarray

    @property
    def believed(self) -> np.ndarray:
        """The digits to believe of what QR says: the least of the three limits, to whole digits."""
        return np.asarray(np.round(np.minimum(np.minimum(self.qr, self.stored), self.noise)))


def count_each(found: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Count the digits in which numbers agree with the right ones, one by one, from 0 to 16.

    Examples
    --------
    >>> count_each(np.array([1.001, 2.0]), np.array([1.0, 2.0])).round(6).tolist()
    [3.0, 16.0]
    """
    missed = np.abs(found - right) / np.where(right == 0, 1.0, np.abs(right))
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(-np.log10(missed), 0.0, MOST_DIGITS))


def can_trust(x: np.ndarray) -> bool:
    """Tell whether a table is small enough to be solved with twice the digits in a few seconds.

    Examples
    --------
    >>> can_trust(np.zeros((442, 11))), can_trust(np.zeros((100_000, 30)))
    (True, False)
    """
    return bool(x.shape[0] * x.shape[1] ** 2 <= MAX_WORK)


def measure_trust(x: np.ndarray, y: np.ndarray) -> Trust:
    """Count the digits of each coefficient that may be believed.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
        Columns as they are, ones first.
    y : float array of shape (n_rows,)

    Raises
    ------
    DataError
        If the columns cannot be fitted.

    Examples
    --------
    >>> x = np.column_stack([np.ones(9), np.arange(9.0)])
    >>> trust = measure_trust(x, np.array([1.0, 3.1, 4.9, 7.0, 9.2, 11.0, 12.8, 15.1, 17.0]))
    >>> trust.believed.tolist()
    [1.0, 2.0]
    """
    precise = solve_precisely(from_floats(x), from_floats(y))
    found = infer(x, y)
    sizes = np.abs(precise.coefficients)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(found.standard_errors > 0, np.log10(sizes / found.standard_errors), MOST_DIGITS)
    return Trust(
        precise=precise.coefficients,
        qr=count_each(solve_qr(x, y), precise.coefficients),
        normal=_count_normal(x, y, precise),
        stored=count_each(precise.coefficients + bound_storage(x, y, precise.coefficients), precise.coefficients),
        noise=np.clip(noise, 0.0, MOST_DIGITS),
    )


def _count_normal(x: np.ndarray, y: np.ndarray, precise: Solution) -> np.ndarray:
    """Count the digits that the normal equations get right: none where they cannot be solved."""
    try:
        return count_each(solve_normal(x, y), precise.coefficients)
    except DataError:
        return np.zeros(x.shape[1])


def bound_storage(x: np.ndarray, y: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Bound how far rounding each value to a float can move each coefficient, to first order, shape (n_columns,).

    Whole numbers that a float holds exactly are not rounded and move nothing.

    Examples
    --------
    >>> x = np.column_stack([np.ones(3), np.arange(3.0)])
    >>> bound_storage(x, np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0])).tolist()
    [0.0, 0.0]
    """
    triangle, _ = factor_qr(x)
    inverse = solve_upper(triangle, np.eye(x.shape[1]))
    pull = np.abs(inverse @ (x @ inverse).T)
    x_error = np.where(x == np.round(x), 0.0, ROUNDING * np.abs(x))
    y_error = np.where(y == np.round(y), 0.0, ROUNDING * np.abs(y))
    rest = np.abs(y - x @ coefficients)
    # A value that is off moves the coefficients through the fit, and through the residual it leaves.
    through_fit = pull @ (x_error @ np.abs(coefficients) + y_error)
    return np.asarray(through_fit + np.abs(inverse @ inverse.T) @ (x_error.T @ rest))
