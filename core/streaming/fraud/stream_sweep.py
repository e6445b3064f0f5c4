"""Streams that a page starts: how they are named, and how what they left in the database goes with their jobs.

A name says when its stream was started, so a sweep needs nothing else; streams of other names are never touched.

Left out: topics in a broker of a person's own, which has its own retention.
"""

from __future__ import annotations

import secrets
import time

import sqlalchemy as sa

from core.hub.store import Store
from core.streaming.fraud.sink_tables import SCHEMA, STREAMS

PREFIX = "page."


def name_stream(now: float | None = None) -> str:
    """Name a new stream after the second it starts in.

    Examples
    --------
    >>> name_stream(1_700_000_000.0).rpartition(".")[0]
    'page.1700000000'
    """
    return f"{PREFIX}{int(time.time() if now is None else now)}.{secrets.token_hex(6)}"


def find_start(stream: str) -> int | None:
    """Return the second in which a page's stream was started; None for a stream of another name.

    Examples
    --------
    >>> find_start("page.1700000000.ab12"), find_start("payments")
    (1700000000, None)
    """
    begun = stream.removeprefix(PREFIX).partition(".")[0]
    return int(begun) if stream.startswith(PREFIX) and begun.isdecimal() else None


def sweep_streams(store: Store, keep_s: float, now: float | None = None) -> int:
    """Delete every row of a page's streams that were started longer ago than their jobs are kept; return how many.

    Parameters
    ----------
    keep_s : float
        Seconds; ``JOBS_KEEP_S``.
    now : float, optional
        Seconds since 1970.
    """
    before = (time.time() if now is None else now) - keep_s
    store.prepare(SCHEMA)
    with store.write() as connection:
        names = connection.scalars(sa.select(STREAMS.c.stream).where(STREAMS.c.stream.startswith(PREFIX))).all()
        old = [name for name in names if (begun := find_start(name)) is not None and begun < before]
        for table in SCHEMA.metadata.tables.values():
            connection.execute(sa.delete(table).where(table.c.stream.in_(old)))
    return len(old)
