"""The thread that sends alerts on: all of it leaves, the loop never waits, and a fault is said."""

from threading import Event

import pytest

from core.hub.errors import LimitError, UnavailableError
from core.streaming.fraud import watching
from core.streaming.fraud.watching import Publisher, tell_beginning, tell_partitions

WAIT_S = 30


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(watching, "SEND_EVERY_S", 0.0)


class Reader:
    partitions = (0, 1, 2)


class Begun:
    batch, reader = 0, Reader()


def test_the_loop_does_not_wait_for_a_slow_broker_and_all_is_sent_at_the_end():
    door, begun, sent, left = Event(), Event(), [], [3, 2, 1]

    def send():
        begun.set()
        door.wait(WAIT_S)
        if not left:
            return 0
        sent.append(left.pop())
        return sent[-1]

    with Publisher(send, sent.append) as publisher:
        publisher.wake()
        assert begun.wait(WAIT_S)
        publisher.wake()  # comes back though the first round is still held
        assert sent == []
        door.set()
    assert sent == [1, 2, 3]
    assert not publisher._thread.is_alive()


def test_a_broker_that_is_away_is_said_and_tried_again():
    told, tries = [], []

    def send():
        tries.append(1)
        if len(tries) == 1:
            message = "no broker answers"
            raise UnavailableError(message)
        return 0

    said = Event()
    with Publisher(send, lambda text: (told.append(text), said.set())) as publisher:
        publisher.wake()
        assert said.wait(WAIT_S)
    assert told == ["no broker answers"]
    assert len(tries) >= 2


def test_another_fault_stops_the_loop():
    def send():
        message = "a message is too large"
        raise LimitError(message)

    def watch():
        with Publisher(send, print) as publisher:
            publisher.wake()
            publisher._thread.join(WAIT_S)
            publisher.wake()

    with pytest.raises(LimitError, match="too large"):
        watch()


def test_a_new_stream_and_a_topic_of_several_partitions_are_told():
    assert tell_beginning(Begun(), 7).startswith("payments of the first 7 days only fill the windows")
    assert tell_beginning(Begun(), 0).startswith("nothing is known of any customer yet")
    assert tell_partitions(Begun()).startswith("the topic has 3 partitions: ")
