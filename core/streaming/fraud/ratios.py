"""Ratios of the fifteen features: what a tree can only reach by many splits, made of nothing but those features.

A stolen card pays five times what its owner would, so the amount over the customer's mean of the other payments tells
more than either; a compromised terminal shows as a number of known frauds, which is its risk times its payments.

It imports nothing of the hub, because it goes into the zip that a person takes away.

Left out: anything that needs more memory of the stream than the fifteen features do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATIOS: tuple[str, ...] = (
    "amount_to_avg_30day", "amount_to_avg_7day", "avg_1day_to_30day", "avg_7day_to_30day", "terminal_frauds_1day",
    "terminal_frauds_7day", "terminal_frauds_30day", "amount_log", "other_avg_30day", "amount_to_other_avg",
)  # fmt: skip
LEAST_MEAN = 1.0
"""A mean below one unit of the currency counts as one, so that a ratio stays bounded."""


def add_ratios(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Append ten ratios to the features.

    Parameters
    ----------
    features : float64 array of shape (n, 15)
        Columns as ``features.FEATURES``.

    Returns
    -------
    float64 array of shape (n, 25)
        The features, then :data:`RATIOS`.

    Examples
    --------
    >>> usual = np.array([[200, 0, 0, 1, 200, 2, 120, 5, 72, 1, 0.0, 7, 0.0, 30, 0.1]], dtype=float)
    >>> wide = dict(zip(RATIOS, add_ratios(usual)[0, 15:].tolist()))
    >>> wide["amount_to_other_avg"], wide["terminal_frauds_30day"]
    (5.0, 3.0)
    """
    amount, count, mean = features[:, 0], features[:, 7], features[:, 8]
    bounded = np.maximum(mean, LEAST_MEAN)
    others = np.maximum(count * mean - amount, 0.0) / np.maximum(count - 1, 1)
    made = (
        amount / bounded,
        amount / np.maximum(features[:, 6], LEAST_MEAN),
        features[:, 4] / bounded,
        features[:, 6] / bounded,
        features[:, 9] * features[:, 10],
        features[:, 11] * features[:, 12],
        features[:, 13] * features[:, 14],
        np.log1p(amount),
        others,
        amount / np.maximum(others, LEAST_MEAN),
    )
    return np.column_stack([features, *made])
