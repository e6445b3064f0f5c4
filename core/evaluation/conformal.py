"""Prediction sets that hold the true class as often as promised, whatever the model.

Rows that the model was not fitted on say how badly it may miss; the finite-sample quantile of that gives a threshold.
For rows drawn like those, the set holds the true class in at least ``coverage`` of cases, and no more than
1 / (n + 1) above it where no scores are tied.

Method: split conformal prediction (V. Vovk, A. Gammerman and G. Shafer 2005). Scores: LAC, one minus the probability of
a class (M. Sadinle, J. Lei and L. Wasserman 2019, https://doi.org/10.1080/01621459.2017.1395341), the smallest sets;
APS, the mass of the classes that are likelier (Y. Romano, M. Sesia and E. Candès 2020,
https://arxiv.org/abs/2006.02544, with u = 0), sets that widen where the model is unsure and always hold its answer.

One threshold for all classes keeps the promise on average, and may break it for a rare or a hard class. A threshold per
class keeps it for each (V. Vovk 2012, https://arxiv.org/abs/1209.2673, label-conditional or Mondrian), for larger sets.

Tied scores only make coverage larger: votes and leaves give few different shares, and all rows tied with the threshold
stay. Smoothed prediction (Vovk, Gammerman and Shafer 2005, section 2.2) would decide such rows by lot and meet the
promise exactly, but two equal rows would get different sets, and a tie at a share of 1 would empty the set of rows of
which the model is sure. So scores are not smoothed here.

Left out: a guarantee per group; smoothing, also that of APS (without it coverage is at least what was asked, and more
where the model's answers alone are right more often than that).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.evaluation.labels import check_codes, check_probabilities
from core.hub.errors import DataError

Method = Literal["lac", "aps"]
ROUNDING = 1e-9
CALIBRATION_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Coverage:
    """What repeated splits of held-out rows say of the sets.

    Parameters
    ----------
    asked, mean : float
        Share promised and share met, on average over the splits.
    low, high : float
        Between these lies the coverage of 95% of the single splits: how far one calibration may be off.
    mean_size, single_share, empty_share : float
        Classes per set, and shares of sets with exactly one and with none.
    """

    asked: float
    mean: float
    low: float
    high: float
    mean_size: float
    single_share: float
    empty_share: float
    n_splits: int
    n_calibration: int


def nonconformity_scores(probabilities: object, method: Method = "lac") -> np.ndarray:
    """Score how badly each class would fit each row; larger fits worse.

    Returns
    -------
    array of shape (n, n_classes)
        In 0–1.

    Examples
    --------
    >>> nonconformity_scores([[0.6, 0.3, 0.1]], "aps").round(3).tolist()
    [[0.0, 0.6, 0.9]]
    """
    table = np.asarray(probabilities, dtype=np.float64)
    shares = check_probabilities(table, len(table), table.shape[-1])
    if method == "lac":
        return np.asarray(1 - shares)
    order = np.argsort(-shares, axis=1, kind="stable")
    ranked = np.take_along_axis(shares, order, axis=1)
    mass = np.cumsum(ranked, axis=1) - ranked  # of the classes before each
    scores = np.empty_like(shares)
    np.put_along_axis(scores, order, mass, axis=1)
    return scores


def true_class_scores(y: object, probabilities: object, method: Method = "lac") -> np.ndarray:
    """Score how badly the true class fits each row: what :func:`fit_threshold` takes.

    Parameters
    ----------
    y : array of int of shape (n,)
        Class numbers.
    probabilities : array of shape (n, n_classes)
        Of rows that the model was not fitted on.

    Examples
    --------
    >>> true_class_scores([0, 1], [[0.75, 0.25], [0.75, 0.25]]).tolist()
    [0.25, 0.75]
    """
    scores = nonconformity_scores(probabilities, method)
    return np.asarray(scores[np.arange(len(scores)), check_codes(y, scores.shape[1])])


def fit_threshold(scores: object, coverage: float) -> float:
    """Find the threshold that the sets need: the ⌈(n + 1) · coverage⌉-th smallest score.

    Parameters
    ----------
    scores : array of shape (n,)
        Of the true classes of calibration rows.
    coverage : float
        Promise in 0–1; raising it widens the sets.

    Returns
    -------
    float
        Infinite when n is too small for the promise (under 9 rows for 0.9): then every class is in every set.

    Raises
    ------
    DataError
        If there are no scores, or ``coverage`` is not between 0 and 1.

    Examples
    --------
    >>> fit_threshold(np.arange(1, 20) / 20, 0.9)
    0.9
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.size == 0 or not 0 < coverage < 1:
        message = (
            f"coverage is {coverage:g} for {values.size} scores; it must lie between 0 and 1, with at least 1 score"
        )
        raise DataError(message)
    rank = int(np.ceil((values.size + 1) * coverage - ROUNDING))
    return float(np.sort(values)[rank - 1]) if rank <= values.size else float("inf")


def fit_class_thresholds(scores: object, y: object, n_classes: int, coverage: float) -> np.ndarray:
    """Find a threshold for each class from the calibration rows of that class, so that each class keeps the promise.

    Parameters
    ----------
    scores : array of shape (n,)
        Of the true classes of calibration rows: :func:`true_class_scores`.
    y : array of int of shape (n,)
        Class numbers of the same rows.
    coverage : float
        Promise in 0–1, for the rows of every class.

    Returns
    -------
    array of shape (n_classes,)
        Infinite for a class with too few calibration rows for the promise (under 9 for 0.9): it is in every set.

    Raises
    ------
    DataError
        If there are no scores, not one class number for each, or ``coverage`` is not between 0 and 1.

    Examples
    --------
    >>> y = np.repeat([0, 1, 2], [19, 19, 5])
    >>> fit_class_thresholds(np.arange(43) / 100, y, 3, 0.9).tolist()
    [0.17, 0.36, inf]
    """
    values, codes = np.asarray(scores, dtype=np.float64), check_codes(y, n_classes)
    fit_threshold(values, coverage)  # refuses a promise that cannot be made
    if codes.shape != values.shape:
        message = f"the number of classes of rows is {codes.size}; it must be {values.size}, one for each score"
        raise DataError(message)
    per_class = (values[codes == label] for label in range(n_classes))
    return np.array([fit_threshold(own, coverage) if own.size else np.inf for own in per_class])


def class_scores_to_sets(probabilities: object, threshold: float | np.ndarray, method: Method = "lac") -> np.ndarray:
    """Put into each row's set every class whose score does not pass the threshold.

    Parameters
    ----------
    threshold : float or array of shape (n_classes,)
        One for all classes (:func:`fit_threshold`) or one for each (:func:`fit_class_thresholds`).

    Returns
    -------
    array of bool of shape (n, n_classes)
        A row without any class (LAC only) is one whose likeliest class got a smaller share than the true class got on
        most calibration rows, 90% of them at a coverage of 0.9: the model is less sure here than it was there. That
        does not say that the row is unlike them.

    Raises
    ------
    DataError
        If there are several thresholds, and not one for each class.

    Examples
    --------
    >>> class_scores_to_sets([[0.6, 0.3, 0.1]], threshold=0.75).tolist()
    [[True, True, False]]
    >>> class_scores_to_sets([[0.6, 0.3, 0.1]], threshold=np.array([0.2, 0.75, np.inf])).tolist()
    [[False, True, True]]
    """
    scores = nonconformity_scores(probabilities, method)
    limits = np.asarray(threshold, dtype=np.float64)
    if limits.shape not in {(), (scores.shape[1],)}:
        message = (
            f"threshold has shape {limits.shape}; it must be one number, or one for each of {scores.shape[1]} classes"
        )
        raise DataError(message)
    return np.asarray(scores <= limits + ROUNDING)


def check_coverage(
    y: object,
    probabilities: object,
    coverage: float = 0.9,
    n_splits: int = 500,
    seed: int = 0,
    method: Method = "lac",
) -> Coverage:
    """Try the promise on held-out rows: calibrate on a random half, count on the other, many times over.

    Parameters
    ----------
    y : array of int of shape (n,)
        Class numbers of rows that the model was not fitted on.
    probabilities : array of shape (n, n_classes)

    Raises
    ------
    DataError
        If there are fewer than four rows.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.dirichlet([1, 1, 1], size=200)
    >>> y = np.array([rng.choice(3, p=row) for row in p])
    >>> round(check_coverage(y, p).mean, 2)
    0.9
    """
    scores = nonconformity_scores(probabilities, method)
    codes = check_codes(y, scores.shape[1])
    return _try_splits(scores, codes, coverage, (n_splits, seed), lambda own, _: fit_threshold(own, coverage))


def check_class_coverage(
    y: object,
    probabilities: object,
    coverage: float = 0.9,
    n_splits: int = 500,
    seed: int = 0,
    method: Method = "lac",
) -> Coverage:
    """Try the promise as :func:`check_coverage` does, with a threshold for each class.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.dirichlet([1, 1, 1], size=200)
    >>> y = np.array([rng.choice(3, p=row) for row in p])
    >>> found = check_class_coverage(y, p)
    >>> round(found.mean, 2), found.mean_size > check_coverage(y, p).mean_size
    (0.91, True)
    """
    scores = nonconformity_scores(probabilities, method)
    n_classes = scores.shape[1]
    codes = check_codes(y, n_classes)

    def fit(own: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return fit_class_thresholds(own, labels, n_classes, coverage)

    return _try_splits(scores, codes, coverage, (n_splits, seed), fit)


def _try_splits(
    scores: np.ndarray,
    codes: np.ndarray,
    coverage: float,
    how: tuple[int, int],
    fit: Callable[[np.ndarray, np.ndarray], float | np.ndarray],
) -> Coverage:
    """Fit the threshold to one random half and count on the other; ``how`` is the number of splits and the seed."""
    n_splits, seed = how
    truth = scores[np.arange(len(codes)), codes]
    n_calibration = int(len(truth) * CALIBRATION_SHARE)
    if n_calibration < 2:  # noqa: PLR2004 two rows on each side
        message = f"the number of held-out rows is {len(truth)}; at least 4 are needed to check coverage"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    met = np.empty(n_splits)
    sizes = np.empty((n_splits, 3))
    for i in range(n_splits):
        order = rng.permutation(len(truth))
        first, kept = order[:n_calibration], order[n_calibration:]
        sets = scores[kept] <= fit(truth[first], codes[first]) + ROUNDING
        met[i] = sets[np.arange(len(kept)), codes[kept]].mean()
        counts = sets.sum(axis=1)
        sizes[i] = counts.mean(), (counts == 1).mean(), (counts == 0).mean()
    low, high = (float(end) for end in np.quantile(met, [0.025, 0.975]))
    size, single, empty = (float(value) for value in sizes.mean(axis=0))
    return Coverage(coverage, float(met.mean()), low, high, size, single, empty, n_splits, n_calibration)
