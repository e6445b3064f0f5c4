"""The program of a worker process: wait for one order, run it, tell how it went, leave.

Started as ``python -m core.hub.jobs.worker MEMORY_MB``. Orders come on stdin and messages leave on stdout as lines of
JSON; what a job prints goes to stderr. While it waits it imports the libraries that most jobs need, one at a time, so
that an order never waits for more than one of them. When stdin closes, the server is gone and the process ends itself
and its children.

Left out: an answer for faults of the program: their class and frames are told, and the supervisor makes the sentence.
"""

from __future__ import annotations

import atexit
import errno
import faulthandler
import importlib
import json
import os
import queue
import resource
import select
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from core.hub.errors import HubError
from core.hub.fields import recipe_from_json
from core.hub.jobs.faults import describe_fault
from core.hub.jobs.folders import sync_tree
from core.hub.jobs.job import JobCancelled, JobContext
from core.hub.jobs.order import load_named
from core.hub.jobs.reporter import INTERVAL_S, Reporter

NICENESS = 15
FILE_MB = 2_048
OOM_SCORE = 500
MAX_SUMMARY = 500_000
WARM = (
    "numpy",
    "scipy.linalg",
    "scipy.stats",
    "pandas",
    "sklearn.pipeline",
    "sklearn.compose",
    "sklearn.model_selection",
    "sklearn.linear_model",
    "sklearn.neighbors",
    "sklearn.ensemble",
    "sklearn.svm",
)


class Inbox:
    """Listens to stdin in a thread: first the order, then perhaps the wish to stop."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._orders: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        self._has_order = threading.Event()

    def has_order(self) -> bool:
        """Tell whether the order has come."""
        return self._has_order.is_set()

    def wait_order(self) -> dict[str, str]:
        """Wait for the order."""
        return self._orders.get()

    def listen(self) -> None:
        """Take messages for ever, and send held-back progress in between."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        buffer = b""
        while True:
            if poll.poll(INTERVAL_S * 1_000 if self.has_order() else None):
                chunk = os.read(0, 65_536)
                if not chunk:
                    _end_group()
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    self._take(json.loads(line))
            self._reporter.flush()

    def _take(self, message: dict[str, str]) -> None:
        """Take one message."""
        if "cancel" in message:
            self._reporter.cancel()
        else:
            self._orders.put(message)
            self._has_order.set()


def main() -> None:
    """Run one order."""
    faulthandler.enable()
    is_told = threading.Event()
    atexit.register(_skip_unloading, is_told)  # registered first, so that it runs last
    reporter = Reporter(_take_stdout())
    _tell_faults(reporter)
    memory_mb = int(sys.argv[1])
    _limit_process(memory_mb)
    inbox = Inbox(reporter)
    threading.Thread(target=inbox.listen, daemon=True).start()
    _warm_up(inbox)
    reporter.finish(_run(inbox.wait_order(), reporter, memory_mb))
    is_told.set()


def _run(order: dict[str, str], reporter: Reporter, memory_mb: int) -> dict[str, str]:
    """Run the order's function and return the final message."""
    try:
        return {"kind": "done", "summary": _call(order, reporter)}
    except JobCancelled:
        return {"kind": "cancelled"}
    except HubError as error:
        return {"kind": "error", "text": str(error)}
    except (MemoryError, OSError) as error:
        text = _explain_shortage(error, memory_mb)
        if text is None:
            raise
        return {"kind": "error", "text": text}


def _call(order: dict[str, str], reporter: Reporter) -> str:
    """Call the function, sync its files, and return its summary as JSON."""
    recipe = recipe_from_json(load_named(order["recipe_class"]), order["recipe"])
    outputs = Path(order["outputs"])
    context = JobContext(Path(order["inputs"]), outputs, reporter.on_step, reporter.log)
    summary = json.dumps(dict(load_named(order["function"])(recipe, context)), allow_nan=False, default=_make_plain)
    if len(summary) > MAX_SUMMARY:
        message = f"the summary has {len(summary)} characters; it must be at most {MAX_SUMMARY}: write a file instead"
        raise ValueError(message)
    sync_tree(outputs)
    return summary


def _make_plain(value: Any) -> Any:
    """Turn a NumPy scalar into the plain number that JSON knows."""
    if hasattr(value, "item"):
        return value.item()
    message = f"{type(value).__name__} is not JSON"
    raise TypeError(message)


def _explain_shortage(error: MemoryError | OSError, memory_mb: int) -> str | None:
    """Put a lack of memory or disk into one sentence; None for any other error."""
    number = None if isinstance(error, MemoryError) else error.errno
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return f"the job needed more than {memory_mb} MB of memory; use fewer rows or raise JOBS_MEMORY_MB"
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return "the server's disk is full; free space in HUB_HOME and start the job again"
    if number == errno.EFBIG:
        return f"the job wrote a file of more than {FILE_MB} MB, which is the limit; use fewer rows"
    return None


def _warm_up(inbox: Inbox) -> None:
    """Import what most jobs need until the order comes."""
    for name in WARM:
        if inbox.has_order():
            return
        importlib.import_module(name)


def _tell_faults(reporter: Reporter) -> None:
    """Let an error that nothing catches end as the last message, without the words that Python would print."""

    def tell(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        reporter.finish({"kind": "fault", "trace": describe_fault(error)})

    sys.excepthook = tell


def _take_stdout() -> int:
    """Keep stdout for messages alone: whatever prints, also a native library, prints to stderr."""
    handle = os.dup(1)
    os.dup2(2, 1)
    return handle


def _limit_process(memory_mb: int) -> None:
    """Step behind the app: lower priority, bounded memory and files, no core dump, first to go when memory is out."""
    os.nice(NICENESS)
    for limit, value in (
        (resource.RLIMIT_AS, memory_mb * 2**20),
        (resource.RLIMIT_FSIZE, FILE_MB * 2**20),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)  # noqa: PLW2901 - a limit is never raised
        resource.setrlimit(limit, (value, value))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")


def _skip_unloading(is_told: threading.Event) -> None:
    """Leave at once when all is told: to unload the libraries takes longer than many a job."""
    if is_told.is_set():
        os._exit(0)


def _end_group() -> None:
    """End this process, and its children where it leads their group."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
