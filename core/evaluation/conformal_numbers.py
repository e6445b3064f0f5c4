"""Intervals around a number that hold the truth as often as promised, whatever the model, also within each group.

Rows that the model was not fitted on say how far it misses; the finite-sample quantile of those misses is how far an
interval must reach. A miss may be taken in units of a row's own expected miss (normalised scores), so that intervals
are wide where the model is unsure and narrow where it is not.

Method: split conformal prediction (V. Vovk, A. Gammerman and G. Shafer 2005; J. Lei et al. 2018,
https://arxiv.org/abs/1604.04173, normalised scores in section 5.2); CV+ (R. F. Barber et al. 2021,
https://arxiv.org/abs/1905.02928), which calibrates on every row through folds; a limit of its own for each group
(Mondrian, V. Vovk 2012, https://arxiv.org/abs/1209.2673), small groups pooled.

Left out: limits on each side by themselves, and weights for rows that drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.conformal import fit_threshold
from core.evaluation.intervals import wilson_interval
from core.hub.errors import DataError

LEAST_ROWS = 30
"""Calibration rows from which a group has a limit of its own."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """How far intervals reach, in units of the scores.

    Parameters
    ----------
    coverage : float
        What is promised, 0–1.
    own : mapping of group to float
        Limits of groups with enough rows.
    pooled : float
        For every other group, known or not: the limit of the small groups together, or of all rows where those too are
        few; infinite where even all rows do not suffice for the promise (under 9 for 0.9).
    counts : mapping of group to int
        Calibration rows of each group.
    """

    coverage: float
    own: Mapping[str, float]
    pooled: float
    counts: Mapping[str, int]


def miss_scores(y: object, answers: object, scale: object = 1.0) -> np.ndarray:
    """Score how badly each row was missed: the absolute miss, in units of the row's expected miss.

    Parameters
    ----------
    y, answers : float arrays of shape (n_rows,)
        Of rows that the model was not fitted on.
    scale : float or array of shape (n_rows,)
        Expected miss of each row, above 0.

    Raises
    ------
    DataError
        If a value is not finite, or a scale is not above 0.

    Examples
    --------
    >>> miss_scores([1.0, 4.0], [2.0, 2.0], [0.5, 4.0]).tolist()
    [2.0, 0.5]
    """
    misses = np.abs(np.asarray(y, dtype=float) - np.asarray(answers, dtype=float))
    spread = np.broadcast_to(np.asarray(scale, dtype=float), misses.shape)
    if not np.isfinite(misses).all() or not (np.isfinite(spread) & (spread > 0)).all():
        message = "a miss or its scale is not a number above 0; leave that row out of the calibration"
        raise DataError(message)
    return np.asarray(misses / spread)


def fit_group_limits(scores: object, groups: object, coverage: float, least: int = LEAST_ROWS) -> GroupLimits:
    """Find the limit of each group that has enough rows, and one for all the others together.

    Parameters
    ----------
    scores : array of shape (n,)
        As :func:`miss_scores` gives them.
    groups : array of str of shape (n,)
    coverage : float
        Promise in 0–1, within every group; raising it widens the intervals.
    least : int
        Rows from which a group stands by itself. Raising it steadies the limits and pools more groups.

    Examples
    --------
    >>> limits = fit_group_limits(np.arange(1, 61) / 10, ["a"] * 40 + ["b"] * 20, 0.9)
    >>> dict(limits.own), limits.pooled
    ({'a': 3.7}, 5.5)
    """
    values, names = np.asarray(scores, dtype=float), np.asarray(groups, dtype=object)
    if values.shape != names.shape:
        message = f"there are {values.size} scores and {names.size} groups; there must be a group for each score"
        raise DataError(message)
    overall = fit_threshold(values, coverage)
    counts = {str(name): int(count) for name, count in pd.Series(names).value_counts(sort=False).items()}
    large = sorted(name for name, count in counts.items() if count >= least)
    own = {name: fit_threshold(values[names == name], coverage) for name in large}
    rest = values[~np.isin(names.astype(str), large)]
    pooled = fit_threshold(rest, coverage) if len(rest) >= least else overall
    return GroupLimits(coverage, own, pooled, dict(sorted(counts.items())))


def take_limits(limits: GroupLimits, groups: object) -> np.ndarray:
    """Return the limit of each row's group, shape (n,); a group that calibration did not see takes the pooled one."""
    return np.array(
        [limits.own.get(str(name), limits.pooled) for name in np.asarray(groups, dtype=object)], dtype=float
    )


def find_intervals(answers: object, limits: object, scale: object = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends of each answer's interval: the answer and its limit times its scale to each side.

    Examples
    --------
    >>> [end.tolist() for end in find_intervals([10.0, 20.0], [2.0, 1.0], [1.0, 3.0])]
    [[8.0, 17.0], [12.0, 23.0]]
    """
    middle = np.asarray(answers, dtype=float)
    reach = np.asarray(limits, dtype=float) * np.asarray(scale, dtype=float)
    return np.asarray(middle - reach), np.asarray(middle + reach)


def find_cv_plus(fold_answers: object, scores: object, folds: object, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """Return CV+ intervals of new rows: each calibration row speaks through the model that did not see it.

    Parameters
    ----------
    fold_answers : array of shape (n_new, n_folds)
        What the model of each fold says of the new rows.
    scores : array of shape (n,)
        Absolute misses of the calibration rows, each by the model of its fold.
    folds : int array of shape (n,)
        Fold of each calibration row, from 0.

    Returns
    -------
    (low, high)
        Each of shape (n_new,). They hold the truth in at least 1 − 2(1 − coverage) of cases, in practice ``coverage``.

    Examples
    --------
    >>> low, high = find_cv_plus([[10.0, 12.0]], np.arange(1.0, 21.0), np.arange(20) % 2, 0.9)
    >>> low.tolist(), high.tolist()
    ([-8.0], [30.0])
    """
    table, misses = np.asarray(fold_answers, dtype=float), np.asarray(scores, dtype=float)
    each = table[:, np.asarray(folds, dtype=int)]
    fit_threshold(misses, coverage)  # refuses a promise that cannot be made
    rank = int(np.ceil((misses.size + 1) * coverage - ROUNDING))
    if rank > misses.size:
        edge = np.full(len(table), np.inf)
        return -edge, edge
    low = -np.sort(-(each - misses), axis=1)[:, rank - 1]
    return low, np.sort(each + misses, axis=1)[:, rank - 1]


def hold_across_folds(
    scores: np.ndarray, groups: np.ndarray, folds: Sequence[np.ndarray], coverage: float, least: int = LEAST_ROWS
) -> np.ndarray:
    """Say which rows their interval holds when its limits come from the other folds alone, shape (n,).

    Parameters
    ----------
    folds : sequence of int arrays
        Positions of each fold's rows; together all rows.
    """
    held = np.zeros(len(scores), dtype=bool)
    for rows in folds:
        others = np.setdiff1d(np.arange(len(scores)), rows)
        limits = fit_group_limits(scores[others], groups[others], coverage, least)
        held[rows] = scores[rows] <= take_limits(limits, groups[rows]) + ROUNDING
    return held


def check_coverage(held: object, groups: object) -> pd.DataFrame:
    """Count how often intervals held the truth, over all and in each group.

    Parameters
    ----------
    held : bool array of shape (n,)
        As :func:`hold_across_folds` gives it.

    Returns
    -------
    DataFrame of shape (1 + n_groups, 5)
        group (empty for all rows), n, coverage, low and high (Wilson's 95% interval), then the groups by name.

    Raises
    ------
    DataError
        If there are no rows.

    Examples
    --------
    >>> check_coverage([True, True, False], ["a", "a", "b"])["coverage"].round(2).tolist()
    [0.67, 1.0, 0.0]
    """
    marks, names = np.asarray(held, dtype=bool), np.asarray(groups, dtype=object).astype(str)
    if marks.size == 0 or marks.shape != names.shape:
        message = f"there are {marks.size} rows and {names.size} groups; there must be at least one row, each with one"
        raise DataError(message)
    parts = [("", marks), *((name, marks[names == name]) for name in sorted(set(names)))]
    lines = [
        (name, len(part), float(part.mean()), *wilson_interval(int(part.sum()), len(part))) for name, part in parts
    ]
    return pd.DataFrame(lines, columns=["group", "n", "coverage", "low", "high"])
