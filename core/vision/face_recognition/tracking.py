"""Following a face from frame to frame for a fraction of what finding it costs.

A grid of points in the face is followed by optical flow (Lucas & Kanade 1981, with pyramids), there and back again: a
point that does not return to where it started has been lost (Median Flow, Kalal et al. 2010). What the rest did as a
whole, a similarity transform, moves the box and the landmarks. A new detection is the same face where boxes overlap.

Left out: finding a face again after it was hidden; telling two faces apart that cross (``frames`` compares vectors).

References
----------
Z. Kalal, K. Mikolajczyk, J. Matas (2010), Forward-backward error, https://doi.org/10.1109/ICPR.2010.675
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.alignment import find_similarity, move_points
from core.vision.face_recognition.types import Box, Face, Pixels

N_SIDE = 8
"""Points along each side of the grid."""
INNER = 0.15
"""Share of the box on each side that the grid leaves out: hair and background do not move as the face does."""
MOST_RETURN_PX = 1.0
MOST_RESIDUAL_PX = 2.0
LEAST_KEPT = 0.4
LEAST_OVERLAP = 0.3
WINDOW, LEVELS = 15, 3

Points = NDArray[np.float64]


def make_grey(pixels: Pixels) -> Pixels:
    """Return the grey levels of an RGB picture, shape (height, width)."""
    import cv2

    grey: Any = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, dtype=np.uint8)


def make_grid(box: Box) -> Points:
    """Spread points over the inside of a box, shape (64, 2)."""
    across = np.linspace(box.left + INNER * box.width, box.right - INNER * box.width, N_SIDE)
    down = np.linspace(box.top + INNER * box.height, box.bottom - INNER * box.height, N_SIDE)
    return np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)


def follow_points(before: Pixels, after: Pixels, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Follow points from one grey frame to the next, and back.

    Parameters
    ----------
    before, after : array of uint8, shape (height, width)
    points : array of float64, shape (n, 2)
        Where they are in ``before``.

    Returns
    -------
    moved : array of float64, shape (n, 2)
        Where they are in ``after``.
    kept : array of bool, shape (n,)
        Whether a point came back to within a pixel of where it started.
    """
    import cv2

    flow: Any = cv2.calcOpticalFlowPyrLK
    start = points.astype(np.float32)[:, None]
    options = {"winSize": (WINDOW, WINDOW), "maxLevel": LEVELS}
    moved, found, _ = flow(before, after, start, None, **options)
    back, returned, _ = flow(after, before, moved, None, **options)
    error = np.linalg.norm((back - start)[:, 0], axis=1)
    kept = (found[:, 0] == 1) & (returned[:, 0] == 1) & (error < MOST_RETURN_PX)
    return np.asarray(moved[:, 0], dtype=np.float64), np.asarray(kept)


def follow_face(before: Pixels, after: Pixels, face: Face) -> Face | None:
    """Move a face to where it is in the next frame.

    Parameters
    ----------
    before, after : array of uint8, shape (height, width)
        Grey frames.
    face : Face
        As it stands in ``before``.

    Returns
    -------
    Face or None
        None if too few points could be followed, or they no longer move together.
    """
    points = make_grid(face.box)
    moved, kept = follow_points(before, after, points)
    if kept.sum() < LEAST_KEPT * len(points):
        return None
    transform = find_similarity(points[kept], moved[kept])
    residual = np.linalg.norm(move_points(points, transform) - moved, axis=1)
    # Once more without the points that went elsewhere: a hand, or the background beside a cheek.
    agreeing = kept & (residual <= max(MOST_RESIDUAL_PX, float(np.median(residual[kept]))))
    if agreeing.sum() < LEAST_KEPT * len(points):
        return None
    return move_face(face, find_similarity(points[agreeing], moved[agreeing]))


def move_face(face: Face, transform: NDArray[np.float64]) -> Face:
    """Apply a (2, 3) similarity to a face; its box grows and moves but stays upright.

    Examples
    --------
    >>> twice = np.array([[2.0, 0.0, 5.0], [0.0, 2.0, 0.0]])
    >>> move_face(Face(Box(10, 10, 20, 20), np.zeros((5, 2)), 1.0), twice).box
    Box(left=25, top=20, right=45, bottom=40)
    """
    box = face.box
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    middle = np.array([[(box.left + box.right) / 2, (box.top + box.bottom) / 2]])
    ((x, y),) = move_points(middle, transform)
    half_width, half_height = scale * box.width / 2, scale * box.height / 2
    edges = (x - half_width, y - half_height, x + half_width, y + half_height)
    return Face(Box(*(round(edge) for edge in edges)), move_points(face.landmarks, transform), face.score)


def measure_overlap(first: Box, second: Box) -> float:
    """Return the intersection of two boxes over their union, 0 to 1.

    Examples
    --------
    >>> measure_overlap(Box(0, 0, 10, 10), Box(5, 0, 15, 10))
    0.3333333333333333
    """
    across = min(first.right, second.right) - max(first.left, second.left)
    down = min(first.bottom, second.bottom) - max(first.top, second.top)
    shared = max(across, 0) * max(down, 0)
    union = first.width * first.height + second.width * second.height - shared
    return shared / union if union > 0 else 0.0


def match_boxes(known: Sequence[Box], found: Sequence[Box]) -> dict[int, int]:
    """Pair known boxes with found ones, the pair that overlaps most first.

    Returns
    -------
    dict of int to int
        Position in ``known`` by position in ``found``; each at most once, and none below an overlap of 0.3.

    Examples
    --------
    >>> match_boxes([Box(0, 0, 10, 10), Box(50, 0, 60, 10)], [Box(51, 0, 61, 10), Box(90, 0, 99, 9)])
    {0: 1}
    """
    overlaps = [
        (measure_overlap(old, new), i, j) for i, old in enumerate(known) for j, new in enumerate(found)
    ]  # fmt: skip
    pairs: dict[int, int] = {}
    for overlap, i, j in sorted(overlaps, key=lambda each: -each[0]):
        if overlap >= LEAST_OVERLAP and j not in pairs and i not in pairs.values():
            pairs[j] = i
    return pairs
