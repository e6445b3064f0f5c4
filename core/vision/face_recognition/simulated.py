"""Vectors of people who do not exist: for tests, for a quick run, and for checking that intervals hold.

A person is a point drawn from a normal distribution, a picture that point with noise. Total spread and effective number
of directions are set so that distances have the means and spreads measured on photographs of 40 people: 0.31 ± 0.09
for two pictures of one person, 0.76 ± 0.08 for two of different people. Some people's pictures differ more than those
of others.

Left out: relatives, twins, and all that makes two real people look alike; simulated strangers are easier than real.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.types import VECTOR_SIZE

BETWEEN, WITHIN = 0.239, 0.053
"""Variance of a person's point and of a picture around it, summed over the directions."""
BETWEEN_DIRECTIONS, WITHIN_DIRECTIONS = 47.0, 25.0
"""Effective number of directions: (sum of variances)² / sum of their squares."""
UNEVENNESS = 0.22
"""Standard deviation of the logarithm of a person's own spread."""


def simulate_people(
    n_people: int, n_pictures: int, seed: int = 0, *, between: float = BETWEEN
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw the vectors of some people's pictures.

    Parameters
    ----------
    n_people, n_pictures : int
        People, and pictures of each.
    between : float
        Variance of people's points; less makes people more alike.

    Returns
    -------
    (vectors, person) : float64 array of shape (n_people * n_pictures, 128), int64 array
        Person after person.

    Examples
    --------
    >>> vectors, person = simulate_people(40, 10)
    >>> vectors.shape, round(float(np.linalg.norm(vectors[0] - vectors[1])), 3)
    ((400, 128), 0.267)
    """
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n_people, VECTOR_SIZE)) * np.sqrt(_make_spectrum(between, BETWEEN_DIRECTIONS))
    spread = np.exp(rng.normal(-(UNEVENNESS**2), UNEVENNESS, size=(n_people, 1, 1)))
    noise = rng.normal(size=(n_people, n_pictures, VECTOR_SIZE)) * np.sqrt(_make_spectrum(WITHIN, WITHIN_DIRECTIONS))
    # Noise lies across other directions than the points: its axes are turned by a fixed rotation.
    turn = np.linalg.qr(np.random.default_rng(VECTOR_SIZE).normal(size=(VECTOR_SIZE, VECTOR_SIZE)))[0]
    vectors = points[:, None] + spread * (noise @ turn)
    return vectors.reshape(-1, VECTOR_SIZE), np.repeat(np.arange(n_people), n_pictures)


def _make_spectrum(total: float, directions: float) -> NDArray[np.float64]:
    """Give geometrically falling variances with a sum and an effective number of directions."""
    ratio = (directions - 1) / (directions + 1)
    falling = ratio ** np.arange(VECTOR_SIZE)
    return np.asarray(total * falling / falling.sum())
