"""The film of an embedding while its head learns: every vector as a point in the plane, at moments of the training.

The plane is that of the last state, its mean and its two directions of largest spread, and the same for all frames: a
plane of its own for each frame would turn and hide the movement.

Left out: drawing (``charts``); what a plane cannot show of 128 numbers, of which ``kept_share`` says how much that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.mining import Hardness, People
from core.vision.face_recognition.triplet import Array

MAX_FRAMES, MAX_POINTS = 200, 200
"""What a page still moves smoothly: 40,000 points, 320 kB."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was measured at one frame.

    Parameters
    ----------
    step : int
        Steps learnt so far; 0 is before the first.
    loss : float
        Triplet loss of the triplets that were mined then.
    hardness : Hardness
        Kinds of all triplets then.
    n_mined : int
        Triplets that were learnt from.
    """

    step: int
    loss: float
    hardness: Hardness
    n_mined: int


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """The frames of a training.

    Parameters
    ----------
    moments : tuple of Moment
        One a frame, rising by step.
    places : float32 array of shape (n_frames, n_points, 2)
        Where each vector lies.
    people : int64 array of shape (n_points,)
        Whose each point is.
    kept_share : float
        Share 0–1 of the last state's spread that the plane shows.
    """

    moments: tuple[Moment, ...]
    places: NDArray[np.float32]
    people: People
    kept_share: float

    @property
    def steps(self) -> tuple[int, ...]:
        """The step of every frame."""
        return tuple(moment.step for moment in self.moments)

    def find_frame(self, step: int) -> int:
        """Return the place of the last frame that was drawn by a step.

        Raises
        ------
        DataError
            If the step lies before the film.
        """
        if step < self.steps[0]:
            message = f"step is {step}; the film goes from {self.steps[0]} to {self.steps[-1]}"
            raise DataError(message)
        return int(np.searchsorted(self.steps, step, side="right")) - 1


def plan_frames(n_steps: int, n_frames: int) -> tuple[int, ...]:
    """Choose the steps of a film: more at the beginning, where most moves; the first and the last always.

    Examples
    --------
    >>> plan_frames(100, 6)
    (0, 4, 16, 36, 64, 100)
    """
    if not 2 <= n_frames <= MAX_FRAMES:  # noqa: PLR2004 — a film has a first and a last frame
        message = f"frames is {n_frames}; it must be 2 to {MAX_FRAMES}"
        raise DataError(message)
    spread = n_steps * np.linspace(0.0, 1.0, n_frames) ** 2
    return tuple(np.unique(np.rint(spread).astype(int)).tolist())


def choose_points(people: People, most: int = MAX_POINTS) -> NDArray[np.int64]:
    """Choose which vectors are drawn: as many of each person as there is room for, the first ones.

    Examples
    --------
    >>> choose_points(np.array([0, 0, 0, 1]), most=3).tolist()
    [0, 1, 3]
    """
    rank = np.empty(len(people), np.int64)
    for person in np.unique(people):
        own = np.flatnonzero(people == person)
        rank[own] = np.arange(len(own))
    # Everybody's first picture before anybody's second.
    return np.sort(np.argsort(rank, kind="stable")[:most])


def make_film(moments: list[Moment], states: list[Array], people: People) -> Film:
    """Make a film of the states of a training.

    Parameters
    ----------
    moments : list of Moment
    states : list of arrays of shape (n_points, size)
        The embedding at each moment.
    people : array of int64, shape (n_points,)
    """
    last = states[-1]
    middle = last.mean(axis=0)
    # The right singular vectors of the centred state are its directions of spread, the largest first.
    _, spreads, directions = np.linalg.svd(last - middle, full_matrices=False)
    plane = directions[:2].T  # (size, 2)
    total = float(np.sum(spreads**2))
    kept = float(np.sum(spreads[:2] ** 2)) / total if total > 0 else 1.0
    places = np.stack([(state - middle) @ plane for state in states]).astype(np.float32)
    return Film(tuple(moments), places, people, min(kept, 1.0))
