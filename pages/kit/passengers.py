"""From a run on passengers to what the kit draws: the made columns, and one passenger live.

A gap in a number has a switch in the form, as an empty box cannot be told from a zero.

Left out: what explanations the run itself holds (``passenger_reasons``); training and comparing; the drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.evaluation.what_if import find_seen
from core.hub.contract import Prediction, ScoreRow
from core.hub.fields import FieldSpec
from core.tabular import titanic
from core.tabular.titanic.answers import answer_rows, read_case, show_value
from core.tabular.titanic.features import MADE_FROM, engineer
from pages.kit.attribution import write_share
from pages.kit.cases import N_NEAREST, Answerer, share_chart
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.live import Live
from pages.kit.models import name_run
from pages.kit.programs import show_programs
from pages.kit.tabs import Part, show_views
from pages.kit.uploads import drop_with_session
from pages.kit.what_if import WhatIf, show_what_if, write_value

UNKNOWN, FLAG = "not known", "_unknown"
GAPS = ("age", "fare")
VARIED = ("pclass", "sex", "age", "sibsp", "parch", "fare", "embarked")
FIXED = ("sex", "age")
CHANGED: Mapping[str, Mapping[str, Any]] = {
    "embarked": {"choices": ("C", "Q", "S", UNKNOWN)},
    "fare": {"step": 1.0},  # finer steps leave no room to slide
}
BARS = (
    "Error bars: 95% over the 30 training rows that stand for not knowing a column. They leave out how the model "
    "itself would change with other passengers to learn from, which the bars under *Explain* hold too."
)
USUAL = {"age": (0.0, 80.0), "fare": (0.0, 270.0), "sibsp": (0.0, 8.0), "parch": (0.0, 9.0)}
"""Where the sliders end; the boxes beside them take more."""


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def load_own(sha256: str, target: str | None, _table: Table) -> Table:  # noqa: ARG001 — the key
    """Bring a table to the project's own names once."""
    return titanic.standardise(_table)


def standardise(table: Table) -> Table:
    """Return a table of passengers under the project's own names."""
    own: Table = load_own(table.sha256, table.target, table)
    return own


def make_columns(own: Table) -> Table:
    """Return a table of the made columns of passengers, with who lived."""
    made = engineer(own.frame)
    frame = made[[name for name in MADE_FROM if name in made.columns]].copy()
    kinds: dict[str, Any] = {name: "category" if frame[name].dtype == object else "number" for name in frame.columns}
    if own.target is not None:
        frame.insert(0, own.target, own.frame[own.target].to_numpy())
        kinds[own.target] = "category"
    return replace(own, frame=frame, kinds=kinds, sha256=f"made-{own.sha256}")


def make_answerer(model: titanic.Model, own: Table) -> Answerer:
    """Gather what a run can be asked; both baselines are not. The form is filled from held-out passengers."""
    names = tuple(name for name in model.names if name not in titanic.BASELINES)
    held = own.frame.reset_index(drop=True).iloc[np.sort(model.held_out.ids)]
    told = held[["name", "sex", "age", "pclass"]]
    return Answerer(
        key=name_run(model),
        fields=add_flags(titanic.schema_fields(model)),
        start={},
        models=names,
        answer=partial(titanic.predict_case, model),
        answer_all=lambda values: _keep(titanic.predict_all_models(model, values), names),
        find_nearest=partial(titanic.nearest_cases, model),
        needed=titanic.find_needed(model.schema),
        answer_table=partial(titanic.predict_table, model),
        rows=told.assign(age=told["age"].map(show_value), pclass="class " + told["pclass"]),
        read_row=lambda place: write_form(held.loc[place, list(titanic.COLUMNS)]),
        read_form=read_form,
        usual=USUAL,
    )


def _keep(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Keep the models that answer."""
    return {name: found[name] for name in names}


def add_flags(fields: Sequence[FieldSpec]) -> tuple[FieldSpec, ...]:
    """Add to a form a switch for a number that is not known, and a choice for a port that is not.

    Examples
    --------
    >>> [spec.name for spec in add_flags(titanic.schema_fields())][3:5]
    ['age', 'age_unknown']
    """
    found: list[FieldSpec] = []
    for spec in fields:
        found.append(replace(spec, **CHANGED.get(spec.name, {})))
        if spec.name in GAPS:
            found.append(FieldSpec(spec.name + FLAG, "switch", default=False, label=f"{spec.label} is {UNKNOWN}"))
    return tuple(found)


def read_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read a form with its switches into a passenger; what is not known is None.

    Examples
    --------
    >>> read_form({"age": 30.0, "age_unknown": True, "embarked": "not known", "sex": "male"})
    {'age': None, 'embarked': None, 'sex': 'male'}
    """
    return {
        name: None if values.get(name + FLAG) or value == UNKNOWN else value
        for name, value in values.items()
        if not name.endswith(FLAG)
    }


def write_form(row: pd.Series) -> dict[str, Any]:
    """Write a passenger as the form takes it, a gap by its switch.

    Examples
    --------
    >>> write_form(pd.Series({"age": float("nan"), "sibsp": 1.0, "cabin": None, "embarked": None}))
    {'age': 30.0, 'age_unknown': True, 'sibsp': 1, 'cabin': '', 'embarked': 'not known'}
    """
    filled = {"age": 30.0, "fare": 14.0}
    values: dict[str, Any] = {}
    for name, value in row.items():
        gap = pd.isna(value)
        if name in GAPS:
            values[str(name)] = filled[str(name)] if gap else float(value)
            values[f"{name}{FLAG}"] = bool(gap)
        elif name in {"sibsp", "parch"}:
            values[str(name)] = int(value)
        else:
            values[str(name)] = (UNKNOWN if name == "embarked" else "") if gap else str(value)
    return values


def describe_making(model: titanic.Model) -> dict[str, str]:
    """Say what is done to rows before the pipeline, for its drawing."""
    made = "title, deck, family size,\nalone, fare per person"
    if model.parties is not None:
        made += "\nand the party's fates"
    return {"10 raw columns": "as the table has them", "features.engineer": made}


def make_live(model: titanic.Model, own: Table) -> Live:
    """Gather one passenger whose probability and reasons follow the form."""
    return Live(
        answerer=make_answerer(model, own),
        explain=lambda values, name: titanic.explain_case(model, values, name),
        refuse=lambda values, name: answer_one(model, values, name).refused,
        write=lambda _column, value: show_value(None if value == "" else value),
        label="Probability of having lived",
        more=partial(show_more, model),
    )


def answer_one(model: titanic.Model, values: Mapping[str, Any], name: str) -> Prediction:
    """Answer one passenger without reasons."""
    (found,) = answer_rows(model, name, read_case(values))
    return found


def show_more(model: titanic.Model, asked: tuple[Mapping[str, Any], str], key: str) -> None:
    """Draw what else is to be said of one passenger: how sure, the other models, what would turn it, who is alike."""
    values, name = asked
    answer = answer_one(model, values, name)
    if not answer.refused:
        st.caption(BARS)
        st.markdown(escape(describe_set(answer, find_held(model, name))))
    for note in answer.details["notes"]:
        st.caption(f":material/info: {escape(note)}")
    views: dict[str, Part] = {
        "Every model": partial(_show_models, model, values, key),
        "What would turn it": partial(_show_changes, model, asked, key),
        "Features made": partial(_show_made, model, values),
        "Similar passengers": partial(_show_alike, model, values),
    }
    if answer.refused:
        del views["What would turn it"]
    show_views(views, f"{key}_more_{bool(answer.refused)}")
    if None in values.values():
        st.caption("A gap in age, fare or port can be left empty in a file; over HTTP every field has a value.")
    else:
        show_programs("titanic", values, key)


def find_held(model: titanic.Model, name: str) -> ScoreRow | None:
    """Find how often a model's prediction sets held the truth on held-out rows."""
    return next((row for row in model.scores if row.model == name and row.metric.startswith("coverage_")), None)


def describe_set(answer: Prediction, held: ScoreRow | None) -> str:
    """Say which fates cannot be ruled out, what the set was made for, and how often such sets held the truth.

    Examples
    --------
    >>> describe_set(Prediction("No", "forest", candidates=("No",), coverage=0.9), None)
    'The 90% set holds only No.'
    """
    *first, last = answer.candidates or ("neither fate",)
    names = f"{', '.join(first)} or {last}" if first else f"only {last}" if answer.candidates else last
    told = f"The {answer.coverage:.0%} set holds {names}."
    if held is None:
        return told
    return (
        f"{told} Sets are made on folds of the training rows to hold the true fate in {held.baseline_value:.0%} of "
        f"cases; of the {held.n:,} held-out passengers they held it for {held.value:.1%} (95% interval "
        f"{held.low:.1%} to {held.high:.1%})."
    )


def _show_models(model: titanic.Model, values: Mapping[str, Any], key: str) -> None:
    """Draw what each model says."""
    found = titanic.predict_all_models(model, values)
    show_chart(share_chart(_keep(found, [name for name in model.names if name not in titanic.BASELINES])),
               f"{key}_all", 220)  # fmt: skip
    floors = ", ".join(f"the {name} {write_share(found[name]['Yes'])}" for name in titanic.BASELINES)
    st.caption(f"Yes is having lived. For comparison: {floors}.")


def _show_changes(model: titanic.Model, asked: tuple[Mapping[str, Any], str], key: str) -> None:
    """Draw the probability along a column, and what would turn the answer."""
    values, name = asked
    what_if = WhatIf(
        key=name_run(model),
        ask=titanic.ask(model, name),
        case=read_case(values),
        seen=find_seen(model.rows[list(VARIED)]),
        fixed=FIXED,
        answer="Probability of having lived",
        turned=("the answer is died", "the answer is lived"),
        show=write_share,
    )
    show_what_if(what_if, f"{key}_if")
    st.caption("The title in the name stays as it is when the sex is varied alone.")


def _show_made(model: titanic.Model, values: Mapping[str, Any]) -> None:
    """Draw the made columns beside the raw ones that they come from."""
    case = read_case(values)
    made = engineer(case, model.parties)
    raw = {name: show_value(case[name].iloc[0]) for name in case.columns}
    rows = [
        (name, write_value(made[name].iloc[0]), ", ".join(f"{each} = {raw[each]}" for each in sources))
        for name, sources in MADE_FROM.items()
        if name in made.columns
    ]
    st.dataframe(pd.DataFrame(rows, columns=["Made column", "Value", "From"]), hide_index=True,
                 alt="The columns made for this passenger")  # fmt: skip


def _show_alike(model: titanic.Model, values: Mapping[str, Any]) -> None:
    """Draw the training passengers most like one."""
    distance = st.column_config.NumberColumn("Distance", format="%.2f", help="In standard deviations")
    st.dataframe(titanic.nearest_cases(model, values, N_NEAREST), hide_index=True,
                 column_config={"distance": distance}, alt="The training passengers nearest to this one")  # fmt: skip
    st.caption("By age, family, fare, class and sex, standardised. Models do not ask them; they are for comparison.")


drop_with_session("passengers", load_own)
