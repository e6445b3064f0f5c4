"""A table read as a trial: its plan as the page holds it, the forms that change the plan, and the analysis, kept once.

Left out: drawing the analysis (``trial_views``, ``trial_reasons``).
"""

from __future__ import annotations

import shlex
from dataclasses import asdict, fields, replace
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.catalogue import find_entry
from core.datasets.table import Table
from core.experimentation.ab_testing.analysis import Analysis, analyse_data
from core.experimentation.ab_testing.columns import Columns, find_columns
from core.experimentation.ab_testing.data import Data, load
from core.experimentation.ab_testing.recipe import Recipe, join_names, list_names
from core.experimentation.ab_testing.trials import TRIALS, fill_plan
from core.hub.errors import HubError
from core.hub.fields import FieldSpec, make_fields, make_recipe
from pages.kit.errors import escape, show_error
from pages.kit.forms import show_form
from pages.kit.uploads import drop_with_session

SLUG, NONE = "ab_testing", "none"
TABLE_FILE = "table.parquet"
POINTS = " points"
PLACES = ("arm", "metric", "unit", "denominator", "assigned_at", "measured_at")
SEVERAL = ("covariates", "guardrails")
SETTINGS = (
    "test", "kind", "interval", "sided", "better", "alpha", "power", "split", "least_effect", "margin", "monitoring",
    "looks", "planned_units",
)  # fmt: skip


def keep_table(table: Table, _slug: str) -> Table:
    """Leave the target as it is: a trial's metric is a setting of its plan."""
    return table


def find_trial(table: Table) -> str:
    """Return the name of the bundled trial that this very table is; empty for any other."""
    if table.origin != "bundled":
        return ""
    return next((name for name in TRIALS if find_entry(name).sha256 == table.sha256), "")


def load_plan(table: Table) -> Recipe:
    """Return the plan that this session holds for a table: the trial's own, or what was found in its columns."""
    name = find_trial(table)
    start = fill_plan(Recipe(trial=name)) if name else Recipe()
    return replace(start, **st.session_state.get(_name_state(table), {}))


def find_places(table: Table) -> Columns | None:
    """Find the columns of a trial in a table, or say why there are none."""
    try:
        return load_columns(table.sha256, load_plan(table), table)
    except HubError as error:
        show_error(error)
        return None


def _name_state(table: Table) -> str:
    """Name where a table's plan lies in the session."""
    return f"{SLUG}_plan_{table.sha256[:12]}"


def _keep(table: Table, values: dict[str, Any]) -> None:
    """Change some settings of the plan."""
    key = _name_state(table)
    st.session_state[key] = st.session_state.get(key, {}) | values


def ask_places(table: Table) -> None:
    """Ask which column is what, and which two arms are compared; what was found is chosen at first."""
    plan, names = load_plan(table), [str(name) for name in table.frame.columns]
    try:
        found = load_columns(table.sha256, Recipe(trial=plan.trial, arm=plan.arm, metric=plan.metric), table)
        start = {name: getattr(plan, name) or getattr(found, name, "") for name in PLACES}
    except HubError:
        start = {name: getattr(plan, name) for name in PLACES}
    specs = [replace(_find_spec(name), kind="choice", choices=(NONE, *names)) for name in PLACES]
    values = show_form(specs, f"{SLUG}_places_{table.sha256[:8]}", {name: text or NONE for name, text in start.items()},
                       columns=3)  # fmt: skip
    if values is not None:
        _keep(table, {name: "" if text == NONE else text for name, text in values.items()})
    ask_arms(table)


def ask_arms(table: Table) -> None:
    """Ask which two arms are compared."""
    plan = load_plan(table)
    try:
        arms = load_columns(table.sha256, plan, table).arms
    except HubError:
        return  # its sentence stands where the trial is read
    if len(arms) < 2:  # noqa: PLR2004 two can be compared
        _keep(table, {"first": "", "second": ""})
        return
    start = {"first": plan.first, "second": plan.second}
    if not set(start.values()) <= set(arms) or not plan.first:
        start = {"first": arms[0], "second": arms[-1]} if len(arms) == 2 else dict.fromkeys(start, NONE)  # noqa: PLR2004
    choices = arms if len(arms) == 2 else (NONE, *arms)  # noqa: PLR2004 of more, a person must say which
    specs = [replace(_find_spec(name), kind="choice", choices=choices) for name in start]
    key = f"{SLUG}_arms_{table.sha256[:8]}_{plan.arm}"
    if len(arms) > 2:  # noqa: PLR2004 the person must say which
        st.caption(f"{len(arms)} arms were found: compare two of them at a time.")
    values = show_form(specs, key, start)
    if values is not None:
        _keep(table, {name: "" if text == NONE and NONE not in arms else text for name, text in values.items()})


def ask_settings(table: Table) -> None:
    """Ask for the rest of the plan, as its dataclass describes it."""
    plan = load_plan(table)
    try:
        found = load_columns(table.sha256, plan, table)
    except HubError:
        st.caption("The columns of this table are set on *Explore* first.")
        return
    numbers = found.numbers
    specs = [
        replace(_find_spec("covariates"), kind="choices", choices=numbers),
        replace(_find_spec("guardrails"), kind="choices", choices=tuple(x for n in numbers for x in (n, f"-{n}"))),
        replace(_find_spec("segment"), kind="choice", choices=(NONE, *found.segments)),
        *(_find_spec(name) for name in SETTINGS),
    ]
    start = asdict(plan) | {name: list_names(getattr(plan, name)) for name in SEVERAL}
    start["segment"] = plan.segment or NONE
    values = show_form(specs, f"{SLUG}_settings_{table.sha256[:8]}", start, columns=3)
    if values is None:
        return
    values |= {name: join_names(values[name]) for name in SEVERAL}
    _keep(table, values | {"segment": "" if values["segment"] == NONE else values["segment"]})


def _find_spec(name: str) -> FieldSpec:
    """Return a setting of the plan as a field."""
    return next(spec for spec in make_fields(Recipe) if spec.name == name)


@st.cache_data(max_entries=64, scope="session", show_spinner=False)
def load_columns(sha256: str, plan: Recipe, _table: Table) -> Columns:  # noqa: ARG001 — the key
    """Find the columns once."""
    return find_columns(_table, plan)


@st.cache_resource(max_entries=8, scope="session", show_spinner=False)
def load_data(sha256: str, plan: Recipe, _table: Table) -> Data:  # noqa: ARG001 — the key
    """Read the arms once."""
    return load(plan, _table)


@st.cache_resource(max_entries=32, scope="session", show_spinner="Analysing the trial…")
def load_analysis(sha256: str, plan: Recipe, _table: Table) -> Analysis:
    """Analyse a table by a plan once."""
    return analyse_data(load_data(sha256, plan, _table))


drop_with_session("trials", load_columns, load_data, load_analysis)


def find_analysis(table: Table, **changed: Any) -> Analysis:
    """Analyse a table by the session's plan, some of whose settings may be set otherwise.

    Raises
    ------
    HubError
        If the table is no trial of two arms, or the plan asks for what it cannot give.
    """
    plan = make_recipe(Recipe, asdict(load_plan(table)) | changed)
    return load_analysis(table.sha256, plan, table)


def write_command(found: Analysis, table: Table) -> str:
    """Write the command that prints an analysis again.

    Returns
    -------
    str
        ``python -m core ab analyse`` with every setting that is not the default or the bundled trial's own.
    """
    name = find_trial(table)
    usual = fill_plan(Recipe(trial=name)) if name else Recipe()
    parts = ["python -m core ab analyse", *([f"--trial {name}"] if name else [TABLE_FILE])]
    for field in fields(Recipe):
        value = getattr(found.plan, field.name)
        if field.name != "trial" and value != getattr(usual, field.name):
            parts.append(shlex.quote(f"--{field.name.replace('_', '-')}={value}"))
    return " ".join(parts)


def show_command(found: Analysis, table: Table) -> None:
    """Show the command below what it makes."""
    st.caption(f":material/terminal: `{write_command(found, table)}`  \nResult sha256 `{found.digest[:16]}…`")


def write_number(value: float, kind: str = "mean") -> str:
    """Write a value of a metric: shares in percent.

    Examples
    --------
    >>> write_number(0.0965, "share"), write_number(1794.3)
    ('9.65%', '1,794')
    """
    return f"{100 * value:.3g}%" if kind == "share" else f"{value:,.4g}"


def write_gap(value: float, kind: str = "mean") -> str:
    """Write a difference of a metric: that of shares in points, which are no percent of anything.

    Examples
    --------
    >>> write_gap(0.0320329, "share"), write_gap(1794.3)
    ('3.2 points', '1,794')
    """
    return f"{100 * value:.3g}{POINTS}" if kind == "share" else write_number(value)


def write_span(found: Analysis) -> str:
    """Write both ends of the interval of a difference; the unit stands beside the difference itself."""
    ends = (write_gap(end, found.kind).removesuffix(POINTS) for end in (found.verdict.low, found.verdict.high))
    return " to ".join(ends)


def show_rows(frame: pd.DataFrame, percent: tuple[str, ...] = (), key: str | None = None) -> None:
    """Draw a short table; columns of shares in percent, others with four digits."""
    config: dict[str, Any] = {name: st.column_config.NumberColumn(format="percent") for name in percent}
    for name in frame.columns:
        if frame[name].dtype.kind == "f" and name not in percent:
            config[name] = st.column_config.NumberColumn(format="%.4g")
    st.dataframe(frame, hide_index=True, column_config=config, key=key)


def show_notes(found: Analysis) -> None:
    """Show what a reader must know beside the figures."""
    if found.notes:
        st.caption("  \n".join(f":material/info: {escape(note)}" for note in found.notes))
