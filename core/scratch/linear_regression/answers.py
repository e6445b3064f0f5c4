"""Answers: one case with its interval and reasons, every line's answer, or a whole table.

A reason is exact here: the coefficient times how far the value lies from the training mean. Together the reasons and
the mean make up the answer.

Left out: refusing strange cases; a case outside the training rows is answered and said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.datasets.cases import (
    Reach,
    add_answers,
    list_needed,
    make_field,
    name_marked,
    read_value,
    refuse_value,
    take_cases,
)
from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError, NotTrainedError
from core.hub.fields import FieldSpec
from core.scratch.linear_regression.model import Model, answer_rows, find_reach
from core.scratch.linear_regression.recipe import Inputs
from core.scratch.linear_regression.schema import make_design, to_design

REACH = Reach(margin=0.5, n_steps=50, whole_steps=True)
"""A form reaches this far past the training values."""
N_REASONS = 12


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer one patient of the diabetes study with the best line.

    Raises
    ------
    DataError
        If the model was trained on a table with other columns.

    Examples
    --------
    >>> from core.scratch.linear_regression.data import load
    >>> from core.scratch.linear_regression.recipe import Recipe
    >>> from core.scratch.linear_regression.training import train
    >>> recipe = Recipe(models=("QR",))
    >>> found = predict(train(recipe, load(recipe)), Inputs())
    >>> round(found.answer, 1), [round(end, 1) for end in found.interval]
    (156.9, [52.0, 261.8])
    """
    return predict_case(model, asdict(inputs))


def predict_case(model: Model, values: Mapping[str, object], name: str | None = None) -> Prediction:
    """Answer one case of any table: a number, its interval, and what each column adds.

    Parameters
    ----------
    values : mapping of column to value
        One for each column; a blank is refused.
    name : str, optional
        Which line answers; the best one when it is not given.

    Returns
    -------
    Prediction
        ``details`` holds ``notes`` (sentences) and ``leverage``, how far out the case is (training rows: below 1).

    Raises
    ------
    DataError
        If a value is missing, unreadable or a level that training did not see.
    NotTrainedError
        If the run has no line of that name.
    """
    name = check_name(model, name)
    x = read_case(model, values)
    answer = float(answer_rows(model.lines[name], x)[0])
    reach, leverage = find_reach(model, name, x)
    return Prediction(
        answer=answer,
        model=name,
        interval=(answer - float(reach[0]), answer + float(reach[0])),
        coverage=model.recipe.coverage,
        reasons=_find_reasons(model, name, x[0], values),
        details={"notes": _write_notes(model, x[0], float(leverage[0])), "leverage": float(leverage[0])},
    )


def check_name(model: Model, name: str | None) -> str:
    """Return the name of a line that the model has; the best one for None."""
    if name is None:
        return model.best
    if name not in model.lines:
        message = f"there is no line {name!r} in this run; choose one of {', '.join(model.lines)}"
        raise NotTrainedError(message)
    return name


def read_case(model: Model, values: Mapping[str, object]) -> np.ndarray:
    """Read one case into its terms, shape (1, n_terms); nothing is filled in for a person.

    Raises
    ------
    DataError
        Naming the column and what it may be.
    """
    row = {column.name: read_value(column, values.get(column.name)) for column in model.schema.columns}
    x = make_design({name: pd.Series([value], dtype=object) for name, value in row.items()}, model.schema)
    if not np.isfinite(x).all():
        place = int(np.flatnonzero(~np.isfinite(x[0]))[0])
        column = next(each for each in model.schema.columns if each.name == model.schema.terms[place].column)
        raise DataError(refuse_value(column, values.get(column.name)))
    return x


def _find_reasons(model: Model, name: str, row: np.ndarray, values: Mapping[str, object]) -> tuple[Reason, ...]:
    """Say what each column adds to the training mean, the largest effects first."""
    effects: dict[str, float] = {}
    for term, weight, value, mean in zip(
        model.schema.terms, model.lines[name].weights[1:], row, model.x.mean(axis=0), strict=True
    ):
        effects[term.column] = effects.get(term.column, 0.0) + float(weight * (value - mean))
    order = sorted(effects, key=lambda column: -abs(effects[column]))[:N_REASONS]
    return tuple(Reason(column, _show_value(values[column]), effects[column], model.schema.target) for column in order)


def _show_value(value: object) -> str:
    """Write a value as a person reads it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _write_notes(model: Model, row: np.ndarray, leverage: float) -> tuple[str, ...]:
    """Say where a case lies outside what was learnt from."""
    low, high = model.x.min(axis=0), model.x.max(axis=0)
    outside = [
        term.column for term, value, a, b in zip(model.schema.terms, row, low, high, strict=True) if not a <= value <= b
    ]
    notes = [f"{name} lies outside the training rows; the line is only drawn on." for name in dict.fromkeys(outside)]
    most = float(model.infer("classical").leverage.max())
    if leverage > most and not notes:
        notes.append("No training row has values that go together like these; the line is only drawn on.")
    return tuple(notes)


def predict_all_models(model: Model, values: Mapping[str, object]) -> dict[str, float]:
    """Ask every line, best first, about one case; see :func:`predict_case`."""
    x = read_case(model, values)
    return {name: float(answer_rows(model.lines[name], x)[0]) for name in model.names}


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of the table that a model was trained on."""
    return tuple(make_field(column, REACH) for column in model.schema.columns)


def find_needed(model: Model) -> dict[str, NeededColumn]:
    """Describe the columns that a table of cases must have, as ``core.datasets.mapping`` asks."""
    return list_needed(model.schema.columns)


def predict_table(model: Model, table: Table, name: str | None = None) -> pd.DataFrame:
    """Answer every row of a table whose columns are found by name, also "BMI (kg/m2)" for bmi.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + 4)
        The table's columns, then answer, low and high (missing where a value is), and problem (which columns lack a
        value or hold a level that training did not see).

    Raises
    ------
    DataError
        If the table lacks a column or has no rows.
    """
    name = check_name(model, name)
    x = to_design(take_cases(table, find_needed(model)), model.schema)
    whole = np.isfinite(x).all(axis=1)
    columns: dict[str, np.ndarray] = {key: np.full(len(x), np.nan) for key in ("answer", "low", "high")}
    if whole.any():
        answers = answer_rows(model.lines[name], x[whole])
        reach, _ = find_reach(model, name, x[whole])
        for key, values in zip(columns, (answers, answers - reach, answers + reach), strict=True):
            columns[key][whole] = values
    marks = pd.DataFrame(~np.isfinite(x), columns=[term.column for term in model.schema.terms])
    return add_answers(table, columns | {"problem": np.array(name_marked(marks), dtype=object)})
