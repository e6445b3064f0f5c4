"""Who wants a job: equal orders share one job, which ends early only when nobody wants it any more.

Each session that submits an order claims its job under an origin of its own. A browser reload gives a person a new
session that knows only the id in the address; it joins the origin that was seen longest ago, so that it may stop and
delete the job as the person who started it. Whoever is sent the address has the same power: the id is the secret.

Left out: running the job (``pool``), and its files (``folders``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from core.hub.errors import LimitError
from core.hub.jobs.job import UNFINISHED
from core.hub.jobs.tables import CLAIMS, JOBS
from core.hub.store import Store


@dataclass(frozen=True, slots=True)
class Caps:
    """How many unfinished jobs one session, and the whole hub, may have."""

    per_session: int
    in_all: int


class Claims:
    """The claims of one store; the ledger has prepared its tables."""

    def __init__(self, store: Store, owner: str, caps: Caps) -> None:
        self._store, self._owner, self._caps = store, owner, caps

    def submit(self, job_id: str, session: str, dedup_key: str, columns: Mapping[str, str]) -> tuple[str, bool]:
        """Join an equal job or add a new one; return its id and whether it is new.

        Parameters
        ----------
        job_id : str
            Of the new job, should there be one.
        columns : mapping of str to str
            page, function, recipe_class, recipe and data_sha256 of the new row.

        Raises
        ------
        LimitError
            If a new job would go past a cap; joining costs nothing and is always allowed.
        """
        with self._store.write(exclusive=True) as connection:
            equal = _find_equal(connection, dedup_key)
            if equal is None:
                self._check_caps(connection, session)
                now = time.time()
                values = {**columns, "id": job_id, "dedup_key": dedup_key, "owner": self._owner, "session": session}
                times = {"created": now, "updated": now, "heartbeat": now}
                connection.execute(sa.insert(JOBS).values(**values, state="queued", **times))
            _add_claim(connection, equal or job_id, session, session)
        return equal or job_id, equal is None

    def claim(self, job_id: str, session: str) -> bool:
        """Let a session that knows the id watch the job; False when there is no such job."""
        with self._store.write(exclusive=True) as connection:
            if connection.execute(sa.select(JOBS.c.id).where(JOBS.c.id == job_id)).one_or_none() is None:
                return False
            query = sa.select(CLAIMS.c.origin).where(CLAIMS.c.job_id == job_id)
            query = query.group_by(CLAIMS.c.origin).order_by(sa.func.max(CLAIMS.c.seen), CLAIMS.c.origin)
            origins = connection.execute(query).scalars().all()
            _add_claim(connection, job_id, session, origins[0] if origins else session)
        return True

    def cancel(self, job_id: str, session: str) -> bool:
        """Give up a job; return whether it must stop because no other person wants it.

        A queued job is cancelled at once, a running one is marked as stopping. A session without a claim changes
        nothing.
        """
        with self._store.write(exclusive=True) as connection:
            origin = _find_origin(connection, job_id, session)
            if origin is None:
                return False
            if _is_wanted_by_others(connection, job_id, origin):
                _drop_origin(connection, job_id, origin)
                return False
            unfinished = sa.and_(JOBS.c.id == job_id, JOBS.c.state.in_(UNFINISHED))
            stopped = connection.execute(sa.update(JOBS).where(unfinished).values(is_stopping=True)).rowcount
            queued = sa.update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state == "queued")
            connection.execute(queued.values(state="cancelled", finished=time.time(), is_stopping=False))
        return stopped == 1

    def forget(self, session: str) -> tuple[str, ...]:
        """Drop all that a session claims; return the ids of the jobs whose rows were deleted with it."""
        deleted = []
        with self._store.write(exclusive=True) as connection:
            rows = connection.execute(sa.select(CLAIMS).where(CLAIMS.c.session == session)).all()
            for row in rows:
                wanted = _is_wanted_by_others(connection, row.job_id, row.origin)
                _drop_origin(connection, row.job_id, row.origin)
                if not wanted:
                    connection.execute(sa.delete(JOBS).where(JOBS.c.id == row.job_id))
                    deleted.append(row.job_id)
        return tuple(deleted)

    def _check_caps(self, connection: sa.Connection, session: str) -> None:
        """Refuse a job past the session's or the hub's cap."""
        unfinished = sa.select(sa.func.count()).select_from(JOBS).where(JOBS.c.state.in_(UNFINISHED))
        own = sa.select(CLAIMS.c.job_id).where(CLAIMS.c.session == session)
        n_own = connection.execute(unfinished.where(JOBS.c.id.in_(own))).scalar_one()
        if n_own >= self._caps.per_session:
            limit = self._caps.per_session
            message = f"this session has {n_own} unfinished jobs; the limit is {limit}: wait for one or cancel one"
            raise LimitError(message)
        n_all = connection.execute(unfinished).scalar_one()
        if n_all >= self._caps.in_all:
            message = f"the hub has {n_all} unfinished jobs; the limit is {self._caps.in_all}: try again in a while"
            raise LimitError(message)


def _find_equal(connection: sa.Connection, dedup_key: str) -> str | None:
    """Return the newest job of the key that waits, runs and is not stopping, or is done."""
    usable = sa.and_(JOBS.c.state.in_((*UNFINISHED, "done")), JOBS.c.is_stopping.is_(False))
    query = sa.select(JOBS.c.id).where(JOBS.c.dedup_key == dedup_key, usable).order_by(JOBS.c.number.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _find_origin(connection: sa.Connection, job_id: str, session: str) -> str | None:
    """Return the origin under which a session claims a job."""
    query = sa.select(CLAIMS.c.origin).where(CLAIMS.c.job_id == job_id, CLAIMS.c.session == session)
    return connection.execute(query).scalar_one_or_none()


def _is_wanted_by_others(connection: sa.Connection, job_id: str, origin: str) -> bool:
    """Tell whether a claim of another origin is left."""
    others = sa.exists().where(CLAIMS.c.job_id == job_id, CLAIMS.c.origin != origin)
    return bool(connection.execute(sa.select(others)).scalar_one())


def _drop_origin(connection: sa.Connection, job_id: str, origin: str) -> None:
    """Delete every claim of one origin."""
    connection.execute(sa.delete(CLAIMS).where(CLAIMS.c.job_id == job_id, CLAIMS.c.origin == origin))


def _add_claim(connection: sa.Connection, job_id: str, session: str, origin: str) -> None:
    """Add a claim, or note that its session was seen."""
    seen = sa.update(CLAIMS).where(CLAIMS.c.job_id == job_id, CLAIMS.c.session == session).values(seen=time.time())
    if connection.execute(seen).rowcount == 0:
        values = {"job_id": job_id, "session": session, "origin": origin, "seen": time.time()}
        connection.execute(sa.insert(CLAIMS).values(**values))
