"""Submit long work, watch it, and take it back: what pages, the command line and the API call.

``submit("core.tabular.iris:run_job", recipe, session=…, page="iris", files={"table.parquet": content})`` returns at
once; the job's id goes into the page's address, and after a reload ``claim(id, session)`` finds it again. Each function
acts on the process's one service, made from its settings when first needed.

Left out: drawing (``pages/kit/jobs.py``).
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Mapping
from typing import Any

from core.hub.errors import HubError
from core.hub.jobs.job import Job
from core.hub.jobs.service import NO_FILES, JobService
from core.hub.settings import Settings, load_settings

logger = logging.getLogger(__name__)

_services: dict[Settings, JobService] = {}
_lock = threading.Lock()


def open_jobs(settings: Settings | None = None) -> JobService:
    """Return the process's service under these settings, by default the environment's."""
    chosen = settings or load_settings()
    with _lock:
        if chosen not in _services:
            _services[chosen] = JobService(chosen)
        return _services[chosen]


def submit(
    function: str,
    recipe: Any,
    *,
    session: str,
    page: str,
    files: Mapping[str, bytes] = NO_FILES,
    data_sha256: str = "",
) -> Job:
    """Queue a job, or join the one that already does (or did) the same.

    Parameters
    ----------
    function : str
        ``"core.….module:function"``, called as ``function(recipe, context)`` in a worker; it returns a mapping that is
        JSON.
    recipe : dataclass
        A frozen dataclass below ``core.`` that the forms can read.
    session : str
        Who asks; caps count per session.
    page : str
        Slug of the page, to lead back to it.
    files : mapping of str to bytes
        Input files by plain name; they lie in ``context.inputs``.
    data_sha256 : str
        Of the data; by default of ``files``. Function, recipe, this hash, the files and the source of ``core`` make
        two jobs equal.

    Returns
    -------
    Job
        Queued, or already further on where it was joined.

    Raises
    ------
    LimitError
        If the session or the hub has too many unfinished jobs.
    RecipeError
        If a setting is out of its range.
    UnavailableError
        If the Dask cluster or the database cannot be reached.
    ValueError
        If a name does not lie below ``core.``, or a file name is not plain.
    """
    return open_jobs().submit(function, recipe, session=session, page=page, files=files, data_sha256=data_sha256)


def find_job(job_id: str) -> Job | None:
    """Return a job by its id, or None when there is none (any more) that this id gives."""
    return open_jobs().find_job(job_id)


def find_jobs(session: str) -> tuple[Job, ...]:
    """Return the jobs that a session claims, newest first."""
    return open_jobs().find_jobs(session)


def claim(job_id: str, session: str) -> Job | None:
    """Re-attach a session to a job whose id it knows, as after a reload of the browser; None when there is no such job.

    From then on the session may stop and delete the job as the one that was given this id, and only as that one: who
    else asked for the same keeps it. A session that claimed the job before keeps its own id; it is in what is returned.
    """
    return open_jobs().claim(job_id, session)


def cancel(job_id: str, session: str) -> None:
    """Give up a job: it stops when nobody else wants it, and else only leaves this session's list.

    A running worker is first asked, then terminated, then killed; its state becomes ``cancelled`` when it is gone. A
    session that does not claim the job changes nothing.
    """
    open_jobs().cancel(job_id, session)


def forget(session: str) -> int:
    """Delete a session's jobs with rows and files, at once, and return how many; what others claim stays theirs.

    With the session's claims go those of every session that shares an id with it, as the one before a reload and the
    other tab do.
    """
    return open_jobs().forget(session)


def wait_job(job_id: str, timeout_s: float, *, step: int | None = None) -> Job | None:
    """Wait until a job has ended (or has told of ``step``) and return it; for the command line and tests."""
    return open_jobs().wait_job(job_id, timeout_s, step=step)


def sweep() -> int:
    """Delete jobs past ``JOBS_KEEP_S`` and files of no job, and return how many; a server does so every ten minutes."""
    return open_jobs().sweep()


def warm_up() -> threading.Thread:
    """Begin to get ready for the first job, so that it starts at once; return the thread that does so, at once."""
    thread = threading.Thread(target=_warm_up, name="jobs-warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    """Get ready; a database or cluster that is away now is asked again by the first job."""
    try:
        open_jobs().warm_up()
    except (HubError, OSError) as error:
        logger.warning("jobs are not ready yet: %s", error)


def stop_all() -> None:
    """Stop every worker of this process; unfinished jobs become lost. Runs by itself when the process exits."""
    with _lock:
        services = tuple(_services.values())
        _services.clear()
    for service in services:
        service.close()


atexit.register(stop_all)
