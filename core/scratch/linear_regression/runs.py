"""A run as a job: read the table, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.datasets.export import to_csv
from core.datasets.table import FACTS_FILE, Table, table_from_folder
from core.evaluation.leaderboard import LeaderboardRow
from core.hub.contract import Scores
from core.hub.fields import recipe_to_json
from core.hub.scores import SCORES_FILE, scores_to_json
from core.scratch.linear_regression.data import Data, load
from core.scratch.linear_regression.download import make_download
from core.scratch.linear_regression.files import load_model, model_to_files
from core.scratch.linear_regression.model import Model
from core.scratch.linear_regression.recipe import RECIPE_FILE, TABLE_FILE, Recipe
from core.scratch.linear_regression.reporting import make_run_report
from core.scratch.linear_regression.schema import to_values
from core.scratch.linear_regression.tables import list_coefficients, list_held_out
from core.scratch.linear_regression.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

MODEL_FOLDER = "model"
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


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a finished run left behind: its model, figures, leaderboard, and the files to take away."""

    folder: Path
    model: Model
    scores: Scores
    leaderboard: tuple[LeaderboardRow, ...]
    files: Mapping[str, Path]


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
    table = table_from_folder(context.inputs) if (context.inputs / FACTS_FILE).is_file() else None
    data = load(recipe, table)
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
    files = model_to_files(model)
    (folder / MODEL_FOLDER).mkdir()
    contents = {f"{MODEL_FOLDER}/{name}": content for name, content in files.items()} | {
        "model.zip": make_download(model, files),
        "predictions.csv": to_csv(list_held_out(model)),
        "coefficients.csv": to_csv(list_coefficients(model, model.infer())),
        "report.pdf": make_run_report(model),
        SCORES_FILE: scores_to_json(model.scores).encode(),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
    }
    if model.source.file:
        contents[model.source.file] = _pack_table(data.table, model)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _pack_table(table: Table, model: Model) -> bytes:
    """Write the columns that were used as Parquet; categories are marked, so that they are read as such again."""
    frame = table.frame[[*model.schema.names, model.schema.target]].copy()
    for column in model.schema.columns:
        if column.use == "category":
            frame[column.name] = to_values(frame[column.name], "category").astype("category")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    model = load_model(folder / MODEL_FOLDER)
    files = {name: folder / name for name in DOWNLOADS if (folder / name).is_file()}
    return Result(folder, model, model.scores, model.leaderboard, files)
