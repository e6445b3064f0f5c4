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
from core.tabular.churn.contacts import contact_list
from core.tabular.churn.data import Data, load
from core.tabular.churn.download import make_download
from core.tabular.churn.files import load_model, model_to_files
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, score_profit
from core.tabular.churn.recipe import Recipe
from core.tabular.churn.reporting import make_run_report
from core.tabular.churn.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "contacts.csv": "whom to contact at the default costs, the most profitable first",
    "model.zip": "the models, with a script that loads and asks them",
    "predictions.csv": "every customer with every model's probability, by folds",
    "report.pdf": "comparison, money, fairness, segments, data and settings",
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
        Best model, its ROC area, its profit per customer, a leak alarm where there is one, rows, and the table's name.

    Raises
    ------
    HubError
        If the table or the recipe cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    for note in data.notes:
        context.log(note)
    model = train(recipe, data, context.on_step)
    context.log(model.alarm or f"Best by cross-validation: {model.best}.")
    write_result(model, data, context.outputs)
    return {
        "best": model.best,
        "unbeaten": model.unbeaten,
        "alarm": model.alarm,
        "roc_auc": float(model.fold_scores["roc_auc"][model.best].mean()),
        "profit": score_profit(model, Costs()).per_customer[0],
        "n_rows": len(data.y),
        "table": model.source.name,
    }


def write_result(model: Model, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed, schema = model_to_files(model), model.schema
    files = {
        "contacts.csv": to_csv(contact_list(model, Costs())),
        "model.zip": make_download(model, packed),
        "predictions.csv": to_csv(list_held_out(model)),
        "report.pdf": make_run_report(model),
    }
    if model.source.file:
        columns, categories = [*schema.names, schema.target], [*schema.categories, schema.target]
        files[model.source.file] = pack_columns(data.table, columns, categories)
    runs.write_result(folder, model, packed, files)


def list_held_out(model: Model) -> pd.DataFrame:
    """List every customer with each model's probability of leaving, from models that did not learn from them.

    Returns
    -------
    DataFrame of shape (n_rows, 3 + n_models)
        row (from 1, in the table), the churn column, fold, then a column for each model, best first.
    """
    facts = {"row": model.ids + 1, model.schema.target: model.labels, "fold": model.folds.fold + 1}
    return pd.DataFrame({**facts, **{name: model.folds.shares[name] for name in model.names}})


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
