"""Fraud stream: payments a second on one core, and the time from a payment's arrival to its commit at 5,000 a second.

The load is open: each message has its own moment of arrival and waits from then on, whether or not the one before is
done, so that a pause is charged to everyone who waits through it. What is timed is the loop of ``python -m core fraud
watch``, with its storing of the state on the way, its printing, and the thread that sends alerts on. Its clock stands
still while Linux lets other programs have the processor (``schedstat``), since the claim is for a core of its own;
waiting for the disk counts.

Two ends are timed: the commit, from which on every reader sees the payment's result and no kill takes it back, and the
sync after it, from which on no loss of power does. What the disk itself takes for a sync is measured right before.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter, deque
from pathlib import Path

import numpy as np

from benchmarks.record import Line, Record
from core.hub.store import Store
from core.streaming.fraud.checkpoints import SYNC_EVERY_S, Checkpoints
from core.streaming.fraud.command import load_rules
from core.streaming.fraud.consumer import Consumer, Pace, find_positions, restore
from core.streaming.fraud.micro_batches import Detector, Floats, Received
from core.streaming.fraud.outbox import publish
from core.streaming.fraud.replaying import make_log
from core.streaming.fraud.simulator import load_transactions
from core.streaming.fraud.sink import Position, Sink
from core.streaming.fraud.state_saves import set_aside
from core.streaming.fraud.topics import name_topics
from core.streaming.fraud.watching import Publisher, watch_once

WARM_DAYS, FIRST_DAY = 37, 85
N_MESSAGES = 100_000
N_TIMED = 230_000
"""The state is stored once in as many, as it would be."""
RATE, MAX_P99_MS = 5_000, 20.0


N_SYNCS, SYNC_BYTES = 500, 30_000
"""As many bytes as a small batch appends to SQLite's log."""


def measure() -> Record:
    """Measure the stored model on simulated payments, broker excluded."""
    messages, detector, sink = prepare()
    wall_s, cpu_s = time_throughput(messages[:N_MESSAGES], detector, sink)
    disk_ms = time_disk(Path(tempfile.mkdtemp()) / "synced")
    commit_ms, synced_ms = time_latency(messages[N_MESSAGES : N_MESSAGES + N_TIMED], detector, sink)
    sink.store.close()
    return Record(
        name="fraud_stream",
        title="Fraud: the stream",
        method=(
            f"The feature state holds {WARM_DAYS} days of the full simulation. Messages are read, checked, turned into "
            "features, scored by the stored model, explained where they alert, and committed to SQLite, whose log is "
            f"synced to the disk every {1_000 * SYNC_EVERY_S:.0f} ms. Throughput: batches of {Pace().batch}. Latency: "
            f"{N_TIMED:,} messages that arrive evenly at {RATE:,} a second go through the loop of `python -m core "
            "fraud watch`, which also prints each alert and has a thread of its own write alerts and refusals out for "
            "their topics; left out are the broker and its client. Each is timed from its own arrival to its "
            "commit, which a kill leaves, and to its sync, which a loss of power leaves, on a core of its own (time in "
            "which other programs had the processor is taken out; disk waits and storing the state are in it). The "
            f"disk: {N_SYNCS} syncs of {SYNC_BYTES // 1_000} kB, one after another, right before."
        ),
        lines=(
            *list_rates(N_MESSAGES / wall_s, N_MESSAGES / cpu_s),
            *list_times("time to commit", commit_ms, MAX_P99_MS),
            *list_times("time to sync", synced_ms, None),
            *list_times("a sync of the disk alone", disk_ms, None),
        ),
        command="python -m benchmarks fraud_stream",
    )


def list_rates(wall: float, cpu: float) -> tuple[Line, ...]:
    """Show payments a second, by the clock and by the processor's."""
    return (
        Line("payments a second", wall, "payments/s", "least", RATE, wall >= RATE),
        Line("payments per second of processor time", cpu, "payments/s", "least", RATE, cpu >= RATE),
    )


def list_times(what: str, times_ms: Floats, budget_ms: float | None) -> tuple[Line, ...]:
    """Show the median, the 99th percentile and the longest of some times."""
    found = zip(("median", "99th percentile", "longest"), np.percentile(times_ms, [50, 99, 100]).tolist(), strict=True)
    lines = []
    for name, value in found:
        limit = None if name == "longest" else budget_ms
        against = "no budget" if limit is None else "budget"
        lines.append(Line(f"{what}, {name}", value, "ms", against, limit, limit is None or value < limit))
    return tuple(lines)


def prepare() -> tuple[list[Received], Detector, Sink]:
    """Make messages, a detector whose state is warm, and an empty sink."""
    payments = load_transactions()
    days = payments.days
    sink = Sink(Store(f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3"), "bench")
    detector, _ = restore(sink, load_rules())
    warm = payments.take((days >= FIRST_DAY - WARM_DAYS) & (days < FIRST_DAY))
    for each in warm.rows():
        detector.state.add(each)
        detector.gate.take(each)
    for number in warm.id[warm.fraud].tolist():
        detector.state.learn(number, fraud=True)
    log = make_log(payments.take((days >= FIRST_DAY) & (days < FIRST_DAY + 34)))
    messages = [
        Received(0, place, None, sent.content) for place, sent in zip(range(N_MESSAGES + N_TIMED), log, strict=False)
    ]
    set_aside()
    return messages, detector, sink


def commit(messages: list[Received], detector: Detector, sink: Sink, number: int) -> None:
    """Decide and commit one batch."""
    sink.commit(number, detector.process(messages), find_positions(messages))


def time_throughput(messages: list[Received], detector: Detector, sink: Sink) -> tuple[float, float]:
    """Return the wall and processor seconds of all messages in full batches."""
    size, number = Pace().batch, sink.load().batch
    wall, cpu = read_clock(), time.process_time()
    with Checkpoints(sink.store):
        for place in range(0, len(messages), size):
            number += 1
            commit(messages[place : place + size], detector, sink, number)
    return read_clock() - wall, time.process_time() - cpu


class Arrivals:
    """A log to which messages come evenly, in place of a broker's."""

    def __init__(self, messages: list[Received]) -> None:
        self.messages, self.place, self.begin = messages, 0, read_clock()
        self.positions: dict[int, Position] = {}

    def read(self, limit: int, wait_s: float) -> list[Received]:
        """Return what has come in."""
        while (due := int((read_clock() - self.begin) * RATE)) <= self.place:
            time.sleep(min(wait_s, 1 / RATE))
        found = self.messages[self.place : min(due, self.place + limit)]
        self.place += len(found)
        return found

    def take_counts(self) -> Counter[str]:
        """Return that nothing was lost."""
        return Counter()

    @property
    def is_at_end(self) -> bool:
        """Whether all that will come has come."""
        return self.place >= len(self.messages)

    def close(self) -> None:
        """Leave nothing open."""


class NoBroker:
    """A producer whose broker costs nothing."""

    def send(self, topic: str, content: bytes) -> None:
        """Take a message that is written out already."""

    def flush(self) -> int:
        """Have all of them arrive at once."""
        return 0


def time_disk(path: Path) -> Floats:
    """Return the milliseconds of each of some synced writes to a file of its own."""
    content, times = os.urandom(SYNC_BYTES), []
    with path.open("wb", buffering=0) as file:
        for _ in range(N_SYNCS):
            begun = time.perf_counter()
            file.write(content)
            os.fsync(file.fileno())
            times.append(1_000 * (time.perf_counter() - begun))
    return np.array(times)


def time_latency(messages: list[Received], detector: Detector, sink: Sink) -> tuple[Floats, Floats]:
    """Return the milliseconds of each payment from its arrival to its commit, and to its sync."""
    committed: list[float] = []
    synced: list[float] = []
    waiting: deque[tuple[int, range]] = deque()
    log = Arrivals(messages)
    consumer = Consumer(log, sink, detector, sink.load().batch)  # type: ignore[arg-type] # what it needs of it
    set_aside()  # as where a consumer starts
    producer, topics = NoBroker(), name_topics("bench")
    with (
        Path(os.devnull).open("w") as screen,
        consumer,
        Publisher(lambda: publish(sink, producer, topics), print) as publisher,  # type: ignore[arg-type]
    ):
        log.begin = read_clock()
        while log.place < len(messages):
            first = log.place
            watch_once(consumer, publisher, lambda text: print(text, file=screen, flush=True))
            done = read_clock() - log.begin
            places = range(first, log.place)
            committed += [done - place / RATE for place in places]
            waiting.append((consumer.batch, places))
            while waiting and waiting[0][0] <= consumer.synced_batch:
                synced += [done - place / RATE for place in waiting.popleft()[1]]
    return 1_000 * np.array(committed), 1_000 * np.array(synced)


def read_clock() -> float:
    """Return seconds that stand still while this thread waits for a processor, where the system tells that."""
    counts = Path("/proc/thread-self/schedstat")
    waited_ns = int(counts.read_text().split()[1]) if counts.is_file() else 0
    return time.perf_counter() - waited_ns / 1e9
