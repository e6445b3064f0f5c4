"""Acting on who is likely of a class: what that costs, one slider for all it does, the price of fairness, and watching.

A project fits when its module has the verbs of ``core.tabular.churn`` (Offer, Costs, make_payoff, find_threshold,
score_profit, limit_by_folds, trace_front, rehearse_shift, watch_table) and its model the parts that they read.

Left out: lists of whom to contact (``contacts``), the portfolio (``portfolio``) and one customer (``customers``).
"""

from __future__ import annotations

from dataclasses import asdict
from types import ModuleType
from typing import Any

import numpy as np
import streamlit as st

from core.hub.charts import Chart
from core.hub.fields import make_key
from pages.kit.compare import capitalise
from pages.kit.drift import Monitor, show_monitor
from pages.kit.errors import escape
from pages.kit.fairness import Fairness, show_fairness
from pages.kit.groups import Words
from pages.kit.models import name_run
from pages.kit.provenance import write_code
from pages.kit.threshold_form import ask_costs
from pages.kit.thresholds import Decision, show_decision

WORDS = Words("customer", "customers", "contacted", "leavers", "stayers")
EQUAL = "All are worth the same"
GAP = "missing"
NO_GROUPS = (
    "No column of this run makes groups to compare: name one or more, such as a yes-or-no column, under Group columns "
    "in the settings above and train again."
)
SHIFT = (
    "The customers are parted in two halves of which one has newer customers and more of the commonest kind; the model "
    "learns from the other half. Whoever landed where is known, so the estimate can be held against the truth. This is "
    "one draw: over 12 such halves of Telco the estimate erred by 0.005 on average and by 0.023 at most, and its "
    "interval, which is of sampling alone, held the truth in 8."
)


def ask_offer(project: ModuleType, key: str, place: str) -> Any | None:
    """Draw the terms of an offer, which every view of a page shares; None where a value is wrong."""
    with st.expander("What acting costs and brings", icon=":material/payments:", key=f"{key}_{place}_terms"):
        return ask_costs(project.Offer, f"{key}_{project.Offer.__name__}")


def ask_terms(project: ModuleType, model: Any, key: str, place: str) -> Any | None:
    """Draw the terms of an offer and what a customer's value grows with; None where a value is wrong."""
    with st.expander("What acting costs and brings", icon=":material/payments:", key=f"{key}_{place}_terms"):
        return ask_costs_and_value(project, model, key)


def ask_costs_and_value(project: ModuleType, model: Any, key: str) -> Any | None:
    """Draw the form of an offer, and the column that a customer's value grows with."""
    offer = ask_costs(project.Offer, f"{key}_{project.Offer.__name__}")
    chosen = st.selectbox(
        "Value grows with", [EQUAL, *model.schema.numbers], format_func=escape,
        key=f"{key}_value_{name_run(model)[:8]}", width=320, persist_state="session",
        help="A customer with twice the mean of that column is worth twice the lifetime value.",
    )  # fmt: skip
    return None if offer is None else project.Costs(**asdict(offer), value_column="" if chosen == EQUAL else chosen)


def choose_actor(model: Any, key: str) -> str:
    """Let a person choose which model is acted on: those whose shares are probabilities, best first."""
    place = f"{key}_actor_{name_run(model)[:8]}"
    name: str = st.selectbox("Model", model.choices, format_func=capitalise, key=place, width=320,
                             persist_state="session")  # fmt: skip
    return name


def find_groups(model: Any) -> dict[str, np.ndarray]:
    """Return the group of each row by every column that fairness may be judged by."""
    return {name: model.rows[name].fillna(GAP).astype(str).to_numpy(dtype=object) for name in model.groups}


def show_acting(project: ModuleType, model: Any, key: str) -> None:
    """Draw threshold, profit, fairness and calibration on one slider."""
    name = choose_actor(model, key)

    def trace(costs: Any, column: str) -> Chart:
        chart: Chart = project.trace_front(model, costs, column, name=name).chart()
        return chart

    decision = Decision(
        key=make_key(name_run(model), name),
        y=model.left,
        share=model.folds.shares[name],
        ask=lambda: ask_costs_and_value(project, model, key),
        make_payoff=project.make_payoff,
        make_worth=lambda costs: project.value_customers(model, costs),
        find_start=lambda costs: project.find_threshold(model, costs, name),
        start_name="Median of the folds' choices",
        count_apart=lambda costs: project.score_profit(model, costs, name).per_customer,
        groups=find_groups(model),
        trace_front=trace,
        words=WORDS,
    )
    show_decision(decision, key)
    if not model.groups:
        st.info(NO_GROUPS, icon=":material/groups:")
    call = f"project.Costs(), {model.groups[0]!r}, threshold=0.4, name={name!r}" if model.groups else ""
    head = f"project.score_profit(model, project.Costs(), {name!r}).per_customer"
    show_call(project, model, f"project.judge_groups(model, {call})" if call else head, key)
    st.caption("In that call put your own costs and threshold, where you moved them.")


def show_price(project: ModuleType, model: Any, key: str) -> None:
    """Draw whom contacting falls on, and what a limit on the gap between groups costs in money."""
    name = choose_actor(model, key)
    offer = ask_offer(project, key, "price")
    if offer is None:
        return
    costs = project.Costs(**asdict(offer))
    found = project.score_profit(model, costs, name)
    st.caption(
        f"Contacted is whoever is at or above the threshold that the training rows of their fold chose: "
        f"{found.thresholds.min():.3f} to {found.thresholds.max():.3f}. That makes {found.per_customer[0]:,.2f} $ a "
        f"customer ({found.per_customer[1]:,.2f} to {found.per_customer[2]:,.2f})."
    )
    if not model.groups:
        st.info(NO_GROUPS, icon=":material/groups:")
        return
    fairness = Fairness(
        key=make_key(name_run(model), name, repr(costs)),
        y=model.left,
        chosen=found.chosen,
        share=model.folds.shares[name],
        groups=find_groups(model),
        find_limited=lambda column, limit: project.limit_by_folds(model, costs, column, limit, name),
        trace_front=lambda column: project.trace_front(model, costs, column, name=name).chart(),
        words=WORDS,
    )
    show_fairness(fairness, f"{key}_price")
    call = f"project.limit_by_folds(model, {costs!r}, {model.groups[0]!r}, 0.05, {name!r}).sentence"
    show_call(project, model, call.replace("Costs(", "project.Costs("), key)


def show_watching(project: ModuleType, model: Any, key: str) -> None:
    """Draw a rehearsal of a shift, or what new customers say of the model."""
    monitor = Monitor(
        key=name_run(model),
        rehearse=lambda: project.rehearse_shift(model),
        watch=lambda table: project.watch_table(model, table),
        needed=project.find_needed(model.schema),
        about=SHIFT,
    )
    show_monitor(monitor, f"{key}_watch")
    show_call(project, model, "project.rehearse_shift(model).sentence", key)


def show_call(project: ModuleType, model: Any, call: str, key: str) -> None:
    """Draw the Python that prints a figure of this page again."""
    package, _, slug = project.__name__.rpartition(".")
    if not model.source.file and model.recipe == project.RECIPES["full"]:
        head = (
            f"from {package} import {slug} as project\nfrom core.hub.artifacts import load_artifact\n\n"
            f'model = project.load_model(load_artifact("{slug}").folder / "weights")\n'
        )
    else:
        from core.hub.fields import recipe_to_json

        code = write_code(project.__name__, recipe_to_json(model.recipe), model.source.file, model.schema.target)
        head = code[: code.index("for row in")]
    with st.expander("Reproduce these numbers", icon=":material/replay:", type="compact", key=f"{key}_call"):
        st.code(f"{head}print({call})", language="python", wrap_lines=True)
