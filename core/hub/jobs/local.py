"""Jobs on this machine: a fresh process for each, taken from a warm spare so that it starts at once.

One process per job keeps memory and state of one job out of the next, and makes stopping certain. A new process needs a
second or more for its imports, so one spare waits with them done; a job takes it and the next spare is started.

Left out: the queue (``pool``).
"""

from __future__ import annotations

import os
import threading

from core.hub.jobs.child import Child
from core.hub.jobs.job import Outcome
from core.hub.jobs.order import Order
from core.hub.jobs.supervise import Control, Report, run_order
from core.hub.settings import Settings


def count_workers(settings: Settings) -> int:
    """Return how many jobs may run at a time: ``JOBS_WORKERS``, or all cores but one, at least one.

    Examples
    --------
    >>> count_workers(Settings(jobs_workers=3))
    3
    """
    if settings.jobs_workers > 0:
        return settings.jobs_workers
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable - 1)


class LocalRunner:
    """Runs orders in worker processes of this machine.

    Parameters
    ----------
    memory_mb : int
        Limit of a worker's address space.
    n_slots : int
        How many orders may run at a time.
    """

    def __init__(self, memory_mb: int, n_slots: int) -> None:
        self._memory_mb, self.n_slots = memory_mb, n_slots
        self._lock = threading.Lock()
        self._spare: Child | None = None
        self._is_closed = False

    @property
    def spare_pid(self) -> int | None:
        """Process id of the spare, or None."""
        spare = self._spare
        return None if spare is None else spare.pid

    def open(self) -> None:
        """Start the spare, unless there is one."""
        with self._lock:
            if self._spare is None and not self._is_closed:
                self._spare = Child(self._memory_mb)

    def run(self, order: Order, control: Control, report: Report) -> Outcome:
        """Run one order in the spare, or in a new process where there is none."""
        child = self._take_spare() or Child(self._memory_mb)
        self.open()
        return run_order(child, order, control, report)

    def close(self) -> None:
        """End the spare."""
        self._is_closed = True
        spare = self._take_spare()
        if spare is not None:
            spare.end()

    def _take_spare(self) -> Child | None:
        """Take the spare; one that died while it waited is cleared away."""
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and not spare.is_running():
            spare.end()
            return None
        return spare
