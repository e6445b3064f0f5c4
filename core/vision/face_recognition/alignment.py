"""Alignment: turn, scale and shift a face so that its eyes and nose lie where every face has them.

The similarity transform that brings five landmarks closest to their mean places has a closed form (Umeyama 1991). The
network has only ever seen faces aligned so; without it a tilted head would be a stranger.

Left out: undoing a turn of the head in depth, which no transform of the plane can.

References
----------
S. Umeyama (1991), Least-squares estimation of transformation parameters between two point patterns, IEEE TPAMI 13(4),
https://doi.org/10.1109/34.88573
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.types import Pixels

CHIP_SIZE = 150
PADDING = 0.25
MEAN_FACE = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
"""Mean places of the five landmarks in a square face: ``get_face_chip_details`` of dlib's interpolation.h."""


def make_template(size: int = CHIP_SIZE, padding: float = PADDING) -> NDArray[np.float64]:
    """Return where the five landmarks lie in an aligned picture.

    Parameters
    ----------
    size : int
        Side of the picture in pixels.
    padding : float
        Room around the face as a share of its side; the network was trained with 0.25.

    Returns
    -------
    array of float64, shape (5, 2)

    Examples
    --------
    >>> make_template().round(1)[4].tolist()
    [74.0, 87.8]
    """
    return np.asarray((padding + MEAN_FACE) / (2 * padding + 1) * size)


def find_similarity(points: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the rotation, scale and shift that bring points closest to targets, in least squares.

    Parameters
    ----------
    points, targets : array of float64, shape (n, 2)
        At least two different points.

    Returns
    -------
    array of float64, shape (2, 3)
        ``[a, -b, x; b, a, y]``: multiply by (x, y, 1).

    Raises
    ------
    ValueError
        If all points are one.

    Examples
    --------
    >>> find_similarity(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[5.0, 5.0], [5.0, 7.0]])).tolist()
    [[0.0, -2.0, 5.0], [2.0, 0.0, 5.0]]
    """
    # As complex numbers a similarity is one multiplication and one shift: target = m·point + c.
    here, there = points[:, 0] + 1j * points[:, 1], targets[:, 0] + 1j * targets[:, 1]
    centred = here - here.mean()
    spread = float(np.sum(np.abs(centred) ** 2))
    if spread == 0:
        message = "all points are one; a similarity needs two different ones"
        raise ValueError(message)
    m = np.sum(np.conj(centred) * (there - there.mean())) / spread
    c = there.mean() - m * here.mean()
    return np.array([[m.real, -m.imag, c.real], [m.imag, m.real, c.imag]])


def move_points(points: NDArray[np.float64], transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a (2, 3) transform to points of shape (n, 2)."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2])


def warp_face(pixels: Pixels, landmarks: NDArray[np.float64], size: int = CHIP_SIZE) -> Pixels:
    """Cut out an aligned face by our own transform.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 3)
    landmarks : array of float64, shape (5, 2)
    size : int
        Side of the result in pixels.

    Returns
    -------
    array of uint8, shape (size, size, 3)
        Black where the face reaches out of the picture.
    """
    return warp_chip(pixels, find_similarity(landmarks, make_template(size)), size)


def warp_chip(pixels: Pixels, transform: NDArray[np.float64], size: int = CHIP_SIZE) -> Pixels:
    """Warp a picture by a (2, 3) similarity into a square."""
    import cv2

    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    work, moved = pixels, transform.copy()
    # Halve a large face first: a bilinear sample sees only four pixels, and what it skips becomes false patterns.
    while scale < 0.5:  # noqa: PLR2004 - below it, pixels would be skipped
        halves: Any = cv2.pyrDown(work)
        work, scale = np.asarray(halves, dtype=np.uint8), 2 * scale
        moved[:, :2] *= 2
    warped: Any = cv2.warpAffine(work, moved, (size, size), flags=cv2.INTER_LINEAR)
    return np.asarray(warped, dtype=np.uint8)


def jitter_chip(chip: Pixels, n: int, seed: int = 0) -> NDArray[np.uint8]:
    """Make slightly turned, scaled, shifted and mirrored copies of an aligned face, to average their vectors.

    Parameters
    ----------
    chip : array of uint8, shape (150, 150, 3)
    n : int
        How many; the first is the face itself, each second one is mirrored.
    seed : int
        The same seed gives the same copies.

    Returns
    -------
    array of uint8, shape (n, 150, 150, 3)
    """
    rng, size = np.random.default_rng(seed), len(chip)
    copies = [chip]
    for place in range(1, n):
        turn, scale = np.deg2rad(rng.uniform(-4, 4)), rng.uniform(0.96, 1.04)
        a, b = scale * np.cos(turn), scale * np.sin(turn)
        middle = (size - 1) / 2
        shift = rng.uniform(-0.015, 0.015, 2) * size
        moved = np.array([[a, -b, 0.0], [b, a, 0.0]])
        moved[:, 2] = middle + shift - moved[:, :2] @ (middle, middle)
        copy = warp_chip(chip, moved, size)
        copies.append(copy[:, ::-1] if place % 2 else copy)
    return np.stack(copies)
