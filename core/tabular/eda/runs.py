"""A run as a job: read the table, look it over, and leave a folder that the page opens again, also after a reload.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.datasets.columns import pack_columns
from core.datasets.export import to_csv
from core.datasets.summary import summarise
from core.datasets.table import Table, table_of_job
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE, TABLE_FILE
from core.hub.errors import DataError
from core.hub.scores import SCORES_FILE
from core.tabular.eda.answers import list_unusual
from core.tabular.eda.claim import Claim
from core.tabular.eda.data import Data, load
from core.tabular.eda.files import load_model, model_to_files
from core.tabular.eda.model import Model
from core.tabular.eda.recipe import Recipe
from core.tabular.eda.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext
    from core.tabular.eda.report import Report
    from core.tabular.eda.report.plan import Told
    from core.tabular.eda.stories import Story

DOWNLOADS: Mapping[str, str] = {
    "report.pdf": "what is wrong and what matters, claim by claim, to read and to print",
    "report.json": "every number of the report",
    "claims.csv": "every claim with its effect, interval, n, p, q and method",
    "summary.csv": "every column in one line",
    "unusual_rows.csv": "the rows that are unlike the others, the strangest first",
    SCORES_FILE: "planted defects found and made up, with intervals and baseline",
    RECIPE_FILE: "every setting and the seed",
    TABLE_FILE: "the table as it was looked over",
}
"""Files of a result folder that a person may take away, and what each is."""


Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, leaderboard, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Look over the table in the job's inputs, or the bundled one, and write the result folder.

    Returns
    -------
    dict
        Claims and those of them that are problems, F1 on planted defects, rows, columns, and the table's name.

    Raises
    ------
    HubError
        If the table or the recipe cannot be used.
    """
    data = load(recipe, table_of_job(context.inputs))
    model = train(recipe, data, context.on_step)
    for note in model.notes:
        context.log(note)
    n_problems = sum(claim.severity == "problem" for claim in model.claims)
    context.log(f"{len(model.claims)} claims, {n_problems} of them problems; writing the report.")
    write_result(model, data, context.outputs)
    return {
        "best": model.best,
        "unbeaten": model.unbeaten,
        "f1": model.scores[0].value,
        "n_claims": len(model.claims),
        "n_problems": n_problems,
        "n_rows": model.source.n_rows,
        "n_columns": model.source.n_columns,
        "table": model.source.name,
    }


def write_result(model: Model, data: Data, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    table, report = data.table, make_run_report(model, data.table)
    categories = [name for name in table.frame.columns if table.kinds[name] == "category"]
    files = {
        "report.pdf": report.pdf,
        "report.json": report.to_json(),
        "claims.csv": to_csv(list_claims(model.claims)),
        "summary.csv": to_csv(summarise(table)),
        "unusual_rows.csv": to_csv(list_unusual(model, table)) if model.schema.columns else b"",
        TABLE_FILE: pack_columns(table, list(table.frame.columns), categories),
    }
    kept = {name: content for name, content in files.items() if content}
    runs.write_result(folder, model, model_to_files(model), kept)


def make_run_report(model: Model, table: Table) -> Report:
    """Write the report of the table that a model looked over; equal models give equal bytes.

    A case study that is told of the table comes first.
    """
    from core.tabular.eda.report import write_report
    from core.tabular.eda.stories import find_told

    story = find_told(table)
    told = None
    if story is not None:
        with suppress(DataError):  # a column may have been given another kind: then there is no story to tell
            told = tell_story(story, table)
    subtitle = f"{model.source.n_rows:,} rows, {model.source.n_columns:,} columns"
    return write_report(table, model.claims, title=table.name, story=told, subtitle=subtitle, seed=model.recipe.seed)


def make_story_report(story: Story, table: Table) -> Report:
    """Write the report of a case study without searching its table: the story, then the columns and their pictures.

    Raises
    ------
    DataError
        If the story cannot be told of the table.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.stories import find_story
    >>> report = make_story_report(find_story("iris"), load_table("iris"))
    >>> report.sidecar["title"], len(report.sidecar["story"])
    ('Three species of iris', 5)
    """
    from core.tabular.eda.report import write_report

    n_rows, n_columns = table.frame.shape
    subtitle = f"{table.name}: {n_rows:,} rows, {n_columns:,} columns"
    return write_report(table, None, title=story.title, story=tell_story(story, table), subtitle=subtitle)


def tell_story(story: Story, table: Table) -> Told:
    """Tell a case study with the figures at its top.

    Raises
    ------
    DataError
        If the story cannot be told of the table.
    """
    from core.tabular.eda.report.plan import Told
    from core.tabular.eda.stories import figures, tell

    top = {name: (figure.value, figure.text) for name, figure in figures(story, table).items()}
    return Told(story.title, story.question, story.lesson, top, tell(story, table))


def list_claims(claims: Iterable[Claim]) -> pd.DataFrame:
    """Lay claims out as a table, one a row.

    Examples
    --------
    >>> list_claims(()).columns.tolist()[:5]
    ['severity', 'kind', 'columns', 'sentence', 'effect']
    """
    names = ["severity", "kind", "columns", "sentence", "effect", "value", "low", "high", "n", "p", "q", "method"]
    lines = [{name: getattr(claim, name) for name in names} | {"columns": ", ".join(claim.columns)} for claim in claims]
    return pd.DataFrame(lines, columns=names)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
