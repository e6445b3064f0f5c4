"""A state packed by a copy of the process: the bytes of that moment, and a copy that breaks off loses nothing."""

import pytest

from core.hub.store import Store
from core.streaming.fraud.consumer import Consumer, Pace, restore
from core.streaming.fraud.messages import write_transaction
from core.streaming.fraud.micro_batches import Detector, Received
from core.streaming.fraud.online import FeatureState
from core.streaming.fraud.quarantine import Gate
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.state_saves import CAN_FORK, StateSave
from core.streaming.fraud.transactions import Transaction
from tests.streaming.fraud_worker import RULES, score

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the state is packed in the process itself here")


class Log:
    """A log of the sender's own, a payment a message."""

    def __init__(self):
        self.positions, self.place = {}, 0

    def read(self, limit, _wait_s):
        first, self.place = self.place, self.place + limit
        paid = [Transaction(number, number, number % 5, number % 3, 10.0) for number in range(first, self.place)]
        return [Received(0, each.id, None, write_transaction(each)) for each in paid]

    def take_counts(self):
        return {}

    def close(self):
        pass


@pytest.fixture
def sink(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield Sink(store, "fraud")
    store.close()


@pytest.fixture
def consumer(sink):
    detector, _ = restore(sink, RULES)
    return Consumer(Log(), sink, detector, 0, Pace(batch=20, forced_save=100))


def test_a_copy_packs_the_state_of_its_moment():
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


def test_a_copy_that_breaks_off_is_made_up_for(consumer, sink, monkeypatch):
    def fail(_):
        message = "no room"
        raise OSError(message)

    with monkeypatch.context() as patch:
        patch.setattr(Gate, "to_bytes", fail)
        for _ in range(5):
            consumer.step()
    consumer.save()
    saved = sink.load()
    assert saved.journals == ()
    assert saved.state == consumer.detector.state.to_bytes()
