"""Detection: where the faces are, in a picture of any size, and why there are none.

A large picture is made smaller first, as the detector's time grows with the pixels. Where no face is found, the search
goes on in a copy with a margin (a face that touches the edge has no outline) and doubled once and twice (a face under
80 pixels). What the detector doubts is dropped beside what it is sure of.

Left out: profiles, which a detector of frontal faces does not see; telling a person from a sculpture or a drawing:
those have a face's outline, are found, and then are nobody's face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.hub.errors import DataError
from core.vision.face_recognition.engine import LEAST_FACE, FaceEngine
from core.vision.face_recognition.types import Box, Face, Pixels

MOST_PIXELS = 4_000_000
"""Pixels of the picture that is searched first; a larger one is made smaller."""
MOST_DOUBLED = 10_000_000
"""Pixels of a doubled picture that is still searched."""
MARGIN = 0.2
SURE, DOUBTFUL = 0.5, 0.25
"""Scores: false alarms beside true faces had up to 0.14 where those had 1.1 and more."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search found.

    Parameters
    ----------
    faces : tuple of Face
        In pixels of the picture that was given, the largest first.
    least_px : int
        Side of the smallest face that the search could have found.
    note : str
        What was done to the picture to find them; empty if nothing.
    """

    faces: tuple[Face, ...]
    least_px: int
    note: str = ""


def find_faces(engine: FaceEngine, pixels: Pixels, thorough: bool = True) -> Search:
    """Find the faces in a picture.

    Parameters
    ----------
    engine : FaceEngine
    pixels : array of uint8, shape (height, width, 3)
    thorough : bool
        Whether to search on, with a margin and doubled, where none is found; a video has no time for it.

    Returns
    -------
    Search
        Without faces if there are none.
    """
    small, factor = shrink(pixels)
    search = Search(drop_doubtful(engine.detect(small)), LEAST_FACE)
    if thorough and not search.faces:
        search = _search_on(engine, small)
    if factor == 1:
        return search
    faces = tuple(_enlarge(engine, pixels, face, factor) for face in search.faces)
    notes = (f"the picture was searched at 1/{factor:.1f} of its size", search.note)
    return Search(faces, round(search.least_px * factor), ", ".join(filter(None, notes)))


def _search_on(engine: FaceEngine, pixels: Pixels) -> Search:
    """Search with a margin, then doubled once and twice, as long as the copy stays small enough."""
    margin = round(MARGIN * min(pixels.shape[:2]))
    padded = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    least_px = LEAST_FACE
    for upsample in (0, 1, 2):
        if padded.shape[0] * padded.shape[1] * 4**upsample > MOST_DOUBLED:
            break
        least_px = LEAST_FACE >> upsample
        faces = drop_doubtful(engine.detect(padded, upsample))
        if faces:
            note = "the picture was given a margin" + (f" and enlarged {2**upsample} times" if upsample else "")
            return Search(tuple(_move(face, -margin) for face in faces), least_px, note)
    return Search((), least_px)


def shrink(pixels: Pixels, most_pixels: int = MOST_PIXELS) -> tuple[Pixels, float]:
    """Make a picture smaller if it has too many pixels.

    Returns
    -------
    pixels : array of uint8, shape (height, width, 3)
    factor : float
        How many times smaller it is now; 1.0 if it was small enough.

    Examples
    --------
    >>> small, factor = shrink(np.zeros((4_000, 4_000, 3), np.uint8))
    >>> small.shape, factor
    ((2000, 2000, 3), 2.0)
    """
    height, width = pixels.shape[:2]
    factor = float(np.sqrt(height * width / most_pixels))
    if factor <= 1:
        return pixels, 1.0
    import cv2

    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    smaller: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8), factor


def drop_doubtful(faces: Sequence[Face]) -> tuple[Face, ...]:
    """Drop faces of a low score beside a sure one; where all are doubtful, keep the best alone.

    Examples
    --------
    >>> sure, doubtful = (Face(Box(0, 0, 80, 80), np.zeros((5, 2)), score) for score in (1.5, 0.1))
    >>> [face.score for face in drop_doubtful([doubtful, sure])], len(drop_doubtful([doubtful]))
    ([1.5], 1)
    """
    best = max((face.score for face in faces), default=0.0)
    if best >= SURE:
        return tuple(face for face in faces if face.score >= DOUBTFUL)
    kept = tuple(face for face in faces if face.score >= DOUBTFUL)
    return kept or tuple(face for face in faces if face.score == best)[:1]


def choose_face(search: Search) -> Face:
    """Return the one face of a picture, as enrolling and verifying need.

    Raises
    ------
    DataError
        If there is none, or more than one.

    Examples
    --------
    >>> choose_face(Search((), 80))
    Traceback (most recent call last):
        ...
    core.hub.errors.DataError: no face of 80 pixels or more was found; take a picture from the front, in even light, ...
    """
    if not search.faces:
        message = (
            f"no face of {search.least_px} pixels or more was found; take a picture from the front, in even light, "
            "with the whole face in it (a profile is not seen), or crop a large one to the face"
        )
        raise DataError(message)
    if len(search.faces) > 1:
        message = f"{len(search.faces)} faces were found and one is needed; crop the picture to one person's face"
        raise DataError(message)
    return search.faces[0]


def _enlarge(engine: FaceEngine, pixels: Pixels, face: Face, factor: float) -> Face:
    """Bring a face of the smaller picture back to the full one; landmarks of one that is whole in full detail."""
    edges = (face.box.left, face.box.top, face.box.right, face.box.bottom)
    box = Box(*(round(edge * factor) for edge in edges))
    high, wide = pixels.shape[:2]
    if min(box.left, box.top, wide - box.right, high - box.bottom) < 0:  # full detail has no margin to place them on
        return Face(box, face.landmarks * factor, face.score)
    return Face(box, engine.place_landmarks(pixels, box), face.score)


def _move(face: Face, pixels: int) -> Face:
    """Shift a face right and down."""
    box = face.box
    moved = Box(box.left + pixels, box.top + pixels, box.right + pixels, box.bottom + pixels)
    return replace(face, box=moved, landmarks=face.landmarks + pixels)
