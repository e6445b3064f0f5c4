"""Linear regression by hand: explore a table with a number, fit it eight ways, ask the line, see why, learn how."""

from __future__ import annotations

from functools import partial

from core.datasets.table import Table
from core.scratch import linear_regression as project
from pages.kit import coefficients
from pages.kit.cases import show_batch
from pages.kit.compare import show_verdicts
from pages.kit.descent import show_descent
from pages.kit.leaderboard import show_leaderboard
from pages.kit.models import Models
from pages.kit.numbers import make_answerer, show_number_case
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part, show_views
from pages.kit.training import Training

SLUG = "linear_regression"
ABOUT = {
    "quick": "Eight ways to a line and the mean, five folds twice. A few seconds.",
    "full": "As the shipped result: ten folds ten times. About half a minute.",
}
JOB = "core.scratch.linear_regression:run_job"
MODELS = Models(SLUG, project, bundled="diabetes", unbeaten="no line beats the mean")
TRAINING = Training(SLUG, JOB, project.Recipe, project.RECIPES, ABOUT, hidden=("target",))


def make_views(model: project.Model, _table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    return {
        "Leaderboard": partial(show_board, model),
        "Descent": partial(coefficients.show_walks, model, SLUG),
        "Held-out rows": partial(coefficients.show_held_out, model, SLUG),
        "Certified digits": partial(coefficients.show_certified, SLUG),
    }


def show_board(model: project.Model) -> None:
    """Draw who leads, by how much, and which differences are real."""
    rows = model.leaderboard
    show_leaderboard(rows, f"{SLUG}_board")
    show_verdicts(rows)


def show_trial(model: project.Model, _table: Table) -> None:
    """Ask the lines about one case, or one line about a file."""
    answerer = make_answerer(project, model)
    show_number_case(answerer, f"{SLUG}_case")
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(model: project.Model, _table: Table) -> None:
    """Explain coefficients, rows that bend the line, the walk down the surface, and each method by its steps."""
    views = {
        "Coefficients": partial(coefficients.show_coefficients, model, f"{SLUG}_explain"),
        "Rows": partial(coefficients.show_rows, model, f"{SLUG}_explain"),
        "Cost surface": partial(show_descent, model, project.find_pair(model), f"{SLUG}_surface"),
        "Step by step": partial(coefficients.show_steps, f"{SLUG}_steps"),
    }
    show_views(views, f"{SLUG}_explain")


show_table_page(TablePage(MODELS, TRAINING, make_views, show_trial, show_reasoning, is_class=False))
