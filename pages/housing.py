"""Housing price, or any table with a number: explore it, compare models, price one or many, see why, learn how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import streamlit as st

from core.datasets.catalogue import find_entry
from core.datasets.table import Table
from core.hub.contract import Prediction
from core.tabular import housing
from pages.kit import price_runs, price_studies
from pages.kit.charts import show_chart
from pages.kit.compare import show_verdicts
from pages.kit.coverage import show_coverage
from pages.kit.group_importance import show_group_importance
from pages.kit.held_out import show_row_by_row
from pages.kit.leaderboard import show_leaderboard
from pages.kit.models import Models, name_run
from pages.kit.price_files import show_price_file
from pages.kit.price_map import Places, show_price_map
from pages.kit.prices import show_price_case
from pages.kit.programs import show_programs
from pages.kit.residuals import show_residuals
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part, show_views
from pages.kit.targets import show_target
from pages.kit.training import Training

SLUG, BUNDLED = "housing", "ames"
ASKED = tuple(field.name for field in fields(housing.Inputs))
KNOWN = {"cv": "All 72 columns", "cv_form": "The form's 25, the others typical"}
ABOUT = {
    "quick": "Two lines, LightGBM and the neighbourhood's median, five folds. Some eight seconds on Ames.",
    "full": "As the shipped result: six models, and what logs, scaling and the author's rule change. Three minutes.",
}
MODELS = Models(SLUG, housing, bundled=BUNDLED)
TRAINING = Training(SLUG, "core.tabular.housing:run_job", housing.Recipe, housing.RECIPES, ABOUT, hidden=("target",))


def list_looks(table: Table) -> dict[str, Part]:
    """List what Explore shows of prices before it shows every column."""
    if table.target is None or table.kinds[table.target] != "number":
        return {}
    unit = "$" if table.sha256 == find_entry(BUNDLED).sha256 else ""
    looks: dict[str, Part] = {"Price" if unit else "Target": partial(show_target, table, unit, f"{SLUG}_target")}
    if {"longitude", "latitude"} <= set(table.frame.columns):
        looks["Map"] = partial(show_sales, table, unit)
    return looks


def show_sales(table: Table, unit: str) -> None:
    """Draw every row of a table where it lies."""
    east, north, y = (table.frame[name].to_numpy(dtype=float) for name in ("longitude", "latitude", str(table.target)))
    places = Places(east, north, y, str(table.target), lambda value: f"{unit}{value:,.0f}")
    show_price_map({str(table.target): places}, f"{SLUG}_sales")


def make_views(model: housing.Model, _table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    views: dict[str, Part] = {
        "Leaderboard": partial(show_board, model),
        "Held-out answers": partial(price_studies.show_held_out, model, f"{SLUG}_held"),
        "Residuals": partial(show_residuals, price_runs.make_misses(model), f"{SLUG}_residuals"),
        "Ranges": partial(show_ranges, model),
        "Logs": partial(price_studies.show_logs, model, f"{SLUG}_logs"),
        "Scaling": partial(price_studies.show_scaling, model, f"{SLUG}_scaling"),
    }
    return views | ({"Five large houses": partial(price_studies.show_rule, model, SLUG)} if model.is_ames else {})


def show_board(model: housing.Model) -> None:
    """Draw who leads, by how much, and which differences are real."""
    rows = model.leaderboard
    show_leaderboard(rows, f"{SLUG}_board")
    show_verdicts(rows)
    show_row_by_row(housing.compare_row_by_row(model), model.metric, model.recipe.n_folds)
    price_studies.show_figures(model)


def show_ranges(model: housing.Model) -> None:
    """Draw how often ranges hold the truth."""
    words, split = ("neighbourhood", "sales") if model.is_ames else ("group", "rows"), "cv"
    if model.held_out.form:
        split = st.segmented_control("Known of each house", list(KNOWN), default="cv", required=True,
                                     format_func=KNOWN.get, key=f"{SLUG}_known")  # fmt: skip
    measure = partial(list_groups, model, split)
    show_coverage(model.names, measure, model.recipe.coverage, words, f"{SLUG}_ranges")


def list_groups(model: housing.Model, split: str, name: str) -> Any:
    """Measure every group once."""
    return price_runs.list_groups(name_run(model), name, split, housing, model)


def show_trial(model: housing.Model, _table: Table) -> None:
    """Price one case, or the rows of a file, here or from a program."""
    pricer = price_runs.make_pricer(housing, model)
    show_price_case(pricer, f"{SLUG}_case", show_way if model.is_ames else None)
    example = partial(price_runs.make_example, model, tuple(pricer.needed))
    show_price_file(pricer, example, f"{SLUG}_file")


def show_way(values: Mapping[str, Any], _found: Prediction) -> None:
    """Draw the commands that price the house on screen."""
    show_programs(SLUG, {name: values[name] for name in ASKED}, f"{SLUG}_case")


def show_reasoning(model: housing.Model, table: Table) -> None:
    """Explain what moves prices, where they are good, and why least squares explodes."""
    views: dict[str, Part] = {
        "What moves prices": partial(show_topics, model),
        "Importance": partial(show_importance, model, table),
    }
    if model.is_ames:
        views["Map"] = partial(show_map, model)
        views["Why least squares explodes"] = partial(price_studies.show_explosion, model, SLUG)
    show_views(views, f"{SLUG}_explain")


def show_topics(model: housing.Model) -> None:
    """Draw by how much each topic moves answers on average."""
    show_chart(price_runs.topics_chart(model), f"{SLUG}_topics", 480)
    st.caption("Of the rows that were learnt from: exact contributions of the model, columns of one topic added up. "
               "*Importance* asks instead how much worse held-out answers get without a topic.")  # fmt: skip


def show_importance(model: housing.Model, table: Table) -> None:
    """Draw how much the error grows when columns are shuffled among held-out rows."""

    def measure(name: str, by: Any) -> Any:
        return housing.measure_topics(model, housing.load(model.recipe, table), name, by)

    names = tuple(name for name in model.names if name != housing.BASELINE)
    show_group_importance(name_run(model), names, measure, "$" if model.is_ames else "", f"{SLUG}_importance")


def show_map(model: housing.Model) -> None:
    """Draw the neighbourhoods where they lie."""
    show_price_map(price_runs.make_places(housing, model), f"{SLUG}_map")
    st.caption(f"Errors and coverage are those of {model.best} on rows that were held out; *Ranges* lists them.")


show_table_page(
    TablePage(MODELS, TRAINING, make_views, show_trial, show_reasoning, is_class=False, list_looks=list_looks)
)
