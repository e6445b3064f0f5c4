"""A/B testing's log: 1,000,000 units assigned, events ingested on SQLite, results read from the log."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable

from benchmarks.record import Line, Record
from core.experimentation.ab_testing.assignment import Experiment, assign_many
from core.experimentation.ab_testing.events import show_time
from core.experimentation.ab_testing.ingestion import ingest
from core.experimentation.ab_testing.ledger import Ledger
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import start
from core.experimentation.ab_testing.replay import find_results
from core.hub.store import Store

N_UNITS, N_EVENTS, BATCH = 1_000_000, 50_000, 1_000
MAX_ASSIGN_S, LEAST_EVENTS_S = 3.0, 5_000.0
SHOP = Experiment("shop", ("blue", "grey"))


def measure() -> Record:
    """Measure assignment, ingestion and a results request."""
    assigning_s, (wall_s, cpu_s, results_s) = time_assignment(), time_ingestion()
    rate = N_EVENTS / wall_s
    return Record(
        name="ab_ledger",
        title="A/B testing: assignment and the log",
        method=(
            f"Units are hashed by NumPy. {N_EVENTS:,} exposures and metrics are checked and written in batches of "
            f"{BATCH:,} to SQLite, each batch synced to the disk before it is acknowledged."
        ),
        lines=(
            Line(
                "1,000,000 units assigned", assigning_s, "s", "budget", MAX_ASSIGN_S, assigning_s < MAX_ASSIGN_S
            ),
            Line("events ingested", rate, "events/s", "least", LEAST_EVENTS_S, rate >= LEAST_EVENTS_S),
            Line("events ingested per second of processor time", N_EVENTS / cpu_s, "events/s", "least",
                 LEAST_EVENTS_S, N_EVENTS / cpu_s >= LEAST_EVENTS_S),
            Line(f"results of {N_EVENTS:,} events", results_s, "s", "budget", 3.0, results_s < 3.0),  # noqa: PLR2004
        ),
        command="python -m benchmarks ab_ledger",
    )  # fmt: skip


def time_assignment() -> float:
    """Return the seconds that assigning a million units takes."""
    units = [f"user-{number:07d}" for number in range(N_UNITS)]
    begin = time.perf_counter()
    assign_many(SHOP, units)
    return time.perf_counter() - begin


def time_ingestion() -> tuple[float, float, float]:
    """Return the wall and processor seconds of ingestion, and the wall seconds of one results request."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/log.sqlite3")
        ledger = Ledger(store)
        start(ledger, SHOP, Recipe(metric="revenue"))
        events = list(make_events(ledger.clock()))
        wall, cpu = time.perf_counter(), time.process_time()
        for place in range(0, N_EVENTS, BATCH):
            ingest(ledger, events[place : place + BATCH])
        wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
        begin = time.perf_counter()
        find_results(ledger, SHOP.name)
        results_s = time.perf_counter() - begin
        store.close()
    return wall_s, cpu_s, results_s


def make_events(now_us: int) -> Iterable[dict[str, object]]:
    """Make an exposure and a metric for each unit."""
    units = [f"user-{number:07d}" for number in range(N_EVENTS // 2)]
    shown, paid = show_time(now_us - 10_000_000), show_time(now_us - 5_000_000)
    for number, (unit, place) in enumerate(zip(units, assign_many(SHOP, units), strict=True)):
        own = {"experiment": SHOP.name, "arm": SHOP.arms[place]}
        yield {"id": f"x-{number}", "kind": "exposure", "time": shown, "unit": unit} | own
        more = {"metric": "revenue", "value": float(number % 7)}
        yield {"id": f"m-{number}", "kind": "metric", "time": paid, "unit": unit} | more
