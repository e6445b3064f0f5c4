"""Where the stream's results last: alerts, refusals, the journal and the place in the log, in one transaction.

Exactly once, by the sink: a micro-batch writes its alerts, its refusals, its journal and the offset of the next message
in one transaction of the hub's database, so that a kill at any moment leaves all of it or nothing, and a restart goes
on from the stored offset (https://kafka.apache.org/documentation/#semantics, "store the offset in the same place as the
output"). The transaction also moves the number of the batch from the one before; a second consumer of the same stream
finds it moved and stops, whatever it still had in hand.

On SQLite the disk is synced every tenth of a second, not at each batch (``sink_writes``): a loss of power may take the
last batches away, always along with their offsets, so that they are read again and come out as they were. Where the
log itself did not outlive it, those messages are lost.

The feature state is stored now and then (``sink_states``); in between, the journals lead from it to now.

Left out: the topics that carry copies of alerts and refusals (``outbox``).
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from core.datasets.fixes.wording import list_names
from core.hub.errors import DataError, UnavailableError
from core.hub.store import Clock, Store, read_clock
from core.streaming.fraud.micro_batches import Outcome
from core.streaming.fraud.sink_rows import count_outcome, describe_alert, summarise_outcome
from core.streaming.fraud.sink_states import complain, forget, read_state, store_state
from core.streaming.fraud.sink_tables import ALERTS, BATCHES, JOURNALS, POSITIONS, QUARANTINE, SCHEMA, STREAMS
from core.streaming.fraud.sink_writes import sync, write

if TYPE_CHECKING:
    import pandas as pd

KEPT_BATCHES = 10_000
"""Rows on past batches that a dashboard may draw; older ones go once the state is stored."""
Kind = Literal["alerts", "quarantine"]
_TABLES: dict[Kind, sa.Table] = {"alerts": ALERTS, "quarantine": QUARANTINE}

# What every batch does, built once: building a statement takes longer than running it.
_OWN: sa.BindParameter[str] = sa.bindparam("own")
_READ_STREAM = sa.select(STREAMS.c.batch, STREAMS.c.counts).where(STREAMS.c.stream == _OWN).with_for_update()
_MOVE_STREAM = sa.update(STREAMS).where(STREAMS.c.stream == _OWN)
_MOVE_POSITION = sa.update(POSITIONS).where(POSITIONS.c.stream == _OWN, POSITIONS.c.partition == sa.bindparam("place"))
_ADD_BATCH, _ADD_JOURNAL, _ADD_ALERT, _ADD_REFUSAL = map(sa.insert, (BATCHES, JOURNALS, ALERTS, QUARANTINE))


@dataclass(frozen=True, slots=True)
class Position:
    """A place in one partition: the offset to read next, and the digest of the message before it."""

    next_offset: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the last payments took from their arrival to their commit, in milliseconds."""

    p50_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Saved:
    """What a restart begins from.

    Parameters
    ----------
    batch : int
        Number of the last batch; 0 before the first.
    positions : mapping of int to Position
        By partition.
    state, gate : bytes or None
        The feature state and the memory of the rules as they were last stored.
    journals : tuple of bytes
        Of the batches after that, in order.
    """

    batch: int
    positions: Mapping[int, Position]
    state: bytes | None
    gate: bytes | None
    journals: tuple[bytes, ...]


def open_sink(store: Store, stream: str) -> Sink:
    """Open the results of a stream that there is; nothing is written.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    store.prepare(SCHEMA)
    with store.read() as connection:
        names = connection.scalars(sa.select(STREAMS.c.stream).order_by(STREAMS.c.stream)).all()
    if stream not in names:
        there = f"there are {list_names(names)}" if names else "there is none yet"
        message = f"no stream is named {stream!r}: {there}; `python -m core fraud watch` begins one"
        raise DataError(message)
    return Sink(store, stream)


class Sink:
    """The results of one stream in one database.

    Parameters
    ----------
    store : Store
        Its tables are made here.
    stream : str
        Name of the stream.
    clock : callable, optional
        Gives the time now in microseconds since 1970.

    Raises
    ------
    UnavailableError
        If the database cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3")
    >>> Sink(store, "fraud").load().batch
    0
    >>> store.close()
    """

    def __init__(self, store: Store, stream: str, clock: Clock = read_clock) -> None:
        self.store, self.stream, self.clock = store, stream, clock
        store.prepare(SCHEMA)
        with store.write(exclusive=True) as connection:
            if connection.execute(sa.select(STREAMS.c.batch).where(self._own(STREAMS))).one_or_none() is None:
                connection.execute(sa.insert(STREAMS).values(stream=stream, batch=0, counts="{}"))

    def load(self) -> Saved:
        """Return what a restart begins from, as of one moment."""
        with self.store.read() as connection:
            row = connection.execute(sa.select(STREAMS).where(self._own(STREAMS))).one()
            places = connection.execute(sa.select(POSITIONS).where(self._own(POSITIONS))).all()
            state, gate = read_state(connection, self.stream, row.state_batch) or (None, None)
            since = JOURNALS.c.number > (row.state_batch or 0)
            journals = sa.select(JOURNALS.c.content).where(self._own(JOURNALS), since).order_by(JOURNALS.c.number)
            found = connection.execute(journals).scalars().all()
        positions = {place.partition: Position(place.next_offset, place.anchor) for place in places}
        return Saved(row.batch, positions, state, gate, tuple(map(zlib.decompress, found)))

    def commit(
        self,
        number: int,
        outcome: Outcome,
        positions: Mapping[int, Position],
        *,
        clock: int = 0,
        latency: Latency | None = None,
        more: Mapping[str, int] | None = None,
    ) -> None:
        """Write all that one batch leads to, or nothing of it.

        Parameters
        ----------
        number : int
            Of this batch, one more than that of the last.
        positions : mapping of int to Position
            Of the partitions that moved.
        clock : int
            The stream's clock after the batch.
        latency : Latency, optional
            Of the payments before it.
        more : mapping of str to int, optional
            Further counts to add, such as logs that were lost.

        Raises
        ------
        UnavailableError
            If another consumer wrote this batch already, or the database cannot be used.
        """
        now_us = self.clock()
        with write(self.store) as connection:
            self._advance(connection, number, count_outcome(outcome) + Counter(more or {}))
            shared = {"stream": self.stream, "batch": number, "committed_us": now_us, "published": False}
            if outcome.alerts:
                connection.execute(_ADD_ALERT, [describe_alert(alert) | shared for alert in outcome.alerts])
            if outcome.refusals:
                connection.execute(_ADD_REFUSAL, [asdict(each) | shared for each in outcome.refusals])
            for partition, position in positions.items():
                self._move(connection, partition, position)
            own = {"stream": self.stream, "number": number}
            row = summarise_outcome(outcome) | asdict(latency or Latency()) | {"clock": clock, "committed_us": now_us}
            connection.execute(_ADD_BATCH, row | own)
            connection.execute(_ADD_JOURNAL, {"content": zlib.compress(outcome.journal, 1)} | own)

    def save_state(self, number: int, state: bytes, gate: bytes) -> None:
        """Store the state as it is after a batch, so that the journals up to it are needed no more.

        Raises
        ------
        UnavailableError
            If another consumer works on the stream, or has stored a later state.
        """
        for _ in self.save_by_steps(number, state, gate):
            pass
        sync(self.store)

    def save_by_steps(self, number: int, state: bytes, gate: bytes) -> Iterator[None]:
        """Do what :meth:`save_state` does, one short transaction at each step; batches may come between.

        Raises
        ------
        UnavailableError
            If another consumer works on the stream, or has stored a later state.
        """
        yield from store_state(self.store, self.stream, number, state, gate)
        yield from forget(self.store, self.stream, number, KEPT_BATCHES)

    def count(self) -> dict[str, int]:
        """Return the counts of the stream: read, scored, labels, alerts, and the refused by reason."""
        with self.store.read() as connection:
            text = connection.execute(sa.select(STREAMS.c.counts).where(self._own(STREAMS))).scalar_one()
        return {str(name): int(n) for name, n in sorted(json.loads(text).items())}

    def list_rows(self, kind: Kind, limit: int = 1_000, after: int = 0) -> pd.DataFrame:
        """List alerts or refusals, newest first.

        Parameters
        ----------
        kind : {"alerts", "quarantine"}
        limit : int
            Most rows.
        after : int
            Only those of a greater number.

        Returns
        -------
        DataFrame
            The columns of the table; ``reasons`` of an alert is JSON.
        """
        table = _TABLES[kind]
        query = sa.select(table).where(self._own(table), table.c.number > after)
        return self._read(query.order_by(table.c.number.desc()).limit(limit), table)

    def list_batches(self, limit: int = 1_000) -> pd.DataFrame:
        """List the last batches, newest first: sizes, alerts, refusals, clock, and latencies in milliseconds."""
        query = sa.select(BATCHES).where(self._own(BATCHES)).order_by(BATCHES.c.number.desc()).limit(limit)
        return self._read(query, BATCHES)

    def list_unpublished(self, kind: Kind, limit: int) -> list[dict[str, Any]]:
        """List what no topic carries yet, oldest first."""
        table = _TABLES[kind]
        query = sa.select(table).where(self._own(table), table.c.published.is_(False))
        with self.store.read() as connection:
            return [dict(row) for row in connection.execute(query.order_by(table.c.number).limit(limit)).mappings()]

    def mark_published(self, kind: Kind, last: int) -> None:
        """Note that a topic carries every row up to a number; a loss of power may take that back, and they go again."""
        table = _TABLES[kind]
        query = sa.update(table).where(self._own(table), table.c.published.is_(False), table.c.number <= last)
        with write(self.store) as connection:
            connection.execute(query.values(published=True))

    def _own(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Only the rows of this stream."""
        return table.c.stream == self.stream

    def _read(self, query: sa.Select[Any], table: sa.Table) -> pd.DataFrame:
        """Return rows as a frame."""
        import pandas as pd

        with self.store.read() as connection:
            rows = connection.execute(query).all()
        return pd.DataFrame(rows, columns=[column.name for column in table.columns])

    def _advance(self, connection: sa.Connection, number: int, counts: Counter[str]) -> None:
        """Move the number of the batch by one, if it is still the one before; add the counts."""
        row = connection.execute(_READ_STREAM, {"own": self.stream}).one()
        if row.batch != number - 1:
            raise UnavailableError(complain(self.stream))
        total = Counter(json.loads(row.counts)) + counts
        values = {"own": self.stream, "batch": number, "counts": json.dumps(total, sort_keys=True)}
        connection.execute(_MOVE_STREAM, values)

    def _move(self, connection: sa.Connection, partition: int, position: Position) -> None:
        """Store the place in one partition."""
        mine = {"own": self.stream, "place": partition}
        if connection.execute(_MOVE_POSITION, mine | asdict(position)).rowcount == 0:
            values = {"stream": self.stream, "partition": partition} | asdict(position)
            connection.execute(sa.insert(POSITIONS).values(values))
