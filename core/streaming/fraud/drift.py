"""Drift of a stream against what the model learnt from: its features, its score, and its errors once labels arrive.

Every watched value is turned into its place among the reference's (0 to 1), so that one detector fits all of them.
Features that the calendar alone decides (weekend, night) are not drift and are not watched; the risk of a terminal is
made of labels and is watched through the labels. Three watches, one after the other in what they need:

features    amount, counts and means of customer and terminal, each with an ADWIN        no label, at once
score       the score's place, and the share above the threshold                         no label, at once
labels      the gap between outcome and probability, and its square                      labels, seven days late

Promised of each watch: at most 5 in 100 stationary streams of 50,000 transactions raise any alarm. It is measured on
streams that had no say in the levels, of random customers of worlds simulated anew, over 65 days in their true order,
held against their 14 days before; and on streams of rows drawn one by one (``rehearsals``). What was found, with the
delays of planted shifts and those of an alarm every N that keeps the promise: ``python -m benchmarks fraud_drift``.

Beside them the last transactions are compared with the reference by ``core.evaluation.drift``: population stability
index and a Kolmogorov–Smirnov test, adjusted for the number of columns after Holm.

Left out: drift that features have only together, which ``core.evaluation.drift.tell_apart`` finds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.drift import find_drift
from core.hub.errors import DataError
from core.streaming.fraud.alarms import DELTA, AdwinWatch, Alarm

MAX_ROWS, LEAST_ROWS = 5_000, 200
WINDOW = 2_000
ALERT_SHARE = 0.01
"""Transactions that become alerts: 1%, about what an investigator's hundred cards a day can take at full size."""
CALENDAR, LABELS = ("weekend", "night"), ("risk",)
ROWS_A_DAY = 4
"""Two payments of a customer before a row and two after it share half of a day's window with it."""
SCORE_STRIDE = 14
ALERTS_PART = 2e-6
"""Of the score's level: alerts come in runs of weeks, from one terminal or card. At an even part 46 of 240 quiet
streams raised an alarm."""
SCORE, ALERTS = "score", "share of alerts"
GAP, ERROR = "fraud beyond what was expected", "squared error"


def is_watched(name: str) -> bool:
    """Tell whether a feature can drift without its labels: not the calendar's, not a terminal's risk.

    Examples
    --------
    >>> is_watched("amount"), is_watched("during_night"), is_watched("terminal_risk_7day")
    (True, False, False)
    """
    return not any(word in name for word in (*CALENDAR, *LABELS))


def find_stride(name: str) -> int:
    """Return how many rows share a feature's window: one row in so many is watched.

    Examples
    --------
    >>> find_stride("amount"), find_stride("customer_nb_tx_7day")
    (1, 28)
    """
    days = re.search(r"_(\d+)day", name)
    return ROWS_A_DAY * int(days[1]) if days else 1


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the stream is held against.

    Parameters
    ----------
    names : tuple of str
        Of the features that are watched.
    columns : tuple of int
        Where they stand among all features.
    rows : float64 array of shape (n, n_names)
        A sample of the rows that were learnt from, each column sorted by itself is ``ranks``.
    scores : float64 array of shape (n,)
        The model's, sorted.
    threshold : float
        Score from which a transaction is an alert.
    """

    names: tuple[str, ...]
    columns: tuple[int, ...]
    rows: np.ndarray
    ranks: np.ndarray
    scores: np.ndarray
    threshold: float

    def place(self, features: np.ndarray) -> np.ndarray:
        """Return the place of each watched value among the reference's, shape (n, n_names), 0 to 1."""
        places = [find_places(self.ranks[:, k], features[:, column]) for k, column in enumerate(self.columns)]
        return np.column_stack(places)

    def place_rows(self) -> np.ndarray:
        """Return the places of the reference's own rows, shape (n, n_names)."""
        return np.column_stack([find_places(self.ranks[:, k], self.rows[:, k]) for k in range(len(self.names))])

    def place_scores(self, scores: np.ndarray) -> np.ndarray:
        """Return the place of each score and whether it is an alert, shape (n, 2)."""
        return np.column_stack([find_places(self.scores, scores), scores >= self.threshold])


def find_places(ranked: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the share of a sorted sample under each value, half of what equals it counted.

    Examples
    --------
    >>> find_places(np.array([1.0, 2.0, 2.0, 3.0]), np.array([2.0, 9.0])).tolist()
    [0.5, 1.0]
    """
    below = np.searchsorted(ranked, values, side="left")
    return np.asarray((below + np.searchsorted(ranked, values, side="right")) / (2 * len(ranked)))


def make_reference(
    names: Sequence[str],
    features: np.ndarray,
    scores: np.ndarray,
    alert_share: float = ALERT_SHARE,
    seed: int = 0,
) -> Reference:
    """Keep what a stream will be held against: at most 5,000 rows, whatever was learnt from.

    Parameters
    ----------
    names : sequence of str
        All features, in their order.
    features : float64 array of shape (n, n_features)
        Rows that the model learnt from, at least 200.
    scores : float64 array of shape (n,)
        The model's scores of rows that it did not learn from serve best.
    alert_share : float
        Share of transactions that shall become alerts, 0 to 1.

    Raises
    ------
    DataError
        If the rows are too few, or not one score a row.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> reference = make_reference(("amount", "during_night"), rng.random((500, 2)), rng.random(500))
    >>> reference.names, round(reference.threshold, 2), reference.place(np.array([[0.25, 1.0]])).round(1).tolist()
    (('amount',), 0.99, [[0.2]])
    """
    if len(features) < LEAST_ROWS or len(features) != len(scores):
        message = f"the reference has {len(features)} rows and {len(scores)} scores; give {LEAST_ROWS} or more of both"
        raise DataError(message)
    columns = tuple(k for k, name in enumerate(names) if is_watched(name))
    kept = np.random.default_rng(seed).permutation(len(features))[:MAX_ROWS]
    rows = features[kept][:, columns]
    threshold = float(np.quantile(scores, 1 - alert_share, method="higher"))
    chosen = tuple(names[k] for k in columns)
    return Reference(chosen, columns, rows, np.sort(rows, axis=0), np.sort(scores[kept]), threshold)


class DriftWatch:
    """All watches of one stream.

    Parameters
    ----------
    reference : Reference
        Shared; it is never changed.
    delta : float
        Level of each watch; see ``core.streaming.fraud.alarms``.
    """

    def __init__(self, reference: Reference, delta: float = DELTA) -> None:
        self.reference = reference
        self.features = AdwinWatch("features", reference.names, delta, [find_stride(name) for name in reference.names])
        self.score = AdwinWatch("score", (SCORE, ALERTS), delta, (SCORE_STRIDE, 1), (0.5, ALERTS_PART))
        self.labels = AdwinWatch("labels", (GAP, ERROR), delta)
        self._recent = np.empty((0, len(reference.names)))
        self.features.start(reference.place_rows())
        self.score.start(reference.place_scores(np.random.default_rng(0).permutation(reference.scores)))

    def update(self, features: np.ndarray, scores: np.ndarray) -> tuple[Alarm, ...]:
        """Take transactions that were just scored: features of shape (n, n_features), scores of shape (n,)."""
        self._recent = np.vstack([self._recent, features[:, self.reference.columns]])[-WINDOW:]
        found = self.features.update(self.reference.place(features))
        return (*found, *self.score.update(self.reference.place_scores(scores)))

    def learn(self, scores: np.ndarray, fraud: np.ndarray) -> tuple[Alarm, ...]:
        """Take labels that have arrived, with the probabilities that were given then."""
        return self.labels.update(judge_labels(scores, fraud))

    @property
    def n_recent(self) -> int:
        """Transactions in the present window, 2,000 at most."""
        return len(self._recent)

    def compare(self) -> pd.DataFrame:
        """Compare the last 2,000 transactions with the reference, column by column; see ``find_drift``.

        Raises
        ------
        DataError
            If fewer than 20 have come.
        """
        names = list(self.reference.names)
        old, new = pd.DataFrame(self.reference.rows, columns=names), pd.DataFrame(self._recent, columns=names)
        return find_drift(old, new, dict.fromkeys(names, "number"))


def judge_labels(scores: np.ndarray, fraud: np.ndarray) -> np.ndarray:
    """Return the gap between outcome and probability (0.5 where they agree) and its square, shape (n, 2), 0 to 1.

    Examples
    --------
    >>> judge_labels(np.array([0.2, 0.2]), np.array([True, False])).round(2).tolist()
    [[0.9, 0.64], [0.4, 0.04]]
    """
    gap = fraud.astype(np.float64) - np.clip(scores, 0.0, 1.0)
    return np.column_stack([(1 + gap) / 2, gap**2])
