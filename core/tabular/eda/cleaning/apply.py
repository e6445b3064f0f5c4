"""Applying one step to a table: the checks, the call, and what it changed in a sentence.

A step becomes a ``Call``: a function and its arguments with everything resolved, which is also what the exported
script writes down.

Left out: several steps and going back (``history``); writing the script (``script``).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import count_of, cut, list_names
from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError
from core.tabular.eda.cleaning import columns, filling, rescaling, rows, steps
from core.tabular.eda.cleaning.arrays import are_usable
from core.tabular.eda.cleaning.checks import check_step
from core.tabular.eda.cleaning.steps import Step

Argument = str | float | bool | tuple[str, ...]

OPERATIONS: dict[type, Callable[..., pd.DataFrame]] = {
    steps.DropDuplicates: rows.drop_duplicates,
    steps.DropMissingRows: rows.drop_missing_rows,
    steps.DropCategories: rows.drop_categories,
    steps.DropColumns: columns.drop_columns,
    steps.RenameColumn: columns.rename_column,
    steps.SetMissing: columns.set_missing,
    steps.MergeSpellings: columns.merge_spellings,
    steps.ConvertUnit: columns.convert_unit,
    steps.ConvertUnitWhere: columns.convert_unit_where,
    steps.DeriveColumn: columns.derive_column,
    steps.ChangeType: columns.change_type,
    steps.TreatOutliers: rows.treat_outliers,
    steps.DropIsolated: rows.drop_isolated,
    steps.FillMissing: filling.fill_missing,
    steps.FillNeighbours: filling.fill_neighbours,
    steps.FillIteratively: filling.fill_iteratively,
    steps.ScaleColumns: rescaling.scale_columns,
}


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with all its arguments but the frame."""

    function: Callable[..., pd.DataFrame]
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step changed.

    Parameters
    ----------
    n_changed : int
        Cells with another value than before; None counted where rows were dropped.
    sentence : str
        The step and its effect in one sentence.
    """

    rows_before: int
    rows_after: int
    missing_before: int
    missing_after: int
    n_changed: int
    sentence: str


def plan_call(table: Table, step: Step) -> Call:
    """Return the operation of a step with its arguments resolved against the table it is applied to.

    Raises
    ------
    DataError
        If nothing tells which rows are near, or which columns predict.
    """
    arguments = {each.name: getattr(step, each.name) for each in dataclasses.fields(step)}
    arguments.pop("unreadable", None)  # it decides whether the step is refused, not what it does
    if isinstance(step, steps.FillNeighbours | steps.FillIteratively):
        arguments["using"] = _resolve_using(table, step)
    return Call(OPERATIONS[type(step)], arguments)


def _resolve_using(table: Table, step: steps.FillNeighbours | steps.FillIteratively) -> tuple[str, ...]:
    """Name the number columns that a filling learns from; the target would leak into a model."""
    usable = step.using or tuple(
        name
        for name in table.features
        if pd.api.types.is_numeric_dtype(table.frame[name].dtype) and are_usable(table.numbers(name))
    )
    others = [name for name in usable if (name,) != step.columns]
    if not others:
        message = f"no other number column tells of {list_names(step.columns)}; fill the gaps with one value"
        raise DataError(message)
    return tuple(usable)


def apply_step(table: Table, step: Step) -> Table:
    """Apply one step; the table that was there stays as it is.

    Returns
    -------
    Table
        With the step recorded, and a hash of its own that tells the step with all its settings.

    Raises
    ------
    DataError
        If the table does not allow it, no row would be left, a value would overflow, or nothing would change.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> apply_step(load_table("iris"), steps.DropDuplicates()).steps
    ('dropped rows that repeat an earlier one: 1 of 150 rows went',)
    """
    check_step(table, step)
    call = plan_call(table, step)
    frame = call.function(table.frame, **call.arguments)
    kinds = _change_kinds(table, frame, step)
    _check_result(table, frame, kinds, step)
    target = step.name if isinstance(step, steps.RenameColumn) and step.column == table.target else table.target
    digest = hashlib.sha256(f"{table.sha256}\x1f{step!r}".encode(errors="backslashreplace")).hexdigest()
    done = dataclasses.replace(table, frame=frame, kinds=kinds, target=target, sha256=digest)
    return dataclasses.replace(done, steps=(*table.steps, measure_effect(table, done, step).sentence))


def _change_kinds(table: Table, frame: pd.DataFrame, step: Step) -> dict[str, ColumnKind]:
    """Return the kinds after a step; a column that is new is a number."""
    known = dict(table.kinds)
    if isinstance(step, steps.RenameColumn):
        known[step.name] = known[step.column]
    if isinstance(step, steps.ChangeType):
        known |= dict.fromkeys(step.columns, step.to)
    return {name: known.get(name, "number") for name in frame.columns}


def _check_result(table: Table, frame: pd.DataFrame, kinds: Mapping[str, ColumnKind], step: Step) -> None:
    """Refuse a result that nobody can use."""
    if not len(frame):
        message = f"all {len(table.frame):,} rows would be dropped; keep the rows and choose another step"
        raise DataError(message)
    for name in frame.columns:
        if frame[name].dtype.kind == "f" and _has_new_infinity(table, frame, name):
            message = f"{cut(name)} would hold infinite values; choose a smaller factor or another scale"
            raise DataError(message)
    if frame.equals(table.frame) and dict(kinds) == dict(table.kinds):
        message = f"nothing would change ({step.say()}); choose other columns or values"
        raise DataError(message)


def _has_new_infinity(table: Table, frame: pd.DataFrame, name: str) -> bool:
    """Tell whether a step made values infinite that were not so."""
    n_after = int(np.isinf(frame[name].to_numpy(dtype="float64")).sum())
    if not n_after:
        return False
    known = name in table.frame.columns and pd.api.types.is_numeric_dtype(table.frame[name].dtype)
    return not known or n_after > int(np.isinf(table.numbers(name)).sum())


def measure_effect(before: Table, after: Table, step: Step) -> Effect:
    """Say what a step changed.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> table = load_table("penguins")
    >>> step = steps.FillMissing(("sex",), "most frequent")
    >>> measure_effect(table, apply_step(table, step), step).sentence
    'filled the gaps of sex with the most frequent value: 11 cells changed, missing cells from 19 to 8'
    """
    rows_before, rows_after = len(before.frame), len(after.frame)
    missing = [int(each.frame.isna().to_numpy().sum()) for each in (before, after)]
    n_changed = _count_changed(before.frame, after.frame) if rows_before == rows_after else 0
    parts = []
    if rows_before != rows_after:
        parts.append(f"{rows_before - rows_after:,} of {count_of(rows_before, 'row')} went")
    if n_changed:
        parts.append(f"{count_of(n_changed, 'cell')} changed")
    n_more = len(after.frame.columns) - len(before.frame.columns)
    if n_more:
        parts.append(f"{count_of(abs(n_more), 'column')} {'more' if n_more > 0 else 'fewer'}")
    if missing[0] != missing[1]:
        parts.append(f"missing cells from {missing[0]:,} to {missing[1]:,}")
    sentence = f"{step.say()}: {', '.join(parts) or 'no cell changed its value'}"
    return Effect(rows_before, rows_after, missing[0], missing[1], n_changed, sentence)


def _count_changed(before: pd.DataFrame, after: pd.DataFrame) -> int:
    """Count the cells whose value differs, by column name; a cell missing in both does not."""
    n_changed = 0
    for name in after.columns:
        if name in before.columns and not before[name].equals(after[name]):
            gone, blank = before[name].isna().to_numpy(), after[name].isna().to_numpy()
            old, new = before[name].astype(object).to_numpy(), after[name].astype(object).to_numpy()
            both = ~gone & ~blank
            n_changed += int((gone != blank).sum()) + int((old[both] != new[both]).sum())
    return n_changed
