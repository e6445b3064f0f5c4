"""A state packed beside the stream: the bytes of its moment, and a packing that fails loses nothing."""

import pytest

from core.hub.store import Store
from core.streaming.fraud.consumer import Consumer, Pace, restore
from core.streaming.fraud.micro_batches import Detector
from core.streaming.fraud.online import FeatureState
from core.streaming.fraud.online_arrivals import SEALED_AT
from core.streaming.fraud.quarantine import Gate
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.state_saves import StateSave
from core.streaming.fraud.transactions import Transaction
from tests.streaming.fraud_log import Log
from tests.streaming.fraud_worker import RULES, score


@pytest.fixture
def sink(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield Sink(store, "fraud")
    store.close()


@pytest.fixture
def consumer(sink):
    detector, _ = restore(sink, RULES)
    return Consumer(Log(), sink, detector, 0, Pace(batch=20, forced_save=100))


def test_a_save_holds_the_state_of_its_moment():
    detector = Detector(FeatureState(), Gate(), score, 0.5)
    detector.process(Log().read(50, 0))
    packed = detector.state.to_bytes(), detector.gate.to_bytes()
    save = StateSave(detector, 7)
    detector.state.add(Transaction(99, 99, 1, 1, 5.0))
    assert save.take(wait=True) == packed
    assert save.batch == 7


def test_the_stream_goes_on_while_its_state_is_stored(consumer, sink):
    while sink.load().state is None:
        consumer.step()
    saved = sink.load()
    assert saved.batch == consumer.batch >= 6
    assert 0 < len(saved.journals) <= consumer.batch - 5
    again, _ = restore(sink, RULES)
    assert again.state.to_bytes() == consumer.detector.state.to_bytes()
    consumer.save()
    assert sink.load().journals == ()


def test_a_packing_that_fails_ends_the_consumer_and_loses_nothing(consumer, sink, monkeypatch):
    def fail(_):
        message = "no room"
        raise MemoryError(message)

    monkeypatch.setattr(FeatureState, "freeze", lambda state: lambda: fail(state))
    for _ in range(5):
        consumer.step()
    with pytest.raises(MemoryError):
        consumer.save()
    saved = sink.load()
    assert saved.batch == consumer.batch
    assert len(saved.journals) == saved.batch
    again, _ = restore(sink, RULES)
    assert len(again.state) == len(consumer.detector.state)


def test_columns_follow_the_line_whatever_comes_and_goes():
    state = FeatureState()
    for number in range(3 * SEALED_AT + 7):
        state.add(Transaction(number, number * 900, number % 5, number % 3, 1.0 + number % 7))
    early = state.freeze()
    before = early()
    state.add(Transaction(10**6, number * 900 + 1, 1, 1, 5.0))
    assert early() == before
    again = FeatureState.from_bytes(before)
    assert 0 < len(again) < 2 * SEALED_AT + 7, "none was forgotten, so this shows nothing"
    assert again.to_bytes() == before
