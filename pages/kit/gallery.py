"""Home: what this is, a search, a card for each built project, and the box for a person's own data.

Left out: the pages themselves; a card only reads a project's registry row, its picture and its stored scores.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import streamlit as st

from core.datasets.catalogue import DATA, find_entry, load_catalogue
from core.hub.artifacts import headline
from core.hub.errors import HubError
from core.hub.registry import FAMILIES, Family, Project, find_built
from core.hub.settings import ROOT
from pages.kit.errors import guard
from pages.kit.header import FAMILY_ICONS
from pages.kit.intake import FORMATS, list_brings, show_answer, show_intake
from pages.kit.keeping import follow_session
from pages.kit.theme import FAVICON, TITLE
from pages.kit.wording import name_metric, name_split, show_interval, show_value

SHOTS, SHOTS_URL = ROOT / "static" / "shots", "app/static/shots"
CARD_WIDTH, LEAST_COLUMNS, MOST_COLUMNS = 250, 3, 4
TASKS = {"class": "classification", "number": "regression"}
ABOUT = "train and compare models on it, see how sure each answer is, and read how each method works."


@guard()
def show_gallery() -> None:
    """Draw Home."""
    st.set_page_config(page_title=TITLE, page_icon=FAVICON, layout="wide")
    st.title(TITLE, anchor=False)
    projects = find_built()
    st.markdown(f"Bring {list_brings(projects)}: {ABOUT}")
    follow_session()
    answer = show_intake()
    chosen = find_projects(projects, *_ask_filter(projects))
    if projects and not chosen:
        st.info("No project fits this search. Clear it to see all.", icon=":material/search_off:")
    with st.grid(max(LEAST_COLUMNS, min(MOST_COLUMNS, len(projects))), min_column_width=CARD_WIDTH, gap="medium"):
        for project in chosen:
            _show_card(project)
    show_answer(answer)


def _ask_filter(projects: Sequence[Project]) -> tuple[str, Family | None]:
    """Draw the search box and the families that have a page."""
    families = list(dict.fromkeys(project.family for project in projects))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        query = st.text_input(
            "Search",
            key="home_search",
            type="search",
            placeholder="Search methods, data and words",
            label_visibility="collapsed",
            icon=":material/search:",
            live=True,
            bind="query-params",
            width=380,
        )
        family = st.pills(
            "Family",
            families,
            format_func=lambda each: f":material/{FAMILY_ICONS[each]}: {FAMILIES[each]}",
            key="home_family",
            label_visibility="collapsed",
            bind="query-params",
            wrap=True,
        )
    return query or "", family


def find_projects(projects: Sequence[Project], query: str, family: Family | None = None) -> tuple[Project, ...]:
    """Return the projects of a family in which every word of the query occurs.

    Examples
    --------
    >>> from core.hub.registry import PROJECTS
    >>> [project.slug for project in find_projects(PROJECTS, "Conformal TREE")]
    ['iris', 'housing']
    """
    words = query.lower().split()
    return tuple(
        project
        for project in projects
        if (family is None or project.family == family) and all(word in _text(project) for word in words)
    )


def _text(project: Project) -> str:
    """Return everything that a project is found by, in lower case."""
    parts = (project.title, project.line, project.keywords, FAMILIES[project.family], *project.brings)
    formats = (FORMATS.get(bring, "") for bring in project.brings)
    return " ".join((*parts, *formats, *_list_data(project))).lower()


def _list_data(project: Project) -> Iterator[str]:
    """List the words of the bundled tables that a project offers: their titles, columns and classes."""
    task = TASKS.get(project.needs.target) if project.needs is not None else None
    for entry in load_catalogue():
        if entry.name == project.slug or entry.task == task:
            yield from (entry.title, *entry.kinds, *load_classes(entry.name))


@lru_cache(maxsize=64)
def load_classes(name: str) -> tuple[str, ...]:
    """Read the class names of a bundled table once, by themselves: no table is made.

    Examples
    --------
    >>> load_classes("iris")
    ('setosa', 'versicolor', 'virginica')
    """
    entry = find_entry(name)
    if entry.task != "classification":
        return ()
    with (DATA / entry.file).open(encoding="utf-8", newline="") as file:
        return tuple(sorted({row[entry.target] for row in csv.DictReader(file)} - {""}))


def find_shot(slug: str, dark: bool) -> Path | None:
    """Return the picture of a page in the theme in use, or in the other, or None where none was made."""
    names = (f"{slug}_dark.webp", f"{slug}.webp") if dark else (f"{slug}.webp", f"{slug}_dark.webp")
    return next((SHOTS / name for name in names if (SHOTS / name).is_file()), None)


def _show_card(project: Project) -> None:
    """Draw a project's card in few parts, as each costs the browser time: words, score and the way to the page."""
    shot = find_shot(project.slug, st.context.theme.type == "dark")
    with st.container(border=True, height="stretch", gap="small", key=f"card_{project.slug}"):
        picture = f"![The page {project.title}]({SHOTS_URL}/{shot.name})\n\n" if shot is not None else ""
        st.markdown(f"{picture}### :material/{project.icon}: {project.title}\n\n{project.line}", anchors=False)
        st.space("stretch")
        brings = " · ".join(bring.capitalize() for bring in project.brings) or "Nothing to bring"
        lines = (describe_headline(project), f":small[:gray[{brings}]]")
        st.markdown("  \n".join(filter(None, lines)))
        st.page_link(project.page, label="Open", icon=":material/arrow_forward:", icon_position="right")


def describe_headline(project: Project) -> str:
    """Write a project's headline score with its interval, what was scored, and the baseline; empty without a card."""
    try:
        row = headline(project)
    except HubError:
        return ":gray[:material/error: its scores cannot be read]"
    if row is None:
        return ""
    value, baseline = show_value(row.value, row.unit), show_value(row.baseline_value, row.unit)
    # a certified value has no sampling error, so no interval
    interval = f"{show_interval(row.low, row.high)}, " if row.low < row.high else ""
    return (
        f"**{name_metric(row.metric)} {value}** :small[:gray[{interval}"
        f"{name_split(row.split)} of {row.n:,}; {row.baseline}: {baseline}]]"
    )
