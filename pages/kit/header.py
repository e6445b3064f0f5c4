"""The head of every page: its name, the problem in one sentence, which data and model it shows, and the model's card.

A page may be opened by its address on a server that has not drawn Home yet, so the head sets title and favicon itself
and relies on nothing that the router made.

Left out: choosing the data (``chooser``) and the model (the page).
"""

from __future__ import annotations

import streamlit as st

from core.datasets.table import Table
from core.hub.artifacts import MODELS, headline
from core.hub.registry import FAMILIES, Family, Project, find_project
from pages.kit.errors import escape, guard
from pages.kit.theme import FAVICON, TITLE

FAMILY_ICONS: dict[Family, str] = {
    "tabular": "table_chart", "scratch": "construction", "vision": "visibility", "text": "article",
    "documents": "document_scanner", "forecasting": "trending_up", "recommendation": "recommend",
    "automl": "auto_awesome", "experimentation": "science", "reinforcement": "sports_esports",
    "streaming": "stream", "operations": "settings_suggest",
}  # fmt: skip
LONGEST_NAME = 48


def show_header(slug: str, data: Table | str | None = None, model: str = "") -> None:
    """Draw the head of a page.

    Parameters
    ----------
    slug : str
        The project.
    data : Table or str, optional
        What the page shows now; None leaves the badge away.
    model : str
        Which model answers and since when; empty means the shipped one, named by its scores.
    """
    project = find_project(slug)
    st.set_page_config(page_title=f"{project.title} · {TITLE}", page_icon=FAVICON, layout="wide")
    with st.container(gap="small"):
        st.title(project.title, icon=f":material/{project.icon}:", anchor=False)
        st.markdown(project.line)
        with guard(), st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _show_badges(project, describe_data(data), model or describe_model(project))


def _show_badges(project: Project, data: str, model: str) -> None:
    """Draw family, data and model as badges, and the way to the card where there is one."""
    st.badge(FAMILIES[project.family], icon=f":material/{FAMILY_ICONS[project.family]}:", color="gray")
    if data:
        st.badge(escape(data), icon=":material/database:", color="blue")
    if model:
        st.badge(escape(model), icon=":material/deployed_code:", color="violet")
    card = load_card(project.slug)
    if card and st.button("Model card", key=f"{project.slug}_card", type="tertiary", icon=":material/description:"):
        _show_card(card)


def describe_data(data: Table | str | None) -> str:
    """Name the data in a few words.

    Examples
    --------
    >>> describe_data("Iris, 150 rows")
    'Iris, 150 rows'
    """
    if not isinstance(data, Table):
        return data or ""
    name = data.name if len(data.name) <= LONGEST_NAME else data.name[: LONGEST_NAME - 1] + "…"
    whose = "bundled" if data.origin == "bundled" else "yours"
    return f"{name} · {len(data.frame):,} rows · {whose}"


def describe_model(project: Project) -> str:
    """Name the shipped model and its date, from its scores; empty where none is shipped."""
    row = headline(project)
    return "" if row is None else f"{row.model or 'shipped model'} · {row.date}"


def load_card(slug: str) -> str:
    """Return the card of the shipped model without its front matter; empty where there is none."""
    path = MODELS / slug / "full" / "card.md"
    return strip_front_matter(path.read_text(encoding="utf-8")) if path.is_file() else ""


def strip_front_matter(text: str) -> str:
    r"""Cut the block between two lines of three dashes at the start of a text.

    Examples
    --------
    >>> strip_front_matter("---\nslug: iris\n---\n\n# Iris")
    '# Iris'
    """
    if not text.startswith("---\n"):
        return text
    _, _, rest = text[4:].partition("\n---")
    return rest.lstrip("-\n ")


@st.dialog("Model card", width="medium", icon=":material/description:")
def _show_card(card: str) -> None:
    """Show a card over the page."""
    st.markdown(card, anchors=False)
