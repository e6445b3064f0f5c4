"""From a run that prices houses, or anything with a number, to what the kit draws: a pricer, misses and places.

A project fits when its module has the verbs of ``core.tabular.housing`` and its model the same parts.

Left out: drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.attribution import Attribution, importance_chart
from core.hub.charts import Chart
from core.hub.contract import Prediction
from core.hub.fields import FieldSpec
from core.hub.scores import show_number
from pages.kit.attribution import write_share
from pages.kit.models import name_run
from pages.kit.price_map import Places
from pages.kit.prices import Pricer
from pages.kit.residuals import Misses
from pages.kit.uploads import drop_with_session

FIRST = ("neighborhood", "gr_liv_area", "total_bsmt_sf", "lot_area", "year_built", "overall_cond", "full_bath",
         "garage_cars", "fireplaces")  # fmt: skip
BESIDE = {"gr_liv_area": "Living area (sq ft)", "lot_area": "Lot (sq ft)", "year_built": "Built"}
MOST_OPEN, N_OFFERED, N_EXAMPLE, MOST_STEPS = 9, 200, 20, 200
MIDDLE = (0.005, 0.995)
FARTHEST = 100_000
"""Where the box of an area ends, so that a house larger than any sold can be tried and refused."""


def write_amount(model: Any, digits: int | None = 0) -> Callable[[float], str]:
    """Return what writes an amount: whole dollars for houses, else a number with the target's own digits."""
    if model.is_ames:
        return lambda value: f"${value:,.{digits}f}"
    return show_number if digits == 0 else (lambda value: f"{value:,.2f}")


def make_pricer(project: ModuleType, model: Any) -> Pricer:
    """Gather what a run can be asked; the baseline is not."""
    fields, write = arrange_fields(project, model), write_amount(model)
    names = tuple(name for name in model.names if name != project.BASELINE)
    return Pricer(
        key=name_run(model),
        fields=fields,
        n_open=min(MOST_OPEN, len(fields)),
        usual=find_usual(model, fields),
        models=names,
        answer=partial(ask_price, project, model),
        answer_all=lambda values: {
            name: price for name, price in project.predict_all_models(model, values).items() if name in names
        },
        write=write,
        write_exactly=write_amount(model, 2),
        sold=list_sold(model),
        offered=offer_sales(model, write),
        read_row=partial(read_sale, model),
        tell_row=partial(tell_sale, model),
        needed=project.find_needed(model),
        match=partial(project.match_columns, model),
        answer_table=partial(project.predict_table, model),
        unit="$" if model.is_ames else "",
        has_median=model.source.is_log,
        note=describe_form(model),
    )


def ask_price(project: ModuleType, model: Any, values: Mapping[str, Any], name: str, statistic: str) -> Prediction:
    """Price one case with the median or the mean; reasons add up to whichever is asked."""
    asked = replace(model, recipe=replace(model.recipe, answer=statistic))
    found: Prediction = project.predict_case(asked, values, name)
    return found


def arrange_fields(project: ModuleType, model: Any) -> tuple[FieldSpec, ...]:
    """Put the fields that matter most first, and give areas of houses room for what was never seen."""
    fields = {spec.name: spec for spec in project.schema_fields(model)}
    order = [name for name in FIRST if name in fields] if model.is_ames else []
    return tuple(_give_room(fields[name], model) for name in [*order, *(each for each in fields if each not in order)])


def _give_room(spec: FieldSpec, model: Any) -> FieldSpec:
    """Let an area of a house reach far past every sale, in steps that a slider has room for."""
    if not model.is_ames or spec.unit != "sq ft":
        return spec
    low, high = (float(model.x[spec.name].quantile(end)) for end in MIDDLE)
    step = next(each for each in (1, 5, 10, 20, 50, 100, 250, 500, 1000) if (high - low) / each <= MOST_STEPS)
    return replace(spec, step=step, high=max(spec.high or 0, FARTHEST))


def find_usual(model: Any, fields: tuple[FieldSpec, ...]) -> dict[str, tuple[float, float]]:
    """Return where each number's slider ends: all but the strangest rows."""
    return {
        spec.name: (float(model.x[spec.name].quantile(MIDDLE[0])), float(model.x[spec.name].quantile(MIDDLE[1])))
        for spec in fields
        if spec.kind in ("integer", "number") and spec.name in model.x.columns
    }


def describe_form(model: Any) -> str:
    """Say how much a price from the form's columns alone is less exact, where the run measured it."""
    if "form" not in model.studies:
        return ""
    frame = model.studies["form"]
    known = float(frame.loc[frame["model"] == model.best, "rmse_log"].iloc[0])
    whole = next(row.value for row in model.scores if row.model == model.best and row.metric == "rmse_log")
    said = f"Typical miss with the form's columns alone {known:.1%}, with all columns {whole:.1%}"
    return f"{said}; the range is sized for that." if model.form_limits else f"{said}."


def list_sold(model: Any) -> pd.DataFrame:
    """List past sales, indexed by their row from 1, with a few columns to know them by."""
    names = [name for name in BESIDE if name in model.x.columns] or list(model.schema.numbers)[:3]
    frame = model.x[names].rename(columns=BESIDE)
    return frame.set_index(model.held_out.ids + 1)


def offer_sales(model: Any, write: Callable[[float], str]) -> dict[int, str]:
    """Offer sales to start from, evenly from the cheapest to the dearest."""
    order = np.argsort(model.held_out.y, kind="stable")
    kept = order[np.unique(np.linspace(0, len(order) - 1, min(N_OFFERED, len(order))).astype(int))]
    groups, rows = model.held_out.groups, model.held_out.ids + 1
    named = model.source.group != ""
    return {
        int(rows[at]): f"Row {rows[at]} · {write(model.held_out.y[at])}"
        + (f" · {str(groups[at]).replace('_', ' ')}" if named else "")
        for at in kept
    }


def _find_place(model: Any, row: int) -> int:
    """Return the position of a row of the table among the rows that were learnt from."""
    return int(np.flatnonzero(model.held_out.ids == row - 1)[0])


def read_sale(model: Any, row: int | None) -> dict[str, Any]:
    """Return a past sale's columns as plain values; gaps are left out, to be taken as typical."""
    if row is None:
        return {}
    values = model.x.iloc[_find_place(model, row)]
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            found[str(name)] = value
        elif not pd.isna(value):
            found[str(name)] = int(value) if float(value).is_integer() else float(value)
    return found


def tell_sale(model: Any, row: int, name: str) -> str:
    """Say what a sale fetched, and how it was priced by models that did not see it."""
    at, write, held = _find_place(model, row), write_amount(model), model.held_out
    answer, reach = held.answers[name][at], held.reach[name][at]
    price = float(model.to_price(name, answer))
    low, high = (float(model.to_price(name, answer + side * reach, "median")) for side in (-1, 1))
    truth = float(held.y[at])
    inside = "inside" if low <= truth <= high else "outside"
    return (
        f"Row {row} sold for {write(truth)}. While it was held out it was priced at {write(price)}, range {write(low)} "
        f"to {write(high)}: the sale lies {inside}. The price above is by models that have seen it."
    )


def make_example(model: Any, names: tuple[str, ...]) -> bytes:
    """Write a file of sales to be priced: some rows of the table with the form's columns."""
    from core.datasets.export import to_csv

    rows = np.linspace(0, len(model.x) - 1, min(N_EXAMPLE, len(model.x))).astype(int)
    return to_csv(model.x.iloc[rows][list(names)].convert_dtypes())


def make_misses(model: Any) -> Misses:
    """Gather held-out answers on the scale that was learnt on."""
    held, unit = model.held_out, "$" if model.is_ames else ""
    y = np.log(held.y) if model.source.is_log else held.y
    return Misses(
        key=name_run(model),
        y=y,
        answers={name: held.answers[name] for name in model.names},
        unit=f"log {unit}".strip() if model.source.is_log else unit,
        groups=held.groups if model.source.group else None,
        group=name_group(model),
    )


def name_group(model: Any) -> str:
    """Name the run's groups for a reader."""
    return "neighbourhood" if model.is_ames else model.source.group.replace("_", " ") or "group"


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def list_groups(key: str, name: str, split: str, _project: ModuleType, _model: Any) -> pd.DataFrame:  # noqa: ARG001 — the key
    """Measure every group of a run once, for one of its models."""
    frame: pd.DataFrame = _project.list_neighbourhoods(_model, name, split)
    return frame


drop_with_session("price_runs", list_groups)


def make_places(project: ModuleType, model: Any) -> dict[str, Places]:
    """Gather what a map can show: each neighbourhood's figures, and every sale's price."""
    if not model.is_ames:
        return {}
    frame = list_groups(name_run(model), model.best, "cv", project, model)
    named = frame["group"].str.replace("_", " ")
    labels = tuple(f"{name} ({n:,} sales)" for name, n in zip(named, frame["n"], strict=True))
    east, north = (frame[name].to_numpy(dtype=float) for name in ("longitude", "latitude"))

    def place(column: str, label: str, show: Callable[[float], str], around: float | None = None) -> Places:
        return Places(east, north, frame[column].to_numpy(dtype=float), label, show, labels, around)

    money, share = write_amount(model), "{:.1%}".format
    sold = model.x["longitude"].to_numpy(dtype=float), model.x["latitude"].to_numpy(dtype=float)
    names = tuple(f"Row {row}, {str(group).replace('_', ' ')}" for row, group in
                  zip(model.held_out.ids + 1, model.held_out.groups, strict=True))  # fmt: skip
    return {
        "Median price": place("median_price", "Median price of a neighbourhood", money),
        "A square foot": place("price_per_sq_ft", "Median price of a square foot", money),
        "Median error": place("median_ape", "Median error of held-out prices", share),
        "Too low or too high": place("median_error", "Truth minus answer, in percent of the truth,", share, 0.0),
        "Coverage": place("coverage", "Share of sales inside their range", share),
        "Every sale": Places(*sold, model.held_out.y, "Price", money, names),
    }


def topics_chart(model: Any) -> Chart:
    """Draw by how much each topic moves the best model's answers on average: a share of them where logs are used."""
    from core.tabular.housing.contributions import list_topics

    is_log = model.source.is_log
    effects = np.expm1(model.topics) if is_log else model.topics
    found = Attribution(f"{model.best} by topic", list_topics(model.sources), effects, model.base)
    chart = importance_chart(found, write_share if is_log else write_amount(model))
    return replace(chart, title=chart.title.replace("columns", "topics"), x_percent=is_log)
