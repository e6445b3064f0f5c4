"""A run that a person holds still: pause, moves of the generator or the discriminator alone, and going on.

What is asked lies in a file of the job's folder, so that a reload of the page loses nothing. Lone moves are a trial:
when the run goes on, it does so from where it was held, so a finished run is still what its recipe makes.

Left out: runs on another machine, whose folder this server cannot see; they cannot be held.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from core.datasets.whole_files import write_whole
from core.hub.contract import OnStep
from core.vision.image_generation.live import LONE_STEPS, LoneMove, write_live

if TYPE_CHECKING:
    from core.vision.image_generation.trainer import Trainer

Player = Literal["generator", "discriminator"]
Action = Literal["pause", "play", "generator", "discriminator"]
ORDERS_FILE = "orders.json"
MOST_MOVES = 60
LONGEST_S = 120.0
"""A held run keeps a worker from others; after two minutes it goes on by itself."""
LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Orders:
    """What was asked of a run.

    Parameters
    ----------
    is_held : bool
        Whether it is to stand still.
    moves : tuple of str
        Every lone move asked for since it was held.
    """

    is_held: bool = False
    moves: tuple[Player, ...] = ()


def read_orders(folder: Path) -> Orders:
    """Read what was asked; nothing, where the file is not there or is not ours."""
    try:
        found = json.loads((folder / ORDERS_FILE).read_text(encoding="utf-8"))
        moves = tuple(each for each in found["moves"] if each in get_args(Player))
        return Orders(bool(found["is_held"]), moves[:MOST_MOVES])
    except (OSError, ValueError, KeyError, TypeError):
        return Orders()


def ask(folder: Path, action: Action) -> Orders:
    """Ask something of a run; a lone move counts only while it is held, and at most 60 of them.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> ask(folder, "generator"), ask(folder, "pause").is_held, ask(folder, "generator").moves
    (Orders(is_held=False, moves=()), True, ('generator',))
    """
    orders = read_orders(folder)
    if action == "pause":
        orders = Orders(is_held=True, moves=orders.moves)
    elif action == "play":
        orders = Orders()
    elif orders.is_held:
        orders = Orders(is_held=True, moves=(*orders.moves, action)[:MOST_MOVES])
    content = json.dumps({"is_held": orders.is_held, "moves": orders.moves}).encode()
    write_whole(folder / ORDERS_FILE, lambda handle: handle.write(content))
    return orders


def make_steering(folder: Path, on_step: OnStep, longest_s: float = LONGEST_S) -> Callable[[Trainer], None]:
    """Make what holds a run when it is asked to, for ``train``'s ``watch``.

    Parameters
    ----------
    folder : Path
        Where orders are read and moments written.
    on_step : callable
        Told again and again while the run is held; it raises to cancel.
    longest_s : float
        Seconds after which a held run goes on by itself.
    """

    def steer(trainer: Trainer) -> None:
        if read_orders(folder).is_held:
            kept = trainer.pack()
            _hold(trainer, folder, on_step, time.monotonic() + longest_s)
            trainer.unpack(kept)
            ask(folder, "play")

    return steer


def _hold(trainer: Trainer, folder: Path, on_step: OnStep, until: float) -> None:
    """Play the lone moves that are asked for until the run is to go on."""
    played: list[LoneMove] = []
    write_live(trainer, folder, is_held=True)
    while (orders := read_orders(folder)).is_held and time.monotonic() < until:
        if len(played) == len(orders.moves):
            on_step(trainer.step, trainer.recipe.last_step, {})
            time.sleep(LOOK_S)
            continue
        player = orders.moves[len(played)]
        played.append(LoneMove(player, *trainer.play_alone(player, LONE_STEPS)))
        write_live(trainer, folder, is_held=True, moves=played)
