"""A job that counts: for health checks, benchmarks and tests, it can end in every way a job can end.

Left out: any use to a person.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from core.hub.contract import Range
from core.hub.errors import DataError
from core.hub.jobs.job import JobContext

Ending = Literal["done", "error", "fault", "exit", "crash", "memory", "hang"]
_STEP_MB = 64


@dataclass(frozen=True, slots=True)
class Recipe:
    """How far to count, and how to end.

    Parameters
    ----------
    pause_s : float
        Wait before each step.
    ending : str
        ``done``; ``error`` (a HubError); ``fault`` (a bug); ``exit`` (the process leaves without a word); ``crash``
        (a segmentation fault); ``memory`` (more than allowed); ``hang`` (deaf to every request, also to SIGTERM).
    label : str
        Any text; two labels are two jobs.
    """

    steps: Annotated[int, Range(1, 1_000_000)] = 3
    pause_s: Annotated[float, Range(0, 60)] = 0.0
    ending: Ending = "done"
    label: str = ""


def count(recipe: Recipe, context: JobContext) -> Mapping[str, Any]:
    """Count to ``recipe.steps``, write the digest of each input to ``digests.txt``, and end as the recipe says.

    Returns
    -------
    mapping
        ``count``, ``pid``, ``niceness``, ``n_threads`` and ``digests`` of the inputs.

    Raises
    ------
    DataError
        When the recipe's ending is ``error``.
    """
    if recipe.ending == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for step in range(1, recipe.steps + 1):
        time.sleep(recipe.pause_s)
        context.on_step(step, recipe.steps, {"pid": os.getpid(), "nothing": float("nan")})
    context.log(f"counted to {recipe.steps} {recipe.label}".strip())
    _end_badly(recipe.ending)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(context.inputs.iterdir())}
    lines = [f"{digest}  {name}\n" for name, digest in digests.items()]
    (context.outputs / "digests.txt").write_text("".join(lines), encoding="utf-8")
    facts = {"pid": os.getpid(), "niceness": os.nice(0), "n_threads": threading.active_count()}
    return {"count": recipe.steps, "digests": digests, **facts}


def _end_badly(ending: Ending) -> None:
    """Bring about the ending, unless it is a good one."""
    if ending == "error":
        message = "ending is 'error'; choose 'done' to see it through"
        raise DataError(message)
    if ending == "fault":
        message = "a fault, as asked for"
        raise ValueError(message)
    if ending == "exit":
        os._exit(0)
    if ending == "crash":
        ctypes.string_at(0)
    if ending == "memory":
        _fill_memory()
    while ending == "hang":
        time.sleep(1)


def _fill_memory() -> None:
    """Take memory until there is none."""
    taken = []
    while True:
        taken.append(bytes(_STEP_MB * 2**20))
