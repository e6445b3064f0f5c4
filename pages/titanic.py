"""Titanic survival: explore the passengers, compare models with the sex-only rule, ask them, see why, learn how."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.table import Table
from core.tabular import titanic
from core.tabular.titanic.cleaning import list_repairs
from core.tabular.titanic.features import MADE_FROM
from core.tabular.titanic.gaps import list_settings
from core.tabular.titanic.passengers import read_passengers
from pages.kit import compare, promises
from pages.kit.attribution import show_overall, show_reasons_side_by_side
from pages.kit.cases import show_batch
from pages.kit.classifier import make_outcome
from pages.kit.errors import escape
from pages.kit.live import show_live
from pages.kit.models import Models
from pages.kit.passenger_reasons import make_reasons, show_belief
from pages.kit.passengers import describe_making, make_answerer, make_columns, make_live, standardise
from pages.kit.pipeline import show_made, show_pipelines, show_repairs
from pages.kit.surface import Surface, show_surfaces
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part, show_views
from pages.kit.training import Training

SLUG = "titanic"
ABOUT = {
    "quick": "Three models and two baselines, five folds once. A few seconds.",
    "full": "As the shipped result: ten folds five times, grids, imbalance and explanations. A few minutes.",
}
TRAINING = Training(SLUG, "core.tabular.titanic:run_job", titanic.Recipe, titanic.RECIPES, ABOUT)
REPAIRS = """from core.datasets.catalogue import load_table
from core.tabular.titanic import Recipe, load

print(load(Recipe(), load_table("titanic")).repairs.to_string())"""


def list_looks(table: Table) -> dict[str, Part]:
    """List what is to be seen of a table of passengers: what was wrong with it, and what is made of it."""
    return {"Cleaning": partial(show_cleaning, table), "Made columns": partial(show_columns, table)}


def show_cleaning(table: Table) -> None:
    """Draw what was wrong with the table and what was done."""
    own = read_passengers(table)
    show_repairs(list_repairs(table, own), len(table.frame), len(own), REPAIRS)


def show_columns(table: Table) -> None:
    """Draw made columns beside the raw ones."""
    own = standardise(table)
    show_made(own.frame[list(titanic.COLUMNS)], make_columns(own), MADE_FROM, f"{SLUG}_made")


def make_views(model: titanic.Model, table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    outcome = make_outcome(model, standardise(table))
    return {
        "Leaderboard": partial(show_board, model, outcome),
        "Sex-only rule": partial(promises.show_floor, model.against_sex, titanic.BASELINE, len(outcome.y), SLUG),
        "Folds, tickets, held-out": partial(show_gap, model),
        "Pipeline": partial(show_pipelines, model.pipelines, model.names, describe_making(model), f"{SLUG}_pipeline"),
        "Grid search": partial(show_grids, model),
        "Imbalance": partial(show_imbalance, model),
        "Errors by class": partial(compare.show_errors, outcome, SLUG),
        "Curves": partial(compare.show_curves, outcome, SLUG),
        "Folds": partial(compare.show_folds, outcome, SLUG),
    }


def show_board(model: titanic.Model, outcome: compare.Outcome) -> None:
    """Draw who leads, and say which model answers first and why."""
    st.markdown(f":material/how_to_vote: {escape(model.reason)}")
    compare.show_board(outcome, SLUG)
    if model.deployed:
        st.caption(f":material/block: {escape(model.deployed)}")


def show_gap(model: titanic.Model) -> None:
    """Draw random folds, folds of tickets and held-out rows side by side, and the check with shuffled fates."""
    folds, command = (model.folds, model.studies.ticket_folds), titanic.describe_command(model)
    names = [name for name in model.names if name not in titanic.BASELINES[1:]]
    title, settings = titanic.gap_chart(names, folds, model.right).title, list_settings(names, folds, model.right)
    promises.show_promise(
        promises.Promise(title, settings, ("random", "tickets", "held-out"), model.gap, command), SLUG
    )
    st.subheader("Does anything leak?", anchor=False)
    shuffled = model.studies.shuffled
    sizes = shuffled.n_train, shuffled.n_test
    promises.show_shuffled(
        {name: shuffled.scores["balanced_accuracy"][name] for name in names[:-1]}, sizes, command, f"{SLUG}_shuffled"
    )


def show_grids(model: titanic.Model) -> None:
    """Draw the whole surface of every grid search."""
    grids = model.studies.grids
    surfaces = {
        grid.model: Surface(grid.x_name, grid.y_name, grid.x, grid.y, grid.mean, grid.error, sentence=grid.sentence)
        for grid in grids
    }
    show_surfaces(surfaces, f"{SLUG}_grid")


def show_imbalance(model: titanic.Model) -> None:
    """Draw what class weights and thresholds do."""
    counts, found = model.source.class_counts, model.studies.remedies
    share = counts["Yes"] / sum(counts.values())
    st.markdown(f"**{share:.0%} lived** ({counts['Yes']:,} of {sum(counts.values()):,}): uneven, not rare. A "
                "weight makes survivors count more while a model is fitted; a threshold says Yes sooner.")  # fmt: skip
    names = [name for name in model.recipe.models if len(found) and name in set(found["model"])]
    charts = {
        name: (titanic.remedies_chart(found, name), titanic.describe_remedies(found, name))
        for name in sorted(names, key=model.names.index)
    }
    figures = promises.pivot_remedies(found, model.names) if charts else None
    promises.show_choice(charts, figures, f"{SLUG}_imbalance")


def show_trial(model: titanic.Model, table: Table) -> None:
    """Ask a model about one passenger as the form moves, or about a file; or from a program."""
    own = standardise(table)
    views: dict[str, Part] = {
        "One passenger": lambda: show_live(make_live(model, own), f"{SLUG}_live"),
        "Many from a file": lambda: show_batch(make_answerer(model, own), f"{SLUG}_batch"),
    }
    show_views(views, f"{SLUG}_trial")


def show_reasoning(model: titanic.Model, table: Table) -> None:
    """Explain held-out passengers by four methods, and put the methods to the test."""
    own, key = standardise(table), f"{SLUG}_explain"
    views: dict[str, Part] = {
        "One passenger": lambda: show_reasons_side_by_side(make_reasons(model, own, is_bounded=True), key),
        "All passengers": lambda: show_overall(make_reasons(model, own, is_bounded=False), key),
        "Can reasons be believed?": partial(show_belief, model, own, key),
    }
    show_views(views, key)


MODELS = Models(SLUG, titanic, bundled="titanic", unbeaten="no model beats the sex-only rule")
show_table_page(TablePage(MODELS, TRAINING, make_views, show_trial, show_reasoning, list_looks=list_looks))
