"""From a kind of step and a table to the step's form and back: the columns on offer are those that would do.

Left out: drawing (``pages/kit/forms``); whether the step can be applied, which only applying it tells (``apply``).
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import pandas as pd

from core.datasets.fixes.wording import show_value
from core.datasets.table import Table
from core.hub.contract import Label
from core.hub.errors import DataError, RecipeError
from core.hub.fields import FieldSpec, make_fields, validate_fields
from core.tabular.eda.cleaning.steps import Columns, Step, Values

S = TypeVar("S", bound=Step)
MAX_VALUES = 1_000


def step_kinds() -> tuple[type[Step], ...]:
    """List every kind of step, in the order of the menu.

    Examples
    --------
    >>> len(step_kinds()), step_kinds()[0].__name__
    (17, 'DropDuplicates')
    """
    return typing.get_args(Step)


def step_title(kind: type[Step]) -> str:
    """Return a kind's name for a menu.

    Examples
    --------
    >>> step_title(step_kinds()[0])
    'Drop rows that repeat an earlier one'
    """
    return (kind.__doc__ or "").rstrip(".")


def step_fields(kind: type, table: Table, column: str | None = None) -> tuple[FieldSpec, ...]:
    """Describe the form of a step for one table.

    Parameters
    ----------
    kind : type
        One of :func:`step_kinds`.
    column : str, optional
        Of which column the values are on offer, for the kinds that ask for values; the first that would do if None.

    Returns
    -------
    tuple of FieldSpec
        Columns and values are ``choice`` or ``choices`` fields of this table.

    Raises
    ------
    DataError
        If no column of the table would do.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.cleaning.steps import MergeSpellings
    >>> spec = step_fields(MergeSpellings, load_table("penguins"), "sex")[1]
    >>> spec.name, spec.kind, spec.choices
    ('spellings', 'choices', ('female', 'male'))
    """
    column_mark = column_marks(kind).get("column", Columns())
    fitting = _fitting(table, column_mark)
    plain = {spec.name: spec for spec in _plain_fields(kind)}
    chosen = column if column is not None else next(iter(fitting), "")
    return tuple(plain.get(each.name) or _table_field(kind, each, table, chosen) for each in dataclasses.fields(kind))


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    """Return the annotated types of a step's fields."""
    return typing.get_type_hints(kind, include_extras=True)


def _mark(hint: Any) -> Columns | Values | None:
    """Return what marks a field as part of the table, if anything does."""
    extras = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, Columns | Values)), None)


def column_marks(kind: type) -> dict[str, Columns]:
    """Return the fields of a kind that name columns, with what they may name."""
    marks = {name: _mark(hint) for name, hint in _hints(kind).items()}
    return {name: mark for name, mark in marks.items() if isinstance(mark, Columns)}


@lru_cache(maxsize=64)
def _plain_part(kind: type) -> type:
    """Return a dataclass with the fields that do not depend on a table."""
    parts = [
        (each.name, _hints(kind)[each.name], dataclasses.field(default=each.default))
        for each in dataclasses.fields(kind)
        if _mark(_hints(kind)[each.name]) is None
    ]
    return dataclasses.make_dataclass(kind.__name__, parts, frozen=True)


def _plain_fields(kind: type) -> tuple[FieldSpec, ...]:
    """Describe the fields that do not depend on a table."""
    return make_fields(_plain_part(kind))


def _table_field(kind: type, each: dataclasses.Field[Any], table: Table, column: str) -> FieldSpec:
    """Describe a field that names columns or values of the table."""
    hint = _hints(kind)[each.name]
    mark, label = _mark(hint), next(extra for extra in typing.get_args(hint)[1:] if isinstance(extra, Label))
    choices = _fitting(table, mark) if isinstance(mark, Columns) else list_values(table, column)
    several = typing.get_origin(typing.get_args(hint)[0]) is tuple
    if not choices and not (isinstance(mark, Columns) and mark.least == 0):
        message = f"no column of {table.name} would do for this step ({label.text.lower()}); choose another step"
        raise DataError(message)
    first = (choices[0] if choices else "") if not several else ()
    default = first if each.default is dataclasses.MISSING else each.default
    return FieldSpec(
        name=each.name,
        kind="choices" if several else "choice",
        default=default,
        choices=choices,
        label=label.text,
        help=label.help,
    )


def _fitting(table: Table, mark: Columns) -> tuple[str, ...]:
    """List the columns that a field may name."""
    return tuple(name for name in table.frame.columns if fits(table.frame[name], mark))


def fits(column: pd.Series, mark: Columns) -> bool:
    """Tell whether a column's cells are of the type that a field asks for.

    Examples
    --------
    >>> fits(pd.Series([1.0]), Columns("numbers")), fits(pd.Series(["a"]), Columns("numbers"))
    (True, False)
    """
    is_number = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    is_text = column.dtype == object
    return {"any": True, "numbers": is_number, "texts": is_text, "texts or numbers": is_number or is_text}[mark.holds]


def list_values(table: Table, column: str) -> tuple[str, ...]:
    """List a column's different values as texts, the commonest thousand, in order."""
    if column not in table.frame.columns:
        return ()
    common = table.frame[column].value_counts().index[:MAX_VALUES]
    return tuple(sorted(show_value(value) for value in common))


def make_step(kind: type[S], values: Mapping[str, Any], table: Table) -> S:
    """Build a step from what a form gave.

    Raises
    ------
    RecipeError
        If a field is unknown, missing, out of its range or not among its choices.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.cleaning.steps import ScaleColumns
    >>> make_step(ScaleColumns, {"columns": ["bill_length"]}, load_table("penguins")).say()
    'put bill_length on the standard scale'
    """
    column = values.get("column")
    specs = {spec.name: spec for spec in step_fields(kind, table, column if isinstance(column, str) else None)}
    unknown = sorted(set(values) - set(specs))
    if unknown:
        message = f"unknown settings {', '.join(unknown)}; known are {', '.join(specs)}"
        raise RecipeError(message)
    full = {name: values.get(name, spec.default) for name, spec in specs.items()}
    full = {name: tuple(value) if isinstance(value, list) else value for name, value in full.items()}
    validate_fields(tuple(specs.values()), full)
    return kind(**full)


def validate_step(step: Step) -> None:
    """Check the fields of a step that do not depend on a table.

    Raises
    ------
    RecipeError
        With the field, its value and its limit in one sentence.
    """
    specs = _plain_fields(type(step))
    validate_fields(specs, {spec.name: getattr(step, spec.name) for spec in specs})
