"""Who wants a job: equal orders share one job, which ends early only when nobody wants it any more.

Each session that submits an order claims its job under a token of its own, drawn at random. A browser reload gives a
person a new session that knows only the id in the address, and in it the token (``ticket``): it joins the claim of that
token and no other, so that it may stop and delete the job as the person who started it. Claims of one token are one
person's: all of them go together, however long ago a session was last seen. Whoever is sent the address has the same
power, and none over another person who asked for the same.

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
from core.hub.jobs.ticket import Ticket, make_secret
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

    def submit(self, job_id: str, session: str, dedup_key: str, columns: Mapping[str, str]) -> tuple[Ticket, bool]:
        """Join an equal job or add a new one; return it with this session's token, and whether it is new.

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
            return _add_claim(connection, Ticket(equal or job_id, make_secret()), session), equal is None

    def claim(self, ticket: Ticket, session: str) -> Ticket | None:
        """Let a session that knows a token join its claim; None when nobody claims the job under it.

        Returns
        -------
        Ticket or None
            What the session holds from now on: its own ticket where it claimed the job already.
        """
        with self._store.write(exclusive=True) as connection:
            known = sa.exists().where(CLAIMS.c.job_id == ticket.job, CLAIMS.c.token == ticket.token)
            if not connection.execute(sa.select(known)).scalar_one():
                return None
            return _add_claim(connection, ticket, session)

    def cancel(self, ticket: Ticket, session: str) -> bool:
        """Give up a job; return whether it must stop because no other person wants it.

        A queued job is cancelled at once, a running one is marked as stopping. A session that does not claim the job
        under this token changes nothing.
        """
        job_id = ticket.job
        with self._store.write(exclusive=True) as connection:
            if _find_token(connection, job_id, session) != ticket.token:
                return False
            if _is_wanted_by_others(connection, ticket):
                _drop_claim(connection, ticket)
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
                ticket = Ticket(row.job_id, row.token)
                _drop_claim(connection, ticket)
                if not _is_wanted_by_others(connection, ticket):
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


def _find_token(connection: sa.Connection, job_id: str, session: str) -> str | None:
    """Return the token under which a session claims a job."""
    query = sa.select(CLAIMS.c.token).where(CLAIMS.c.job_id == job_id, CLAIMS.c.session == session)
    return connection.execute(query).scalar_one_or_none()


def _is_wanted_by_others(connection: sa.Connection, ticket: Ticket) -> bool:
    """Tell whether there is a claim under another token."""
    others = sa.exists().where(CLAIMS.c.job_id == ticket.job, CLAIMS.c.token != ticket.token)
    return bool(connection.execute(sa.select(others)).scalar_one())


def _drop_claim(connection: sa.Connection, ticket: Ticket) -> None:
    """Delete a person's claim, in whichever sessions it is held."""
    connection.execute(sa.delete(CLAIMS).where(CLAIMS.c.job_id == ticket.job, CLAIMS.c.token == ticket.token))


def _add_claim(connection: sa.Connection, ticket: Ticket, session: str) -> Ticket:
    """Add a claim, unless the session has one of this job; return the one it has now."""
    token = _find_token(connection, ticket.job, session)
    if token is not None:
        return Ticket(ticket.job, token)
    connection.execute(sa.insert(CLAIMS).values(job_id=ticket.job, session=session, token=ticket.token))
    return ticket
