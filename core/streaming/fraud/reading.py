"""Reads the log from stored places, and finds the place again after an outage.

What the broker says of its own end is not believed: Tansu's answer lags behind, and it is silent where Kafka would
report an offset out of range. Instead the message before the stored offset, the anchor, is read and compared.

Left out: the decision on a message (``micro_batches``) and the storing of places (``sink``).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from core.hub.errors import UnavailableError
from core.streaming.fraud.micro_batches import Received
from core.streaming.fraud.sink import Position
from core.streaming.fraud.topics import Topics, describe_outage, find_partitions, make_client_settings, make_topics

if TYPE_CHECKING:
    from confluent_kafka import Message

PEEK_S = 3.0
"""How long one message at a known place may take before the place is held to be empty."""
LOOK_S = 1.0
"""How long a broker that was away is waited for at a time; twice as long after each time in vain, as it may be slow."""
MOST_LOOK_S = 8.0
SLOW_PEEKS = 4.0
"""A peek at a slow broker may take so many times what finding its topics took, or a slow log would pass as lost."""
_LOST = {
    "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID", "INCONSISTENT_TOPIC_ID", "OFFSET_OUT_OF_RANGE", "_AUTO_OFFSET_RESET",
    "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "_ALL_BROKERS_DOWN", "_TRANSPORT",
}  # fmt: skip


class LogReader:
    """One reader of one topic.

    Parameters
    ----------
    servers : str
        ``host:port`` of the broker, which need not be there yet.
    topics : Topics
    positions : mapping of int to Position
        Where to go on, by partition; a partition without one is read from its beginning.
    """

    def __init__(self, servers: str, topics: Topics, positions: Mapping[int, Position]) -> None:
        from confluent_kafka import Consumer as Client

        self.servers, self.topics, self.positions = servers, topics, dict(positions)
        settings = make_client_settings(servers) | {
            # A group is a required word; nothing is ever committed to it.
            "group.id": topics.transactions,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
            "fetch.wait.max.ms": 20,
            "error_cb": self._note_error,
        }
        self._client = Client(settings)
        self._counts: Counter[str] = Counter()
        self._is_placed = False
        self._look_s, self._peek_s = LOOK_S, PEEK_S
        self._partitions: tuple[int, ...] = ()
        self._at_end: set[int] = set()

    @property
    def is_at_end(self) -> bool:
        """Whether every partition was read to its end."""
        return self._is_placed and self._at_end >= set(self._partitions)

    @property
    def partitions(self) -> tuple[int, ...]:
        """The topic's partitions, none before the broker was first found."""
        return self._partitions

    def read(self, limit: int, wait_s: float) -> list[Received]:
        """Return what has come in, at most ``limit`` messages, waiting for the first.

        Raises
        ------
        UnavailableError
            If the broker does not answer; the next call tries again.
        """
        if not self._is_placed:
            try:
                self._place()
            except UnavailableError:
                self._look_s = min(2 * self._look_s, MOST_LOOK_S)
                raise
        first = self._client.poll(wait_s)
        more = [] if first is None or limit == 1 else self._client.consume(limit - 1, 0)
        return list(self._sift([first, *more] if first is not None else []))

    def take_counts(self) -> Counter[str]:
        """Return how often the log was lost, and how many messages were gone, since the last call."""
        counts, self._counts = self._counts, Counter()
        return counts

    def close(self) -> None:
        """Leave the broker."""
        self._client.close()

    def _note_error(self, error: Any) -> None:
        """Remember that the place must be found again once the broker is back."""
        if error.name() == "_ALL_BROKERS_DOWN":
            self._is_placed = False

    def _sift(self, messages: Iterable[Message]) -> Iterable[Received]:
        """Yield the messages; take note of ends and errors."""
        for message in messages:
            error = message.error()
            partition, offset = int(message.partition() or 0), int(message.offset() or 0)
            if error is None:
                self._at_end.discard(partition)
                kind, stamp_ms = message.timestamp()
                yield Received(partition, offset, stamp_ms if kind else None, message.value())
            elif error.name() == "_PARTITION_EOF":
                self._at_end.add(partition)
            elif error.name() in _LOST:
                self._is_placed = False
            elif error.fatal() or not error.retriable():
                # What was read along with it comes again from the stored place.
                self._is_placed = False
                reason = f"the topic {self.topics.transactions} at {self.servers} cannot be read ({error.str()})"
                outage = f"{reason}; check the broker's rights and log"
                raise UnavailableError(outage)

    def _place(self) -> None:
        """Assign every partition at its place."""
        from confluent_kafka import TopicPartition

        begun = time.monotonic()
        make_topics(self.servers, self.topics, self._look_s)
        self._partitions = find_partitions(self.servers, self.topics.transactions, self._look_s)
        self._peek_s = max(PEEK_S, SLOW_PEEKS * (time.monotonic() - begun))
        offsets = {each: self._find_offset(each) for each in self._partitions}
        topic = self.topics.transactions
        self._client.assign([TopicPartition(topic, each, offset) for each, offset in offsets.items()])
        self._at_end.clear()
        self._is_placed = True

    def _find_offset(self, partition: int) -> int:
        """Return where to go on: after the anchor if the log still holds it, otherwise at the earliest message."""
        from confluent_kafka import OFFSET_BEGINNING

        position = self.positions.get(partition)
        if position is None:
            return OFFSET_BEGINNING
        found = self._peek(partition, position.next_offset - 1)
        if found is not None and _is_anchor(found, position):
            return position.next_offset
        first = self._peek(partition, OFFSET_BEGINNING)
        start = None if first is None else int(first.offset() or 0)
        if found is None and start is not None and start < position.next_offset:
            self._check_end(partition, position)
        if start is None:
            # An empty log and a broker that has just gone look the same; the second does not answer this.
            find_partitions(self.servers, self.topics.transactions, self._look_s)
        # Its place means nothing any more; asking for it again would also drop the connection again.
        del self.positions[partition]
        self._counts["logs lost"] += 1
        if start is None:
            return OFFSET_BEGINNING
        self._counts["messages lost"] += max(0, start - position.next_offset)
        return start

    def _peek(self, partition: int, offset: int) -> Message | None:
        """Return the first message at or after an offset, if one comes in time.

        A lost connection says nothing here: some brokers drop it when an offset is out of range.
        """
        from confluent_kafka import TopicPartition

        self._client.assign([TopicPartition(self.topics.transactions, partition, offset)])
        limit = time.monotonic() + self._peek_s
        while time.monotonic() < limit:
            # Less than 0 would mean to wait for ever.
            message = self._client.poll(max(0.0, limit - time.monotonic()))
            error = message.error() if message is not None else None
            if error is None and message is not None:
                return message
            if error is not None and error.name() != "_TRANSPORT":
                return None
        return None

    def _check_end(self, partition: int, position: Position) -> None:
        """Raise if the log does reach the anchor, which then was only slow to come."""
        from confluent_kafka import TopicPartition

        place = TopicPartition(self.topics.transactions, partition)
        # Out of the answer to the fetch just made, which does not lag.
        _low, high = self._client.get_watermark_offsets(place, cached=True)
        if high >= position.next_offset:
            raise UnavailableError(describe_outage(self.servers))


def _is_anchor(message: Message, position: Position) -> bool:
    """Tell whether a message is the one that was taken last."""
    digest = sha256(message.value() or b"").hexdigest()
    return message.offset() == position.next_offset - 1 and digest == position.anchor
