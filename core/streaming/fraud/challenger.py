"""The challenger that the live engine trains on the newest labels: boosted trees, small enough for one page tick.

Rows without fraud are thinned to ten for each fraud, and each of those kept then weighs as many as it stands for, so
that probabilities stay true while training takes a second or two. Its reasons are those of the project's own models.

Left out: a search over settings; the project's own models are trained by ``training``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Reason
from core.streaming.fraud.model import explain_payment

MOST_PER_FRAUD, LEAST_KEPT = 10, 5_000
N_ROUNDS, RATE, LEAVES, LEAST_LEAF = 60, 0.1, 8, 20


class Challenger:
    """Boosted trees with the medians that their reasons start from."""

    def __init__(self, model: Any, medians: NDArray[np.float64]) -> None:
        self._model, self._medians = model, medians

    def score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of fraud of each row, shape (n,)."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            return np.asarray(self._model.predict_proba(features)[:, 1])

    def reasons(self, row: NDArray[np.float64]) -> tuple[Reason, ...]:
        """Return how far the score falls when each part is set to what is usual, the strongest first."""
        return explain_payment(self.score, self._medians, row)


def fit_challenger(features: NDArray[np.float64], fraud: NDArray[np.bool_], seed: int = 0) -> Challenger:
    """Train a challenger.

    Parameters
    ----------
    features : float64 array of shape (n, 15)
    fraud : bool array of shape (n,)
        Of both kinds.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rows = rng.random((2_000, 15))
    >>> model = fit_challenger(rows, rows[:, 0] > 0.97)
    >>> high = np.full((1, 15), 0.5)
    >>> high[0, 0] = 0.99
    >>> bool(model.score(high)[0] > 0.9), model.reasons(high[0])[0].name
    (True, 'amount')
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    genuine = np.flatnonzero(~fraud)
    n_kept = min(len(genuine), max(MOST_PER_FRAUD * int(fraud.sum()), LEAST_KEPT))
    rows = np.concatenate([np.flatnonzero(fraud), rng.choice(genuine, n_kept, replace=False)])
    weights = np.where(fraud[rows], 1.0, len(genuine) / n_kept)
    model = HistGradientBoostingClassifier(
        max_iter=N_ROUNDS, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST_LEAF, random_state=seed
    )
    with threadpool_limits(limits=1):
        model.fit(features[rows], fraud[rows], sample_weight=weights)
    return Challenger(model, np.median(features, axis=0))
