"""Linear regression by hand: explore a table with a number, fit it eight ways, ask the line, see why, learn how."""

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
from core.scratch import linear_regression as project
from pages.kit import coefficients, jobs
from pages.kit.cases import show_batch
from pages.kit.chooser import choose_table
from pages.kit.compare import show_verdicts
from pages.kit.descent import show_descent
from pages.kit.errors import guard, show_error
from pages.kit.explore import show_explore
from pages.kit.header import show_header
from pages.kit.leaderboard import show_leaderboard
from pages.kit.learn import show_learn
from pages.kit.numbers import make_answerer, show_number_case
from pages.kit.tabs import show_tabs, show_untrained, show_views
from pages.kit.takeaway import show_files, show_origin
from pages.kit.training import Training, show_training
from pages.kit.uploads import drop_with_session

SLUG, BUNDLED = "linear_regression", "diabetes"
ABOUT = {
    "quick": "Eight ways to a line and the mean, five folds twice. A few seconds.",
    "full": "As the shipped result: ten folds ten times. About half a minute.",
}
JOB = "core.scratch.linear_regression:run_job"
TRAINING = Training(SLUG, JOB, project.Recipe, project.RECIPES, ABOUT, hidden=("target",))


@st.cache_resource(max_entries=1, show_spinner="Loading the shipped lines…")
def load_shipped() -> project.Model:
    """Load the shipped lines once for everyone, after their hashes were checked."""
    return project.load_model(load_artifact(SLUG).folder / "weights")


@st.cache_resource(max_entries=4, scope="session", show_spinner="Loading the trained lines…")
def load_trained(folder: str) -> project.Result:
    """Load what a finished job left behind once for its session."""
    return project.open_result(Path(folder))


drop_with_session(SLUG, load_trained)


def load_model(table: Table, done: Job | None) -> project.Model | None:
    """Return the lines that learnt from this table: the job's, else the shipped ones, else none."""
    try:
        if done is None and table.sha256 != find_entry(BUNDLED).sha256:
            return None
        model = load_shipped() if done is None else load_trained(str(done.folder)).model
    except HubError as error:
        show_error(error)
        return None
    return model if model.schema.target == table.target else None


def describe_model(table: Table, done: Job | None) -> str:
    """Name the line that answers for a table, without loading it; empty for the shipped one."""
    if done is not None:
        name = "no line beats the mean" if done.summary.get("unbeaten") else done.summary["best"]
        return f"{name} · trained here"
    return "" if table.sha256 == find_entry(BUNDLED).sha256 else "no model yet"


def show_comparison(table: Table, job: Job | None) -> None:
    """Draw the run under way, the latest result, and the way to another run."""
    done = jobs.find_done(job, table)
    model = load_model(table, done)
    show_training(TRAINING, table, job, is_trained=model is not None)
    if model is None:
        return
    show_origin(model, project.describe_command(model), is_shipped=done is None)
    kept = load_trained(str(done.folder)).files if done else None
    views = {
        "Leaderboard": lambda: show_board(model),
        "Descent": lambda: coefficients.show_walks(model, SLUG),
        "Held-out rows": lambda: coefficients.show_held_out(model, SLUG),
        "Certified digits": lambda: coefficients.show_certified(SLUG),
        "Take away": lambda: show_files(project, model, table, kept),
    }
    show_views(views, SLUG)


def show_board(model: project.Model) -> None:
    """Draw who leads, by how much, and which differences are real."""
    rows = model.leaderboard
    show_leaderboard(rows, f"{SLUG}_board")
    show_verdicts(rows)


def show_if_trained(draw: Callable[[project.Model], None], table: Table, job: Job | None) -> None:
    """Draw what needs a model, or say that this table has none yet."""
    model = load_model(table, jobs.find_done(job, table))
    if model is None:
        show_untrained(SLUG, table.name)
    else:
        draw(model)


def show_trial(model: project.Model) -> None:
    """Ask the lines about one case, or one line about a file."""
    answerer = make_answerer(project, model)
    show_number_case(answerer, f"{SLUG}_case")
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(model: project.Model) -> None:
    """Explain coefficients, rows that bend the line, the walk down the surface, and each method by its steps."""
    views = {
        "Coefficients": lambda: coefficients.show_coefficients(model, f"{SLUG}_explain"),
        "Rows": lambda: coefficients.show_rows(model, f"{SLUG}_explain"),
        "Cost surface": lambda: show_descent(model, project.find_pair(model), f"{SLUG}_surface"),
        "Step by step": lambda: coefficients.show_steps(f"{SLUG}_steps"),
    }
    show_views(views, f"{SLUG}_explain")


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
        partial(show_explore, table, SLUG, is_class=False),
        partial(show_comparison, table, job),
        partial(show_if_trained, show_trial, table, job),
        partial(show_if_trained, show_reasoning, table, job),
        partial(show_learn, project.LESSONS, project.QUESTIONS, SLUG),
    )
    show_tabs(SLUG, parts)


show_page()
