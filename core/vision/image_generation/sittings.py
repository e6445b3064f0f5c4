"""A long training in sittings: a state is written as it goes, and the next call takes the run up where it stopped.

    python -m core.vision.image_generation.sittings full folder

The run is the one that ``training.train`` makes in one go: rows and codes follow from the seed and the step.

Left out: the model made of the finished run (``training.train`` makes it of the same state).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from core.vision.image_generation.data import Data, load
from core.vision.image_generation.recipe import RECIPES, Recipe
from core.vision.image_generation.trainer import Trainer

STATE_FILE = "state.npz"


def continue_run(recipe: Recipe, data: Data, folder: Path, every_s: float = 60.0, threads: int = 1) -> Trainer:
    """Take up the run in a folder, or begin one, and go on to its last step.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    every_s : float
        Seconds between two writes of the state; a kill loses at most so much.

    Raises
    ------
    ArtifactError
        If the folder holds a run of another recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / STATE_FILE
    trainer = Trainer(recipe, data, threads)
    if state.is_file():
        trainer.unpack(state.read_bytes())
    written = time.monotonic()
    while trainer.step < recipe.steps:
        trainer.run(trainer.step + trainer.stretch, _print_step)
        if time.monotonic() - written >= every_s or trainer.step >= recipe.steps:
            _replace(state, trainer.pack())
            written = time.monotonic()
    return trainer


def _print_step(step: int, total: int, metrics: Mapping[str, float]) -> None:
    """Print a line of progress."""
    figures = " ".join(f"{name} {value:.3f}" for name, value in metrics.items())
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {step}/{total} {figures}\n")
    sys.stdout.flush()


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Train in sittings; see the module's text.")
    parser.add_argument("recipe", choices=sorted(RECIPES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    recipe = RECIPES[chosen.recipe]
    continue_run(recipe, load(recipe), chosen.folder, threads=chosen.threads)


if __name__ == "__main__":
    main()
