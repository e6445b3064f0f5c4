"""From an order to its outcome: the one loop that watches a worker process, on this machine or on a Dask worker.

It only waits on a pipe and on two clocks. Stopping goes in three steps: the worker is asked (``on_step`` raises), then
terminated, then killed; the outcome is returned when the process is gone.

Left out: which process it is, and where outcomes are written (``local``, ``remote``, ``pool``).
"""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.hub.jobs.child import Child, Ending
from core.hub.jobs.faults import keep_frames
from core.hub.jobs.job import Outcome, Progress
from core.hub.jobs.order import Order

TICK_S = 0.1
Report = Callable[[Progress], None]


@dataclass
class Control:
    """How another thread stops a job, and learns that it has ended.

    Parameters
    ----------
    asked : Event
        Set to ask the job to stop.
    at_once : bool
        Whether to skip the grace and kill: its data must go.
    is_running : bool
        Whether a thread sees to it now; it is False while the job waits.
    ended : Event
        Set once nothing of the job runs and its files are settled.
    """

    asked: threading.Event = field(default_factory=threading.Event)
    at_once: bool = False
    is_running: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def is_asked(self) -> bool:
        """Tell whether the job should stop."""
        return self.asked.is_set()

    def stop(self, *, at_once: bool = False) -> None:
        """Ask the job to stop, or kill it."""
        self.at_once = self.at_once or at_once
        self.asked.set()


def run_order(child: Child, order: Order, control: Control, report: Report) -> Outcome:
    """Give a worker process its order and watch it until it has ended in one way or another.

    Parameters
    ----------
    child : Child
        A process that waits for its order. It is gone when this returns, or leaving if the job is done.
    report : callable
        Called with each Progress that the worker tells, a few times a second at most.
    """
    return _Watch(child, order, control, report).run()


class _Watch:
    """The state of one such loop."""

    def __init__(self, child: Child, order: Order, control: Control, report: Report) -> None:
        self._child, self._order, self._control, self._report = child, order, control, report
        self._deadline = time.monotonic() + order.timeout_s
        self._reason: Literal["", "cancel", "timeout"] = ""
        self._kill_at = float("inf")

    def run(self) -> Outcome:
        """Watch until a final message, the end of the process, or the end of our patience."""
        self._child.send(self._order.make_message())
        while not self._is_overdue():
            messages = self._child.receive(TICK_S)
            if messages is None:
                return self._end(_crash(self._order, self._child.end()))
            for message in messages:
                outcome = self._take(message)
                if outcome is not None:
                    return self._end(outcome)
        self._child.end(0.0 if self._control.at_once else self._order.grace_s)
        return self._end(Outcome("cancelled"))

    def _is_overdue(self) -> bool:
        """Ask the worker to stop when its time is up or a person wants it; tell whether it had its grace."""
        now = time.monotonic()
        is_asked = self._control.is_asked()
        if not self._reason and (is_asked or now > self._deadline):
            self._reason = "cancel" if is_asked else "timeout"
            self._kill_at = now + self._order.grace_s
            self._child.send({"cancel": True})
        return self._control.at_once or now > self._kill_at

    def _take(self, message: dict[str, Any]) -> Outcome | None:
        """Pass progress on; return the outcome of a final message."""
        if message["kind"] == "progress":
            self._report(Progress(message["step"], message["total"], message["metrics"], message["log"]))
            return None
        if message["kind"] == "done":  # its files are synced: nobody need wait until its libraries are unloaded
            threading.Thread(target=self._child.leave, args=(self._order.grace_s,), daemon=True).start()
            return Outcome("done", summary=message["summary"])
        self._child.leave(self._order.grace_s)
        if message["kind"] == "fault":
            return _explain_fault(message["trace"])
        return Outcome("failed", message["text"]) if message["kind"] == "error" else Outcome("cancelled")

    def _end(self, outcome: Outcome) -> Outcome:
        """Name the true reason of an end that we brought about."""
        if self._reason == "cancel":
            return Outcome("cancelled")
        if outcome.state == "done" or not self._reason:
            return outcome
        limit = f"{self._order.timeout_s:g}"
        return Outcome("failed", f"the job took longer than {limit} s; use fewer rows or raise JOBS_TIMEOUT_S")


def _crash(order: Order, ending: Ending) -> Outcome:
    """Put a process that ended without a word into one sentence; where it was goes to the log under an id."""
    trace = f"worker ended with code {ending.code}\n{keep_frames(ending.stderr)}"
    if ending.code < 0:
        reference, name = secrets.token_hex(4), signal.strsignal(-ending.code)
        text = f"the worker process crashed ({name}), as it also does when its {order.memory_mb} MB of memory run out"
        text = f"{text}; use fewer rows, or quote {reference} from the server's log"
        return Outcome("failed", text, trace=f"{reference}: {trace}")
    return _explain_fault(trace)


def _explain_fault(trace: str) -> Outcome:
    """Put a fault of the program into one sentence; class and frames go to the log under an id."""
    reference = secrets.token_hex(4)
    text = f"the job stopped by a fault of the program; the server's log has it under {reference}"
    return Outcome("failed", text, trace=f"{reference}: {trace}")
