"""The consumer on a real broker: the same alerts after twenty kills, outages, lost logs, and bad senders."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

from core.hub.errors import UnavailableError
from core.hub.store import Store
from core.streaming.fraud import reading
from core.streaming.fraud.broker import run_broker
from core.streaming.fraud.consumer import Pace, restore, start_consumer
from core.streaming.fraud.features import make_features
from core.streaming.fraud.messages import Label, write_label, write_transaction
from core.streaming.fraud.outbox import publish
from core.streaming.fraud.producer import Producer
from core.streaming.fraud.replaying import Sent, disturb, make_log, replay
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.topics import Topics, find_partitions, make_topics
from core.streaming.fraud.transactions import EPOCH, Transaction
from tests.streaming.fraud_worker import RULES, open_workshop, score

pytestmark = pytest.mark.server
TOPICS = Topics()
N_KILLS = 20
STAGES = ("decided", "inside", "committed", "saving", "piece", "saved")
ALERT = ["id", "seconds", "customer", "terminal", "amount", "score", "reasons"]
REFUSAL = ["reason", "sentence", "payload", "partition", "offset"]


@pytest.fixture(scope="module")
def payments():
    return simulate(Simulation(n_customers=60, n_terminals=100, n_days=30))


@pytest.fixture(scope="module")
def log(payments):
    return list(disturb(make_log(payments), share=0.02, seed=3))


@pytest.fixture(scope="module")
def full_broker(log):
    """Run a broker that holds the whole log and is not written to again."""
    with run_broker() as broker:
        send(broker, log)
        yield broker


@pytest.fixture
def broker():
    with run_broker() as broker:
        yield broker


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield store
    store.close()


@pytest.fixture
def sink(store):
    return Sink(store, "fraud")


@pytest.fixture(autouse=True)
def _short_peek(monkeypatch):
    monkeypatch.setattr(reading, "PEEK_S", 0.4)


def send(broker, log):
    make_topics(broker.servers, TOPICS)
    with Producer(broker.servers) as producer:
        return replay(producer, TOPICS.transactions, log)


def run(broker, sink, rules=RULES, pace=None):
    """Read the log to its end."""
    with start_consumer(broker.servers, TOPICS, sink, rules, pace) as consumer:
        drain(consumer)
        return consumer


def drain(consumer):
    while consumer.step(0.05) is not None or not consumer.is_at_end:
        pass


def list_results(sink):
    """Return alerts and refusals in the order of the log."""
    alerts = sink.list_rows("alerts", 100_000).sort_values("number")[ALERT]
    return alerts.values.tolist(), sink.list_rows("quarantine", 100_000).sort_values("number")[REFUSAL].values.tolist()


def pay(number, seconds, amount=10.0):
    return Sent(seconds, write_transaction(Transaction(number, seconds, 1, 1, amount)))


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_alert(full_broker, sink, tmp_path):
    run(full_broker, sink, pace=Pace(batch=50))
    url, chance, stages = f"sqlite:///{tmp_path / 'killed.sqlite3'}", random.Random(1), []  # noqa: S311 (places of kills)
    with open_workshop() as workshop:
        options = {"url": url, "servers": full_broker.servers, "batch": 12}
        kills = [(chance.randint(1, 12), chance.choice(STAGES)) for _ in range(N_KILLS)]
        stages += [workshop.run(*each, **options)[-1] for each in kills]
        assert "committed" in workshop.run(0, "none", **options)  # to its end
    assert stages == [stage for _, stage in kills]
    assert set(stages) == set(STAGES)
    killed = Store(url)
    assert list_results(Sink(killed, "fraud")) == list_results(sink)
    assert Sink(killed, "fraud").count() == sink.count()
    killed.close()
    assert sink.count()["alerts"] > 50


def test_alerts_are_those_of_the_batch_features(broker, sink, payments):
    send(broker, make_log(payments))
    run(broker, sink)
    scores = score(make_features(payments))
    rows = np.flatnonzero(scores >= RULES.threshold)
    found = sink.list_rows("alerts", 100_000).sort_values("number")
    assert found["id"].tolist() == payments.id[rows].tolist()
    np.testing.assert_allclose(found["score"], scores[rows], atol=1e-9)


def test_what_a_batch_held_hangs_on_no_border_between_batches(full_broker, store, sink):
    run(full_broker, sink, pace=Pace(batch=500))
    other = Sink(store, "other")
    run(full_broker, other, pace=Pace(batch=7, forced_save=70))
    assert list_results(other) == list_results(sink)
    assert other.count() == sink.count()


def test_every_message_is_counted_once(full_broker, sink, log):
    run(full_broker, sink)
    counts = sink.count()
    refused = {name: n for name, n in counts.items() if name.startswith("refused: ")}
    assert counts["read"] == len(log)
    # One that is out of order is scored and noted.
    assert counts["scored"] + counts["labels"] + sum(refused.values()) - refused["refused: out of order"] == len(log)
    assert min(refused.values()) > 0
    assert len(refused) == 6


def test_a_restart_reads_nothing_again(full_broker, sink, log):
    run(full_broker, sink)
    consumer = start_consumer(full_broker.servers, TOPICS, sink, RULES)
    while not consumer.is_at_end:
        assert consumer.step(0.05) is None
    consumer.reader.close()
    assert sink.count()["read"] == len(log)
    assert "logs lost" not in sink.count()


def test_the_journal_leads_to_the_same_state_as_a_stored_one(full_broker, store, sink):
    run(full_broker, sink)
    journalled = Sink(store, "journalled")
    consumer = start_consumer(full_broker.servers, TOPICS, journalled, RULES)
    drain(consumer)
    consumer.reader.close()  # without storing the state
    (one, first), (two, second) = restore(sink, RULES), restore(journalled, RULES)
    assert first.journals == ()
    assert second.state is None
    assert one.state.to_bytes() == two.state.to_bytes()
    assert one.gate.clock == two.gate.clock


def test_a_broker_that_is_down_at_the_start_is_waited_for_and_then_said(broker, sink):
    broker.kill()
    with start_consumer(broker.servers, TOPICS, sink, RULES, Pace(patience_s=0)) as consumer:
        assert consumer.step(0) is None
        with pytest.raises(UnavailableError, match=r"no broker answers at 127.0.0.1:\d+; start one with"):
            consumer.step(0)


def test_a_broker_that_dies_and_comes_back_empty_is_read_on(broker, sink):
    send(broker, [pay(1, 100), pay(2, 200)])
    consumer = start_consumer(broker.servers, TOPICS, sink, RULES)
    drain(consumer)
    broker.kill()
    until = time.monotonic() + 30
    while consumer.reader.is_at_end and time.monotonic() < until:
        assert consumer.step(0.05) is None
    assert not consumer.reader.is_at_end
    broker.restart()
    send(broker, [pay(2, 200), pay(3, 300)])
    while sink.count()["scored"] < 3 and time.monotonic() < until:
        consumer.step(0.05)
    consumer.reader.close()
    counts = sink.count()
    assert (counts["scored"], counts["refused: duplicate"], counts["logs lost"]) == (3, 1, 1)


@pytest.mark.parametrize("n_new", [1, 3, 9])
def test_a_log_that_was_lost_is_read_from_its_beginning(broker, sink, n_new):
    send(broker, [pay(number, number) for number in range(5)])
    run(broker, sink)
    broker.restart()
    send(broker, [pay(100 + number, 100 + number) for number in range(n_new)])
    run(broker, sink)
    assert (sink.count()["scored"], sink.count()["logs lost"]) == (5 + n_new, 1)


def test_a_second_consumer_of_a_stream_is_stopped(broker, sink):
    send(broker, [pay(1, 100)])
    one, two = (start_consumer(broker.servers, TOPICS, sink, RULES) for _ in range(2))
    drain(one)
    with pytest.raises(UnavailableError, match="another consumer works on the stream fraud"):
        drain(two)
    one.reader.close()
    two.reader.close()
    assert sink.count()["scored"] == 1


def test_a_terminal_whose_clock_is_ahead_makes_nobody_late(broker, sink):
    make_topics(broker.servers, TOPICS)
    now_ms = round(1_000 * EPOCH.timestamp())
    with Producer(broker.servers) as producer:
        for number, seconds in enumerate((1_000, 9_000_000, 1_010)):
            producer.send(TOPICS.transactions, pay(number, seconds).content, now_ms + 1_000_000)
    run(broker, sink)
    assert sink.count()["scored"] == 2
    assert sink.list_rows("quarantine")["reason"].tolist() == ["clock ahead"]


def test_a_label_of_an_unknown_payment_is_set_aside(broker, sink):
    send(
        broker,
        [pay(1, 100), Sent(100, write_label(Label(7, fraud=True))), Sent(100, write_label(Label(1, fraud=True)))],
    )
    run(broker, sink)
    assert sink.list_rows("quarantine")["reason"].tolist() == ["unknown payment"]
    assert sink.count()["labels"] == 1


def test_alerts_and_refusals_reach_their_topics(full_broker, broker, sink):
    run(full_broker, sink)
    make_topics(broker.servers, TOPICS)
    counts = sink.count()
    n_refused = sum(n for name, n in counts.items() if name.startswith("refused"))
    with Producer(broker.servers) as producer:
        assert publish(sink, producer, TOPICS) == counts["alerts"] + n_refused
        assert publish(sink, producer, TOPICS) == 0
    found = read_all(broker, TOPICS.alerts)
    assert len(found) == counts["alerts"]
    assert len(read_all(broker, TOPICS.quarantine)) == n_refused


def read_all(broker, topic):
    reader = reading.LogReader(broker.servers, Topics(transactions=topic), {})
    found = []
    while not reader.is_at_end:
        found += reader.read(1_000, 0.05)
    reader.close()
    return found


def test_partitions_of_a_topic_are_all_read(broker, sink):
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    client = AdminClient({"bootstrap.servers": broker.servers})
    client.create_topics([NewTopic(TOPICS.transactions, 4, 1)])[TOPICS.transactions].result(5)
    send(broker, [pay(number, 100) for number in range(200)])
    assert find_partitions(broker.servers, TOPICS.transactions) == (0, 1, 2, 3)
    run(broker, sink)
    assert sink.count()["scored"] == 200
