"""A run while it goes: its losses so far and what it draws now, written beside a job's results for whoever watches.

Left out: the film, which a finished run keeps (``film``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.charts import Chart, Mark
from core.hub.errors import ArtifactError
from core.vision.image_generation.charts import EVEN, thin

if TYPE_CHECKING:
    from core.vision.image_generation.trainer import Trainer

LIVE_FILE = "live.npz"
EVERY_S = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """One moment of a run.

    Parameters
    ----------
    step, total : int
        Steps done, and of how many.
    history : mapping of str to array of shape (n_stretches,)
        As ``Model.history``.
    pictures : uint8 array of shape (64, 28, 28)
        What the film's codes draw now.
    """

    step: int
    total: int
    history: Mapping[str, NDArray[np.float64]]
    pictures: NDArray[np.uint8]


def make_watch(folder: Path, every_s: float = EVERY_S) -> Callable[[Trainer], None]:
    """Make what writes a run's moments into a folder, at most one in so many seconds."""
    written = -every_s

    def watch(trainer: Trainer) -> None:
        nonlocal written
        if time.monotonic() - written >= every_s:
            write_live(trainer, folder)
            written = time.monotonic()

    return watch


def write_live(trainer: Trainer, folder: Path) -> None:
    """Write a run's moment; a reader sees the whole file or the one before."""
    from core.vision.image_generation.trainer import summarise_history

    history = {f"history_{name}": values for name, values in summarise_history(trainer.history).items()}
    progress = np.array([trainer.step, trainer.recipe.steps])
    fresh = folder / f"{LIVE_FILE}.new"
    fresh.write_bytes(pack_arrays({**history, "progress": progress, "pictures": trainer.draw_film()}))
    fresh.replace(folder / LIVE_FILE)


def read_live(folder: Path) -> Live | None:
    """Read the last moment of a run; None before the first and after the end."""
    try:
        arrays = unpack_arrays((folder / LIVE_FILE).read_bytes())
    except (FileNotFoundError, ArtifactError):
        return None
    step, total = arrays["progress"].astype(int).tolist()
    start = "history_"
    history = {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}
    return Live(step, total, history, arrays["pictures"])


def live_chart(live: Live) -> Chart:
    """Draw both losses so far.

    Examples
    --------
    >>> names = ("step", "generator_loss", "discriminator_loss")
    >>> moment = Live(2, 9, {name: np.ones(2) for name in names}, np.zeros((64, 28, 28), np.uint8))
    >>> live_chart(moment).title
    "After 2 of 9 steps the discriminator's loss is 1.00; guessing gives 1.39"
    """
    steps, ours, theirs = (thin(live.history[name]) for name in ("step", "generator_loss", "discriminator_loss"))
    title = (
        f"After {live.step:,} of {live.total:,} steps the discriminator's loss is {theirs[-1]:.2f}; "
        f"guessing gives {EVEN:.2f}"
    )
    marks = (Mark("line", steps, ours, "generator", "main"), Mark("line", steps, theirs, "discriminator", "second"))
    return Chart(title, "step", "loss", marks, alt=title)
