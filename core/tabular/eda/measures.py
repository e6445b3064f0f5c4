"""Two measures of association that pandas does not have, and the order that puts what is alike side by side.

Cramér's V carries the correction of W. Bergsma (2013, https://doi.org/10.1016/j.jkss.2012.10.002); eta is Fisher's
correlation ratio (1925, *Statistical Methods for Research Workers*, ch. VII), in matrices less what chance alone shows
(T. L. Kelley 1935, https://doi.org/10.1073/pnas.21.9.554); the order is average linkage with optimal
leaf ordering (Z. Bar-Joseph et al. 2001, https://doi.org/10.1093/bioinformatics/17.suppl_1.S22) by SciPy.

Left out: intervals and tests, which belong to the claims.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def cramers_v(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return Cramér's V of two categories, corrected for the association that chance alone shows (Bergsma 2013).

    Parameters
    ----------
    first, second : int array of shape (n,)
        Codes of the values from 0; negative where missing.

    Returns
    -------
    float
        0 (as independent as chance) to 1; NaN where one does not vary.

    Examples
    --------
    >>> a = np.array([0, 0, 1, 1] * 10)
    >>> cramers_v(a, a), cramers_v(a, np.array([0, 1, 0, 1] * 10))
    (1.0, 0.0)
    """
    known = (first >= 0) & (second >= 0)
    counts = pd.crosstab(first[known], second[known]).to_numpy(dtype=np.float64)
    if min(counts.shape, default=0) < 2:  # noqa: PLR2004 - one value cannot vary
        return float("nan")
    n = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi_squared = float(((counts - expected) ** 2 / expected).sum() / n)
    return bergsma_v(phi_squared, int(n), (counts.shape[0], counts.shape[1]))


def bergsma_v(phi_squared: float, n: int, shape: tuple[int, int]) -> float:
    """Return Cramér's V from phi squared over n rows of so many values each, less what chance alone shows.

    Returns
    -------
    float
        0 to 1; NaN where the rows are too few for the correction to leave anything.

    Examples
    --------
    >>> round(bergsma_v(0.25, 100, (2, 2)), 3), bergsma_v(1.0, 2, (2, 2))
    (0.492, nan)
    """
    free_rows, free_columns = shape[0] - 1, shape[1] - 1
    corrected = max(0.0, phi_squared - free_rows * free_columns / (n - 1))
    room = min(free_rows - free_rows**2 / (n - 1), free_columns - free_columns**2 / (n - 1))
    return float(min(np.sqrt(corrected / room), 1.0)) if room > 0 else float("nan")


def correlation_ratio(codes: NDArray[np.int64], values: Matrix) -> float:
    """Return eta, the root of the share of a number's variance that lies between a category's values.

    It is the root of :func:`core.datasets.association.share_between`, in one pass for any number of groups.

    Examples
    --------
    >>> correlation_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 3.0, 3.0]))
    1.0
    """
    known = (codes >= 0) & np.isfinite(values)
    return split_variance(codes[known], *centre_numbers(values[known]))


def centre_numbers(numbers: Matrix) -> tuple[Matrix, float]:
    """Return numbers without gaps as distances from their mean, the farthest 1 or −1, and the sum of their squares.

    Examples
    --------
    >>> centre_numbers(np.array([1.0, 1.0, 4.0]))
    (array([-0.5, -0.5,  1. ]), 1.5)
    """
    if not len(numbers) or numbers.min() == numbers.max():
        return np.zeros(len(numbers)), 0.0
    apart = numbers - numbers.mean()
    apart /= np.abs(apart).max()  # no overflow in the squares
    return apart, float((apart**2).sum())


def split_variance(groups: NDArray[np.int64], apart: Matrix, total: float) -> float:
    """Return eta of a category and numbers of :func:`centre_numbers`, no gaps in either; NaN if one is constant."""
    if not total or groups.min() == groups.max():
        return float("nan")
    sizes = np.bincount(groups)
    sums = np.bincount(groups, apart)
    between = (sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum()
    return float(np.sqrt(min(between / total, 1.0)))


def fair_ratio(codes: NDArray[np.int64], values: Matrix) -> float:
    """Return :func:`correlation_ratio` less what chance alone shows.

    Examples
    --------
    >>> fair_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 1.0, 3.0]))
    0.0
    """
    known = (codes >= 0) & np.isfinite(values)
    return split_fairly(codes[known], *centre_numbers(values[known]))


def split_fairly(groups: NDArray[np.int64], apart: Matrix, total: float) -> float:
    """Return :func:`split_variance` less what chance alone shows."""
    eta = split_variance(groups, apart, total)
    return eta if np.isnan(eta) else correct_ratio(eta, len(groups), int((np.bincount(groups) > 0).sum()))


def correct_ratio(eta: float, n: int, n_groups: int) -> float:
    """Return eta of n rows in so many groups, less what chance alone shows: the root of Kelley's epsilon squared.

    Returns
    -------
    float
        0 (as independent as chance) to 1; NaN where no group has two rows.

    Examples
    --------
    >>> round(correct_ratio(0.71, 60, 25), 3), correct_ratio(1.0, 60, 25), round(correct_ratio(0.882, 342, 3), 3)
    (0.405, 1.0, 0.881)
    """
    if n <= n_groups:
        return float("nan")
    return float(np.sqrt(max(0.0, 1 - (1 - eta**2) * (n - 1) / (n - n_groups))))


def compare_rows(values: Matrix) -> Matrix:
    """Return the Euclidean distance of every two rows, shape (n_rows, n_rows).

    Examples
    --------
    >>> compare_rows(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    return np.asarray(np.sqrt(((values[:, None, :] - values[None, :, :]) ** 2).sum(axis=2)))


def order_by_linkage(distances: Matrix) -> list[int]:
    """Order things so that what is close stands together.

    Parameters
    ----------
    distances : array of shape (n, n)
        Symmetric up to rounding; its diagonal is taken as 0.

    Returns
    -------
    list of int
        Every place once.

    Examples
    --------
    >>> order_by_linkage(np.array([[0.0, 9.0, 1.0], [9.0, 0.0, 5.0], [1.0, 5.0, 0.0]]))
    [1, 2, 0]
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(distances) <= 2:  # noqa: PLR2004 - two have one order
        return list(range(len(distances)))
    flat = distances.copy()
    np.fill_diagonal(flat, 0.0)
    tree = linkage(squareform((flat + flat.T) / 2, checks=False), "average", optimal_ordering=True)
    return [int(place) for place in leaves_list(tree)]
