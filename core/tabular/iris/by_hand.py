"""Each method's core in a few lines of NumPy, as the lessons show it; the tests hold each to scikit-learn's answer.

Formulas follow Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, chapters 4, 6, 9 and 13.

Left out: fitting by iteration (logistic regression, the support vector machine); speed on many rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn each row of class scores into shares that sum to 1.

    Parameters
    ----------
    scores : float array of shape (n_rows, n_classes)
        Any numbers; adding one number to a row changes nothing.

    Examples
    --------
    >>> softmax(np.array([[0.0, np.log(3.0)]])).round(6).tolist()
    [[0.25, 0.75]]
    """
    # the largest score becomes 0, so that no exponential overflows
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def gini(counts: np.ndarray) -> float:
    """Return how often two rows drawn from a node differ in class: 0 in a pure node.

    Parameters
    ----------
    counts : array of shape (n_classes,)
        Rows of each class in the node.

    Examples
    --------
    >>> gini(np.array([50, 50])), gini(np.array([0, 7]))
    (0.5, 0.0)
    """
    shares = counts / max(counts.sum(), 1)
    return float(1 - (shares**2).sum()) if counts.sum() else 0.0


def split_gain(values: np.ndarray, codes: np.ndarray, threshold: float) -> float:
    """Return how much impurity falls when a node is cut at a threshold.

    Parameters
    ----------
    values : float array of shape (n_rows,)
        The column that is cut.
    codes : int array of shape (n_rows,)
        Class numbers.

    Examples
    --------
    >>> split_gain(np.array([1.0, 2.0, 8.0, 9.0]), np.array([0, 0, 1, 1]), 5.0)
    0.5
    """
    n_classes = int(codes.max()) + 1
    left = np.bincount(codes[values <= threshold], minlength=n_classes)
    right = np.bincount(codes[values > threshold], minlength=n_classes)
    n_rows = len(codes)
    after = left.sum() / n_rows * gini(left) + right.sum() / n_rows * gini(right)
    return gini(left + right) - float(after)


def vote_nearest(x: np.ndarray, codes: np.ndarray, case: np.ndarray, k: int) -> np.ndarray:
    """Return each class's share among the k rows nearest to a case.

    Parameters
    ----------
    x : float array of shape (n_rows, n_features)
    codes : int array of shape (n_rows,)
        Class numbers.
    case : float array of shape (n_features,)

    Returns
    -------
    array of shape (n_classes,)

    Examples
    --------
    >>> vote_nearest(np.array([[0.0], [1.0], [2.0], [9.0]]), np.array([0, 0, 1, 1]), np.array([0.4]), k=3).round(3)
    array([0.667, 0.333])
    """
    distances = ((x - case) ** 2).sum(axis=1)
    nearest = np.argsort(distances, kind="stable")[:k]
    return np.bincount(codes[nearest], minlength=int(codes.max()) + 1) / k


def rbf_kernel(x: np.ndarray, case: np.ndarray, gamma: float) -> np.ndarray:
    """Return how alike each row and a case are: 1 at the row itself, falling faster with a larger gamma.

    Parameters
    ----------
    x : float array of shape (n_rows, n_features)
    case : float array of shape (n_features,)

    Examples
    --------
    >>> rbf_kernel(np.array([[0.0], [1.0]]), np.array([0.0]), gamma=1.0).round(4).tolist()
    [1.0, 0.3679]
    """
    return np.asarray(np.exp(-gamma * ((x - case) ** 2).sum(axis=1)))


def naive_bayes_shares(x: np.ndarray, codes: np.ndarray, case: np.ndarray) -> np.ndarray:
    """Return each class's share of a case when every column is a Gaussian of its own within a class.

    Parameters
    ----------
    x : float array of shape (n_rows, n_features)
    codes : int array of shape (n_rows,)
        Class numbers.
    case : float array of shape (n_features,)

    Examples
    --------
    >>> x = np.array([[0.0], [2.0], [4.0], [6.0]])
    >>> naive_bayes_shares(x, np.array([0, 0, 1, 1]), np.array([3.0])).tolist()
    [0.5, 0.5]
    """
    scores = []
    for code in range(int(codes.max()) + 1):
        rows = x[codes == code]
        mean, variance = rows.mean(axis=0), rows.var(axis=0)
        prior = len(rows) / len(x)
        # the columns' densities multiply, so their logarithms add
        density = -0.5 * (np.log(2 * np.pi * variance) + (case - mean) ** 2 / variance)
        scores.append(np.log(prior) + density.sum())
    return np.asarray(softmax(np.array([scores]))[0])


def discriminant_shares(x: np.ndarray, codes: np.ndarray, case: np.ndarray, *, shared: bool) -> np.ndarray:
    """Return each class's share of a case when every class is one Gaussian cloud.

    Parameters
    ----------
    x : float array of shape (n_rows, n_features)
    codes : int array of shape (n_rows,)
        Class numbers.
    case : float array of shape (n_features,)
    shared : bool
        True gives all classes one covariance (linear borders), False each its own (quadratic borders).

    Examples
    --------
    >>> x = np.array([[0.0], [2.0], [4.0], [6.0]])
    >>> discriminant_shares(x, np.array([0, 0, 1, 1]), np.array([3.0]), shared=True).tolist()
    [0.5, 0.5]
    """
    groups = [x[codes == code] for code in range(int(codes.max()) + 1)]
    own = [np.cov(rows.T, ddof=0).reshape(x.shape[1], -1) for rows in groups]
    pooled = sum((len(rows) / len(x) * each for rows, each in zip(groups, own, strict=True)), np.zeros_like(own[0]))
    scores = []
    for rows, each in zip(groups, own, strict=True):
        covariance = pooled if shared else each
        offset = case - rows.mean(axis=0)
        distance = offset @ np.linalg.solve(covariance, offset)  # squared, in the cloud's own units
        scores.append(math.log(len(rows) / len(x)) - 0.5 * (np.linalg.slogdet(covariance)[1] + distance))
    return np.asarray(softmax(np.array([scores]))[0])


def majority_error(error: float, n_voters: int) -> float:
    """Return how often a majority of independent voters is wrong when each is wrong with one probability.

    Parameters
    ----------
    error : float
        Share 0–1 of wrong answers of one voter.
    n_voters : int
        An odd number, so that there is no tie.

    References
    ----------
    Condorcet 1785, Essai sur l'application de l'analyse.

    Examples
    --------
    >>> round(majority_error(0.3, 1), 4), round(majority_error(0.3, 25), 4)
    (0.3, 0.0175)
    """
    needed = n_voters // 2 + 1
    return sum(math.comb(n_voters, k) * error**k * (1 - error) ** (n_voters - k) for k in range(needed, n_voters + 1))


def roc_area(scores: Sequence[float], is_class: Sequence[bool]) -> float:
    """Return how often a row of the class scores above a row of another; a tie counts half.

    Examples
    --------
    >>> roc_area([0.9, 0.4, 0.6, 0.1], [True, True, False, False])
    0.75
    """
    values, of_class = np.asarray(scores, dtype=float), np.asarray(is_class, dtype=bool)
    gaps = values[of_class][:, None] - values[~of_class][None, :]
    return float((gaps > 0).mean() + 0.5 * (gaps == 0).mean())
