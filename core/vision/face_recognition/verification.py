"""Is it the same person, yes or no: one face against another, or against the pictures of the person it claims to be.

One comparison is one chance of a false accept; naming a face among n people (``identification``) takes about n of them,
which is why the two tasks have different gates and different metrics.

Left out: a probability that they are the same, which would need to know how often strangers try.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.hub.errors import DataError
from core.vision.face_recognition.error_rates import ErrorRates
from core.vision.face_recognition.identification import check_vectors
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.thresholds import GateCurve
from core.vision.face_recognition.types import DEFAULT_GATE, write_distances

Span = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two faces are one person.

    Parameters
    ----------
    same : bool
        Whether they lie within the gate.
    distance, gate : float
        What was measured, and the greatest distance that counts as one person.
    nearer_strangers : tuple of float, optional
        Share of different people's pairs that are at least as near, with its 95% interval; None without a curve.
    farther_pictures : tuple of float, optional
        Share of one person's pairs that are farther apart, with its 95% interval.
    sentence : str
        All of it in words.
    """

    same: bool
    distance: float
    gate: float
    nearer_strangers: Span | None
    farther_pictures: Span | None
    sentence: str


def verify(
    face: ArrayLike, others: ArrayLike, *, gate: float = DEFAULT_GATE, curve: GateCurve | None = None
) -> Verdict:
    """Compare a face with one or more pictures of one person; the nearest decides.

    Parameters
    ----------
    face : array of shape (128,)
    others : array of shape (128,) or (n, 128)
    gate : float
        Above 0.
    curve : GateCurve, optional
        Measured on other people; says how common such a distance is.

    Raises
    ------
    DataError
        If the vectors differ in length or the gate is not above 0.

    Examples
    --------
    >>> verify(np.zeros(128), np.full(128, 0.03)).sentence
    'The same person: 0.34 apart, within the gate of 0.60.'
    """
    first, second = (check_vectors(np.atleast_2d(np.asarray(each, dtype=np.float64))) for each in (face, others))
    if first.shape[1] != second.shape[1] or not np.isfinite(gate) or gate <= 0:
        message = (
            f"the vectors have {first.shape[1]} and {second.shape[1]} numbers and the gate is {gate}; they must fit"
        )
        raise DataError(message)
    distance = float(measure_distances(first, second).min())
    same = distance <= gate
    found = "The same person" if same else "Two people"
    far, limit = write_distances(distance, gate)
    sentence = f"{found}: {far} apart, {'within' if same else 'beyond'} the gate of {limit}."
    if curve is None:
        return Verdict(same, distance, gate, None, None, sentence)
    place = curve.find(distance)
    strangers, pictures = _read(curve.accepts, place), _read(curve.rejects, place)
    if distance < curve.gates[0]:
        strangers = (0.0, 0.0, strangers[2])
    sentence += (
        f" Of pairs of different people {strangers[0]:.1%} are as near (95% interval {strangers[1]:.1%} to "
        f"{strangers[2]:.1%}), of one person's pairs {pictures[0]:.1%} are farther apart ({pictures[1]:.1%} to "
        f"{pictures[2]:.1%})."
    )
    return Verdict(same, distance, gate, strangers, pictures, sentence)


def _read(rates: ErrorRates, place: int) -> Span:
    """Read a rate with its interval off a curve."""
    return float(rates.rate[place]), float(rates.low[place]), float(rates.high[place])
