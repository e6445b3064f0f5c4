"""A project by its slug: train it by a recipe, score it, store it.

Every project is reached through the registry and the contract (``core.hub.contract``), so that the command line knows
none by name.

Left out: long work in the background, which is ``core.hub.jobs``; answers of a stored model (``answers``).
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from core.hub import registry
from core.hub.artifacts import save_artifact
from core.hub.cards import WEIGHTS_FOLDER
from core.hub.contract import Metrics, OnStep, Scores
from core.hub.errors import RecipeError
from core.hub.fields import make_recipe
from core.hub.registry import Project
from core.hub.scores import show_number
from core.serving.files import find_files

if TYPE_CHECKING:
    from core.datasets.table import Table

OWN_TABLE, OWN_RECIPE = "own_table", "own_recipe"
"""Names under which models of a person's own table or recipe are stored: never those of the shipped recipes."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One finished training: the project, what decided it, and what came of it."""

    project: Project
    module: ModuleType
    name: str
    recipe: Any
    model: Any
    scores: Scores
    table: Table | None = None


def train_project(slug: str, name: str, table: Table | None = None, on_step: OnStep | None = None) -> Run:
    """Train a project by a recipe and score it on held-out rows.

    Parameters
    ----------
    slug, name : str
        Project and recipe, such as ``iris`` and ``quick``; or a JSON file of settings.
    table : Table, optional
        A table of one's own; default the bundled data.
    on_step : callable, optional
        Told of each step; see ``core.hub.contract``.

    Raises
    ------
    HubError
        If the project is not built, has no such recipe, or cannot use the table.
    """
    project = registry.find_project(slug)
    module = registry.load_module(project)
    recipe = read_recipe(module, name)
    data = module.load(recipe, table)
    model = module.train(recipe, data, on_step)
    shown = name if name in module.RECIPES else OWN_RECIPE
    return Run(
        project, module, shown if table is None else OWN_TABLE, recipe, model, module.evaluate(model, data), table
    )


def read_recipe(module: ModuleType, name: str) -> Any:
    """Find a recipe by its name, or read one from a JSON file: a stored model's ``recipe.json``, or its settings alone.

    Raises
    ------
    RecipeError
        If there is no such recipe, or the file is none or holds a value out of range.
    """
    if name in module.RECIPES:
        return module.RECIPES[name]
    if not name.endswith(".json"):
        message = f"recipe is {name!r}; it must be one of {', '.join(module.RECIPES)}, or a JSON file of settings"
        raise RecipeError(message)
    try:
        values = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        message = f"{Path(name).name} is no JSON file of settings ({str(error)[:80]})"
        raise RecipeError(message) from error
    return make_recipe(module.Recipe, values["recipe"] if isinstance(values, dict) and "weights" in values else values)


def show_step(step: int, total: int, metrics: Metrics) -> None:
    """Write progress to standard error, so that standard output stays clean."""
    shown = "  ".join(f"{name} {show_number(value)}" for name, value in metrics.items())
    sys.stderr.write(f"step {step} of {total}  {shown}".rstrip() + "\n")


def save_run(run: Run, root: Path | None = None) -> Path:
    """Store a finished training under its recipe's name, ``own_recipe`` or ``own_table``.

    Raises
    ------
    ArtifactError
        If the model's files are not of an allowed format, or the disk refuses.
    """
    about = run.module.CARD
    if run.table is not None:
        rows = f"{len(run.table.frame):,} rows, sha256 {run.table.sha256[:12]}"
        about = replace(about, data=f"A table of one's own: {run.table.name} ({rows}).")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / WEIGHTS_FOLDER
        run.module.save_model(run.model, folder)
        weights = {path.relative_to(folder).as_posix(): path.read_bytes() for path in find_files(folder)}
    return save_artifact(
        run.project.slug, run.name, weights=weights, recipe=run.recipe, scores=run.scores, about=about, root=root
    )
