"""Start a training run and watch it: a recipe by name or setting by setting, handed to a worker.

Left out: what a run leaves behind, which ``compare`` draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.datasets.table import Table
from core.hub.fields import make_fields, make_recipe
from core.hub.jobs import Job
from pages.kit import jobs, uploads
from pages.kit.errors import escape
from pages.kit.forms import show_form

CUSTOM = "my own"
COLUMNS = 3
MOST_NAMED, MOST_TOLD = 3, 6
LEAVE = "Shows the page as it was before this run. The address with its id finds the run again."
WORDS = {
    "id_like": "looks like an id",
    "leak_like": "may give the outcome away",
    "duplicate_rows": "repeated rows",
    "duplicate_columns": "repeated columns",
    "rejected_lines": "lines of the file that could not be read",
    "missing_target": "rows without an outcome",
    "infinite": "infinite values",
    "sentinel": "codes for missing values",
    "wild_value": "values far from all others",
    "numbers_as_text": "numbers kept as text",
    "spelling": "one category in several spellings",
    "empty_column": "empty",
    "empty_rows": "empty rows",
    "constant": "one value only",
    "high_cardinality": "too many categories",
    "mostly_missing": "mostly missing",
    "imbalance": "classes of unequal size",
    "rare_class": "rare classes",
}
"""What each kind of alert says, in a few words."""


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """How a page trains.

    Parameters
    ----------
    function : str
        ``"core.tabular.iris:run_job"``.
    recipe : type
        The project's Recipe.
    recipes : mapping of name to Recipe
        The named ones; a further choice opens every setting.
    about : mapping of name to text
        What each named recipe does and about how long it takes.
    hidden : tuple of str
        Fields that the page decides itself.
    verb, button : str
        What is done with a table, as it stands before the table's name, and what the button says.
    doing, icon : str
        What the worker does while it runs, and the icon of the button.
    """

    slug: str
    function: str
    recipe: type
    recipes: Mapping[str, Any]
    about: Mapping[str, str]
    hidden: tuple[str, ...] = ()
    verb: str = "Train on"
    button: str = "Train and compare"
    doing: str = jobs.TRAINING
    icon: str = "model_training"


def show_training(training: Training, table: Table, job: Job | None, *, is_trained: bool) -> None:
    """Draw the run that is under way, or the way to start one.

    Parameters
    ----------
    job : Job, optional
        The one that the page's address names.
    is_trained : bool
        Whether a result is already shown: then the settings stay folded.
    """
    if job is not None and (not job.is_finished or job.data_sha256 == table.sha256):
        jobs.show_job(job.id, f"{training.slug}_job", training.doing)
        if not job.is_finished:
            return
        st.button("Leave this run", key=f"{training.slug}_leave", icon=":material/close:", type="tertiary", help=LEAVE,
                  on_click=jobs.drop_job, args=(training.slug,))  # fmt: skip
    again = f"{training.verb.split()[0]} again with other settings"
    label = again if is_trained else f"{training.verb} {escape(table.name)}"
    with st.expander(
        label, icon=":material/tune:", expanded=not is_trained, key=f"{training.slug}_training_{is_trained}"
    ):
        show_open_alerts(table)
        recipe = ask_recipe(training)
    if recipe is not None and jobs.start_job(training.function, recipe, training.slug, table) is not None:
        st.rerun()


def show_open_alerts(table: Table) -> None:
    """Say in one line what may make a comparison misleading, with the way to where it is mended."""
    from pages.kit.navigation import make_data_page

    alerts = uploads.load_alerts(table.sha256, table.target, table)
    found = [alert for alert in alerts if alert.severity != "note"]
    if not found:
        return
    told = [f"{WORDS.get(alert.kind, alert.kind.replace('_', ' '))}{_name_columns(alert.columns)}" for alert in found]
    told = [*told[:MOST_TOLD], *([f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else [])]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        lead = f"Open warnings: {len(found)}." if len(found) > 1 else "Open warnings:"
        st.markdown(f":orange[:material/warning:] {lead} {escape('; '.join(told))}.", width="content")
        st.page_link(make_data_page(), label="Mend it in Your data", icon=":material/arrow_forward:")


def _name_columns(columns: tuple[str, ...]) -> str:
    """Name the first columns of an alert."""
    more = f" and {len(columns) - MOST_NAMED} more" if len(columns) > MOST_NAMED else ""
    return f" ({', '.join(columns[:MOST_NAMED])}{more})" if columns else ""


def ask_recipe(training: Training) -> Any:
    """Draw the choice of a recipe; return it in the run in which the button was pressed, else None."""
    key, names = training.slug, [*training.recipes, CUSTOM]
    name = st.segmented_control("Recipe", names, default=names[0], required=True, format_func=str.capitalize,
                                key=f"{key}_recipe", wrap=True)  # fmt: skip
    if name != CUSTOM:
        trained = ", ".join(getattr(training.recipes[name], "models", ()))
        st.caption(training.about[name] + (f"  \nTrained: {escape(trained)}." if trained else ""))
        pressed = st.button(training.button, type="primary", icon=f":material/{training.icon}:", key=f"{key}_train")
        return training.recipes[name] if pressed else None
    specs = [spec for spec in make_fields(training.recipe) if spec.name not in training.hidden]
    values = show_form(specs, key=f"{key}_custom", columns=COLUMNS, submit=training.button)
    return None if values is None else make_recipe(training.recipe, values)
