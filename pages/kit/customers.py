"""One customer: how likely they leave, what an offer to them is expected to bring, why, and what would change it.

Left out: many customers (``contacts``, ``cases.show_batch``); how far explanations can be believed (``trust``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from core.evaluation.attribution import Attribution, local_chart, path_chart
from core.evaluation.seen import SeenColumn, find_seen
from core.hub.charts import Chart
from core.hub.contract import Prediction
from core.hub.fields import FieldSpec, make_fields
from pages.kit.acting import ask_terms, show_call
from pages.kit.attribution import Reasons, bracket_label, show_overall, show_reasons_side_by_side, write_share
from pages.kit.cases import N_NEAREST, Answerer, share_chart, show_case_form
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.models import name_run
from pages.kit.slow import load_on_demand
from pages.kit.uploads import drop_with_session
from pages.kit.what_if import WhatIf, show_what_if, write_value

BARS, WAY = "Bars", "Way from the base"
METHODS = ("Shapley", "SHAP", "LIME", "permutation")
MOST_ROWS, HEIGHT, ALL_HEIGHT = 1_000, 420, 260
GROWING = ("tenure", "total_charges", "account_length")
"""Columns that only time moves."""


def make_answerer(project: ModuleType, model: Any) -> Answerer:
    """Gather what a run can be asked about one customer and about a file; the likeliest to leave come first."""
    fields, order = _list_fields(project, model), model.folds.shares[model.best].argsort()[::-1]
    whole = model.rows.iloc[order].dropna().head(MOST_ROWS)
    shown = whole[[spec.name for spec in fields]].astype(str)
    shown.insert(0, "leaves", [f"{share:.0%} to leave" for share in model.folds.shares[model.best][whole.index]])
    shown.index = model.ids[whole.index]
    cases = dict(zip(shown.index, whole.index, strict=True))
    return Answerer(
        key=name_run(model),
        fields=fields,
        start=_find_start(project, fields),
        models=tuple(name for name in model.names if name != project.BASELINE),
        answer=partial(project.predict_case, model),
        answer_all=lambda values: project.predict_all_models(model, values, (*model.choices, project.RULE)),
        find_nearest=partial(project.nearest_cases, model),
        needed=project.find_needed(model.schema),
        answer_table=partial(project.predict_table, model),
        rows=shown,
        read_row=lambda place: _read_row(model.rows.loc[cases[place]], fields),
    )


def _list_fields(project: ModuleType, model: Any) -> tuple[FieldSpec, ...]:
    """Describe the form: where the table is the project's own, in its order and words."""
    fields = {spec.name: spec for spec in project.schema_fields(model)}
    known = {spec.name: spec for spec in make_fields(project.Inputs)}
    if set(known) != set(fields):
        return tuple(fields.values())
    return tuple(
        replace(fields[name], label=spec.label, unit=spec.unit, help=spec.help) for name, spec in known.items()
    )


def _find_start(project: ModuleType, fields: tuple[FieldSpec, ...]) -> dict[str, Any]:
    """Return the customer that is shown first: the project's own where its columns are the table's, else a typical."""
    usual = asdict(project.Inputs())
    own = set(usual) == {spec.name for spec in fields}
    return {spec.name: usual[spec.name] if own else spec.default for spec in fields}


def _read_row(row: pd.Series, fields: tuple[FieldSpec, ...]) -> dict[str, Any]:
    """Write a row's values as the form takes them."""
    return {spec.name: round(row[spec.name]) if spec.kind == "integer" else row[spec.name] for spec in fields}


@st.fragment
def show_customer(project: ModuleType, model: Any, answerer: Answerer, key: str) -> None:
    """Draw the form of one customer and, beside it, the answer, its worth and its reasons, as a value moves."""
    costs = ask_terms(project, model, key, "customer")
    left, right = st.columns([2, 3], gap="large")
    with left:
        values = show_case_form(answerer, f"{key}_case")
    if values is None or costs is None:
        return
    with right, guard():
        name = st.selectbox("Who answers", model.choices, format_func=capitalise,
                            key=f"{key}_answers_{answerer.key[:8]}", width=320)  # fmt: skip
        _show_worth(project.predict_case(model, values, name, costs), (project.find_rule(costs), model.positive))
        _show_reasons(project, model, (values, name), key)
        _show_change(project, model, (values, name, costs), key)
    with guard():
        st.subheader("What each model says", anchor=False)
        show_chart(share_chart(answerer.answer_all(values)), f"{key}_all", ALL_HEIGHT)
        nearest = answerer.find_nearest(values, N_NEAREST)
        st.markdown(f"**The {len(nearest)} most similar customers, and whether they left**")
        config = {"distance": st.column_config.NumberColumn("Distance", format="%.2f", help="In standard deviations")}
        st.dataframe(nearest, hide_index=True, column_config=config, alt="The customers nearest to this one")
    shown = ", ".join(f"{name}={value!r}" for name, value in values.items())
    show_call(project, model, f"project.predict_case(model, dict({shown}), {name!r})", f"{key}_customer")


def _show_worth(prediction: Prediction, edge: tuple[float, str]) -> None:
    """Draw the probability of leaving, what an offer is expected to bring, and what follows."""
    (rule, positive), details = edge, prediction.details
    share, profit = prediction.probabilities[positive], float(details["expected_profit"])
    with st.grid("auto", min_column_width=130, gap="small"):
        st.metric("Probability of leaving", f"{share:.1%}")
        st.metric("Expected of an offer", f"{'−' if profit < 0 else ''}${abs(profit):,.2f}",
                  f"lifetime value ${details['value']:,.0f}", delta_color="off", delta_arrow="off")  # fmt: skip
        st.metric("So", "Contact" if details["contact"] else "Leave alone", f"pays from {rule:.1%}",
                  delta_color="off", delta_arrow="off")  # fmt: skip
    for note in details.get("notes", ()):
        st.warning(escape(note), icon=":material/warning:")


def _show_reasons(project: ModuleType, model: Any, asked: tuple[Mapping[str, Any], str], key: str) -> None:
    """Draw each column's Shapley value, estimated from random orders of the columns."""
    values, name = asked
    found: Attribution = project.explain_by("Shapley", model, project.lay_out_case(model, values), name)
    view = st.segmented_control("Reasons as", [BARS, WAY], default=BARS, required=True, key=f"{key}_as", wrap=True)
    texts = {column: f"= {write_value(values[column])}" for column in found.columns}
    chart: Chart = (local_chart if view == BARS else path_chart)(found, 0, texts, write_share)
    show_chart(bracket_label(chart), f"{key}_reasons", HEIGHT)


def _show_change(project: ModuleType, model: Any, asked: tuple[Mapping[str, Any], str, Any], key: str) -> None:
    """Draw the probability along one column, and the single changes that cross the break-even."""
    values, name, costs = asked
    st.subheader("What if?", anchor=False)
    case = project.lay_out_case(model, values)
    what_if = WhatIf(
        key=name_run(model),
        ask=lambda rows: model.ask(rows, name),
        case=case,
        seen=load_seen(name_run(model), model),
        threshold=round(project.find_rule(costs), 3),
        fixed=(*model.groups, *(each for each in GROWING if each in model.schema.names)),
        answer="Probability of leaving",
        turned=("no offer pays", "an offer pays"),
        show=write_share,
    )
    show_what_if(what_if, f"{key}_what_if")


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def load_seen(key: str, _model: Any) -> tuple[SeenColumn, ...]:  # noqa: ARG001 — the key
    """List the values of each column once, the most important column first."""
    order = _rank_columns(_model)
    return tuple(sorted(find_seen(_model.rows), key=lambda each: order[each.name]))


def _rank_columns(model: Any) -> dict[str, int]:
    """Return each column's place by importance, where it was measured."""
    names = model.schema.names
    if model.importance is not None:
        told = [part for each in model.importance["columns"] for part in each.split(" + ")]
        names = [*told, *(name for name in names if name not in told)]
    return {name: place for place, name in enumerate(names)}


def show_columns(project: ModuleType, model: Any, key: str) -> None:
    """Draw which columns tell who leaves: by shuffling, what goes together as one, and by Shapley values."""
    st.subheader("Which columns tell who leaves?", anchor=False)
    found = model.importance
    if found is None:
        found = load_on_demand("Shuffle the columns", (name_run(model),), lambda: project.explain_columns(model),
                               f"{key}_shuffled")  # fmt: skip
    if found is not None:
        show_chart(project.importance_chart(found), f"{key}_importance", HEIGHT)
        st.caption("Permutation importance: columns that correlate (rank correlation 0.6 or more) are shuffled "
                   "together, since each would stand in for the other; in every fold, on its scored rows.")  # fmt: skip
    with guard():
        _show_shap(project, model, key)
    show_call(project, model, "project.explain_columns(model)", key)


def _show_shap(project: ModuleType, model: Any, key: str) -> None:
    """Draw the SHAP values of a sample of customers."""
    made = project.explain_customers(model) if model.explained is not None else load_on_demand(
        "Work out SHAP values", (name_run(model),), lambda: project.explain_customers(model), f"{key}_shap"
    )  # fmt: skip
    if made is None:
        return
    rows, found = made
    x = model.rows.iloc[rows].reset_index(drop=True)
    reasons = Reasons(name_run(model), tuple(map(str, rows)), {"SHAP": found}, show=write_share, rows=x)
    st.markdown(f"**SHAP values of {len(rows)} customers, by {escape(model.best)}**")
    show_overall(reasons, f"{key}_overall")


def show_methods(project: ModuleType, model: Any, key: str) -> None:
    """Explain one customer by four methods side by side, when asked."""
    order = model.folds.shares[model.best].argsort()[::-1][:MOST_ROWS]
    told = {int(place): f"Row {model.ids[place] + 1}: {model.folds.shares[model.best][place]:.0%} to leave, "
                        f"{'left' if model.left[place] else 'stayed'}" for place in order}  # fmt: skip
    place = st.selectbox("Customer, likeliest to leave first", list(told), format_func=told.__getitem__,
                         key=f"{key}_whose_{name_run(model)[:8]}", width=420)  # fmt: skip
    case, what = model.rows.iloc[[place]], (name_run(model), place)
    found = load_on_demand(
        "Explain this customer by four methods", what,
        lambda: {method: project.explain_by(method, model, case, model.best) for method in METHODS}, f"{key}_methods",
    )  # fmt: skip
    shown = {escape(name): escape(write_value(value)) for name, value in case.iloc[0].items()}
    if found is None:
        st.table(shown, border="horizontal", width="content", alt="The values of this customer")
        return
    texts = [{name: f"= {write_value(value)}" for name, value in case.iloc[0].items()}]
    reasons = Reasons(f"{name_run(model)}{place}", (told[place],), found, texts, write_share,
                      "Error bars: 95% intervals over the background customers or a method's own draws.")  # fmt: skip
    show_reasons_side_by_side(reasons, f"{key}_methods")


drop_with_session("customers", load_seen)
