"""A run as a job: read the table, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.datasets.columns import pack_columns
from core.datasets.export import to_csv
from core.datasets.table import table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE, TABLE_FILE
from core.hub.scores import SCORES_FILE
from core.scratch.linear_regression.data import Data, load
from core.scratch.linear_regression.download import make_download
from core.scratch.linear_regression.files import load_model, model_to_files
from core.scratch.linear_regression.model import Model
from core.scratch.linear_regression.recipe import Recipe
from core.scratch.linear_regression.reporting import make_run_report
from core.scratch.linear_regression.tables import list_coefficients, list_held_out
from core.scratch.linear_regression.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "every line, with a script that answers a CSV",
    "predictions.csv": "the held-out rows with every line's answer and interval",
    "coefficients.csv": "least squares with errors, tests, intervals and inflation",
    "report.pdf": "comparison, coefficients, digits, influential rows and settings",
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
        Best line, its error over the folds, rows, and the table's name.

    Raises
    ------
    HubError
        If the table or the recipe cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    model = train(recipe, data, context.on_step)
    for note in model.notes:
        context.log(note)
    context.log(f"Best by cross-validation: {model.best}.")
    write_result(model, data, context.outputs)
    best = next(row for row in model.leaderboard if row.model == model.best)
    return {
        "best": model.best,
        "unbeaten": model.unbeaten,
        "rmse": best.metrics["rmse"].value,
        "n_rows": len(data.y),
        "table": model.source.name,
    }


def write_result(model: Model, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed, schema = model_to_files(model), model.schema
    files = {
        "model.zip": make_download(model, packed),
        "predictions.csv": to_csv(list_held_out(model)),
        "coefficients.csv": to_csv(list_coefficients(model, model.infer())),
        "report.pdf": make_run_report(model),
    }
    if model.source.file:
        categories = [column.name for column in schema.columns if column.kind == "category"]
        files[model.source.file] = pack_columns(data.table, [*schema.names, schema.target], categories)
    runs.write_result(folder, model, packed, files)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
