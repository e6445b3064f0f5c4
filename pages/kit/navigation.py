"""The pages of the app, grouped by family: made from the registry, so that a project that is not built is not there.

Left out: what a page draws.
"""

from __future__ import annotations

import streamlit as st

from core.hub.registry import FAMILIES, Project, find_built
from pages.kit.errors import guard
from pages.kit.gallery import show_gallery
from pages.kit.theme import FAVICON, TITLE

FIRST = ""  # pages without a heading stand on top
ABOUT_DATA = "Bring a table, see what was understood of it, mend it, and send it to the pages it fits."


def make_pages() -> dict[str, list[st.Page]]:
    """Make the navigation: Home and *Your data*, then every built project under its family."""
    pages = {FIRST: [_make_home(), make_data_page()]}
    for project in find_built():
        pages.setdefault(FAMILIES[project.family], []).append(_make_project(project))
    return pages


def _make_home() -> st.Page:
    """Make the page that the app opens with."""
    return st.Page(
        show_gallery, title="Home", icon=":material/home:", default=True, help="Every project, and a search."
    )


def make_data_page() -> st.Page:
    """Make the workbench's page."""
    return st.Page(show_data, title="Your data", icon=":material/upload_file:", url_path="your_data", help=ABOUT_DATA)


def _make_project(project: Project) -> st.Page:
    """Make one project's page; its address is its file's name."""
    return st.Page(project.page, title=project.title, icon=f":material/{project.icon}:", help=project.line)


@guard()
def show_data() -> None:
    """Draw the workbench under its title; it is imported only when it is opened."""
    from pages.kit.workbench import show_workbench

    st.set_page_config(page_title=f"Your data · {TITLE}", page_icon=FAVICON, layout="wide")
    st.title("Your data", icon=":material/upload_file:", anchor=False)
    st.markdown(ABOUT_DATA)
    show_workbench()
