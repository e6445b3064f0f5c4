"""Rates of false accepts and false rejects with intervals that know how few people stand behind the pairs.

Forty people with ten pictures make 78,000 pairs of different people, but are 40 independent draws. The variance of a
rate is taken by leaving out one person after another (the jackknife of a statistic of pairs; B. Efron and C. Stein
1981, https://doi.org/10.1214/aos/1176345462: on average too large rather than too small). Divided into the variance
that independent pairs would have, it gives the number of independent pairs that the gallery is worth; with it the exact
binomial interval is drawn, widened for the few people by Student's t (E. L. Korn and B. I. Graubard 1998, Survey
Methodology 24, 193-201).

Where a gate lets fewer than 30 errors happen they cannot show how they cluster; the worst clustering of the gates that
have 30 to 300 is taken. A gallery without such a gate counts as many independent pairs as it has disjoint ones: one a
person for false rejects, one for two people for false accepts (A. J. Mansfield and J. L. Wayman 2002, Best practices in
testing and reporting performance of biometric devices, NPL report CMSC 14/02, which also states the rules of 3 and 30).

On 200 simulated galleries of 10 to 40 people these 95% intervals hold the true rate in 93 to 100 of 100; intervals that
take pairs for independent hold it in 6 to 96.

Left out: days, cameras and light as further clusters; a gallery taken in one sitting looks better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.pairs import Tally

LEVEL = 0.95
MANY_ERRORS = 30
"""From so many errors on a rate is known to within a third (G. Doddington 1998, the rule of 30)."""
FEWEST_PEOPLE = 5
"""Leaving out one person tells nothing of the spread where fewer are left."""
NEARBY = 10
"""Gates with up to so many times 30 errors show how the errors of stricter ones would cluster."""

Rates = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorRates:
    """One kind of error at every gate.

    Parameters
    ----------
    rate, low, high : array of shape (n_gates,)
        Share of the pairs that are wrong, with a 95% interval.
    upper : array of shape (n_gates,)
        The rate is below it with 95% confidence (one-sided).
    errors : int array of shape (n_gates,)
        Wrong pairs.
    n_independent : array of shape (n_gates,)
        How many independent pairs the gallery is worth at that gate.
    n_pairs, n_people : int
        Pairs, and people behind them.
    """

    rate: Rates
    low: Rates
    high: Rates
    upper: Rates
    errors: NDArray[np.int64]
    n_independent: Rates
    n_pairs: int
    n_people: int


def measure_rates(tally: Tally) -> ErrorRates:
    """Turn counts into rates with intervals.

    Parameters
    ----------
    tally : Tally
        With at least one pair.

    Raises
    ------
    ValueError
        If there is no pair.

    Examples
    --------
    >>> from core.vision.face_recognition.pairs import count_errors, make_pairs
    >>> from core.vision.face_recognition.simulated import simulate_people
    >>> pairs = make_pairs(*simulate_people(20, 5))
    >>> found = measure_rates(count_errors(pairs, np.array([0.65]), same=False))
    >>> found.n_pairs, int(found.n_independent[0]) < found.n_pairs / 10
    (4750, True)
    """
    if not tally.n_pairs:
        message = "there is no pair to count; a rate needs at least one"
        raise ValueError(message)
    rate = tally.errors / tally.n_pairs
    n_independent = count_independent(tally)
    low, high = bound_rate(rate, n_independent, (1 - LEVEL) / 2)
    _, upper = bound_rate(rate, n_independent, 1 - LEVEL)
    return ErrorRates(rate, low, high, upper, tally.errors, n_independent, tally.n_pairs, tally.n_people)


def count_independent(tally: Tally) -> Rates:
    """Count how many independent pairs would know as much as these, at each gate, shape (n_gates,).

    Never more than there are pairs, never fewer than there are disjoint ones; Korn and Graubard's factor for the few
    people is part of it.
    """
    from scipy.stats import t

    fewest = max(tally.n_people // tally.people_in_pair, 1)
    found = np.full(len(tally.errors), float(fewest))
    if tally.n_people >= FEWEST_PEOPLE:
        rate = tally.errors / tally.n_pairs
        effect = np.maximum(_jackknife_variance(tally) / _binomial_variance(rate, tally.n_pairs), 1.0)
        enough = tally.errors >= MANY_ERRORS
        if enough.any():
            least = tally.errors[enough].min()
            nearby = enough & (tally.errors <= max(NEARBY * MANY_ERRORS, least))
            effect = np.where(enough, effect, effect[nearby].max())
            few_people = (t.ppf(0.975, max(tally.n_pairs - 1, 1)) / t.ppf(0.975, tally.n_people - 1)) ** 2
            found = tally.n_pairs / effect * few_people
    return np.asarray(np.clip(found, min(fewest, tally.n_pairs), tally.n_pairs))


def _jackknife_variance(tally: Tally) -> Rates:
    """Leave out one person after another and see how the rate moves."""
    taking_part = tally.pairs_by_person > 0
    left = tally.n_pairs - tally.pairs_by_person[taking_part]
    rates = (tally.errors - tally.by_person[taking_part]) / left[:, None]
    share = (len(left) - 1) / len(left)
    return np.asarray(share * ((rates - tally.errors / tally.n_pairs) ** 2).sum(axis=0))


def _binomial_variance(rate: Rates, n_pairs: int) -> Rates:
    """Give the variance that independent pairs would have; without errors, that of half an error."""
    kept = np.clip(rate, 0.5 / n_pairs, 1 - 0.5 / n_pairs)
    return np.asarray(kept * (1 - kept) / n_pairs)


def bound_rate(rate: Rates, n_independent: Rates, tail: float) -> tuple[Rates, Rates]:
    """Bound rates by Clopper and Pearson's exact interval for a number of independent pairs that need not be whole.

    Parameters
    ----------
    tail : float
        Probability left out at each end.

    Examples
    --------
    >>> low, high = bound_rate(np.array([0.0]), np.array([300.0]), 0.05)
    >>> low.tolist(), high.round(4).tolist()  # the rule of three says 3 / 300
    ([0.0], [0.0099])
    """
    from scipy.stats import beta

    wrong = rate * n_independent
    with np.errstate(invalid="ignore"):
        low = np.where(wrong > 0, beta.ppf(tail, np.maximum(wrong, 1e-12), n_independent - wrong + 1), 0.0)
        high = np.where(rate < 1, beta.ppf(1 - tail, wrong + 1, np.maximum(n_independent - wrong, 1e-12)), 1.0)
    return np.asarray(np.minimum(low, rate)), np.asarray(np.maximum(high, rate))
