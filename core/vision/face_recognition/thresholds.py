"""The gate of your own gallery: how often each one errs, which one to take, and what the pairs cannot support.

The false-accept rate (FAR) is the share of pairs of different people within the gate, the false-reject rate (FRR) that
of pairs of one person beyond it; both come with intervals that know how few people there are (``error_rates``).

A gate that promises a FAR is found by testing gates from the strictest on and stopping at the first whose upper bound
is above the promise: fixed-sequence testing, which needs no correction for the many gates (A. N. Angelopoulos et al.
2021, Learn then test, https://arxiv.org/abs/2110.01052). Of 200 simulated galleries of 40 people with ten pictures 198
got a gate for 1%, and 15 of these gates broke it; for 5% one did. Galleries of 10 people with three got none for 10%.

Two rules say beforehand what can be found: without one error of n independent pairs a rate below 3 / n cannot be
claimed, and with fewer than 30 errors a rate is not known to within a third (G. Doddington et al. 2000,
https://doi.org/10.1016/S0167-6393(99)00080-1).

Left out: impostors who look alike on purpose; pairs across cameras or years, unless the gallery has them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.vision.face_recognition.error_rates import LEVEL, MANY_ERRORS, ErrorRates, Rates, measure_rates
from core.vision.face_recognition.pairs import Pairs, count_errors, leave_out_copies, make_pairs

GATES = np.round(np.arange(0.2, 1.0001, 0.01), 2)
"""Distances that are tried."""
FEWEST_PEOPLE = 2


@dataclass(frozen=True, slots=True, eq=False)
class GateCurve:
    """What every gate does to the pairs of a gallery; arrays over the gates.

    Parameters
    ----------
    gates : array of shape (n_gates,)
        Distances, rising.
    accepts : ErrorRates
        Pairs of different people that pass.
    rejects : ErrorRates
        Pairs of one person that do not.
    """

    gates: Rates
    accepts: ErrorRates
    rejects: ErrorRates

    def find(self, gate: float) -> int:
        """Return the place of the greatest gate that is no greater than this one; 0 where there is none."""
        return max(int(np.searchsorted(self.gates, gate + 1e-9, side="right")) - 1, 0)

    def chart(self, gate: float | None = None) -> Chart:
        """Draw both rates with their bands, and the gate in use."""
        cross = int(np.argmin(np.abs(self.accepts.rate - self.rejects.rate)))
        marks = [
            Mark("band", self.gates, self.accepts.rate, low=self.accepts.low, high=self.accepts.high, role="bad"),
            Mark("line", self.gates, self.accepts.rate, "false accepts", "bad"),
            Mark("band", self.gates, self.rejects.rate, low=self.rejects.low, high=self.rejects.high),
            Mark("line", self.gates, self.rejects.rate, "false rejects"),
        ]
        if gate is not None:
            marks.append(Mark("line", np.array([gate, gate]), np.array([0.0, 1.0]), "gate in use", "muted", dash=True))
        title = f"Both errors are alike at a gate of {self.gates[cross]:.2f}: {self.accepts.rate[cross]:.1%}"
        return Chart(
            title,
            "Gate (distance up to which two pictures are one person)",
            "Share of pairs that err",
            tuple(marks),
            alt=(
                f"{title}. {self.accepts.n_pairs:,} pairs of different people, {self.rejects.n_pairs:,} of one, from "
                f"{self.accepts.n_people} people."
            ),
            y_range=(0.0, 1.0),
            y_percent=True,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether a gallery supports a promised false-accept rate.

    Parameters
    ----------
    promised : float
        The rate asked for, a share.
    gate : float | None
        The loosest gate that keeps it with 95% confidence; None where the claim is refused.
    rate, upper : float
        What was measured there, and the bound; at the strictest gate where refused.
    false_rejects : tuple of float
        Share of one person's pairs that the gate rejects, with its interval; NaN where refused.
    n_independent : float
        Independent pairs that the gallery is worth there.
    smallest : float
        The smallest rate that this gallery could support at all: no error there (rule of three).
    sentence : str
        All of it in words.
    """

    promised: float
    gate: float | None
    rate: float
    upper: float
    false_rejects: tuple[float, float, float]
    n_independent: float
    smallest: float
    sentence: str

    @property
    def is_supported(self) -> bool:
        """Whether there is a gate that keeps the promise."""
        return self.gate is not None


def measure_gallery(vectors: ArrayLike, person: ArrayLike, gates: Rates = GATES) -> GateCurve:
    """Measure every gate on all pairs of a gallery; copies of one file count once.

    Parameters
    ----------
    vectors : array of shape (n, n_numbers)
    person : array of shape (n,)
        Whose picture each is.
    gates : array of shape (n_gates,)
        Rising.

    Raises
    ------
    DataError
        If there are fewer than two people, or nobody has two pictures.

    Examples
    --------
    >>> from core.vision.face_recognition.simulated import simulate_people
    >>> curve = measure_gallery(*simulate_people(20, 10))
    >>> place = curve.find(0.6)
    >>> round(float(curve.accepts.rate[place]), 3), round(float(curve.accepts.high[place]), 3)
    (0.006, 0.032)
    """
    values, whose = np.asarray(vectors, dtype=np.float64), np.asarray(person)
    if values.ndim == 2 and len(values) == len(whose) and np.isfinite(values).all():  # noqa: PLR2004 else it is refused
        kept = leave_out_copies(values, whose)
        if kept.sum() > 1:
            values, whose = values[kept], whose[kept]
    return measure_pairs(make_pairs(values, whose), gates)


def measure_pairs(pairs: Pairs, gates: Rates = GATES) -> GateCurve:
    """Measure every gate on pairs; see :func:`measure_gallery`."""
    if pairs.n_people < FEWEST_PEOPLE:
        message = (
            f"the gallery holds {pairs.n_people} person; false accepts take pairs of at least {FEWEST_PEOPLE} people"
        )
        raise DataError(message)
    if not pairs.same.any():
        message = "nobody in the gallery has two pictures, copies aside; false rejects take two pictures of one person"
        raise DataError(message)
    accepts, rejects = (measure_rates(count_errors(pairs, gates, same=same)) for same in (False, True))
    return GateCurve(gates, accepts, rejects)


def choose_gate(curve: GateCurve, rate: float) -> float | None:
    """Return the loosest gate whose measured FAR is no more than a rate, without any promise; None if there is none.

    Examples
    --------
    >>> from core.vision.face_recognition.simulated import simulate_people
    >>> choose_gate(measure_gallery(*simulate_people(20, 10)), 0.01)
    0.6
    """
    within = curve.accepts.rate <= rate
    return float(curve.gates[within][-1]) if within.any() else None


def judge_claim(curve: GateCurve, promised: float) -> Claim:
    """Say whether the gallery supports a false-accept rate, and at which gate.

    Parameters
    ----------
    promised : float
        Above 0 and below 1: 0.01 is one in a hundred.

    Raises
    ------
    DataError
        If the rate is not a share.

    Examples
    --------
    >>> from core.vision.face_recognition.simulated import simulate_people
    >>> judge_claim(measure_gallery(*simulate_people(5, 3)), 0.01).is_supported
    False
    """
    if not 0 < promised < 1:
        message = f"the promised rate is {promised}; it must lie between 0 and 1, such as 0.01"
        raise DataError(message)
    accepts = curve.accepts
    kept = np.logical_and.accumulate(accepts.upper <= promised)
    place = int(kept.sum()) - 1
    shown = max(place, 0)
    smallest = 1 - (1 - LEVEL) ** (1 / accepts.n_independent[0])
    rejects = curve.rejects
    spans = tuple(float(each[shown]) for each in (rejects.rate, rejects.low, rejects.high))
    found = Claim(
        promised,
        float(curve.gates[place]) if place >= 0 else None,
        float(accepts.rate[shown]),
        float(accepts.upper[shown]),
        (spans[0], spans[1], spans[2]) if place >= 0 else (math.nan, math.nan, math.nan),
        float(accepts.n_independent[shown]),
        float(smallest),
        "",
    )
    n_errors = int(accepts.errors[shown])
    told = _say_supported(found, n_errors, accepts.n_pairs) if found.is_supported else _say_refused(found, curve)
    return replace(found, sentence=told)


def bound_names(claim: Claim, n_pictures: int) -> float:
    """Bound the share of strangers who get a name at a claim's gate: each is compared with every enrolled picture.

    Parameters
    ----------
    n_pictures : int
        Enrolled, of everybody together.

    Returns
    -------
    float
        The bound of one comparison times the comparisons (Boole's inequality), at most 1.

    Examples
    --------
    >>> from core.vision.face_recognition.simulated import simulate_people
    >>> claim = judge_claim(measure_gallery(*simulate_people(40, 10)), 0.01)
    >>> round(bound_names(claim, 15) / claim.upper), bound_names(claim, 10_000)
    (15, 1.0)
    """
    return min(n_pictures * claim.upper, 1.0)


def _say_supported(claim: Claim, n_errors: int, n_pairs: int) -> str:
    """Tell the gate, and how well the rate at it is known."""
    rejected = claim.false_rejects
    few = f" The rate itself is known to within a third only from {MANY_ERRORS} errors on."
    return (
        f"With a gate of {claim.gate:.2f} fewer than {claim.promised:.2%} of strangers' pairs pass, with 95% "
        f"confidence: {n_errors:,} of {n_pairs:,} pairs did, and at most {claim.upper:.2%} would. It rejects "
        f"{rejected[0]:.1%} of one person's pairs ({rejected[1]:.1%} to {rejected[2]:.1%})."
        f"{few if n_errors < MANY_ERRORS else ''}"
    )


def _say_refused(claim: Claim, curve: GateCurve) -> str:
    """Tell what the gallery is worth and what the claim would take."""
    accepts = curve.accepts
    if claim.smallest <= claim.promised:
        return (
            f"A false-accept rate of {claim.promised:.2%} cannot be claimed: {int(accepts.errors[0])} pairs of "
            f"different people are within {curve.gates[0]:.2f}, the strictest gate; is one person here twice?"
        )
    needed = math.ceil(math.log(1 - LEVEL) / math.log1p(-claim.promised))
    fewest = math.ceil(accepts.n_people * math.sqrt(needed / claim.n_independent))
    worth = round(claim.n_independent)
    return (
        f"A false-accept rate of {claim.promised:.2%} cannot be claimed: {accepts.n_people} people make "
        f"{accepts.n_pairs:,} pairs that are worth {worth} independent {'pair' if worth == 1 else 'pairs'}, and even "
        f"without an error so many only show a rate below {claim.smallest:.1%} (rule of three). The claim takes "
        f"{needed:,} independent pairs, {min(fewest, 2 * needed):,} to {2 * needed:,} people. Until then keep a gate "
        "that was measured on other people."
    )
