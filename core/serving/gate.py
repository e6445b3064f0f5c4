"""How many predictions one process takes on: a few at work, some more in line, and a plain no to the rest.

A line that grows without end helps nobody: each answer then comes after its caller gave up. Little's law (J. Little
1961, https://doi.org/10.1287/opre.9.3.383) bounds the wait by the places in line over the answers per second.

Left out: a fair share for each caller, which belongs to the proxy in front.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool

from core.hub.errors import UnavailableError

T = TypeVar("T")
MAX_RUNNING = 2
"""Predictions at work at once: they compute all the time, so more threads would only wait for each other."""
MAX_PENDING = 64
"""Predictions at work or in line. The largest batches take some tenths of a second each, so the last waits seconds."""
RETRY_AFTER_S = 1


class BusyError(UnavailableError):
    """All places are taken now; the caller may send the same again after ``RETRY_AFTER_S`` seconds."""


class Gate:
    """Lets predictions through, a few at a time, in threads, so that the event loop stays free for the probes.

    Parameters
    ----------
    running : int
        Most predictions at work at once.
    pending : int
        Most at work or in line. Raising it lengthens the longest wait.
    """

    def __init__(self, running: int = MAX_RUNNING, pending: int = MAX_PENDING) -> None:
        self.pending, self.n_pending = pending, 0
        self._turns = asyncio.Semaphore(running)

    async def run(self, work: Callable[[], T]) -> T:
        """Do a piece of work in a thread when its turn comes.

        Raises
        ------
        BusyError
            If every place is taken; the work is not begun.

        Examples
        --------
        >>> asyncio.run(Gate().run(lambda: 6 * 7))
        42
        """
        if self.n_pending >= self.pending:
            message = f"{self.n_pending} predictions are under way, the limit; send this again after {RETRY_AFTER_S} s"
            raise BusyError(message)
        self.n_pending += 1
        try:
            async with self._turns:
                return await run_in_threadpool(work)
        finally:
            self.n_pending -= 1
