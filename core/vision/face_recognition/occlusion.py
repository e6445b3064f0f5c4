"""Which part of a face an answer rests on: cover one place after another and see how far the face moves.

A grey patch is laid on the aligned face, the rest is measured again. Where covering takes the face far from the person
it was near to, the answer rests on that place; where it moves nearer, that place spoke against it.

Method: occlusion maps of Zeiler, Fergus, "Visualizing and understanding convolutional networks", 2014,
https://doi.org/10.1007/978-3-319-10590-1_53.

Left out: places that matter only together, which covering one at a time does not show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.alignment import CHIP_SIZE, make_template
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.types import Pixels

if TYPE_CHECKING:
    from core.vision.face_recognition.engine import FaceEngine

N_PLACES, PATCH = 7, 36
"""Patches in each direction, which overlap, and their side in pixels: about an eye with its brow."""
MOUTH, FOREHEAD, CHIN, CHEEK = (75.0, 110.0), (75.0, 28.0), (75.0, 138.0), 25.0
"""Where the rest of an aligned face lies, in pixels, and how far the cheeks are from the eyes' own columns."""

Vectors = NDArray[np.float64]


def measure_cover(engine: FaceEngine, chip: Pixels, others: Vectors, n_places: int = N_PLACES) -> Vectors:
    """Measure how much farther from somebody's nearest picture a face is with each place covered.

    Parameters
    ----------
    engine : FaceEngine
    chip : array of uint8, shape (150, 150, 3)
        The aligned face.
    others : array of float64, shape (n, 128)
        The person's vectors.
    n_places : int
        Patches in each direction; each costs one vector, so 7 cost 49.

    Returns
    -------
    array of float64, shape (n_places, n_places)
        From the top left; above 0 where covering moves the face away.
    """
    starts = np.rint(np.linspace(0, CHIP_SIZE - PATCH, n_places)).astype(int)
    covered = [chip]
    ground = np.rint(chip.reshape(-1, 3).mean(axis=0)).astype(np.uint8)
    for top in starts:
        for left in starts:
            copy = chip.copy()
            copy[top : top + PATCH, left : left + PATCH] = ground
            covered.append(copy)
    distances = measure_distances(engine.embed_chips(covered), others).min(axis=1)
    return np.asarray((distances[1:] - distances[0]).reshape(n_places, n_places))


def name_place(row: int, column: int, n_places: int = N_PLACES) -> str:
    """Say what lies under a patch, in the picture's own left and right.

    Examples
    --------
    >>> name_place(1, 5), name_place(3, 3), name_place(6, 3)
    ('the eye on the right', 'the nose', 'the chin')
    """
    points = make_template()
    right, left, nose = points[:2].mean(axis=0), points[2:4].mean(axis=0), points[4]
    parts = {
        "the eye on the right": right, "the eye on the left": left, "the nose": nose, "the mouth": np.array(MOUTH),
        "the forehead": np.array(FOREHEAD), "the chin": np.array(CHIN),
        "the cheek on the right": np.array([right[0] + CHEEK / 2, nose[1] + CHEEK / 2]),
        "the cheek on the left": np.array([left[0] - CHEEK / 2, nose[1] + CHEEK / 2]),
    }  # fmt: skip
    step = (CHIP_SIZE - PATCH) / max(n_places - 1, 1)
    middle = np.array([column * step, row * step]) + PATCH / 2
    return min(parts, key=lambda name: float(np.linalg.norm(parts[name] - middle)))
