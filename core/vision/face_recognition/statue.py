"""A stone head made from a formula: a face that is nobody's, at any turn, for lessons and tests.

An egg gets a nose, eye sockets, brows, lips and a chin as smooth bumps; it is turned, lit from one side and drawn point
by point, the nearest last. A detector takes it for a face, since it looks for the outline of one: detection is not
recognition.

Left out: hair, colour, eyes that look.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.types import Pixels

N_LINES = 520
"""Lines of the surface in each direction."""
LIGHT = np.array([0.35, -0.6, 0.7])
GROUND, DARK, SPAN = 90.0, 40.0, 190.0


def make_statue(yaw: float = 0.0, size: int = 400) -> Pixels:
    """Draw the head.

    Parameters
    ----------
    yaw : float
        Degrees by which it is turned towards the picture's right, -90 to 90.
    size : int
        Side of the picture in pixels; the head takes three quarters of it.

    Returns
    -------
    array of uint8, shape (size, size, 3)

    Examples
    --------
    >>> make_statue(size=100).shape
    (100, 100, 3)
    """
    import cv2

    points = _turn(_make_surface(), yaw)
    shade = DARK + SPAN * np.clip(_find_normals(points) @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1)
    across, down = (np.rint(size / 2 + points[..., axis] * size * 0.34).astype(int).ravel() for axis in (0, 1))
    order = np.argsort(points[..., 2].ravel())  # the nearest is drawn last
    order = order[((across >= 0) & (across < size) & (down >= 0) & (down < size))[order]]
    drawn = np.full((size, size), GROUND)
    drawn[down[order], across[order]] = shade.ravel()[order]
    grey = np.asarray(cv2.medianBlur(drawn.astype(np.uint8), 5))  # closes gaps between points
    return np.repeat(grey[:, :, None], 3, axis=2)


def _make_surface() -> NDArray[np.float64]:
    """Make the head's surface, (lines, lines, 3): right, down, towards the viewer."""
    longitude = np.linspace(-0.75 * np.pi, 0.75 * np.pi, N_LINES)
    latitude = np.linspace(-1.35, 1.35, N_LINES)
    along, up = np.meshgrid(longitude, latitude)
    x, y, z = 0.78 * np.sin(along) * np.cos(up), -1.05 * np.sin(up), 0.92 * np.cos(along) * np.cos(up)

    def bump(across: float, down: float, width: float, height: float) -> NDArray[np.float64]:
        return np.exp(-(((x - across) / width) ** 2) - ((y - down) / height) ** 2)

    slope = np.clip((y + 0.20) / 0.50, 0, 1)
    nose = np.exp(-((x / (0.07 + 0.07 * slope)) ** 2)) * slope * np.clip((0.33 - y) / 0.05, 0, 1) * (y < 0.30)  # noqa: PLR2004 - the nose's base
    raised = 0.30 * nose
    for side in (-1, 1):
        raised += 0.09 * bump(side * 0.29, -0.19, 0.09, 0.06) - 0.16 * bump(side * 0.29, -0.20, 0.17, 0.10)
        raised += 0.07 * bump(side * 0.28, -0.38, 0.22, 0.07) + 0.05 * bump(side * 0.40, 0.15, 0.18, 0.18)
    raised += 0.07 * bump(0, 0.47, 0.20, 0.045) + 0.07 * bump(0, 0.58, 0.17, 0.045)
    raised += 0.08 * bump(0, 0.85, 0.20, 0.13) - 0.06 * bump(0, 0.525, 0.22, 0.02)
    return np.stack([x, y, z + raised * (z > 0)], axis=-1)


def _turn(points: NDArray[np.float64], yaw: float) -> NDArray[np.float64]:
    """Turn points about the upright axis by degrees."""
    turn = np.deg2rad(yaw)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x * np.cos(turn) + z * np.sin(turn), y, z * np.cos(turn) - x * np.sin(turn)], axis=-1)


def _find_normals(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the outward direction of the surface at each point, of length one."""
    across, up = np.gradient(points, axis=1), np.gradient(points, axis=0)
    normals = np.cross(up, across)  # with y downwards, this order points out of the head
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9))
