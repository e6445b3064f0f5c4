"""What the stages of face recognition pass to one another: a box, a face, its quality.

Detection finds a box, landmarks say where the eyes and the nose are, alignment turns that into an upright picture, and
the embedding turns the picture into 128 numbers. Two vectors are compared by their Euclidean distance.

Left out: who somebody is; nothing here carries a name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VECTOR_SIZE = 128
DEFAULT_GATE = 0.6  # the threshold of dlib's own model card, http://dlib.net/face_recognition.py.html
NAMING_GATE = 0.47
"""Naming asks about everybody enrolled at once, so it takes a stricter gate, chosen on 20 people of the ORL faces. Of
the other 20, strangers to a gallery of 5 to 15 got a name in 17 to 35% of their visits at 0.6, and in none here."""
N_LANDMARKS = 5

Pixels = NDArray[np.uint8]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture.

    Parameters
    ----------
    left, top, right, bottom : int
        Pixels from the upper left corner; ``right`` and ``bottom`` are the first pixels outside. A box may reach
        over the edge of its picture, where a face does.

    Examples
    --------
    >>> Box(10, 20, 110, 140).size
    100
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top

    @property
    def size(self) -> int:
        """The shorter side, in pixels."""
        return min(self.width, self.height)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face that was found in a picture.

    Parameters
    ----------
    box : Box
        Where it is.
    landmarks : array of float64, shape (5, 2)
        x and y in pixels, in dlib's order: the outer and inner corner of the eye on the picture's right, the outer and
        inner corner of the eye on its left, the base of the nose.
    score : float
        The detector's margin; above 0 is a face, and a clear frontal one has about 1 to 3.
    """

    box: Box
    landmarks: NDArray[np.float64]
    score: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a picture of a face is for enrolling.

    Parameters
    ----------
    size_px : int
        Shorter side of the face's box.
    blur : float
        Variance of the Laplacian of the aligned face; the lower, the more blurred.
    yaw : float
        Degrees that the head is turned, estimated from the landmarks; above 0 towards the picture's right.
    roll : float
        Degrees that the head is tilted; above 0 clockwise.
    brightness : float
        Mean of the aligned face's grey levels, 0–255.
    problems : tuple of str
        One sentence each, the gravest first; empty if it is good to enrol.
    doubt : str
        Why a person should confirm that it is a photograph of somebody; empty where there is no doubt.
    """

    size_px: int
    blur: float
    yaw: float
    roll: float
    brightness: float
    problems: tuple[str, ...]
    doubt: str = ""


def write_distances(distance: float, gate: float) -> tuple[str, str]:
    """Write a distance and its gate with two decimals, or as many more as it takes to see which is greater.

    Examples
    --------
    >>> write_distances(0.4321, 0.47), write_distances(0.4731, 0.4708)
    (('0.43', '0.47'), ('0.473', '0.471'))
    """
    for digits in (2, 3, 4):
        told = f"{distance:.{digits}f}", f"{gate:.{digits}f}"
        if told[0] != told[1] or distance <= gate:
            return told
    return f"{distance:.6g}", f"{gate:.6g}"


def measure_distance(first: Vector, second: Vector) -> float:
    """Return the Euclidean distance of two vectors, shape (128,); the smaller, the more alike.

    Examples
    --------
    >>> measure_distance(np.zeros(128), np.full(128, 0.05))
    0.5656854249492381
    """
    return float(np.linalg.norm(first - second))
