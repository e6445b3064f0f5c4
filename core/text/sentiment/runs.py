"""A run as a job: train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.datasets.export import to_csv
from core.datasets.table import table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE
from core.hub.contract import Metrics, OnStep
from core.hub.scores import SCORES_FILE
from core.text.sentiment.answers import NEGATIVE, POSITIVE
from core.text.sentiment.data import load
from core.text.sentiment.download import make_download
from core.text.sentiment.files import load_model, model_to_files
from core.text.sentiment.model import TEST, Model
from core.text.sentiment.recipe import Recipe
from core.text.sentiment.reporting import make_run_report
from core.text.sentiment.scoring import HALF, families_table
from core.text.sentiment.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "every family's files, with a script that scores a text by the linear ones",
    "families.csv": "every family on every set with intervals, speed and size",
    "predictions.csv": "every test text's number and label with each family's probability",
    "report.pdf": "comparison, transfer, confusions, calibration, abstention and settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
}
"""Files of a result folder that a person may take away, and what each is."""

Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, leaderboard, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Train by a recipe, on the labelled table in the job's inputs where one came, and write the result folder.

    Returns
    -------
    dict
        Accuracy on the test texts with its baseline, the family it is of, and the number of texts.

    Raises
    ------
    HubError
        If the recipe or the table cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    context.log(f"Texts: {data.source}.")
    model = train(recipe, data, _tell_families(context))
    row = model.scores[0]
    context.log(f"Test accuracy of {row.model} {row.value:.4f} (95% interval {row.low:.4f} to {row.high:.4f}).")
    write_result(model, context.outputs)
    return {
        "accuracy": row.value,
        "baseline": row.baseline,
        "baseline_accuracy": row.baseline_value,
        "family": model.best,
        "n_texts": len(data.train),
    }


def _tell_families(context: JobContext) -> OnStep:
    """Return what is told of each step: it goes on to the job, and a finished family's accuracy into its log."""

    def tell(step: int, total: int, metrics: Metrics) -> None:
        for name, value in metrics.items():
            context.log(f"{name} {value:.4f}")
        context.on_step(step, total, metrics)

    return tell


def write_result(model: Model, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {
        "model.zip": make_download(model, packed),
        "families.csv": to_csv(families_table(model)),
        "predictions.csv": to_csv(list_held_out(model)),
        "report.pdf": make_run_report(model),
    }
    runs.write_result(folder, model, packed, files)


def list_held_out(model: Model, split: str = TEST) -> pd.DataFrame:
    """List the held-out texts of a set by number, with their label and what every family said.

    Returns
    -------
    DataFrame of shape (n, 3 + 2 × n_families)
        text (its number on that side), group, label; of each family the answer and the probability of positive.
    """
    held = model.held_out[split]
    names = np.array([NEGATIVE, POSITIVE], dtype=object)
    columns: dict[str, object] = {"text": range(len(held.labels)), "group": held.groups, "label": names[held.labels]}
    for name, said in held.probabilities.items():
        columns |= {name: names[(said >= HALF).astype(int)], f"{name} positive": said.round(6)}
    return pd.DataFrame(columns)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
