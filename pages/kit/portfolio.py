"""All customers at once and in parts: how many leave, what is at stake, and where an offer pays.

Left out: the sums (``core.tabular.churn.segments``) and single customers (``contacts``, ``customers``).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from pages.kit.acting import ask_terms, choose_actor, show_call
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard

LEAST_WIDTH, HEIGHT, ROW_HEIGHT = 360, 240, 34
TITLES = {
    "segment": "Segment", "n": "Customers", "churn_rate": "Left", "low": "from", "high": "to", "stated": "Stated",
    "expected_loss": "At stake, each", "total_loss": "At stake", "contacts": "Contacts",
    "expected_profit": "Expected from offers",
}  # fmt: skip


@st.fragment
@guard()
def show_portfolio(project: ModuleType, model: Any, key: str) -> None:
    """Draw the whole portfolio in figures, and its segments."""
    name = choose_actor(model, key)
    costs = ask_terms(project, model, key, "portfolio")
    if costs is None:
        return
    found = project.describe_portfolio(model, costs, name)
    with st.grid("auto", min_column_width=170, gap="small"):
        st.metric("Customers", f"{found.n_customers:,}", f"{found.contacted:.0%} worth a contact", delta_color="off",
                  delta_arrow="off")  # fmt: skip
        st.metric("Left", f"{found.churn_rate.value:.1%}",
                  f"95%: {found.churn_rate.low:.1%} to {found.churn_rate.high:.1%}", delta_color="off",
                  delta_arrow="off")  # fmt: skip
        st.metric("Value at stake", f"${found.expected_loss.value * found.n_customers:,.0f}",
                  f"${found.expected_loss.value:,.2f} a customer", delta_color="off", delta_arrow="off",
                  help="Lifetime value times probability of leaving, summed.")  # fmt: skip
        st.metric("Profit a customer", f"${found.profit.value:,.2f}",
                  f"95%: ${found.profit.low:,.2f} to ${found.profit.high:,.2f}", delta_color="off", delta_arrow="off",
                  help="At thresholds that the training rows of each fold chose.")  # fmt: skip
    show_chart(project.portfolio_chart(found), f"{key}_portfolio", HEIGHT)
    show_segments(project, model, costs, (name, key))
    show_call(project, model, f"project.describe_portfolio(model, {costs!r}, {name!r})".replace(
        "Costs(", "project.Costs("), key)  # fmt: skip


def show_segments(project: ModuleType, model: Any, costs: Any, who: tuple[str, str]) -> None:
    """Draw who leaves in each part of the customers, what is at stake there and what offers are expected to bring."""
    name, key = who
    st.subheader("Segments", anchor=False)
    column = st.selectbox("Part customers by", project.list_segments(model), format_func=escape,
                          key=f"{key}_segment", width=320)  # fmt: skip
    found = project.make_segments(model, costs, column, name)
    height = max(HEIGHT, ROW_HEIGHT * len(found) + 110)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(project.segment_chart(found, column), f"{key}_rates", height)
        with st.container():
            show_chart(project.loss_chart(found, column), f"{key}_losses", height)
    show_table(found, column)


def show_table(found: pd.DataFrame, column: str) -> None:
    """Draw the figures of each segment."""
    percent, money = st.column_config.NumberColumn(format="percent"), st.column_config.NumberColumn(format="dollar")
    config = {"Left": percent, "from": percent, "to": percent, "At stake": money, "Expected from offers": money,
              "Stated": st.column_config.NumberColumn(format="percent", help="Mean probability of leaving, by folds"),
              "At stake, each": money}  # fmt: skip
    st.dataframe(found[list(TITLES)].rename(columns=TITLES), hide_index=True, column_config=config,
                 alt=f"Customers by {column}: who leaves and what is at stake")  # fmt: skip
    st.caption("Left: share that left, with its 95% interval (Wilson). A rate is not a cause: customers chose their "
               "segment.")  # fmt: skip
