"""The sales that are most like a house, as the model weighs likeness, each adjusted as an appraiser would.

Two houses are alike where the model prices each topic (size, age, place, …) alike. The distance is the sum of the
absolute differences of what the topics add: the gross adjustment of an appraisal. A sale's adjusted price is what it
would have fetched with this house's features: its own price times the ratio of both answers.

Left out: sales after the data ends, and any sense of streets that the columns do not hold.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.hub.errors import DataError
from core.tabular.housing.model import Model

N_COMPARABLE = 5


SAME = 1e-9
"""Nearer than this a sale is the very house that is asked about, which is no comparison."""


def find_comparables(model: Model, topics: np.ndarray, k: int = N_COMPARABLE) -> pd.DataFrame:
    """Find the sales nearest to one case.

    Parameters
    ----------
    topics : float array of shape (n_topics,)
        What each topic adds to the best model's answer of the case, on the learnt scale.
    k : int
        At least 1.

    Returns
    -------
    DataFrame of shape (k, 6)
        row (from 1, in the table), group, price, adjusted (price with this house's features), difference (adjusted
        minus price) and distance (gross adjustment: of logs, so about a share of the price, where logs are used),
        nearest first.

    Raises
    ------
    DataError
        If k is not at least 1.
    """
    return pd.DataFrame(list_comparables(model, topics, k))


def list_comparables(model: Model, topics: np.ndarray, k: int = N_COMPARABLE) -> list[dict[str, object]]:
    """List the sales nearest to one case as plain values; see :func:`find_comparables`."""
    if k < 1:
        message = f"k is {k}; it must be at least 1"
        raise DataError(message)
    apart = topics - model.topics
    distances = np.abs(apart).sum(axis=1)
    order = np.argsort(distances, kind="stable")
    order = order[distances[order] > SAME][:k]
    prices, moves = model.y[order], apart[order].sum(axis=1)
    adjusted = prices * np.exp(moves) if model.source.is_log else prices + moves
    return [
        {
            "row": int(model.held_out.ids[row]) + 1,
            "group": str(model.held_out.groups[row]),
            "price": float(price),
            "adjusted": round(float(value), 2),
            "difference": round(float(value - price), 2),
            "distance": round(float(distances[row]), 6),
        }
        for row, price, value in zip(order, prices, adjusted, strict=True)
    ]
