"""The whole stream as a job: a broker process, a sender and the consumer, on simulated payments, for some days.

The job starts Tansu (or uses ``KAFKA_BOOTSTRAP_SERVERS``), makes topics of its own name, sends payments and labels hour
by hour, and lets the consumer score them and commit alerts, offsets and state to the hub's database, where a page reads
them meanwhile. Ended or stopped, it stops the broker that it started. The consumer begins with the state of the days
before, as one that has been running would have.

Left out: sender and consumer on machines of their own, which is ``python -m core fraud``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from core.hub.contract import Label, Range, Seed
from core.hub.fields import validate_recipe
from core.streaming.fraud.stored_figures import DISTRICT, LIVE_DAY
from core.streaming.fraud.transactions import DAY_S

if TYPE_CHECKING:
    from core.hub.jobs import JobContext
    from core.streaming.fraud.consumer import Consumer
    from core.streaming.fraud.sink import Sink
    from core.streaming.fraud.transactions import Transactions

HOUR_S, HOURS_A_DAY = 3_600, 24
WARM_DAYS = 38
"""The longest window of a terminal, 30 days, ends seven days ago; a day more is whole."""
N_KEPT, MOST_EMPTY = 50, 20


@dataclass(frozen=True, slots=True)
class StreamRecipe:
    """What is streamed, and how fast."""

    days: Annotated[int, Range(1, 28, 1), Label("Days to send")] = 3
    hours_a_second: Annotated[float, Range(0.5, 24.0, 0.5), Label("Simulated hours a second")] = 3.0
    spoil: Annotated[float, Range(0.0, 0.2, 0.005), Label("Share of spoilt messages", "Broken, late, repeated …")] = (
        0.01
    )
    stream: Annotated[str, Label("Name of the stream")] = "page"
    seed: Seed = 0


def run_stream_job(recipe: StreamRecipe, context: JobContext) -> dict[str, str | float | int]:
    """Stream simulated payments through a broker to the end, or until a person stops it.

    Returns
    -------
    dict
        Counts of the stream, its latencies in milliseconds, and which broker it was.

    Raises
    ------
    UnavailableError
        If no broker can be started or reached.
    """
    from core.hub.settings import load_settings
    from core.hub.store import open_store
    from core.streaming.fraud.stream_sweep import sweep_streams

    validate_recipe(recipe)
    sweep_streams(open_store(), load_settings().jobs_keep_s)
    with _use_broker() as (servers, name):
        context.log(f"Broker: {name}, at {servers}; topics {recipe.stream}.*")
        return _stream(recipe, context, servers) | {"broker": name}


@contextmanager
def _use_broker() -> Iterator[tuple[str, str]]:
    """Start a broker for the length of a block, or name the person's own."""
    from core.streaming.fraud.broker import find_servers, run_broker

    if _find_own():
        yield find_servers(), "your own Kafka"
        return
    with run_broker() as started, _end_with_us(started.pid):
        yield started.servers, "Tansu, started here"


@contextmanager
def _end_with_us(pid: int) -> Iterator[None]:
    """End a process with this one, even if this one is killed: a watcher waits for its pipe to break."""
    code = "import os, signal, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), signal.SIGTERM)"
    command = [sys.executable, "-c", code, str(pid)]
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 (our own words)
    try:
        yield
    finally:
        watcher.kill()
        watcher.communicate()


def _find_own() -> bool:
    """Tell whether a broker of the person's own is set."""
    from core.hub.settings import load_settings

    return bool(getattr(load_settings(), "kafka_bootstrap_servers", ""))


def _stream(recipe: StreamRecipe, context: JobContext, servers: str) -> dict[str, str | float | int]:
    """Send hour by hour, and let the consumer catch up after each."""
    from core.hub.store import open_store
    from core.streaming.fraud.command import load_rules
    from core.streaming.fraud.consumer import start_consumer
    from core.streaming.fraud.outbox import publish
    from core.streaming.fraud.producer import Producer
    from core.streaming.fraud.replaying import disturb, make_log, replay
    from core.streaming.fraud.sink import Sink
    from core.streaming.fraud.topics import make_topics, name_topics

    past, payments = _load_payments(recipe)
    topics, sink = name_topics(recipe.stream), Sink(open_store(), recipe.stream)
    make_topics(servers, topics)
    warm_sink(sink, past)
    n_hours, first = recipe.days * HOURS_A_DAY, LIVE_DAY * DAY_S
    log = disturb(make_log(payments), recipe.spoil, recipe.seed)
    waiting = next(log, None)
    with start_consumer(servers, topics, sink, load_rules()) as consumer, Producer(servers) as producer:
        for hour in range(n_hours):
            started, due = time.perf_counter(), []
            while waiting is not None and waiting.seconds < first + (hour + 1) * HOUR_S:
                due.append(waiting)
                waiting = next(log, None)
            replay(producer, topics.transactions, due)
            _catch_up(consumer, len(due))
            publish(sink, producer, topics)
            context.log(write_news(hour + 1, measure(sink, consumer)))
            context.on_step(hour + 1, n_hours, {})
            time.sleep(max(0.0, 1 / recipe.hours_a_second - (time.perf_counter() - started)))
        found = measure(sink, consumer)
    return {"stream": recipe.stream, **found}


def _load_payments(recipe: StreamRecipe) -> tuple[Transactions, Transactions]:
    """Return the days before the stream, and those that are sent."""
    from core.streaming.fraud.feed import take_district
    from core.streaming.fraud.simulator import load_transactions

    district = take_district(load_transactions(), DISTRICT)
    days = district.days
    past = district.take((days >= LIVE_DAY - WARM_DAYS) & (days < LIVE_DAY))
    return past, district.take((days >= LIVE_DAY) & (days < LIVE_DAY + recipe.days))


def warm_sink(sink: Sink, past: Transactions) -> None:
    """Store the state of the days before, so that the consumer begins as one that has been running."""
    from core.streaming.fraud.online import FeatureState
    from core.streaming.fraud.quarantine import Gate

    state = FeatureState()
    state.add_many(past.rows())
    for each in past.id[past.fraud].tolist():
        state.learn(each, fraud=True)
    sink.save_state(sink.load().batch, state.to_bytes(), Gate().to_bytes())


def _catch_up(consumer: Consumer, n_sent: int) -> None:
    """Let the consumer take everything that was sent; the next hour waits for it no longer than some seconds."""
    n_read = n_empty = 0
    while n_read < n_sent and n_empty < MOST_EMPTY:
        outcome = consumer.step()
        n_read += outcome.n_read if outcome is not None else 0
        n_empty += outcome is None


def measure(sink: Sink, consumer: Consumer) -> dict[str, float]:
    """Return what a page shows of the stream: clock, counts and latencies in milliseconds."""
    counts = sink.count()
    refused = sum(n for name, n in counts.items() if name.startswith("refused"))
    latency = consumer.latency
    told = {name: float(counts.get(name, 0)) for name in ("read", "scored", "labels", "alerts")}
    return {
        "clock": float(consumer.detector.gate.clock or 0),
        "refused": float(refused),
        **told,
        "p99_ms": float(latency.p99_ms),
        "p50_ms": float(latency.p50_ms),
    }


def write_news(hour: int, found: Mapping[str, float]) -> str:
    """Write the figures of a stream as a line of its job's log.

    Examples
    --------
    >>> write_news(3, {"read": 20.0, "p50_ms": 1.25})
    'hour 3: read 20, p50_ms 1.2'
    """
    told = ", ".join(f"{name} {value:.1f}" if "ms" in name else f"{name} {value:.0f}" for name, value in found.items())
    return f"hour {hour}: {told}"


def read_news(log: str) -> dict[str, float]:
    """Read the last whole line that :func:`write_news` wrote; empty before the first.

    Examples
    --------
    >>> read_news("Broker: Tansu" + chr(10) + "hour 3: read 20, p50_ms 1.2")
    {'read': 20.0, 'p50_ms': 1.2}
    """
    lines = [line for line in log.splitlines() if line.strip().startswith("hour ") and "p50_ms" in line]
    pairs = [each.split() for each in lines[-1].partition(": ")[2].split(", ")] if lines else []
    return {name: float(value) for name, value in pairs}


def list_stream_alerts(stream: str, limit: int = N_KEPT) -> list[dict[str, object]]:
    """List the newest alerts of a stream from the hub's database, each with its reasons as a list."""
    from core.hub.store import open_store
    from core.streaming.fraud.sink import Sink

    rows = Sink(open_store(), stream).list_rows("alerts", limit).to_dict("records")
    found = [{str(name): value for name, value in row.items()} for row in rows]
    return [row | {"reasons": json.loads(row["reasons"])} for row in found]


def list_stream_refusals(stream: str, limit: int = N_KEPT) -> list[dict[str, object]]:
    """List the newest refusals of a stream: reason, sentence, payload, partition and offset."""
    from core.hub.store import open_store
    from core.streaming.fraud.sink import Sink

    rows = Sink(open_store(), stream).list_rows("quarantine", limit).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
