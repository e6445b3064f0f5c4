"""A run as a job: train a generator and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.datasets.export import to_csv
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE
from core.hub.scores import SCORES_FILE
from core.vision.image_generation.answers import to_png
from core.vision.image_generation.data import load
from core.vision.image_generation.download import make_download
from core.vision.image_generation.files import load_model, model_to_files
from core.vision.image_generation.film import lay_out
from core.vision.image_generation.live import LIVE_FILE, make_watch
from core.vision.image_generation.model import Model
from core.vision.image_generation.recipe import Recipe
from core.vision.image_generation.reporting import make_run_report
from core.vision.image_generation.steering import ORDERS_FILE, make_steering
from core.vision.image_generation.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext
    from core.vision.image_generation.trainer import Trainer

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the generator as ONNX, with a script that draws",
    "sheet.png": "64 pictures, class by class",
    "losses.csv": "both losses, logits and the penalty along the run",
    "report.pdf": "figures, losses and settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
}
"""Files of a result folder that a person may take away, and what each is."""

Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, leaderboard, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Train by a recipe and write the result folder.

    Returns
    -------
    dict
        The generator's name, its Fréchet ratio and the baseline's, steps and training pictures.

    Raises
    ------
    HubError
        If the recipe cannot be used or its pictures cannot be had.
    """
    data = load(recipe)
    watch, steer = make_watch(context.outputs), make_steering(context.outputs, context.on_step)

    def look(trainer: Trainer) -> None:
        watch(trainer)
        steer(trainer)

    model = train(recipe, data, context.on_step, look)
    for name in (LIVE_FILE, ORDERS_FILE):
        (context.outputs / name).unlink(missing_ok=True)
    ratio = next(row for row in model.scores if row.metric == "frechet_ratio")
    context.log(f"Fréchet ratio {ratio.value:.2f}; the baseline's is {ratio.baseline_value:.2f}.")
    write_result(model, context.outputs)
    return {
        "model": model.name,
        "frechet_ratio": ratio.value,
        "baseline_frechet_ratio": ratio.baseline_value,
        "steps": recipe.last_step,
        "pictures": recipe.pictures,
    }


def write_result(model: Model, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    files = {
        "model.zip": make_download(model),
        "sheet.png": to_png(lay_out(model.film.frames[-1])),
        "losses.csv": to_csv(pd.DataFrame(dict(model.history))),
        "report.pdf": make_run_report(model),
    }
    runs.write_result(folder, model, model_to_files(model), files)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
