"""Four ways to the coefficients that make the squared error smallest, written by hand in NumPy.

- **Normal equations** with Cholesky's factor: fastest, and loses twice the digits that near-dependent columns cost.
- **QR** by Householder's reflections: the standard; loses them once. ``precise`` runs it with twice the digits.
- **SVD**: shows which directions the data cannot tell apart.
- **Ridge**: pulls the coefficients towards zero, by the QR of the columns with the penalty's rows below them.

Source: Golub & Van Loan, *Matrix Computations*, 4th ed., 5.2–5.3; Higham, *Accuracy and Stability*, ch. 19–20.

Left out: sparse and constrained problems; gradient descent is in ``descent``.
"""

from __future__ import annotations

import numpy as np

from core.hub.errors import DataError

SHARE_LEFT = 1e-12
"""A direction whose stretch is below this share of the longest's counts as none."""
LARGEST = 1e60
"""Numbers beyond this, or columns that never reach its inverse, are refused: their products would leave a float."""


def check_system(x: np.ndarray, y: np.ndarray) -> None:
    """Refuse columns that cannot be fitted: not finite, too large or small for a float, no more rows than columns.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
    y : float array of shape (n_rows,)

    Raises
    ------
    DataError
        Naming the value, the limit and the remedy.

    Examples
    --------
    >>> check_system(np.ones((2, 2)), np.ones(2))
    Traceback (most recent call last):
    ...
    core.hub.errors.DataError: there are 2 rows for 2 coefficients; at least 3 are needed: add rows or use fewer columns
    """
    broken = int((~np.isfinite(x)).any(axis=1).sum() + (~np.isfinite(y)).sum())
    if broken:
        message = f"{broken} rows hold a missing or infinite number; fill them in or leave those rows out"
        raise DataError(message)
    for values in (y, *x.T):
        size = float(np.abs(values).max(initial=0.0))
        if size and not 1 / LARGEST <= size <= LARGEST:
            message = f"a column reaches {size:g}; {1 / LARGEST:g} to {LARGEST:g} can be fitted: use another unit"
            raise DataError(message)
    n_rows, n_columns = x.shape
    if n_rows <= n_columns:
        message = (
            f"there are {n_rows} rows for {n_columns} coefficients; at least {n_columns + 1} are needed: "
            "add rows or use fewer columns"
        )
        raise DataError(message)


def find_center(values: np.ndarray) -> np.ndarray:
    """Return the mean of each column; of a column with one value that very value, which a plain sum would round.

    Examples
    --------
    >>> find_center(np.full((3, 1), 0.1)).tolist(), float(np.full(3, 0.1).mean())
    ([0.1], 0.10000000000000002)
    """
    return np.asarray(values[0] + (values - values[0]).mean(axis=0))


def has_intercept(x: np.ndarray) -> bool:
    """Say whether the first column is all ones.

    Examples
    --------
    >>> has_intercept(np.ones((3, 2))), has_intercept(np.zeros((3, 0)))
    (True, False)
    """
    return bool(x.shape[1] and (x[:, 0] == 1).all())


def add_intercept(x: np.ndarray) -> np.ndarray:
    """Put a column of ones before the others, so that the first coefficient is the intercept.

    Examples
    --------
    >>> add_intercept(np.array([[2.0], [3.0]])).tolist()
    [[1.0, 2.0], [1.0, 3.0]]
    """
    return np.column_stack([np.ones(len(x)), x])


def solve_normal(x: np.ndarray, y: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """Solve the normal equations (XᵀX + λI) b = Xᵀy by Cholesky's factorisation.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
    y : float array of shape (n_rows,)
    ridge : float
        λ, at least 0; raising it pulls every coefficient towards zero.

    Raises
    ------
    DataError
        If XᵀX has no Cholesky factor in float arithmetic.

    Examples
    --------
    >>> solve_normal(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])).round(12).tolist()
    [1.0, 2.0]
    """
    # Where the squared error is smallest its gradient is zero; that gives p equations in p unknowns.
    gram = x.T @ x + ridge * np.eye(x.shape[1])
    # A symmetric positive matrix is a triangle times its mirror image.
    factor = factor_cholesky(gram)
    # With triangles each unknown follows from those already known: once downwards, once upwards.
    return solve_upper(factor.T, solve_lower(factor, x.T @ y))


def factor_cholesky(gram: np.ndarray) -> np.ndarray:
    """Write a symmetric positive matrix as L·Lᵀ with L lower triangular.

    Raises
    ------
    DataError
        If the matrix is not positive in float arithmetic.

    Examples
    --------
    >>> factor_cholesky(np.array([[4.0, 2.0], [2.0, 5.0]])).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    factor = np.zeros_like(gram)
    for column in range(len(gram)):
        # What is left of the diagonal entry after the columns before it: the square of the new pivot.
        left = gram[column, column] - factor[column, :column] @ factor[column, :column]
        if not left > 0:
            message = f"the normal equations cannot be solved: column {column + 1} depends on those before it; use QR"
            raise DataError(message)
        factor[column, column] = np.sqrt(left)
        below = gram[column + 1 :, column] - factor[column + 1 :, :column] @ factor[column, :column]
        factor[column + 1 :, column] = below / factor[column, column]
    return factor


def solve_lower(lower: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve L·z = r from the first unknown down.

    Examples
    --------
    >>> solve_lower(np.array([[2.0, 0.0], [1.0, 2.0]]), np.array([4.0, 8.0])).tolist()
    [2.0, 3.0]
    """
    solved = np.zeros_like(right, dtype=float)
    for row in range(len(right)):
        solved[row] = (right[row] - lower[row, :row] @ solved[:row]) / lower[row, row]
    return solved


def solve_upper(upper: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve R·b = z from the last unknown up; ``right`` may hold several columns.

    Examples
    --------
    >>> solve_upper(np.array([[2.0, 1.0], [0.0, 2.0]]), np.array([8.0, 4.0])).tolist()
    [3.0, 2.0]
    """
    solved = np.zeros_like(right, dtype=float)
    for row in range(len(right) - 1, -1, -1):
        solved[row] = (right[row] - upper[row, row + 1 :] @ solved[row + 1 :]) / upper[row, row]
    return solved


def factor_qr(x: np.ndarray, y: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Turn X into a triangle R by reflections, and apply the same reflections to y.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
    y : float array of shape (n_rows,) or (n_rows, m), optional
        What is reflected beside X; the identity's first columns give Q.

    Returns
    -------
    R : array of shape (n_columns, n_columns)
    reflected : array of the shape of ``y``
        Qᵀy: its first n_columns entries give the coefficients, the others are what no line can explain.

    References
    ----------
    A. S. Householder 1958, doi:10.1145/320941.320947.

    Examples
    --------
    >>> r, z = factor_qr(np.array([[3.0], [4.0]]), np.array([3.0, 4.0]))
    >>> r.round(12).tolist(), z.round(12).tolist()
    ([[-5.0]], [-5.0, 0.0])
    """
    left = np.array(x, dtype=float)
    right = np.zeros((len(x), 0)) if y is None else np.array(y, dtype=float)
    for column in range(left.shape[1]):
        mirror = _find_mirror(left[column:, column])
        # Reflecting turns the column into one number on the diagonal and zeros below; lengths do not change.
        left[column:, column:] -= np.multiply.outer(mirror, mirror @ left[column:, column:])
        right[column:] -= np.multiply.outer(mirror, mirror @ right[column:])
    return np.triu(left[: left.shape[1]]), right


def _find_mirror(column: np.ndarray) -> np.ndarray:
    """Return the mirror that throws a column onto its first axis, scaled so that reflecting is v − m (m·v)."""
    mirror = column.copy()
    # Away from the column's own sign, so that no digits cancel.
    mirror[0] += np.copysign(np.linalg.norm(column), column[0])
    length = np.linalg.norm(mirror)
    return mirror * (np.sqrt(2.0) / length) if length > 0 else mirror


def solve_qr(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Solve least squares by Householder's QR.

    Examples
    --------
    >>> solve_qr(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])).round(12).tolist()
    [1.0, 2.0]
    """
    # Reflections keep every length, so the smallest residual of R b = Qᵀy is the smallest of X b = y.
    triangle, reflected = factor_qr(x, y)
    # The first p equations are met exactly, from the last unknown up; the rest is the residual.
    return solve_upper(triangle, reflected[: x.shape[1]])


def solve_svd(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Solve least squares by the singular value decomposition; directions without length get no coefficient.

    Examples
    --------
    >>> solve_svd(np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), np.array([2.0, 2.0, 2.0])).round(12).tolist()
    [1.0, 1.0]
    """
    # Columns in like units, so that a short direction means dependence and not a small unit.
    lengths = np.linalg.norm(x, axis=0)
    lengths[lengths == 0] = 1.0
    # Every matrix is a turn, a stretch along perpendicular directions, and another turn.
    turned, stretch, directions = np.linalg.svd(x / lengths, full_matrices=False)
    # A direction that the data does not stretch at all cannot be learnt from it: dividing by its length would be noise.
    kept = stretch > SHARE_LEFT * stretch[0]
    steps = np.divide(turned.T @ y, stretch, out=np.zeros_like(stretch), where=kept)
    return np.asarray(directions.T @ steps / lengths)


def solve_ridge(x: np.ndarray, y: np.ndarray, ridge: float, free: int = 1) -> np.ndarray:
    """Make squared error plus λ times the squared coefficients smallest, by QR.

    Parameters
    ----------
    ridge : float
        λ, at least 0.
    free : int
        How many of the first columns are not pulled: the intercept.

    Examples
    --------
    >>> x = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> solve_ridge(x, np.array([0.0, 1.0, 2.0]), ridge=2.0).round(12).tolist()
    [1.0, 0.5]
    """
    n_columns = x.shape[1]
    # λ b² is the squared error of a row that says √λ · b = 0, so the penalty is p more rows of data.
    penalty = np.sqrt(ridge) * np.eye(n_columns)[free:]
    return solve_qr(np.vstack([x, penalty]), np.concatenate([y, np.zeros(n_columns - free)]))
