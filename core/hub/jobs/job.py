"""What a caller sees of a job, and what a job function is given.

Left out: how a job is stored (``ledger``) and run (``pool``, ``worker``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from core.hub.contract import Metrics, OnStep
from core.hub.jobs.folders import WORK

JobState = Literal["queued", "running", "done", "failed", "cancelled", "lost"]
UNFINISHED: tuple[JobState, ...] = ("queued", "running")


class JobCancelled(Exception):  # noqa: N818 - it asks a job to leave and is no error of anyone
    """Raised by ``context.on_step`` once a person asked to stop: let it pass."""


def _ignore_step(_step: int, _total: int, _metrics: Metrics) -> None:
    """Tell nobody."""


def _ignore_text(_text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job function gets beside its recipe: ``def run(recipe, context) -> Mapping``.

    Parameters
    ----------
    inputs : Path
        Folder of the files given to ``submit``.
    outputs : Path
        Empty folder; what is written here becomes the job's result folder, all of it or nothing. The name ``inputs``
        in it is taken.
    on_step : callable
        ``on_step(step, total, metrics)``: step 1 to total is done. Cheap enough for every iteration: what is sent is
        at most a few messages a second. Raises JobCancelled once a person asked to stop.
    log : callable
        ``log(text)``: a line for the person who watches; the last 4,000 characters are kept.
    """

    inputs: Path
    outputs: Path
    on_step: OnStep = _ignore_step
    log: Callable[[str], None] = _ignore_text


@dataclass(frozen=True, slots=True)
class Job:
    """One moment of a job.

    Parameters
    ----------
    id : str
        A secret of one person's claim: whoever has it may watch the job, and stop and delete it for that person.
        Another person who asked for the same has an id of their own (``ticket``).
    page : str
        Slug of the page that submitted it.
    function : str
        ``"module:function"``.
    recipe : str
        Canonical JSON of the recipe.
    data_sha256 : str
        Of the data it works on; empty where it takes none.
    step, total : int
        Progress; ``total`` is 0 until the first step.
    metrics : mapping of str to float
        As the last step gave them.
    eta_s : float, optional
        Seconds left, from the pace so far; None until two steps are done.
    place : int, optional
        Place in the queue, 1 is next; None unless queued.
    log, error : str
        The last lines of its log; one sentence when it ended badly.
    summary : mapping
        What the function returned (JSON); empty until done.
    folder : Path
        Where its result files lie once it is done, with its inputs in the sub-folder ``inputs``.
    is_stopping : bool
        Whether it was asked to stop and has not yet.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> job = Job("x", "iris", "core.hub.jobs.selftest:count", "{}", "", "running", datetime.now(UTC), Path("x"))
    >>> job.is_finished
    False
    """

    id: str
    page: str
    function: str
    recipe: str
    data_sha256: str
    state: JobState
    created: datetime
    folder: Path
    step: int = 0
    total: int = 0
    metrics: Metrics = field(default_factory=dict)
    eta_s: float | None = None
    place: int | None = None
    log: str = ""
    error: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    is_stopping: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether it will change no more."""
        return self.state not in UNFINISHED

    @property
    def inputs(self) -> Path:
        """Folder of the files that came with it: its working folder's before it is done; gone when it ended badly."""
        return (self.folder if self.state == "done" else self.folder.parent / WORK / self.folder.name) / "inputs"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a worker last told: step of total, metrics, the tail of its log."""

    step: int
    total: int
    metrics: Metrics
    log: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Parameters
    ----------
    state : str
        done, failed, cancelled or lost.
    error : str
        The sentence for the person.
    summary : str
        What the function returned, as JSON.
    trace : str
        For the server's log only.
    """

    state: JobState
    error: str = ""
    summary: str = "{}"
    trace: str = ""


LOST = Outcome("lost", "the server stopped before this job ended; start it again")
