"""Answers about rows: whether a row is unusual, with a calibrated p-value, and which of its cells stand out.

The p-value is conformal (``core.evaluation.novelty``): of rows like those that were learnt from, at most a hundredth
has one of 0.01 or less, whatever the table looks like. A single cell is odd where a number lies beyond Tukey's fences
or fewer than 1% of the rows have its level; with many columns most rows have such a cell and are ordinary all the same.

Left out: why a row is unusual, which no table knows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from core.datasets.cases import Reach, add_answers, list_needed, make_field, name_marked, read_value, take_cases
from core.datasets.columns import show_date
from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.evaluation.novelty import NoveltyModel, find_limit, novelty_p_value
from core.hub.contract import Prediction, Reason
from core.hub.fields import FieldSpec
from core.tabular.eda.model import Model
from core.tabular.eda.recipe import Inputs
from core.tabular.eda.schema import LARGEST, Column, find_odd, read_values, to_numbers
from core.tabular.eda.scoring import ALPHA, ROWS

REACH = Reach(margin=0.5, n_steps=50, whole_steps=True)
ORDINARY, UNUSUAL = "ordinary", "unusual"
ROBUST_Z, BITS = "robust z", "bits"
FAR, LONG = 3.0, 1e5  # Tukey's far fences in widths of the middle half; numbers written without decimals
_ROUNDING = 1e-9
NO_COLUMNS = "nothing of a row can be judged: the table has too few rows, or no column that serves"
NO_VALUES = "no value is given in a column that rows are judged by; give at least one"


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Judge one passenger of the Titanic.

    Raises
    ------
    DataError
        If a value cannot be read.
    """
    return predict_case(model, asdict(inputs))


def predict_case(model: Model, values: Mapping[str, object]) -> Prediction:
    """Judge one row of any table: ``ordinary`` or ``unusual``, and which cells stand out.

    Parameters
    ----------
    values : mapping of column to value
        A blank is a gap and is not judged; a column that rows are not judged by is passed over.

    Returns
    -------
    Prediction
        Each reason is an odd cell, its effect a robust z or bits; ``details`` holds ``p_value``, the ``limit`` at or
        below which a row is unusual, ``not_judged``, the columns without a value, and ``notes``, both in words.

    Raises
    ------
    DataError
        If a number or date cannot be read.
    """
    if model.novelty is None:
        return Prediction(None, ROWS, refused=NO_COLUMNS)
    cells = {column.name: _read_cell(column, values.get(column.name)) for column in model.schema.columns}
    read = {column.name: _make_series(column, cells[column.name]) for column in model.schema.columns}
    x, known = to_numbers(read, model.schema)
    if not known.any():
        return Prediction(None, ROWS, refused=NO_VALUES)
    p_value, limit = float(novelty_p_value(model.novelty, x)[0]), find_limit(model.novelty, ALPHA)
    odd = find_odd(read, model.schema).iloc[0]
    not_judged = tuple(name for name, is_known in zip(model.schema.names, known[0], strict=True) if not is_known)
    return Prediction(
        answer=_name_answer(p_value, limit),
        model=ROWS,
        reasons=_write_reasons(model, cells, odd),
        details={
            "p_value": p_value,
            "limit": limit,
            "not_judged": not_judged,
            "notes": _write_notes(p_value, limit, not_judged),
        },
    )


def _write_notes(p_value: float, limit: float, not_judged: tuple[str, ...]) -> tuple[str, ...]:
    """Say how strange a row is, and what was not judged."""
    share = f"{p_value:.1%} of usual rows are as strange; at {limit:.1%} or less a row is called unusual."
    return (share, f"Not judged, as no value is given: {', '.join(not_judged)}.") if not_judged else (share,)


def _read_cell(column: Column, value: object) -> float | str | None:
    """Read one value; a blank is a gap."""
    is_blank = value is None or (isinstance(value, str) and not value.strip()) or value is pd.NA or value is pd.NaT
    if is_blank or (isinstance(value, float) and math.isnan(value)):
        return None
    return read_value(column, value)


def _make_series(column: Column, cell: float | str | None) -> pd.Series:
    """Hold one cell as the column of a table would."""
    if column.levels:
        return pd.Series([np.nan if cell is None else cell], dtype=object)
    return pd.Series([np.nan if cell is None else cell], dtype="float64").clip(-LARGEST, LARGEST)


def _name_answer(p_value: float, limit: float) -> str:
    """Say whether a row is unusual."""
    return UNUSUAL if p_value <= limit + np.finfo(np.float64).eps else ORDINARY


def _write_reasons(model: Model, cells: Mapping[str, float | str | None], odd: pd.Series) -> tuple[Reason, ...]:
    """Name the odd cells, the farthest out first."""
    found = []
    for column in model.schema.columns:
        effect = float(odd[column.name])
        if not math.isnan(effect):
            shown = _show_cell(column, cells[column.name])
            found.append(Reason(column.name, shown, effect, BITS if column.levels else ROBUST_Z))
    return tuple(sorted(found, key=lambda reason: -abs(reason.effect)))


def _show_cell(column: Column, cell: float | str | None) -> str:
    """Write a cell as a person reads it."""
    if isinstance(cell, float):
        return show_date(cell) if column.kind == "date" else f"{cell:.6g}"
    return str(cell)


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one row of the table that was looked over."""
    return tuple(_make_field(column) for column in model.schema.columns)


def _make_field(column: Column) -> FieldSpec:
    """Describe one field: its steps are those of the usual range, its ends go well beyond the rows."""
    spec = make_field(column, REACH)
    if spec.kind not in {"integer", "number"}:
        return spec
    seen = f"In the table: {_show_end(column.low)} to {_show_end(column.high)}."
    if spec.kind == "integer":
        return replace(spec, help=seen)
    low, high = find_usual_range(column)
    step = 10.0 ** math.floor(math.log10((high - low) / REACH.n_steps))
    digits = max(0, -round(math.log10(step)))
    return replace(spec, default=round(column.median, digits + 1), step=step, help=seen)


def _show_end(value: float) -> str:
    """Write an end of a range: large and whole numbers with separators, others with four digits."""
    return f"{value:,.0f}" if value.is_integer() or abs(value) >= LONG else f"{value:.4g}"


def find_usual_range(column: Column) -> tuple[float, float]:
    """Return the range in which nearly all values of a number lie: within three widths of its middle half.

    Examples
    --------
    >>> find_usual_range(Column("fare", "number", low=0.0, high=512.3, first=8.0, third=31.0))
    (0.0, 100.0)
    """
    width = column.third - column.first
    if width <= 0:
        return column.low, column.high
    return max(column.low, column.first - FAR * width), min(column.high, column.third + FAR * width)


def find_usual(model: Model) -> dict[str, tuple[float, float]]:
    """Return the usual range of each number that rows are judged by."""
    return {column.name: find_usual_range(column) for column in model.schema.columns if column.kind == "number"}


def find_needed(model: Model) -> dict[str, NeededColumn]:
    """Describe the columns by which rows are judged, as ``core.datasets.mapping`` asks."""
    return list_needed(model.schema.columns)


def predict_table(model: Model, table: Table) -> pd.DataFrame:
    """Judge every row of a table.

    Rows that were learnt from are compared with the others, not with themselves.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + 3)
        The table's columns, then ``row_answer``, ``p_value`` (missing where nothing of a row can be judged) and
        ``odd_cells`` (their columns, in order).

    Raises
    ------
    DataError
        If the table lacks a column or has no rows.
    """
    cases = take_cases(table, find_needed(model))
    answers: dict[str, object] = {
        "row_answer": np.full(len(cases), "", dtype=object),
        "p_value": np.full(len(cases), np.nan),
        "odd_cells": [""] * len(cases),
    }
    if model.novelty is not None:
        values = read_values(cases, model.schema)
        p_values, limits = _judge_rows(model, table, values, model.novelty)
        answers["row_answer"] = [
            "" if math.isnan(p) else _name_answer(p, limit) for p, limit in zip(p_values, limits, strict=True)
        ]
        answers["p_value"] = p_values
        answers["odd_cells"] = name_marked(find_odd(values, model.schema).notna())
    return add_answers(table, answers)


def _judge_rows(
    model: Model, table: Table, values: Mapping[str, pd.Series], novelty: NoveltyModel
) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's p-value, NaN where nothing of it is known, and the limit it is held to, shape (n_rows,)."""
    x, known = to_numbers(values, model.schema)
    p_values, limits = np.full(len(x), np.nan), np.full(len(x), find_limit(novelty, ALPHA))
    others = np.asarray(known.any(axis=1))
    if table.sha256 == model.source.sha256:
        # A reference row would find itself as its nearest neighbour, so it is ranked by its distance to the others.
        ordered = np.sort(novelty.nearest[:, 1])
        as_strange = len(ordered) - np.searchsorted(ordered, novelty.nearest[:, 1] * (1 - _ROUNDING))
        p_values[model.ids] = as_strange / len(ordered)
        limits[model.ids] = max(ALPHA, 1 / len(ordered))
        others[model.ids] = False
    p_values[others] = novelty_p_value(novelty, x[others])
    return p_values, limits


def list_unusual(model: Model, table: Table) -> pd.DataFrame:
    """List the unusual rows of a table with their number from 1, the most unusual first; see :func:`predict_table`."""
    found = predict_table(model, table)
    found.insert(
        0, "row" if "row" not in found else "row (number)", np.arange(1, len(found) + 1), allow_duplicates=True
    )
    answer, p_value = found.columns[-3], found.columns[-2]
    return found[found[answer] == UNUSUAL].sort_values(p_value, kind="stable").reset_index(drop=True)
