"""What a person takes away from a run on a table: models, predictions, report, settings, and how to do it again.

Left out: making the files, which is the project's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import streamlit as st

from core.datasets.export import to_csv
from core.datasets.table import Table
from core.hub.fields import recipe_to_json
from pages.kit.downloads import Download, list_kept, show_downloads
from pages.kit.errors import escape
from pages.kit.provenance import show_reproduce, write_code

MOST_NOTES = 3  # that stand open above the views


def show_origin(model: Any, command: str, *, is_shipped: bool) -> None:
    """Say which run is shown: on which rows, how it was split, which model won, when, and the command for it."""
    source, date = model.source, model.scores[0].date
    unbeaten = model.unbeaten
    first = f"**{escape(model.best)}** answers first of {len(model.recipe.models)} models"
    lead = escape(unbeaten) or first
    whose = "shipped with the app" if is_shipped else "trained in this session"
    st.caption(
        f":material/deployed_code: {lead} {'Data: ' if unbeaten else 'on '}"
        f"{escape(source.name)} · {count_rows(source)} · {date}, {whose}  \n:material/terminal: `{command}`"
    )
    if len(model.notes) > MOST_NOTES:
        with st.expander(f"{len(model.notes)} notes on this run", icon=":material/info:", type="compact"):
            st.caption("  \n".join(escape(note) for note in model.notes))
    elif model.notes:
        st.caption("  \n".join(f":material/info: {escape(note)}" for note in model.notes))


def count_rows(source: Any) -> str:
    """Say which rows train and which score; without rows kept aside each row is scored by the folds.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> count_rows(SimpleNamespace(n_train=120, n_test=30)), count_rows(SimpleNamespace(n_rows=2930))
    ('120 rows train, 30 only score', '2,930 rows, each scored by models that did not learn from it')
    """
    if not hasattr(source, "n_train"):
        return f"{source.n_rows:,} rows, each scored by models that did not learn from it"
    n_calibration = getattr(source, "n_calibration", 0)
    sizing = f"{n_calibration:,} size the prediction sets, " if n_calibration else ""
    return f"{source.n_train:,} rows train, {sizing}{source.n_test:,} only score"


def show_files(project: ModuleType, model: Any, table: Table, kept: Mapping[str, Path] | None) -> None:
    """Offer the files of a run and the ways to make them again.

    Parameters
    ----------
    kept : mapping of name to path, optional
        Files that a job left behind; without them the files are made when their button is pressed.
    """
    unbeaten = model.unbeaten
    if unbeaten:
        st.warning(
            f"{escape(unbeaten)} The model in the files is no better than that answer.", icon=":material/warning:"
        )
    recipe = recipe_to_json(model.recipe)
    code = write_code(project.__name__, recipe, model.source.file, model.schema.target)
    files = _list_made(project, model, recipe) if kept is None else list_kept(project, kept)
    show_downloads([*files, Download("reproduce.py", code.encode(), "this run in Python")], "takeaway")
    facts = {"Column to predict": model.schema.target, "Seed": str(model.recipe.seed), "Settings": recipe}
    show_reproduce(table, project.describe_command(model), code, facts)


def _list_made(project: ModuleType, model: Any, recipe: str) -> list[Download]:
    """List the files that are made on demand."""
    made = {
        "model.zip": lambda: project.make_download(model),
        "predictions.csv": lambda: to_csv(project.list_held_out(model)),
        "report.pdf": lambda: project.make_run_report(model),
        "recipe.json": recipe.encode(),
    }
    return [Download(name, data, project.DOWNLOADS[name]) for name, data in made.items()]
