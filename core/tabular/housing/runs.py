"""A run as a job: read the table, train, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.datasets.columns import pack_columns
from core.datasets.export import to_csv
from core.datasets.table import table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE, TABLE_FILE
from core.hub.scores import SCORES_FILE
from core.tabular.housing.data import Data, load
from core.tabular.housing.download import make_download
from core.tabular.housing.files import load_model, model_to_files
from core.tabular.housing.model import Model
from core.tabular.housing.neighbourhoods import list_neighbourhoods
from core.tabular.housing.recipe import Recipe
from core.tabular.housing.reporting import make_run_report
from core.tabular.housing.scoring import find_held
from core.tabular.housing.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the models, with a script that prices a CSV",
    "predictions.csv": "every row with each model's held-out answer and interval",
    "groups.csv": "errors, widths and coverage of each group",
    "report.pdf": "comparison, residuals, intervals, studies and settings",
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
        Best model, its error over the folds, rows, and the table's name.

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
        model.metric: best.metrics[model.metric].value,
        "n_rows": len(data.y),
        "table": model.source.name,
    }


def write_result(model: Model, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed, schema = model_to_files(model), model.schema
    files = {
        "model.zip": make_download(model, packed),
        "predictions.csv": to_csv(list_held_out(model)),
        "groups.csv": to_csv(list_neighbourhoods(model)),
        "report.pdf": make_run_report(model),
    }
    if model.source.file:
        columns = list(dict.fromkeys([*schema.names, *filter(None, [model.source.group]), schema.target]))
        files[model.source.file] = pack_columns(data.table, columns, schema.categories)
    runs.write_result(folder, model, packed, files)


def list_held_out(model: Model) -> pd.DataFrame:
    """List every model's answers to the rows, each by models that did not see it, best model first.

    Returns
    -------
    DataFrame of shape (n_models * n_rows, 9)
        row (from 1, in the table), model, fold (from 1), group, true, answer, low, high and held.
    """
    held, parts = model.held_out, []
    for name in model.names:
        found, reach = held.answers[name], held.reach[name]
        parts.append(
            pd.DataFrame(
                {
                    "row": held.ids + 1,
                    "model": name,
                    "fold": held.fold + 1,
                    "group": held.groups,
                    "true": held.y,
                    "answer": np.round(model.to_price(name, found), 2),
                    "low": np.round(model.to_price(name, found - reach, "median"), 2),
                    "high": np.round(model.to_price(name, found + reach, "median"), 2),
                    "held": find_held(model, name),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
