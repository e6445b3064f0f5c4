"""From a project that classifies tables to what the kit draws: its comparison, its answers, its boundaries.

A project fits when its module has the verbs of ``core.tabular.iris`` (schema_fields, find_needed, predict_case,
predict_all_models, nearest_cases, predict_table, boundary, boundaries) and its model the same parts.

Left out: loading tables (``chooser``) and models (``models``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.association import find_numbers, rank_columns
from core.datasets.table import Table
from core.evaluation.importance import MAX_ROWS, importance_chart, permutation_importance
from core.hub.charts import Chart
from core.hub.fields import FieldSpec, make_fields, make_recipe
from pages.kit.cases import Answerer
from pages.kit.compare import Outcome
from pages.kit.models import name_run
from pages.kit.planes import Axes, Planes
from pages.kit.uploads import drop_with_session

N_KEPT = 32
MAX_STARTS = 20  # held-out rows that are tried as the first case


def make_outcome(model: Any, table: Table) -> Outcome:
    """Gather a run's comparison; the held-out rows are shown as the table holds them."""
    held_out = model.held_out
    return Outcome(
        key=name_run(model),
        models=model.names,
        classes=model.schema.classes,
        y=held_out.y,
        probabilities=held_out.probabilities,
        rows=table.frame[model.schema.names].reset_index(drop=True).iloc[held_out.ids],
        fold_scores={name: model.folds.accuracy[name] for name in model.names},
        leaderboard=model.leaderboard,
        scores=model.scores,
    )


def split_table(project: ModuleType, model: Any, table: Table) -> Any:
    """Split a table as its run split it."""
    return load_data(name_run(model), project.load, model.recipe, table)


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def load_data(key: str, _load: Callable[..., Any], _recipe: Any, _table: Table) -> Any:  # noqa: ARG001 — the key
    """Split a table once."""
    return _load(_recipe, _table)


def make_answerer(project: ModuleType, model: Any, table: Table) -> Answerer:
    """Gather what a run can be asked; the baseline is not. The first case shown is a typical held-out row."""
    fields = project.schema_fields(model)
    names = tuple(name for name in model.names if name != project.BASELINE)
    rows = table.frame[[spec.name for spec in fields]].reset_index(drop=True).dropna()
    return Answerer(
        key=name_run(model),
        fields=fields,
        start=load_start(name_run(model), project, model, table, fields),
        models=names,
        answer=partial(project.predict_case, model),
        answer_all=lambda values: {
            name: shares for name, shares in project.predict_all_models(model, values).items() if name in names
        },
        find_nearest=partial(project.nearest_cases, model),
        needed=project.find_needed(model.schema),
        answer_table=partial(project.predict_table, model),
        rows=rows,
        read_row=lambda place: {spec.name: _cast(rows.loc[place, spec.name], spec) for spec in fields},
    )


@st.cache_data(max_entries=N_KEPT, scope="session", show_spinner=False)
def load_start(key: str, _project: ModuleType, _model: Any, _table: Table, _fields: Any) -> dict[str, Any]:  # noqa: ARG001 — the key
    """Find the first case of a run once."""
    return find_start(_project, _model, _table, _fields)


def find_start(project: ModuleType, model: Any, table: Table, fields: tuple[FieldSpec, ...]) -> dict[str, Any]:
    """Return the held-out row nearest to the median of its class that is answered right by a set of one class.

    The form takes it as it is; without such a row it is the nearest one, and empty where every row has a gap.
    """
    outcome = make_outcome(model, table)
    whole = outcome.rows.notna().all(axis=1).to_numpy()
    order = np.argsort(_measure_oddness(model, outcome), kind="stable")
    order = order[whole[order]][:MAX_STARTS]
    cases = [{spec.name: _cast(outcome.rows.iloc[place][spec.name], spec) for spec in fields} for place in order]
    for place, case in zip(order, cases, strict=True):
        if project.predict_case(model, case).candidates == (outcome.y[place],):
            return case
    return cases[0] if cases else {}


def _measure_oddness(model: Any, outcome: Outcome) -> np.ndarray:
    """Measure how far each held-out row lies from the medians of its class; else the model's doubt."""
    numbers = [feature for feature in model.schema.features if feature.kind == "number"]
    if not numbers:
        return np.asarray(1 - outcome.probabilities[model.best].max(axis=1))
    names = [feature.name for feature in numbers]
    medians = model.rows[names].groupby(model.labels).median().loc[outcome.y].to_numpy()
    spreads = np.array([feature.spread or 1.0 for feature in numbers])
    values = outcome.rows[names].to_numpy(dtype=float, na_value=np.nan)
    return np.asarray((((values - medians) / spreads) ** 2).sum(axis=1))


def _cast(value: Any, spec: FieldSpec) -> Any:
    """Write a cell as its field takes it; a number outside the form's range gives the field's own default."""
    if spec.kind == "text":
        return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)
    if spec.kind == "choice":
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return text if text in spec.choices else spec.default
    inside = (spec.low is None or value >= spec.low) and (spec.high is None or value <= spec.high)
    number = round(value) if spec.kind == "integer" else float(value)
    return number if inside else spec.default


def make_planes(project: ModuleType, model: Any, table: Table, data: Any) -> Planes:
    """Gather what boundaries are drawn with: the columns that tell the classes apart best come first."""
    usable = set(model.schema.names)
    columns = [name for name, _ in rank_columns(table, model.schema.target) if name in usable]
    specs = {spec.name: spec for spec in make_fields(type(model.recipe))}
    start = asdict(model.recipe)

    def draw(name: str, settings: Mapping[str, Any], axes: Axes) -> Chart:
        chart: Chart = project.boundary(name, make_recipe(type(model.recipe), {**start, **settings}), data, axes)
        return chart

    return Planes(
        key=name_run(model),
        columns=tuple(columns) or tuple(find_numbers(table)),
        settings={name: tuple(specs[each] for each in project.SETTINGS_OF[name]) for name in model.recipe.models},
        draw=draw,
        draw_all=lambda axes: draw_boundaries(name_run(model), axes, project.boundaries, model.recipe, data),
    )


@st.cache_data(max_entries=N_KEPT, scope="session", show_spinner="Fitting every model on the plane…")
def draw_boundaries(key: str, axes: Axes, _draw: Any, _recipe: Any, _data: Any) -> dict[str, Chart]:  # noqa: ARG001 — the key
    """Draw every model's boundary once."""
    charts: dict[str, Chart] = _draw(_recipe, _data, axes, models=_recipe.models)
    return charts


@st.cache_data(max_entries=N_KEPT, scope="session", show_spinner="Shuffling columns…")
def measure_importance(key: str, name: str, _model: Any, _data: Any) -> Chart:  # noqa: ARG001 — the key
    """Measure once which columns a model leans on, on the held-out rows."""
    rows = _data.test
    found = permutation_importance(_model.pipelines[name], _data.x.iloc[rows], _data.y[rows], seed=_model.recipe.seed)
    return importance_chart(found, min(len(rows), MAX_ROWS))


drop_with_session("classifier", load_data, load_start, draw_boundaries, measure_importance)
