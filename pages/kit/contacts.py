"""Whom to contact within a budget: the list, what it costs, what it is expected to make and made, and its file.

Left out: choosing the customers (``core.tabular.churn.contacts``).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.table import Table
from pages.kit import uploads
from pages.kit.acting import ask_terms, choose_actor, show_call
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.matching import show_match

MAX_ROWS, HEIGHT = 1_000, 300
MOST, STEP = 1e9, 100.0
OWN, NEW = "These customers", "A file of new ones"


@st.fragment
@guard()
def show_contacts(project: ModuleType, model: Any, key: str) -> None:
    """Draw the list of whom to contact, and offer it as a file."""
    name = choose_actor(model, key)
    costs = ask_terms(project, model, key, "contacts")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        budget = st.number_input("Budget ($)", 0.0, MOST, 5_000.0, STEP, format="%.0f", key=f"{key}_budget", width=200,
                                 help="For contacts and the offers that are expected to be taken; 0 contacts everyone "
                                      "who is worth it.", persist_state="session")  # fmt: skip
        view = st.segmented_control("Whom", [OWN, NEW], default=OWN, required=True, key=f"{key}_whom", wrap=True)
    table = None
    if view == NEW:
        table = uploads.show_reader(f"{key}_contacts", "Upload customers")
        if table is None or not show_match(table, project.find_needed(model.schema)):
            return
    if costs is not None:
        show_list(project, model, (costs, name, budget, table), key)
        call = f"project.contact_list(model, {costs!r}, budget={budget!r}, name={name!r})"
        show_call(project, model, call.replace("Costs(", "project.Costs("), key)


def show_list(project: ModuleType, model: Any, asked: tuple[Any, str, float, Table | None], key: str) -> None:
    """Draw what a list costs and makes, its customers, and its file."""
    costs, name, budget, table = asked
    everyone = project.contact_list(model, costs, table=table, name=name)
    found = everyone[everyone["spent"] <= budget] if budget else everyone
    if found.empty:
        why = "No customer is worth a contact at these costs."
        if len(everyone):
            why = f"A budget of ${budget:,.0f} buys no contact; the first costs ${everyone['spent'].iloc[0]:,.2f}."
        st.info(escape(why), icon=":material/contact_phone:")
        return
    _show_figures(project.score_contacts(model, costs, found, is_own=table is None))
    show_chart(project.contact_chart(everyone, budget), f"{key}_contacts_chart", HEIGHT)
    _show_rows(found)
    from core.datasets.export import to_csv

    what = f"{len(found):,} customers, the most profitable first"
    show_downloads([Download("contacts.csv", lambda: to_csv(found), what)], f"{key}_contacts")


def _show_figures(made: Any) -> None:
    """Draw the sums of a list."""
    with st.grid("auto", min_column_width=170, gap="small"):
        st.metric("Contacts", f"{made.n_contacts:,}")
        st.metric("Expected cost", f"${made.cost:,.0f}")
        st.metric("Expected profit", f"${made.expected:,.0f}")
        if made.came_true is not None:
            truth = made.came_true
            st.metric("Would have made", f"${truth.value:,.0f}", f"95%: ${truth.low:,.0f} to ${truth.high:,.0f}",
                      delta_color="off", delta_arrow="off",
                      help="Counted by who left in truth. Each customer was judged by models that did not learn from "
                           "them.")  # fmt: skip


def _show_rows(found: pd.DataFrame) -> None:
    """Draw the first customers of a list."""
    money = st.column_config.NumberColumn(format="$%.2f")
    config = {
        "rank": st.column_config.NumberColumn("Rank", pinned=True),
        "row": st.column_config.NumberColumn("Row", help="Place in the table, from 1"),
        "probability": st.column_config.NumberColumn("Leaves", format="percent"),
        "value": st.column_config.NumberColumn("Value", format="$%.0f"),
        "expected_profit": st.column_config.NumberColumn("Expected profit", format="$%.2f"),
        "expected_cost": st.column_config.NumberColumn("Expected cost", format="$%.2f"),
        "spent": st.column_config.NumberColumn("Spent so far", format="$%.2f"),
        "monthly_charges": money, "total_charges": money,
    }  # fmt: skip
    shown = found.head(MAX_ROWS)
    st.dataframe(shown, hide_index=True, column_config=config, height=320, alt=f"The first {len(shown)} contacts")
    if len(found) > len(shown):
        st.caption(f"The first {len(shown):,} of {len(found):,}; the file has them all.")
