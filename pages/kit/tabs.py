"""The five tabs that every page has, in one order and in the same words; only the open one is drawn.

Left out: what stands in them.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.kit.errors import guard

TABS = ("Explore", "Train & compare", "Try it", "Explain", "Learn")
Part = Callable[[], None]


def show_tabs(slug: str, parts: tuple[Part, Part, Part, Part, Part]) -> None:
    """Draw the tabs of a page and, of their parts, the open one; the open tab stands in the address.

    Parameters
    ----------
    parts : tuple of callable
        What draws each tab, in the order of ``TABS``.
    """
    for tab, draw in zip(st.tabs(TABS, key=f"{slug}_tab", bind="query-params"), parts, strict=True):
        if tab.open:
            with tab, guard():
                draw()


def open_tab(slug: str, name: str) -> None:
    """Open a tab in the next run; for a button's ``on_click``."""
    st.session_state[f"{slug}_tab"] = name


def show_views(views: dict[str, Part], key: str) -> None:
    """Draw a row of views and the chosen one; the first is chosen at first."""
    names = list(views)
    chosen = st.segmented_control("View", names, default=names[0], required=True, key=f"{key}_view", wrap=True,
                                  label_visibility="collapsed", persist_state="session")  # fmt: skip
    with guard():
        views[chosen if chosen in views else names[0]]()


def show_untrained(slug: str, name: str) -> None:
    """Say what is missing where a table has no model yet, with the way to one."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown(":material/model_training: **No model has learnt from this table yet**", text_alignment="center")
        st.caption(name, text_alignment="center")
        st.button("Go to Train & compare", key=f"{slug}_to_training", icon=":material/arrow_forward:",
                  on_click=open_tab, args=(slug, TABS[1]))  # fmt: skip
