"""Payments to look at: kinds of fraud, amounts, time, and one customer or terminal from day to day; own ones as well.

Left out: counting and the charts themselves, which are ``core``'s.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.datasets.fixes.wording import count_of
from core.streaming.fraud.histories import customer_chart, list_hit, terminal_chart
from core.streaming.fraud.overview import (
    Overview,
    amounts_chart,
    days_chart,
    describe_payments,
    hours_chart,
    kinds_frame,
)
from core.streaming.fraud.simulation_frauds import CARD_DAYS, CARD_FACTOR, LARGE_AMOUNT, TERMINAL_DAYS
from core.streaming.fraud.stored_figures import COMMAND
from core.streaming.fraud.transactions import Transactions
from core.streaming.fraud.uploads import Upload
from pages.kit import session
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.payments import SLUG, ask_columns, ask_world, choose_data, hide_cards, is_unread, load_stored_figures
from pages.kit.picture_page import show_command
from pages.kit.tabs import show_views
from pages.kit.trials import show_rows
from pages.kit.uploads import drop_with_session

MAX_REFUSED, N_FIRST = 200, 10
WHAT = {
    "large amount": f"every payment over {LARGE_AMOUNT:.0f}",
    "compromised terminal": f"every payment at two new terminals a day, for {TERMINAL_DAYS} days",
    "stolen card": f"a third of the payments of three new cards a day, times {CARD_FACTOR:.0f}, for {CARD_DAYS} days",
}


def show_payments() -> None:
    """Draw the Explore tab."""
    upload = choose_data("explore")
    if is_unread(upload):
        return
    overview = load_stored_figures().overview if upload is None else load_overview(_key(upload), upload)
    show_counts(overview)
    views = {
        "Kinds of fraud": partial(show_kinds, overview, upload),
        "Amounts": partial(_show_chart, amounts_chart, overview, "amounts"),
        "Time": partial(show_time, overview),
        "A customer": partial(show_history, upload, "customer"),
        "A terminal": partial(show_history, upload, "terminal"),
    }
    if upload is not None:
        views = {"What was read": partial(show_reading, upload)} | views
    show_views(views, f"{SLUG}_explore_{'handbook' if upload is None else 'own'}")


def _key(upload: Upload) -> str:
    """Name an upload: what is counted of it is kept under this."""
    return f"{id(upload)}"


@st.cache_resource(max_entries=3, scope="session", show_spinner=False)
def load_overview(key: str, _upload: Upload) -> Overview:  # noqa: ARG001 — the key
    """Count a person's payments once."""
    return describe_payments(_upload.transactions)


drop_with_session("payment_overview", load_overview)


def show_counts(found: Overview) -> None:
    """Draw how many payments, customers, terminals and frauds there are."""
    share = found.n_frauds / max(found.n, 1)
    n_days = found.days.shape[1]
    figures = {
        "Payments": (f"{found.n:,}", f"in {count_of(n_days, 'day')}"),
        "Frauds": (f"{found.n_frauds:,}", f"{share:.2%} of payments"),
        "Customers": (f"{found.n_customers:,}", _write_each(found.n, found.n_customers)),
        "Terminals": (f"{found.n_terminals:,}", _write_each(found.n, found.n_terminals)),
    }
    with st.grid(4, min_column_width=150, gap="small"):
        for name, (value, more) in figures.items():
            st.metric(name, value, more, delta_color="off", delta_arrow="off", border=True)


def _write_each(n: int, n_owners: int) -> str:
    """Write how many payments there are for each customer or terminal."""
    return f"{count_of(round(n / max(n_owners, 1)), 'payment')} each"


def show_kinds(found: Overview, upload: Upload | None) -> None:
    """Draw the frauds of each day and what each kind is."""
    show_chart(days_chart(found), f"{SLUG}_days")
    frame = kinds_frame(found)
    if upload is None:
        frame["What the simulator does"] = [WHAT.get(kind, "an ordinary payment") for kind in frame["Kind"]]
    show_rows(frame, ("Share",), f"{SLUG}_kinds")
    if upload is None:
        st.caption("Simulated after the Fraud Detection Handbook (Le Borgne et al. 2022): public data of real cards "
                   "hide customers and terminals, without which there is no history. A simulation knows every fraud; a "
                   "bank knows those that were reported.")  # fmt: skip
        show_command(COMMAND)


def show_time(found: Overview) -> None:
    """Draw the hours of the day."""
    show_chart(hours_chart(found), f"{SLUG}_hours")
    st.caption("Hour and weekday alone hardly tell fraud from other payments; they help beside the rest.")


def _show_chart(draw: object, found: Overview, key: str) -> None:
    """Draw one chart of the counts."""
    show_chart(draw(found), f"{SLUG}_{key}")  # type: ignore[operator]


def show_history(upload: Upload | None, column: str) -> None:
    """Draw one customer or terminal over time."""
    payments = ask_world(f"{SLUG}_{column}") if upload is None else upload.transactions
    if payments is None:
        return
    numbers = load_hit("handbook" if upload is None else _key(upload), column, payments)
    names = None if upload is None else upload.customers if column == "customer" else upload.terminals
    number = st.selectbox(f"{column.capitalize()} (most frauds first)", numbers, key=f"{SLUG}_{column}_{len(payments)}",
                          format_func=lambda each: escape(names[each]) if names else str(each), width=260)  # fmt: skip
    draw = customer_chart if column == "customer" else terminal_chart
    show_chart(draw(payments, int(number), names[number] if names else ""), f"{SLUG}_{column}_chart")
    if column == "terminal":
        st.caption("A fraud is known seven days after it was made: so late the line follows the bars.")


@st.cache_data(max_entries=8, show_spinner=False)
def load_hit(key: str, column: str, _payments: Transactions) -> list[int]:  # noqa: ARG001 — the key
    """List whom most frauds hit, once."""
    return [int(each) for each in list_hit(_payments, column)]


def show_reading(upload: Upload) -> None:
    """Draw what was understood of a table, what was put in quarantine and why, and the choice of columns."""
    table = session.current_table()
    n_refused = len(upload.quarantine)
    n_read = len(upload.transactions)
    told = f"{count_of(n_read, 'payment')} {'was' if n_read == 1 else 'were'} read"
    st.markdown(f"**{told}, {count_of(n_refused, 'row')} put in quarantine.**")
    for note in upload.notes:
        st.caption(f":material/info: {escape(note)}")
    if n_refused:
        counts = upload.count_reasons()
        show_rows(pd.DataFrame({"Reason": list(counts), "Rows": list(counts.values())}), key=f"{SLUG}_reasons")
    if table is None:
        return
    with st.expander("Which column is what", icon=":material/tune:"):
        ask_columns(table, upload.columns)
    if n_refused:
        with st.expander(
            f"In quarantine: {count_of(min(n_refused, MAX_REFUSED), 'row')}", icon=":material/inventory_2:"
        ):
            rows = upload.quarantine[:MAX_REFUSED]
            frame = hide_cards(table.frame.iloc[[row for row, _ in rows]], upload.columns.customer)
            frame = frame.astype("string").fillna("")
            frame.insert(0, "Reason", [reason for _, reason in rows])
            frame.insert(0, "Row", [row + 1 for row, _ in rows])
            st.dataframe(frame, hide_index=True, alt="Rows that could not be used, with the reason")
    first = upload.transactions.take(slice(0, N_FIRST)).to_frame().drop(columns=["scenario", "seconds"])
    for column, names in (("customer", upload.customers), ("terminal", upload.terminals)):
        first[column] = [names[number] for number in first[column]]
    st.dataframe(first, hide_index=True, alt="The first payments as they were read")
