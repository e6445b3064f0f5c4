"""Three ways to name a face on one's own gallery, each with its gate and without, to see if the cleverer ones help.

Every picture is left out once and comes as somebody known; every person is left out once and comes as a stranger. The
plain way is the nearest mean: each person is the average of their vectors. Intervals know how few people came.

Method: rates of open-set identification, P. J. Phillips, P. Grother and R. Micheals 2011, Evaluation methods in face
recognition, https://doi.org/10.1007/978-0-85729-932-1_21, by cross-validation in up to five folds.

Left out: a gate for each method; all three are held to one, so that they are compared and not their gates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.error_rates import ErrorRates, measure_rates
from core.vision.face_recognition.identification import METHODS, make_recogniser
from core.vision.face_recognition.pairs import Tally, leave_out_copies, measure_distances

NEAREST_MEAN = "nearest mean"
MOST_FOLDS, FEWEST_PEOPLE = 5, 3
"""Two people are left to choose from where one of three comes as a stranger."""

Vectors = NDArray[np.float64]
People = NDArray[np.int64]
Rank = Callable[[Vectors], tuple[People, Vectors]]
Span = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class MethodScore:
    """How one way of naming did.

    Parameters
    ----------
    name : str
        ``nearest mean``, ``nearest faces`` or ``support vectors``.
    named, strangers : tuple of float
        Share of the known who got their own name, and of strangers who got any, behind the gate, with 95% intervals.
    named_ungated : float
        Share of the known who got their own name without a gate; strangers are then always named.
    n_known, n_strangers : int
        Pictures that came.
    """

    name: str
    named: Span
    strangers: Span
    named_ungated: float
    n_known: int
    n_strangers: int


def compare_methods(vectors: Vectors, people: People, gate: float) -> tuple[MethodScore, ...]:
    """Name every picture by every method from the others, and every person as a stranger; copies of one count once.

    Parameters
    ----------
    vectors : array of float64, shape (n, 128)
    people : array of int64, shape (n,)
        Whose each is, from 0; those with one picture come as strangers only.
    gate : float
        Greatest distance at which a name is given.

    Raises
    ------
    DataError
        If there are fewer than three people, or none has two pictures that are no copies.

    Examples
    --------
    >>> from core.vision.face_recognition.simulated import simulate_people
    >>> [(each.name, round(each.named[0], 2)) for each in compare_methods(*simulate_people(6, 4), gate=0.6)]
    [('nearest mean', 1.0), ('nearest faces', 1.0), ('support vectors', 1.0)]
    """
    kept = leave_out_copies(vectors, people)
    vectors, people = vectors[kept], people[kept]
    n_people = len(np.unique(people))
    turn = _number_pictures(people)
    has_more = np.bincount(people, minlength=n_people)[people] > 1
    if n_people < FEWEST_PEOPLE or not has_more.any():
        message = (
            f"there are {n_people} people, {int(has_more.sum())} of their pictures beside another of the same person; "
            f"comparing methods takes {FEWEST_PEOPLE} people and somebody with two pictures: add some"
        )
        raise DataError(message)
    known = [has_more & (turn % MOST_FOLDS == fold) for fold in range(MOST_FOLDS)]
    strangers = [people % MOST_FOLDS == fold for fold in range(min(MOST_FOLDS, n_people))]
    return tuple(_score(name, vectors, people, (known, strangers), gate) for name in (NEAREST_MEAN, *METHODS))


def _score(
    name: str, vectors: Vectors, people: People, folds: tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]],
    gate: float,
) -> MethodScore:  # fmt: skip
    """Run one method through both kinds of folds."""
    known, strangers = folds
    whose, place, far = _ask(name, vectors, people, known)
    right = place == whose
    failed = measure_rates(_tally(whose, ~(right & (far <= gate)), people))
    came, _, near = _ask(name, vectors, people, strangers)
    named = measure_rates(_tally(came, near <= gate, people))
    kept = 1 - failed.rate[0], 1 - failed.high[0], 1 - failed.low[0]
    return MethodScore(name, _float(kept), _float(_span(named)), float(right.mean()), len(whose), len(came))


def _ask(name: str, vectors: Vectors, people: People, folds: list[NDArray[np.bool_]]) -> tuple[People, People, Vectors]:
    """Ask about each fold, enrolled without it: who came, who was named, how far away."""
    parts = []
    for held in folds:
        if not held.any() or held.all():
            continue
        rank = _fit(name, vectors[~held], people[~held])
        parts.append((people[held], *rank(vectors[held])))
    whose, place, far = zip(*parts, strict=True)
    return np.concatenate(whose), np.concatenate(place), np.concatenate(far)


def _fit(name: str, vectors: Vectors, people: People) -> Rank:
    """Make one way of naming; it answers with people's own numbers."""
    known, owner = np.unique(people, return_inverse=True)
    if name == NEAREST_MEAN:
        means = np.stack([vectors[owner == place].mean(axis=0) for place in range(len(known))])

        def rank(faces: Vectors) -> tuple[People, Vectors]:
            distances = measure_distances(faces, means)
            return known[distances.argmin(axis=1)], distances.min(axis=1)

        return rank
    method = next(each for each in METHODS if each == name)
    machine = make_recogniser(vectors, owner, tuple(map(str, known)), method=method)

    def rank_by_machine(faces: Vectors) -> tuple[People, Vectors]:
        place, distances = machine.rank_faces(faces)
        return known[place], distances

    return rank_by_machine


def _tally(whose: People, failed: NDArray[np.bool_], people: People) -> Tally:
    """Count failures by who came."""
    n_people = int(people.max()) + 1
    total, wrong = np.bincount(whose, minlength=n_people), np.bincount(whose[failed], minlength=n_people)
    return Tally(wrong.sum(keepdims=True), wrong[:, None], int(total.sum()), total, 1)


def _number_pictures(people: People) -> People:
    """Count each person's pictures from 0, shape (n,)."""
    turn = np.empty(len(people), dtype=np.int64)
    for person in np.unique(people):
        own = np.flatnonzero(people == person)
        turn[own] = np.arange(len(own))
    return turn


def _span(rates: ErrorRates) -> Span:
    """Read a rate with its interval."""
    return rates.rate[0], rates.low[0], rates.high[0]


def _float(span: Span) -> Span:
    """Make plain numbers of array scalars."""
    value, low, high = map(float, span)
    return value, low, high
