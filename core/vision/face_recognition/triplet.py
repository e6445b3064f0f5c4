"""The triplet loss in NumPy, from its formula, with its gradient by hand.

A triplet is an anchor, a positive (the same person) and a negative (another person). The loss asks that the anchor lie
nearer to the positive than to the negative, by a margin, in squared Euclidean distance on the unit sphere::

    loss = mean over triplets of max(0, |a - p|² - |a - n|² + margin)

Method: Schroff, Kalenichenko, Philbin, "FaceNet", 2015, https://arxiv.org/abs/1503.03832, equations 1 to 3; the mean
stands for the sum, so that the step does not grow with the number of triplets.

Left out: which triplets to choose (``mining``) and what is trained with it (``head``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triplets = NDArray[np.int64]
"""Rows of (anchor, positive, negative): places in the array of vectors, shape (n_triplets, 3)."""

SMALLEST_LENGTH = 1e-12
"""A shorter vector has no direction; it is divided by this instead, so that nothing becomes infinite."""


def normalise(vectors: Array) -> Array:
    """Bring every vector to length 1, shape (n, d).

    Examples
    --------
    >>> normalise(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, SMALLEST_LENGTH))


def carry_through_normalising(raw: Array, gradient: Array) -> Array:
    """Turn the slope by the unit vectors into the slope by the vectors before normalising.

    Parameters
    ----------
    raw : array of shape (n, d)
        Vectors before :func:`normalise`.
    gradient : array of shape (n, d)
        Slope of the loss by the normalised vectors.

    Returns
    -------
    array of shape (n, d)
        Slope of the loss by ``raw``.
    """
    lengths = np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), SMALLEST_LENGTH)
    unit = raw / lengths
    # Only a step along the sphere changes a unit vector, so the part of the slope that points outwards is taken off:
    # g - u (u · g).
    along = gradient - unit * np.sum(unit * gradient, axis=1, keepdims=True)
    # The same step turns a long vector by less, so the slope is divided by the length.
    # A vector without a length has no direction to turn.
    return np.asarray(np.where(lengths > SMALLEST_LENGTH, along / lengths, 0.0))


def measure_squares(vectors: Array) -> Array:
    """Return the squared Euclidean distance of every two vectors, shape (n, n).

    Examples
    --------
    >>> measure_squares(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [[0.0, 25.0], [25.0, 0.0]]
    """
    # |a - b|² = |a|² + |b|² - 2 a · b: one matrix product gives all pairs.
    squares = np.sum(vectors**2, axis=1)
    found = squares[:, None] + squares[None, :] - 2 * vectors @ vectors.T
    # Rounding can leave a distance a hair below zero, and one's own a hair above.
    found = np.maximum(found, 0.0)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def measure_violations(vectors: Array, triplets: Triplets, margin: float) -> Array:
    """Return what each triplet lacks to its margin, ``|a - p|² - |a - n|² + margin``; above 0 it costs.

    Parameters
    ----------
    vectors : array of shape (n, d)
    triplets : array of int64, shape (n_triplets, 3)
    margin : float
        In squared distance, 0 to 4 on the unit sphere; raising it pushes people further apart and leaves more
        triplets that cost.

    Returns
    -------
    array of shape (n_triplets,)
    """
    squares = measure_squares(vectors)
    anchor, positive, negative = triplets.T
    return np.asarray(squares[anchor, positive] - squares[anchor, negative] + margin)


def measure_loss(vectors: Array, triplets: Triplets, margin: float) -> float:
    """Return the triplet loss, the mean over triplets; 0 where there are none.

    Parameters
    ----------
    vectors : array of shape (n, d)
        Usually of length 1, which the formula does not need.
    triplets : array of int64, shape (n_triplets, 3)
    margin : float
        See :func:`measure_violations`.

    Examples
    --------
    The positive is 1 away (squared 1), the negative 2 (squared 4): a margin of 5 lacks 2.

    >>> vectors = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> measure_loss(vectors, np.array([[0, 1, 2]]), margin=5.0)
    2.0
    """
    if not len(triplets):
        return 0.0
    # A triplet that keeps its margin costs nothing, however far it goes beyond.
    return float(np.maximum(measure_violations(vectors, triplets, margin), 0.0).mean())


def find_gradient(vectors: Array, triplets: Triplets, margin: float) -> Array:
    """Return the slope of the loss by every vector, shape (n, d).

    Parameters
    ----------
    vectors : array of shape (n, d)
    triplets : array of int64, shape (n_triplets, 3)
    margin : float
        See :func:`measure_violations`.

    Examples
    --------
    The anchor is pulled to its positive, which lies to the right, and pushed from its negative above: downhill is
    against the slope.

    >>> vectors = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> find_gradient(vectors, np.array([[0, 1, 2]]), margin=5.0)[0].tolist()
    [-2.0, 4.0]
    """
    if not len(triplets):
        return np.zeros_like(vectors)
    # Where the margin is kept the loss is flat: only the triplets that cost have a slope.
    costing = triplets[measure_violations(vectors, triplets, margin) > 0]
    # The slope is a sum over triplets of differences of vectors, so it is enough to know how often each pair occurs.
    pulls = _count_pairs(costing[:, 0], costing[:, 1], len(vectors))
    pushes = _count_pairs(costing[:, 0], costing[:, 2], len(vectors))
    # By the anchor, |a - p|² - |a - n|² slopes by 2 (a - p) - 2 (a - n) = 2 (n - p).
    by_anchor = pushes @ vectors - pulls @ vectors
    # By the positive, |a - p|² slopes by 2 (p - a).
    by_positive = pulls.sum(axis=0)[:, None] * vectors - pulls.T @ vectors
    # By the negative, -|a - n|² slopes by 2 (a - n).
    by_negative = pushes.T @ vectors - pushes.sum(axis=0)[:, None] * vectors
    # The loss is a mean over all triplets, those that cost nothing counted too.
    return np.asarray(2 * (by_anchor + by_positive + by_negative) / len(triplets))


def _count_pairs(first: NDArray[np.int64], second: NDArray[np.int64], n: int) -> Array:
    """Count how often each pair of places occurs, shape (n, n)."""
    return np.bincount(first * n + second, minlength=n * n).reshape(n, n).astype(np.float64)
