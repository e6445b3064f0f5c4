"""What the fraud page works on: the handbook's payments or a table of one's own, and the model that answers.

The handbook's payments are simulated once for everybody and then read from the cache folder; what the page shows of
them at first comes from stored counts and needs neither.

Left out: drawing (``payment_views``, ``payment_board``, ``payment_trial``, ``alert_console``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import pandas as pd
import streamlit as st

from core.datasets.fixes.wording import cut, show_value
from core.datasets.table import Table
from core.hub.errors import HubError
from core.hub.jobs import Job
from core.hub.settings import load_settings
from core.streaming import fraud as project
from core.streaming.fraud.simulator import FILE, load_transactions
from core.streaming.fraud.stored_figures import Stored, load_stored
from core.streaming.fraud.transactions import Transactions
from core.streaming.fraud.upload_columns import REQUIRED, Columns, guess_columns
from core.streaming.fraud.upload_values import mask_card
from core.streaming.fraud.uploads import Upload, load_upload
from pages.kit import jobs, session, uploads
from pages.kit.errors import escape, show_error
from pages.kit.header import describe_data
from pages.kit.picture_page import load_shipped, open_run
from pages.kit.uploads import drop_with_session

SLUG = "fraud"
HANDBOOK, YOURS = "The handbook's payments", "Your payments"
SHIPPED, TRAINED = "Shipped model", "Trained here"
NONE = "none"
DATA = "The handbook's simulation · 1,754,155 payments"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A model that answers: its name on the page, what its results are kept under, and the files of its run."""

    name: str
    key: str
    model: project.FraudModel
    result: project.Result | None = None


@st.cache_resource(max_entries=1, show_spinner=False)
def load_stored_figures() -> Stored:
    """Read the stored figures once for everyone."""
    return load_stored()


@st.cache_resource(max_entries=1, show_spinner="Reading the payments, or simulating them once on this server…")
def load_world() -> Transactions:
    """Load the handbook's payments once for everyone; read-only."""
    return load_transactions()


def has_world() -> bool:
    """Tell whether the handbook's payments were ever simulated on this server."""
    return (load_settings().data_cache / FILE).is_file()


def ask_world(key: str) -> Transactions | None:
    """Return the handbook's payments; where they were never simulated here, a button that does it, and None."""
    asked = f"{SLUG}_simulate"
    if has_world() or st.session_state.get(asked):
        return load_world()
    st.markdown("**Single payments are drawn here, and this server has not simulated them yet.** Counts and charts of "
                "the other views are stored; the 1,754,155 payments themselves are made from their rules on demand: "
                "about ten seconds, once for everybody.")  # fmt: skip
    st.button("Simulate the payments", key=f"{key}_simulate", icon=":material/hourglass_top:",
              on_click=st.session_state.__setitem__, args=(asked, True))  # fmt: skip
    return None


def choose_data(key: str) -> Upload | None:
    """Draw which payments are shown, the box for one's own, and what was understood; None is the handbook's."""
    table = session.current_table()
    state = f"{SLUG}_source"
    options = [HANDBOOK, YOURS] if table is not None else [HANDBOOK]
    with st.container(horizontal=True, vertical_alignment="bottom", border=True):
        wanted = st.session_state.pop(f"{SLUG}_wanted", None)
        if wanted in options:
            st.session_state[state] = wanted
        # a value that was set before needs no default, and Streamlit warns of both
        default = None if state in st.session_state else HANDBOOK
        name = st.segmented_control("Payments", options, default=default, required=True, key=state, wrap=True,
                                    persist_state="session")  # fmt: skip
        turn = st.session_state.get(f"{SLUG}_uploads", 0)
        with st.popover("Bring your own", icon=":material/upload:", key=f"{key}_other_{turn}"):
            st.caption("A row for each payment: **time, customer, terminal, amount**, and, to learn from it, whether "
                       "it was a **fraud**. Names of columns are found by themselves and can be changed.")  # fmt: skip
            if uploads.show_uploader(f"{SLUG}_upload", "Payments as CSV, Excel, Parquet or JSON") is not None:
                st.session_state[f"{SLUG}_uploads"] = turn + 1
                switch_to_yours()
    if name != YOURS or table is None:
        return None
    return find_upload(table)


def switch_to_yours() -> None:
    """Draw the page again with the table that was just brought, on every tab."""
    st.session_state[f"{SLUG}_wanted"] = YOURS
    st.rerun()


def describe_source() -> str:
    """Return what the page's head says of the payments that are shown."""
    table, state = session.current_table(), st.session_state
    is_own = YOURS in (state.get(f"{SLUG}_wanted"), state.get(f"{SLUG}_source"))
    return describe_data(table) if table is not None and is_own else DATA


def is_unread(upload: Upload | None) -> bool:
    """Tell whether a person's own table is chosen and could not be read."""
    is_own = st.session_state.get(f"{SLUG}_source") == YOURS and session.current_table() is not None
    return upload is None and is_own


def find_upload(table: Table) -> Upload | None:
    """Read payments from a table with the columns that a person chose, or say in a sentence why there are none."""
    try:
        return read_payments(table.sha256, find_columns(table), table)
    except HubError as error:
        show_error(error)
        st.caption(f"**{escape(cut(table.name))}** is kept: say below which column is what, or bring another table. "
                   "The handbook's payments are one click away.")  # fmt: skip
        ask_columns(table)
        return None


@st.cache_resource(max_entries=3, scope="session", show_spinner="Reading the payments…")
def read_payments(sha256: str, columns: Columns, _table: Table) -> Upload:  # noqa: ARG001 — the key
    """Read a table's payments once."""
    return load_upload(_table, columns)


drop_with_session("payments", read_payments)


def hide_cards(frame: pd.DataFrame, customer: str) -> pd.DataFrame:
    """Return rows to be drawn: of card numbers the last four digits only, as PCI DSS 4.0 (3.4) asks of a screen."""
    shown = frame.copy()
    shown[customer] = [mask_card(show_value(each)) for each in frame[customer]]
    return shown


def find_columns(table: Table) -> Columns:
    """Return the columns that a person named for a table; what is not named is found."""
    return replace(Columns(), **st.session_state.get(_name_state(table), {}))


def ask_columns(table: Table, found: Columns | None = None) -> None:
    """Ask which column is what."""
    start, names = found or _guess(table), [str(name) for name in table.frame.columns]
    with st.form(f"{SLUG}_columns_{table.sha256[:8]}", border=False), st.grid(3, min_column_width=180, gap="small"):
        for each in fields(Columns):
            value = getattr(start, each.name)
            label = each.name.capitalize() + ("" if each.name in REQUIRED else " (optional)")
            st.selectbox(label, (NONE, *names), index=names.index(value) + 1 if value in names else 0,
                         key=f"{_name_state(table)}_{found is None}_{each.name}", format_func=escape)  # fmt: skip
        st.form_submit_button("Read with these columns", type="primary", on_click=_take_columns,
                              args=(table, found is None))  # fmt: skip


def _guess(table: Table) -> Columns:
    """Return what is found of an unread table's columns beside those that a person named."""
    chosen = find_columns(table)
    try:
        return guess_columns(table, chosen)
    except HubError:  # the choice itself was refused, and is said above
        return chosen


def _take_columns(table: Table, is_unread: bool) -> None:
    """Keep the columns that were named."""
    key = _name_state(table)
    chosen = {each.name: st.session_state.get(f"{key}_{is_unread}_{each.name}", NONE) for each in fields(Columns)}
    st.session_state[key] = {name: "" if value == NONE else value for name, value in chosen.items()}


def _name_state(table: Table) -> str:
    """Name where a table's columns lie in the session."""
    return f"{SLUG}_columns_{table.sha256[:12]}_names"


def find_run() -> Job | None:
    """Return the job that the page's address names."""
    return jobs.find_page_job(SLUG)


def find_shipped() -> project.FraudModel:
    """Load the model that ships with the hub.

    Raises
    ------
    ArtifactError
        If it is missing or damaged.
    """
    model: project.FraudModel = load_shipped(SLUG, "full", project.load_model)
    return model


def choose_model(key: str) -> Asked:
    """Ask which model is shown where one was trained here; else the shipped one."""
    result = open_run(project, find_run())
    if result is not None:
        name = st.segmented_control(
            "Model", (TRAINED, SHIPPED), default=TRAINED, required=True, key=f"{SLUG}_{key}_model"
        )
        if name == TRAINED:
            source = result.model.source
            return Asked(TRAINED, f"{source.sha256[:12]}{hash(result.model.recipe)}", result.model, result)
    return Asked(SHIPPED, "shipped", find_shipped())


def describe_asked(asked: Asked) -> str:
    """Say in a line which model answers and what it learnt from."""
    source = asked.model.source
    return (
        f"{asked.name}: **{escape(asked.model.best)}**, learnt from {source.n_train:,} payments of "
        f"{escape(cut(source.name))} with {source.n_frauds:,} frauds"
    )
