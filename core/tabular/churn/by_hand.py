"""SMOTE and grouped shuffling in plain NumPy, for the Learn tab; the models use the packages.

Left out: speed.
"""

from __future__ import annotations

import numpy as np


def make_between(rows: np.ndarray, n_new: int, n_neighbours: int, seed: int) -> np.ndarray:
    """Make rows between a row and one of its nearest neighbours: what SMOTE adds to the rare class.

    Parameters
    ----------
    rows : array of shape (n_rows, n_columns)
        Rows of the rare class, more than ``n_neighbours`` of them.
    n_new : int
        Rows to make.
    n_neighbours : int
        How many neighbours one is drawn from; more spreads the new rows wider.

    Returns
    -------
    array of shape (n_new, n_columns)

    Examples
    --------
    >>> made = make_between(np.array([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]]), 4, 1, seed=0)
    >>> bool(np.allclose(made[:, 0], made[:, 1]))
    True
    """
    rng = np.random.default_rng(seed)
    # distance of every row to every other, (n_rows, n_rows)
    distances = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, 1 : n_neighbours + 1]
    first = rng.integers(0, len(rows), n_new)
    second = nearest[first, rng.integers(0, n_neighbours, n_new)]
    # a point on the straight line between the two
    way = rng.random((n_new, 1))
    return np.asarray(rows[first] + way * (rows[second] - rows[first]))


def measure_fall(x: np.ndarray, weights: np.ndarray, columns: list[int], seed: int) -> float:
    """Return how much of a linear score's variance is lost when some columns are shuffled by one and the same order.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(4000, 1)) @ np.ones((1, 2))
    >>> alone, together = (measure_fall(x, np.array([0.5, 0.5]), each, 0) for each in ([0], [0, 1]))
    >>> round(alone, 1), round(together, 1)
    (0.5, 2.0)
    """
    order = np.random.default_rng(seed).permutation(len(x))
    shuffled = x.copy()
    shuffled[:, columns] = x[order][:, columns]
    score = x @ weights
    return float(((score - shuffled @ weights) ** 2).mean() / score.var())
