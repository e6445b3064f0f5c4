"""The loop of ``fraud watch``: score what comes in, say the alerts, and have them sent on by a thread of its own.

Sending waits for the disk and then for the broker; in the loop's thread every payment would wait along. The thread asks
the database what was not sent yet (``outbox``), so it needs no more than to be woken, and the rule stays: nothing
leaves before a sync has made it last. A broker that is away is said in a sentence and tried again.

Left out: what a payment leads to (``consumer``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Self

from core.hub.errors import HubError, UnavailableError
from core.streaming.fraud.consumer import Consumer
from core.streaming.fraud.micro_batches import Outcome

Say = Callable[[str], None]
N_REASONS = 3
SEND_EVERY_S = 0.1
"""Each round costs a sync and some queries, so a busy stream's alerts are sent together, as often as it is synced."""
SWITCH_S = 0.0005
"""After which a thread of the process gives way to another; Python's own 5 ms is a quarter of what a payment may take.

https://docs.python.org/3/library/sys.html#sys.setswitchinterval
"""


class Publisher:
    """A thread that sends what is committed, for the length of a block; leaving it sends the rest.

    Parameters
    ----------
    send : callable
        Sends some of what was not sent yet and returns how many it were; 0 ends a round. It runs in no other thread
        while the block lasts.
    say : callable
        Takes a sentence about a broker that is away.

    Examples
    --------
    >>> left, told = [2, 1], []
    >>> with Publisher(lambda: left.pop() if left else 0, told.append) as publisher:
    ...     publisher.wake()
    >>> left, told
    ([], [])
    """

    def __init__(self, send: Callable[[], int], say: Say) -> None:
        self._send, self._say = send, say
        self._woken, self._ended = Event(), Event()
        self._failure: HubError | None = None
        self._pause = sys.getswitchinterval()
        self._thread = Thread(target=self._run, name="publisher", daemon=True)

    def __enter__(self) -> Self:
        sys.setswitchinterval(SWITCH_S)
        self._thread.start()
        return self

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        self._ended.set()
        self._woken.set()
        self._thread.join()
        sys.setswitchinterval(self._pause)
        if kind is None:
            self.wake()
            self._send_all()

    def wake(self) -> None:
        """Tell the thread that there is something to send.

        Raises
        ------
        HubError
            What ended the thread, other than a broker that is away.
        """
        if self._failure is not None:
            raise self._failure
        self._woken.set()

    def _run(self) -> None:
        """Send whenever woken, until the end."""
        try:
            while not self._ended.wait(SEND_EVERY_S):
                self._woken.wait()
                self._woken.clear()
                if not self._ended.is_set():
                    self._send_all()
        except HubError as error:
            self._failure = error

    def _send_all(self) -> None:
        """Send until nothing is left, or say why that cannot be."""
        try:
            while self._send():
                pass
        except UnavailableError as error:
            # The database has them; the topics get them once the broker is back.
            self._say(str(error))


def watch_once(consumer: Consumer, publisher: Publisher, say: Say) -> Outcome | None:
    """Take one batch, say its alerts, and have alerts and refusals sent on; a quiet moment sends what is left over."""
    outcome = consumer.step()
    for alert in outcome.alerts if outcome is not None else ():
        why = "; ".join(alert.reasons[:N_REASONS])
        paid = alert.transaction
        say(f"{paid.time:%Y-%m-%d %H:%M:%S}  payment {paid.id}  amount {paid.amount:,.2f}  {alert.score:.3f}  {why}")
    if consumer.is_at_end if outcome is None else outcome.alerts or outcome.refusals:
        publisher.wake()
    return outcome


def tell_beginning(consumer: Consumer, warm_up_days: int) -> str:
    """Say what a stream that begins has to know first; nothing of one that goes on."""
    if consumer.batch:
        return ""
    later = "then alerts are more than usual until a month of payments has come"
    if not warm_up_days:
        return "nothing is known of any customer yet: alerts are too many until a month of payments has come"
    return f"payments of the first {warm_up_days} days only fill the windows and raise no alert (--warm-up); {later}"


def tell_partitions(consumer: Consumer) -> str:
    """Say what a topic of several partitions means; nothing of one that has a single one."""
    n = len(consumer.reader.partitions)
    if n <= 1:
        return ""
    return (
        f"the topic has {n} partitions: payments of different partitions come in no fixed order, so that features may "
        "lag and late payments be refused; give the topic one"
    )
