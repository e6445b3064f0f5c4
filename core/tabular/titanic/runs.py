"""A run as a job: read the table, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.datasets.export import to_csv
from core.datasets.table import table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE, TABLE_FILE
from core.hub.scores import SCORES_FILE
from core.tabular.titanic.data import Data, load
from core.tabular.titanic.download import make_download
from core.tabular.titanic.files import load_model, model_to_files
from core.tabular.titanic.model import Model
from core.tabular.titanic.recipe import CLASSES, Recipe
from core.tabular.titanic.reporting import make_run_report
from core.tabular.titanic.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the models, with a script that loads and asks them",
    "predictions.csv": "the held-out passengers with every model's answer and shares",
    "report.pdf": "cleaning, comparison, tests, errors, reasons and settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
    TABLE_FILE: "the passengers that were learnt from",
}
"""Files of a result folder that a person may take away, and what each is."""


Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, leaderboard, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Train on the table in the job's inputs, or on the bundled one, and write the result folder.

    Returns
    -------
    dict
        Best model, its cross-validated and test accuracy, rows, and the table's name.

    Raises
    ------
    HubError
        If the table or the recipe cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    for note in data.notes:
        context.log(note)
    model = train(recipe, data, context.on_step)
    context.log(model.reason)
    write_result(model, data, context.outputs)
    best = next(row for row in model.leaderboard if row.model == model.best)
    return {
        "best": model.best,
        "unbeaten": model.unbeaten,
        "accuracy": best.metrics["accuracy"].value,
        "test_accuracy": best.metrics["test_accuracy"].value,
        "n_rows": len(data.y),
        "table": model.source.name,
    }


def write_result(model: Model, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {
        "model.zip": make_download(model, packed),
        "predictions.csv": to_csv(list_held_out(model)),
        "report.pdf": make_run_report(model),
    }
    if model.source.file:
        files[model.source.file] = pack_passengers(data)
    runs.write_result(folder, model, packed, files)


def pack_passengers(data: Data) -> bytes:
    """Write the passengers and who of them lived as Parquet bytes, in the names that this project uses."""
    frame = data.x.copy()
    frame.insert(0, data.schema.target, data.y)
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def list_held_out(model: Model) -> pd.DataFrame:
    """List every model's answers on the test rows, best model first.

    Returns
    -------
    DataFrame of shape (n_models * n_test, 7)
        row (from 1, in the table), model, survived, answer, right, ``share of No``, ``share of Yes``.
    """
    parts = []
    for name in model.names:
        shares = model.held_out.probabilities[name]
        answers = [CLASSES[place] for place in shares.argmax(axis=1)]
        part = pd.DataFrame(
            {"row": model.held_out.ids + 1, "model": name, "survived": model.held_out.y, "answer": answers}
        )
        part["right"] = part["survived"] == part["answer"]
        for place, label in enumerate(CLASSES):
            part[f"share of {label}"] = shares[:, place]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
