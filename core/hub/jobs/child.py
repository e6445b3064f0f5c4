"""One worker process: its start, its two pipes, its end.

The process is a plain ``python -m core.hub.jobs.worker``: unlike multiprocessing's spawn, it never imports the app's
main module again, and messages are lines of JSON, so nothing is pickled. It leads a process group of its own, and the
whole group is ended with it. When the server dies, its end of the pipe closes and the worker ends itself.

Left out: what the messages mean (``supervise``).
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from core.hub.settings import ROOT

MAX_LINE = 2_000_000
_CHUNK = 65_536
_STDERR_BYTES = 8_000
ENVIRONMENT = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OMP_THREAD_LIMIT",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
            "LOKY_MAX_CPU_COUNT",
            "TF_NUM_INTRAOP_THREADS",
            "TF_NUM_INTEROP_THREADS",
        ),
        "1",
    ),
    "MALLOC_ARENA_MAX": "2",
    "PYTHONHASHSEED": "0",
}
"""Set in every worker: one thread each (the pool has a worker per core), fewer malloc arenas, one hash seed."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: its exit code (negative: a signal) and the end of what it wrote to stderr.

    What is on stderr may quote anybody's data, so it is for ``faults.keep_frames`` alone.
    """

    code: int
    stderr: str


class Child:
    """A worker process that waits for its order.

    Parameters
    ----------
    memory_mb : int
        Limit of its address space.
    """

    def __init__(self, memory_mb: int) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no text of a person
            [sys.executable, "-m", "core.hub.jobs.worker", str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT},  # a child inherits the environment; nothing is read from it here
            start_new_session=True,
        )
        self._stdin, self._stdout = self._pipes()
        self._poll = select.poll()
        self._poll.register(self._stdout, select.POLLIN)
        self._buffer = b""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_running(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def send(self, message: Mapping[str, object]) -> None:
        """Send one message; a process that is gone is noticed by ``receive``."""
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(dict(message)).encode() + b"\n")
            self._stdin.flush()

    def receive(self, timeout_s: float) -> list[dict[str, Any]] | None:
        """Wait for messages; empty when none came in time, None once the process is ending."""
        if not self._poll.poll(timeout_s * 1_000):
            return []
        chunk = os.read(self._stdout.fileno(), _CHUNK)
        if not chunk or len(self._buffer) > MAX_LINE:
            return None
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        return [json.loads(line) for line in lines]

    def leave(self, grace_s: float) -> Ending:
        """Let the process end by itself, at most for a while; then see to it, as ``end`` does."""
        self._wait_closed(grace_s)
        return self.end()

    def end(self, grace_s: float = 0.0) -> Ending:
        """End the process and its group, reap it, and return how it went; to be called once.

        Parameters
        ----------
        grace_s : float
            How long it may take after SIGTERM before SIGKILL; 0 kills at once.
        """
        if grace_s > 0:
            self._signal(signal.SIGTERM)
            self._wait_closed(grace_s)
        self._signal(signal.SIGKILL)
        code = self._process.wait()
        for pipe in (self._stdin, self._stdout):
            with suppress(BrokenPipeError):
                pipe.close()
        with self._errors as errors:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - _STDERR_BYTES))
            return Ending(code, errors.read().decode("utf-8", "replace"))

    def _wait_closed(self, timeout_s: float) -> None:
        """Wait until the process closed its pipe by ending; it is not reaped, so its group's id stays reserved."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0 and self.receive(left) is not None:
            pass

    def _signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Return both pipes, which Popen was asked to make."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            message = "a worker was started without pipes"
            raise ValueError(message)
        return stdin, stdout
