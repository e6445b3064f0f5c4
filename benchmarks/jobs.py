"""How soon a job starts after it is submitted, and how soon a deaf one is gone after it is cancelled."""

from __future__ import annotations

import statistics
import time

import psutil

from benchmarks.record import Line, Record
from core.hub import jobs
from core.hub.jobs.selftest import Recipe

FUNCTION, N_JOBS = "core.hub.jobs.selftest:count", 7
START_BUDGET_S, CANCEL_BUDGET_S, LIMIT_S = 1.0, 10.0, 60.0


def measure() -> Record:
    """Submit to a cold pool, then to a warm one, then cancel a job that ignores every request."""
    cold = time_job("cold")
    warm = statistics.median(time_job(f"warm {number}") for number in range(N_JOBS))
    gone = time_cancel()
    jobs.stop_all()
    return Record(
        name="jobs",
        title="Jobs",
        method="A counting job: from submit until the result is stored, and from cancel until the process is gone.",
        lines=(
            Line("first job of a new server", cold, "s", "no budget", None, kept=True),
            Line("a job with a warm spare, median of 7", warm, "s", "budget", START_BUDGET_S, warm <= START_BUDGET_S),
            Line("a deaf worker gone after cancel", gone, "s", "budget", CANCEL_BUDGET_S, gone <= CANCEL_BUDGET_S),
        ),
        command="python -m benchmarks jobs",
    )


def time_job(label: str) -> float:
    """Run one short job to its end; return the seconds it took."""
    start = time.perf_counter()
    job = jobs.submit(FUNCTION, Recipe(steps=1, label=label), session="benchmark", page="benchmark")
    jobs.wait_job(job.id, timeout_s=LIMIT_S)
    seconds = time.perf_counter() - start
    jobs.forget("benchmark")
    time.sleep(2)  # let the next spare warm up: a server is idle most of the time
    return seconds


def time_cancel() -> float:
    """Cancel a job that ignores every request; return the seconds until its process is gone."""
    job = jobs.submit(FUNCTION, Recipe(steps=1, ending="hang"), session="benchmark", page="benchmark")
    pid = wait_for_pid(job.id)
    worker = psutil.Process(pid)
    start = time.perf_counter()
    jobs.cancel(job.id, "benchmark")
    worker.wait(timeout=LIMIT_S)
    return time.perf_counter() - start


def wait_for_pid(job_id: str) -> int:
    """Return the worker's process id, which the job reports as a figure."""
    end = time.perf_counter() + LIMIT_S
    while time.perf_counter() < end:
        job = jobs.find_job(job_id)
        if job is not None and "pid" in job.metrics:
            return int(job.metrics["pid"])
        time.sleep(0.05)
    message = "the job did not start"
    raise TimeoutError(message)
