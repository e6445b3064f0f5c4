"""A run as a job: load the texts, train both stages, score, and leave a folder that the page opens again.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE
from core.hub.scores import SCORES_FILE
from core.text.multilingual.data import load
from core.text.multilingual.download import make_download
from core.text.multilingual.files import load_model, model_to_files
from core.text.multilingual.model import Model
from core.text.multilingual.recipe import Recipe
from core.text.multilingual.reporting import make_run_report
from core.text.multilingual.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "network and tokeniser, with a script that answers",
    "report.pdf": "figures of each language, vocabulary and settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
}
"""Files of a result folder that a person may take away, and what each is."""

Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Train by a recipe and write the result folder.

    Returns
    -------
    dict
        Mean macro-F1 over the languages of tweets, that of TF-IDF, and size of the network in bytes.

    Raises
    ------
    HubError
        If the recipe cannot be used or the encoder cannot be had.
    """
    data = load(recipe)
    context.log(f"Texts: {data.source}.")
    model = train(recipe, data, context.on_step)
    for note in model.notes:
        context.log(note)
    write_result(model, context.outputs)
    row = model.scores[0]
    return {
        "macro_f1": row.value,
        "baseline": row.baseline,
        "baseline_macro_f1": row.baseline_value,
        "network_bytes": len(model.content),
    }


def write_result(model: Model, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {"model.zip": make_download(model, packed), "report.pdf": make_run_report(model)}
    runs.write_result(folder, model, packed, files)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
