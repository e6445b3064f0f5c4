"""Every pair of pictures in a gallery, and how many of them each gate gets wrong, person by person.

A gate is the greatest distance at which two pictures count as one person. Two pictures of one person that lie farther
apart are falsely rejected, two of different people that lie nearer are falsely accepted. Pairs share people, so errors
are also counted for each person: what one person adds is what a resample or a jackknife over people leaves out.

Left out: what the counts allow one to say (``thresholds``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.hub.errors import DataError, LimitError

MAX_PICTURES = 2_000
"""So many pictures have two million pairs: 16 MB of distances."""

COPY = 0.05
"""Distance of two pictures that are one file: other pictures of one person lie 0.09 and more apart (ORL)."""

Vectors = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """All pairs of some pictures.

    Parameters
    ----------
    distance : array of shape (n_pairs,)
        Euclidean distance of the two vectors.
    first, second : int array of shape (n_pairs,)
        Whose pictures they are, as numbers from 0; equal for two pictures of one person.
    n_people : int
        How many people there are.
    """

    distance: Vectors
    first: Counts
    second: Counts
    n_people: int

    @property
    def same(self) -> NDArray[np.bool_]:
        """Which pairs show one person twice."""
        return np.asarray(self.first == self.second)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """How many pairs each gate gets wrong.

    Parameters
    ----------
    errors : int array of shape (n_gates,)
        Wrong pairs at each gate.
    by_person : int array of shape (n_people, n_gates)
        The wrong pairs that each person is part of.
    n_pairs : int
        Pairs in all.
    pairs_by_person : int array of shape (n_people,)
        Pairs that each person is part of.
    people_in_pair : int
        1 where both pictures show one person, 2 where they show two.
    """

    errors: Counts
    by_person: Counts
    n_pairs: int
    pairs_by_person: Counts
    people_in_pair: int

    @property
    def n_people(self) -> int:
        """How many people are part of a pair."""
        return int((self.pairs_by_person > 0).sum())


def make_pairs(vectors: ArrayLike, person: ArrayLike) -> Pairs:
    """Pair every picture with every other.

    Parameters
    ----------
    vectors : array of shape (n, n_numbers)
        One row a picture.
    person : array of shape (n,)
        Whose picture it is: numbers or names.

    Raises
    ------
    DataError
        If there are fewer than two pictures, or a number is not finite.
    LimitError
        If there are more than 2,000 pictures.

    Examples
    --------
    >>> pairs = make_pairs([[0.0], [0.3], [1.0]], ["a", "a", "b"])
    >>> pairs.distance.tolist(), pairs.same.tolist()
    ([0.3, 1.0, 0.7], [True, False, False])
    """
    values, codes = np.asarray(vectors, dtype=np.float64), np.unique(np.asarray(person), return_inverse=True)[1]
    if values.ndim != 2 or len(values) != len(codes) or len(values) < 2:  # noqa: PLR2004 a table, and two to compare
        message = f"there are {len(codes)} pictures; give at least 2, each with a row of numbers"
        raise DataError(message)
    if len(values) > MAX_PICTURES:
        message = f"there are {len(values):,} pictures; at most {MAX_PICTURES:,} are compared with each other"
        raise LimitError(message)
    if not np.isfinite(values).all():
        message = "a vector holds a number that is not finite; measure that picture again"
        raise DataError(message)
    left, right = np.triu_indices(len(values), 1)
    first, second = np.sort(np.stack([codes[left], codes[right]]), axis=0)
    return Pairs(measure_distances(values, values)[left, right], first, second, int(codes.max()) + 1)


def leave_out_copies(vectors: Vectors, person: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark the pictures to keep, shape (n,): of copies of one file, under one name, the first alone.

    A copy is no second look at a person: its pair is never rejected, and makes the false-reject rate look smaller.

    Examples
    --------
    >>> leave_out_copies(np.array([[0.0], [0.0], [0.3], [0.0]]), np.array(["a", "a", "a", "b"])).tolist()
    [True, False, True, True]
    """
    kept = np.ones(len(vectors), dtype=bool)
    for each in np.unique(person):
        mine = np.flatnonzero(person == each)
        near = np.tril(measure_distances(vectors[mine], vectors[mine]) <= COPY, -1)
        kept[mine[near.any(axis=1)]] = False
    return kept


def measure_distances(first: Vectors, second: Vectors) -> Vectors:
    """Measure every row of one array against every row of another, shape (len(first), len(second)).

    Examples
    --------
    >>> measure_distances(np.array([[0.0, 3.0]]), np.array([[4.0, 0.0], [0.0, 3.0]])).tolist()
    [[5.0, 0.0]]
    """
    return np.stack([np.linalg.norm(second - row, axis=1) for row in first])


def count_errors(pairs: Pairs, gates: Vectors, *, same: bool) -> Tally:
    """Count the pairs that each gate gets wrong.

    Parameters
    ----------
    gates : array of shape (n_gates,)
        Distances; a pair passes at its gate or below it.
    same : bool
        Whether to count pairs of one person that are rejected, or pairs of two that are accepted.

    Examples
    --------
    >>> pairs = make_pairs([[0.0], [0.3], [1.0]], ["a", "a", "b"])
    >>> count_errors(pairs, np.array([0.2, 0.8]), same=False).errors.tolist()
    [0, 1]
    >>> count_errors(pairs, np.array([0.2, 0.8]), same=True).by_person.tolist()
    [[1, 0], [0, 0]]
    """
    kept = pairs.same if same else ~pairs.same
    distance, first, second = pairs.distance[kept], pairs.first[kept], pairs.second[kept]
    owners = first if same else np.concatenate([first, second])
    distances = distance if same else np.concatenate([distance, distance])
    order = np.lexsort((distances, owners))
    owners, distances = owners[order], distances[order]
    starts = np.searchsorted(owners, np.arange(pairs.n_people + 1))
    passed = np.stack(
        [np.searchsorted(distances[low:high], gates, side="right") for low, high in pairwise(starts)]
    ).astype(np.int64)
    pairs_by_person = np.diff(starts).astype(np.int64)
    by_person = pairs_by_person[:, None] - passed if same else passed
    people_in_pair = 1 if same else 2
    return Tally(by_person.sum(axis=0) // people_in_pair, by_person, len(distance), pairs_by_person, people_in_pair)
