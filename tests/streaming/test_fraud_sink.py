"""The sink on SQLite and PostgreSQL: a batch lasts whole or not at all, and only one consumer writes."""

from __future__ import annotations

import zlib
from threading import Event

import numpy as np
import pytest
import sqlalchemy as sa

from core.hub.errors import UnavailableError
from core.hub.store import Schema, Store
from core.streaming.fraud import checkpoints
from core.streaming.fraud.messages import Label
from core.streaming.fraud.micro_batches import Alert, Outcome
from core.streaming.fraud.quarantine import Refusal
from core.streaming.fraud.sink import KEPT_BATCHES, Latency, Position, Sink
from core.streaming.fraud.sink_tables import BATCHES, JOURNALS, STATES, STREAMS
from core.streaming.fraud.transactions import Transaction
from tests.servers import start_postgres

NOW_US = 1_767_605_400_000_000


@pytest.fixture(scope="module")
def postgres():
    with start_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def store(request, tmp_path):
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
        yield store
        store.close()
        return
    with request.getfixturevalue("postgres").make_database() as url:
        store = Store(url)
        yield store
        store.close()


@pytest.fixture
def sink(store):
    return Sink(store, "fraud", lambda: NOW_US)


def make_outcome(number):
    paid = Transaction(number, 10 * number, 5, 8, 9.25)
    alert = Alert(paid, 0.875, ("night", "new terminal"), 0, number)
    refusal = Refusal("malformed", "the message is no JSON", "{", 0, number + 1)
    return Outcome(
        3, (paid,), np.zeros((1, 15)), np.array([0.875]), (Label(1, fraud=True),), (alert,), (refusal,), b"j%d" % number
    )


def commit(sink, number, **more):
    sink.commit(number, make_outcome(number), {0: Position(10 * number, f"digest {number}")}, **more)


def test_a_batch_is_read_as_it_was_written(sink):
    commit(sink, 1, clock=10, latency=Latency(1.5, 2.5), more={"logs lost": 1})
    alert = sink.list_rows("alerts").iloc[0]
    assert (alert["id"], alert["amount"], alert["score"]) == (1, 9.25, 0.875)
    assert (alert["reasons"], alert["committed_us"]) == ('["night", "new terminal"]', NOW_US)
    assert sink.list_rows("quarantine")[["reason", "payload", "offset"]].values.tolist() == [["malformed", "{", 2]]
    row = sink.list_batches().iloc[0]
    assert (row["n_read"], row["n_scored"], row["clock"], row["p99_ms"]) == (3, 1, 10, 2.5)
    counts = {"alerts": 1, "labels": 1, "logs lost": 1, "read": 3, "refused: malformed": 1, "scored": 1}
    assert sink.count() == counts


def test_a_restart_finds_the_place_the_state_and_the_journals(sink):
    for number in (1, 2, 3):
        commit(sink, number)
    sink.save_state(3, b"state", b"gate")
    commit(sink, 4)
    saved = sink.load()
    assert (saved.batch, saved.state, saved.gate, saved.journals) == (4, b"state", b"gate", (b"j4",))
    assert saved.positions == {0: Position(40, "digest 4")}


def test_a_state_of_an_earlier_batch_leaves_the_journals_after_it(sink):
    for number in (1, 2, 3):
        commit(sink, number)
    sink.save_state(1, b"state", b"gate")
    saved = sink.load()
    assert (saved.batch, saved.state, saved.journals) == (3, b"state", (b"j2", b"j3"))
    for wrong in (0, 4):
        with pytest.raises(UnavailableError, match="another consumer"):
            sink.save_state(wrong, b"", b"")


def test_a_state_counts_once_its_last_piece_is_there_and_leaves_nothing_lying(sink, store, monkeypatch):
    monkeypatch.setattr("core.streaming.fraud.sink_rows.PIECE_BYTES", 10)
    monkeypatch.setattr("core.streaming.fraud.sink_states.FORGOTTEN_AT_ONCE", 1)
    sink.save_state(0, b"first", b"gate")
    for number in (1, 2):
        commit(sink, number)
    steps = sink.save_by_steps(1, bytes(range(25)), b"gate")
    for _ in range(3):
        next(steps)
        commit(sink, sink.load().batch + 1)
        assert (sink.load().state, sink.load().journals[0]) == (b"first", b"j1")
    for number in (4, 5):  # the one before broke off
        sink.save_state(number, bytes(range(number, 25)), b"gate")
        assert (sink.load().state, sink.load().gate) == (bytes(range(number, 25)), b"gate")
    with store.read() as connection:
        assert connection.execute(sa.select(STATES.c.batch).distinct()).scalars().all() == [5]
        assert connection.execute(sa.select(sa.func.count()).select_from(JOURNALS)).scalar_one() == 0


def test_tables_of_version_1_are_brought_to_2_with_all_they_hold(store):
    from core.streaming.fraud.sink_tables import SCHEMA

    old = sa.MetaData()
    for table in (STREAMS, BATCHES):
        made = table.to_metadata(old)
        more = ("state", "gate") if table is STREAMS else ("journal",)
        for name in more:
            made.append_column(sa.Column(name, sa.LargeBinary))
    old.tables["fraud_streams"]._columns.remove(old.tables["fraud_streams"].c.state_batch)
    store.prepare(Schema("fraud_stream", 1, old))
    batch = {"n_read": 1, "n_scored": 1, "n_alerts": 0, "n_refused": 0, "clock": 1, "committed_us": 1, "p50_ms": 0.0,
             "p99_ms": 0.0, "stream": "fraud"}  # fmt: skip
    journals = {1: None, 2: zlib.compress(b"j2"), 3: zlib.compress(b"j3")}
    rows = [batch | {"number": number, "journal": journal} for number, journal in journals.items()]
    streams = [{"stream": "fraud", "batch": 3, "counts": "{}", "state": b"state", "gate": b"gate"},
               {"stream": "new", "batch": 0, "counts": "{}", "state": None, "gate": None}]  # fmt: skip
    with store.write() as connection:
        connection.execute(sa.insert(old.tables["fraud_streams"]), streams)
        connection.execute(sa.insert(old.tables["fraud_batches"]), rows)
    store._prepared.discard(SCHEMA.name)
    saved = Sink(store, "fraud").load()
    assert (saved.batch, saved.state, saved.gate, saved.journals) == (3, b"state", b"gate", (b"j2", b"j3"))
    assert Sink(store, "new").load().state is None
    commit(Sink(store, "fraud"), 4)


def test_a_batch_that_breaks_off_leaves_nothing(sink, monkeypatch):
    commit(sink, 1)
    before = sink.load(), sink.count(), len(sink.list_rows("alerts"))

    def fail(*_):
        message = "the disk is full"
        raise OSError(message)

    with monkeypatch.context() as patch:
        patch.setattr(sink, "_move", fail)
        with pytest.raises(OSError, match="the disk is full"):
            commit(sink, 2)
    assert (sink.load(), sink.count(), len(sink.list_rows("alerts"))) == before
    commit(sink, 2)


@pytest.mark.parametrize("number", [1, 3])
def test_a_batch_of_another_number_is_refused(sink, number):
    commit(sink, 1)
    with pytest.raises(UnavailableError, match="another consumer works on the stream fraud"):
        commit(sink, number)
    assert sink.count()["read"] == 3


def test_streams_of_one_database_do_not_meet(sink, store):
    commit(sink, 1)
    other = Sink(store, "other")
    assert (other.load().batch, other.count(), len(other.list_rows("alerts"))) == (0, {}, 0)
    commit(other, 1)
    assert len(sink.list_rows("alerts")) == 1


def test_rows_are_published_in_order_and_marked(sink):
    commit(sink, 1)
    commit(sink, 2)
    rows = sink.list_unpublished("alerts", 10)
    assert [row["id"] for row in rows] == [1, 2]
    sink.mark_published("alerts", rows[0]["number"])
    assert [row["id"] for row in sink.list_unpublished("alerts", 10)] == [2]
    assert len(sink.list_unpublished("quarantine", 10)) == 2


def test_old_batches_go_once_the_state_is_stored(sink, monkeypatch):
    monkeypatch.setattr("core.streaming.fraud.sink.KEPT_BATCHES", 2)
    assert KEPT_BATCHES == 10_000
    for number in range(1, 6):
        commit(sink, number)
    assert len(sink.list_batches()) == 5
    sink.save_state(5, b"state", b"gate")
    assert sink.list_batches()["number"].tolist() == [5, 4]


def test_commits_leave_the_log_to_the_checkpoints(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    sink, wal = Sink(store, "fraud"), tmp_path / "hub.sqlite3-wal"
    for number in range(1, 131):
        commit(sink, number)
    assert wal.stat().st_size > 1_100 * 4_096  # SQLite's own limit is 1,000 pages
    assert checkpoints.checkpoint(store) == 0
    size = wal.stat().st_size
    commit(sink, 131)
    assert wal.stat().st_size == size  # written from its beginning again
    store.close()


def test_checkpoints_run_beside_a_consumer_and_end_with_it(tmp_path, monkeypatch):
    store, ran = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}"), Event()
    monkeypatch.setattr(checkpoints, "SYNC_EVERY_S", 0.001)
    monkeypatch.setattr(checkpoints, "checkpoint", lambda _: ran.set())
    with checkpoints.Checkpoints(store) as running:
        assert ran.wait(30)
    assert not running._thread.is_alive()
    store.close()


def test_a_long_log_ends_by_holding_the_writer_up(tmp_path, monkeypatch):
    store, modes = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}"), []
    monkeypatch.setattr(checkpoints, "_run", lambda _, mode: modes.append(mode) or 5_000)
    checkpoints.checkpoint(store)
    assert modes == ["PASSIVE", "FULL"]
    store.close()
