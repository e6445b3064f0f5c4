"""Commits that do not wait for the disk: what a loss of power leaves, who else is synced, and what leaves the house."""

from __future__ import annotations

import shutil

import pytest
import sqlalchemy as sa

from core.hub.errors import UnavailableError
from core.hub.store import Store
from core.streaming.fraud import checkpoints, outbox, sink_writes
from core.streaming.fraud.consumer import Consumer, Pace, restore
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.topics import Topics
from tests.streaming.fraud_log import Log
from tests.streaming.fraud_worker import RULES

N_PAYMENTS, BATCH, FRAME = 600, 20, 4_096 + 24
HEADER = 32
SHOWN = ["number", "id", "score", "reasons"]


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield store
    store.close()


def consume(sink, batch=BATCH):
    """Read the log to its end, as a consumer that is then killed."""
    detector, saved = restore(sink, RULES)
    consumer = Consumer(Log(sink, N_PAYMENTS), sink, detector, saved.batch, Pace(batch=batch, forced_save=200))
    while consumer.step(0) is not None:
        pass
    return consumer


def list_alerts(sink):
    return sink.list_rows("alerts").sort_values("number")[SHOWN].values.tolist()


def lose_power(database, folder, n_frames, *, hole=False):
    """Copy a database as a loss of power leaves it: its log cut after some frames, or one of them never written."""
    folder.mkdir()
    log = (database.parent / f"{database.name}-wal").read_bytes()
    cut = HEADER + n_frames * FRAME
    kept = log[:cut] + bytes(FRAME) + log[cut + FRAME :] if hole else log[: cut + FRAME // 2]
    shutil.copy(database, folder / database.name)
    (folder / f"{database.name}-wal").write_bytes(kept)
    return Store(f"sqlite:///{folder / database.name}")


@pytest.mark.parametrize("hole", [False, True])
def test_a_loss_of_power_anywhere_in_the_log_changes_no_alert(store, tmp_path, hole):
    sink, database = Sink(store, "fraud"), tmp_path / "hub.sqlite3"
    checkpoints.checkpoint(store)  # the tables are in the database before the first batch
    consume(sink)
    expected, last = (list_alerts(sink), sink.count()), sink.load().batch
    n_frames = (database.parent / f"{database.name}-wal").stat().st_size // FRAME
    batches = set()
    for cut in range(0, n_frames, n_frames // 12):
        left = lose_power(database, tmp_path / f"cut{cut}", cut, hole=hole)
        again = Sink(left, "fraud")
        saved = again.load()
        assert saved.batch * BATCH == (saved.positions[0].next_offset if saved.positions else 0)
        batches.add(saved.batch)
        consume(again)
        assert (list_alerts(again), again.count()) == expected
        left.close()
    assert len(batches) > 6, "the cuts fell on too few batches to show anything"
    assert max(batches) < last
    assert len(expected[0]) > 10


def test_other_writers_on_the_same_connection_are_synced(store):
    sink = Sink(store, "fraud")
    consume(sink)
    with pytest.raises(sa.exc.IntegrityError), sink_writes.write(store) as connection:
        connection.exec_driver_sql("INSERT INTO fraud_streams (stream, batch, counts) VALUES ('fraud', 0, '{}')")
    with store.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL


def test_a_write_that_breaks_off_leaves_nothing_and_the_lock_free(store):
    sink = Sink(store, "fraud")

    def break_off():
        with sink_writes.write(store) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1  # NORMAL
            connection.exec_driver_sql("UPDATE fraud_streams SET batch = 7")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert sink.load().batch == 0
    consume(sink)


def test_nothing_is_sent_before_the_disk_holds_it(store, monkeypatch):
    events, sink = [], Sink(store, "fraud")
    consume(sink)

    class Producer:
        def send(self, *_):
            events.append("send")

        def flush(self):
            events.append("flush")

    monkeypatch.setattr(outbox, "sync", lambda _: events.append("sync"))
    assert outbox.publish(sink, Producer(), Topics()) == len(list_alerts(sink))
    assert events[:2] == ["sync", "send"]
    assert events.count("sync") == 1
    outbox.publish(sink, Producer(), Topics())
    assert events.count("sync") == 1, "where nothing is sent nobody waits"


def test_the_disk_holds_every_batch_once_the_consumer_has_ended(store):
    sink = Sink(store, "fraud")
    detector, _ = restore(sink, RULES)
    with Consumer(Log(sink, N_PAYMENTS), sink, detector, 0, Pace(batch=BATCH)) as consumer:
        while consumer.step(0) is not None:
            pass
    assert consumer.synced_batch == consumer.batch == N_PAYMENTS // BATCH


def test_a_disk_that_refuses_stops_the_consumer(store, monkeypatch):
    sink = Sink(store, "fraud")
    detector, _ = restore(sink, RULES)

    def refuse(_):
        message = "the disk is gone"
        raise UnavailableError(message)

    monkeypatch.setattr(checkpoints, "sync", refuse)
    monkeypatch.setattr(checkpoints, "SYNC_EVERY_S", 0.0)
    consumer = Consumer(Log(sink, N_PAYMENTS), sink, detector, 0, Pace(batch=1))
    running = consumer._checkpoints
    running._run()
    with pytest.raises(UnavailableError, match="the disk is gone"):
        consumer.step(0)
    assert running.n_synced == 0


def test_a_failing_sync_is_said_in_a_sentence(store, monkeypatch):
    Sink(store, "fraud")

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sink_writes.os, "fsync", fail)
    with pytest.raises(UnavailableError, match=r"hub.sqlite3-wal cannot be synced \(Input/output error\); check"):
        sink_writes.sync(store)


def test_a_log_that_was_moved_whole_needs_no_sync(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    Sink(store, "fraud")
    store.close()
    assert not sink_writes.find_log(store).exists()
    sink_writes.sync(store)
