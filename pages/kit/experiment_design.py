"""Design an experiment: arms, weights, coverage, salt and plan, frozen with its hash when it starts.

Left out: the dashboard of what was started (``experiment_board``).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

import streamlit as st

from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.decision import Better
from core.experimentation.ab_testing.ledger import Ledger, open_ledger
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import Entry, amend, change, find_experiment, start, stop
from core.experimentation.ab_testing.simulation import Monitoring
from core.hub.contract import Label, Range
from core.hub.errors import HubError
from core.hub.settings import load_settings
from pages.kit.errors import escape, show_error
from pages.kit.experiment_log import Shown, describe_entry
from pages.kit.forms import show_form

STARTED = "ab_testing_started"
"""Under which a session keeps the names of the experiments that it started in the hub's log."""


@dataclass(frozen=True, slots=True)
class Design:
    """What is decided before the first exposure."""

    name: Annotated[str, Label("Name", "Letters, digits, points, dashes; never used before.")] = "checkout"
    treatment: Annotated[str, Label("Treatment arm")] = "blue"
    control: Annotated[str, Label("Control arm")] = "grey"
    treated: Annotated[float, Range(1.0, 99.0, 1.0), Label("Treated", "Share of the units.", "%")] = 50.0
    coverage: Annotated[float, Range(1.0, 100.0, 1.0), Label("Coverage", "Ramp-up; it may only grow.", "%")] = 100.0
    salt: Annotated[str, Label("Salt", "Empty takes the name.")] = ""
    metric: Annotated[str, Label("Metric", "Name of the metric event.")] = "purchase"
    kind: Annotated[Literal["share", "mean"], Label("Kind of metric", "share: any value above 0.")] = "share"
    better: Annotated[Better, Label("Better is")] = "higher"
    monitoring: Annotated[Monitoring, Label("Looking", "How often one may look.")] = "anytime"
    guardrails: Annotated[str, Label("Guardrails", "Metric events; -name is better lower.")] = ""
    planned_units: Annotated[int, Range(0, 1_000_000_000, 1), Label("Units planned")] = 2_188


def show_design(shown: Shown | None, key: str) -> None:
    """Draw the design of the experiment that is shown, what may still be changed, and a form for a new one."""
    if shown is not None:
        entry = find_experiment(shown.ledger, shown.name)
        st.markdown(describe_entry(entry))
        _show_plan(entry)
        if entry.is_running and may_change(shown):
            _show_changes(shown.ledger, entry, key)
        elif entry.is_running:
            st.caption("Only the session that started an experiment of the hub's log may change or stop it here; "
                       "`python -m core ab` and the setting `AB_LOG_OPEN` lift that.")  # fmt: skip
        _show_assignment(entry, key)
    with st.expander("Design another for the hub's own log", icon=":material/add:", expanded=shown is None):
        _ask_design(key)


def may_change(shown: Shown) -> bool:
    """Say whether this visitor may change the experiment: a replay of one's own, one's own start, or an open log."""
    return shown.playback is not None or shown.name in st.session_state.get(STARTED, ()) or load_settings().ab_log_open


def _show_plan(entry: Entry) -> None:
    """Draw the frozen plan and every change of it."""
    plan = {name: str(value) for name, value in asdict(entry.plan).items() if value not in ("", 0)}
    with st.expander(f"The plan, frozen before the first exposure · sha256 {entry.plan_sha256[:16]}…"):
        st.table({name: escape(value) for name, value in plan.items()}, border="horizontal")
    for each in entry.deviations:
        st.warning(escape(each.sentence), icon=":material/edit:")
    st.caption("History: " + escape(" → ".join(entry.history)))


def _show_changes(ledger: Ledger, entry: Entry, key: str) -> None:
    """Offer what may be changed: more coverage, the plan with a reason, the end; all else is refused."""
    with st.expander("Ramp up, change the plan, stop", icon=":material/tune:"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            coverage = st.number_input("Coverage (%)", 0.0, 100.0, 100 * entry.experiment.coverage, 5.0,
                                       key=f"{key}_ramp_{entry.experiment.name}", width=140)  # fmt: skip
            share = st.number_input("Treated (%)", 1.0, 99.0, 100 * entry.experiment.shares[0], 1.0,
                                    key=f"{key}_weight_{entry.experiment.name}", width=140)  # fmt: skip
            if st.button("Change the split", key=f"{key}_do_ramp"):
                weights = entry.experiment.weights
                if abs(share - 100 * entry.experiment.shares[0]) > 1e-9:  # noqa: PLR2004 — a widget's rounding
                    weights = (share / 100, 1 - share / 100)
                changed = replace(entry.experiment, coverage=coverage / 100, weights=weights)
                _try(lambda: change(ledger, changed))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            alpha = st.number_input("α", 0.001, 0.2, entry.plan.alpha, 0.001, format="%.3f", key=f"{key}_alpha",
                                    width=140)  # fmt: skip
            why = st.text_input("Reason", key=f"{key}_why", width=260)
            if st.button("Change the plan", key=f"{key}_amend"):
                _try(lambda: amend(ledger, entry.experiment.name, replace(entry.plan, alpha=alpha), why))
            if st.button("Stop the experiment", key=f"{key}_stop", icon=":material/stop_circle:"):
                _try(lambda: stop(ledger, entry.experiment.name, why))


def _try(do: Any) -> None:
    """Make a change and draw the dashboard again, or say why it may not be made."""
    try:
        do()
    except HubError as error:
        show_error(error)
        return
    st.rerun(scope="fragment")


def _show_assignment(entry: Entry, key: str) -> None:
    """Show the arm of any unit, which is a pure function of salt and name."""
    unit = st.text_input("Arm of a unit", "user-1", key=f"{key}_unit", width=260, max_chars=128)
    if unit and not entry.is_running:
        st.markdown(f"{escape(unit)} gets no arm any more: the experiment was stopped.")
    elif unit:
        arm = assign(entry.experiment, unit)
        says = f"gets **{escape(arm)}**, today and always" if arm else "is not in the experiment at this coverage"
        st.markdown(f"{escape(unit)} {says}: the arm is a hash of the salt "
                    f"`{escape(entry.experiment.seed)}` and the name.")  # fmt: skip


def _ask_design(key: str) -> None:
    """Ask for a design, show it as a file for the command line, and start it."""
    design = show_form(Design, f"{key}_design", columns=3)
    if design is None:
        return
    experiment, plan = make_experiment(design), make_design_plan(design)
    own: dict[str, Any] = {"name": design.name, "arms": experiment.arms, "weights": experiment.weights,
                           "coverage": experiment.coverage, "salt": design.salt}  # fmt: skip
    usual = asdict(Recipe())
    changed = {name: value for name, value in asdict(plan).items() if value != usual[name]}
    if st.button("Start it in the hub's log", key=f"{key}_start", type="primary", icon=":material/play_arrow:"):
        try:
            entry = start(open_ledger(), experiment, plan)
        except HubError as error:
            show_error(error)
        else:
            st.session_state[STARTED] = (*st.session_state.get(STARTED, ()), entry.experiment.name)
            st.success(f"{escape(entry.experiment.name)} runs; its plan is `{entry.plan_sha256[:16]}…`. "
                       "Send events to `POST /v1/ab/events`.", icon=":material/check_circle:")  # fmt: skip
    st.caption(
        "The same from the command line: save as experiment.json, then `python -m core ab start experiment.json`."
    )
    st.code(json.dumps({"experiment": own, "plan": changed}, indent=1, ensure_ascii=False), language="json")


def make_experiment(design: Design) -> Experiment:
    """Turn a form into the experiment."""
    weights = (design.treated / 100, round(1 - design.treated / 100, 12))
    return Experiment(design.name, (design.treatment, design.control), weights, design.coverage / 100, design.salt)


def make_design_plan(design: Design) -> Recipe:
    """Turn a form into the plan."""
    return Recipe(
        metric=design.metric, kind=design.kind, better=design.better, monitoring=design.monitoring,
        guardrails=design.guardrails, planned_units=design.planned_units,
    )  # fmt: skip
