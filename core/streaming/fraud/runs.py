"""A run as a job: simulate or read payments, train, and leave a folder that the page opens again, also after a reload.

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
from core.streaming.fraud.data import Data, load
from core.streaming.fraud.download import make_download
from core.streaming.fraud.files import load_model, model_to_files
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.recipe import Recipe
from core.streaming.fraud.reporting import make_run_report
from core.streaming.fraud.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "alerts.csv": "payments of the first test week that raise an alert, the most suspicious first",
    "model.zip": "the models, with a script that loads and asks them",
    "report.pdf": "comparison, cards to look at, kinds of fraud, settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
    TABLE_FILE: "the payments that were learnt from",
}
"""Files of a result folder that a person may take away, and what each is."""

Result = runs.Result[FraudModel]
"""What a finished run left behind: its model, figures, leaderboard, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Train on the table in the job's inputs, or on simulated payments, and write the result folder.

    Returns
    -------
    dict
        Best model, its average precision and card precision in the first test week, payments, and the data's name.

    Raises
    ------
    HubError
        If the table or the recipe cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    for note in data.notes:
        context.log(note)
    model = train(recipe, data, context.on_step)
    context.log(f"Best over the validation weeks: {model.best}.")
    write_result(model, data, context.outputs)
    return {
        "best": model.best,
        "average_precision": float(model.test["average_precision"][model.best][0]),
        "ceiling": model.ceiling,
        "n_rows": len(data.transactions),
        "table": model.source.name,
    }


def write_result(model: FraudModel, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {
        "alerts.csv": to_csv(list_alerts(model)),
        "model.zip": make_download(model, packed),
        "report.pdf": make_run_report(model),
    }
    if data.table is not None:
        named = list(data.table.frame.columns)
        categories = [name for name in named if data.table.kinds[name] == "category"]
        files[TABLE_FILE] = pack_columns(data.table, named, categories)
    runs.write_result(folder, model, packed, files)


def list_alerts(model: FraudModel) -> pd.DataFrame:
    """List the payments of the first test week that raise an alert, the most suspicious first.

    Returns
    -------
    DataFrame of shape (n_alerts, 6)
        id, day (since 2018-04-01), customer, amount, probability, fraud (yes or no).
    """
    held = model.held_out
    found = pd.DataFrame(
        {
            "id": held.ids,
            "day": held.days,
            "customer": held.customers,
            "amount": held.amounts,
            "probability": held.shares[model.best],
            "fraud": pd.Series(held.fraud).map({True: "yes", False: "no"}),
        }
    )
    chosen = found[found["probability"] >= model.alert_from]
    return chosen.sort_values("probability", ascending=False, kind="stable").reset_index(drop=True)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
