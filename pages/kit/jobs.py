"""The jobs panel: start long work, watch it, cancel it, and find it again after a reload.

The job's id stands in the page's address as ``<slug>_job``, so that a reloaded or shared page finds its work and its
result again. It is a secret of the person who was given it: another who asks for the same run has an id of their own.
The panel asks the store for news in a fragment of its own, and only while the job is unfinished.

Left out: what a job computes, which is its project's, and how it runs, which is ``core.hub.jobs``.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import streamlit as st

from core.datasets.table import Table, table_from_folder, table_to_files
from core.hub import jobs
from core.hub.errors import HubError
from pages.kit import session, uploads
from pages.kit.errors import escape, show_error
from pages.kit.fits import YOURS, want_table
from pages.kit.keeping import follow_session

TRAINING = "Training"
POLL_S = 1.0
MINUTE_S = 60


def start_job(function: str, recipe: Any, slug: str, table: Table) -> jobs.Job | None:
    """Submit a job for this session and put its id into the page's address.

    Parameters
    ----------
    function : str
        ``"core.tabular.iris:run_job"``.
    recipe : dataclass
        All that decides the run.
    slug : str
        The page, whose prefix the address's parameter gets.
    table : Table
        Travels to the worker with the job, and stays in its folder: a reload needs no second upload.

    Returns
    -------
    Job or None
        None when a cap was reached; the sentence that says so is shown.
    """
    try:
        job = jobs.submit(function, recipe, session=session.session_id(), page=slug, files=table_to_files(table),
                          data_sha256=table.sha256)  # fmt: skip
    except HubError as error:
        show_error(error)
        return None
    keep_job(slug, job.id)
    return job


def keep_job(slug: str, job_id: str) -> None:
    """Write a job's id into the address and the session."""
    st.query_params[f"{slug}_job"] = job_id
    st.session_state[f"{slug}_job_id"] = job_id


def drop_job(slug: str) -> None:
    """Take the job out of the address and the session; the job itself stays as it is."""
    st.query_params.pop(f"{slug}_job", None)
    st.session_state.pop(f"{slug}_job_id", None)


def find_page_job(slug: str) -> jobs.Job | None:
    """Return the job that the address or the session names, claimed for this session.

    A page switch clears the address but not the session; then the id is written back, so that a reload still works.
    """
    job_id = st.query_params.get(f"{slug}_job") or st.session_state.get(f"{slug}_job_id")
    if not job_id:
        return None
    known = st.session_state.get(f"{slug}_job_id") == job_id
    job = jobs.find_job(job_id) if known else jobs.claim(job_id, session.session_id())
    if job is None:
        return None
    if not (known and st.query_params.get(f"{slug}_job")):
        keep_job(slug, job.id)
    return job


def find_done(job: jobs.Job | None, table: Table) -> jobs.Job | None:
    """Return the job if it has finished well and learnt from this very table."""
    return job if job is not None and job.state == "done" and job.data_sha256 == table.sha256 else None


def restore_table(slug: str, job: jobs.Job | None) -> None:
    """After a reload, give the session back its table, or the one that travelled with a page's job.

    The session's own is held for a while (``keeping``), the job's as long as the job. So no upload is needed. A session
    that has a table of its own keeps it; a table of the hub is chosen by the page's address instead.
    """
    follow_session()
    if job is None or session.current_table() is not None:
        return
    try:
        table = table_from_folder(job.inputs)
    except HubError:
        return
    if table.origin == "upload":
        uploads.use_table(table)
        want_table(slug, YOURS)


def show_job(job_id: str, key: str, doing: str = TRAINING) -> jobs.Job | None:
    """Draw a job's panel, which renews itself until the job ends, and return the job as it stands.

    When the job ends the whole page runs once more, so that its results appear without a click.

    Parameters
    ----------
    doing : str
        What the worker does, as it stands before "in the background".
    """
    job = jobs.find_job(job_id)
    unfinished = job is not None and not job.is_finished
    panel = st.fragment(_draw_panel, run_every=POLL_S if unfinished else None)
    panel(job_id, key, doing, unfinished)
    return job


def _draw_panel(job_id: str, key: str, doing: str, was_unfinished: bool) -> None:
    """Draw the state a job is in now; end the polling by running the page again when it has finished."""
    job = jobs.find_job(job_id)
    if was_unfinished and (job is None or job.is_finished):
        st.rerun()
    if job is None:
        st.info("This run is no longer kept. Start it again to see its results.", icon=":material/history:")
        return
    draw = {"queued": _draw_queued, "running": partial(_draw_running, doing), "done": _draw_done,
            "failed": _draw_failed, "cancelled": _draw_cancelled, "lost": _draw_lost}  # fmt: skip
    with st.container(border=not job.is_finished, key=f"{key}_panel"):
        draw[job.state](job, key)


def _draw_queued(job: jobs.Job, key: str) -> None:
    """Say how many runs are before this one."""
    place = job.place or 1
    wait = "It is next." if place == 1 else f"It is number {place} in the queue."
    st.markdown(f":material/hourglass_top: **Waiting for a free worker.** {wait}")
    st.progress(0.0, text="Not started yet")
    st.caption("You may close or reload this page: its address finds the run again.")
    _draw_cancel(job, key)


def _draw_running(doing: str, job: jobs.Job, key: str) -> None:
    """Show progress, time left, the latest figures and the log."""
    share = min(job.step / job.total, 1.0) if job.total else 0.0
    left = "" if job.eta_s is None else f" · about {write_duration(job.eta_s)} left"
    st.markdown(f":material/model_training: **{doing} in the background.** The page stays usable.")
    st.progress(share, text=f"Step {job.step} of {job.total}{left}" if job.total else "Starting a worker…")
    figures = " · ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in job.metrics.items())
    told = "You may reload: the address finds this run and its table again, for whoever has it."
    st.caption(f"{figures} · " * bool(figures) + told)
    _draw_log(job)
    _draw_cancel(job, key)


def _draw_done(job: jobs.Job, key: str) -> None:  # noqa: ARG001 — every state is drawn by the same call
    """Say in one line that it is finished, and keep the log at hand."""
    took = _measure_run(job)
    when = f"{job.finished:%d %b %Y, %H:%M} UTC" if job.finished else ""
    st.caption(f":material/check_circle: Finished {when}{f' in {write_duration(took)}' if took is not None else ''}")


def _draw_failed(job: jobs.Job, key: str) -> None:  # noqa: ARG001 — as above
    """Show why it failed, and the log."""
    st.error(escape(job.error or "The run failed."), icon=":material/error:", title="The run failed")
    _draw_log(job)


def _draw_cancelled(job: jobs.Job, key: str) -> None:  # noqa: ARG001 — as above
    """Say what a cancelled run left behind: nothing."""
    at = f" at step {job.step} of {job.total}" if job.total else ""
    st.info(f"You cancelled this run{at}. Its worker was stopped and nothing of it is shown.",
            icon=":material/cancel:")  # fmt: skip


def _draw_lost(job: jobs.Job, key: str) -> None:  # noqa: ARG001 — as above
    """Say that the server stopped while it ran."""
    st.warning("The server stopped while this ran, so it has no result. Start it again.", icon=":material/link_off:")
    _draw_log(job)


def _draw_cancel(job: jobs.Job, key: str) -> None:
    """Draw the button that stops the worker."""
    label = "Stopping…" if job.is_stopping else "Cancel this run"
    st.button(label, key=f"{key}_cancel", icon=":material/stop_circle:", disabled=job.is_stopping,
              on_click=jobs.cancel, args=(job.id, session.session_id()))  # fmt: skip


def _draw_log(job: jobs.Job) -> None:
    """Show the last lines of the worker's log."""
    if job.log.strip():
        with st.expander("Log"):
            st.code(job.log.strip(), language=None, wrap_lines=True)


def _measure_run(job: jobs.Job) -> float | None:
    """Return how many seconds the worker ran."""
    if job.started is None or job.finished is None:
        return None
    return (job.finished - job.started) / dt.timedelta(seconds=1)


def write_duration(seconds: float) -> str:
    """Write seconds as a person says them.

    Examples
    --------
    >>> write_duration(0.4), write_duration(42.2), write_duration(200)
    ('under a second', '42 s', '3 min 20 s')
    """
    if seconds < 1:
        return "under a second"
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), MINUTE_S)
    return f"{minutes} min {rest} s"
