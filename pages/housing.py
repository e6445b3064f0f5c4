"""Housing price, or any table with a number: explore it, compare models, ask them, see why, learn how."""

from __future__ import annotations

from functools import partial

from core.datasets.table import Table
from core.tabular import housing
from pages.kit.cases import show_batch
from pages.kit.compare import show_verdicts
from pages.kit.leaderboard import show_leaderboard
from pages.kit.models import Models
from pages.kit.numbers import make_answerer, show_number_case
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part
from pages.kit.training import Training

SLUG = "housing"
ABOUT = {
    "quick": "Two lines, LightGBM and the neighbourhood's median, five folds. Some six seconds on Ames.",
    "full": "As the shipped result: six models, and what logs, scaling and the author's rule change. Three minutes.",
}
TRAINING = Training(SLUG, "core.tabular.housing:run_job", housing.Recipe, housing.RECIPES, ABOUT, hidden=("target",))


def make_views(model: housing.Model, _table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    return {"Leaderboard": partial(show_board, model)}


def show_board(model: housing.Model) -> None:
    """Draw who leads, by how much, and which differences are real."""
    rows = model.leaderboard
    show_leaderboard(rows, f"{SLUG}_board")
    show_verdicts(rows)


def show_trial(model: housing.Model, _table: Table) -> None:
    """Ask the models about one house, or one model about a file."""
    answerer = make_answerer(housing, model)
    show_number_case(answerer, f"{SLUG}_case")
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(_model: housing.Model, _table: Table) -> None:
    """Explain the models."""


show_table_page(
    TablePage(Models(SLUG, housing, bundled="ames"), TRAINING, make_views, show_trial, show_reasoning, is_class=False)
)
