"""How far a price may be off: an expected miss for each house, and limits within each group.

A small LightGBM learns the log of the absolute residuals of cross-validation from the numbers of a row and the answer:
old, odd and dear houses are missed by more. Residuals in units of that expected miss are nearly of one size, and their
quantile within each neighbourhood (small ones pooled) is how far its intervals reach
(``core.evaluation.conformal_numbers``). Whether that keeps its promise is counted on rows whose own fold took no part:
the expected miss of a fold's rows is learnt from the other folds, and their limits from residuals in units that were
learnt without either fold.

Left out: intervals that reach further on one side than on the other, on the scale of logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.conformal_numbers import ROUNDING, fit_group_limits, take_limits
from core.tabular.housing.coder import Columns

ROUNDS, RATE, LEAVES, LEAST_IN_LEAF = 60, 0.05, 6, 40
FLOOR_SHARE = 0.2
"""Of the median miss, added before the log is taken: a lucky hit must not promise another."""


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Expected misses of training rows.

    Parameters
    ----------
    own : float array of shape (n_rows,)
        Learnt without the row's fold.
    without : float array of shape (n_folds, n_rows)
        Learnt without the row's fold and without the fold of that number.
    """

    own: np.ndarray
    without: np.ndarray


def take_numbers(design: Columns, answers: np.ndarray) -> np.ndarray:
    """Return what the expected miss is learnt from: number columns, gaps as NaN, and the answer, shape (n_rows, n)."""
    numbers = [np.asarray(values, dtype=float) for _, values in design.items() if values.dtype != object]
    return np.column_stack([*numbers, answers])


def fit_spread(numbers: np.ndarray, residuals: np.ndarray, seed: int) -> Any:
    """Learn the log of the absolute residual; returns a LightGBM booster."""
    from lightgbm import LGBMRegressor

    sizes = np.abs(residuals)
    floor = FLOOR_SHARE * float(np.median(sizes)) or np.finfo(float).tiny
    made = LGBMRegressor(
        n_estimators=ROUNDS,
        learning_rate=RATE,
        num_leaves=LEAVES,
        min_child_samples=min(LEAST_IN_LEAF, max(1, len(sizes) // 5)),
        random_state=seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    return made.fit(numbers, np.log(sizes + floor)).booster_


def expect_miss(booster: Any, numbers: np.ndarray) -> np.ndarray:
    """Return the expected miss of rows, shape (n_rows,), above 0."""
    return np.asarray(np.exp(booster.predict(numbers, num_threads=1)))


def cross_scales(
    numbers: np.ndarray, residuals: np.ndarray, folds: Sequence[np.ndarray], seed: int, asked: Sequence[np.ndarray]
) -> tuple[Scales, ...]:
    """Learn every row's expected miss without its fold, and again without each second fold.

    Parameters
    ----------
    folds : sequence of int arrays
        Positions of each fold's rows; together all rows.
    asked : sequence of arrays of the shape of ``numbers``
        The same rows as they are known when they are priced; the misses are learnt from ``numbers``.

    Returns
    -------
    tuple of Scales
        One for each of ``asked``.
    """
    n_rows, n_folds = len(residuals), len(folds)
    of_fold = np.zeros(n_rows, dtype=int)
    for place, rows in enumerate(folds):
        of_fold[rows] = place
    without = [np.ones((n_folds, n_rows)) for _ in asked]
    for first in range(n_folds):
        for second in range(first, n_folds):
            rest = (of_fold != first) & (of_fold != second)
            booster = fit_spread(numbers[rest], residuals[rest], seed)
            for out, own in {(first, second), (second, first)}:
                for found, known in zip(without, asked, strict=True):
                    found[out, folds[own]] = expect_miss(booster, known[folds[own]])
    return tuple(Scales(found[of_fold, np.arange(n_rows)], found) for found in without)


def hold_strictly(
    residuals: np.ndarray, scales: Scales, groups: np.ndarray, folds: Sequence[np.ndarray], coverage: float
) -> tuple[np.ndarray, np.ndarray]:
    """Say of each row whether an interval that its fold took no part in holds it, and how far that reaches.

    Returns
    -------
    (held, reach)
        Each of shape (n_rows,).
    """
    held, reach = np.zeros(len(residuals), dtype=bool), np.zeros(len(residuals))
    for place, rows in enumerate(folds):
        others = np.setdiff1d(np.arange(len(residuals)), rows)
        scores = np.abs(residuals[others]) / scales.without[place, others]
        limits = take_limits(fit_group_limits(scores, groups[others], coverage), groups[rows])
        reach[rows] = limits * scales.own[rows]
        held[rows] = np.abs(residuals[rows]) <= reach[rows] + ROUNDING
    return held, reach
