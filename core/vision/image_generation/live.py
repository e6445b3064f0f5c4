"""A run while it goes: its losses so far and what it draws now, written beside a job's results for whoever watches.

Left out: the film, which a finished run keeps (``film``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
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
LONE_STEPS = 10
"""Of one lone move: enough to be seen in the losses."""
_PLAYERS = ("generator", "discriminator")


@dataclass(frozen=True, slots=True)
class LoneMove:
    """Some steps of one network while the other stood still, and both losses after them."""

    player: str
    generator_loss: float
    discriminator_loss: float


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
    is_held : bool
        Whether a person holds the run still (``steering``).
    moves : tuple of LoneMove
        What was played of one network alone since then.
    """

    step: int
    total: int
    history: Mapping[str, NDArray[np.float64]]
    pictures: NDArray[np.uint8]
    is_held: bool = False
    moves: tuple[LoneMove, ...] = ()


def make_watch(folder: Path, every_s: float = EVERY_S) -> Callable[[Trainer], None]:
    """Make what writes a run's moments into a folder, at most one in so many seconds."""
    written = -every_s

    def watch(trainer: Trainer) -> None:
        nonlocal written
        if time.monotonic() - written >= every_s:
            write_live(trainer, folder)
            written = time.monotonic()

    return watch


def write_live(trainer: Trainer, folder: Path, *, is_held: bool = False, moves: Sequence[LoneMove] = ()) -> None:
    """Write a run's moment; a reader sees the whole file or the one before."""
    from core.vision.image_generation.trainer import summarise_history

    history = {f"history_{name}": values for name, values in summarise_history(trainer.history).items()}
    progress = np.array([trainer.step, trainer.recipe.last_step, is_held])
    lone = [(_PLAYERS.index(each.player), each.generator_loss, each.discriminator_loss) for each in moves]
    arrays = {**history, "progress": progress, "pictures": trainer.draw_film(), "moves": np.array(lone).reshape(-1, 3)}
    fresh = folder / f"{LIVE_FILE}.new"
    fresh.write_bytes(pack_arrays(arrays))
    fresh.replace(folder / LIVE_FILE)


def read_live(folder: Path) -> Live | None:
    """Read the last moment of a run; None before the first and after the end."""
    try:
        arrays = unpack_arrays((folder / LIVE_FILE).read_bytes())
    except (FileNotFoundError, ArtifactError):
        return None
    step, total, is_held = arrays["progress"].astype(int).tolist()
    start = "history_"
    history = {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}
    moves = tuple(LoneMove(_PLAYERS[int(player)], ours, theirs) for player, ours, theirs in arrays["moves"].tolist())
    return Live(step, total, history, arrays["pictures"], bool(is_held), moves)


def lone_chart(live: Live) -> Chart:
    """Draw both losses over the lone moves, from where the run was held.

    Examples
    --------
    >>> history = {name: np.array([1.0]) for name in ("generator_loss", "discriminator_loss")}
    >>> moves = (LoneMove("generator", 0.5, 1.6),)
    >>> lone_chart(Live(9, 99, history, np.zeros((64, 28, 28), np.uint8), True, moves)).title
    '10 steps of the generator alone took its loss from 1.00 to 0.50'
    """
    losses = [[live.history[f"{name}_loss"][-1], *(getattr(each, f"{name}_loss") for each in live.moves)]
              for name in _PLAYERS]  # fmt: skip
    last = live.moves[-1].player
    mine = losses[_PLAYERS.index(last)]
    title = f"{LONE_STEPS} steps of the {last} alone took its loss from {mine[-2]:.2f} to {mine[-1]:.2f}"
    moves = np.arange(len(losses[0]), dtype=float)
    marks = (
        Mark("line", moves, np.array(losses[0]), "generator", "main"),
        Mark("line", moves, np.array(losses[1]), "discriminator", "second"),
    )
    order = ", ".join(each.player[0].upper() for each in live.moves)
    return Chart(title, f"lone moves of {LONE_STEPS} steps ({order})", "loss", marks, alt=title)


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
