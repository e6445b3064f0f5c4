"""What a network has to beat: eigenfaces, the classical way to compare pictures of faces.

Grey pictures, made small and brought to one brightness and contrast, are described by their first 50 principal
components and compared by Euclidean distance (M. Turk and A. Pentland 1991, https://doi.org/10.1162/jocn.1991.3.1.71).

Left out: whitening of the components, and finding the face in the picture first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_COMPONENTS = 50
SHRINK = 4
"""Blocks of so many pixels a side become one."""
Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Eigenfaces:
    """A mean picture (n_pixels,) and its principal components (n_pixels, n_components)."""

    mean: Vectors
    components: Vectors

    def describe(self, pictures: NDArray[np.uint8]) -> Vectors:
        """Describe pictures (n, height, width) by their components, shape (n, n_components)."""
        return np.asarray((shrink_pictures(pictures) - self.mean) @ self.components)


def fit_eigenfaces(pictures: NDArray[np.uint8]) -> Eigenfaces:
    """Find the components of some pictures, shape (n, height, width).

    Examples
    --------
    >>> pictures = np.random.default_rng(0).integers(0, 255, (60, 16, 16)).astype(np.uint8)
    >>> fit_eigenfaces(pictures).describe(pictures).shape
    (60, 16)
    """
    flat = shrink_pictures(pictures)
    mean = flat.mean(axis=0)
    components = np.linalg.svd(flat - mean, full_matrices=False)[2][:N_COMPONENTS].T
    return Eigenfaces(mean, components)


def shrink_pictures(pictures: NDArray[np.uint8]) -> Vectors:
    """Average blocks of 4 by 4 pixels, then bring each picture to mean 0 and spread 1; shape (n, n_pixels)."""
    n, height, width = pictures.shape
    rows, columns = height // SHRINK, width // SHRINK
    kept = pictures[:, : rows * SHRINK, : columns * SHRINK].astype(np.float64)
    small = kept.reshape(n, rows, SHRINK, columns, SHRINK).mean(axis=(2, 4)).reshape(n, -1)
    centred = small - small.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(spread, 1e-9))
