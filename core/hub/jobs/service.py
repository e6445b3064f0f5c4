"""Rows, files and workers put together: the life of jobs under one configuration.

Left out: the process's own service, which pages call (``calls``).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.hub.fields import make_key
from core.hub.jobs.folders import Folders
from core.hub.jobs.job import Job, Outcome
from core.hub.jobs.local import LocalRunner, count_workers
from core.hub.jobs.order import Order, check_name, describe_recipe, hash_code, hash_files
from core.hub.jobs.pool import Pool, Runner
from core.hub.jobs.ticket import Ticket, make_secret, read_ticket
from core.hub.settings import Settings

if TYPE_CHECKING:
    from core.hub.jobs.claims import Claims
    from core.hub.jobs.ledger import Ledger

GRACE_S = 2.0
POLL_S = 0.5
SWEEP_S = 600.0
NO_FILES: Mapping[str, bytes] = {}


class JobService:
    """The jobs of one server process under one configuration.

    Parameters
    ----------
    settings : Settings
        Where rows and files are kept, how many jobs may run, and for how long.
    grace_s : float
        How long a worker that was asked to stop may take before it is terminated, and again before it is killed.
    """

    def __init__(self, settings: Settings, grace_s: float = GRACE_S) -> None:
        self._settings, self._grace_s = settings, grace_s
        self._folders = Folders(settings.hub_home / "jobs")
        self._ledger, self._claims = _open_rows(settings, self._folders)
        self._swept_at = -math.inf
        self._pool = Pool(self._ledger, self._folders, _make_runner(settings), self._tidy)
        self._pool.watch()

    def warm_up(self) -> None:
        """Start the spare worker (or reach the cluster, which takes its time), so that the first job starts at once."""
        self._pool.open()

    def submit(
        self,
        function: str,
        recipe: Any,
        *,
        session: str,
        page: str,
        files: Mapping[str, bytes] = NO_FILES,
        data_sha256: str = "",
    ) -> Job:
        """Queue a job, or join an equal one; see :func:`core.hub.jobs.submit`."""
        check_name(function)
        recipe_class, text = describe_recipe(recipe)
        digest = hash_files(files)
        columns = {
            "page": page,
            "function": function,
            "recipe_class": recipe_class,
            "recipe": text,
            "data_sha256": data_sha256 or digest,
        }
        self._lose_orphans()
        self._pool.open()
        key = make_key(function, recipe_class, text, data_sha256, digest, hash_code())
        ticket, is_new = self._claims.submit(make_secret(), session, key, columns)
        if not is_new and self._find(ticket) is None:
            self._ledger.delete(ticket.job)
            ticket, is_new = self._claims.submit(make_secret(), session, key, columns)
        if is_new:
            self._start(ticket.job, function, (recipe_class, text), files)
        return self._get(ticket)

    def find_job(self, job_id: str) -> Job | None:
        """Return a job by its id; None when there is none, its files are gone, or nobody claims it under this id."""
        ticket = read_ticket(job_id)
        return None if ticket is None else self._find(ticket)

    def find_jobs(self, session: str) -> tuple[Job, ...]:
        """Return the jobs that a session claims, newest first."""
        self._lose_orphans()
        return tuple(job for job in self._ledger.find_all(session) if _is_whole(job))

    def claim(self, job_id: str, session: str) -> Job | None:
        """Let a session that knows a job's id hold it as whoever has that id; None when there is no such job."""
        ticket = read_ticket(job_id)
        held = None if ticket is None else self._claims.claim(ticket, session)
        return None if held is None else self._find(held)

    def cancel(self, job_id: str, session: str) -> None:
        """Give up a job, and stop it when nobody else wants it; see :func:`core.hub.jobs.cancel`."""
        ticket = read_ticket(job_id)
        if ticket is not None and self._claims.cancel(ticket, session):
            self._pool.stop(ticket.job)

    def forget(self, session: str) -> int:
        """Delete a session's jobs with their files, at once, and return how many."""
        deleted = self._claims.forget(session)
        for job_id in deleted:
            self._pool.stop(job_id, at_once=True)
            self._folders.delete(job_id)
        return len(deleted)

    def wait_job(self, job_id: str, timeout_s: float, *, step: int | None = None) -> Job | None:
        """Wait until a job has ended, or has told of a step, and return it; after the time it is returned as it is."""
        until = time.monotonic() + timeout_s
        with self._pool.changed:
            while True:
                job = self.find_job(job_id)
                left = until - time.monotonic()
                if job is None or job.is_finished or (step is not None and job.step >= step) or left <= 0:
                    return job
                self._pool.changed.wait(min(left, POLL_S))

    def sweep(self, now: float | None = None) -> int:
        """Delete jobs that ended longer ago than ``JOBS_KEEP_S``, and files of no job; return how many.

        Parameters
        ----------
        now : float, optional
            Seconds since 1970.
        """
        now = time.time() if now is None else now
        old = self._ledger.delete_old(now - self._settings.jobs_keep_s)
        names = self._folders.find_orphans(now)
        nobodys = set(names) - self._ledger.find_known(names)
        for name in (*old, *nobodys):
            self._folders.delete(name)
        return len({*old, *nobodys})

    def close(self) -> None:
        """Stop every worker; jobs that had not ended become lost."""
        self._pool.close()

    def _start(self, job_id: str, function: str, recipe: tuple[str, str], files: Mapping[str, bytes]) -> None:
        """Write a new job's inputs and queue it."""
        try:
            folder = self._folders.make_work(job_id, files)
        except OSError as error:
            text = f"the inputs could not be stored ({error.strerror}); free space in HUB_HOME and start the job again"
            self._ledger.finish(job_id, Outcome("failed", text))
            return
        timeout_s, memory_mb = self._settings.jobs_timeout_s, self._settings.jobs_memory_mb
        self._pool.put(Order(job_id, function, *recipe, folder, timeout_s, memory_mb, self._grace_s))

    def _find(self, ticket: Ticket) -> Job | None:
        """Return a job that is whole."""
        self._lose_orphans()
        job = self._ledger.find(ticket)
        return job if job is not None and _is_whole(job) else None

    def _get(self, ticket: Ticket) -> Job:
        """Return a job that was there a moment ago."""
        job = self._ledger.find(ticket)
        if job is None:
            message = f"job {ticket.job} is gone"
            raise ValueError(message)
        return job

    def _tidy(self) -> None:
        """Clear away what is old or of dead servers, now and then; called at each heartbeat."""
        if time.monotonic() - self._swept_at >= SWEEP_S:
            self._swept_at = time.monotonic()
            self._lose_orphans()
            self.sweep()

    def _lose_orphans(self) -> None:
        """Mark the unfinished jobs of dead servers as lost, and delete what they worked on."""
        for job_id in self._ledger.mark_lost():
            self._folders.delete(job_id)


def _is_whole(job: Job) -> bool:
    """Tell whether a job that is done still has its files: a disk may be younger than the database."""
    return job.state != "done" or job.folder.is_dir()


def _open_rows(settings: Settings, folders: Folders) -> tuple[Ledger, Claims]:
    """Open the tables."""
    from core.hub.jobs.claims import Caps, Claims
    from core.hub.jobs.ledger import Ledger
    from core.hub.jobs.owner import make_owner
    from core.hub.store import open_store

    store, owner = open_store(settings), make_owner().to_text()
    caps = Caps(settings.jobs_per_session, settings.jobs_queued)
    return Ledger(store, owner, folders.root), Claims(store, owner, caps)


def _make_runner(settings: Settings) -> Runner:
    """Return the runner that the settings name."""
    if settings.jobs_dask:
        from core.hub.jobs.cluster import ClusterRunner

        return ClusterRunner(settings.jobs_dask)
    return LocalRunner(settings.jobs_memory_mb, count_workers(settings))
