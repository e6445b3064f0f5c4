"""The queue of one server: threads that each see one job through at a time, and a heartbeat.

The threads only wait: for the queue, for a worker's pipe, for the database. All computing is in other processes.

Left out: how an order is run (``local``, ``cluster``).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from core.hub.errors import UnavailableError
from core.hub.jobs.folders import Folders
from core.hub.jobs.job import LOST, Outcome, Progress
from core.hub.jobs.order import Order
from core.hub.jobs.supervise import Control, Report

if TYPE_CHECKING:
    from core.hub.jobs.ledger import Ledger

logger = logging.getLogger(__name__)

BEAT_S = 2.0
RETRY_S = 2.0
STOP_S = 10.0
_FAULT = Outcome("failed", "the job stopped by a fault of the hub itself; the server's log has it")


class Runner(Protocol):
    """Something that runs orders: worker processes of this machine, or a Dask cluster."""

    n_slots: int

    def open(self) -> None:
        """Get ready; raises UnavailableError when that is not possible now."""

    def run(self, order: Order, control: Control, report: Report) -> Outcome:
        """Run one order; nothing of it runs any more when this returns."""

    def close(self) -> None:
        """Let go of what waits."""


class Pool:
    """Runs the orders of one server, first come first served.

    Parameters
    ----------
    tidy : callable
        Called at each heartbeat, and so to be quick nearly always.
    """

    def __init__(self, ledger: Ledger, folders: Folders, runner: Runner, tidy: Callable[[], None]) -> None:
        self._ledger, self._folders, self._runner, self._tidy = ledger, folders, runner, tidy
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._controls: dict[str, Control] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._is_started = False
        self._heart = threading.Thread()
        self.changed = threading.Condition()

    def watch(self) -> None:
        """Start the heartbeat."""
        self._heart = threading.Thread(target=self._beat, name="jobs-heartbeat", daemon=True)
        self._heart.start()

    def open(self) -> None:
        """Get the runner ready and start the threads, once; raises UnavailableError when no runner answers."""
        self._runner.open()
        with self._lock:
            if not self._is_started:
                self._is_started = True
                for _ in range(self._runner.n_slots):
                    threading.Thread(target=self._serve, name="jobs", daemon=True).start()

    def put(self, order: Order) -> None:
        """Queue an order whose inputs are in place."""
        with self._lock:
            self._controls[order.id] = Control()
        self._orders.put(order)

    def stop(self, job_id: str, *, at_once: bool = False) -> None:
        """Ask a job to stop; or kill it and wait until nothing of it is left. A job that is not here is no error."""
        control = self._controls.get(job_id)
        if control is not None:
            control.stop(at_once=at_once)
            if at_once and control.is_running:
                control.ended.wait(STOP_S)

    def close(self) -> None:
        """Kill what runs, mark it and what waits as lost, and end the spare."""
        self._closed.set()
        self._heart.join(STOP_S)
        with self._lock:
            job_ids = tuple(self._controls)
        for job_id in job_ids:
            with suppress(UnavailableError):
                self._ledger.finish(job_id, LOST)
            self.stop(job_id, at_once=True)
            self._folders.delete_work(job_id)
        self._runner.close()

    def _serve(self) -> None:
        """See one order after another through; a thread that a fault of ours ends is replaced."""
        try:
            while not self._closed.is_set():
                with suppress(queue.Empty):
                    self._see_through(self._orders.get(timeout=BEAT_S))
        finally:
            if not self._closed.is_set():
                threading.Thread(target=self._serve, name="jobs", daemon=True).start()

    def _see_through(self, order: Order) -> None:
        """Run one order and settle its end, whatever happens."""
        control = self._controls[order.id]
        outcome = _FAULT
        try:
            control.is_running = self._ledger.start(order.id)
            if control.is_running:
                self._notify()
                outcome = self._runner.run(order, control, self._make_report(order.id))
        except UnavailableError as error:
            outcome = Outcome("failed", str(error))
        except OSError as error:
            outcome = Outcome("failed", f"no worker process could be started ({error.strerror}); try again in a while")
        finally:
            self._settle(order.id, outcome)
            with self._lock:
                del self._controls[order.id]
            control.ended.set()
            self._notify()

    def _make_report(self, job_id: str) -> Report:
        """Return what is called with each progress of a job: it adds the time left and writes the row."""
        pace = Pace()

        def report(progress: Progress) -> None:
            try:
                self._ledger.record(job_id, progress, pace.estimate(progress.step, progress.total))
            except UnavailableError as error:
                logger.warning("progress of a job was not written: %s", error)
            self._notify()

        return report

    def _settle(self, job_id: str, outcome: Outcome) -> None:
        """Publish a result, write the end, and delete what nobody will ask for."""
        if outcome.trace:
            logger.error("a job of the hub failed: %s", outcome.trace)
        if outcome.state == "done":
            try:
                self._folders.publish(job_id)
            except OSError as error:
                text = f"the result could not be stored ({error.strerror}); free space in HUB_HOME and start it again"
                outcome = Outcome("failed", text)
        if self._finish(job_id, outcome):
            self._folders.delete_work(job_id)
        else:
            self._folders.delete(job_id)

    def _finish(self, job_id: str, outcome: Outcome) -> bool:
        """Write a job's end, again and again while the database is away."""
        while True:
            try:
                return self._ledger.finish(job_id, outcome)
            except UnavailableError as error:
                logger.warning("the end of a job was not written yet: %s", error)
                if self._closed.wait(RETRY_S):
                    return True

    def _beat(self) -> None:
        """Beat and tidy until the server stops; a thread that a fault of ours ends is replaced."""
        try:
            while not self._closed.is_set():
                self._beat_once()
                self._closed.wait(BEAT_S)
        finally:
            if not self._closed.wait(BEAT_S):
                self.watch()

    def _beat_once(self) -> None:
        """Say that this server lives, stop what others were asked to stop or made to forget, and tidy up."""
        with self._lock:
            job_ids = tuple(self._controls)
        try:
            if job_ids:
                self._stop_all(*self._ledger.beat(job_ids))
            self._tidy()
        except (UnavailableError, OSError) as error:
            logger.warning("a heartbeat of the jobs was left out: %s", error)

    def _stop_all(self, stopping: Collection[str], forgotten: Collection[str]) -> None:
        """Ask some jobs to stop and kill others."""
        for job_id in (*stopping, *forgotten):
            self.stop(job_id, at_once=job_id in forgotten)

    def _notify(self) -> None:
        """Wake whoever waits for a change."""
        with self.changed:
            self.changed.notify_all()


class Pace:
    """How many seconds are left, from the pace since the first step was told.

    Examples
    --------
    >>> Pace().estimate(1, 10) is None
    True
    """

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def estimate(self, step: int, total: int) -> float | None:
        """Return the seconds left, or None before two different steps were told."""
        now = time.monotonic()
        if self._first is None or step < self._first[0]:
            self._first = (step, now)
        done, elapsed = step - self._first[0], now - self._first[1]
        return elapsed / done * max(0, total - step) if done > 0 else None
