"""The data workbench: bring a table, see what was understood of it, mend it, and send it to the pages it fits.

Samples first, then the data sets of the hub, then an upload. The table becomes the session's current one and every page
offers it; *Forget my data* removes it with all that was made from it.

Left out: the parts themselves, which are ``understanding``, ``alerts_panel``, ``fits`` and ``uploads``.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.catalogue import Entry, load_catalogue
from core.datasets.table import Table
from pages.kit import alerts_panel, fits, session, uploads
from pages.kit.chooser import load_bundled
from pages.kit.errors import escape
from pages.kit.keeping import follow_session, show_lost
from pages.kit.provenance import show_provenance, write_size
from pages.kit.refusals import attempt, show_problem
from pages.kit.understanding import show_understanding

SAMPLE, UPLOAD = "iris", "workbench_upload"


def show_workbench() -> None:
    """Draw the whole workbench."""
    follow_session()
    table, problem = session.current_table(), st.container()
    if table is None:
        show_lost()
        _show_sources(problem)
        _show_empty()
        return
    with st.expander("Use another table", icon=":material/swap_horiz:"):
        _show_sources(problem)
    _show_title(table)
    draft = uploads.find_draft()
    st.subheader("What was understood", icon=":material/table_view:")
    show_understanding(draft, table)
    with st.expander("Where it comes from and what was done to it", icon=":material/history:"):
        show_provenance(table)
    st.subheader("What to look at", icon=":material/fact_check:")
    alerts_panel.show_alerts(table)
    st.subheader("Which pages fit", icon=":material/alt_route:")
    fits.show_fits(table)
    _show_forget()


def _show_sources(problem: DeltaGenerator) -> None:
    """Draw the three ways to a table, the easiest first, and why the last one did not work in a place of its own."""
    entries = load_catalogue()
    sample, hub, upload = st.columns(3, border=True)
    with sample:
        _offer_sample(next((entry for entry in entries if entry.name == SAMPLE), entries[0]))
    with hub:
        _offer_catalogue(entries)
    with upload:
        st.markdown("**3 · Your own file**")
        uploads.show_uploader(UPLOAD, problem=False)
    with problem:
        show_problem(UPLOAD)


def _offer_sample(entry: Entry) -> None:
    """Offer one table to try the workbench with."""
    st.markdown("**1 · A sample, to try it**")
    st.caption(
        f"{entry.title}: {write_size(entry.rows, entry.columns)}. {escape(entry.description.partition('. ')[0])}."
    )
    st.button("Use the sample", key="workbench_sample", icon=":material/play_arrow:", on_click=_use_entry,
              args=(entry.name,))  # fmt: skip


def _offer_catalogue(entries: tuple[Entry, ...]) -> None:
    """Offer every table of the hub."""
    titles = {entry.name: f"{entry.title} ({entry.rows:,} × {entry.columns})" for entry in entries}
    st.markdown("**2 · A data set of the hub**")
    name = st.selectbox("Data set", list(titles), format_func=titles.get, key="workbench_entry",
                        label_visibility="collapsed")  # fmt: skip
    st.button("Use this one", key="workbench_use", icon=":material/database:", on_click=_use_entry, args=(name,))


def _use_entry(name: str) -> None:
    """Make a table of the hub the current one."""
    attempt(UPLOAD, lambda: uploads.keep_draft(uploads.Draft(base=load_bundled(name))))


def _show_empty() -> None:
    """Say what happens next when there is no table yet."""
    st.info("Choose one of the three. You will see what was understood of the table, what to look at in it, and which "
            "pages can use it.", icon=":material/arrow_upward:", title="No table yet")  # fmt: skip


def _show_title(table: Table) -> None:
    """Name the current table and its size."""
    st.header(escape(table.name), icon=":material/table:", anchor=False)
    st.caption(f"{write_size(*table.frame.shape)} · every page it fits offers it under *Data*")


def _show_forget() -> None:
    """Draw the button that removes everything that came from this session's data."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown("Removes the table, what was computed from it, and your runs with their files.", width=520)
        st.button("Forget my data", key="workbench_forget", icon=":material/delete:", on_click=session.forget_all)
