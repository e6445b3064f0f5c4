"""One case at a time: its form for any table, and reading what was filled in without inventing a value.

Left out: many cases in a file, where a gap is imputed and flagged (``batches``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.datasets.cases import MAX_LEVELS, Reach, make_field, read_value
from core.hub.fields import FieldSpec
from core.tabular.iris.model import Model
from core.tabular.iris.schema import MISSING, Schema

REACH = Reach(margin=1.5, n_steps=10)
"""A form reaches this far past the training values, so that a strange case can be tried and refused."""


def make_case_fields(schema: Schema) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of any table: a number with its range, a choice of levels, a date as text.

    Examples
    --------
    >>> from core.tabular.iris.schema import Feature
    >>> width = Feature("width", "number", low=2.0, high=4.4, median=3.0, spread=0.4)
    >>> spec, = make_case_fields(Schema("species", ("a", "b"), (width,)))
    >>> spec.kind, spec.default, spec.low, spec.high
    ('number', 3.0, 0.0, 8.0)
    """
    return tuple(make_field(feature, REACH) for feature in schema.features)


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of the table that a model was trained on; see :func:`make_case_fields`."""
    return make_case_fields(model.schema)


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
