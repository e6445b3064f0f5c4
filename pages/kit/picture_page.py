"""The page of a project that learns from pictures: its five tabs, the models that ship, and runs that need no table.

A run's pictures are named by its recipe, so nothing travels with a job but that.

Left out: pages that learn from a table (``table_page``); the ladder by which a picture arrives (``camera``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import streamlit as st

from core.hub import jobs as core_jobs
from core.hub.artifacts import MODELS, load_artifact
from core.hub.cards import CARD_FILE
from core.hub.errors import HubError
from core.hub.fields import recipe_to_json
from core.hub.jobs import Job
from pages.kit import jobs
from pages.kit.downloads import Download, list_kept, show_downloads
from pages.kit.errors import escape, guard, show_error
from pages.kit.header import show_header
from pages.kit.keeping import follow_session
from pages.kit.learn import show_learn
from pages.kit.models import load_trained
from pages.kit.provenance import write_code
from pages.kit.session import session_id
from pages.kit.tabs import Part, show_tabs
from pages.kit.training import LEAVE, Training, ask_recipe

Parts = tuple[Part, Part, Part, Part]
Load = Callable[[Path], Any]
N_SHIPPED = 12


@guard()
def show_picture_page(slug: str, project: ModuleType, parts: Parts, data: str, model: str) -> None:
    """Draw a page: the header, and of the five tabs the open one.

    Parameters
    ----------
    parts : tuple of callable
        What draws *Explore*, *Train & compare*, *Try it* and *Explain*; *Learn* is the project's lessons.
    data, model : str
        What the header says of the pictures and of the model that answers.
    """
    follow_session()
    show_header(slug, data, model)
    show_tabs(slug, (*parts, partial(show_learn, project.LESSONS, project.QUESTIONS, slug)))


def list_shipped(slug: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of some models that ship with the hub, in the given order."""
    return tuple(name for name in names if (MODELS / slug / name / CARD_FILE).is_file())


def load_shipped(slug: str, name: str, load: Load) -> Any:
    """Load one shipped model once for everyone, after its hashes were checked.

    Parameters
    ----------
    load : callable
        ``load(folder of the weights) -> model``.

    Raises
    ------
    ArtifactError
        If it is not there or damaged.
    """
    card = MODELS / slug / name / CARD_FILE
    return _load_shipped(slug, name, card.stat().st_mtime_ns if card.is_file() else 0, load)


@st.cache_resource(max_entries=N_SHIPPED, show_spinner="Loading the shipped model…")
def _load_shipped(slug: str, name: str, written: int, _load: Load) -> Any:  # noqa: ARG001 - a model shipped anew is loaded anew
    """Load it; the time at which its card was written is part of what it is kept under."""
    return _load(load_artifact(slug, name).folder / "weights")


def find_run(slug: str, place: str = "") -> Job | None:
    """Return the job of one of a page's kinds of runs, also after a reload; finished or not."""
    return jobs.find_page_job(slug + place)


def open_run(project: ModuleType, job: Job | None) -> Any:
    """Return the result of a job that has finished well, or None; a damaged one is told in a sentence."""
    if job is None or job.state != "done":
        return None
    try:
        return load_trained(str(job.folder), project)
    except HubError as error:
        show_error(error)
        return None


def load_run(project: ModuleType, slug: str, name: str, yours: str = "yours") -> tuple[Any, Job | None] | None:
    """Load a shipped run by its name, or the one trained here with its job; None where that is gone, which is told."""
    if name != yours:
        return load_shipped(slug, name, project.load_model), None
    job = find_run(slug)
    result = open_run(project, job)
    return None if result is None else (result.model, job)


def start_run(function: str, recipe: Any, slug: str, place: str = "") -> Job | None:
    """Submit a job whose pictures its recipe names, and put its id into the page's address.

    Parameters
    ----------
    function : str
        ``"core.vision.image_classification:run_job"``.
    place : str
        Tells several kinds of runs of a page apart, such as ``"_transfer"``.
    """
    try:
        job = core_jobs.submit(function, recipe, session=session_id(), page=slug)
    except HubError as error:
        show_error(error)
        return None
    jobs.keep_job(slug + place, job.id)
    return job


def watch_run(slug: str, job: Job | None, doing: str, place: str = "") -> bool:
    """Draw how a job stands, with its progress and the way to leave it; say whether it is still under way."""
    if job is None:
        return False
    key = slug + place
    jobs.show_job(job.id, f"{key}_job", doing)
    if not job.is_finished:
        return True
    st.button("Leave this run", key=f"{key}_leave", icon=":material/close:", type="tertiary", help=LEAVE,
              on_click=jobs.drop_job, args=(key,))  # fmt: skip
    return False


def show_runs(training: Training, job: Job | None, label: str, *, is_open: bool = False) -> None:
    """Draw the run under way, or the way to start one: a recipe by name or setting by setting.

    Parameters
    ----------
    label : str
        What the folded settings are called.
    is_open : bool
        Whether they stand open.
    """
    if watch_run(training.slug, job, training.doing):
        return
    with st.expander(label, icon=":material/tune:", expanded=is_open, key=f"{training.slug}_training_{is_open}"):
        recipe = ask_recipe(training)
    if recipe is not None and start_run(training.function, recipe, training.slug) is not None:
        st.rerun()


def show_command(command: str) -> None:
    """Say which command prints what is drawn."""
    st.caption(f":material/terminal: `{command}`")


def show_run_files(
    project: ModuleType,
    model: Any,
    command: str,
    made: Mapping[str, bytes | Callable[[], bytes]],
    kept: Mapping[str, Path] | None = None,
) -> None:
    """Offer the files of a run, and the ways to make its figures again.

    Parameters
    ----------
    made : mapping of file name to bytes or callable
        Files made when their button is pressed; each is described in the project's ``DOWNLOADS``.
    kept : mapping of name to path, optional
        Files that a job left behind; they are offered instead.
    """
    recipe = recipe_to_json(model.recipe)
    code = write_code(project.__name__, recipe)
    files = (
        [Download(name, data, project.DOWNLOADS[name]) for name, data in made.items()]
        if kept is None
        else list_kept(project, kept)
    )
    show_downloads([*files, Download("reproduce.py", code.encode(), "this run in Python")], "takeaway")
    with st.expander("Reproduce these numbers", icon=":material/replay:"):
        st.code(command, language="bash", wrap_lines=True)
        st.code(code, language="python", wrap_lines=True)
        facts = {"Seed": str(model.recipe.seed), "Settings": escape(recipe)}
        st.table(facts, border="horizontal", alt="What decides these numbers")
