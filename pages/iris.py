"""Iris classification, or any table with a class column: explore it, compare models, ask them, see why, learn how."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from core.datasets.catalogue import find_entry
from core.datasets.table import Table
from core.hub.artifacts import load_artifact
from core.hub.errors import HubError
from core.hub.jobs import Job
from core.tabular import iris
from pages.kit import compare, jobs
from pages.kit.cases import show_batch, show_case
from pages.kit.chooser import choose_table
from pages.kit.classifier import make_answerer, make_outcome, make_planes, measure_importance, split_table
from pages.kit.errors import guard, show_error
from pages.kit.explain import show_importance, show_reasons
from pages.kit.explore import show_explore
from pages.kit.header import show_header
from pages.kit.learn import show_learn
from pages.kit.planes import show_planes
from pages.kit.tabs import show_tabs, show_untrained, show_views
from pages.kit.takeaway import show_files, show_origin
from pages.kit.training import Training, show_training
from pages.kit.uploads import drop_with_session

SLUG = "iris"
ABOUT = {
    "quick": "Nine models and a baseline, five folds twice. Seconds on Iris; up to two minutes on the largest tables.",
    "full": "As the shipped result: ten folds ten times, each row left out once. A few minutes.",
}
TRAINING = Training(SLUG, "core.tabular.iris:run_job", iris.Recipe, iris.RECIPES, ABOUT, hidden=("target",))


@st.cache_resource(max_entries=1, show_spinner="Loading the shipped models…")
def load_shipped() -> iris.Model:
    """Load the shipped models once for everyone, after their hashes were checked."""
    return iris.load_model(load_artifact(SLUG).folder / "weights")


@st.cache_resource(max_entries=4, scope="session", show_spinner="Loading the trained models…")
def load_trained(folder: str) -> iris.Result:
    """Load what a finished job left behind once for its session."""
    return iris.open_result(Path(folder))


drop_with_session(SLUG, load_trained)


def load_model(table: Table, done: Job | None) -> iris.Model | None:
    """Return the models that learnt from this table: the finished job's, else the shipped ones, else none."""
    try:
        if done is not None:
            model = load_trained(str(done.folder)).model
        elif table.sha256 == find_entry(SLUG).sha256:
            model = load_shipped()
        else:
            return None
    except HubError as error:
        show_error(error)
        return None
    return model if model.schema.target == table.target else None


def describe_model(table: Table, done: Job | None) -> str:
    """Name the model that answers for a table, without loading it; empty for the shipped one."""
    if done is not None:
        name = "no model beats the baseline" if done.summary.get("unbeaten") else done.summary["best"]
        return f"{name} · trained here"
    return "" if table.sha256 == find_entry(SLUG).sha256 else "no model yet"


def show_comparison(table: Table, job: Job | None) -> None:
    """Draw the run under way, the latest result, and the way to another run."""
    done = jobs.find_done(job, table)
    model = load_model(table, done)
    show_training(TRAINING, table, job, is_trained=model is not None)
    if model is None:
        return
    show_origin(model, iris.describe_command(model), is_shipped=done is None)
    outcome = make_outcome(model, table)
    kept = load_trained(str(done.folder)).files if done else None
    views = {
        "Leaderboard": lambda: compare.show_board(outcome, SLUG),
        "Errors by class": lambda: compare.show_errors(outcome, SLUG),
        "Curves": lambda: compare.show_curves(outcome, SLUG),
        "Folds": lambda: compare.show_folds(outcome, SLUG),
        "Boundaries": lambda: show_boundaries(model, table, f"{SLUG}_train"),
        "Take away": lambda: show_files(iris, model, table, kept),
    }
    show_views(views, SLUG)


def show_boundaries(model: iris.Model, table: Table, key: str) -> None:
    """Draw where answers change on two axes."""
    show_planes(make_planes(iris, model, table, split_table(iris, model, table)), key)


def show_if_trained(draw: Callable[[iris.Model, Table], None], table: Table, job: Job | None) -> None:
    """Draw what needs a model, or say that this table has none yet."""
    model = load_model(table, jobs.find_done(job, table))
    if model is None:
        show_untrained(SLUG, table.name)
    else:
        draw(model, table)


def show_trial(model: iris.Model, table: Table) -> None:
    """Ask every model about one case, or one model about a file."""
    answerer = make_answerer(iris, model, table)
    show_case(answerer, f"{SLUG}_case")
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(model: iris.Model, table: Table) -> None:
    """Explain single answers, the columns that matter, and where answers change."""
    outcome, data = make_outcome(model, table), split_table(iris, model, table)
    show_reasons(outcome, make_answerer(iris, model, table), f"{SLUG}_explain")
    show_importance(outcome, lambda name: measure_importance(outcome.key, name, model, data), f"{SLUG}_explain")
    st.subheader("Where does an answer change?", anchor=False)
    show_boundaries(model, table, f"{SLUG}_explain")


@guard()
def show_page() -> None:
    """Draw the page."""
    head = st.container()
    job = jobs.find_page_job(SLUG)
    jobs.restore_table(SLUG, job)
    table = choose_table(SLUG)
    with head:
        show_header(SLUG, table, describe_model(table, jobs.find_done(job, table)))
    parts = (
        partial(show_explore, table, SLUG),
        partial(show_comparison, table, job),
        partial(show_if_trained, show_trial, table, job),
        partial(show_if_trained, show_reasoning, table, job),
        partial(show_learn, iris.LESSONS, iris.QUESTIONS, SLUG),
    )
    show_tabs(SLUG, parts)


show_page()
