"""Copies of alerts and refusals on their topics, for whoever listens there.

The database is what counts; a topic cannot take part in its transaction. So a row is first committed as not published,
then sent, then marked (the transactional outbox, https://microservices.io/patterns/data/transactional-outbox.html). A
kill or a loss of power in between sends it twice, and the ``number`` in it tells so; none is left out. Before a row is
sent, the disk is waited for: what others have been told must not be taken back by a loss of power.

Left out: removing old rows.
"""

from __future__ import annotations

import json
from typing import Any

from core.streaming.fraud.producer import Producer
from core.streaming.fraud.sink import Kind, Sink
from core.streaming.fraud.sink_writes import sync
from core.streaming.fraud.topics import Topics

MOST = 1_000
"""Rows sent at a time."""
_LEFT_OUT = {"published", "stream"}


def publish(sink: Sink, producer: Producer, topics: Topics) -> int:
    """Send what was not sent yet, at most a thousand of each kind; return how many.

    Raises
    ------
    UnavailableError
        If the broker did not take all of it; what was not marked is sent again next time.
    """
    n_sent = 0
    pairs: tuple[tuple[Kind, str], ...] = (("alerts", topics.alerts), ("quarantine", topics.quarantine))
    for kind, topic in pairs:
        rows = sink.list_unpublished(kind, MOST)
        if rows:
            sync(sink.store)
        for row in rows:
            producer.send(topic, write_row(row))
        if rows:
            producer.flush()
            sink.mark_published(kind, rows[-1]["number"])
        n_sent += len(rows)
    return n_sent


def write_row(row: dict[str, Any]) -> bytes:
    """Write a row as a message.

    Examples
    --------
    >>> write_row({"number": 3, "reason": "late", "published": False})
    b'{"number": 3, "reason": "late"}'
    """
    shown = {name: value for name, value in row.items() if name not in _LEFT_OUT}
    if "reasons" in shown:
        shown["reasons"] = json.loads(shown["reasons"])
    return json.dumps(shown).encode()
