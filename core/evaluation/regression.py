"""Scores of answers that are a number, each with a bootstrap interval: errors in its unit, of logs, in percent.

All resamples are scored at once, a resample being a row of weights (how often each row was drawn); with weights of one
the figures are scikit-learn's own, which the tests hold. PPE10 is the share of answers within 10% of the truth, the
figure by which the International Association of Assessing Officers and lenders judge price models.

Left out: residual diagnostics (``residuals``), prediction intervals (``conformal_numbers``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.evaluation.intervals import bias_corrected_interval, count_resamples, draw_weights
from core.evaluation.rows import RowMaker
from core.hub.contract import Scores
from core.hub.errors import DataError

IN_UNIT = ("rmse", "mae")
WITHIN = 0.1  # of the truth: what PPE10 counts
HALF = 0.5


def number_scores(y: object, answers: object) -> dict[str, float]:
    """Score answers that are a number.

    Parameters
    ----------
    y, answers : float arrays of shape (n_rows,)

    Returns
    -------
    dict of metric to float
        rmse, mae, r2; and, where every true value is above 0, rmse_log (an answer of 0 or less counts as the smallest
        true value), median_ape and ppe10 as shares.

    Raises
    ------
    DataError
        If there are no rows, the lengths differ, or a value is missing or infinite.

    Examples
    --------
    >>> found = number_scores([100.0, 200.0, 400.0], [110.0, 190.0, 300.0])
    >>> {name: round(value, 4) for name, value in found.items()}
    {'rmse': 58.3095, 'mae': 40.0, 'r2': 0.7814, 'rmse_log': 0.1775, 'median_ape': 0.1, 'ppe10': 0.6667}
    """
    truth, found = check_numbers(y, answers)
    return {name: float(values[0]) for name, values in weigh_scores(truth, found, np.ones((1, len(truth)))).items()}


def check_numbers(y: object, answers: object) -> tuple[np.ndarray, np.ndarray]:
    """Return true values and answers as float64, refusing what cannot be scored; see :func:`number_scores`."""
    truth, found = np.asarray(y, dtype=np.float64), np.asarray(answers, dtype=np.float64)
    if truth.ndim != 1 or len(truth) == 0 or truth.shape != found.shape:
        message = f"there are {truth.size} true values and {found.size} answers; there must be one answer for each row"
        raise DataError(message)
    if not (np.isfinite(truth).all() and np.isfinite(found).all()):
        row = int(np.argmax(~(np.isfinite(truth) & np.isfinite(found))))
        message = f"row {row + 1} has no finite true value or answer; leave it out"
        raise DataError(message)
    return truth, found


def weigh_scores(y: np.ndarray, answers: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Score rows under each row of weights; see :func:`number_scores`.

    Parameters
    ----------
    weights : array of shape (n_resamples, n_rows)
        Not negative, not all zero in a row.

    Returns
    -------
    dict of metric to array of shape (n_resamples,)
        R² is NaN where all drawn values are equal.
    """
    shares = weights / weights.sum(axis=1, keepdims=True)
    misses, centred = answers - y, y - y.mean()
    squares = shares @ misses**2
    spread = shares @ centred**2 - (shares @ centred) ** 2  # around each resample's own mean
    explained = 1 - np.divide(squares, spread, out=np.full_like(squares, np.nan), where=spread > 0)
    found = {"rmse": np.sqrt(squares), "mae": shares @ np.abs(misses), "r2": explained}
    if y.min() > 0:
        parts = np.abs(misses) / y
        logs = np.log(np.where(answers > 0, answers, y.min())) - np.log(y)
        found["rmse_log"] = np.sqrt(shares @ logs**2)
        found["median_ape"] = weigh_medians(parts, shares)
        found["ppe10"] = shares @ (parts <= WITHIN + 1e-12)
    return found


def weigh_medians(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Take the median of values under each row of shares that add up to 1, shape (n_resamples,).

    Examples
    --------
    >>> weigh_medians(np.array([1.0, 2.0, 10.0, 4.0]), np.full((1, 4), 0.25)).tolist()
    [3.0]
    """
    order = np.argsort(values, kind="stable")
    ranked, mass = values[order], np.cumsum(shares[:, order], axis=1)
    last = len(values) - 1
    lower = np.minimum((mass < HALF - 1e-9).sum(axis=1), last)
    upper = np.minimum((mass <= HALF + 1e-9).sum(axis=1), last)
    return np.asarray((ranked[lower] + ranked[upper]) / 2)


def score_numbers(
    y: object, answers: object, maker: RowMaker, split: str, baseline: Mapping[str, float], unit: str = ""
) -> Scores:
    """Write every score of a model's answers as rows, each with a seeded bootstrap interval and its baseline.

    Parameters
    ----------
    maker : RowMaker
        Who answered; its seed draws the resamples.
    split : str
        What was scored: cv, test, …
    baseline : mapping of metric to float
        As :func:`number_scores` gives it for the baseline's answers to the same rows.
    unit : str
        Of the target; errors of logs and shares have none.

    Examples
    --------
    >>> maker = RowMaker("line", "median", 0, "")
    >>> rows = score_numbers([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], maker, "cv", number_scores([1.0, 2.0, 4.0], [2.0] * 3))
    >>> [(row.metric, round(row.value, 3)) for row in rows][:2]
    [('rmse', 0.577), ('mae', 0.333)]
    """
    truth, found = check_numbers(y, answers)
    weights = draw_weights(len(truth), count_resamples(len(truth)), np.random.default_rng(maker.seed))
    resampled, rows = weigh_scores(truth, found, weights), []
    for metric, value in number_scores(truth, found).items():
        if not (np.isfinite(value) and np.isfinite(baseline[metric])):
            continue  # R² has no meaning where the rows all have one value
        span = (value, *bias_corrected_interval(value, resampled[metric]))
        row = maker.make_row(metric, split, span, len(truth), baseline[metric])
        rows.append(replace(row, unit=unit if metric in IN_UNIT else ""))
    return tuple(rows)
