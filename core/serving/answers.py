"""Answers of a project's stored model: verify and load it by its slug, score it again, ask it.

The command line and the HTTP API both stand on these functions.

Left out: training (``training``); sharing a loaded model between threads (``shelf``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from core.hub import registry
from core.hub.artifacts import Artifact, load_artifact
from core.hub.cards import WEIGHTS_FOLDER
from core.hub.contract import Prediction, Scores
from core.hub.errors import DataError
from core.hub.fields import make_fields, make_recipe, recipe_from_json
from core.hub.registry import Project
from core.serving.files import read_file
from core.serving.training import OWN_TABLE

if TYPE_CHECKING:
    from core.datasets.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A stored model, verified and ready to answer. Read-only, so threads may share it."""

    project: Project
    module: ModuleType
    name: str
    artifact: Artifact
    model: Any


def load_served(slug: str, name: str = "full", root: Path | None = None) -> Served:
    """Verify a stored model's files and load it.

    Raises
    ------
    HubError
        If the project is not built, or the model is missing or damaged.
    """
    project = registry.find_project(slug)
    module = registry.load_module(project)
    artifact = load_artifact(slug, name, root)
    return Served(project, module, name, artifact, module.load_model(artifact.folder / WEIGHTS_FOLDER))


def evaluate_served(served: Served, table: Table | None = None) -> Scores:
    """Score a stored model again on the rows that its recipe holds out.

    Raises
    ------
    DataError
        If the model is of a person's own table and that table is not given.
    """
    if table is None and served.name == OWN_TABLE:
        message = (
            f"{served.project.slug}/{served.name} was trained on a table of your own; give it with --table and --target"
        )
        raise DataError(message)
    recipe = recipe_from_json(served.module.Recipe, served.artifact.recipe_json)
    scores: Scores = served.module.evaluate(served.model, served.module.load(recipe, table))
    return scores


def predict_one(served: Served, values: Mapping[str, object]) -> Prediction:
    """Answer one case given as plain values; nothing that is missing is filled in.

    Parameters
    ----------
    values : mapping of str to object
        A value for each field of the project's Inputs; for a model of one's own table, for each of its columns.

    Raises
    ------
    HubError
        If a value is missing, unknown or out of range.
    """
    module: Any = served.module
    prediction: Prediction
    if served.name not in module.RECIPES and hasattr(module, "predict_case"):
        prediction = module.predict_case(served.model, values)
        return prediction
    prediction = module.predict(served.model, read_inputs(served, values))
    return prediction


def read_inputs(served: Served, values: Mapping[str, object]) -> Any:
    """Build a project's Inputs from plain values, refusing one that is missing, unknown or out of range."""
    missing = [spec.name for spec in make_fields(served.module.Inputs) if spec.name not in values]
    if missing:
        message = f"{missing[0]} is missing; give it a value"
        raise DataError(message)
    return make_recipe(served.module.Inputs, dict(values))


def predict_many(served: Served, cases: Sequence[Mapping[str, object]]) -> list[Prediction]:
    """Answer cases in their order; by the project's ``predict_many``, where it has one, else one after another.

    A model of one's own table has no Inputs, so its cases are read one by one.

    Raises
    ------
    HubError
        As :func:`predict_one`.
    """
    module: Any = served.module
    if served.name not in module.RECIPES or not hasattr(module, "predict_many"):
        return [predict_one(served, values) for values in cases]
    return list(module.predict_many(served.model, [read_inputs(served, values) for values in cases]))


def predict_json(served: Served, text: str) -> Prediction:
    """Answer one case given as a JSON object.

    Raises
    ------
    DataError
        If the text is not a JSON object; otherwise as :func:`predict_one`.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f'the case is not JSON ({str(error)[:80]}); give an object such as {{"name": 1.0}}'
        raise DataError(message) from error
    if not isinstance(values, dict):
        message = f"the case is {text[:40]!r}; it must be a JSON object of names and values"
        raise DataError(message)
    return predict_one(served, values)


def predict_file(served: Served, path: Path) -> bytes:
    """Answer every row of a table file; return the table with its answers as CSV bytes, formulas neutralised.

    Raises
    ------
    HubError
        If the file is no table, lacks a needed column, or the project takes no table.
    """
    from core.datasets.export import to_csv

    if not hasattr(served.module, "predict_table"):
        message = f"{served.project.title} takes no table of cases; give one case with --input"
        raise DataError(message)
    return to_csv(served.module.predict_table(served.model, read_file(path)))
