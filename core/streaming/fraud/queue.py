"""The investigators' queue: each day the hundred cards that most deserve a look, and what a look found.

A card stands in the queue with its highest score of the day, as card precision counts it (Fraud Detection Handbook,
chapter 4: a compromised card is counted once, and one that was found is not offered again). What a person answers is
kept; when the day closes, the rest of its capacity is spent on the best of what is left.

Left out: who of several investigators looks at which card.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError, RecipeError
from core.streaming.fraud.transactions import DAY_S, Transaction

CAPACITY, MAX_CAPACITY = 100, 1_000
BLOCKED_DAYS = 7
N_REPORTS, N_ANSWERS = 60, 1_000
ROOM = 4
"""Cards kept for each that can be looked at; beyond it the lowest score gives way."""


@dataclass(frozen=True, slots=True, eq=False)
class Alert:
    """A payment that scored high: the features, shape (15,), are kept so that its reasons can be told later."""

    transaction: Transaction
    score: float
    features: np.ndarray


@dataclass(frozen=True, slots=True)
class Answer:
    """What an investigator said of a card; ``by_person`` is False where the day's end decided."""

    transaction: int
    customer: int
    score: float
    fraud: bool
    by_person: bool


@dataclass(frozen=True, slots=True)
class DayReport:
    """A closed day: payments that scored high, the cards they were on, the cards looked at and those found bad."""

    day: int
    n_alerts: int
    n_cards: int
    n_checked: int
    n_found: int

    @property
    def precision(self) -> float:
        """Share of the cards looked at that were bad, 0 to 1; NaN where none was looked at."""
        return self.n_found / self.n_checked if self.n_checked else float("nan")


class InvestigatorQueue:
    """One day's cards, best first.

    Parameters
    ----------
    capacity : int
        Cards that can be looked at in a day, 1 to 1,000.

    Raises
    ------
    RecipeError
        If the capacity is out of range.

    Examples
    --------
    >>> queue = InvestigatorQueue(1)
    >>> for number, (card, score) in enumerate([(7, 0.4), (8, 0.9), (7, 0.6)]):
    ...     queue.offer(Alert(Transaction(number, 0, card, 0, 9.0), score, np.zeros(15)))
    >>> [(alert.transaction.customer, alert.score) for alert in queue.list(2)]
    [(8, 0.9), (7, 0.6)]
    >>> queue.close_day(0, judge=lambda transaction: transaction == 1).precision
    1.0
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if not 1 <= capacity <= MAX_CAPACITY:
            message = f"the capacity is {capacity} cards a day; it must be 1 to {MAX_CAPACITY}"
            raise RecipeError(message)
        self.capacity, self.n_alerts = capacity, 0
        self._cards: dict[int, Alert] = {}
        self._blocked: dict[int, int] = {}
        self._today: list[Answer] = []
        self.n_checked, self.n_right = 0, 0
        self.reports: deque[DayReport] = deque(maxlen=N_REPORTS)
        self.answers: deque[Answer] = deque(maxlen=N_ANSWERS)

    def offer(self, alert: Alert) -> None:
        """Take an alert in; a card that was found bad in the last seven days is passed over."""
        customer = alert.transaction.customer
        self.n_alerts += 1
        if self._blocked.get(customer, alert.transaction.seconds) > alert.transaction.seconds:
            return
        known = self._cards.get(customer)
        if known is None or alert.score > known.score:
            self._cards[customer] = alert
        if len(self._cards) > ROOM * self.capacity:
            del self._cards[min(self._cards, key=lambda each: _rank(self._cards[each]))]

    def list(self, n: int | None = None) -> tuple[Alert, ...]:
        """Return the best n cards of the day, by default as many as can still be looked at."""
        return tuple(sorted(self._cards.values(), key=_rank, reverse=True)[: self.n_left if n is None else n])

    @property
    def n_left(self) -> int:
        """Cards that can still be looked at today."""
        return max(0, self.capacity - len(self._today))

    def answer(self, transaction_id: int, fraud: bool) -> Answer:
        """Take a person's answer to an alert in the queue.

        Raises
        ------
        DataError
            If the alert is not in the queue any more, or the day's capacity is used up.
        """
        if not self.n_left:
            message = f"{self.capacity} cards were looked at today, which is the limit; wait for the next day"
            raise DataError(message)
        for alert in self._cards.values():
            if alert.transaction.id == transaction_id:
                return self._settle(alert, fraud, by_person=True)
        message = f"transaction {transaction_id} is not in today's queue; choose one that is listed"
        raise DataError(message)

    def check(self, ids: NDArray[np.int64], fraud: NDArray[np.bool_]) -> None:
        """Hold what persons answered against labels that have come, and count how often they were right."""
        truth = dict(zip(ids.tolist(), fraud.tolist(), strict=True))
        told = [answer for answer in self.answers if answer.by_person and answer.transaction in truth]
        self.n_checked += len(told)
        self.n_right += sum(answer.fraud == truth[answer.transaction] for answer in told)

    def close_day(self, day: int, judge: Callable[[int], bool]) -> DayReport:
        """Look at the best of what is left, as far as capacity goes, and begin a new day.

        Parameters
        ----------
        judge : callable
            ``judge(transaction_id)`` says whether it is a fraud.
        """
        n_cards = len(self._cards) + len(self._today)
        for alert in self.list(self.n_left):
            self._settle(alert, judge(alert.transaction.id), by_person=False)
        found = sum(answer.fraud for answer in self._today)
        report = DayReport(day, self.n_alerts, n_cards, len(self._today), found)
        self.reports.append(report)
        self._cards, self._today, self.n_alerts = {}, [], 0
        self._blocked = {card: until for card, until in self._blocked.items() if until > (day + 1) * DAY_S}
        return report

    def _settle(self, alert: Alert, fraud: bool, *, by_person: bool) -> Answer:
        """Write an answer down and take the card out of the queue."""
        made = alert.transaction
        answer = Answer(made.id, made.customer, alert.score, fraud, by_person)
        del self._cards[made.customer]
        if fraud:
            self._blocked[made.customer] = (made.seconds // DAY_S + BLOCKED_DAYS + 1) * DAY_S
        self._today.append(answer)
        self.answers.append(answer)
        return answer


def _rank(alert: Alert) -> tuple[float, int]:
    """Order alerts by score, of equal scores the earlier payment first."""
    return alert.score, -alert.transaction.id
