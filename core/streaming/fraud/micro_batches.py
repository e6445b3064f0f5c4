"""One micro-batch: messages in, alerts and refusals out; the part of the consumer that knows no broker and no database.

Each message is read, checked against the rules on time and repeats, and added to the feature state in the order of the
log; the rows of features are then scored together. What was taken is kept as the journal of the batch: adding it again
to the state before the batch gives the state after it, to the bit.

Left out: drift, which watches the outcomes (``alarms``), and anything that looks at the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError, RecipeError
from core.streaming.fraud.messages import Label, MessageError, read_message
from core.streaming.fraud.quarantine import FAR_AHEAD, Gate, Refusal, show_payload
from core.streaming.fraud.transactions import EPOCH, Transaction

SEPARATOR = b"\x00"
"""Between the messages of a journal; JSON never holds it."""
N_FEATURES = 15
Floats = NDArray[np.float64]
Scorer = Callable[[Floats], Floats]
"""Features of shape (n, 15) to scores of shape (n,), each row by itself."""
Explainer = Callable[[Floats], Sequence[str]]
"""The features of one payment, shape (15,), to its reasons."""


class State(Protocol):
    """What keeps the features up to date, such as ``online.FeatureState``."""

    def add(self, transaction: Transaction) -> Floats:
        """Take a payment; return its features, shape (15,)."""

    def learn(self, transaction_id: int, fraud: bool) -> bool:
        """Take the label of a payment; return whether the payment is remembered."""

    def to_bytes(self) -> bytes:
        """Return all that is remembered."""

    def freeze(self) -> Callable[[], bytes]:
        """Return what gives the bytes of this moment, later and in any thread."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came.

    Parameters
    ----------
    partition, offset : int
        Where it stands in the log.
    stamp_ms : int or None
        The sender's time in milliseconds since 1970.
    content : bytes or None
    """

    partition: int
    offset: int
    stamp_ms: int | None
    content: bytes | None

    @property
    def stamp_s(self) -> float | None:
        """The sender's time in seconds since the epoch of the simulation."""
        return None if self.stamp_ms is None else self.stamp_ms / 1_000 - EPOCH.timestamp()


@dataclass(frozen=True, slots=True)
class Alert:
    """A payment whose score reached the threshold, with its reasons and its place in the log."""

    transaction: Transaction
    score: float
    reasons: tuple[str, ...]
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one micro-batch.

    Parameters
    ----------
    n_read : int
        Messages that came in.
    transactions : tuple of Transaction
        Those that were scored, n of them.
    features : float64 array of shape (n, 15)
    scores : float64 array of shape (n,)
    labels : tuple of Label
    alerts : tuple of Alert
    refusals : tuple of Refusal
        What was set aside, and the notes on payments out of order, which were scored.
    journal : bytes
        The messages that changed what is remembered: those that were taken, and payments far ahead.
    """

    n_read: int
    transactions: tuple[Transaction, ...]
    features: Floats
    scores: Floats
    labels: tuple[Label, ...]
    alerts: tuple[Alert, ...]
    refusals: tuple[Refusal, ...]
    journal: bytes


class Detector:
    """The feature state, the rules and the model, fed by micro-batches.

    Parameters
    ----------
    state : State
    gate : Gate
    scorer : callable
        Features (n, 15) to scores (n,).
    threshold : float
        Least score of an alert; raising it makes fewer.
    explain : callable, optional
        Features (15,) to reasons; none without it.

    Attributes
    ----------
    warm_up_s : int
        Seconds from the stream's first payment on in which payments are scored and raise no alert.

    Raises
    ------
    RecipeError
        If the threshold is no finite number.
    """

    def __init__(
        self, state: State, gate: Gate, scorer: Scorer, threshold: float, explain: Explainer | None = None
    ) -> None:
        if not np.isfinite(threshold):
            message = f"the threshold is {threshold}; it must be a finite number"
            raise RecipeError(message)
        self.state, self.gate, self.threshold = state, gate, threshold
        self._scorer, self._explain = scorer, explain
        self.warm_up_s = 0

    def process(self, messages: Sequence[Received]) -> Outcome:
        """Take messages in the order of the log.

        Raises
        ------
        ValueError
            If the scorer returns another number of scores than it got rows, or one that is not finite.
        """
        rows: list[Floats] = []
        taken: list[tuple[Received, Transaction]] = []
        labels: list[Label] = []
        refusals: list[Refusal] = []
        journal: list[bytes] = []
        for each in messages:
            found = self._take(each, refusals)
            if found is None:
                continue
            journal.append(each.content or b"")
            if isinstance(found, Label):
                labels.append(found)
            elif isinstance(found, tuple):
                taken.append((each, found[0]))
                rows.append(found[1])
        features = np.array(rows, dtype=np.float64).reshape(-1, N_FEATURES)
        scores = self._score(features)
        return Outcome(
            n_read=len(messages),
            transactions=tuple(transaction for _, transaction in taken),
            features=features,
            scores=scores,
            labels=tuple(labels),
            alerts=tuple(self._list_alerts(taken, features, scores)),
            refusals=tuple(refusals),
            journal=SEPARATOR.join(journal),
        )

    def repeat(self, journal: bytes) -> None:
        """Bring the state from before a batch to the one after it, by the batch's journal; nothing is scored."""
        for content in journal.split(SEPARATOR) if journal else []:
            found = read_message(content)
            if isinstance(found, Label):
                self.state.learn(found.id, found.fraud)
            elif self.gate.leaps(found):
                self.gate.hold(found)
            else:
                self.state.add(found)
                self.gate.take(found)

    def _take(
        self, message: Received, refusals: list[Refusal]
    ) -> tuple[Transaction, Floats] | Label | Transaction | None:
        """Take one message; where something is to be said of it, add that to the refusals.

        What is remembered comes back: a payment with its features, a label, or a payment that is only held.
        """
        try:
            found = read_message(message.content)
            if isinstance(found, Label):
                return self._learn(message, found, refusals)
            complaint = self.gate.check(found, message.stamp_s)
            if complaint is not None:
                refusals.append(_refuse(message, *complaint))
                return self._hold(found) if complaint[0] == FAR_AHEAD else None
            features = self.state.add(found)
        except MessageError as error:
            refusals.append(_refuse(message, error.reason, str(error)))
            return None
        except DataError as error:
            refusals.append(_refuse(message, "refused", str(error)))
            return None
        delay = self.gate.find_delay(found)
        if delay:
            sentence = f"the payment was made {delay:,} s before one that was taken already; it was scored all the same"
            refusals.append(_refuse(message, "out of order", sentence))
        self.gate.take(found)
        return found, features

    def _hold(self, found: Transaction) -> Transaction:
        """Remember that a payment was far ahead."""
        self.gate.hold(found)
        return found

    def _learn(self, message: Received, label: Label, refusals: list[Refusal]) -> Label | None:
        """Take a label, if its payment is remembered."""
        if self.state.learn(label.id, label.fraud):
            return label
        sentence = f"payment {label.id} is not remembered; send labels after their payments, within a month"
        refusals.append(_refuse(message, "unknown payment", sentence))
        return None

    def _score(self, features: Floats) -> Floats:
        """Score all rows together."""
        if not len(features):
            return np.empty(0)
        scores = np.asarray(self._scorer(features), dtype=np.float64)
        if scores.shape != (len(features),) or not np.isfinite(scores).all():
            message = f"the scorer gave shape {scores.shape} for {len(features)} rows, or a score that is not finite"
            raise ValueError(message)
        return scores

    def _list_alerts(
        self, taken: Sequence[tuple[Received, Transaction]], features: Floats, scores: Floats
    ) -> Iterable[Alert]:
        """Yield the payments whose score reaches the threshold, once the stream is warm."""
        warm_from = (self.gate.first or 0) + self.warm_up_s
        for row in np.flatnonzero(scores >= self.threshold).tolist():
            message, transaction = taken[row]
            if self.warm_up_s and transaction.seconds < warm_from:
                continue
            reasons = tuple(self._explain(features[row])) if self._explain else ()
            yield Alert(transaction, float(scores[row]), reasons, message.partition, message.offset)


def _refuse(message: Received, reason: str, sentence: str) -> Refusal:
    """Say something of a message."""
    return Refusal(reason, sentence, show_payload(message.content), message.partition, message.offset)
