"""A run as a job: read the table, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.datasets.export import to_csv
from core.datasets.table import FACTS_FILE, Table, table_from_folder
from core.evaluation.leaderboard import LeaderboardRow, leaderboard_from_json, leaderboard_to_json
from core.hub.contract import Scores
from core.hub.errors import ArtifactError
from core.hub.fields import recipe_to_json
from core.hub.scores import SCORES_FILE, scores_from_json, scores_to_json
from core.tabular.iris.data import Data, load
from core.tabular.iris.download import make_download
from core.tabular.iris.files import load_model, model_to_files
from core.tabular.iris.model import Model
from core.tabular.iris.recipe import RECIPE_FILE, TABLE_FILE, Recipe
from core.tabular.iris.reporting import make_run_report
from core.tabular.iris.schema import to_values
from core.tabular.iris.training import train
from core.tabular.iris.verdict import say_unbeaten

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

MODEL_FOLDER, LEADERBOARD_FILE = "model", "leaderboard.json"
DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the models, with a script that loads and asks them",
    "predictions.csv": "the held-out rows with every model's answer and shares",
    "report.pdf": "comparison, errors, calibration, data and settings",
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
        Best model, its cross-validated and test accuracy, rows, and the table's name.

    Raises
    ------
    HubError
        If the table or the recipe cannot be used.
    """
    table = table_from_folder(context.inputs) if (context.inputs / FACTS_FILE).is_file() else None
    data = load(recipe, table)
    for note in data.notes:
        context.log(note)
    model = train(recipe, data, context.on_step)
    context.log(f"Best by cross-validation: {model.best}.")
    write_result(model, data, context.outputs)
    best = next(row for row in model.leaderboard if row.model == model.best)
    return {
        "best": model.best,
        "unbeaten": say_unbeaten(model),
        "accuracy": best.metrics["accuracy"].value,
        "test_accuracy": best.metrics["test_accuracy"].value,
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
        "report.pdf": make_run_report(model),
        SCORES_FILE: scores_to_json(model.scores).encode(),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        LEADERBOARD_FILE: leaderboard_to_json(model.leaderboard).encode(),
    }
    if model.source.file:
        contents[model.source.file] = _pack_table(data.table, model)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _pack_table(table: Table, model: Model) -> bytes:
    """Write the columns that were used as Parquet; categories are marked, so that they are read as such again."""
    frame = table.frame[[*model.schema.names, model.schema.target]].copy()
    for name in (*model.schema.categories, model.schema.target):
        frame[name] = to_values(frame[name], "category").astype("category")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


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
    try:
        scores = scores_from_json((folder / SCORES_FILE).read_text(encoding="utf-8"))
        leaderboard = leaderboard_from_json((folder / LEADERBOARD_FILE).read_text(encoding="utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        message = "the result of this run is no longer kept or is damaged; train again"
        raise ArtifactError(message) from error
    files = {name: folder / name for name in DOWNLOADS if (folder / name).is_file()}
    return Result(folder, load_model(folder / MODEL_FOLDER), scores, leaderboard, files)
