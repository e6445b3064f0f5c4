"""Whether a step can be applied to a table: what is refused before the operation runs, each in one sentence.

Left out: what can only be told from the result (``apply``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.errors import DataError, RecipeError
from core.tabular.eda.cleaning.arrays import MAX_NUMBER, MIN_NUMBER, are_usable, gather_numbers, read_cells
from core.tabular.eda.cleaning.columns import change_type
from core.tabular.eda.cleaning.forms import column_marks, fits, validate_step
from core.tabular.eda.cleaning.steps import (
    ChangeType,
    Columns,
    ConvertUnitWhere,
    DeriveColumn,
    DropCategories,
    DropColumns,
    FillIteratively,
    FillMissing,
    FillNeighbours,
    MergeSpellings,
    RenameColumn,
    ScaleColumns,
    SetMissing,
    Step,
)

MAX_NEIGHBOUR_ROWS = 20_000  # the distances between all rows with gaps and all others must be worked out
MAX_COLUMN_NAME = 1_000


def check_step(table: Table, step: Step) -> None:
    """Refuse a step that the table does not allow.

    Raises
    ------
    DataError
        With the value, the limit and the remedy in one sentence.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> check_step(load_table("iris"), DropColumns(("stem",)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    core.hub.errors.DataError: there is no column 'stem'; the columns are sepal_length, ...
    """
    try:
        validate_step(step)
    except RecipeError as error:
        raise DataError(str(error)) from error
    for field, mark in column_marks(type(step)).items():
        _check_columns(table, field, getattr(step, field), mark)
    own = _CHECKS.get(type(step))
    if own is not None:
        own(table, step)


def _check_columns(table: Table, field: str, value: Any, mark: Columns) -> None:
    """Check a field that names columns."""
    names = (value,) if isinstance(value, str) else tuple(value)
    if len(names) < mark.least or len(set(names)) != len(names):
        message = f"{field} names {len(names)} columns; choose at least {mark.least}, each once"
        raise DataError(message)
    for name in names:
        table.with_target(name)
        if not fits(table.frame[name], mark):
            message = f"{cut(name)} holds {table.frame[name].dtype} values; this step needs {mark.holds}"
            raise DataError(message)
        if mark.holds == "numbers":
            _check_numbers(table, name)


def check_numbers(name: str, values: NDArray[np.float64]) -> None:
    """Refuse numbers of shape (n_rows,) that are all missing, infinite, or too large to be squared and summed.

    Raises
    ------
    DataError
        With the column, the value and the remedy.

    Examples
    --------
    >>> check_numbers("age", np.array([40.0, np.nan]))
    """
    if are_usable(values):
        return
    if np.isnan(values).all():
        message = f"{cut(name)} holds no value; drop the column instead"
        raise DataError(message)
    if np.isinf(values).any():
        message = (
            f"{cut(name)} holds {int(np.isinf(values).sum()):,} infinite values; set inf and -inf to missing first"
        )
        raise DataError(message)
    largest = np.nanmax(np.abs(values))
    span = f"from {MIN_NUMBER:g} to {MAX_NUMBER:g}"
    message = f"the largest number of {cut(name)} is {largest:g}; it must be {span} in size, so set it to missing first"
    raise DataError(message)


def _check_numbers(table: Table, name: str) -> None:
    """Check the values of one number column."""
    check_numbers(name, gather_numbers(table.frame, (name,))[:, 0])


def _check_cells(table: Table, column: str, values: tuple[str, ...]) -> None:
    """Refuse values that cannot stand in the column."""
    try:
        read_cells(table.frame[column], values)
    except ValueError as error:
        kind = "numbers" if pd.api.types.is_numeric_dtype(table.frame[column].dtype) else "dates"
        message = f"{cut(column)} holds {kind} and the step names {cut(', '.join(values))!r}; give {kind}"
        raise DataError(message) from error


def _check_drop(table: Table, step: DropColumns) -> None:
    """Keep the target and at least one column."""
    if table.target in step.columns:
        message = f"{table.target} is the column to predict; choose another target before it is taken out"
        raise DataError(message)
    if len(step.columns) == len(table.frame.columns):
        message = f"the table has {len(step.columns)} columns and all would be dropped; keep at least 1"
        raise DataError(message)


def check_new_name(table: Table, name: str) -> None:
    """Refuse a name that is empty, too long, taken or that no file can hold.

    Raises
    ------
    DataError
        With what is wrong and what to give instead.
    """
    if not name.strip() or len(name) > MAX_COLUMN_NAME or not _is_writable(name):
        message = f"the new name is {cut(name)!r}; give one of 1 to {MAX_COLUMN_NAME} characters"
        raise DataError(message)
    if name in table.frame.columns:
        message = f"there is a column {cut(name)!r} already; give another name"
        raise DataError(message)


def _is_writable(text: str) -> bool:
    """Tell whether a text can be written as UTF-8: a lone surrogate cannot."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _check_merge(table: Table, step: MergeSpellings) -> None:
    """Refuse a merge without spellings or into nothing."""
    if not step.spellings or not step.becomes.strip() or not _is_writable(step.becomes):
        message = f"{len(step.spellings)} spellings become {cut(step.becomes)!r}; name at least 1 and what it becomes"
        raise DataError(message)
    if not _holds_texts(table, step.column):
        message = f"{cut(step.column)} holds other cells than texts; read it as category first"
        raise DataError(message)


def _holds_texts(table: Table, name: str) -> bool:
    """Tell whether every known cell of a column is a text."""
    return all(isinstance(value, str) for value in table.frame[name].dropna().unique())


def _check_type(table: Table, step: ChangeType) -> None:
    """Refuse a type that the cells cannot take."""
    for name in step.columns:
        column = table.frame[name]
        is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
        if (step.to == "number" and is_date) or (step.to == "date" and not is_date and column.dtype != object):
            message = f"{cut(name)} holds {column.dtype} values, which are not read as {step.to}; read it as text first"
            raise DataError(message)
        if column.isna().all() and step.to != "ignore":
            message = f"{cut(name)} holds no value; drop the column instead"
            raise DataError(message)
    if step.unreadable == "refuse":
        _check_readable(table, step)


def _check_readable(table: Table, step: ChangeType) -> None:
    """Refuse texts that would be lost, naming the first with its row."""
    read = change_type(table.frame[list(step.columns)], step.columns, step.to, step.order)
    for name in step.columns:
        lost = (table.frame[name].notna() & read[name].isna()).to_numpy()
        if lost.any():
            row = int(lost.argmax())
            value, n_lost = cut(str(table.frame[name].iloc[row])), int(lost.sum())
            message = (
                f"{cut(name)} holds {value!r} in row {row + 1:,} and {n_lost:,} such values in all, which are not read "
                f"as {step.to}; correct them or set them to missing"
            )
            raise DataError(message)


def _check_fill(table: Table, step: FillMissing | FillNeighbours | FillIteratively) -> None:
    """Refuse to fill what has no gap, holds nothing, or cannot take the value."""
    for name in step.columns:
        n_gaps = int(table.frame[name].isna().sum())
        if n_gaps == len(table.frame):
            message = f"{cut(name)} holds no value to learn from; drop the column instead"
            raise DataError(message)
        if n_gaps and step.indicator:
            check_new_name(table, f"{name}_missing")
    if not table.frame[list(step.columns)].isna().to_numpy().any():
        message = f"{cut(', '.join(step.columns))} has 0 missing values; choose a column with gaps"
        raise DataError(message)


def _check_fill_value(table: Table, step: FillMissing) -> None:
    """Check the value of each column against its type."""
    _check_fill(table, step)
    for name in step.columns:
        column = table.frame[name]
        is_number = pd.api.types.is_numeric_dtype(column.dtype)
        if is_number:
            _check_numbers(table, name)
        elif column.dtype != object and not pd.api.types.is_datetime64_any_dtype(column.dtype):
            message = f"{cut(name)} holds {column.dtype} values; read it as text first"
            raise DataError(message)
        if not is_number and step.method in {"mean", "median"}:
            message = f"{cut(name)} holds no numbers and has no {step.method}; fill it with the most frequent value"
            raise DataError(message)
        if step.method == "constant":
            _check_constant(table, name, step.value)


def _check_constant(table: Table, name: str, value: str) -> None:
    """Refuse a constant that the column cannot hold."""
    column = table.frame[name]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        message = f"{cut(name)} holds dates, which take no constant; fill it with the most frequent value"
        raise DataError(message)
    _check_cells(table, name, (value,))
    is_number = pd.api.types.is_numeric_dtype(column.dtype)
    if (is_number and not math.isfinite(float(value))) or not value.strip() or not _is_writable(value):
        message = f"the constant for {cut(name)} is {cut(value)!r}; give a finite number or a text"
        raise DataError(message)


def _check_neighbours(table: Table, step: FillNeighbours) -> None:
    """Check the size, and that something tells which rows are near."""
    _check_fill(table, step)
    for name in step.columns:
        if table.frame[name].dtype == object and not _holds_texts(table, name):
            message = f"{cut(name)} holds other cells than texts; read it as category first"
            raise DataError(message)
        if table.frame[name].dtype != object:
            _check_numbers(table, name)
    if len(table.frame) > MAX_NEIGHBOUR_ROWS:
        message = f"rows is {len(table.frame):,}; neighbours take at most {MAX_NEIGHBOUR_ROWS:,}, so fill by regression"
        raise DataError(message)


def _check_scale(table: Table, step: ScaleColumns) -> None:
    """Refuse a scale that the values do not have."""
    for name in step.columns:
        values = gather_numbers(table.frame, (name,))[:, 0]
        if np.nanmin(values) == np.nanmax(values):
            message = f"{cut(name)} has one value, {np.nanmin(values):g}, and no scale; drop the column instead"
            raise DataError(message)
        if step.method == "log1p" and np.nanmin(values) <= -1:
            message = (
                f"the least value of {cut(name)} is {np.nanmin(values):g}; log1p needs more than -1, so choose power"
            )
            raise DataError(message)


def _check_rename(table: Table, step: RenameColumn) -> None:
    """Check the new name."""
    check_new_name(table, step.name)


def _check_derive(table: Table, step: DeriveColumn) -> None:
    """Check the new name."""
    check_new_name(table, step.name)


def _check_blank(table: Table, step: SetMissing) -> None:
    """Check the value against each column."""
    for name in step.columns:
        _check_cells(table, name, (step.value,))


def _check_where(table: Table, step: ConvertUnitWhere) -> None:
    """Check the value against the other column."""
    _check_cells(table, step.other, (step.value,))


def _check_categories(table: Table, step: DropCategories) -> None:
    """Check the values against the column."""
    _check_cells(table, step.column, step.values)


_CHECKS: dict[type, Callable[[Table, Any], None]] = {
    ChangeType: _check_type,
    ConvertUnitWhere: _check_where,
    DeriveColumn: _check_derive,
    DropCategories: _check_categories,
    DropColumns: _check_drop,
    FillIteratively: _check_fill,
    FillMissing: _check_fill_value,
    FillNeighbours: _check_neighbours,
    MergeSpellings: _check_merge,
    RenameColumn: _check_rename,
    ScaleColumns: _check_scale,
    SetMissing: _check_blank,
}
