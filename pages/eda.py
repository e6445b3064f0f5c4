"""The data portfolio: stories, charts, cleaning that can be undone, claims with evidence, rows unlike the rest."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.table import Table
from core.hub.jobs import Job
from core.tabular import eda as project
from core.tabular.eda.stories import find_told
from pages.kit import jobs
from pages.kit.associations import show_associations
from pages.kit.chooser import choose_table
from pages.kit.claims_panel import show_claims
from pages.kit.claims_report import show_report
from pages.kit.cleaning import show_cleaning, show_on_cleaned, show_uncleaned
from pages.kit.drawn import show_charts
from pages.kit.errors import escape, guard
from pages.kit.explore import show_counts, show_rows, show_summary
from pages.kit.fills import show_fills
from pages.kit.gaps import show_gaps
from pages.kit.header import show_header
from pages.kit.learn import show_learn
from pages.kit.models import Models, describe_model, find_model, open_job
from pages.kit.outcome import ask_outcome
from pages.kit.outliers import show_outliers
from pages.kit.scales import show_scales
from pages.kit.stories import show_story
from pages.kit.table_page import show_if_trained
from pages.kit.tabs import TABS, Part, open_tab, show_tabs, show_views
from pages.kit.training import Training, show_training
from pages.kit.unusual import show_rows_trial

SLUG, FIRST, REPORT = "eda", "titanic", "Report"
ABOUT = {
    "quick": "Search the table, then test the search on 40 tables with planted defects. Fifteen to thirty seconds.",
    "full": "As the shipped result: the test takes 420 tables with planted defects. About two minutes.",
}
MODELS = Models(SLUG, project, bundled=FIRST, unbeaten="claims do not beat the alerts")
TRAINING = Training(
    SLUG,
    "core.tabular.eda:run_job",
    project.Recipe,
    project.RECIPES,
    ABOUT,
    hidden=("target",),
    verb="Search",
    button="Search and report",
    doing="Searching",
    icon="search",
)


@guard()
def show_page() -> None:
    """Draw the page: the header, and of the five tabs the open one."""
    head = st.container()
    job = jobs.find_page_job(SLUG)
    jobs.restore_table(SLUG, job)
    table = choose_table(SLUG, FIRST, ask_outcome)
    with head:
        show_header(SLUG, table, describe_run(table, jobs.find_done(job, table)))
    parts = (
        partial(show_look, table),
        partial(show_work, table, job),
        partial(show_if_trained, MODELS, show_trial, table, job, show_unsearched),
        partial(show_if_trained, MODELS, show_reasoning, table, job, show_unsearched),
        partial(show_learn, project.LESSONS, project.QUESTIONS, SLUG),
    )
    show_tabs(SLUG, parts)


def describe_run(table: Table, done: Job | None) -> str:
    """Name the run that speaks of a table."""
    if done is None:
        return describe_model(MODELS, table, done).replace("no model yet", "not searched yet")
    return f"{done.summary['n_claims']:,} claims · found here"


def show_look(table: Table) -> None:
    """Explore: the story of a case study, and charts, associations, gaps, rows and columns of any table."""
    views: dict[str, Part] = {}
    story, key = find_told(table), f"{SLUG}_explore"
    is_class = table.target is not None and table.kinds[table.target] == "category"
    if story is not None:
        views["Story"], key = partial(show_story, story, table, SLUG), f"{key}_told"
    else:
        show_counts(table, is_class=is_class)
    views |= {
        "Charts": partial(show_charts, table, f"{SLUG}_charts", is_class=is_class),
        "Associations": partial(show_associations, table, f"{SLUG}_associations"),
        "Missing": partial(show_gaps, table, f"{SLUG}_gaps"),
        "Rows": partial(show_rows, table),
        "Columns in figures": partial(show_summary, table),
    }
    show_views(views, key)


def show_work(table: Table, job: Job | None) -> None:
    """Train & compare: clean the table, compare fillings, outliers and scales, and have it searched for claims."""
    views: dict[str, Part] = {
        "Clean": partial(show_cleaning, table, SLUG),
        "Fill gaps": partial(show_on_cleaned, show_fills, table, f"{SLUG}_fills"),
        "Outliers": partial(show_on_cleaned, show_outliers, table, f"{SLUG}_outliers"),
        "Scaling": partial(show_on_cleaned, show_scales, table, f"{SLUG}_scales"),
        REPORT: partial(show_run, table, job),
    }
    show_views(views, SLUG)


def show_run(table: Table, job: Job | None) -> None:
    """Draw the run under way, the latest result, and the way to another run."""
    show_uncleaned(table)
    done = jobs.find_done(job, table)
    model = find_model(MODELS, table, done)
    show_training(TRAINING, table, job, is_trained=model is not None)
    if model is not None:
        show_report(project, model, table, open_job(MODELS, done).files if done else None, SLUG)


def show_unsearched(slug: str, name: str) -> None:
    """Say that a table was not searched yet, with the way to a search."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown(":material/search: **This table has not been searched for claims yet**", text_alignment="center")
        st.caption(f"{escape(name)} · it takes fifteen to thirty seconds", text_alignment="center")
        st.button("Go to the search", key=f"{slug}_to_search", icon=":material/arrow_forward:", on_click=open_search)


def open_search() -> None:
    """Open the view in which a search is started."""
    open_tab(SLUG, TABS[1])
    st.session_state[f"{SLUG}_view"] = REPORT


def show_trial(model: project.Model, table: Table) -> None:
    """Judge one row, or the rows of a file."""
    show_rows_trial(project, model, table, SLUG)


def show_reasoning(model: project.Model, table: Table) -> None:
    """Argue every claim."""
    show_claims(model.claims, table, model.recipe.level, f"{SLUG}_claims")


show_page()
