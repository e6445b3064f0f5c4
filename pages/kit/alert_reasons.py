"""Why a payment raised an alert, which kinds of fraud are found, where the model is blind, and how drift is noticed.

Left out: the live stream (``alert_console``).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart
from core.hub.contract import Reason
from core.streaming import fraud as project
from core.streaming.fraud.blindness import age_chart, amount_chart
from core.streaming.fraud.histories import find_features
from core.streaming.fraud.reason_charts import delays_chart, reasons_chart, rehearsals_frame
from core.streaming.fraud.rehearsals import FRAUD_SHARE, HIGH_SHARE, PRICE
from core.streaming.fraud.stored_figures import COMMAND
from core.streaming.fraud.transactions import SCENARIOS, Transactions
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.payments import SHIPPED, SLUG, Asked, ask_world, choose_model, describe_asked, load_stored_figures
from pages.kit.picture_page import show_command
from pages.kit.tabs import show_views
from pages.kit.trials import show_rows

N_LISTED = 40
KINDS = {"Every alert": -1, "False alerts": 0} | {
    name.capitalize(): place for place, name in enumerate(SCENARIOS) if place
}


def show_reasoning() -> None:
    """Draw the Explain tab."""
    asked = choose_model("explain")
    st.caption(f":material/deployed_code: {describe_asked(asked)}.")
    views = {
        "Kinds that are found": partial(show_kinds, asked),
        "Where it is blind": partial(show_blindness, asked),
        "Reasons of an alert": partial(show_reasons, asked),
        "Drift detectors": show_detectors,
    }
    show_views(views, f"{SLUG}_explain")


def show_kinds(asked: Asked) -> None:
    """Draw which share of each kind reaches the alert."""
    show_chart(project.scenario_chart(asked.model), f"{SLUG}_scenarios", 260)
    frame = project.scenario_frame(asked.model)
    show_rows(frame, ("Share",), f"{SLUG}_scenario_rows")
    alerts, false = int(frame["Found"].sum()), int(frame.loc[frame["Kind"] == SCENARIOS[0], "Found"].sum())
    st.markdown(f"Of **{alerts:,}** alerts in the first test week **{alerts - false:,}** are frauds. A payment raises "
                f"one at a probability of **{asked.model.alert_from:.1%}** or more: so many cards a day reached it in "
                f"the validation weeks as investigators can look at ({asked.model.recipe.top_k}).")  # fmt: skip
    show_command(project.describe_command(asked.model))


def show_blindness(asked: Asked) -> None:
    """Draw what the missed frauds have in common."""
    if asked.name == SHIPPED:
        payments = ask_world(f"{SLUG}_blind")
        if payments is not None:
            show_chart(load_age_chart(asked.key, asked.model, payments), f"{SLUG}_ages")
            st.caption("Such payments look like any other: ordinary amounts at a terminal with a clean past. No model "
                       "of these features can find them before the first is reported, seven days later; that is the "
                       "ceiling's other half.")  # fmt: skip
    show_chart(amount_chart(asked.model), f"{SLUG}_amounts_found")
    st.caption("Five times a small amount is still an ordinary amount.")


@st.cache_resource(max_entries=2, show_spinner=False)
def load_age_chart(key: str, _model: project.FraudModel, _payments: Transactions) -> Chart:  # noqa: ARG001 — the key
    """Chart it once."""
    return age_chart(_model, _payments)


def show_reasons(asked: Asked) -> None:
    """Draw the reasons of one alert of the first test week."""
    if asked.name != SHIPPED:
        st.info("Reasons of single payments are drawn for the shipped model, whose payments are at hand; ask yours "
                "about a payment under *Try it*.", icon=":material/info:")  # fmt: skip
        return
    payments = ask_world(f"{SLUG}_reasons")
    if payments is None:
        return
    kind = st.segmented_control("Alerts", list(KINDS), default="Every alert", required=True, key=f"{SLUG}_alert_kind",
                                wrap=True)  # fmt: skip
    rows = list_rows(asked.model, KINDS[kind])
    held = asked.model.held_out
    shares = held.shares[asked.model.best]
    place = st.selectbox("Payment (most suspicious first)", rows, key=f"{SLUG}_alert_{kind}", width=420,
                         format_func=lambda row: f"{shares[row]:.1%} · {held.amounts[row]:,.2f} · card "
                         f"{held.customers[row]} · payment {held.ids[row]}")  # fmt: skip
    found = load_reasons(asked.key, int(held.ids[place]), asked.model, payments)
    show_chart(reasons_chart(float(shares[place]), found), f"{SLUG}_alert_reasons", 300)
    frame = pd.DataFrame({"Part": [each.name for each in found], "This payment": [each.value for each in found],
                          "Effect (points)": [100 * each.effect for each in found]})  # fmt: skip
    show_rows(frame, key=f"{SLUG}_alert_parts")
    truth = SCENARIOS[int(held.scenario[place])]
    st.caption(f"In truth: **{escape(truth)}**. The effect of a part is how far the probability falls when it is set "
               "to what is usual; parts that matter only together have none, so bars need not add up.")  # fmt: skip


def list_rows(model: project.FraudModel, kind: int) -> list[int]:
    """List the places of the most suspicious alerts of a kind in the first test week; -1 is every kind."""
    held = model.held_out
    shares = held.shares[model.best]
    rows = np.flatnonzero((shares >= model.alert_from) & ((held.scenario == kind) | (kind < 0)))
    return [int(row) for row in rows[np.argsort(-shares[rows], kind="stable")][:N_LISTED]]


@st.cache_data(max_entries=64, show_spinner=False)
def load_reasons(key: str, row: int, _model: project.FraudModel, _payments: Transactions) -> tuple[Reason, ...]:  # noqa: ARG001 — the key
    """Work out the reasons of one of the handbook's payments once."""
    return _model.reasons(find_features(_payments, row, _model.recipe.delay_days))


def show_detectors() -> None:
    """Draw what each watch of the drift did on streams whose truth is known."""
    rehearsed = load_stored_figures().rehearsed
    show_chart(delays_chart(rehearsed), f"{SLUG}_delays")
    st.dataframe(rehearsals_frame(rehearsed), hide_index=True, alt="What each watch did in its rehearsal",
                 column_config={"Watch": st.column_config.TextColumn(pinned=True)})  # fmt: skip
    each = next(iter(rehearsed.values()))
    st.markdown(
        f"Each watch is an ADWIN over the places of values among the reference's. It was rehearsed on {each.n_streams} "
        f"quiet streams of {each.length:,} payments and on as many with a shift planted in the middle: **features**, "
        f"amounts {PRICE - 1:.0%} higher; **score**, {100 * HIGH_SHARE:.0f} payments in a hundred score as the highest "
        f"hundredth does; **labels**, {100 * FRAUD_SHARE:.0f} in a hundred turn out frauds, whatever they scored. "
        "Labels come a week late, which is not in these counts. A calendar that alarms every N payments and is as "
        "quick would raise the false alarms of the last column before each shift."
    )
    st.caption("Rows of these streams are drawn one by one, so habits that last over days are not in them. The levels "
               "were set on streams of 50,000 payments in their true order, where the promise was measured as well; "
               "the module's head says how.")  # fmt: skip
    show_command(COMMAND)
