"""A run as a job: read the table, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.datasets.columns import pack_columns
from core.datasets.export import to_csv
from core.datasets.table import table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE, TABLE_FILE
from core.hub.scores import SCORES_FILE
from core.tabular.iris.data import Data, load
from core.tabular.iris.download import make_download
from core.tabular.iris.files import load_model, model_to_files
from core.tabular.iris.model import Model
from core.tabular.iris.recipe import Recipe
from core.tabular.iris.reporting import make_run_report
from core.tabular.iris.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the models, with a script that loads and asks them",
    "predictions.csv": "the held-out rows with every model's answer and shares",
    "report.pdf": "comparison, errors, calibration, data and settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
    TABLE_FILE: "the rows and columns that were learnt from",
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
    context.log(f"Best by cross-validation: {model.best}.")
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
    packed, schema = model_to_files(model), model.schema
    files = {
        "model.zip": make_download(model, packed),
        "predictions.csv": to_csv(list_held_out(model)),
        "report.pdf": make_run_report(model),
    }
    if model.source.file:
        columns, categories = [*schema.names, schema.target], [*schema.categories, schema.target]
        files[model.source.file] = pack_columns(data.table, columns, categories)
    runs.write_result(folder, model, packed, files)


def list_held_out(model: Model) -> pd.DataFrame:
    """List every model's answers on the test rows, best model first.

    Returns
    -------
    DataFrame of shape (n_models * n_test, 5 + n_classes)
        row (from 1, in the table), model, the class column, answer, right, and ``share of <class>``.
    """
    parts = []
    for name in model.names:
        shares = model.held_out.probabilities[name]
        answers = [model.schema.classes[place] for place in shares.argmax(axis=1)]
        part = pd.DataFrame(
            {"row": model.held_out.ids + 1, "model": name, "class": model.held_out.y, "answer": answers}
        )
        part["right"] = part["class"] == part["answer"]
        for place, label in enumerate(model.schema.classes):
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
