"""Store a stream's state by steps, each a transaction of a millisecond, so that no payment waits for the whole.

A state of 37 days is 5 MB; written at once, along with the removal of thousands of journals, it would hold up every
payment of half a second. Its pieces are therefore written one by one between the batches. They mean nothing until the
last of them moves the stream's ``state_batch``, so a kill at any step leaves the state before and all its journals;
what it leaves lying goes with the next state.

Left out: changes since a state; those are the journals.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from core.hub.errors import UnavailableError
from core.hub.store import Store
from core.streaming.fraud.sink_rows import cut_state, join_state
from core.streaming.fraud.sink_tables import BATCHES, JOURNALS, STATES, STREAMS
from core.streaming.fraud.sink_writes import write

FORGOTTEN_AT_ONCE = 200
"""Journals or batches that one step deletes."""


def read_state(connection: sa.Connection, stream: str, batch: int | None) -> tuple[bytes, bytes] | None:
    """Return the state and the memory of the rules as they were after a batch; None where none was stored."""
    if batch is None:
        return None
    pieces = sa.select(STATES.c.content).where(STATES.c.stream == stream, STATES.c.batch == batch)
    return join_state(connection.execute(pieces.order_by(STATES.c.place)).scalars().all())


def store_state(store: Store, stream: str, number: int, state: bytes, gate: bytes) -> Iterator[None]:
    """Store the state of a batch; each step of the iterator is one transaction, and the last piece makes it count.

    Does nothing where the state of that batch is stored already.

    Raises
    ------
    UnavailableError
        If another consumer works on the stream.
    """
    with write(store) as connection:
        current = connection.execute(sa.select(STREAMS.c.state_batch).where(STREAMS.c.stream == stream)).scalar_one()
        unfinished = STATES.c.batch != (-1 if current is None else current)
        connection.execute(sa.delete(STATES).where(STATES.c.stream == stream, unfinished))
    pieces = cut_state(state, gate) if current != number else []
    for place, content in enumerate(pieces):
        yield
        with write(store) as connection:
            values = {"stream": stream, "batch": number, "place": place, "content": content}
            connection.execute(sa.insert(STATES).values(values))
            if place == len(pieces) - 1:
                _make_current(connection, stream, number, len(pieces))


def forget(store: Store, stream: str, number: int, kept: int) -> Iterator[None]:
    """Delete what the state of a batch makes needless: older states, journals up to it, and rows on old batches.

    Parameters
    ----------
    kept : int
        Rows on past batches that stay.
    """
    old = STATES.c.stream == stream, STATES.c.batch < number
    with store.read() as connection:
        pieces = connection.execute(sa.select(STATES.c.batch, STATES.c.place).where(*old)).all()
    for piece in pieces:
        yield
        with write(store) as connection:
            this = STATES.c.batch == piece.batch, STATES.c.place == piece.place
            connection.execute(sa.delete(STATES).where(*old, *this))
    for table, last in ((JOURNALS, number), (BATCHES, number - kept)):
        own = table.c.stream == stream
        with store.read() as connection:
            first = connection.execute(sa.select(sa.func.min(table.c.number)).where(own)).scalar_one()
        for place in range(last + 1 if first is None else first, last + 1, FORGOTTEN_AT_ONCE):
            yield
            with write(store) as connection:
                span = table.c.number.between(place, min(place + FORGOTTEN_AT_ONCE - 1, last))
                connection.execute(sa.delete(table).where(own, span))


def _make_current(connection: sa.Connection, stream: str, number: int, n_pieces: int) -> None:
    """Let the stream begin from this state, if it is whole and none is newer."""
    found = sa.select(sa.func.count()).select_from(STATES).where(STATES.c.stream == stream, STATES.c.batch == number)
    is_newer = sa.or_(STREAMS.c.state_batch.is_(None), STREAMS.c.state_batch <= number)
    mine = STREAMS.c.stream == stream, STREAMS.c.batch >= number, is_newer
    moved = sa.update(STREAMS).where(*mine).values(state_batch=number)
    if connection.execute(found).scalar_one() != n_pieces or connection.execute(moved).rowcount != 1:
        raise UnavailableError(complain(stream))


def complain(stream: str) -> str:
    """Say that this consumer is no longer the one."""
    return f"another consumer works on the stream {stream}; stop one of them, then start this one again"
