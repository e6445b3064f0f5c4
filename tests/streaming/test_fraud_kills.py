"""The real ``fraud watch``, killed at moments that nobody chose: the same alerts, and copies with their number."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from threading import Timer

import pytest

from core.hub.store import Store
from core.streaming.fraud.broker import run_broker
from core.streaming.fraud.command import load_rules
from core.streaming.fraud.consumer import start_consumer
from core.streaming.fraud.producer import Producer
from core.streaming.fraud.reading import LogReader
from core.streaming.fraud.replaying import disturb, make_log, replay
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.topics import Topics, make_topics, name_topics
from tests.servers import ROOT

pytestmark = [pytest.mark.server, pytest.mark.slow]
TOPICS, N_KILLS, LONGEST_S = name_topics("killed"), 10, 0.4
LEAST = 0.02
ALERT = ["id", "seconds", "customer", "terminal", "amount", "score", "reasons"]
REFUSAL = ["reason", "sentence", "payload", "partition", "offset"]


@pytest.fixture(scope="module")
def broker():
    """Run a broker that holds 40 days of a small town, some of it spoilt."""
    town = simulate(Simulation(n_customers=500, n_terminals=1_000, n_days=40))
    with run_broker() as broker:
        make_topics(broker.servers, TOPICS)
        with Producer(broker.servers) as producer:
            replay(producer, TOPICS.transactions, disturb(make_log(town), share=0.01, seed=3))
        yield broker


def watch(servers, url, *more):
    """Start a process of the command itself."""
    words = ["-m", "core", "fraud", "watch", "--stream", "killed", "--servers", servers, "--warm-up", "0"]
    return subprocess.Popen(
        [sys.executable, *words, "--threshold", str(LEAST), *more], cwd=ROOT, text=True,
        env={**os.environ, "DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE,
    )  # fmt: skip


def list_results(sink):
    alerts = sink.list_rows("alerts", 100_000).sort_values("number")[ALERT]
    return alerts.values.tolist(), sink.list_rows("quarantine", 100_000).sort_values("number")[REFUSAL].values.tolist()


def read_all(servers, topic):
    reader, found = LogReader(servers, Topics(transactions=topic), {}), []
    while not reader.is_at_end:
        found += reader.read(1_000, 0.05)
    reader.close()
    return [json.loads(each.content) for each in found]


def test_kills_at_random_moments_change_no_alert_and_no_copy_is_missing_or_differs(broker, tmp_path):
    url, chance = f"sqlite:///{tmp_path / 'killed.sqlite3'}", random.Random(5)  # noqa: S311 (moments of kills)
    for _ in range(N_KILLS):
        with watch(broker.servers, url) as process:
            process.stdout.readline()
            Timer(chance.uniform(0.0, LONGEST_S), process.kill).start()
            process.communicate()
    with watch(broker.servers, url, "--until-end") as process:
        assert "scored" in process.communicate()[0]
    whole, killed = Store(f"sqlite:///{tmp_path / 'whole.sqlite3'}"), Store(url)
    calm, tried = Sink(whole, "killed"), Sink(killed, "killed")
    with start_consumer(broker.servers, TOPICS, calm, load_rules(threshold=LEAST)) as consumer:
        while consumer.step(0.05) is not None or not consumer.is_at_end:
            pass
    assert list_results(tried) == list_results(calm)
    assert tried.count() == calm.count()
    assert calm.count()["alerts"] > 100
    sent = read_all(broker.servers, TOPICS.alerts)
    first = {each["number"]: each for each in reversed(sent)}
    assert sorted(first) == sorted(tried.list_rows("alerts", 100_000)["number"])
    assert all(each == first[each["number"]] for each in sent), "a resend is the same message"
    whole.close()
    killed.close()
