"""What figures are held against: the amount alone, the best that can be reached, and what the handbook published.

Left out: a baseline that knows the terminal; the depth-2 tree finds it by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.streaming.fraud.protocol import Protocol, Week, measure_card_precision
from core.streaming.fraud.transactions import Transactions

SOURCE = "Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, 2022, chapters 3 to 5"


@dataclass(frozen=True, slots=True)
class Published:
    """Figures that others printed: ROC area, average precision, and card precision of 100 cards a day."""

    roc_auc: float
    average_precision: float
    card_precision_at_100: float


PUBLISHED: Mapping[str, Published] = {
    "logistic regression": Published(0.871, 0.606, 0.291),
    "depth-2 tree": Published(0.763, 0.496, 0.241),
    "random forest": Published(0.867, 0.658, 0.287),
    "XGBoost": Published(0.862, 0.639, 0.273),
}
"""The handbook's baseline models, untuned, week of 2018-08-08 after training on that of 2018-07-25."""
PUBLISHED_WEEKS: Mapping[str, tuple[float, float]] = {
    "average_precision": (0.687, 0.01),
    "card_precision_at_100": (0.303, 0.01),
}
"""The handbook's best mean over four test weeks (XGBoost, tuned) and its standard deviation."""
GOALS: Mapping[tuple[str, str], float] = {
    ("roc_auc", "test"): 0.870,
    ("average_precision", "test"): 0.655,
    ("card_precision_at_100", "test"): 0.29,
    ("average_precision", "four_weeks"): 0.69,
    ("card_precision_at_100", "four_weeks"): 0.303,
}
"""What the shipped model must reach, by metric and split."""


def score_amount(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score payments by their amount, turned into 0 to 1: shape (n,).

    Examples
    --------
    >>> score_amount(np.array([[100.0], [300.0]])).tolist()
    [0.5, 0.75]
    """
    half = 100.0  # only the order counts; this puts an amount of 100 at a half
    return np.asarray(features[:, 0] / (features[:, 0] + half))


def find_ceiling(transactions: Transactions, week: Week, protocol: Protocol | None = None) -> float:
    """Return the card precision of one who knows every fraud: fewer cards are compromised a day than can be looked at.

    Examples
    --------
    >>> from core.streaming.fraud.protocol import split_week
    >>> from core.streaming.fraud.simulator import SMALL, simulate
    >>> made = simulate(SMALL)
    >>> 0 < find_ceiling(made, split_week(made, 39)) < 1
    True
    """
    truth = transactions.fraud[week.test].astype(np.float64)
    return float(measure_card_precision(transactions, week.test, truth, (protocol or Protocol()).top_k).mean())
