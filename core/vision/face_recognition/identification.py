"""Who is it, of the people enrolled, or nobody of them: nearest neighbours and a support-vector machine behind a gate.

A classifier alone names the nearest of the people it knows, also for a stranger. So the name is given only if a picture
of that very person lies within the gate; otherwise the answer is unknown, with the reason. Both classifiers are made
again from the vectors at every change, which takes milliseconds, so that nothing of an erased person is left in one.

- nearest faces: the k nearest pictures vote, nearer ones count more (T. Cover et al. 1967,
  https://doi.org/10.1109/TIT.1967.1053964)
- support vectors: one linear machine for each person against all others (C. Cortes and V. Vapnik 1995,
  https://doi.org/10.1007/BF00994018)

Left out: an index for galleries of more than some thousand pictures; whether the face is a living one (``signals``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.types import NAMING_GATE, write_distances

Method = Literal["nearest faces", "support vectors"]
METHODS: tuple[Method, ...] = get_args(Method)
NEAREST, SUPPORT_VECTORS = METHODS
NEIGHBOURS = 3
SOFTNESS = 1e-9
"""Added to a distance of 0 before it divides."""

Vectors = NDArray[np.float64]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Match:
    """Who a face is.

    Parameters
    ----------
    person : str | None
        The key of the person, None for unknown.
    name : str | None
        The same as a name to show.
    distance : float
        To the nearest picture of the person named or nearly named; infinite where nobody is enrolled.
    gate : float
        The greatest distance at which a name is given.
    nearest : str
        Name of the likeliest person, named or not; empty where nobody is enrolled.
    reason : str
        Why this answer, as one sentence.
    """

    person: str | None
    name: str | None
    distance: float
    gate: float
    nearest: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Recogniser:
    """People's vectors with a classifier made of them.

    Parameters
    ----------
    method : str
        ``nearest faces`` or ``support vectors``.
    vectors : array of shape (n, n_numbers)
        One row for each enrolled picture.
    owner : int array of shape (n,)
        Whose picture it is: a place in ``people``.
    people, names : tuple of str
        Keys and names.
    gate : float
        The greatest distance at which a name is given.
    rank : callable
        ``rank(vectors) -> scores``, shape (n, n_people): the classifier's own ranking, higher is likelier.
    """

    method: Method
    vectors: Vectors
    owner: NDArray[np.int64]
    people: tuple[str, ...]
    names: tuple[str, ...]
    gate: float
    rank: Callable[[Vectors], Scores]

    def identify(self, vector: ArrayLike) -> Match:
        """Say who one face is; see :meth:`identify_many`."""
        return self.identify_many(np.asarray(vector, dtype=np.float64)[None])[0]

    def identify_many(self, vectors: ArrayLike) -> tuple[Match, ...]:
        """Say who each face is.

        Parameters
        ----------
        vectors : array of shape (n, n_numbers)

        Raises
        ------
        DataError
            If the vectors are of another length, or a number is not finite.
        """
        faces = check_vectors(vectors)
        if not self.people:
            reason = "Nobody is enrolled, so nobody can be recognised."
            return tuple(Match(None, None, float("inf"), self.gate, "", reason) for _ in faces)
        chosen, distance = self.rank_faces(faces)
        return tuple(self._tell(int(place), float(far)) for place, far in zip(chosen, distance, strict=True))

    def rank_faces(self, faces: Vectors) -> tuple[NDArray[np.int64], Vectors]:
        """Name the likeliest person of each face and how far their nearest picture is, without the gate.

        Returns
        -------
        (place, distance) : int array of shape (n,), array of shape (n,)
            ``place`` in ``people``.
        """
        if faces.shape[1] != self.vectors.shape[1]:
            message = f"a vector has {faces.shape[1]} numbers; those enrolled have {self.vectors.shape[1]}"
            raise DataError(message)
        place = self.rank(faces).argmax(axis=1)
        distances = measure_distances(faces, self.vectors)
        own = np.where(self.owner[None, :] == place[:, None], distances, np.inf)
        return place, own.min(axis=1)

    def _tell(self, place: int, distance: float) -> Match:
        """Give the name only behind the gate."""
        name = self.names[place]
        far, gate = write_distances(distance, self.gate)
        if distance <= self.gate:
            reason = f"The nearest picture of {name} is {far} away; the gate is {gate}."
            return Match(self.people[place], name, distance, self.gate, name, reason)
        reason = f"Unknown: {name} is likeliest, but {far} away; the gate is {gate}."
        return Match(None, None, distance, self.gate, name, reason)


def check_vectors(vectors: ArrayLike) -> Vectors:
    """Refuse what is not a table of finite numbers, shape (n, n_numbers)."""
    values = np.asarray(vectors, dtype=np.float64)
    if values.ndim != 2 or not values.shape[1] or not np.isfinite(values).all():  # noqa: PLR2004 a table
        message = f"vectors have shape {values.shape}; give one row of finite numbers for each face"
        raise DataError(message)
    return values


def make_recogniser(
    vectors: ArrayLike,
    owner: ArrayLike,
    people: tuple[str, ...],
    names: tuple[str, ...] = (),
    *,
    method: Method = NEAREST,
    gate: float = NAMING_GATE,
) -> Recogniser:
    """Make a classifier of people's vectors.

    Parameters
    ----------
    vectors : array of shape (n, n_numbers)
    owner : int array of shape (n,)
        A place in ``people`` for each vector; everyone has at least one.
    names : tuple of str
        Default the keys themselves.
    gate : float
        Above 0; raising it names more faces, right and wrong.

    Raises
    ------
    DataError
        If the gate is not above 0, or the method is not known.

    Examples
    --------
    >>> known = make_recogniser([[0.0, 0.0], [1.0, 0.0]], [0, 1], ("a", "b"), ("Ann", "Ben"), gate=0.4)
    >>> known.identify([0.9, 0.1]).name, known.identify([0.5, 0.5]).reason
    ('Ben', 'Unknown: Ann is likeliest, but 0.71 away; the gate is 0.40.')
    """
    if method not in METHODS or not np.isfinite(gate) or gate <= 0:
        message = f"method is {method!r} and gate {gate}; give one of {', '.join(METHODS)} and a distance above 0"
        raise DataError(message)
    places = np.asarray(owner, dtype=np.int64)
    values = np.asarray(vectors, dtype=np.float64)
    fit = _fit_machine if method == SUPPORT_VECTORS and len(people) > 1 else _fit_neighbours
    return Recogniser(method, values, places, people, names or people, gate, fit(values, places, len(people)))


def _fit_neighbours(vectors: Vectors, owner: NDArray[np.int64], n_people: int) -> Callable[[Vectors], Scores]:
    """Let the nearest pictures vote, each with the inverse of its distance."""
    votes = np.eye(n_people)[owner]

    def rank(faces: Vectors) -> Scores:
        distances = measure_distances(faces, vectors)
        order = np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]
        near = np.take_along_axis(distances, order, axis=1)
        return np.asarray((votes[order] / (near + SOFTNESS)[:, :, None]).sum(axis=1))

    return rank


def _fit_machine(vectors: Vectors, owner: NDArray[np.int64], n_people: int) -> Callable[[Vectors], Scores]:
    """Fit one linear machine for each person against all others."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=10.0, class_weight="balanced", random_state=0, max_iter=20_000).fit(vectors, owner)

    def rank(faces: Vectors) -> Scores:
        scores = machine.decision_function(faces)
        return np.column_stack([-scores, scores]) if n_people == 2 else np.asarray(scores)  # noqa: PLR2004 one column

    return rank
