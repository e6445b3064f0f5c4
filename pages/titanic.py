"""Titanic survival: explore the passengers, compare models with the sex-only rule, ask them, see why, learn how."""

from __future__ import annotations

from functools import partial

from core.datasets.table import Table
from core.tabular import titanic
from pages.kit import compare
from pages.kit.cases import show_batch, show_case
from pages.kit.classifier import make_answerer, make_outcome
from pages.kit.explain import show_reasons
from pages.kit.models import Models
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part
from pages.kit.training import Training

SLUG = "titanic"
ABOUT = {
    "quick": "Three models and two baselines, five folds once. A few seconds.",
    "full": "As the shipped result: ten folds five times, grids, imbalance and explanations. A few minutes.",
}
TRAINING = Training(SLUG, "core.tabular.titanic:run_job", titanic.Recipe, titanic.RECIPES, ABOUT)


def make_views(model: titanic.Model, table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    outcome = make_outcome(model, titanic.standardise(table))
    return {
        "Leaderboard": partial(compare.show_board, outcome, SLUG),
        "Errors by class": partial(compare.show_errors, outcome, SLUG),
        "Curves": partial(compare.show_curves, outcome, SLUG),
        "Folds": partial(compare.show_folds, outcome, SLUG),
    }


def show_trial(model: titanic.Model, table: Table) -> None:
    """Ask every model about one passenger, or one model about a file."""
    answerer = make_answerer(titanic, model, titanic.standardise(table))
    show_case(answerer, f"{SLUG}_case")
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(model: titanic.Model, table: Table) -> None:
    """Explain single answers."""
    own = titanic.standardise(table)
    show_reasons(make_outcome(model, own), make_answerer(titanic, model, own), f"{SLUG}_explain")


show_table_page(TablePage(Models(SLUG, titanic, bundled="titanic"), TRAINING, make_views, show_trial, show_reasoning))
