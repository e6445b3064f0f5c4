"""A/B testing: a real trial or one's own, its plan and analysis, four counts, a live log, why, and how it is done."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.hub.jobs import Job
from pages.kit import jobs
from pages.kit.chooser import choose_table
from pages.kit.errors import guard
from pages.kit.experiment_board import show_board
from pages.kit.experiment_duel import show_duel
from pages.kit.header import show_header
from pages.kit.learn import show_learn
from pages.kit.tabs import show_tabs, show_views
from pages.kit.trial_counts import show_counts, show_file
from pages.kit.trial_look import show_look
from pages.kit.trial_reasons import show_reasons
from pages.kit.trial_views import make_views, show_plan
from pages.kit.trials import SLUG, keep_table


@guard()
def show_page() -> None:
    """Draw the page: the header, and of the five tabs the open one."""
    head = st.container()
    job = jobs.find_page_job(SLUG)
    jobs.restore_table(SLUG, job)
    table = choose_table(SLUG, "resumes", keep_table, only=tuple(project.TRIALS))
    with head:
        show_header(SLUG, table)
    parts = (
        partial(show_look, table),
        partial(show_analysis, table, job),
        partial(show_trial, table),
        partial(show_reasons, table),
        partial(show_learn, project.LESSONS, project.QUESTIONS, SLUG),
    )
    show_tabs(SLUG, parts)


def show_analysis(table: Table, job: Job | None) -> None:
    """Train & compare: the plan, its analysis, the looks, the promises and the size."""
    show_plan(table)
    show_views(make_views(table, job), SLUG)


def show_trial(table: Table) -> None:
    """Try it: four counts, a file, a live log, the hub's own models."""
    views = {
        "Four counts": partial(show_counts, f"{SLUG}_counts"),
        "A file": partial(show_file, table, f"{SLUG}_file"),
        "Live experiment": partial(show_board, f"{SLUG}_live"),
        "Champion against challenger": partial(show_duel, f"{SLUG}_duel"),
    }
    show_views(views, f"{SLUG}_trial")


show_page()
