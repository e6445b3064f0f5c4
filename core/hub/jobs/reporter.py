"""What a worker process tells: progress and log, a few messages a second however often a job calls.

Left out: what is done with it (``supervise``).
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Mapping

from core.hub.contract import Metrics
from core.hub.jobs.job import JobCancelled

INTERVAL_S = 0.3
LOG_CHARACTERS = 4_000


class Reporter:
    """Sends messages to the supervisor as lines of JSON.

    Parameters
    ----------
    handle : int
        File descriptor to write to.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._step, self._total, self._metrics, self._log = 0, 0, dict[str, float](), ""
        self._is_new, self._sent_at = False, -math.inf

    def cancel(self) -> None:
        """Let the next step raise JobCancelled."""
        self._cancelled.set()

    def on_step(self, step: int, total: int, metrics: Metrics) -> None:
        """Note a step; see :class:`core.hub.jobs.job.JobContext`.

        Raises
        ------
        JobCancelled
            Once a person asked to stop.
        """
        if self._cancelled.is_set():
            raise JobCancelled
        finite = {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
        with self._lock:
            self._step, self._total, self._metrics, self._is_new = int(step), int(total), finite, True
        self._flush_when_due()

    def log(self, text: str) -> None:
        """Note a line of the log."""
        with self._lock:
            self._log = f"{self._log}{text}\n"[-LOG_CHARACTERS:]
            self._is_new = True
        self._flush_when_due()

    def flush(self) -> None:
        """Send what is new."""
        with self._lock:
            if self._is_new:
                self._is_new, self._sent_at = False, time.monotonic()
                values = {"step": self._step, "total": self._total, "metrics": self._metrics, "log": self._log}
                self._write({"kind": "progress", **values})

    def finish(self, message: Mapping[str, str]) -> None:
        """Send what is new, then the final message."""
        self.flush()
        with self._lock:
            self._write(message)

    def _flush_when_due(self) -> None:
        """Send at once when nothing was sent lately; else the listening thread will."""
        if time.monotonic() - self._sent_at >= INTERVAL_S:
            self.flush()

    def _write(self, message: Mapping[str, object]) -> None:
        """Write one whole line; a long one may take several calls."""
        line = json.dumps(dict(message)).encode() + b"\n"
        while line:
            line = line[os.write(self._handle, line) :]
