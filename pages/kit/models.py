"""Which model answers for a table: the one a finished job left behind, the shipped one, or none yet.

Left out: training (``training``) and what is drawn of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import streamlit as st

from core.datasets.catalogue import find_entry
from core.datasets.table import Table
from core.hub.artifacts import load_artifact
from core.hub.errors import HubError
from core.hub.fields import make_key, recipe_to_json
from core.hub.jobs import Job
from core.hub.registry import PROJECTS
from pages.kit.errors import show_error
from pages.kit.uploads import drop_with_session

N_TRAINED = 4  # results of one session that stay in memory


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Where the models of a project come from.

    Parameters
    ----------
    project : module
        Has ``load_model(folder)``, and ``open_result(folder)`` whose result has ``model`` and ``files``.
    bundled : str
        The table that the shipped model learnt from, by its name in the catalogue.
    unbeaten : str
        What the header says of a run in which nothing beats the baseline.
    """

    slug: str
    project: ModuleType
    bundled: str
    unbeaten: str = "no model beats the baseline"


@st.cache_resource(max_entries=len(PROJECTS), show_spinner="Loading the shipped models…")
def load_shipped(slug: str, _project: ModuleType) -> Any:
    """Load a project's shipped models once for everyone, after their hashes were checked."""
    return _project.load_model(load_artifact(slug).folder / "weights")


@st.cache_resource(max_entries=N_TRAINED, scope="session", show_spinner="Loading the trained models…")
def load_trained(folder: str, _project: ModuleType) -> Any:
    """Load what a finished job left behind once for its session."""
    return _project.open_result(Path(folder))


drop_with_session("models", load_trained)


def open_job(models: Models, done: Job) -> Any:
    """Return the result of a finished job: its ``model`` and its ``files`` to take away."""
    return load_trained(str(done.folder), models.project)


def find_model(models: Models, table: Table, done: Job | None) -> Any:
    """Return the model that learnt from this table: the finished job's, else the shipped one, else None."""
    try:
        if done is not None:
            model = open_job(models, done).model
        elif is_bundled(models, table):
            model = load_shipped(models.slug, models.project)
        else:
            return None
    except HubError as error:
        show_error(error)
        return None
    return model if model.schema.target == table.target else None


def describe_model(models: Models, table: Table, done: Job | None) -> str:
    """Name the model that answers for a table, without loading it; empty for the shipped one."""
    if done is not None:
        name = models.unbeaten if done.summary.get("unbeaten") else done.summary["best"]
        return f"{name} · trained here"
    return "" if is_bundled(models, table) else "no model yet"


def is_bundled(models: Models, table: Table) -> bool:
    """Say whether this is the very table that the shipped model learnt from."""
    return bool(table.sha256 == find_entry(models.bundled).sha256)


def name_run(model: Any) -> str:
    """Name a run by its data, target and settings: what cached charts are kept under."""
    return make_key(model.source.sha256, model.schema.target, recipe_to_json(model.recipe))
