"""Send past payments as a stream: payments and, once they are known, the labels of frauds, in one order of time.

A fraud's label follows its payment by the delay of the features, seven days by default; a genuine payment gets none,
since a payment without a label counts as genuine. Each message is stamped with the time of its payment or label, so
that a replay of 2018 is no stream of late payments. :func:`disturb` spoils a share of the messages on purpose.

Left out: keeping time to the millisecond; the pace holds on average.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.hub.errors import RecipeError
from core.streaming.fraud.features import DELAY_DAYS
from core.streaming.fraud.messages import MAX_BYTES, Label, write_label, write_transaction
from core.streaming.fraud.producer import Producer
from core.streaming.fraud.transactions import DAY_S, EPOCH, Transactions

SHORT_S = 0.005
"""Shorter waits are saved up."""
SPOILS = ("malformed", "oversized", "duplicate", "late", "clock ahead", "out of order")


class Sent(NamedTuple):
    """A message on its way: its time in seconds since the epoch of the simulation, and its content."""

    seconds: int
    content: bytes


def make_log(transactions: Transactions, delay_days: float = DELAY_DAYS) -> Iterator[Sent]:
    """Yield payments and the labels of frauds in order of time; at one time labels come first.

    Parameters
    ----------
    transactions : Transactions
        In order of time.
    delay_days : float
        From a payment to its label; labels after the last payment are left out.

    Examples
    --------
    >>> from core.streaming.fraud.transactions import make_transactions
    >>> payments = make_transactions([1, 2], [0, 800_000], [5, 5], [8, 8], [9.5, 3.0], [True, False])
    >>> [each.seconds for each in make_log(payments)]
    [0, 604800, 800000]
    """
    if not len(transactions):
        return
    payments = ((each.seconds, 1, write_transaction(each)) for each in transactions.rows())
    frauds = transactions.take(transactions.fraud)
    last = int(transactions.seconds[-1])
    known = (frauds.seconds + round(delay_days * DAY_S)).tolist()
    pairs = zip(known, frauds.id.tolist(), strict=True)
    labels = ((seconds, 0, write_label(Label(each, fraud=True))) for seconds, each in pairs if seconds <= last)
    for seconds, _, content in heapq.merge(payments, labels, key=lambda each: each[:2]):
        yield Sent(seconds, content)


def disturb(log: Iterable[Sent], share: float, seed: int = 0) -> Iterator[Sent]:
    """Add spoilt messages to a log: broken, oversized, repeated, late, ahead of time or out of order.

    Parameters
    ----------
    share : float
        Of messages that one spoilt message follows, 0 to 1; the log's own messages all stay.

    Raises
    ------
    RecipeError
        If the share is outside 0 to 1.
    """
    if not 0 <= share <= 1:
        message = f"the share of spoilt messages is {share}; it must be 0 to 1"
        raise RecipeError(message)
    chance = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    for number, each in enumerate(log):
        yield each
        if chance.random() < share:
            yield Sent(each.seconds, _spoil(each, chance.choice(SPOILS), number))


def replay(
    producer: Producer,
    topic: str,
    log: Iterable[Sent],
    speed: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Send a log and wait until it arrived; return the number of messages.

    Parameters
    ----------
    speed : float or None
        Simulated seconds a second, such as 3,600 for an hour a second; None sends as fast as the broker takes.
    sleep : callable, optional
        Waits for some seconds.

    Raises
    ------
    RecipeError
        If the speed is not above 0.
    UnavailableError
        If the broker does not take the messages.
    """
    check_speed(speed)
    first_ms = round(1_000 * EPOCH.timestamp())
    due_s, before = 0.0, None
    n_sent = 0
    for each in log:
        if speed is not None and before is not None:
            due_s += max(0, each.seconds - before) / speed
        before = each.seconds
        if due_s >= SHORT_S:
            sleep(due_s)
            due_s = 0.0
        producer.send(topic, each.content, first_ms + 1_000 * each.seconds)
        n_sent += 1
    producer.flush()
    return n_sent


def check_speed(speed: float | None) -> None:
    """Refuse a speed that is not above 0; None is as fast as the broker takes."""
    if speed is not None and not speed > 0:
        message = f"the speed is {speed}; it must be above 0 simulated seconds a second"
        raise RecipeError(message)


def _spoil(sent: Sent, kind: str, number: int) -> bytes:
    """Make one spoilt message next to a good one."""
    if kind == "duplicate":
        return sent.content
    if kind == "malformed":
        return sent.content[: len(sent.content) // 2]
    if kind == "oversized":
        return sent.content + b" " * MAX_BYTES
    shift = {"late": -2 * 3_600, "clock ahead": 3_600, "out of order": -60}[kind]
    spoilt = f'{{"kind": "transaction", "id": {10**12 + number}, "seconds": {sent.seconds + shift}'
    return f'{spoilt}, "customer": 1, "terminal": 1, "amount": 1.0}}'.encode()
