"""From an uploaded picture to what recognition needs: its faces, how good they are, and a vector.

A picture comes as bytes through ``core.datasets.pictures``, which refuses what is cut off, damaged or too large. Only
the vector is kept of it.

Left out: whose vector it is, and whether another person has one like it (``gallery``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.datasets.pictures import Picture, read_picture
from core.hub.errors import DataError
from core.hub.settings import Settings
from core.vision.face_recognition.detection import choose_face, find_faces
from core.vision.face_recognition.engine import LEAST_FACE, FaceEngine
from core.vision.face_recognition.quality import measure_quality
from core.vision.face_recognition.types import Face, Pixels, Quality, Vector

MOST_FACES = 20
"""Faces of one picture that get a vector; each costs some ten milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """One face of a picture, measured.

    Parameters
    ----------
    face : Face
    quality : Quality
    chip : array of uint8, shape (150, 150, 3)
        The aligned face, to be shown and then let go.
    vector : array of float64, shape (128,)
    """

    face: Face
    quality: Quality
    chip: Pixels = field(repr=False)
    vector: Vector = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class FacePicture:
    """A picture with its faces.

    Parameters
    ----------
    name : str
        Of the file.
    pixels : array of uint8, shape (height, width, 3)
    portraits : tuple of Portrait
        The largest face first, at most 20.
    notes : tuple of str
        What was done to the picture, a few words each.
    least_px : int
        Side of the smallest face that the search could have found, in pixels of this picture.
    """

    name: str
    pixels: Pixels = field(repr=False)
    portraits: tuple[Portrait, ...]
    notes: tuple[str, ...] = ()
    least_px: int = LEAST_FACE


def read_faces(engine: FaceEngine, content: bytes, name: str, settings: Settings | None = None) -> FacePicture:
    """Read an uploaded picture and measure every face in it.

    Parameters
    ----------
    content : bytes
        PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF.
    settings : Settings, optional
        The caps of a picture; the process's own by default.

    Returns
    -------
    FacePicture
        Without portraits if it has no face.

    Raises
    ------
    DataError, LimitError
        If it is no picture, is damaged, or too large.
    """
    return measure_picture(engine, read_picture(content, name, settings))


def measure_picture(engine: FaceEngine, picture: Picture) -> FacePicture:
    """Find and measure every face of a picture that was read; without portraits if it has none."""
    search = find_faces(engine, picture.pixels)
    notes = [*picture.notes, search.note] if search.note else [*picture.notes]
    if len(search.faces) > MOST_FACES:
        notes.append(f"the {MOST_FACES} largest of {len(search.faces)} faces were measured")
    portraits = measure_faces(engine, picture.pixels, search.faces[:MOST_FACES])
    return FacePicture(picture.name, picture.pixels, portraits, tuple(notes), search.least_px)


def measure_faces(engine: FaceEngine, pixels: Pixels, faces: Sequence[Face]) -> tuple[Portrait, ...]:
    """Align, judge and embed faces of one picture."""
    chips = [engine.align(pixels, face) for face in faces]
    vectors = engine.embed_chips(chips)
    return tuple(
        Portrait(face, measure_quality(pixels, face), chip, vector)
        for face, chip, vector in zip(faces, chips, vectors, strict=True)
    )


def read_portrait(engine: FaceEngine, content: bytes, name: str, settings: Settings | None = None) -> Portrait:
    """Read a picture of one person, for enrolling or verifying.

    Raises
    ------
    DataError
        If it has no face or several, or is damaged; the picture's name stands first in the sentence.
    LimitError
        If it is too large.
    """
    picture = read_picture(content, name, settings)
    try:
        face = choose_face(find_faces(engine, picture.pixels))
    except DataError as error:
        message = f"{picture.name}: {error}"
        raise DataError(message) from error
    return measure_faces(engine, picture.pixels, [face])[0]


def check_portrait(portrait: Portrait, name: str) -> Portrait:
    """Return a portrait that is good to enrol; its doubt, if it has one, is for a person to settle.

    Raises
    ------
    DataError
        If it is not; the sentence is that of its gravest problem.
    """
    if portrait.quality.problems:
        message = f"{name}: {portrait.quality.problems[0]}"
        raise DataError(message)
    return portrait


def read_enrolment(
    engine: FaceEngine,
    files: Sequence[tuple[str, bytes]],
    settings: Settings | None = None,
    *,
    confirmed: bool = False,
) -> NDArray[np.float64]:
    """Read the pictures of one person and return their vectors.

    Parameters
    ----------
    files : sequence of (name, content)
        At least one; each with one face that is good to enrol.
    confirmed : bool
        Whether a person says that they are photographs of somebody, also those without colour.

    Returns
    -------
    array of float64, shape (n, 128)

    Raises
    ------
    DataError
        If there is no picture, one cannot be used, is in doubt, or shows another person than the rest.
    LimitError
        If one is too large.
    """
    if not files:
        message = "no picture was given; enrolling needs at least one"
        raise DataError(message)
    found = [check_portrait(read_portrait(engine, content, name, settings), name) for name, content in files]
    for (name, _), portrait in zip(files, found, strict=True):
        if portrait.quality.doubt and not confirmed:
            message = f"{name}: {portrait.quality.doubt} Confirm that it is a photograph of a person, or leave it out."
            raise DataError(message)
    check_same_person([portrait.vector for portrait in found], [name for name, _ in files])
    return np.stack([portrait.vector for portrait in found])


def check_same_person(vectors: Sequence[Vector], names: Sequence[str], gate: float = 0.6) -> None:
    """Refuse pictures under one name that show two people.

    Raises
    ------
    DataError
        If a picture is further than the gate from every other one.

    Examples
    --------
    >>> check_same_person([np.zeros(128), np.full(128, 0.1)], ["a.jpg", "b.jpg"])
    Traceback (most recent call last):
        ...
    core.hub.errors.DataError: a.jpg and b.jpg show two people (distance 1.13, at most 0.6); leave one out
    """
    if len(vectors) < 2:  # noqa: PLR2004 - one picture has nothing to differ from
        return
    points = np.stack(vectors)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.min(axis=1)
    worst = int(np.argmax(nearest))
    if nearest[worst] > gate:
        far = f"(distance {nearest[worst]:.2f}, at most {gate:g})"
        message = f"{names[worst]} shows another person than the rest {far}; leave it out"
        if len(names) == 2:  # noqa: PLR2004 - of two pictures nobody can say which is the wrong one
            message = f"{names[0]} and {names[1]} show two people {far}; leave one out"
        raise DataError(message)
