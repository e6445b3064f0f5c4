"""Send messages to a topic, and know which of them arrived.

The client is librdkafka's idempotent producer: a message that is sent again after a lost answer is kept once by the
broker (https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#idempotent-producer). What does not
arrive within the time limit is counted and said.

Left out: Kafka's transactions: what must be exact is in the database (``sink``), and topics carry copies.
"""

from __future__ import annotations

from typing import Any, Self

from core.hub.errors import LimitError, UnavailableError
from core.streaming.fraud.topics import make_client_settings

TIMEOUT_S = 30.0
SLICE_S = 0.1
"""How long the queue is emptied at a time while it is full."""


class Producer:
    """One sender; leaving its block waits for the last message.

    Parameters
    ----------
    servers : str
        ``host:port`` of the broker.
    timeout_s : float
        After which a message that has not arrived is given up.
    """

    def __init__(self, servers: str, timeout_s: float = TIMEOUT_S) -> None:
        from confluent_kafka import Producer as Client

        settings = make_client_settings(servers) | {
            "enable.idempotence": True,
            "linger.ms": 2,
            "message.timeout.ms": round(1_000 * timeout_s),
        }
        self.servers, self.timeout_s, self.n_arrived = servers, timeout_s, 0
        self._client = Client(settings)
        self._failures: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        if kind is None:
            self.flush()

    def send(self, topic: str, content: bytes, stamp_ms: int | None = None) -> None:
        """Hand over one message; it arrives in the order of the calls.

        Parameters
        ----------
        content : bytes
        stamp_ms : int, optional
            The sender's time in milliseconds since 1970; default the clock's.

        Raises
        ------
        LimitError
            If the message is larger than the client takes (1 MB by default).
        UnavailableError
            If the queue stays full, or a message before it did not arrive.
        """
        from confluent_kafka import KafkaException

        for _ in range(max(1, round(self.timeout_s / SLICE_S))):
            try:
                self._client.produce(topic, content, timestamp=stamp_ms or 0, on_delivery=self._count)
            except BufferError:
                self._client.poll(SLICE_S)
                continue
            except KafkaException as error:
                message = f"a message of {len(content):,} bytes cannot be sent ({error.args[0].str()}); make it smaller"
                raise LimitError(message) from error
            self._client.poll(0)
            return
        self._complain(f"the queue to {self.servers} stayed full for {self.timeout_s:g} s")

    def flush(self) -> int:
        """Wait until every message arrived; return how many did since the start.

        Raises
        ------
        UnavailableError
            If some did not within the time limit.
        """
        # A second more than each message has, so that the client itself gives them up first.
        n_left = self._client.flush(self.timeout_s + 1)
        if n_left or self._failures:
            reason = self._failures[0] if self._failures else "no answer"
            self._complain(f"{n_left + len(self._failures):,} messages did not reach {self.servers} ({reason})")
        return self.n_arrived

    def _count(self, error: Any, _message: Any) -> None:
        """Note what became of a message."""
        if error is None:
            self.n_arrived += 1
        else:
            self._failures.append(str(error.str()))

    def _complain(self, sentence: str) -> None:
        """Raise, and begin again with an empty list."""
        self._failures.clear()
        message = f"{sentence}; {self.n_arrived:,} arrived: send the others again once the broker runs"
        raise UnavailableError(message)
