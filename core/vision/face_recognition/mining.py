"""Which triplets to learn from: all, the hardest, or the semi-hard ones.

Most triplets keep their margin already and teach nothing. The hardest teach most and are often the mislabelled or
ruined pictures; learning from them alone can collapse everything into one point. Semi-hard negatives lie further away
than the positive and still within the margin: each says something, none is absurd.

Method: Schroff, Kalenichenko, Philbin, "FaceNet", 2015, section 3.2, https://arxiv.org/abs/1503.03832 (all pairs of
anchor and positive, semi-hard negatives); the hardest positive with the hardest negative is "batch hard" of Hermans,
Beyer, Leibe, 2017, https://arxiv.org/abs/1703.07737.

Left out: mining over more vectors than fit into one matrix, which a gallery does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.triplet import Array, Triplets, measure_squares

Mining = Literal["all", "hard", "semi-hard"]
MININGS: tuple[Mining, ...] = ("all", "hard", "semi-hard")
People = NDArray[np.int64]
"""Whose each vector is, as a number, shape (n,)."""
MAX_VECTORS = 1_000
"""The most vectors that are mined at once: a matrix of their distances is then 8 MB."""
MAX_TRIPLETS = 2_000_000
"""The most triplets of "all": three places each are then 48 MB."""
FEWEST_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Hardness:
    """How many triplets of a set are of which kind.

    Parameters
    ----------
    easy : int
        The negative is further than the positive by the margin or more: no loss.
    semi_hard : int
        The negative is further than the positive, by less than the margin.
    hard : int
        The negative is nearer than the positive.
    """

    easy: int
    semi_hard: int
    hard: int

    @property
    def total(self) -> int:
        """All triplets that were counted."""
        return self.easy + self.semi_hard + self.hard


def check_people(vectors: Array, people: People) -> None:
    """Refuse vectors from which no triplet can be made.

    Raises
    ------
    DataError
        If there are too few people, nobody has two vectors, too many vectors, or a number that is not finite.
    """
    if vectors.ndim != 2 or people.shape != (len(vectors),):  # noqa: PLR2004 — a matrix of vectors
        message = f"vectors have shape {vectors.shape} and people {people.shape}; give (n, d) and (n,)"
        raise DataError(message)
    if len(vectors) > MAX_VECTORS:
        message = f"there are {len(vectors):,} vectors; at most {MAX_VECTORS:,} are learnt from at once: take fewer"
        raise DataError(message)
    if not np.isfinite(vectors).all():
        message = "a vector holds a value that is not a number; embed that picture again"
        raise DataError(message)
    counts = np.unique(people, return_counts=True)[1]
    if len(counts) < FEWEST_PEOPLE:
        message = f"there is {len(counts)} person; a triplet needs at least {FEWEST_PEOPLE}: enrol another"
        raise DataError(message)
    if counts.max() < 2:  # noqa: PLR2004 — an anchor and a positive
        message = "nobody has more than 1 picture; a triplet needs two of the same person: add one"
        raise DataError(message)


def list_pairs(people: People) -> NDArray[np.int64]:
    """List every ordered pair of anchor and positive, shape (n_pairs, 2).

    Examples
    --------
    >>> list_pairs(np.array([0, 0, 1])).tolist()
    [[0, 1], [1, 0]]
    """
    same = people[:, None] == people[None, :]
    np.fill_diagonal(same, val=False)
    return np.argwhere(same)


def mine_triplets(vectors: Array, people: People, mining: Mining = "semi-hard", margin: float = 0.2) -> Triplets:
    """Choose triplets among the vectors.

    Parameters
    ----------
    vectors : array of shape (n, d)
        As they lie now: what is hard changes while one learns.
    people : array of int64, shape (n,)
        Whose each vector is.
    mining : {"all", "hard", "semi-hard"}
        ``all``: each pair of anchor and positive with every negative. ``hard``: for each anchor its furthest positive
        and its nearest negative. ``semi-hard``: for each pair the nearest negative that is further than the positive,
        if it is within the margin.
    margin : float
        In squared distance; only ``semi-hard`` looks at it.

    Returns
    -------
    array of int64, shape (n_triplets, 3)
        Anchor, positive, negative; empty where no semi-hard negative is left.

    Raises
    ------
    DataError
        See :func:`check_people`; also if ``all`` would be more than two million triplets.

    Examples
    --------
    >>> places = np.array([[0.0], [1.0], [1.2], [3.0]])
    >>> people = np.array([0, 0, 1, 1])
    >>> [len(mine_triplets(places, people, each, margin=1.0)) for each in MININGS]
    [8, 4, 2]
    """
    check_people(vectors, people)
    if mining == "all":
        return _take_all(people)
    squares = measure_squares(vectors)
    is_same = people[:, None] == people[None, :]
    if mining == "hard":
        return _take_hardest(squares, is_same)
    return _take_semi_hard(squares, is_same, list_pairs(people), margin)


def _take_all(people: People) -> Triplets:
    """Join every pair with every negative of its anchor."""
    pairs = list_pairs(people)
    is_other = people[pairs[:, 0]][:, None] != people[None, :]
    n_triplets = int(is_other.sum())
    if n_triplets > MAX_TRIPLETS:
        message = f"all triplets are {n_triplets:,}; at most {MAX_TRIPLETS:,} are taken: choose semi-hard ones"
        raise DataError(message)
    pair, negative = np.nonzero(is_other)
    return np.column_stack([pairs[pair], negative])


def _take_hardest(squares: Array, is_same: NDArray[np.bool_]) -> Triplets:
    """Take the furthest positive and the nearest negative of each anchor that has a positive."""
    own = is_same & ~np.eye(len(squares), dtype=bool)
    anchors = np.flatnonzero(own.any(axis=1))
    positive = np.where(own, squares, -np.inf).argmax(axis=1)
    negative = np.where(is_same, np.inf, squares).argmin(axis=1)
    return np.column_stack([anchors, positive[anchors], negative[anchors]])


def _take_semi_hard(squares: Array, is_same: NDArray[np.bool_], pairs: NDArray[np.int64], margin: float) -> Triplets:
    """Take for each pair the nearest negative beyond the positive, if it lies within the margin."""
    found = []
    for anchor in np.unique(pairs[:, 0]):
        positives = pairs[pairs[:, 0] == anchor, 1]
        negatives = np.flatnonzero(~is_same[anchor])
        order = negatives[np.argsort(squares[anchor, negatives], kind="stable")]
        # The negatives stand in order of distance, so the first beyond a positive is found without trying each.
        place = np.searchsorted(squares[anchor, order], squares[anchor, positives], side="right")
        nearest = order[np.minimum(place, len(order) - 1)]
        kept = (place < len(order)) & (squares[anchor, nearest] < squares[anchor, positives] + margin)
        found.append(np.column_stack([np.full(int(kept.sum()), anchor), positives[kept], nearest[kept]]))
    return np.concatenate(found)


def count_hardness(vectors: Array, people: People, margin: float = 0.2) -> Hardness:
    """Count the triplets of every kind among all that can be made.

    Examples
    --------
    >>> count_hardness(np.array([[0.0], [1.0], [1.2], [3.0]]), np.array([0, 0, 1, 1]), margin=1.0)
    Hardness(easy=3, semi_hard=2, hard=3)
    """
    check_people(vectors, people)
    squares, pairs = measure_squares(vectors), list_pairs(people)
    total = n_hard = n_near = 0
    for anchor in np.unique(pairs[:, 0]):
        to_positive = squares[anchor, pairs[pairs[:, 0] == anchor, 1]]
        to_negative = np.sort(squares[anchor, people != people[anchor]])
        total += len(to_positive) * len(to_negative)
        n_hard += int(np.searchsorted(to_negative, to_positive, side="right").sum())
        n_near += int(np.searchsorted(to_negative, to_positive + margin, side="left").sum())
    return Hardness(total - max(n_near, n_hard), max(n_near - n_hard, 0), n_hard)
