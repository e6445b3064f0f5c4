"""The page of a project that learns from one table: its five tabs, each with the model that answers for the table.

A page brings a :class:`TablePage` and no more: its views of a comparison, its form and its explanations.

Left out: pages whose input is no table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from core.datasets.table import Table
from core.hub.jobs import Job
from pages.kit import jobs
from pages.kit.chooser import choose_table
from pages.kit.errors import guard
from pages.kit.explore import show_explore
from pages.kit.header import show_header
from pages.kit.learn import show_learn
from pages.kit.models import Models, describe_model, find_model, open_job
from pages.kit.tabs import Part, show_tabs, show_untrained, show_views
from pages.kit.takeaway import show_files, show_origin
from pages.kit.training import Training, show_training

Draw = Callable[[Any, Table], None]


@dataclass(frozen=True, slots=True, eq=False)
class TablePage:
    """What a page draws of its project.

    Parameters
    ----------
    make_views : callable
        ``make_views(model, table) -> {name: draw}``: the views of *Train & compare*; *Take away* is added.
    show_trial, show_reasoning : callable
        ``show_trial(model, table)`` draws *Try it*, the other *Explain*.
    is_class : bool
        Whether the target is explored as classes, not as a number.
    list_looks : callable, optional
        ``list_looks(table) -> {name: draw}``: views that *Explore* shows before those of any table.
    """

    models: Models
    training: Training
    make_views: Callable[[Any, Table], dict[str, Part]]
    show_trial: Draw
    show_reasoning: Draw
    is_class: bool = True
    list_looks: Callable[[Table], dict[str, Part]] | None = None


@guard()
def show_table_page(page: TablePage) -> None:
    """Draw the page: the header, and of the five tabs the open one."""
    head, slug, project = st.container(), page.models.slug, page.models.project
    job = jobs.find_page_job(slug)
    jobs.restore_table(slug, job)
    table = choose_table(slug, first=page.models.bundled)
    with head:
        show_header(slug, table, describe_model(page.models, table, jobs.find_done(job, table)))
    parts = (
        partial(show_look, page, table),
        partial(show_comparison, page, table, job),
        partial(show_if_trained, page.models, page.show_trial, table, job),
        partial(show_if_trained, page.models, page.show_reasoning, table, job),
        partial(show_learn, project.LESSONS, project.QUESTIONS, slug),
    )
    show_tabs(slug, parts)


def show_look(page: TablePage, table: Table) -> None:
    """Draw the table, and what the page knows of tables of its own kind."""
    more = page.list_looks(table) if page.list_looks else {}
    show_explore(table, page.models.slug, is_class=page.is_class, more=more)


def show_comparison(page: TablePage, table: Table, job: Job | None) -> None:
    """Draw the run under way, the latest result, and the way to another run."""
    project, done = page.models.project, jobs.find_done(job, table)
    model = find_model(page.models, table, done)
    show_training(page.training, table, job, is_trained=model is not None)
    if model is None:
        return
    show_origin(model, project.describe_command(model), is_shipped=done is None)
    kept = open_job(page.models, done).files if done else None
    views = page.make_views(model, table)
    views["Take away"] = partial(show_files, project, model, table, kept)
    show_views(views, page.models.slug)


def show_if_trained(
    models: Models,
    draw: Draw,
    table: Table,
    job: Job | None,
    show_way: Callable[[str, str], None] = show_untrained,
) -> None:
    """Draw what needs a model, or say that this table has none yet.

    Parameters
    ----------
    show_way : callable
        ``show_way(slug, name of the table)`` says so and shows the way to one.
    """
    model = find_model(models, table, jobs.find_done(job, table))
    if model is None:
        show_way(models.slug, table.name)
    else:
        draw(model, table)
