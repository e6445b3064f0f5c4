"""The rows of jobs from queued to finished, in the store that all servers share.

Every change is one statement that names the state it expects, so that two servers, or a person and a worker, cannot
both decide a job's end: the first one wins.

Left out: who wants a job (``claims``), and its files (``folders``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable
from pathlib import Path

import sqlalchemy as sa

from core.hub.jobs.job import LOST, UNFINISHED, Job, Outcome, Progress
from core.hub.jobs.owner import is_alive
from core.hub.jobs.tables import CLAIMS, JOBS, SCHEMA, make_job
from core.hub.jobs.ticket import Ticket
from core.hub.store import Store


class Ledger:
    """The jobs of one store, as one server sees them.

    Parameters
    ----------
    store : Store
        Its tables are prepared here.
    owner : str
        This server, as :meth:`core.hub.jobs.owner.Owner.to_text` writes it.
    root : Path
        Folder of results; a job's is ``root / ticket.job``.
    """

    def __init__(self, store: Store, owner: str, root: Path) -> None:
        self.store, self.owner, self._root = store, owner, root
        store.prepare(SCHEMA)

    def find(self, ticket: Ticket) -> Job | None:
        """Return a job, unless nobody claims it under the ticket's token."""
        query = sa.select(JOBS, CLAIMS.c.token).join(CLAIMS).limit(1)  # one person may have several sessions
        query = query.where(JOBS.c.id == ticket.job, CLAIMS.c.token == ticket.token)
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else self._make_job(connection, row)

    def find_all(self, session: str) -> tuple[Job, ...]:
        """Return the jobs that a session claims, newest first."""
        query = sa.select(JOBS, CLAIMS.c.token).join(CLAIMS).where(CLAIMS.c.session == session)
        query = query.order_by(JOBS.c.number.desc())
        with self.store.read() as connection:
            return tuple(self._make_job(connection, row) for row in connection.execute(query).all())

    def start(self, job_id: str) -> bool:
        """Mark a queued job as running; False when it was cancelled or forgotten meanwhile."""
        now = time.time()
        values = {"state": "running", "started": now, "updated": now, "heartbeat": now}
        return self._change(job_id, ("queued",), values)

    def record(self, job_id: str, progress: Progress, eta_s: float | None) -> None:
        """Write what the worker last told."""
        values = {
            "step": progress.step,
            "total": progress.total,
            "metrics": json.dumps(dict(progress.metrics)),
            "log": _store_text(progress.log),
            "eta_s": eta_s,
            "updated": time.time(),
        }
        self._change(job_id, ("running",), values)

    def finish(self, job_id: str, outcome: Outcome) -> bool:
        """Write how a job ended; False when it had ended before or was forgotten."""
        values = {
            "state": outcome.state,
            "error": _store_text(outcome.error),
            "summary": outcome.summary,
            "finished": time.time(),
            "is_stopping": False,
        }
        return self._change(job_id, UNFINISHED, values)

    def beat(self, job_ids: Collection[str]) -> tuple[set[str], set[str]]:
        """Say that this server lives; return which of its jobs were asked to stop, and which were forgotten."""
        ours = JOBS.c.id.in_(job_ids)
        with self.store.write() as connection:
            connection.execute(sa.update(JOBS).where(ours).values(heartbeat=time.time()))
            rows = connection.execute(sa.select(JOBS.c.id, JOBS.c.is_stopping).where(ours)).all()
        return {row.id for row in rows if row.is_stopping}, set(job_ids) - {row.id for row in rows}

    def mark_lost(self) -> tuple[str, ...]:
        """Mark the unfinished jobs of servers that are gone as lost, and return their ids."""
        query = sa.select(JOBS.c.id, JOBS.c.owner, JOBS.c.heartbeat)
        query = query.where(JOBS.c.state.in_(UNFINISHED), JOBS.c.owner != self.owner)
        with self.store.read() as connection:
            rows = connection.execute(query).all()
        dead = [row.id for row in rows if not is_alive(row.owner, row.heartbeat)]
        return tuple(job_id for job_id in dead if self.finish(job_id, LOST))

    def delete(self, job_id: str) -> None:
        """Delete the row of a job."""
        with self.store.write(exclusive=True) as connection:
            connection.execute(sa.delete(JOBS).where(JOBS.c.id == job_id))

    def delete_old(self, before: float) -> tuple[str, ...]:
        """Delete the rows of jobs that finished before a time (seconds since 1970), and return their ids."""
        query = sa.delete(JOBS).where(JOBS.c.finished < before).returning(JOBS.c.id)
        with self.store.write(exclusive=True) as connection:  # nobody may claim one of them meanwhile
            return tuple(connection.execute(query).scalars())

    def find_known(self, job_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that have a row."""
        with self.store.read() as connection:
            return set(connection.execute(sa.select(JOBS.c.id).where(JOBS.c.id.in_(list(job_ids)))).scalars())

    def _change(self, job_id: str, states: Iterable[str], values: dict[str, object]) -> bool:
        """Change a job if it is in one of the states."""
        query = sa.update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.in_(tuple(states))).values(**values)
        with self.store.write() as connection:
            return connection.execute(query).rowcount == 1

    def _make_job(self, connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Job:
        """Turn a row with its claim's token into a Job with its place in its server's queue."""
        place = None
        if row.state == "queued":
            ahead = sa.select(sa.func.count()).select_from(JOBS)
            ahead = ahead.where(JOBS.c.state == "queued", JOBS.c.owner == row.owner, JOBS.c.number < row.number)
            place = 1 + connection.execute(ahead).scalar_one()
        return make_job(row, Ticket(row.id, row.token), place, self._root / row.id)


def _store_text(text: str) -> str:
    """Leave out what PostgreSQL cannot store: the zero character and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
