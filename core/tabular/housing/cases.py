"""Houses as rows of all raw columns: from a form, from plain values, or from a file; what is not given is typical.

Left out: pricing them (``answers``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.cases import list_needed, take_cases
from core.datasets.columns import check_columns
from core.datasets.mapping import NeededColumn, map_columns
from core.datasets.table import Table
from core.hub.errors import DataError
from core.hub.fields import FieldSpec, make_fields
from core.tabular._shared.cases import make_case_fields, read_case
from core.tabular._shared.schema import Schema, show_feature, to_features
from core.tabular.housing.data import NO_GROUP, read_groups
from core.tabular.housing.house import SYNONYMS, Inputs
from core.tabular.housing.model import Model
from core.tabular.housing.typical import fill_typical

MAX_NAMED = 6


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Rows to price.

    Parameters
    ----------
    columns : mapping of column to array of shape (n_rows,)
        Every raw column, in order: floats or str objects.
    given : tuple of str
        Columns that were given; the others are ``typical``.
    notes : sequence of tuples of str
        What a reader must know of each row.
    """

    columns: Mapping[str, np.ndarray]
    given: tuple[str, ...]
    typical: tuple[str, ...]
    notes: Sequence[tuple[str, ...]]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.notes)


def asked_schema(model: Model) -> Schema:
    """Return the schema of what a person is asked for: the form's columns of houses in Ames, else all."""
    if not model.is_ames:
        return model.schema
    features = {feature.name: feature for feature in model.schema.features}
    order = [name for name in _order_asked() if name in features]
    return replace(model.schema, features=tuple(features[name] for name in order))


def _order_asked() -> tuple[str, ...]:
    """Name the form's columns in its order."""
    return tuple(spec.name for spec in make_fields(Inputs))


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one case; numbers reach past the sales, so that a strange house can be tried and refused.

    Houses in Ames are asked for by the words and kinds of ``Inputs``: nobody has half a kitchen.
    """
    specs = make_case_fields(asked_schema(model))
    if not model.is_ames:
        return specs
    words = {spec.name: spec for spec in make_fields(Inputs)}
    return tuple(
        replace(
            spec,
            kind=words[spec.name].kind,
            step=words[spec.name].step,
            label=words[spec.name].label,
            help=" ".join(filter(None, (words[spec.name].help, spec.help))),
            unit=words[spec.name].unit,
            default=words[spec.name].default,
        )
        for spec in specs
    )


def read_one(model: Model, values: Mapping[str, object]) -> Cases:
    """Read one case given as plain values; columns beside those asked for are used where they are given.

    Raises
    ------
    DataError
        If a column that is asked for has no value or an unreadable one.
    """
    asked = asked_schema(model)
    more = [
        feature
        for feature in model.schema.features
        if feature.name not in asked.names and values.get(feature.name) is not None
    ]
    known, notes = read_case(replace(asked, features=(*asked.features, *more)), values)
    given = _to_columns(known)
    columns, filled = fill_typical(given, model.schema.names, model.typical)
    return Cases(columns, tuple(given), filled, ((*notes, *describe_typical(filled)),))


def read_inputs(model: Model, inputs: Sequence[Inputs]) -> Cases:
    """Read houses given by the form's dataclass, which has checked their types."""
    rows, categories = [asdict(each) for each in inputs], set(model.schema.categories)
    given = {
        name: np.array([row[name] for row in rows], dtype=object if name in categories else float) for name in rows[0]
    }
    columns, filled = fill_typical(given, model.schema.names, model.typical)
    return Cases(columns, tuple(given), filled, [describe_typical(filled)] * len(rows))


def _to_columns(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return a frame's columns as arrays by name."""
    return {str(name): values.to_numpy() for name, values in frame.items()}


def describe_typical(filled: Sequence[str]) -> tuple[str, ...]:
    """Say which columns were taken as typical.

    Examples
    --------
    >>> describe_typical(["alley", "fence"])
    ('2 columns are not known and taken as typical of houses like it: alley, fence.',)
    """
    if not filled:
        return ()
    count = "1 column is" if len(filled) == 1 else f"{len(filled)} columns are"
    return (f"{count} not known and taken as typical of houses like it: {', '.join(filled)}.",)


def find_needed(model: Model) -> dict[str, NeededColumn]:
    """Describe the columns that a table of cases must have; further ones of the same names are used too."""
    return _add_synonyms(list_needed(asked_schema(model).features))


def _add_synonyms(needed: dict[str, NeededColumn]) -> dict[str, NeededColumn]:
    """Let columns be found by their other names."""
    return {name: replace(column, synonyms=SYNONYMS.get(name, ())) for name, column in needed.items()}


def read_table(model: Model, table: Table) -> Cases:
    """Read every row of a table; a column that is not asked for and not there is typical, a gap is left to the models.

    Raises
    ------
    DataError
        If the table lacks a column that is asked for, has dates where numbers are needed, or has no rows.
    """
    found = take_cases(table, _add_synonyms(list_needed(model.schema.features)))
    check_columns(found, asked_schema(model).names)
    _check_numbers(found, model)
    features = tuple(feature for feature in model.schema.features if feature.name in found.columns)
    known = to_features(found, replace(model.schema, features=features))
    given = _to_columns(known)
    columns, filled = fill_typical(given, model.schema.names, model.typical)
    return Cases(columns, tuple(given), filled, [()] * len(known))


def _check_numbers(found: pd.DataFrame, model: Model) -> None:
    """Refuse dates where numbers are needed: a date would be read as nanoseconds."""
    for feature in model.schema.features:
        if feature.kind == "number" and feature.name in found and found[feature.name].dtype.kind == "M":
            message = (
                f"{feature.name} holds dates; it must hold numbers, such as {show_feature(feature, feature.median)}"
            )
            raise DataError(message)


def take_case_groups(model: Model, cases: Cases) -> np.ndarray:
    """Return each row's group, shape (n_rows,)."""
    name = model.source.group
    if not name or name not in cases.columns:
        return np.full(len(cases), NO_GROUP, dtype=object)
    return read_groups(cases.columns[name])


def match_columns(model: Model, table: Table) -> Mapping[str, str]:
    """Say which column of a table serves as which of the model's."""
    return map_columns(table, _add_synonyms(list_needed(model.schema.features))).found
