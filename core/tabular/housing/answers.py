"""Prices: with interval, reasons to the cent, comparable sales, or a refusal; one house, many, or a table.

One case is a batch of one: all go through :func:`price_cases`.

Left out: reading cases (``cases``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core.datasets.cases import add_answers
from core.datasets.table import Table
from core.evaluation.conformal_numbers import find_intervals, take_limits
from core.hub.contract import Prediction, Reason
from core.hub.errors import NotTrainedError
from core.tabular._shared.cases import list_columns
from core.tabular._shared.schema import Feature, show_feature
from core.tabular.housing.cases import Cases, read_inputs, read_one, read_table, take_case_groups
from core.tabular.housing.comparables import list_comparables
from core.tabular.housing.contributions import contribute, list_topics, round_to_cents, spread_over_price, sum_topics
from core.tabular.housing.features import RANKED, find_topic, make_columns
from core.tabular.housing.house import Inputs
from core.tabular.housing.model import Model
from core.tabular.housing.recipe import BASELINE
from core.tabular.housing.refusals import refuse_rows
from core.tabular.housing.spread import expect_miss, take_numbers

GROUP_REASON = "group"
MAX_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Rows as a model prices them: prices (n_rows,), both ends, medians, means; factor, base, effects and likeness."""

    price: np.ndarray
    low: np.ndarray
    high: np.ndarray
    median: np.ndarray
    mean: np.ndarray
    factor: float
    base: float
    effects: np.ndarray
    likeness: np.ndarray
    refused: tuple[str, ...]
    p_values: tuple[float | None, ...]


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Price one house with the best model.

    Raises
    ------
    DataError
        If the model was trained on a table with other columns.

    Examples
    --------
    >>> from core.tabular.housing.data import load
    >>> from core.tabular.housing.recipe import Recipe
    >>> from core.tabular.housing.training import train
    >>> recipe = Recipe(models=("ridge",))
    >>> model = train(recipe, load(recipe))
    >>> found = predict(model, Inputs())
    >>> 110_000 < found.interval[0] < found.answer < found.interval[1] < 190_000
    True
    >>> cents = [round(100 * part) for part in (found.details["base"], *(each.effect for each in found.reasons))]
    >>> sum(cents) == round(100 * found.answer)
    True
    >>> predict(model, Inputs(gr_liv_area=50_000)).answer is None
    True
    """
    return predict_many(model, [inputs])[0]


def predict_many(model: Model, inputs: Sequence[Inputs]) -> tuple[Prediction, ...]:
    """Price houses in their order, each as :func:`predict` does, all in one call of the model."""
    if not inputs:
        return ()
    if not model.is_ames:
        return tuple(price_cases(model, model.best, read_one(model, asdict(each)))[0] for each in inputs)
    return price_cases(model, model.best, read_inputs(model, inputs))


def predict_case(model: Model, values: Mapping[str, object], name: str | None = None) -> Prediction:
    """Price one case of any table.

    Parameters
    ----------
    values : mapping of column to value
        One for each column that is asked for (``schema_fields``); further columns are used where they are given.
    name : str, optional
        Which model answers; the best one when it is not given.

    Returns
    -------
    Prediction
        ``reasons`` are topics with what each adds, to the cent; with ``details["base"]`` they make the answer.
        ``details`` holds too ``notes`` (sentences), ``median`` and ``mean`` (by Duan's smearing), ``comparables`` (five
        dicts: row, group, price, adjusted, difference, distance), ``typical`` (columns that were not given) and
        ``novelty_p``.

    Raises
    ------
    DataError
        If a value is missing or unreadable.
    NotTrainedError
        If the run has no model of that name.
    """
    return price_cases(model, check_name(model, name), read_one(model, values))[0]


def check_name(model: Model, name: str | None) -> str:
    """Return the model to ask, or say which there are."""
    chosen = model.best if name is None else name
    if chosen not in model.names:
        message = f"there is no trained {chosen}; this run has {', '.join(model.names)}"
        raise NotTrainedError(message)
    return chosen


def predict_all_models(model: Model, values: Mapping[str, object]) -> dict[str, float]:
    """Ask every model, best first, about one case; see :func:`predict_case`."""
    cases = read_one(model, values)
    z, groups = model.fitted.transform(make_columns(cases.columns)), take_case_groups(model, cases)
    is_form = bool(cases.typical)
    answers = {name: model.fitted.answer(name, z, groups) for name in model.names}
    return {name: float(model.to_price(name, found, is_form=is_form)[0]) for name, found in answers.items()}


def price_rows(model: Model, name: str, cases: Cases, *, explained: bool = True) -> Priced:
    """Price rows with one model.

    Parameters
    ----------
    explained : bool
        Whether the effects and the likeness to sales are worked out; a table of rows does without.
    """
    design, groups = make_columns(cases.columns), take_case_groups(model, cases)
    z = model.fitted.transform(design)
    answers = {each: model.fitted.answer(each, z, groups) for each in {name, model.best}}
    found = answers[name]
    scale = expect_miss(model.spread, take_numbers(design, answers[model.best]))
    is_form = bool(cases.typical) and name in model.form_limits
    limits = model.form_limits if is_form else model.limits
    low, high = find_intervals(found, take_limits(limits[name], groups), scale)
    base, effects, likeness = 0.0, np.zeros((len(z), 0)), np.zeros((len(z), 0))
    if explained:
        base, effects, likeness = _explain(model, name, z, found)
    refused, p_values = refuse_rows(model, cases)
    return Priced(
        model.to_price(name, found, is_form=is_form),
        model.to_price(name, low, "median"),
        model.to_price(name, high, "median"),
        model.to_price(name, found, "median"),
        model.to_price(name, found, "mean", is_form=is_form),
        model.factor(name, is_form=is_form),
        base,
        effects,
        likeness,
        refused,
        p_values,
    )


def _explain(model: Model, name: str, z: np.ndarray, found: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return base and effects by topic on the learnt scale, and the best model's for finding sales."""
    base, added = contribute(model.fitted, name, z)
    effects = sum_topics(added, model.sources)
    if name == BASELINE:
        effects = np.column_stack([effects, found - base])
    likeness = effects if name == model.best else sum_topics(contribute(model.fitted, model.best, z)[1], model.sources)
    return base, effects, likeness


def price_cases(model: Model, name: str, cases: Cases) -> tuple[Prediction, ...]:
    """Price cases that were read already; see :func:`predict_case`."""
    priced = price_rows(model, name, cases)
    topics = list_topics(model.sources) + ((GROUP_REASON,) if name == BASELINE else ())
    shown = _find_shown(model, cases, topics)
    return tuple(_write_prediction(model, name, cases, (priced, row, shown)) for row in range(len(cases)))


def _write_prediction(
    model: Model, name: str, cases: Cases, where: tuple[Priced, int, Mapping[str, list[Feature]]]
) -> Prediction:
    """Write one row as a prediction."""
    priced, row, shown = where
    details: dict[str, object] = {
        "notes": cases.notes[row],
        "typical": cases.typical,
        "novelty_p": priced.p_values[row],
    }
    coverage = model.recipe.coverage
    if priced.refused[row]:
        return Prediction(None, model=name, coverage=coverage, refused=priced.refused[row], details=details)
    base, effects, price = _count_cents(model, priced, row)
    unit = "$" if model.is_ames else model.schema.target
    reasons = [
        Reason(topic, _show_topic(shown[topic], cases, row), cents / 100, unit)
        for topic, cents in zip(shown, effects.tolist(), strict=True)
        if cents
    ]
    details |= {
        "base": base / 100,
        "median": round(float(priced.median[row]), 2),
        "mean": round(float(priced.mean[row]), 2),
        "comparables": tuple(list_comparables(model, priced.likeness[row])),
        "notes": (*_write_notes(model, priced, row, base), *cases.notes[row]),
    }
    return Prediction(
        answer=price / 100,
        model=name,
        interval=(round(float(priced.low[row]), 2), round(float(priced.high[row]), 2)),
        coverage=coverage,
        reasons=tuple(sorted(reasons, key=lambda reason: (-abs(reason.effect), reason.name))),
        details=details,
    )


def _count_cents(model: Model, priced: Priced, row: int) -> tuple[int, np.ndarray, int]:
    """Return base, effects by topic and price in whole cents: the effects add up to the price."""
    price, effects = float(priced.price[row]), priced.effects[row]
    if model.source.is_log:
        base, added = spread_over_price(priced.base, effects, priced.factor)
        return round_to_cents(base, added, price)
    return round_to_cents(priced.base, effects, price)


def _write_notes(model: Model, priced: Priced, row: int, base: int) -> list[str]:
    """Say what the base is, and the answer that was not chosen."""
    money = "${:,.2f}" if model.is_ames else "{:,.6g}"
    notes = [f"The base is {money.format(base / 100)}; with the reasons it makes the answer, to the last cent."]
    if model.source.is_log:
        both = (money.format(float(each[row])) for each in (priced.median, priced.mean))
        notes.append("The median is {}; the mean, by Duan's smearing, is {}.".format(*both))
    return notes


def _find_shown(model: Model, cases: Cases, topics: tuple[str, ...]) -> dict[str, list[Feature]]:
    """List the given columns of each topic, a few of them: what a reason shows."""
    shown: dict[str, list[Feature]] = {topic: [] for topic in topics}
    given = set(cases.given)
    for feature in model.schema.features:
        topic = find_topic(_made(feature.name))
        if feature.name in given and len(shown.get(topic, ())) < MAX_SHOWN and topic in shown:
            shown[topic].append(feature)
    return shown


def _show_topic(features: Sequence[Feature], cases: Cases, row: int) -> str:
    """Write a topic's columns with their values, or that all of them are typical."""
    shown = (f"{each.name} {show_feature(each, cases.columns[each.name][row])}" for each in features)
    return ", ".join(shown) or "typical"


def _made(name: str) -> str:
    """Name the design column that a raw column becomes, where it has another name."""
    if name in {"bsmt_full_bath", "bsmt_half_bath"}:
        return "baths"
    return f"{name}_rank" if name in RANKED else name


def predict_table(model: Model, table: Table, name: str | None = None) -> pd.DataFrame:
    """Price every row of a table whose columns are found by name or synonym.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + 7)
        The table's columns, then answer, low and high (missing where refused), group, refused (why, or empty), imputed
        (number columns whose gap was filled), unseen (columns whose level is new) and typical (columns that the table
        does not have).

    Raises
    ------
    DataError
        If the table lacks a column that is asked for, or has no rows.
    """
    name = check_name(model, name)
    cases = read_table(model, table)
    priced = price_rows(model, name, cases, explained=False)
    known = [each for each in model.schema.features if each.name in cases.given]
    x = pd.DataFrame(dict(cases.columns), index=table.frame.index)
    is_refused = np.array([bool(each) for each in priced.refused])
    columns: dict[str, object] = {
        key: np.where(is_refused, np.nan, np.round(values, 2))
        for key, values in (("answer", priced.price), ("low", priced.low), ("high", priced.high))
    }
    columns["refused"] = np.array(priced.refused, dtype=object)
    columns["imputed"] = list_columns(x, [each for each in known if each.kind != "category"])
    columns["unseen"] = list_columns(x, [each for each in known if each.kind == "category"])
    columns["typical"] = ", ".join(cases.typical)
    return add_answers(table, columns)
