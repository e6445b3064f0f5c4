"""Long work in processes of its own: submit a function, watch it, re-attach to it, stop it, take its files.

A job runs in a spawned worker process (or on a Dask cluster, ``JOBS_DASK``), never in the app, whose one interpreter
lock every session shares. Its row lives in the store and its files in ``HUB_HOME/jobs``.

job         what a caller sees: Job, JobContext, JobCancelled
calls       submit, find, claim, cancel, forget, wait, sweep, stop_all: on the process's one service
service     rows, files and workers put together
ledger      rows of jobs; ``claims`` who wants which; ``tables`` their columns; ``owner`` whether a server still lives
ticket      the id that a person has of a job, and the secret in it
folders     inputs, outputs and results on disk
pool        queue, threads that wait for workers, heartbeat
local       one worker process per job, with a warm spare; ``child`` its pipes; ``supervise`` from order to outcome
cluster     the same on Dask; ``remote`` is what runs there
worker      the program of a worker process (``python -m core.hub.jobs.worker``); ``reporter`` what it tells
faults      what the log may hold of a fault
order       what a job is made of, and its deduplication key
selftest    a job that counts, for health checks, benchmarks and tests

Importing this package imports neither SQLAlchemy nor Dask.
"""

from core.hub.jobs.calls import (
    cancel,
    claim,
    find_job,
    find_jobs,
    forget,
    open_jobs,
    stop_all,
    submit,
    sweep,
    wait_job,
    warm_up,
)
from core.hub.jobs.job import Job, JobCancelled, JobContext, JobState
from core.hub.jobs.service import JobService

__all__ = [
    "Job",
    "JobCancelled",
    "JobContext",
    "JobService",
    "JobState",
    "cancel",
    "claim",
    "find_job",
    "find_jobs",
    "forget",
    "open_jobs",
    "stop_all",
    "submit",
    "sweep",
    "wait_job",
    "warm_up",
]
