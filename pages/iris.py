"""Iris classification, or any table with a class column: explore it, compare models, ask them, see why, learn how."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.table import Table
from core.tabular import iris
from pages.kit import compare
from pages.kit.cases import show_batch, show_case
from pages.kit.classifier import make_answerer, make_outcome, make_planes, measure_importance, split_table
from pages.kit.explain import show_importance, show_reasons
from pages.kit.models import Models
from pages.kit.planes import show_planes
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part
from pages.kit.training import Training

SLUG = "iris"
ABOUT = {
    "quick": "Nine models and a baseline, five folds twice. Seconds on Iris; up to two minutes on the largest tables.",
    "full": "As the shipped result: ten folds ten times, each row left out once. A few minutes.",
}
TRAINING = Training(SLUG, "core.tabular.iris:run_job", iris.Recipe, iris.RECIPES, ABOUT, hidden=("target",))


def make_views(model: iris.Model, table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    outcome = make_outcome(model, table)
    return {
        "Leaderboard": partial(compare.show_board, outcome, SLUG),
        "Errors by class": partial(compare.show_errors, outcome, SLUG),
        "Curves": partial(compare.show_curves, outcome, SLUG),
        "Folds": partial(compare.show_folds, outcome, SLUG),
        "Boundaries": partial(show_boundaries, model, table, f"{SLUG}_train"),
    }


def show_boundaries(model: iris.Model, table: Table, key: str) -> None:
    """Draw where answers change on two axes."""
    show_planes(make_planes(iris, model, table, split_table(iris, model, table)), key)


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


show_table_page(TablePage(Models(SLUG, iris, bundled="iris"), TRAINING, make_views, show_trial, show_reasoning))
