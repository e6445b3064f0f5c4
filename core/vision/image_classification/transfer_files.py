"""A comparison of transfer learning as JSON, as a job that leaves it, and the stored table that a page shows at once.

Left out: the comparison itself (``transfer``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError
from core.hub.fields import validate_recipe
from core.vision.image_classification.recipe import SLUG
from core.vision.image_classification.transfer import Comparison, TransferRow, compare_transfer
from core.vision.image_classification.transfer_pictures import TransferRecipe, load_pictures

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

TABLE_NAME, TABLE_FILE = "transfer", "table.json"
RUN_FILE, RUN_CSV = "comparison.json", "comparison.csv"
TRANSFER_DOWNLOADS = {
    RUN_CSV: "scratch, frozen and fine-tuned with intervals, seconds and weights",
    RUN_FILE: "as JSON",
}
"""Files of a run's folder that a person may take away, and what each is."""
THREADS = 2
_FIELDS = {each.name for each in fields(TransferRow)}


def comparisons_to_json(comparisons: Sequence[Comparison]) -> str:
    """Write comparisons, a line for each of their rows."""
    parts = []
    for one in comparisons:
        rows = ",\n".join("    " + json.dumps(asdict(row), ensure_ascii=False) for row in one.rows)
        rest = {"findings": one.findings, "note": one.note}
        parts.append(f'  {{"rows": [\n{rows}\n  ],\n  {json.dumps(rest, ensure_ascii=False)[1:]}')
    return "[\n" + ",\n".join(parts) + "\n]\n"


def comparisons_from_json(text: str) -> tuple[Comparison, ...]:
    """Read comparisons back.

    Raises
    ------
    ArtifactError
        If the text is not what ``comparisons_to_json`` writes.

    Examples
    --------
    >>> row = TransferRow("a", "b", "frozen", 10, 0.5, 0.4, 0.6, 100, 1.0, 10, 20, 0, "2026-01-01")
    >>> made = (Comparison((row,), ("frozen is better",)),)
    >>> comparisons_from_json(comparisons_to_json(made)) == made
    True
    """
    try:
        values = json.loads(text)
        if not isinstance(values, list) or not values:
            message = "it is not a list of comparisons"
            raise TypeError(message)  # noqa: TRY301 - told to the person as every other damage is
        return tuple(_read_comparison(value) for value in values)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        message = f"the stored comparison cannot be read ({str(error)[:80]}); run it again"
        raise ArtifactError(message) from error


def _read_comparison(value: Any) -> Comparison:
    """Read one comparison, refusing a row with other fields."""
    rows = [row for row in value["rows"] if set(row) == _FIELDS]
    if len(rows) != len(value["rows"]) or not rows:
        message = f"a row must have exactly the fields {', '.join(sorted(_FIELDS))}"
        raise ValueError(message)
    return Comparison(tuple(TransferRow(**row) for row in rows), tuple(map(str, value["findings"])), str(value["note"]))


def load_stored_table(root: Path | None = None) -> tuple[Comparison, ...]:
    """Load the comparisons that ship with the hub, few pictures first.

    Raises
    ------
    ArtifactError
        If they are not there or damaged.
    """
    content = load_artifact(SLUG, TABLE_NAME, root).weights[TABLE_FILE]
    return comparisons_from_json(content.decode("utf-8"))


def comparisons_to_frame(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Put all rows into one table.

    Returns
    -------
    DataFrame of shape (n_rows, 12)
        start, onto, pictures, method, accuracy, low, high, n, seconds, learnt, weights, date.
    """
    frame = pd.DataFrame([asdict(row) for one in comparisons for row in one.rows])
    order = ["start", "target", "pictures", "method", "accuracy", "low", "high", "n", "seconds", "learnt", "weights"]
    return frame[[*order, "date"]].rename(columns={"target": "onto"})


def run_transfer(recipe: TransferRecipe, context: JobContext | None = None) -> Comparison:
    """Compare by a recipe, in a worker process: this imports TensorFlow.

    Parameters
    ----------
    context : JobContext, optional
        Who is told of each step, and may stop it.

    Raises
    ------
    HubError
        If the recipe or its pictures cannot be used.
    """
    from core.vision._shared.keras_door import import_keras
    from core.vision.image_classification.transfer_starts import load_start

    validate_recipe(recipe)
    pictures = load_pictures(recipe)
    keras = import_keras(THREADS)
    start = load_start(keras, recipe.start, int(recipe.size))
    if start.note and context is not None:
        context.log(start.note)
    return compare_transfer(keras, start, pictures, recipe, None if context is None else context.on_step)


def run_transfer_job(recipe: TransferRecipe, context: JobContext) -> dict[str, str | float]:
    """Compare as a job and leave the comparison as JSON and CSV.

    Returns
    -------
    dict
        The accuracy of each method, the network that answered, and why it is another one than asked for.
    """
    from core.datasets.export import to_csv

    found = run_transfer(recipe, context)
    (context.outputs / RUN_FILE).write_text(comparisons_to_json([found]), encoding="utf-8")
    (context.outputs / RUN_CSV).write_bytes(to_csv(comparisons_to_frame([found])))
    for finding in found.findings:
        context.log(finding)
    return {**{row.method: row.accuracy for row in found.rows}, "start": found.rows[-1].start, "note": found.note}


def open_transfer_result(folder: Path) -> Comparison:
    """Open what ``run_transfer_job`` left.

    Raises
    ------
    ArtifactError
        If the folder is gone or the file in it is damaged.
    """
    try:
        text = (folder / RUN_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = "the result of this run is no longer kept or is damaged; run it again"
        raise ArtifactError(message) from error
    return comparisons_from_json(text)[0]


def stamp_command(comparison: Comparison, command: str) -> Comparison:
    """Write the command that prints a comparison again into each of its rows."""
    return replace(comparison, rows=tuple(replace(row, command=command) for row in comparison.rows))
