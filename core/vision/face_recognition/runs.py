"""A run as a job: load faces, choose the gates, score them, and leave a folder that the page opens again.

Left out: queueing and cancelling (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.datasets.export import to_csv
from core.evaluation import runs
from core.evaluation.runs import RECIPE_FILE
from core.hub.scores import SCORES_FILE
from core.vision.face_recognition.data import load
from core.vision.face_recognition.download import CURVE_FILE, make_download
from core.vision.face_recognition.files import load_model, model_to_files
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.recipe import Recipe
from core.vision.face_recognition.reporting import list_curve, make_run_report
from core.vision.face_recognition.training import train

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

DOWNLOADS: Mapping[str, str] = {
    "model.zip": "gates and curve, with a script that compares two pictures",
    CURVE_FILE: "both error rates at every gate with their intervals",
    "report.pdf": "figures, gates, what the people support, and settings",
    SCORES_FILE: "every figure with its interval and baseline",
    RECIPE_FILE: "every setting and the seed",
}
"""Files of a result folder that a person may take away, and what each is."""

Result = runs.Result[Model]
"""What a finished run left behind: its model, figures, and the files to take away."""


def run_job(recipe: Recipe, context: JobContext) -> dict[str, str | float | int]:
    """Choose and score by a recipe and write the result folder; nobody's vector is written.

    Returns
    -------
    dict
        Gate, the share of one person's pairs that it accepts, that of the baseline, and which faces these were.

    Raises
    ------
    HubError
        If the recipe cannot be used or its faces cannot be had.
    """
    data = load(recipe)
    context.log(f"Faces: {data.source}.")
    model = train(recipe, data, context.on_step)
    context.log(model.claim.sentence)
    write_result(model, context.outputs)
    row = model.scores[0]
    return {
        "gate": model.gate,
        "true_accept_rate": row.value,
        "baseline": row.baseline,
        "baseline_true_accept_rate": row.baseline_value,
        "faces": data.source,
    }


def write_result(model: Model, folder: Path) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away."""
    packed = model_to_files(model)
    files = {
        "model.zip": make_download(model, packed),
        CURVE_FILE: to_csv(list_curve(model)),
        "report.pdf": make_run_report(model),
    }
    runs.write_result(folder, model, packed, files)


def open_result(folder: Path) -> Result:
    """Open what :func:`run_job` wrote.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    return runs.open_result(folder, load_model, DOWNLOADS)
