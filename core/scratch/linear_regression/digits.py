"""How many digits of each coefficient to believe: what arithmetic keeps, what is stored, what noise leaves.

Three limits. What arithmetic and storage miss adds up, and only whole digits of it count; noise is rounded, so that the
first digit in doubt is still told. Arithmetic: the same columns are solved in floats and in double-double, and the
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
from core.scratch.linear_regression.least_squares import factor_qr, solve_normal, solve_upper
from core.scratch.linear_regression.precise import solve_precisely

ROUNDING = 2.0**-53
MOST_DIGITS = 16.0
MOST_WHOLE = 2.0**53  # beyond it not every whole number is a float
MAX_WORK = 4_000_000  # rows × columns²: a few seconds in double-double


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """Digits of each coefficient that each limit leaves, from 0 to 16, shape (n_columns,) each.

    Parameters
    ----------
    precise : float array
        The coefficients themselves, right to the last place or nearly so.
    qr, normal : float arrays
        Digits that float QR (of columns measured from their means) and the normal equations got right.
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
        """The digits to believe of what QR says: whole ones that arithmetic and storage leave, or fewer by noise."""
        missed = 10.0**-self.qr + 10.0**-self.stored
        kept = np.floor(np.clip(-np.log10(missed), 0.0, MOST_DIGITS))
        return np.asarray(np.minimum(kept, np.round(self.noise)))


def count_each(found: np.ndarray, right: np.ndarray, sizes: np.ndarray | None = None) -> np.ndarray:
    """Count the digits in which numbers agree with the right ones, one by one, from 0 to 16.

    Parameters
    ----------
    sizes : float array, optional
        What a miss is measured by; the right number itself, or 1 where it is 0, by default.

    Examples
    --------
    >>> count_each(np.array([1.001, 2.0]), np.array([1.0, 2.0])).round(6).tolist()
    [3.0, 16.0]
    """
    sizes = np.where(right == 0, 1.0, np.abs(right)) if sizes is None else sizes
    missed = np.abs(found - right) / sizes
    with np.errstate(divide="ignore"):
        # What is not finite has no right digit.
        return np.asarray(np.nan_to_num(np.clip(-np.log10(missed), 0.0, MOST_DIGITS), nan=0.0))


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
    found = infer(x, y)
    precise = solve_precisely(from_floats(x), from_floats(y))
    right, sizes = precise.coefficients, _measure_sizes(x, y, precise.coefficients)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(found.standard_errors > 0, np.log10(sizes / found.standard_errors), MOST_DIGITS)
    return Trust(
        precise=right,
        qr=count_each(found.coefficients, right, sizes),
        normal=_count_normal(x, y, right, sizes),
        stored=count_each(right + bound_storage(x, y, right), right, sizes),
        noise=np.clip(noise, 0.0, MOST_DIGITS),
    )


def _measure_sizes(x: np.ndarray, y: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return what a miss of each coefficient is measured by: itself, or where it is zero to rounding, what it could be.

    A coefficient that adds less to the answers than their last place has no digits of its own to get right.
    """
    could_be = np.linalg.norm(y) / np.linalg.norm(x, axis=0)
    return np.asarray(np.where(np.abs(right) > ROUNDING * could_be, np.abs(right), could_be))


def _count_normal(x: np.ndarray, y: np.ndarray, right: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Count the digits that the normal equations get right: none where they cannot be solved."""
    try:
        return count_each(solve_normal(x, y), right, sizes)
    except DataError:
        return np.zeros(x.shape[1])


def bound_storage(x: np.ndarray, y: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Bound how far rounding each value to a float can move each coefficient, to first order, shape (n_columns,).

    Whole numbers that a float holds exactly, those up to 2⁵³, are not rounded and move nothing.

    Examples
    --------
    >>> x = np.column_stack([np.ones(3), np.arange(3.0)])
    >>> bound_storage(x, np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0])).tolist()
    [0.0, 0.0]
    """
    triangle, _ = factor_qr(x)
    inverse = solve_upper(triangle, np.eye(x.shape[1]))
    pull = np.abs(inverse @ (x @ inverse).T)
    x_error, y_error = _bound_rounding(x), _bound_rounding(y)
    rest = np.abs(y - x @ coefficients)
    # A value that is off moves the coefficients through the fit, and through the residual it leaves.
    through_fit = pull @ (x_error @ np.abs(coefficients) + y_error)
    return np.asarray(through_fit + np.abs(inverse @ inverse.T) @ (x_error.T @ rest))


def _bound_rounding(values: np.ndarray) -> np.ndarray:
    """Bound how far each value may be from the number that was stored."""
    is_exact = (values == np.round(values)) & (np.abs(values) <= MOST_WHOLE)
    return np.where(is_exact, 0.0, ROUNDING * np.abs(values))
