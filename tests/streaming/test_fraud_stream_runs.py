"""The whole stream as a job: what was sent is scored, what was spoilt is set aside, and no broker is left running."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.hub.errors import RecipeError
from core.hub.jobs import JobCancelled, JobContext
from core.hub.store import Store
from core.streaming.fraud import broker as brokers
from core.streaming.fraud import stream_runs
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.stream_runs import StreamRecipe, list_stream_alerts, list_stream_refusals, run_stream_job
from core.streaming.fraud.transactions import DAY_S

pytestmark = pytest.mark.server
RECIPE = StreamRecipe(days=1, hours_a_second=24.0, spoil=0.05, stream="page.test")


@pytest.fixture
def started(monkeypatch):
    """Keep every broker that is started."""
    kept, start = [], brokers.Broker

    def remember(port=0):
        kept.append(start(port))
        return kept[-1]

    monkeypatch.setattr(brokers, "Broker", remember)
    return kept


@pytest.fixture
def sent(monkeypatch, tmp_path):
    """Let the job send a small town's day into a store of its own."""
    made = simulate(Simulation(n_customers=60, n_terminals=100, n_days=46))
    made = replace(made, seconds=made.seconds + (stream_runs.LIVE_DAY - 45) * DAY_S)
    past, payments = made.take(made.days < stream_runs.LIVE_DAY), made.take(made.days >= stream_runs.LIVE_DAY)
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")

    def load_payments(_recipe):
        return past, payments

    def open_store():
        return store

    monkeypatch.setattr(stream_runs, "_load_payments", load_payments)
    monkeypatch.setattr("core.hub.store.open_store", open_store)
    yield payments
    store.close()


def make_context(folder, on_step):
    return JobContext(folder, folder, on_step, lambda _text: None)


def test_all_that_was_sent_is_scored_or_set_aside(sent, started, tmp_path):
    steps = []
    found = run_stream_job(RECIPE, make_context(tmp_path, lambda *step: steps.append(step)))
    assert len(steps) == 24
    alerts, refusals = list_stream_alerts("page.test", 1_000), list_stream_refusals("page.test", 1_000)
    extra = sum(row["reason"] == "out of order" for row in refusals)  # noted, and scored all the same
    assert found["scored"] == len(sent) + extra
    assert found["read"] == found["scored"] + found["labels"] + len(refusals) - extra
    assert found["alerts"] == len(alerts) > 0
    assert {row["customer"] for row in alerts} <= {1, *sent.customer.tolist()}
    assert not started[0].is_running


@pytest.mark.usefixtures("sent")
def test_a_stopped_job_stops_its_broker(started, tmp_path):
    def stop(*_step):
        raise JobCancelled

    with pytest.raises(JobCancelled):
        run_stream_job(RECIPE, make_context(tmp_path, stop))
    assert not started[0].is_running


def test_a_killed_worker_takes_its_broker_with_it():
    code = (
        "import subprocess, sys\n"
        "from core.streaming.fraud.stream_runs import _end_with_us\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "with _end_with_us(child.pid):\n"
        "    print(child.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child = int(worker.stdout.readline())
    assert is_running(child)
    worker.kill()
    worker.communicate()
    limit = time.monotonic() + 20
    while is_running(child) and time.monotonic() < limit:
        os.sched_yield()
    assert not is_running(child)


def is_running(pid):
    """Tell whether a process is there and not only its entry."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_recipe_out_of_range_starts_nothing(started, tmp_path):
    with pytest.raises(RecipeError, match="days"):
        run_stream_job(replace(RECIPE, days=99), make_context(tmp_path, print))
    assert not started
