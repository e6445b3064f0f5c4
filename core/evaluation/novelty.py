"""Whether a case is unlike anything seen in training, as a p-value.

A row's strangeness is the distance to its fifth nearest neighbour after each column is scaled by its middle half. The
new row is put among the training rows, every row's distance is brought up to date, and the p-value is the share of rows
at least as strange. So a refusal at p ≤ alpha hits about alpha of the rows that are like the training rows, for any
number of columns and also with more columns than rows, as no covariance is estimated.

Method: full conformal prediction with nearest neighbours (V. Vovk, A. Gammerman and G. Shafer 2005, section 2.3), which
for this score needs one pass over the training rows per case, O(n). A training row's distance is measured in the scale
of the other rows, since a new row has no part in its scale either; with many columns and few rows new rows would
otherwise all look strange.

Left out: a fresh scale with the new row in it for each case, and which class is the strange one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from core.hub.errors import DataError

N_NEIGHBOURS = 5
MAX_REFERENCE = 2_000  # rows kept; p-values then resolve 0.0005
ROUNDING = 1e-9
CHUNK = 4_000_000  # distances held at once: 32 MB
IQR_OF_NORMAL = 1.349  # interquartile range of a standard normal
CONSTANT_SCALE = 1e-6  # a constant column: any visible change is far, rounding is not
MAX_REASONS = 2


@dataclass(frozen=True, slots=True, eq=False)
class NoveltyModel:
    """What is kept of the training rows: arrays only, so that it is stored as ``npz``.

    Parameters
    ----------
    center, scale, low, high : array of shape (n_features,)
        Median, robust spread, and range of each column, in its own unit.
    rows : array of shape (n, n_features)
        Scaled training rows (at most 2,000, drawn by seed).
    nearest : array of shape (n, 2)
        Distance of each to its (k − 1)-th and k-th nearest other row.
    neighbours : array of shape ()
        k.
    """

    center: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rows: np.ndarray
    nearest: np.ndarray
    neighbours: np.ndarray


def fit_novelty(x: object, seed: int = 0) -> NoveltyModel:
    """Learn what usual rows look like.

    Parameters
    ----------
    x : array of shape (n, n_features)
        Numbers, with missing ones filled in; constant columns are welcome.
    seed : int
        Of the draw when there are more than 2,000 rows.

    Raises
    ------
    DataError
        If there are fewer than two rows, or a value is missing or infinite.

    Examples
    --------
    >>> model = fit_novelty(np.random.default_rng(0).normal(size=(200, 2)))
    >>> novelty_p_value(model, [[0.0, 0.0], [9.0, 9.0]]).round(3).tolist()
    [0.736, 0.005]
    """
    table = _check_rows(x)
    if len(table) < 2:  # noqa: PLR2004 a distance needs two rows
        message = f"the number of rows is {len(table)}; at least 2 are needed to know what is usual"
        raise DataError(message)
    low, high = table.min(axis=0), table.max(axis=0)
    center = np.median(table, axis=0)
    scale = _measure_spread(table)
    if len(table) > MAX_REFERENCE:
        table = table[np.random.default_rng(seed).choice(len(table), MAX_REFERENCE, replace=False)]
    rows = (table - center) / scale
    k = min(N_NEIGHBOURS, len(rows) - 1)
    weights = (scale / _measure_spread_without_each(table)) ** 2
    return NoveltyModel(center, scale, low, high, rows, _find_nearest(rows, weights, k), np.array(k))


def novelty_p_value(model: NoveltyModel, x: object) -> np.ndarray:
    """Say for each row how usual it is: the share of training rows that are at least as strange.

    Parameters
    ----------
    x : array of shape (m, n_features)
        Columns in the order of training.

    Returns
    -------
    array of shape (m,)
        From 1 / (n + 1), unlike any, to 1.

    Raises
    ------
    DataError
        If the columns differ in number from training, or a value is missing or infinite.
    """
    from scipy.spatial.distance import cdist

    table = (_check_rows(x, model.center.size) - model.center) / model.scale
    n, k = len(model.rows), int(model.neighbours)
    before, last = model.nearest.T
    step = max(1, CHUNK // n)
    parts = []
    for start in range(0, len(table), step):
        distances = cdist(table[start : start + step], model.rows)  # (step, n)
        own = np.partition(distances, k - 1, axis=1)[:, k - 1 : k] * (1 - ROUNDING)
        # a training row that has the new row among its k nearest loses its k-th
        others = np.where(distances < last, np.maximum(distances, before), last)
        parts.append((1 + (others >= own).sum(axis=1)) / (n + 1))
    return np.concatenate(parts) if parts else np.empty(0)


def find_limit(model: NoveltyModel, alpha: float = 0.01) -> float:
    """Say at which p-value to refuse: ``alpha``, or 1 / (n + 1) where so few rows cannot show less.

    Under 99 training rows no p-value reaches 0.01; then a row stranger than all of them is refused.

    Examples
    --------
    >>> find_limit(fit_novelty(np.arange(20.0).reshape(-1, 1)), 0.01) == 1 / 21
    True
    """
    return max(alpha, 1 / (len(model.rows) + 1))


def is_novel(model: NoveltyModel, x: object, alpha: float = 0.01) -> np.ndarray:
    """Say which rows to refuse.

    Returns
    -------
    array of bool of shape (m,)

    Examples
    --------
    >>> is_novel(fit_novelty(np.arange(200.0).reshape(-1, 1)), [[50.5], [900.0]]).tolist()
    [False, True]
    """
    return np.asarray(novelty_p_value(model, x) <= find_limit(model, alpha) + np.finfo(np.float64).eps)


def explain_novelty(model: NoveltyModel, row: object, names: Sequence[str]) -> str:
    """Name what is unusual about a row, in one sentence.

    Parameters
    ----------
    row : array of shape (n_features,)
    names : sequence of length n_features

    Examples
    --------
    >>> model = fit_novelty(np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]))
    >>> explain_novelty(model, [2.0, 12.0], ("width", "length"))
    'length is 12; in training it runs from 5 to 7'
    """
    values = _check_rows(np.asarray(row, dtype=np.float64).reshape(1, -1), model.center.size)[0]
    outside = np.maximum(model.low - values, values - model.high) / model.scale
    worst = [int(i) for i in np.argsort(-outside, kind="stable")[:MAX_REASONS] if outside[i] > 0]
    if not worst:
        return "each value is usual on its own, but no training row has them together"
    return "; ".join(
        f"{names[i]} is {values[i]:g}; in training it runs from {model.low[i]:g} to {model.high[i]:g}" for i in worst
    )


def novelty_to_arrays(model: NoveltyModel) -> dict[str, np.ndarray]:
    """Give the arrays by name, for ``numpy.savez``."""
    return {each.name: getattr(model, each.name) for each in fields(model)}


def novelty_from_arrays(arrays: Mapping[str, np.ndarray]) -> NoveltyModel:
    """Build the model back from :func:`novelty_to_arrays`.

    Raises
    ------
    DataError
        If an array is missing.
    """
    lacking = [each.name for each in fields(NoveltyModel) if each.name not in arrays]
    if lacking:
        message = f"the novelty model lacks {', '.join(lacking)}; train it again"
        raise DataError(message)
    return NoveltyModel(**{each.name: np.asarray(arrays[each.name]) for each in fields(NoveltyModel)})


def _measure_spread(table: np.ndarray) -> np.ndarray:
    """Scale each column by its middle half; by its deviation where that is 0; a constant one by a hair."""
    quartiles = np.quantile(table, [0.25, 0.75], axis=0)
    return _choose_spread(quartiles[1] - quartiles[0], table.std(axis=0), table)


def _measure_spread_without_each(table: np.ndarray) -> np.ndarray:
    """Measure the same scale once without each row, shape (n, n_features)."""
    n = len(table)
    ranked = np.sort(table, axis=0)
    ranks = np.argsort(np.argsort(table, axis=0, kind="stable"), axis=0)

    def quantile(share: float) -> np.ndarray:
        whole, part = divmod(share * (n - 2), 1)
        first, second = (
            np.where(ranks > place, ranked[min(place, n - 1)], ranked[min(place + 1, n - 1)])
            for place in (int(whole), int(whole) + 1)
        )
        return np.asarray(first + part * (second - first))

    deviations = (table - table.mean(axis=0)) ** 2
    left = np.maximum(deviations.sum(axis=0) - deviations * n / (n - 1), 0.0)
    return _choose_spread(quantile(0.75) - quantile(0.25), np.sqrt(left / (n - 1)), table)


def _choose_spread(middle_half: np.ndarray, deviation: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Take the middle half where there is one, else the deviation, and never less than a hair."""
    spread = np.where(middle_half > 0, middle_half / IQR_OF_NORMAL, deviation)
    return np.asarray(np.maximum(spread, CONSTANT_SCALE * np.maximum(1.0, np.abs(table).max(axis=0))))


def _find_nearest(rows: np.ndarray, weights: np.ndarray, k: int) -> np.ndarray:
    """Return each row's distance to its (k − 1)-th and k-th nearest other row, columns weighted as that row asks."""
    squares = rows**2
    distances = weights @ squares.T - 2 * (weights * rows) @ rows.T + (weights * squares).sum(axis=1)[:, None]
    np.fill_diagonal(distances, np.inf)
    nearest = np.sqrt(np.maximum(np.sort(distances, axis=1)[:, max(k - 2, 0) : k], 0.0))
    return nearest if k > 1 else np.concatenate([np.zeros_like(nearest), nearest], axis=1)


def _check_rows(x: object, n_features: int | None = None) -> np.ndarray:
    """Return rows as float64 after checking their shape and that every value is finite."""
    table = np.asarray(x, dtype=np.float64)
    if table.ndim != 2 or (n_features is not None and table.shape[1] != n_features):  # noqa: PLR2004 a table
        message = f"the rows have shape {table.shape}; they must be a table of {n_features or 'at least 1'} columns"
        raise DataError(message)
    if not np.isfinite(table).all():
        row = int(np.argmax(~np.isfinite(table).all(axis=1)))
        message = f"row {row + 1} holds a missing or infinite value; fill it in or drop the row"
        raise DataError(message)
    return table
