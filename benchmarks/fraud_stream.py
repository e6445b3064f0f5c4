"""Fraud stream: payments a second on one core, and the time from a payment's arrival to its commit at 5,000 a second.

The load is open: each message has its own moment of arrival and waits from then on, whether or not the one before is
done, so that a pause is charged to everyone who waits through it. The consumer itself is timed, with its storing of the
state on the way. Its clock stands still while Linux lets other programs have the processor (``schedstat``), since
the claim is for a core of its own; waiting for the disk counts.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.record import Line, Record
from core.hub.store import Store
from core.streaming.fraud.command import load_rules
from core.streaming.fraud.consumer import Consumer, Pace, find_positions, restore, set_aside
from core.streaming.fraud.micro_batches import Detector, Received
from core.streaming.fraud.replaying import make_log
from core.streaming.fraud.simulator import load_transactions
from core.streaming.fraud.sink import Position, Sink

WARM_DAYS, FIRST_DAY = 37, 85
N_MESSAGES = 100_000
N_TIMED = 230_000
"""The state is stored once in as many, as it would be."""
RATE, MAX_P99_MS = 5_000, 20.0


def measure() -> Record:
    """Measure the stored model on simulated payments, broker excluded."""
    messages, detector, sink = prepare()
    wall_s, cpu_s = time_throughput(messages[:N_MESSAGES], detector, sink)
    p50_ms, p99_ms = time_latency(messages[N_MESSAGES : N_MESSAGES + N_TIMED], detector, sink)
    wall, cpu = N_MESSAGES / wall_s, N_MESSAGES / cpu_s
    sink.store.close()
    return Record(
        name="fraud_stream",
        title="Fraud: the stream",
        method=(
            f"The feature state holds {WARM_DAYS} days of the full simulation. Messages are read, checked, turned into "
            "features, scored by the stored model, explained where they alert, and committed to SQLite, each batch "
            f"synced to the disk. Throughput: batches of {Pace().batch}. Latency: {N_TIMED:,} messages that arrive "
            f"evenly at {RATE:,} a second, each timed from its own arrival to its commit, on a core of its own (time "
            "in which other programs had the processor is taken out; disk waits and storing the state are in it)."
        ),
        lines=(
            Line("payments a second", wall, "payments/s", "least", RATE, wall >= RATE),
            Line("payments per second of processor time", cpu, "payments/s", "least", RATE, cpu >= RATE),
            Line(
                f"median time to commit at {RATE:,} a second", p50_ms, "ms", "budget", MAX_P99_MS, p50_ms < MAX_P99_MS
            ),
            Line(f"99th percentile at {RATE:,} a second", p99_ms, "ms", "budget", MAX_P99_MS, p99_ms < MAX_P99_MS),
        ),
        command="python -m benchmarks fraud_stream",
    )


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

    def close(self) -> None:
        """Leave nothing open."""


def time_latency(messages: list[Received], detector: Detector, sink: Sink) -> tuple[float, float]:
    """Return the median and the 99th percentile of the milliseconds from arrival to commit."""
    waited: list[float] = []
    log = Arrivals(messages)
    consumer = Consumer(log, sink, detector, sink.load().batch)  # type: ignore[arg-type] # what it needs of it
    set_aside()  # as where a consumer starts
    with consumer:
        log.begin = read_clock()
        while log.place < len(messages):
            first = log.place
            consumer.step()
            done = read_clock() - log.begin
            waited += [done - arrived / RATE for arrived in range(first, log.place)]
    p50, p99 = np.percentile(1_000 * np.array(waited), [50, 99])
    return float(p50), float(p99)


def read_clock() -> float:
    """Return seconds that stand still while this thread waits for a processor, where the system tells that."""
    counts = Path("/proc/thread-self/schedstat")
    waited_ns = int(counts.read_text().split()[1]) if counts.is_file() else 0
    return time.perf_counter() - waited_ns / 1e9
