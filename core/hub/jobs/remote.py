"""What runs on a Dask worker: the same supervised process as on the app's own machine.

The task's thread only watches; the job is in a child process, so stopping it is certain, which it is not for a thread.
Inputs arrive and results leave as bytes: the machines need no shared folder. A task that nobody waits for any more
(the app died, the scheduler took it away) kills its process.

Left out: the app's side (``cluster``).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from distributed import Status, Worker, get_worker

from core.hub.jobs.folders import Folders
from core.hub.jobs.job import Outcome, Progress
from core.hub.jobs.local import LocalRunner
from core.hub.jobs.order import Order
from core.hub.jobs.supervise import Control

RESULT_MB = 256
"""A result larger than this would fill the scheduler's and the app's memory."""
_controls: dict[str, Control] = {}


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """What a task gives back.

    Parameters
    ----------
    outcome : Outcome
        How the job ended.
    progress : Progress
        The last it told, which may not have arrived by itself.
    files : mapping of str to bytes
        The result files by relative path.
    """

    outcome: Outcome
    progress: Progress
    files: Mapping[str, bytes] = field(default_factory=dict)


def write_order(order: Order) -> str:
    """Write an order as JSON."""
    return json.dumps({**asdict(order), "folder": str(order.folder)})


def run_remote(order_text: str, files: dict[str, bytes], topic: str) -> tuple[str, dict[str, bytes]]:
    """Run one order on this Dask worker, and tell of its progress under a topic.

    Returns
    -------
    (str, dict)
        Outcome and last progress as JSON, and the result files; :func:`read_result` reads them.
    """
    worker = get_worker()
    values = json.loads(order_text)
    job_id = str(values["id"])
    last = [Progress(0, 0, {}, "")]

    def report(progress: Progress) -> None:
        last[0] = progress
        worker.log_event(topic, {"id": job_id, "progress": asdict(progress)})

    control = _controls[job_id] = _TaskControl(worker)
    worker.log_event(topic, {"id": job_id, "address": worker.address})
    try:
        with tempfile.TemporaryDirectory(dir=worker.local_directory) as folder:
            work = Folders(Path(folder)).make_work(job_id, files)
            order = Order(**{**values, "folder": work})
            outcome = _open_runner(order.memory_mb).run(order, control, report)
            outcome, results = _collect(order.outputs, outcome)
    finally:
        del _controls[job_id]
    return json.dumps({"outcome": asdict(outcome), "progress": asdict(last[0])}), results


def stop_remote(job_id: str, at_once: bool) -> bool:
    """Ask a job on this Dask worker to stop, or kill it; tell whether it is here."""
    control = _controls.get(job_id)
    if control is not None:
        control.stop(at_once=at_once)
    return control is not None


def read_result(answer: tuple[str, dict[str, bytes]]) -> RemoteResult:
    """Read what :func:`run_remote` returned."""
    values = json.loads(answer[0])
    return RemoteResult(Outcome(**values["outcome"]), Progress(**values["progress"]), answer[1])


class _TaskControl(Control):
    """A control that also stops when its task was taken away, or its Dask worker lost the scheduler and leaves."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker, self._key = worker, worker.get_current_task()

    def is_asked(self) -> bool:
        """Tell whether a person wants the job to stop, or nobody waits for it any more."""
        task = self._worker.state.tasks.get(self._key)
        is_serving = self._worker.status in {Status.running, Status.paused}
        if task is None or task.state == "cancelled" or not is_serving:
            self.stop(at_once=True)
        return super().is_asked()


@lru_cache(maxsize=1)
def _open_runner(memory_mb: int) -> LocalRunner:
    """Keep one warm spare in this Dask worker."""
    return LocalRunner(memory_mb, n_slots=1)


def _collect(outputs: Path, outcome: Outcome) -> tuple[Outcome, dict[str, bytes]]:
    """Read the result files of a job that is done, unless they are too large to travel."""
    if outcome.state != "done":
        return outcome, {}
    paths = sorted(path for path in outputs.rglob("*") if path.is_file())
    size_mb = sum(path.stat().st_size for path in paths) / 2**20
    if size_mb > RESULT_MB:
        text = f"the result has {size_mb:.0f} MB; a Dask cluster may send {RESULT_MB} MB: unset JOBS_DASK for this job"
        return replace(outcome, state="failed", error=text), {}
    return outcome, {path.relative_to(outputs).as_posix(): path.read_bytes() for path in paths}
