"""One enrolled person, and what is refused before anybody is enrolled.

Two different faces under one name, one face under two names, pictures of different people given as one, and too many of
either are each one sentence with its remedy.

Left out: whether a picture is good enough to enrol (``quality``).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.hub.errors import DataError, LimitError
from core.vision.face_recognition.consent import Consent
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.types import VECTOR_SIZE

MOST_PEOPLE, MOST_PICTURES = 100, 20
"""People in a gallery, and pictures of each."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody who is enrolled.

    Parameters
    ----------
    key : str
        A random name that never changes and tells nothing.
    name : str
        As it is shown.
    vectors : array of shape (n, 128)
        One row a picture.
    consent : Consent
        Without which nobody is here.
    """

    key: str
    name: str
    vectors: Vectors
    consent: Consent


def fold_name(name: str) -> str:
    """Write a name as it is compared: capitals, compatible characters and how many spaces make no difference.

    Examples
    --------
    >>> fold_name("ANNA") == fold_name("Anna"), fold_name(" Ann  Lee ")
    (True, 'ann lee')
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def check_faces(vectors: ArrayLike, gate: float) -> Vectors:
    """Refuse vectors that are none, or that cannot be of one person.

    Returns
    -------
    array of shape (n, 128)

    Raises
    ------
    DataError
        If the shape is wrong, a number is not finite, or two pictures are farther apart than the gate.
    """
    faces = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    fits = faces.ndim == 2 and faces.shape[1] == VECTOR_SIZE and len(faces) > 0  # noqa: PLR2004 a table
    if not fits or not np.isfinite(faces).all():
        message = f"the faces have shape {faces.shape}; give one row of {VECTOR_SIZE} finite numbers for each picture"
        raise DataError(message)
    if len(faces) > MOST_PICTURES:
        check_room(0, None, len(faces))
    farthest = float(measure_distances(faces, faces).max())
    if farthest > gate:
        message = (
            f"two of these pictures are {farthest:.2f} apart (the gate is {gate:.2f}); give pictures of one person"
        )
        raise DataError(message)
    return faces


def check_same(person: Person, faces: Vectors, gate: float) -> None:
    """Refuse a second face under one name."""
    distance = float(measure_distances(faces, person.vectors).min(axis=1).max())
    if distance > gate:
        message = (
            f"{person.name!r} is enrolled with another face ({distance:.2f} away; the gate is {gate:.2f}); "
            "give this person another name"
        )
        raise DataError(message)


def check_new(name: str, faces: Vectors, others: tuple[Person, ...], gate: float) -> None:
    """Refuse a second name for one face."""
    for person in others:
        distance = float(measure_distances(faces, person.vectors).min())
        if distance <= gate:
            message = (
                f"this face is {distance:.2f} from {person.name!r} (the gate is {gate:.2f}), so {name!r} would be one "
                "person under two names; add the pictures to that person, or confirm that they are two"
            )
            raise DataError(message)


def check_room(n_people: int, known: Person | None, n_pictures: int) -> None:
    """Refuse too many people or pictures."""
    total = n_pictures + (0 if known is None else len(known.vectors))
    if total > MOST_PICTURES:
        message = f"there would be {total} pictures of one person; at most {MOST_PICTURES}: three good ones are enough"
        raise LimitError(message)
    if known is None and n_people >= MOST_PEOPLE:
        message = f"the gallery holds {MOST_PEOPLE} people, which is the most; remove somebody first"
        raise LimitError(message)


def freeze_vectors(vectors: Vectors) -> Vectors:
    """Copy vectors so that nobody can change them later."""
    kept = np.array(vectors, dtype=np.float64)
    kept.flags.writeable = False
    return kept


def stack_people(people: tuple[Person, ...]) -> tuple[Vectors, NDArray[np.int64]]:
    """Put everybody's vectors under each other, with the place of each one's person: shapes (n, 128) and (n,)."""
    if not people:
        return np.empty((0, VECTOR_SIZE)), np.empty(0, dtype=np.int64)
    owner = np.repeat(np.arange(len(people)), [len(each.vectors) for each in people])
    return np.concatenate([each.vectors for each in people]), owner.astype(np.int64)
