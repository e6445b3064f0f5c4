"""A trial as a job: read the table, analyse, simulate, and leave a folder that the page opens again.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.datasets.export import to_csv
from core.datasets.table import table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE, TABLE_FILE
from core.experimentation.ab_testing.data import Data, load
from core.experimentation.ab_testing.download import make_download
from core.experimentation.ab_testing.files import load_model, model_to_files
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.reporting import make_run_report
from core.experimentation.ab_testing.tables import list_segments, list_tests
from core.experimentation.ab_testing.training import Model, train
from core.hub.scores import SCORES_FILE

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "the analysis as JSON, the plan, and a script that tests two counts",
    "tests.csv": "every test with its effect, interval and p-value",
    "segments.csv": "the effect by segment with corrected intervals",
    "report.pdf": "decision, arms, tests, split, segments, guardrails, promises and plan",
    SCORES_FILE: "every simulated promise with its interval and baseline",
    RECIPE_FILE: "the plan and the seed",
    TABLE_FILE: "the rows that were analysed",
}
"""Files of a result folder that a person may take away, and what each is."""

Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Analyse the table in the job's inputs, or the bundled trial, and write the result folder.

    Returns
    -------
    dict
        Action, sentence, p-value, units, and the table's name.

    Raises
    ------
    HubError
        If the table or the plan cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    model = train(recipe, data, context.on_step)
    for note in data.notes:
        context.log(note)
    found = model.analysis
    context.log(found.decision.sentence)
    write_result(model, data, context.outputs)
    return {
        "action": found.decision.action,
        "sentence": found.decision.sentence,
        "p_value": found.verdict.p_value,
        "n_units": found.n,
        "table": found.table,
    }


def write_result(model: Model, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {
        "model.zip": make_download(model, packed),
        "tests.csv": to_csv(list_tests(model.analysis)),
        "report.pdf": make_run_report(model),
    }
    if model.analysis.segments:
        files["segments.csv"] = to_csv(list_segments(model.analysis))
    if model.file:
        files[model.file] = data.table.frame.to_parquet(index=False)
    runs.write_result(folder, model, packed, files)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
