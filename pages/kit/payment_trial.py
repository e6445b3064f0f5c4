"""Ask the model: one payment by its features, or a whole file of payments and a file back.

Left out: payments that arrive one after another (``alert_console``).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.errors import HubError
from core.streaming import fraud as project
from core.streaming.fraud.reason_charts import models_chart, reasons_chart
from core.streaming.fraud.simulator import Simulation, simulate
from pages.kit import session, uploads
from pages.kit.alert_console import show_console
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.forms import show_form
from pages.kit.payments import (
    SLUG,
    Asked,
    ask_columns,
    choose_model,
    describe_asked,
    find_columns,
    find_upload,
    hide_cards,
    switch_to_yours,
)
from pages.kit.picture_page import show_command
from pages.kit.tabs import show_views

MOST_SCORED, N_SHOWN = 100_000, 100
USUAL = replace(
    project.Inputs(), amount=42.0, customer_nb_tx_1day=2, customer_avg_amount_1day=40.0, customer_avg_amount_7day=38.0,
)  # fmt: skip
EXAMPLES = {
    "Five times the usual": project.Inputs(),
    "An ordinary payment": USUAL,
    "Bad terminal, known": replace(USUAL, terminal_risk_7day=0.8, terminal_risk_30day=0.4, terminal_risk_1day=1.0),
    "Bad terminal, not yet known": replace(USUAL, terminal_nb_tx_1day=1),
    "Over 220": replace(USUAL, amount=235.0),
}


def show_trial() -> None:
    """Draw the Try it tab: the live stream first."""
    views = {
        "Live stream": partial(show_console, f"{SLUG}_live"),
        "One payment": show_one,
        "A file of payments": show_file,
    }
    show_views(views, f"{SLUG}_try")


@st.fragment
def show_one() -> None:
    """Draw the form of one payment, and what is said of it."""
    asked = choose_model("one")
    name = st.segmented_control("Start from", list(EXAMPLES), default=next(iter(EXAMPLES)), required=True, wrap=True,
                                key=f"{SLUG}_example")  # fmt: skip
    with st.expander("The payment and what is known of customer and terminal", icon=":material/tune:", expanded=True):
        inputs = show_form(project.Inputs, f"{SLUG}_one_{name}", asdict(EXAMPLES[name]), columns=4)
    if inputs is None:
        return
    found = project.predict(asked.model, inputs)
    share, alert = found.probabilities[project.answers.FRAUD], bool(found.details["alert"])
    word, icon, colour = ("Alert", "notification_important", "red") if alert else ("No alert", "check_circle", "green")
    with st.container(border=True):
        st.markdown(f"#### :{colour}[:material/{icon}: {word}]: {share:.1%} probability of fraud")
        st.caption(f"Alerts from {asked.model.alert_from:.1%} on: about {asked.model.recipe.top_k} cards a day reach "
                   "that, as many as investigators can look at.")  # fmt: skip
    with st.grid(2, min_column_width=360, gap="medium"):
        with st.container():
            show_chart(reasons_chart(share, found.reasons), f"{SLUG}_one_reasons", 280)
        with st.container():
            show_chart(models_chart(project.predict_all_models(asked.model, inputs)), f"{SLUG}_one_models", 280)
    st.caption("A part's effect is how far the probability falls when it is set to what is usual: the amount to the "
               "customer's mean, all else to the median.")  # fmt: skip
    show_command(f"python -m core predict fraud --input '{_write_inputs(inputs)}'")


def _write_inputs(inputs: project.Inputs) -> str:
    """Write what differs from the defaults as JSON."""
    import json

    default = asdict(project.Inputs())
    return json.dumps({name: value for name, value in asdict(inputs).items() if value != default[name]})


def show_file() -> None:
    """Take a file of payments, and give it back with probabilities and alerts."""
    asked = choose_model("file")
    st.caption(f":material/deployed_code: {describe_asked(asked)}. A row for each payment with **time, customer, "
               "terminal, amount**; each is scored from the rows before it, so bring some weeks.")  # fmt: skip
    if uploads.show_uploader(f"{SLUG}_batch", "Payments as CSV, Excel, Parquet or JSON") is not None:
        switch_to_yours()
    sample = Download("payments.csv", make_sample, "a made file to try this with: 60 days, 300 customers")
    table = session.current_table()
    if table is None:
        show_downloads([sample], f"{SLUG}_sample")
        return
    st.markdown(f"**{escape(cut(table.name))}** · {len(table.frame):,} rows")
    upload = find_upload(table)
    if upload is None:
        return
    with st.expander("Which column is what", icon=":material/tune:"):
        ask_columns(table, upload.columns)
    for note in upload.notes:
        st.caption(f":material/info: {escape(note)}")
    _show_scored(asked, table, upload.columns.customer)


def _show_scored(asked: Asked, table: Table, customer: str) -> None:
    """Score a table on a button, and offer it."""
    columns = find_columns(table)
    key = f"{SLUG}_scored", asked.key, table.sha256, columns
    if len(table.frame) > MOST_SCORED:
        show_error(f"{len(table.frame):,} rows are more than the {MOST_SCORED:,} that are scored here; cut the file, "
                   "or send it through the broker with python -m core fraud send")  # fmt: skip
        return
    if st.session_state.get(f"{SLUG}_scored_key") != key:
        st.button("Score these payments", type="primary", icon=":material/play_arrow:", key=f"{SLUG}_score_file",
                  on_click=st.session_state.__setitem__, args=(f"{SLUG}_scored_key", key))  # fmt: skip
        return
    try:
        with st.spinner("Scoring …"):
            scored = load_scored(asked.key, table.sha256, columns, asked.model, table)
    except HubError as error:
        show_error(error)
        return
    n_alerts = int((scored["alert"] == "yes").sum())
    st.markdown(f"**{n_alerts:,} of {len(scored):,} payments raise an alert ({n_alerts / len(scored):.2%}).**")
    young = project.answers.tell_young_alerts(scored)
    if young:
        st.warning(f"{young}. *history_days* tells them apart.", icon=":material/history:")
    shown = scored.sort_values("probability", ascending=False, kind="stable").head(N_SHOWN)
    st.dataframe(hide_cards(shown, customer), hide_index=True, alt="The most suspicious payments", column_config={
        "probability": st.column_config.ProgressColumn(format="%.3f", min_value=0.0, max_value=1.0),
        "history_days": st.column_config.NumberColumn(format="%.1f", help="Days since the customer's first payment in "
                                                      "the file; under 30 the usual is not known yet."),
    })  # fmt: skip
    files = [
        Download(
            "scored.csv",
            partial(to_csv, scored),
            "every payment read, with probability, alert and history, by time",
        )
    ]
    show_downloads(files, f"{SLUG}_scored_files")
    if asked.result is None and not columns.list_named():
        show_command("python -m core predict fraud --table FILE --out scored.csv")


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def load_scored(key: str, sha256: str, columns: object, _model: project.FraudModel, _table: Table) -> pd.DataFrame:  # noqa: ARG001 — the key
    """Score a table once."""
    return project.predict_table(_model, _table, columns)  # type: ignore[arg-type]


uploads.drop_with_session("payment_trial", load_scored)


def make_sample() -> bytes:
    """Make a file of payments such as a person may bring."""
    made = simulate(Simulation(n_customers=300, n_terminals=600, n_days=60, terminals_per_day=1, customers_per_day=1))
    frame = made.to_frame()[["id", "time", "customer", "terminal", "amount", "fraud"]]
    return to_csv(frame.assign(fraud=frame["fraud"].map({True: "yes", False: "no"})))
