"""Customer churn, or any table of who left: compare models, act on them, see on whom it falls, watch, learn how."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.table import Table
from core.tabular import churn
from pages.kit import compare
from pages.kit.acting import show_acting, show_call, show_price, show_watching
from pages.kit.cases import show_batch
from pages.kit.compare import Outcome, show_verdicts
from pages.kit.contacts import show_contacts
from pages.kit.customers import make_answerer, show_columns, show_customer, show_methods
from pages.kit.errors import escape
from pages.kit.held_out import show_row_by_row
from pages.kit.leaderboard import show_leaderboard
from pages.kit.models import Models, name_run
from pages.kit.portfolio import show_portfolio
from pages.kit.resampling import show_smote
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part, show_views
from pages.kit.training import Training

SLUG = "churn"
ABOUT = {
    "quick": "Two models with and without SMOTE, five folds. Seconds on Telco.",
    "full": "As the shipped result: three models with and without SMOTE, folds inside folds. A minute or two.",
}
MODELS = Models(SLUG, churn, bundled="telco_churn", unbeaten="no model beats the churn rate")
TRAINING = Training(SLUG, "core.tabular.churn:run_job", churn.Recipe, churn.RECIPES, ABOUT, hidden=("target",))


def make_views(model: churn.Model, table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    return {
        "Leaderboard": partial(show_board, model),
        "Curves": lambda: compare.show_curves(make_outcome(model, table), SLUG),
        "Threshold": partial(show_acting, churn, model, SLUG),
        "Fairness": partial(show_price, churn, model, SLUG),
        "Portfolio": partial(show_portfolio, churn, model, SLUG),
        "Contacts": partial(show_contacts, churn, model, SLUG),
        "Monitoring": partial(show_watching, churn, model, SLUG),
    }


def make_outcome(model: churn.Model, table: Table) -> Outcome:
    """Gather a run's comparison; every row was scored by models that did not learn from it."""
    held_out = model.held_out
    return Outcome(
        key=name_run(model),
        models=model.names,
        classes=model.schema.classes,
        y=held_out.y,
        probabilities=held_out.probabilities,
        rows=table.frame[model.schema.names].reset_index(drop=True).iloc[held_out.ids],
        fold_scores=model.fold_scores["roc_auc"],
        leaderboard=model.leaderboard,
        scores=model.scores,
    )


def show_board(model: churn.Model) -> None:
    """Draw a leak alarm, who leads, which differences are real, and what SMOTE is worth."""
    if model.alarm:
        st.warning(escape(model.alarm), icon=":material/notification_important:")
    rows = model.leaderboard
    show_leaderboard(rows, f"{SLUG}_board")
    show_verdicts(rows)
    show_row_by_row(churn.compare_row_by_row(model), "roc_auc", model.recipe.n_folds)
    show_smote(churn, model, SLUG)
    show_call(churn, model, "project.compare_smote(model)", f"{SLUG}_board")


def show_trial(model: churn.Model, _table: Table) -> None:
    """Ask about one customer, or about a file of them."""
    answerer = make_answerer(churn, model)
    show_customer(churn, model, answerer, SLUG)
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(model: churn.Model, _table: Table) -> None:
    """Explain the columns that tell who leaves, and single customers by several methods."""
    views = {
        "Columns": partial(show_columns, churn, model, f"{SLUG}_explain"),
        "One customer": partial(show_methods, churn, model, f"{SLUG}_explain"),
    }
    show_views(views, f"{SLUG}_explain")


show_table_page(TablePage(MODELS, TRAINING, make_views, show_trial, show_reasoning))
