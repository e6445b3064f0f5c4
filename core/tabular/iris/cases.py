"""One case at a time: its form for any table, and reading what was filled in without inventing a value.

Left out: many cases in a file, where a gap is imputed and flagged (``batches``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.hub.errors import DataError
from core.hub.fields import FieldSpec
from core.tabular.iris.model import Model
from core.tabular.iris.schema import MAX_LEVELS, MISSING, SECONDS_A_DAY, Feature, Schema

MARGIN = 1.5
"""A form reaches this many ranges past the training values, so that a strange case can be tried and refused."""


def make_case_fields(schema: Schema) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of any table: a number with its range, a choice of levels, a date as text.

    Examples
    --------
    >>> width = Feature("width", "number", low=2.0, high=4.4, median=3.0, spread=0.4)
    >>> spec, = make_case_fields(Schema("species", ("a", "b"), (width,)))
    >>> spec.kind, spec.default, spec.low, spec.high
    ('number', 3.0, 0.0, 8.0)
    """
    return tuple(_make_field(feature) for feature in schema.features)


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of the table that a model was trained on; see :func:`make_case_fields`."""
    return make_case_fields(model.schema)


def _make_field(feature: Feature) -> FieldSpec:
    """Describe the field of one feature."""
    if feature.kind == "date":
        shown = show_date(feature.median)
        return FieldSpec(feature.name, "text", shown, label=feature.name, help="A date such as 2024-12-31.")
    if feature.kind == "category" and len(feature.levels) >= MAX_LEVELS:
        return FieldSpec(feature.name, "text", feature.typical, label=feature.name, help="One of many values.")
    if feature.kind == "category":
        return FieldSpec(feature.name, "choice", feature.typical, choices=feature.levels, label=feature.name)
    low, high, step = _widen_range(feature)
    seen = f"Training rows: {feature.low:g} to {feature.high:g}."
    if feature.whole and all(map(float.is_integer, (low, high))):
        return FieldSpec(feature.name, "integer", round(feature.median), low, high, 1, label=feature.name, help=seen)
    return FieldSpec(feature.name, "number", feature.median, low, high, step, label=feature.name, help=seen)


def _widen_range(feature: Feature) -> tuple[float, float, float]:
    """Return the form's range and step; numbers that were never negative stay so."""
    span = feature.high - feature.low or max(abs(feature.high), 1.0)
    step = 10.0 ** math.floor(math.log10(span / 10))
    low = step * math.floor((feature.low - MARGIN * span) / step)
    high = step * math.ceil((feature.high + MARGIN * span) / step)
    digits = max(0, -round(math.log10(step)))
    return max(0.0, round(low, digits)) if feature.low >= 0 else round(low, digits), round(high, digits), step


def read_case(schema: Schema, values: Mapping[str, object]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read one case into a one-row frame, with a note for every level that training did not see.

    Raises
    ------
    DataError
        If a column has no value or an unreadable one; nothing is filled in for a person.
    """
    row = {feature.name: _read_value(feature, values.get(feature.name)) for feature in schema.features}
    unseen = [
        f"{feature.name} {row[feature.name]!r} was not seen in training; it counts as a rare value"
        for feature in schema.features
        if feature.kind == "category" and row[feature.name] not in feature.levels and len(feature.levels) < MAX_LEVELS
    ]
    frame = pd.DataFrame({name: [value] for name, value in row.items()})
    return frame.astype(dict.fromkeys(schema.categories, object)), tuple(unseen)


def _read_value(feature: Feature, value: object) -> float | str:
    """Read one value, or say what is missing and what it may be."""
    if _is_blank(value):
        message = f"{feature.name} is missing; {_say_remedy(feature)}"
        raise DataError(message)
    if feature.kind == "category":
        return str(value).strip()
    number = _read_date(value) if feature.kind == "date" else _read_number(value)
    if not math.isfinite(number):
        message = f"{feature.name} is {str(value)[:40]!r}; {_say_remedy(feature)}"
        raise DataError(message)
    return number


def _is_blank(value: Any) -> bool:
    """Say whether nothing was filled in."""
    if isinstance(value, str):
        return not value.strip()
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _read_number(value: object) -> float:
    """Read a number; what is none becomes NaN."""
    return float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])


def _read_date(value: object) -> float:
    """Read a date as days since 1970-01-01; what is none becomes NaN."""
    moment = pd.to_datetime(pd.Series([value]), errors="coerce", utc=True).iloc[0]
    return float("nan") if pd.isna(moment) else moment.timestamp() / SECONDS_A_DAY


def _say_remedy(feature: Feature) -> str:
    """Say which values would do."""
    if feature.kind == "category":
        return f"choose one of {', '.join(level for level in feature.levels[:10] if level != MISSING)}"
    if feature.kind == "date":
        return f"give it a date such as {show_date(feature.median)}"
    return f"give it a number, in training {feature.low:g} to {feature.high:g}"


def show_date(days: float) -> str:
    """Write days since 1970-01-01 as an ISO date.

    Examples
    --------
    >>> show_date(10.0)
    '1970-01-11'
    """
    return str((pd.Timestamp(0) + pd.Timedelta(days=days)).date())
