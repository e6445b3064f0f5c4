"""Make a score mean what it says, and stay silent where it would be wrong too often.

Calibration is Platt's: a line through the score's log-odds, fitted on texts that trained nothing (J. Platt 1999,
*Probabilistic outputs for support vector machines*), with his targets, which keep a few texts from claiming certainty.

Abstention: an answer is given where its confidence reaches a limit. The limit is the lowest whose answers on the tune
texts are right so often that, with 95% confidence, at least the promised share of such answers is right (Y. Geifman and
R. El-Yaniv 2017, https://arxiv.org/abs/1705.08500: Clopper and Pearson's bound, for all limits tried at once). Where no
limit can carry the promise, the next lower one that can is given, and said. The guarantee is for texts like the tune
texts, and as if they were independent; texts of other sorts can break it, and the table shows by how much.

Left out: isotonic calibration, which needs more texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Array = NDArray[np.float64]
SMALLEST = 1e-6
LEAST_TEXTS = 20
CONFIDENCE = 0.95
LIMITS = np.linspace(0.5, 0.98, 25)
STEP = 0.05
"""By how much a promise that cannot be given is lowered."""
N_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """The line ``slope × log-odds + offset`` that turns a raw score into a probability."""

    slope: float
    offset: float

    def apply(self, scores: Array) -> Array:
        """Return calibrated probabilities of positive, shape (n,).

        Examples
        --------
        >>> Calibration(0.5, 0.0).apply(np.array([0.9])).round(3).tolist()
        [0.75]
        """
        return np.asarray(1 / (1 + np.exp(-(self.slope * to_logit(scores) + self.offset))))


@dataclass(frozen=True, slots=True)
class Abstention:
    """From which confidence on an answer is given.

    Parameters
    ----------
    limit : float
        0.5 answers always.
    asked, promise : float
        Share of given answers that were to be right, and that can be promised.
    answered, right : float
        Shares of the tune texts that were answered, and of those that were right.
    bound : float
        Least share of right answers, with 95% confidence.
    """

    limit: float
    asked: float
    promise: float
    answered: float
    right: float
    bound: float


def to_logit(scores: Array) -> Array:
    """Return the log-odds of probabilities, kept finite."""
    kept = np.clip(scores, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def fit_calibration(scores: Array, labels: NDArray[np.int8]) -> Calibration:
    """Fit slope and offset by Newton's method.

    Parameters
    ----------
    scores : array of shape (n,)
        Raw probabilities of positive, of texts that trained nothing.
    labels : array of int8, shape (n,)
        0 and 1, both present.

    Raises
    ------
    DataError
        If there are fewer than 20 texts or all have one label.

    Examples
    --------
    >>> scores = np.repeat([0.9, 0.1], 50)
    >>> labels = np.array([1] * 35 + [0] * 15 + [0] * 35 + [1] * 15, np.int8)
    >>> round(float(fit_calibration(scores, labels).apply(np.array([0.9]))[0]), 2)
    0.69
    """
    n_positive, n = int(labels.sum()), len(labels)
    if n < LEAST_TEXTS or not 0 < n_positive < n:
        message = f"{n} texts, {n_positive} of them positive, cannot calibrate; it takes {LEAST_TEXTS} of both labels"
        raise DataError(message)
    logits = to_logit(scores)
    x = np.column_stack([logits, np.ones(n)])
    target = np.where(labels == 1, (n_positive + 1) / (n_positive + 2), 1 / (n - n_positive + 2))
    line = np.array([0.0, np.log(n_positive / (n - n_positive))])
    for _ in range(N_ROUNDS):
        shares = 1 / (1 + np.exp(-(x @ line)))
        slope = x.T @ (shares - target)
        curve = (x * (shares * (1 - shares))[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        line = line - step
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004  # the steps square: the next one would be nothing
            break
    return Calibration(float(line[0]), float(line[1]))


def measure_likeness(right: NDArray[np.bool_], groups: NDArray[np.integer]) -> float:
    """Return by how much the variance of the share of right answers grows because texts come in groups, at least 1.

    Texts about one film are right or wrong together more often than others, so that a hundred of them say as much as
    fewer independent ones (the design effect, L. Kish, Survey Sampling, 1965, section 8.2).

    Parameters
    ----------
    groups : int array of shape (n,)
        Number of each text's film.

    Examples
    --------
    >>> measure_likeness(np.array([True, True, False, False] * 5), np.arange(20) // 2)
    2.2222222222222223
    """
    sums = np.bincount(groups, weights=right - right.mean())
    n_groups = len(np.unique(groups))
    alone = len(right) * float(right.var())
    return max(n_groups / max(n_groups - 1, 1) * float((sums**2).sum()) / alone, 1.0) if alone else 1.0


def find_bound(n_right: float, n: float, level: float = CONFIDENCE) -> float:
    """Return the least share that n_right of n supports with this confidence (Clopper and Pearson, one-sided).

    Examples
    --------
    >>> round(find_bound(95, 100), 3)
    0.898
    """
    from scipy.stats import beta

    return float(beta.ppf(1 - level, n_right, n - n_right + 1)) if n_right else 0.0


def fit_abstention(
    probabilities: Array, labels: NDArray[np.int8], asked: float, groups: NDArray[np.integer] | None = None
) -> Abstention:
    """Find the lowest limit at which the promise can be given, or else the highest promise below it.

    The limits are fixed before looking and their bounds hold all at once, so that any of them may be taken.

    Parameters
    ----------
    probabilities : array of shape (n,)
        Calibrated, of the tune texts.
    asked : float
        Share of given answers that is to be right, 0.5 to 1.
    groups : int array of shape (n,), optional
        Number of each text's film; bounds then count as many texts as the films leave independent.

    Examples
    --------
    >>> p = np.repeat([0.99, 0.6], 300)
    >>> labels = np.array([1] * 297 + [0] * 3 + [1] * 180 + [0] * 120, np.int8)
    >>> found = fit_abstention(p, labels, 0.9)
    >>> 0.6 < found.limit <= 0.99, found.answered, found.promise
    (True, 0.5, 0.9)
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    right = (probabilities >= 0.5) == (labels == 1)  # noqa: PLR2004  # the likelier side
    level = 1 - (1 - CONFIDENCE) / len(LIMITS)
    counts = [(int(right[confidence >= limit].sum()), int((confidence >= limit).sum())) for limit in LIMITS]
    likeness = 1.0 if groups is None else measure_likeness(right, groups)
    bounds = [find_bound(n_right / likeness, n / likeness, level) for n_right, n in counts]
    promise = asked
    while promise > 0 and max(bounds) < promise:
        promise = max(promise - STEP, 0.0)
    place = next(place for place, bound in enumerate(bounds) if bound >= promise)
    n_right, n = counts[place]
    shares = (n / len(labels), n_right / max(n, 1))
    return Abstention(float(LIMITS[place]), asked, round(promise, 6), *shares, bounds[place])
