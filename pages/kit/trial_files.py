"""A trial's analysis to take away: report, numbers, plan, the rows, and the commands that give the same again.

Left out: what a worker's run leaves behind (``trial_promises``).
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.experimentation.ab_testing.analysis import Analysis
from core.hub.fields import recipe_to_json
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape
from pages.kit.models import load_shipped
from pages.kit.trials import SLUG, TABLE_FILE, find_trial, load_data, show_command
from pages.kit.uploads import drop_with_session


def show_files(found: Analysis, table: Table) -> None:
    """Offer the analysis as files, made when they are asked for."""
    make = partial(make_model, found, table)
    name = f"{found.plan.metric}-{found.plan.first}-{found.plan.second}"
    files = [
        Download("report.pdf", lambda: project.make_run_report(make()), project.DOWNLOADS["report.pdf"]),
        Download("model.zip", lambda: project.make_download(make()), project.DOWNLOADS["model.zip"]),
        Download("tests.csv", lambda: _to_csv(project.list_tests(found)), project.DOWNLOADS["tests.csv"]),
        Download("recipe.json", recipe_to_json(make_recipe_of(found)).encode(), project.DOWNLOADS["recipe.json"]),
        Download(TABLE_FILE, lambda: table.frame.to_parquet(index=False), "the rows, as the command reads them"),
    ]
    show_downloads(files, f"{SLUG}_files")
    st.caption(f"{escape(name)}. The report holds decision, arms, tests, segments, guardrails, simulated promises and "
               "the plan; equal data and plans give equal bytes.")  # fmt: skip
    st.code(f"python -m core train ab_testing --recipe recipe.json{_name_table(table, found)}", language="bash",
            wrap_lines=True)  # fmt: skip
    show_command(found, table)


def make_recipe_of(found: Analysis) -> project.Recipe:
    """Return the recipe of a plan's report: simulated as often as the shipped promises, where those serve it."""
    shipped, plan = load_shipped(SLUG, project).recipe, found.plan
    same = (plan.alpha, plan.seed) == (shipped.alpha, shipped.seed)
    return replace(plan, simulations=shipped.simulations) if same else plan


def _name_table(table: Table, found: Analysis) -> str:
    """Name the table of a command; a bundled trial needs none."""
    return "" if find_trial(table) else f" --table {TABLE_FILE} --target {shlex.quote(found.plan.metric)}"


def _to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV."""
    from core.datasets.export import to_csv

    return to_csv(frame)


def make_model(found: Analysis, table: Table) -> project.Model:
    """Join an analysis with the promises of its plan: the shipped ones where they are for the same error and seed."""
    recipe = make_recipe_of(found)
    if recipe.simulations == found.plan.simulations:
        return load_model(table.sha256, found.plan, table)
    shipped = load_shipped(SLUG, project)
    return project.Model(recipe, found, shipped.guarantees, "" if find_trial(table) else TABLE_FILE)


@st.cache_resource(max_entries=4, scope="session", show_spinner="Simulating the promises…")
def load_model(sha256: str, plan: project.Recipe, _table: Table) -> project.Model:
    """Analyse and simulate once."""
    return project.train(plan, load_data(sha256, plan, _table))


drop_with_session("trial_models", load_model)
