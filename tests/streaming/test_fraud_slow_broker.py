"""A broker that answers slowly, or not at all for a while: nothing is lost, nothing is taken twice, and it is said."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress

import pytest

from core.hub.errors import UnavailableError
from core.hub.store import Store
from core.streaming.fraud import reading, topics
from core.streaming.fraud.broker import run_broker
from core.streaming.fraud.consumer import Pace, start_consumer
from core.streaming.fraud.messages import write_transaction
from core.streaming.fraud.producer import Producer
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.topics import Topics, make_topics
from core.streaming.fraud.transactions import Transaction
from tests.streaming.fraud_worker import RULES

pytestmark = pytest.mark.server
TOPICS, SLOW_S, MANY_STEPS = Topics(), 0.15, 400


class SlowProxy:
    """Stands between clients and a broker: each piece of an answer waits for ``delay_s``, and while held for ever.

    A broker tells its clients its own port; on the way it is made this one's, or they would go round the proxy.
    """

    def __init__(self, servers: str) -> None:
        self._port = int(servers.rpartition(":")[2])
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.delay_s, self._ended, self._flows = 0.0, threading.Event(), threading.Event()
        self._flows.set()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def hold(self):
        """Let no answer through for the length of a block."""
        self._flows.clear()
        yield
        self._flows.set()

    def stop(self) -> None:
        self._ended.set()
        self._flows.set()
        for each in (self._door, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for each in self._threads:
            each.join(30)

    def _start(self, target, *arguments) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client = self._door.accept()[0]
                broker = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                return
            self._open += [client, broker]
            self._start(self._pump, client, broker, False)
            self._start(self._pump, broker, client, True)

    def _pump(self, source, target, is_answer: bool) -> None:
        here, there = struct.pack(">i", self.port), struct.pack(">i", self._port)
        with suppress(OSError):
            while content := source.recv(65_536):
                if is_answer:
                    self._ended.wait(self.delay_s)
                    self._flows.wait()
                    content = content.replace(there, here)
                target.sendall(content)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def broker():
    with run_broker() as broker:
        make_topics(broker.servers, TOPICS)
        yield broker


@pytest.fixture
def proxy(broker):
    proxy = SlowProxy(broker.servers)
    yield proxy
    proxy.stop()


@pytest.fixture
def sink(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield Sink(store, "fraud")
    store.close()


def send(servers, first, n):
    with Producer(servers) as producer:
        for number in range(first, first + n):
            producer.send(TOPICS.transactions, write_transaction(Transaction(number, number, number % 7, 1, 10.0)))


def drain(consumer, sink, n_scored):
    """Step until so many payments are scored; a limit on steps keeps a fault from running for ever."""
    for _ in range(MANY_STEPS):
        consumer.step(0.1)
        if sink.count().get("scored", 0) >= n_scored and consumer.is_at_end:
            return
    pytest.fail(f"only {sink.count()} after {MANY_STEPS} steps")


def step_often(consumer):
    for _ in range(MANY_STEPS):
        consumer.step(0.1)


def test_a_slow_broker_is_read_to_its_end_and_found_again_after_a_restart(broker, proxy, sink):
    proxy.delay_s = SLOW_S
    send(proxy.servers, 0, 300)
    for first in (0, 300):
        with start_consumer(proxy.servers, TOPICS, sink, RULES, Pace(batch=100)) as consumer:
            drain(consumer, sink, first + 300)
        send(broker.servers, first + 300, 300)
    counts = sink.count()
    assert {name: counts[name] for name in ("read", "scored")} == {"read": 600, "scored": 600}
    assert not [name for name in counts if name.startswith(("logs", "messages", "refused"))]


def test_a_broker_that_stops_answering_is_said_and_read_on_once_it_answers(broker, proxy, sink, monkeypatch):
    quick = {"socket.timeout.ms": 500}
    monkeypatch.setattr(reading, "make_client_settings", lambda servers: topics.make_client_settings(servers) | quick)
    monkeypatch.setattr(reading, "LOOK_S", 0.3)
    send(broker.servers, 0, 50)
    with start_consumer(proxy.servers, TOPICS, sink, RULES, Pace(patience_s=0.5)) as consumer:
        drain(consumer, sink, 50)
        with proxy.hold(), pytest.raises(UnavailableError, match=r"no broker answers at 127.0.0.1:\d+"):
            step_often(consumer)
        send(broker.servers, 50, 50)
        consumer.pace = Pace()
        drain(consumer, sink, 100)
    assert (sink.count()["read"], sink.count()["scored"], "logs lost" in sink.count()) == (100, 100, False)
