"""One case at a time: its form for any table, and reading what was filled in without inventing a value.

Left out: many cases in a file, where a gap is imputed and flagged (:func:`list_columns`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from core.datasets.cases import MAX_LEVELS, Reach, make_field, name_marked, read_value
from core.hub.fields import FieldSpec
from core.tabular._shared.schema import MISSING, Feature, Schema

REACH = Reach(margin=1.5, n_steps=10)
"""A form reaches this far past the training values, so that a strange case can be tried and refused."""


def make_case_fields(schema: Schema) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of any table: a number with its range, a choice of levels, a date as text.

    Examples
    --------
    >>> from core.tabular._shared.schema import Feature
    >>> width = Feature("width", "number", low=2.0, high=4.4, median=3.0, spread=0.4)
    >>> spec, = make_case_fields(Schema("species", ("a", "b"), (width,)))
    >>> spec.kind, spec.default, spec.low, spec.high
    ('number', 3.0, 0.0, 8.0)
    """
    return tuple(make_field(feature, REACH) for feature in schema.features)


def read_case(schema: Schema, values: Mapping[str, object]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read one case into a one-row frame, with a note for every level that training did not see.

    Raises
    ------
    DataError
        If a column has no value or an unreadable one; nothing is filled in for a person.
    """
    row = {feature.name: read_value(feature, values.get(feature.name), MISSING) for feature in schema.features}
    unseen = [
        f"{feature.name} {row[feature.name]!r} was not seen in training; it counts as a rare value"
        for feature in schema.features
        if feature.kind == "category" and row[feature.name] not in feature.levels and len(feature.levels) < MAX_LEVELS
    ]
    frame = pd.DataFrame({name: [value] for name, value in row.items()})
    return frame.astype(dict.fromkeys(schema.categories, object)), tuple(unseen)


def list_columns(x: pd.DataFrame, features: Sequence[Feature]) -> list[str]:
    """Name, for each row, the numbers that are missing or the categories whose level training did not see."""
    marks = {feature.name: _mark_rows(x[feature.name], feature) for feature in features}
    return name_marked(pd.DataFrame(marks, index=x.index))


def _mark_rows(values: pd.Series, feature: Feature) -> pd.Series:
    """Mark gaps of a number, or new levels of a category whose levels are all known by name."""
    if feature.kind != "category":
        return values.isna()
    return values.notna() & ~values.isin(feature.levels) & (len(feature.levels) < MAX_LEVELS)
