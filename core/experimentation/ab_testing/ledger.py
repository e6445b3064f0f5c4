"""The log that nobody can rewrite: rows are added, and the database itself refuses to change or delete one.

Triggers in SQLite and PostgreSQL alike stop UPDATE and DELETE (and TRUNCATE), and in SQLite the REPLACE that would pass
by a delete's trigger. A batch is one exclusive transaction: all of it lasts, or nothing. Events are numbered in the
order of their commits and stamped with a time of arrival that never falls, so "what was known then" is a number.

An event whose id is there already, with the same content, changes nothing; with another content it goes to the
quarantine, and what came first counts. Whatever else cannot be taken goes there too, each with its reason. Who guesses
an id before it is used could take it, so clients make theirs at random.

Left out: protection from the owner of the database, who may drop the tables or the triggers; give the app a role of its
own where that matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice

import pandas as pd
import sqlalchemy as sa

from core.experimentation.ab_testing.events import Event, Kind, Refusal, show_time, write_payload
from core.experimentation.ab_testing.ledger_tables import EVENTS, QUARANTINE, SCHEMA
from core.hub.settings import Settings
from core.hub.store import Clock, Store, open_store, read_clock

CHUNK = 500
"""Ids asked for in one statement: SQLite takes 32,766 parameters, and PostgreSQL plans short lists faster."""
CHANGES = sa.select(EVENTS).where(EVENTS.c.kind == "configuration").order_by(EVENTS.c.number)


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the log: the last event it had, and when that came in."""

    number: int
    time_us: int

    @property
    def shown(self) -> str:
        """The time as text."""
        return show_time(self.time_us)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch: events written, events refused by reason, and the state of the log after it."""

    accepted: int
    refused: Mapping[str, int]
    sentences: tuple[str, ...]
    moment: Moment


class Ledger:
    """The log of one store.

    Parameters
    ----------
    store : Store
        Its tables and triggers are made here.
    clock : callable, optional
        Gives the time now in microseconds since 1970.

    Raises
    ------
    UnavailableError
        If the database cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(f"sqlite:///{tempfile.mkdtemp()}/log.sqlite3")
    >>> ledger = Ledger(store)
    >>> with ledger.write() as batch:
    ...     receipt = batch.append([Event("e-1", "metric", 0, "user-1", metric="revenue", value=2.0)] * 2)
    >>> receipt.accepted, dict(receipt.refused)
    (1, {'duplicate': 1})
    >>> store.close()
    """

    def __init__(self, store: Store, clock: Clock = read_clock) -> None:
        self.store, self.clock = store, clock
        store.prepare(SCHEMA)

    @contextmanager
    def write(self) -> Iterator[Batch]:
        """Open a batch: nobody else writes until the block is left, and then all of it lasts or nothing."""
        with self.store.write(exclusive=True) as connection:
            yield Batch(connection, self.clock())

    def find_moment(self, time_us: int | None = None) -> Moment:
        """Return the state of the log at a time of arrival; by default now, and never later.

        A moment that was returned once stands for the same events for ever, since its number does.

        Examples
        --------
        >>> import tempfile
        >>> Ledger(Store(f"sqlite:///{tempfile.mkdtemp()}/log.sqlite3")).find_moment(5)
        Moment(number=0, time_us=5)
        """
        query = sa.select(EVENTS.c.number, EVENTS.c.ingest_us)
        if time_us is not None:
            query = query.where(EVENTS.c.ingest_us <= time_us).order_by(EVENTS.c.ingest_us.desc())
        with self.store.read() as connection:
            row = connection.execute(query.order_by(EVENTS.c.number.desc()).limit(1)).one_or_none()
        number, last_us = (0, 0) if row is None else row
        now_us = max(last_us, self.clock())
        return Moment(number, now_us if time_us is None else min(time_us, now_us))

    def list_events(
        self, kind: Kind, moment: Moment, *, experiments: Iterable[str] = (), metrics: Iterable[str] = ()
    ) -> pd.DataFrame:
        """List the events of a kind that the log had, ordered so that the order of arrival does not show.

        Parameters
        ----------
        experiments, metrics : iterable of str
            Only of these; none: of all.

        Returns
        -------
        DataFrame
            id, time_us, unit, experiment, arm, metric, value, detail, number, ingest_us; by time, then id.
        """
        query = sa.select(EVENTS).where(EVENTS.c.kind == kind, EVENTS.c.number <= moment.number)
        for column, names in ((EVENTS.c.experiment, list(experiments)), (EVENTS.c.metric, list(metrics))):
            if names:
                query = query.where(column.in_(names))
        columns = [column.name for column in EVENTS.columns]
        with self.store.read() as connection:
            rows = connection.execute(query).all()
        return pd.DataFrame(rows, columns=columns).sort_values(["time_us", "id"], kind="stable", ignore_index=True)

    def list_quarantine(self, moment: Moment | None = None, limit: int = 1_000) -> pd.DataFrame:
        """List what was refused by then, newest first: id, reason, sentence, what was sent, and when.

        Parameters
        ----------
        limit : int
            Most rows; :meth:`count_quarantine` counts them all.
        """
        query = sa.select(QUARANTINE).order_by(QUARANTINE.c.number.desc()).limit(limit)
        if moment is not None:
            query = query.where(QUARANTINE.c.ingest_us <= moment.time_us)
        with self.store.read() as connection:
            rows = connection.execute(query).all()
        return pd.DataFrame(rows, columns=[column.name for column in QUARANTINE.columns])

    def count_quarantine(self, moment: Moment | None = None) -> dict[str, int]:
        """Count what was refused by then, by reason."""
        query = sa.select(QUARANTINE.c.reason, sa.func.count()).group_by(QUARANTINE.c.reason)
        if moment is not None:
            query = query.where(QUARANTINE.c.ingest_us <= moment.time_us)
        with self.store.read() as connection:
            return {reason: int(n) for reason, n in sorted(tuple(row) for row in connection.execute(query))}

    def find_disputed(self, moment: Moment) -> set[str]:
        """Return the ids that came again with another content; what came first counts."""
        query = sa.select(QUARANTINE.c.id).where(QUARANTINE.c.reason == "conflict")
        with self.store.read() as connection:
            return set(connection.execute(query.where(QUARANTINE.c.ingest_us <= moment.time_us)).scalars())

    def list_changes(self, moment: Moment | None = None) -> list[Event]:
        """Return every change of configuration by then, in the order of their commits."""
        query = CHANGES if moment is None else CHANGES.where(EVENTS.c.number <= moment.number)
        with self.store.read() as connection:
            return [make_event(row) for row in connection.execute(query)]


class Batch:
    """What is written together; made by :meth:`Ledger.write`."""

    def __init__(self, connection: sa.Connection, now_us: int) -> None:
        self._connection = connection
        last = sa.select(EVENTS.c.ingest_us).order_by(EVENTS.c.number.desc()).limit(1)
        # A clock that was set back must not make new events look old.
        self.now_us = max(now_us, connection.execute(last).scalar_one_or_none() or 0)

    def list_changes(self) -> list[Event]:
        """Return every change of configuration so far, in the order of their commits."""
        return [make_event(row) for row in self._connection.execute(CHANGES)]

    def find_event(self, event_id: str) -> Event | None:
        """Return the event of an id, if the log has it."""
        row = self._connection.execute(sa.select(EVENTS).where(EVENTS.c.id == event_id)).one_or_none()
        return None if row is None else make_event(row)

    def count_exposures(self, experiment: str) -> int:
        """Count the exposures of an experiment so far."""
        query = sa.select(sa.func.count()).where(EVENTS.c.kind == "exposure", EVENTS.c.experiment == experiment)
        return self._connection.execute(query).scalar_one()

    def find_last(self) -> int:
        """Return the number of the last event so far; 0 where there is none."""
        return self._connection.execute(sa.select(sa.func.max(EVENTS.c.number))).scalar_one() or 0

    def append(self, events: Sequence[Event], refusals: Sequence[Refusal] = ()) -> Receipt:
        """Write events and refusals; what is there already is told apart by its content."""
        known = self._find_known([event.id for event in events])
        new, refused = [], list(refusals)
        for event in events:
            digest = event.digest
            if event.id not in known:
                known[event.id] = digest
                new.append(asdict(event) | {"digest": digest, "ingest_us": self.now_us})
            else:
                refused.append(_repeat(event, is_same=known[event.id] == digest))
        if new:
            self._connection.execute(sa.insert(EVENTS), new)
        if refused:
            rows = [asdict(each) | {"ingest_us": self.now_us} for each in refused]
            self._connection.execute(sa.insert(QUARANTINE), rows)
        counts: dict[str, int] = dict(sorted(Counter(each.reason for each in refused).items()))
        sentences = tuple(dict.fromkeys(each.sentence for each in refused))
        return Receipt(len(new), counts, sentences, Moment(self.find_last(), self.now_us))

    def _find_known(self, ids: list[str]) -> dict[str, str]:
        """Return the digests of those ids that the log has."""
        found: dict[str, str] = {}
        left = iter(dict.fromkeys(ids))
        while chunk := list(islice(left, CHUNK)):
            query = sa.select(EVENTS.c.id, EVENTS.c.digest).where(EVENTS.c.id.in_(chunk))
            found |= {row.id: row.digest for row in self._connection.execute(query)}
        return found


def _repeat(event: Event, *, is_same: bool) -> Refusal:
    """Say why an event whose id is there already is not written again."""
    if is_same:
        return Refusal(event.id, "duplicate", f"{event.id} is in the log already, with the same content")
    sentence = f"{event.id} is in the log with another content, which counts; give each event an id of its own"
    return Refusal(event.id, "conflict", sentence, write_payload(asdict(event)))


def make_event(row: sa.Row[tuple[object, ...]]) -> Event:
    """Turn a row of the log into its event."""
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return Event(**{name: values[name] for name in Event.__dataclass_fields__})


def open_ledger(settings: Settings | None = None) -> Ledger:
    """Open the hub's own log: ``DATABASE_URL``, or the SQLite file of ``HUB_HOME``."""
    return Ledger(open_store(settings))
