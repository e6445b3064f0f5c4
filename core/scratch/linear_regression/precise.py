"""Least squares with twice the digits: Householder's QR in double-double arithmetic, from decimal text or floats.

Where float QR keeps 16 digits less those that near-dependence costs (ten for NIST's Filip), this keeps 32 less the
same, so that what comes out is right to the last place of a float on every set of ``nist``. Source: as
``least_squares``; one step of refinement after Å. Björck 1967, doi:10.1007/BF01939329.

Left out: speed. An operation here is some twenty of the processor's, and each one is a NumPy call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hub.errors import DataError
from core.scratch.linear_regression.double_double import DoubleDouble, from_floats

SHARE_LEFT = 1e-24
"""As in ``least_squares``, for 32 digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Coefficients and what inference needs beside them, correct to the last place or nearly so.

    Parameters
    ----------
    coefficients : float array of shape (n_columns,)
    standard_errors : float array of shape (n_columns,)
    residual_square_sum : float
        Sum of squared residuals.
    inverse_diagonal : float array of shape (n_columns,)
        Diagonal of the inverse of XᵀX: a coefficient's variance is this times the residual variance.
    """

    coefficients: np.ndarray
    standard_errors: np.ndarray
    residual_square_sum: float
    inverse_diagonal: np.ndarray


def solve_precisely(x: DoubleDouble, y: DoubleDouble) -> Solution:
    """Solve least squares by QR with about 32 digits.

    Parameters
    ----------
    x : DoubleDouble of shape (n_rows, n_columns)
        More rows than columns.
    y : DoubleDouble of shape (n_rows,)

    Raises
    ------
    DataError
        If a column depends on those before it even to 24 digits.

    Examples
    --------
    >>> x = from_floats(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]))
    >>> solve_precisely(x, from_floats(np.array([1.0, 3.0, 6.0]))).coefficients.round(15).tolist()
    [0.833333333333333, 2.5]
    """
    n_rows, n_columns = x.shape
    scaled, powers = _scale_columns(x)
    triangle, reflected = factor_precisely(scaled, _beside(y))
    solved = _solve_upper(triangle, reflected[:n_columns])
    # The residual is known to 32 digits of the data, so what the first solution still misses can be solved for.
    rest = y - _multiply(scaled, solved[:, 0])
    _, again = factor_precisely(scaled, _beside(rest))
    solved = solved + _solve_upper(triangle, again[:n_columns])
    rest = y - _multiply(scaled, solved[:, 0])
    squares = (rest * rest).sum()
    inverse = _solve_upper(triangle, from_floats(np.eye(n_columns)))
    diagonal = (inverse * inverse).sum(axis=1)
    variance = squares / from_floats(np.array(float(n_rows - n_columns)))
    errors = (diagonal * variance).sqrt()
    return Solution(solved[:, 0].high / powers, errors.high / powers, float(squares.high), diagonal.high / powers**2)


def _scale_columns(x: DoubleDouble) -> tuple[DoubleDouble, np.ndarray]:
    """Divide each column by a power of two near its length: exact, and the triangle's entries become alike."""
    lengths = np.linalg.norm(x.high, axis=0)
    powers = 2.0 ** np.round(np.log2(np.where(lengths > 0, lengths, 1.0)))
    return DoubleDouble(x.high / powers, x.low / powers), powers


def _beside(y: DoubleDouble) -> DoubleDouble:
    """Turn a vector into a matrix of one column."""
    return y[:, None]


def _multiply(x: DoubleDouble, b: DoubleDouble) -> DoubleDouble:
    """Return X·b, shape (n_rows,)."""
    return (x * b[None, :]).sum(axis=1)


def factor_precisely(x: DoubleDouble, y: DoubleDouble) -> tuple[DoubleDouble, DoubleDouble]:
    """Turn X into a triangle by reflections and apply them to the columns of y; see ``least_squares.factor_qr``.

    Parameters
    ----------
    x : DoubleDouble of shape (n_rows, n_columns)
    y : DoubleDouble of shape (n_rows, m)

    Raises
    ------
    DataError
        If a column depends on those before it.

    Examples
    --------
    >>> r, z = factor_precisely(from_floats(np.array([[3.0], [4.0]])), from_floats(np.array([[3.0], [4.0]])))
    >>> r.high.tolist(), z.high[0].tolist()
    ([[-5.0]], [-5.0])
    """
    n_columns = x.shape[1]
    table = DoubleDouble(np.hstack([x.high, y.high]), np.hstack([x.low, y.low]))
    lengths = np.linalg.norm(x.high, axis=0)
    for place in range(n_columns):
        column = table[place:, place]
        length = (column * column).sum().sqrt()
        if not length.high > SHARE_LEFT * lengths[place]:
            message = f"column {place + 1} depends on those before it; leave it out"
            raise DataError(message)
        pivot = -length if column.high[0] >= 0 else length
        # The mirror stands half-way between the column and its image, so that reflecting lands on one axis.
        mirror = DoubleDouble(column.high.copy(), column.low.copy())
        first = column[:1] - pivot[None]
        mirror.high[:1], mirror.low[:1] = first.high, first.low
        scale = from_floats(np.array(2.0)) / (mirror * mirror).sum()
        rest = table[place:, place:]
        shares = (mirror[:, None] * rest).sum(axis=0) * scale[None]
        changed = rest - mirror[:, None] * shares[None, :]
        table.high[place:, place:], table.low[place:, place:] = changed.high, changed.low
    return table[:n_columns, :n_columns], table[:, n_columns:]


def _solve_upper(upper: DoubleDouble, right: DoubleDouble) -> DoubleDouble:
    """Solve R·b = z for each column of z, from the last unknown up."""
    solved = DoubleDouble(np.zeros(right.shape), np.zeros(right.shape))
    for row in range(len(upper.high) - 1, -1, -1):
        known = right[row]
        if row + 1 < len(upper.high):
            known = known - (upper[row, row + 1 :][:, None] * solved[row + 1 :]).sum(axis=0)
        value = known / upper[row, row][None]
        solved.high[row], solved.low[row] = value.high, value.low
    return solved
