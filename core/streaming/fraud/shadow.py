"""Shadow models: a challenger and a recalibrated champion that answer beside the champion and act on nothing.

A challenger is trained on the newest labels when drift is alarmed; it is then judged on transactions whose labels come
later still, so none of them was trained on. Recalibration is Platt's: a slope and an intercept on the log odds
(J. Platt 1999, "Probabilistic outputs for support vector machines"), by Newton's method.

Left out: which model a challenger is; the caller's ``fit`` decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Reason
from core.hub.errors import DataError
from core.streaming.fraud.policy import ALPHA, LEAST_FRAUDS, Decision, Policy

MAX_ROWS, LEAST_ROWS = 30_000, 2_000
SMALLEST, N_STEPS = 1e-6, 25
DAMPING = 1e-3
"""Keeps the slope finite where the log odds part the classes."""


class Scorer(Protocol):
    """What scores transactions: a trained model of this project, or anything with these two methods."""

    def score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of fraud of each row, shape (n,)."""

    def reasons(self, row: NDArray[np.float64]) -> tuple[Reason, ...]:
        """Return why a row, shape (15,), has its score."""


Fit = Callable[[NDArray[np.float64], NDArray[np.bool_], int], Scorer]
"""``fit(features, fraud, seed)`` trains a challenger."""


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A model whose log odds are stretched and moved."""

    model: Scorer
    slope: float
    intercept: float

    def score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the recalibrated probability of each row, shape (n,)."""
        return self.mend(self.model.score(features))

    def mend(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Recalibrate probabilities that the model gave before."""
        return 1 / (1 + np.exp(-(self.slope * find_odds(probability) + self.intercept)))

    def reasons(self, row: NDArray[np.float64]) -> tuple[Reason, ...]:
        """Return the model's own reasons: their order is the same."""
        return self.model.reasons(row)


def find_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log odds, with probabilities kept a millionth away from 0 and 1."""
    inside = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(inside / (1 - inside)))


def recalibrate(model: Scorer, probability: NDArray[np.float64], fraud: NDArray[np.bool_]) -> Recalibrated:
    """Fit slope and intercept to labelled transactions.

    Parameters
    ----------
    probability : float64 array of shape (n,)
        The model's, of transactions that it was not trained on.

    Raises
    ------
    DataError
        If all are of one kind.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> share = rng.beta(0.5, 3.0, 20_000)
    >>> odds = np.log(share / (1 - share))
    >>> found = recalibrate(None, 1 / (1 + np.exp(-(odds / 2 - 1))), rng.random(20_000) < share)
    >>> round(found.slope, 1), round(found.intercept, 1)
    (2.0, 2.0)
    """
    if fraud.all() or not fraud.any():
        message = f"all {len(fraud)} labelled transactions are of one kind; recalibration needs frauds and others"
        raise DataError(message)
    x = np.column_stack([find_odds(probability), np.ones(len(fraud))])
    weights = np.array([1.0, 0.0])
    for _ in range(N_STEPS):
        stated = 1 / (1 + np.exp(-(x @ weights)))
        slope = x.T @ (fraud - stated) - DAMPING * (weights - np.array([1.0, 0.0]))
        curvature = (x * (stated * (1 - stated))[:, None]).T @ x + DAMPING * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        weights = weights + np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < SMALLEST:
            break
    return Recalibrated(model, float(weights[0]), float(weights[1]))


class LabelledRows:
    """The newest labelled transactions, 30,000 at most: what a challenger is trained on.

    Attributes
    ----------
    n_since : int
        The newest of them that count as later than an alarm; whoever notes the alarm sets it to 0.
    """

    def __init__(self, n_features: int, n_most: int = MAX_ROWS) -> None:
        self.n_most, self.n_since = n_most, 0
        self._features = np.empty((0, n_features), dtype=np.float32)
        self._scores, self._fraud = np.empty(0), np.empty(0, dtype=np.bool_)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._fraud)

    def add(
        self,
        features: NDArray[np.float32],
        scores: NDArray[np.float64],
        fraud: NDArray[np.bool_],
        *,
        is_since: bool = False,
    ) -> None:
        """Add labelled transactions in order of time; the oldest give way."""
        self._features = np.vstack([self._features, features])
        self._scores = np.concatenate([self._scores, scores])
        self._fraud = np.concatenate([self._fraud, fraud])
        self.n_since += len(fraud) if is_since else 0
        self.keep_newest(self.n_most)

    def keep_newest(self, n: int) -> None:
        """Forget all but the newest, as many as ``n``."""
        first = max(len(self) - n, 0)
        self._features, self._scores, self._fraud = self._features[first:], self._scores[first:], self._fraud[first:]
        self.n_since = min(self.n_since, len(self))

    def score_again(self, champion: Scorer) -> None:
        """Let a new champion score all of them, or it would be recalibrated by the old one's scores."""
        if len(self):
            self._scores = champion.score(self._features.astype(np.float64))

    @property
    def is_enough(self) -> bool:
        """Whether a challenger can be trained: 2,000 rows with 30 frauds among them."""
        return self._has_enough(len(self))

    @property
    def is_enough_since(self) -> bool:
        """Whether those later than the alarm are enough by themselves."""
        return self._has_enough(self.n_since)

    def _has_enough(self, n: int) -> bool:
        """Whether the newest n rows suffice."""
        return n >= LEAST_ROWS and int(self._fraud[len(self) - n :].sum()) >= LEAST_FRAUDS

    def start_shadow(
        self, champion: Scorer, fit: Fit, seed: int = 0, alpha: float = ALPHA, n_newest: int | None = None
    ) -> Shadow:
        """Train a challenger on all rows, or on the newest, and recalibrate the champion on the same.

        Raises
        ------
        DataError
            If there are too few.
        """
        first = 0 if n_newest is None else max(len(self) - n_newest, 0)
        features, scores, fraud = self._features[first:], self._scores[first:], self._fraud[first:]
        if not self._has_enough(len(fraud)):
            message = (
                f"{len(fraud)} labelled transactions with {int(fraud.sum())} frauds have come; a challenger needs "
                f"{LEAST_ROWS} with {LEAST_FRAUDS}, so wait for more labels"
            )
            raise DataError(message)
        challenger = fit(features.astype(np.float64), fraud, seed)
        return Shadow(challenger, recalibrate(champion, scores, fraud), Policy(alpha))


@dataclass(slots=True)
class Shadow:
    """A trial under way: the challenger, the recalibrated champion, and the rule that reads their losses."""

    challenger: Scorer
    recalibrated: Recalibrated
    policy: Policy
    n_labels: int = 0

    def learn(
        self,
        features: NDArray[np.float32],
        scores: NDArray[np.float64],
        fraud: NDArray[np.bool_],
        terminals: NDArray[np.int64],
        customers: NDArray[np.int64] | None = None,
    ) -> None:
        """Judge all three models on labels that have just come; ``scores`` are the champion's, given at the time."""
        new = self.challenger.score(features.astype(np.float64))
        self.policy.update((scores, self.recalibrated.mend(scores), new), fraud, terminals, customers)
        self.n_labels += len(fraud)

    def decide(self) -> Decision:
        """Read the rule as it stands."""
        return self.policy.decide()
