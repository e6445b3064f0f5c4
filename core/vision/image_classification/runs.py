"""A run as a job: fetch what is needed, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.export import to_csv
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE
from core.hub.contract import OnStep
from core.hub.scores import SCORES_FILE
from core.vision.image_classification.data import load
from core.vision.image_classification.download import make_download
from core.vision.image_classification.files import load_model, model_to_files
from core.vision.image_classification.model import Model
from core.vision.image_classification.recipe import LINEAR, Recipe
from core.vision.image_classification.reporting import make_run_report
from core.vision.image_classification.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the network as ONNX, with a script that names what is in a picture",
    "predictions.csv": "every test picture with its class, the answers of every model, and probabilities",
    "history.csv": "loss and accuracy after each epoch",
    "report.pdf": "comparison, classes, confusions, calibration, layers and settings",
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
        Accuracy on the test pictures and that of logistic regression, weights of the network, pictures, and their set.

    Raises
    ------
    HubError
        If the recipe cannot be used or its pictures cannot be had.
    """
    data = load(recipe)
    context.log(f"Pictures: {data.source}.")
    model = train(recipe, data, _tell_epochs(recipe, context))
    accuracy = model.scores[0]
    context.log(f"Test accuracy {accuracy.value:.4f} (95% interval {accuracy.low:.4f} to {accuracy.high:.4f}).")
    write_result(model, context.outputs)
    return {
        "accuracy": accuracy.value,
        "baseline": LINEAR,
        "baseline_accuracy": accuracy.baseline_value,
        "n_weights": model.n_weights,
        "n_pictures": len(data.fitting),
        "data_set": recipe.data_set,
    }


def _tell_epochs(recipe: Recipe, context: JobContext) -> OnStep:
    """Return what is told of each step: it goes on to the job, and an epoch's figures into its log."""

    def tell(step: int, total: int, metrics: Mapping[str, float]) -> None:
        if "held_out_accuracy" in metrics:
            figures = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
            context.log(f"Epoch {step} of {recipe.epochs}: {figures}")
        context.on_step(step, total, metrics)

    return tell


def read_epochs(log: str) -> dict[str, NDArray[np.float64]]:
    """Read what :func:`run_job` has logged of its epochs so far, for a curve that grows.

    Returns
    -------
    dict of str to array of shape (n_epochs,)
        ``loss``, ``accuracy`` and ``held_out_accuracy``; empty before the first epoch.

    Examples
    --------
    >>> found = read_epochs("Epoch 1 of 8: loss 0.8000, accuracy 0.7000, held_out_accuracy 0.7500")
    >>> {name: values.tolist() for name, values in found.items()}
    {'loss': [0.8], 'accuracy': [0.7], 'held_out_accuracy': [0.75]}
    """
    found: dict[str, list[float]] = {}
    for line in re.findall(r"Epoch \d+ of \d+: (.+)", log):
        for name, value in re.findall(r"(\w+) (nan|-?[\d.]+)", line):
            found.setdefault(name, []).append(float(value))
    return {name: np.array(values) for name, values in found.items()}


def write_result(model: Model, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {
        "model.zip": make_download(model, packed),
        "predictions.csv": to_csv(list_held_out(model)),
        "history.csv": to_csv(list_history(model)),
        "report.pdf": make_run_report(model),
    }
    runs.write_result(folder, model, packed, files)


def list_held_out(model: Model) -> pd.DataFrame:
    """List the test pictures with their class, every model's answer, and the network's probabilities.

    Returns
    -------
    DataFrame of shape (n_test, 2 + n_models + n_classes)
        picture (from 0, in the test set), class, an answer of each model, a probability of each class.
    """
    held, classes = model.held_out, pd.Series(model.classes, dtype=object)
    answers = {name: classes[held.answers[name]].to_numpy() for name in model.names}
    shares = dict(zip(model.classes, model.test_shares.T.round(6), strict=True))
    return pd.DataFrame(
        {"picture": range(len(held.y)), "class": classes[held.y].to_numpy(), **answers}
        | {f"probability of {name}": share for name, share in shares.items()}
    )


def list_history(model: Model) -> pd.DataFrame:
    """List what the network knew after each epoch: epoch, loss, accuracy, held_out_accuracy."""
    n_epochs = len(next(iter(model.history.values()), ()))
    return pd.DataFrame({"epoch": range(1, n_epochs + 1), **model.history})


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
