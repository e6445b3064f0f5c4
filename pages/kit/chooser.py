"""The bar on each page that says which data it shows: the session's own, bundled, or a table uploaded right here.

A page opens with the session's own table where that fits, and says so where it does not. An upload replaces the data,
never the page. A table that does not fit is refused with its reason and the page stays as it was.

Left out: preparing a messy table, which is ``workbench``.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.datasets.catalogue import Entry, load_catalogue, load_table
from core.datasets.fit import Fit, is_feature
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.registry import Project, find_project
from pages.kit import session, uploads
from pages.kit.errors import escape
from pages.kit.fits import YOURS, want_table
from pages.kit.keeping import show_lost
from pages.kit.provenance import show_provenance

TASKS = {"class": "classification", "number": "regression"}


@st.cache_data(max_entries=8, show_spinner=False)
def load_bundled(name: str) -> Table:
    """Load a table of the catalogue once."""
    return load_table(name)


def choose_table(
    slug: str, first: str = "", ask: Callable[[Table, str], Table] | None = None, only: tuple[str, ...] = ()
) -> Table:
    """Draw the data bar of a page and return the table to work on, with its target set.

    Parameters
    ----------
    slug : str
        The page; its ``needs`` in the registry decide what fits.
    first : str
        The bundled table that a page starts with where none bears its own name.
    ask : callable, optional
        ``ask(table, slug)`` draws a page's own choice of a column and returns the table with it, instead of the choice
        of the column to predict.
    only : tuple of str
        The bundled tables that a page shows; none: all that suit it.
    """
    project = find_project(slug)
    with st.container(horizontal=True, vertical_alignment="bottom", border=True):
        slot, target_slot = st.container(width=260), st.container(width=220)
        turn = st.session_state.get(f"{slug}_uploads", 0)  # a new key closes the box once a table has arrived
        with st.popover(
            "Use another", icon=":material/upload:", help="Upload a table here.", key=f"{slug}_other_{turn}"
        ):
            _receive_here(project)
        with slot:
            table = _load_choice(_draw_choice(project, first, only))
        table = table.with_target(_check(table, project).target or table.target)
        with target_slot:
            table = ask(table, slug) if ask is not None else _choose_target(table, project)
        with st.popover("Source", icon=":material/menu_book:", help="Where this table comes from"):
            show_provenance(table)
        fit = _check(table, project)
        st.caption(f":material/{'check' if fit.ok else 'block'}: {escape(fit.reason)}")
    _show_unfit(project)
    show_lost()
    return table


def find_entries(project: Project, first: str = "") -> tuple[Entry, ...]:
    """Return the catalogue's tables that suit a page, its own first; a page that predicts nothing takes any."""
    needs = project.needs
    task, takes_any = (TASKS.get(needs.target), needs.target == "none") if needs else (None, False)
    fitting = [entry for entry in load_catalogue() if takes_any or entry.name == project.slug or entry.task == task]
    return tuple(sorted(fitting, key=lambda entry: entry.name not in {project.slug, first}))


def _draw_choice(project: Project, first: str, only: tuple[str, ...]) -> str:
    """Draw the list of data sets and return the chosen name."""
    entries = {entry.name: entry for entry in find_entries(project, first) if not only or entry.name in only}
    options = [YOURS, *entries] if _find_yours(project) is not None else list(entries)
    key = f"{project.slug}_data"
    wanted = st.session_state.pop(f"{project.slug}_wanted", None)
    if wanted in options:
        st.session_state[key] = wanted

    def write(name: str) -> str:  # also what stands in the address: a file's name has no place there
        return "Your table" if name == YOURS else entries[name].title

    return st.selectbox("Data", options, key=key, format_func=write, bind="query-params")


def _find_yours(project: Project) -> Table | None:
    """Return the session's own table if it fits the page."""
    table = session.current_table()
    return table if table is not None and _check(table, project).ok else None


def _check(table: Table, project: Project) -> Fit:
    """Check the fit of a table, remembered by its hash."""
    return uploads.load_fit(table.sha256, table.target, project.needs, table)


def _load_choice(name: str) -> Table:
    """Return the table of a chosen name."""
    return session.current_table() if name == YOURS else load_bundled(name)


def _choose_target(table: Table, project: Project) -> Table:
    """Let a person say which column to predict where several could be it."""
    if project.needs.target == "none" or table.origin == "bundled":
        return table
    found = uploads.load_targets(table.sha256, project.needs.target, table)
    targets = [name for name in found if not is_feature(name, project.needs)]
    if len(targets) < 2:  # noqa: PLR2004 — a choice needs two
        return table
    start = targets.index(table.target) if table.target in targets else 0
    name = st.selectbox("Column to predict", targets, index=start, key=f"{project.slug}_target_{table.sha256[:12]}",
                        format_func=escape)  # fmt: skip
    return table.with_target(name)


def _show_unfit(project: Project) -> None:
    """Say why the session's own table is not what the page shows, where it does not fit."""
    current = session.current_table()
    if current is not None and not _check(current, project).ok:
        st.caption(f":orange[:material/block:] Your table **{escape(cut(current.name))}** does not fit this page: "
                   f"{escape(_check(current, project).reason)}.")  # fmt: skip


def _receive_here(project: Project) -> None:
    """Take an upload on the page itself; one that does not fit stays available on *Your data*."""
    table = uploads.show_uploader(f"{project.slug}_upload")
    if table is not None and _check(table, project).ok:
        want_table(project.slug, YOURS)
        st.session_state[f"{project.slug}_uploads"] = st.session_state.get(f"{project.slug}_uploads", 0) + 1
        st.rerun()
    current = session.current_table()
    if current is not None and not _check(current, project).ok:
        st.warning(f"{escape(current.name)} is kept but does not fit here: "
                   f"{escape(_check(current, project).reason)}", icon=":material/block:")  # fmt: skip
