"""The baseline generator: principal components of each class, and a Gaussian over them.

Every picture of a class is its mean plus a few directions in which the class varies most; drawing the amounts at random
gives new pictures (M. Turk & A. Pentland 1991, "eigenfaces"). No network, a second to fit; a GAN has to beat it.

Left out: mixtures, and any bend of the class's shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.image_generation.recipe import N_CLASSES, SIDE

BASELINE = "class PCA"
N_DIRECTIONS = 24
N_ROUNDS = 4
MAX_ROWS = 1_500
"""Pictures of a class that it is fitted to."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassPca:
    """The fitted baseline.

    Parameters
    ----------
    means : array of shape (10, 784)
        Mean picture of each class, 0 to 255.
    directions : array of shape (10, n_directions, 784)
        Each as long as the class's standard deviation along it.
    """

    means: NDArray[np.float32]
    directions: NDArray[np.float32]

    def sample(self, n: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Draw pictures (n, 28, 28), all classes in turn, and their classes (n,)."""
        labels = np.arange(n) % N_CLASSES
        amounts = np.random.default_rng((seed, 2)).standard_normal((n, self.directions.shape[1]), np.float32)
        rows = np.empty((n, SIDE * SIDE), np.float32)
        for label in range(N_CLASSES):
            chosen = labels == label
            rows[chosen] = self.means[label] + amounts[chosen] @ self.directions[label]
        return np.rint(np.clip(rows, 0, 255)).astype(np.uint8).reshape(n, SIDE, SIDE), labels


def fit_class_pca(images: NDArray[np.uint8], labels: NDArray[np.integer[Any]]) -> ClassPca:
    """Fit the baseline.

    Parameters
    ----------
    images : array of shape (n, 28, 28)
    labels : int array of shape (n,)

    Raises
    ------
    DataError
        If a class has fewer than two pictures.
    """
    means, directions = [], []
    for label in range(N_CLASSES):
        rows = images[labels == label][:MAX_ROWS].reshape(-1, SIDE * SIDE).astype(np.float32)
        least = 2
        if len(rows) < least:
            message = f"class {label} has {len(rows)} pictures; it needs at least {least}"
            raise DataError(message)
        mean = rows.mean(axis=0)
        means.append(mean)
        directions.append(_find_directions(rows - mean))
    return ClassPca(np.stack(means), np.stack(directions))


def _find_directions(centred: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find the directions of most variance, each as long as the spread along it; shape (n_directions, 784)."""
    # A few rounds of orthogonal iteration: only the strongest directions are wanted (Halko et al. 2011).
    basis = np.random.default_rng(0).standard_normal((centred.shape[1], N_DIRECTIONS + 8), np.float32)
    for _ in range(N_ROUNDS):
        basis = np.linalg.qr(centred.T @ (centred @ basis))[0]
    projected = centred @ basis
    values, turned = np.linalg.eigh(projected.T @ projected / max(len(centred) - 1, 1))
    strongest = np.argsort(values)[::-1][:N_DIRECTIONS]
    found = (basis @ turned[:, strongest]) * np.sqrt(np.maximum(values[strongest], 0))
    return np.asarray(found.T, np.float32)
