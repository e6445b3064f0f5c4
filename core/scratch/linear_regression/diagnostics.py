"""Which rows bend the line and which columns say the same: leverage, Cook's distance, variance inflation, condition.

Method: R. D. Cook 1977, doi:10.1080/00401706.1977.10489493; variance inflation by D. W. Marquardt 1970,
doi:10.1080/00401706.1970.10488699; D. A. Belsley, E. Kuh and R. E. Welsch, *Regression Diagnostics*, 1980.

Left out: tests of the residuals' shape; autocorrelation.
"""

from __future__ import annotations

import numpy as np

from core.scratch.linear_regression.inference import DETERMINED, Inference


def measure_cook(found: Inference) -> np.ndarray:
    """Return Cook's distance of each row: how far all fitted values move if the row is left out, shape (n_rows,).

    Examples
    --------
    >>> from core.scratch.linear_regression.inference import infer
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 9.0]])
    >>> measure_cook(infer(x, np.array([0.0, 1.0, 2.0, 0.0]))).round(3).tolist()
    [0.534, 0.002, 0.285, 32.333]
    """
    left = 1 - found.leverage
    n_columns = len(found.coefficients)
    if not found.residual_variance > 0:
        return np.zeros_like(left)
    squares = found.residuals**2 / (n_columns * found.residual_variance)
    return np.asarray(np.divide(squares * found.leverage, left**2, out=np.zeros_like(left), where=left > DETERMINED))


def standardise_residuals(found: Inference) -> np.ndarray:
    """Return each residual in its own standard deviations, which leverage makes smaller, shape (n_rows,).

    Examples
    --------
    >>> from core.scratch.linear_regression.inference import infer
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> standardise_residuals(infer(x, np.array([1.0, 3.0, 4.0, 6.0]))).round(3).tolist()
    [-0.577, 1.134, -1.134, 0.577]
    """
    spread = np.sqrt(found.residual_variance * np.clip(1 - found.leverage, 0.0, 1.0))
    return np.asarray(np.divide(found.residuals, spread, out=np.zeros_like(spread), where=spread > 0))


def inflate_variance(x: np.ndarray, found: Inference) -> np.ndarray:
    """Return how many times larger a coefficient's variance is than if its column went with no other, shape (p − 1,).

    Parameters
    ----------
    x : float array of shape (n_rows, p)
        The columns that were fitted, ones first; the intercept has no such figure.

    Examples
    --------
    >>> from core.scratch.linear_regression.inference import infer
    >>> x = np.array([[1.0, 0, 0], [1, 1, 1], [1, 2, 2], [1, 3, 4], [1, 4, 3]])
    >>> inflate_variance(x, infer(x, np.arange(5.0))).round(3).tolist()
    [5.263, 5.263]
    """
    spread = ((x[:, 1:] - x[:, 1:].mean(axis=0)) ** 2).sum(axis=0)
    # By itself a column's coefficient would have the variance 1 / spread; together with the others it has this.
    return np.asarray(np.diag(found.unscaled)[1:] * spread)


def measure_condition(x: np.ndarray) -> float:
    """Return how many times an error in the data can be magnified: largest over smallest singular value when scaled.

    Examples
    --------
    >>> round(measure_condition(np.array([[1.0, 0.0], [0.0, 100.0]])), 6)
    1.0
    """
    lengths = np.linalg.norm(x, axis=0)
    stretch = np.linalg.svd(x / np.where(lengths > 0, lengths, 1.0), compute_uv=False)
    return float(stretch[0] / stretch[-1]) if stretch[-1] > 0 else float("inf")
