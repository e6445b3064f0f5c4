"""Jobs on a Dask cluster, by ``JOBS_DASK=tcp://host:port``: rows, queue and results stay with the app.

Progress comes back as events of a topic (https://distributed.dask.org/en/stable/logging.html#structured-logs).
Arguments and results are texts and bytes. Dask trusts all that speak to its scheduler: keep it in a private network, or
use ``tls://``.

Left out: clusters that start with no worker and grow by themselves; starting a cluster (docs/CLUSTER.md).
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from distributed import Client
from distributed.scheduler import KilledWorker

from core.hub.errors import UnavailableError
from core.hub.jobs.faults import describe_fault
from core.hub.jobs.folders import sync_tree
from core.hub.jobs.job import Outcome, Progress
from core.hub.jobs.order import Order
from core.hub.jobs.remote import read_result, run_remote, stop_remote, write_order
from core.hub.jobs.supervise import TICK_S, Control, Report

logger = logging.getLogger(__name__)

CONNECT_S = 5
FETCH_S = 120
Event = dict[str, Any]
_make_client: Callable[..., Any] = Client
"""Dask leaves most of its client untyped."""


class ClusterRunner:
    """Runs orders on a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler: ``tcp://host:port`` or ``tls://host:port``.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._topic = f"hub-jobs-{secrets.token_hex(8)}"
        self._events: dict[str, queue.SimpleQueue[Event]] = {}
        self._lock = threading.Lock()
        self._client: Any = None
        self.n_slots = 1

    def open(self) -> None:
        """Connect, or connect again after the scheduler was away.

        Raises
        ------
        UnavailableError
            If the scheduler does not answer or has no worker.
        """
        try:
            with self._lock:
                if self._client is None or self._client.status != "running":
                    self._drop_client()
                    self._client = _make_client(self._address, timeout=CONNECT_S, set_as_default=False)
                    self._client.subscribe_topic(self._topic, self._take)
                n_threads = sum(self._client.nthreads().values())
        except (OSError, ValueError) as error:
            remedy = "start it (dask scheduler), correct JOBS_DASK, or unset it to run jobs on this machine"
            message = f"the Dask scheduler at {self._address} cannot be reached; {remedy}"
            raise UnavailableError(message) from error
        if n_threads == 0:
            message = f"the Dask cluster at {self._address} has no worker; start one: dask worker {self._address}"
            raise UnavailableError(message)
        self.n_slots = n_threads

    def run(self, order: Order, control: Control, report: Report) -> Outcome:
        """Run one order as a task and bring its files home."""
        self.open()
        client = self._client
        files = {path.name: path.read_bytes() for path in order.inputs.iterdir()}
        events = self._events[order.id] = queue.SimpleQueue()
        try:
            key = f"hub-job-{order.id}"
            future = client.submit(run_remote, write_order(order), files, self._topic, key=key, pure=False)
            _Task(client, future, order, control).watch(events, report)
            return self._collect(future, order, control, report)
        finally:
            del self._events[order.id]

    def close(self) -> None:
        """Leave the cluster; tasks that still run there are ended by it."""
        with self._lock:
            self._drop_client()

    def _drop_client(self) -> None:
        """Close the client."""
        if self._client is not None:
            with suppress(OSError):
                self._client.close(timeout=CONNECT_S)
            self._client = None

    def _take(self, event: tuple[float, Event]) -> None:
        """Hand an event to the thread that watches its job; runs in Dask's own thread."""
        events = self._events.get(event[1]["id"])
        if events is not None:
            events.put(event[1])

    def _collect(self, future: Any, order: Order, control: Control, report: Report) -> Outcome:
        """Read how a finished task ended, and write its files."""
        if future.status == "error":
            return self._explain(future.exception(timeout=FETCH_S))
        if future.status != "finished":
            return Outcome("cancelled") if control.is_asked() else self._lose()
        try:
            result = read_result(future.result(timeout=FETCH_S))
        except OSError:
            return self._lose()
        report(result.progress)
        for name, content in result.files.items():
            _write_result(order, name, content)
        sync_tree(order.outputs)
        return result.outcome

    def _lose(self) -> Outcome:
        """Explain a connection that ended during the job."""
        return Outcome("failed", f"the Dask cluster at {self._address} went away during the job; start the job again")

    def _explain(self, error: BaseException | None) -> Outcome:
        """Put a task that raised into one sentence: our own code does not, so the cluster did."""
        trace = "" if error is None else describe_fault(error)
        if isinstance(error, KilledWorker):
            text = f"the Dask workers at {self._address} died while they ran this job; try fewer rows or larger workers"
            return Outcome("failed", text, trace=trace)
        kind = type(error).__name__
        text = (
            f"the Dask workers at {self._address} could not run the job ({kind}); give them this version of the program"
        )
        return Outcome("failed", text, trace=trace)


class _Task:
    """One task on the cluster, watched from the app."""

    def __init__(self, client: Any, future: Any, order: Order, control: Control) -> None:
        self._client, self._future, self._order, self._control = client, future, order, control
        self._address: str | None = None
        self._asked: tuple[str | None, bool] | None = None

    def watch(self, events: queue.SimpleQueue[Event], report: Report) -> None:
        """Pass progress on, and requests to stop, until the task has ended."""
        while not self._future.done():
            with suppress(queue.Empty):
                event = events.get(timeout=TICK_S)
                self._address = event.get("address", self._address)
                if "progress" in event:
                    report(Progress(**event["progress"]))
            if self._control.is_asked():
                self._ask()

    def _ask(self) -> None:
        """Ask the worker that has the job to stop it, once; where none has it yet, take the task back."""
        wish = (self._address, self._control.at_once)
        if wish == self._asked:
            return
        self._asked = wish
        with suppress(OSError):
            if self._address is None:
                self._future.cancel()
            else:
                self._client.run(stop_remote, self._order.id, wish[1], workers=[self._address], on_error="ignore")


def _write_result(order: Order, name: str, content: bytes) -> None:
    """Write one result file; its path must stay below the outputs."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        message = f"result file {name!r} lies outside the job's folder"
        raise ValueError(message)
    target = order.outputs / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
