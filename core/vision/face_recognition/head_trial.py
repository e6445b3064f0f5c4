"""Is a learnt head any better than the plain distance? Measured on people it has never seen, and on new pictures.

The measure is the share of mix-ups: how often two pictures of different people lie nearer to each other than two of the
same person (1 minus the area under the ROC curve, 0 is perfect, 0.5 a guess). It needs no gate, so that the two
distances, which have different scales, are compared fairly. The interval of the difference draws whole people anew, as
all pairs of a person share that person's pictures.

Method: the bootstrap over subjects of Bolle, Ratha, Pankanti, "Error analysis of pattern recognition systems", 2004,
https://doi.org/10.1016/j.cviu.2003.08.002.

Left out: training anew in every draw, so the interval says how much the people matter and not how much the seed does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.head import HeadSettings, train_head
from core.vision.face_recognition.mining import People
from core.vision.face_recognition.pairs import leave_out_copies
from core.vision.face_recognition.triplet import Array, measure_squares

MOST_FOLDS, N_DRAWS = 5, 1_000
FEWEST_PEOPLE, MOST_PEOPLE = 4, 100
"""Two to learn from and two to be scored; above 100, triples of people no longer fit into memory."""
FEWEST_FOR_VERDICT = 8
"""With fewer people a bootstrap over people is too narrow for a verdict."""
Verdict = Literal["better", "worse", "no difference shown", "too few people"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The head beside the plain distance on the same pairs.

    Parameters
    ----------
    scored : str
        ``new people`` or ``new pictures``.
    plain, head : float
        Share 0–1 of mix-ups.
    low, high : float
        95% interval of ``head - plain`` over people.
    n_people, n_same, n_other : int
        People scored, pairs of the same person, pairs of two people.
    verdict : str
        What the interval allows to say of the head.
    """

    scored: Literal["new people", "new pictures"]
    plain: float
    head: float
    low: float
    high: float
    n_people: int
    n_same: int
    n_other: int
    verdict: Verdict

    @property
    def difference(self) -> float:
        """Mix-ups of the head less those of the plain distance; below 0 the head is better."""
        return self.head - self.plain

    @property
    def sentence(self) -> str:
        """What was measured, in one sentence."""
        who = "people it has never seen" if self.scored == "new people" else "new pictures of the people it learnt"
        found = f"On {who} the head mixes up {_show(self.head)} of the pairs and the plain distance {_show(self.plain)}"
        said = {
            "better": "so the head is better here",
            "worse": "so the plain distance is better and the head should not be used for them",
            "no difference shown": "no difference beyond chance",
            "too few people": f"but {self.n_people} people are too few to say which is better",
        }
        return f"{found}: {said[self.verdict]}."


@dataclass(frozen=True, slots=True)
class HeadTrial:
    """The outcome on people whom the head has never seen, and on new pictures of those it has."""

    new_people: Comparison
    new_pictures: Comparison | None

    @property
    def sentence(self) -> str:
        """Both findings in words."""
        return " ".join(each.sentence for each in (self.new_people, self.new_pictures) if each is not None)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Mix-ups of each person's own pairs against each two people: ``mixed`` (n, n_duos), and how many pairs there were.

    ``duos`` holds the two people of each column, ``own`` and ``other`` the numbers of pairs.
    """

    names: People
    mixed: Array
    duos: NDArray[np.int64]
    own: Array
    other: Array


def count_mix_ups(vectors: Array, people: People) -> float:
    """Return how often two pictures of different people are nearer than two of one person, share 0–1.

    Examples
    --------
    >>> people = np.array([0, 0, 1, 1])
    >>> [count_mix_ups(np.array([[at] for at in row]), people) for row in ((0.0, 1, 5, 6), (0.0, 2, 1, 3))]
    [0.0, 0.75]
    """
    counts = _count(vectors, people)
    ones = np.ones((1, len(counts.names)))
    return float(_weigh([counts], [ones])[0])


def compare_head(vectors: Array, people: People, settings: HeadSettings | None = None, seed: int = 0) -> HeadTrial:
    """Teach heads on some people or pictures and score them on the others.

    Parameters
    ----------
    vectors : array of float64, shape (n, n_inputs)
    people : array of int64, shape (n,)
        Whose each is: 4 to 100 people, of whom those with one picture count as strangers only.
    settings : HeadSettings, optional
        How each head is taught.
    seed : int
        Of the folds and of the draws.

    Raises
    ------
    DataError
        If there are fewer than 4 or more than 100 people, or too few pictures of them.
    """
    settings = settings or HeadSettings()
    kept = leave_out_copies(vectors, people)  # a copy is no new picture of anybody
    vectors, people = vectors[kept], people[kept]
    n_people = len(np.unique(people))
    if not FEWEST_PEOPLE <= n_people <= MOST_PEOPLE:
        message = f"there are {n_people} people; comparing a head needs {FEWEST_PEOPLE} to {MOST_PEOPLE}"
        raise DataError(message)
    return HeadTrial(
        _score("new people", vectors, people, split_people(people, seed), settings, seed),
        _score_pictures(vectors, people, settings, seed),
    )


def split_people(people: People, seed: int = 0) -> list[NDArray[np.bool_]]:
    """Share people out to folds of at least two; return for each fold which vectors are held out."""
    names = np.unique(people)
    mixed = np.random.default_rng(seed).permutation(names)
    return [np.isin(people, part) for part in np.array_split(mixed, min(MOST_FOLDS, len(names) // 2))]


def split_pictures(people: People, seed: int = 0) -> NDArray[np.bool_]:
    """Hold out every second picture, drawn by lot, of each person with four or more."""
    rng = np.random.default_rng(seed)
    held = np.zeros(len(people), dtype=bool)
    for person in np.unique(people):
        own = rng.permutation(np.flatnonzero(people == person))
        if len(own) >= 4:  # noqa: PLR2004 — a pair to learn from and a pair to be scored
            held[own[: len(own) // 2]] = True
    return held


def _score_pictures(vectors: Array, people: People, settings: HeadSettings, seed: int) -> Comparison | None:
    """Score new pictures of the same people; None where fewer than two people have enough of them."""
    held = split_pictures(people, seed)
    if len(np.unique(people[held])) < 2:  # noqa: PLR2004 — no two people, no mix-ups
        return None
    return _score("new pictures", vectors, people, [held], settings, seed)


def _score(
    scored: Literal["new people", "new pictures"],
    vectors: Array,
    people: People,
    folds: list[NDArray[np.bool_]],
    settings: HeadSettings,
    seed: int,
) -> Comparison:
    """Teach a head outside each fold and compare inside; the intervals draw people anew."""
    plain, learnt = [], []
    for place, held in enumerate(folds):
        head = train_head(vectors[~held], people[~held], replace(settings, seed=settings.seed + place))
        plain.append(_count(vectors[held], people[held]))
        learnt.append(_count(head.embed(vectors[held]), people[held]))
    names = [counts.names for counts in plain]
    once = [np.ones((1, len(each))) for each in names]
    draws = _draw_people(names, seed)
    gaps = _weigh(learnt, draws) - _weigh(plain, draws)
    values = float(_weigh(plain, once)[0]), float(_weigh(learnt, once)[0])
    if not np.isfinite(values[0]):
        message = "no held-out person has more than 1 picture, so nothing can be mixed up; add pictures"
        raise DataError(message)
    low, high = np.quantile(gaps[np.isfinite(gaps)], [0.025, 0.975])
    n_people = sum(len(each) for each in names)
    n_pairs = int(sum(each.own.sum() for each in plain)), int(sum(each.other.sum() for each in plain))
    verdict = _judge(float(low), float(high), n_people)
    return Comparison(scored, *values, float(low), float(high), n_people, *n_pairs, verdict)


def _show(share: float) -> str:
    """Write a small share so that it does not round to nothing."""
    return f"{100 * share:.2g}%"


def _judge(low: float, high: float, n_people: int) -> Verdict:
    """Say what an interval of ``head - plain`` allows to say."""
    if n_people < FEWEST_FOR_VERDICT:
        return "too few people"
    if high < 0:
        return "better"
    return "worse" if low > 0 else "no difference shown"


def _count(vectors: Array, people: People) -> _Counts:
    """Count mix-ups person by person, so that people can be drawn anew without measuring again."""
    names, whose = np.unique(people, return_inverse=True)
    first, second = np.triu_indices(len(vectors), 1)
    squares = measure_squares(vectors)[first, second]
    is_same = whose[first] == whose[second]
    low, high = np.triu_indices(len(names), 1)
    duo_of = np.zeros((len(names), len(names)), np.int64)
    duo_of[low, high] = duo_of[high, low] = np.arange(len(low))
    duo, apart = duo_of[whose[first], whose[second]][~is_same], squares[~is_same]
    mixed, own = np.zeros((len(names), len(low))), np.zeros(len(names))
    for person in range(len(names)):
        near = np.sort(squares[is_same & (whose[first] == person)])
        # A pair of the same person that is further than this pair of two people; a tie counts as half.
        further = len(near) - (np.searchsorted(near, apart, "left") + np.searchsorted(near, apart, "right")) / 2
        mixed[person] = np.bincount(duo, further, len(low))
        own[person] = len(near)
    other = np.bincount(duo, minlength=len(low)).astype(np.float64)
    return _Counts(names, mixed, np.column_stack([low, high]), own, other)


def _draw_people(names: list[People], seed: int) -> list[Array]:
    """Draw how often each scored person occurs in each of 1,000 draws with replacement, fold by fold."""
    rng = np.random.default_rng(seed)
    total = sum(len(each) for each in names)
    times = rng.multinomial(total, np.full(total, 1 / total), size=N_DRAWS).astype(np.float64)
    return np.split(times, np.cumsum([len(each) for each in names])[:-1], axis=1)


def _weigh(folds: list[_Counts], times: list[Array]) -> Array:
    """Return the share of mix-ups in each draw, over all folds together, shape (n_draws,)."""
    mixed: Array = np.zeros(len(times[0]))
    pairs: Array = np.zeros(len(times[0]))
    for counts, drawn in zip(folds, times, strict=True):
        # Two people drawn a and b times make a × b pairs; a person drawn twice is not compared with itself.
        both = drawn[:, counts.duos[:, 0]] * drawn[:, counts.duos[:, 1]]
        mixed += np.sum((drawn @ counts.mixed) * both, axis=1)
        pairs += (drawn @ counts.own) * (both @ counts.other)
    return np.asarray(np.divide(mixed, pairs, out=np.full(len(mixed), np.nan), where=pairs > 0))
