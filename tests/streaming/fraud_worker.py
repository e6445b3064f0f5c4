"""Consumers of the stream as processes that can be killed: a server that forks one for each line of its input.

A consumer stops at each stage of its work, names it, and goes on at the next line, so that a kill can hit any stage.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from core.hub.store import Store
from core.streaming.fraud import sink_rows
from core.streaming.fraud.consumer import Pace, Rules, start_consumer
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.topics import Topics
from tests.servers import ROOT

WEIGHTS = np.sqrt(np.arange(2, 17))


def score(features: np.ndarray) -> np.ndarray:
    """Depend on every bit of every feature, so that any fault of the state shows in the scores."""
    return np.mod((features * WEIGHTS).sum(axis=1), 1.0)


def explain(row: np.ndarray) -> tuple[str, ...]:
    return (f"amount {row[0]:.2f}", f"payments {row[3]:.0f}")


RULES = Rules(score, 0.95, explain)


class WatchedSink(Sink):
    """A sink that says where it is."""

    def commit(self, *arguments: Any, **more: Any) -> None:
        pause("decided")
        super().commit(*arguments, **more)
        pause("committed")

    def _move(self, *arguments: Any) -> None:
        super()._move(*arguments)
        pause("inside")

    def save_by_steps(self, *arguments: Any) -> Iterator[None]:
        pause("saving")
        for _ in super().save_by_steps(*arguments):
            pause("piece")
            yield
        pause("saved")


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def pause(stage: str) -> None:
    say(stage)
    sys.stdin.readline()


def consume(url: str, servers: str, batch: int) -> None:
    """Read the topic to its end."""
    sink_rows.PIECE_BYTES = 16_000  # several to a state
    store = Store(url)
    pace = Pace(batch=batch, forced_save=4 * batch)
    consumer = start_consumer(servers, Topics(), WatchedSink(store, "fraud"), RULES, pace)
    while not consumer.is_at_end:
        consumer.step(0.1)
        if consumer.batch % 3 == 0:
            consumer._go_on_saving(wait=True)  # the log is short, so a copy may not take longer than three batches
    say("end")
    os._exit(0)


def main() -> None:
    """Fork a consumer for each line, and wait for its end."""
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            say(os.getpid())
            try:
                consume(**json.loads(line))
            finally:
                say("failed")
                os._exit(0)
        os.waitpid(pid, 0)
        say("gone")


class Workshop:
    """The server, seen from a test."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.streaming.fraud_worker"]
        self._server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def run(self, least: int, last: str, **options: Any) -> list[str]:
        """Run a consumer, kill it with SIGKILL at a stage of a name after some others; return the stages it reached."""
        pid, stages = int(self._ask(json.dumps(options))), []
        while (stage := self._read()) != "end":
            assert stage not in {"failed", ""}, f"the consumer broke off after {stages[-3:]}"
            stages.append(stage)
            if len(stages) >= least and stage == last:
                os.kill(pid, signal.SIGKILL)
                break
            self._write("")
        assert self._read() == "gone"
        return stages

    def stop(self) -> None:
        self._server.stdin.close()
        self._server.wait(30)
        self._server.stdout.close()

    def _ask(self, line: str) -> str:
        self._write(line)
        return self._read()

    def _write(self, line: str) -> None:
        self._server.stdin.write(line + "\n")
        self._server.stdin.flush()

    def _read(self) -> str:
        return self._server.stdout.readline().strip()


@contextmanager
def open_workshop() -> Iterator[Workshop]:
    workshop = Workshop()
    try:
        yield workshop
    finally:
        workshop.stop()


if __name__ == "__main__":
    main()
