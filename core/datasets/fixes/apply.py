"""What a button can do to a table: each fix is a value, and applying it makes a new table with its step in words.

Applying a fix twice changes nothing the second time, so a button pressed again is harmless. Nothing here is learned
from the rows: filling gaps or scaling belongs inside a model's training folds.

Left out: deciding which fix a table needs (``core.datasets.alerts``); retyping columns (``reading.change_kinds``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.fixes.numerals import parse_numbers
from core.datasets.fixes.wording import count_of
from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError

FixKind = Literal[
    "drop_column",
    "ignore_column",
    "drop_duplicates",
    "drop_empty_rows",
    "drop_missing_rows",
    "drop_missing_target",
    "drop_classes",
    "merge_categories",
    "set_missing",
    "to_number",
]


@dataclass(frozen=True, slots=True)
class Fix:
    """One change to a table.

    Parameters
    ----------
    kind : str
        What is done.
    columns : tuple of str
        To which columns; empty where the fix is about whole rows.
    values : tuple of str
        ``set_missing``: the values to blank. ``drop_classes``: the classes. ``merge_categories``: a spelling, then
        what it becomes, and so on in pairs.
    label : str
        The text of the button.
    """

    kind: FixKind
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    label: str = ""


def apply_fix(table: Table, fix: Fix) -> Table:
    """Apply one fix.

    Returns
    -------
    Table
        A new table with the step recorded; the same table when there is nothing left to do.

    Raises
    ------
    DataError
        If a column is not there, is the target where it must not be, or no row would be left.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> fixed = apply_fix(load_table("iris"), Fix("drop_duplicates", label="Drop 1 repeated row"))
    >>> len(fixed.frame), fixed.steps
    (149, ('dropped 1 row that repeats an earlier one',))
    """
    if fix.kind != "drop_column":
        _check_columns(table, fix.columns)
    if fix.kind in {"drop_column", "ignore_column"} and table.target in fix.columns:
        message = f"{table.target} is the column to predict; choose another target before it is taken out"
        raise DataError(message)
    return _ACTIONS[fix.kind](table, fix)


def _check_columns(table: Table, columns: tuple[str, ...]) -> None:
    """Refuse a fix for a column that the table does not have."""
    for name in columns:
        table.with_target(name)


def _drop_column(table: Table, fix: Fix) -> Table:
    """Take columns out of the frame; those already gone are passed over."""
    gone = [name for name in fix.columns if name in table.frame.columns]
    if not gone:
        return table
    if len(gone) == len(table.frame.columns):
        message = f"the table has {len(gone)} columns and all would be dropped; keep at least 1"
        raise DataError(message)
    kinds = {name: kind for name, kind in table.kinds.items() if name not in gone}
    return table.with_step(f"dropped {_columns(gone)}", frame=table.frame.drop(columns=gone), kinds=kinds)


def _ignore_column(table: Table, fix: Fix) -> Table:
    """Keep columns in the frame and out of every model."""
    changed = [name for name in fix.columns if table.kinds[name] != "ignore"]
    if not changed:
        return table
    return table.with_step(f"set aside {_columns(changed)}", kinds=_with_kinds(table, changed, "ignore"))


def _drop_duplicates(table: Table, _fix: Fix) -> Table:
    """Keep the first of equal rows."""
    return _keep_rows(
        table, ~table.frame.duplicated().to_numpy(), "that repeats an earlier one", "that repeat earlier ones"
    )


def _drop_empty_rows(table: Table, _fix: Fix) -> Table:
    """Drop rows without any value."""
    return _keep_rows(table, table.frame.notna().any(axis=1).to_numpy(), "without any value", "without any value")


def _drop_missing_rows(table: Table, fix: Fix) -> Table:
    """Drop rows that lack a value in any of the columns."""
    complete = table.frame[list(fix.columns)].notna().all(axis=1).to_numpy()
    return _keep_rows(table, complete, *[f"with a missing value in {', '.join(fix.columns)}"] * 2)


def _drop_missing_target(table: Table, fix: Fix) -> Table:
    """Drop rows whose answer is not known."""
    return _keep_rows(table, table.frame[fix.columns[0]].notna().to_numpy(), *[f"without {fix.columns[0]}"] * 2)


def _drop_classes(table: Table, fix: Fix) -> Table:
    """Drop the rows of some classes."""
    column = fix.columns[0]
    gone = table.frame[column].isin(_as_cells(table, column, fix.values)).to_numpy()
    return _keep_rows(table, ~gone, *[f"of {column} {', '.join(fix.values)}"] * 2)


def _keep_rows(table: Table, keep: np.ndarray, one: str, several: str) -> Table:
    """Keep some rows, in order, and say how many went."""
    n_dropped = int((~keep).sum())
    if not n_dropped:
        return table
    if n_dropped == len(keep):
        message = f"all {n_dropped:,} rows would be dropped; keep the rows and choose another fix"
        raise DataError(message)
    step = f"dropped {count_of(n_dropped, 'row')} {one if n_dropped == 1 else several}"
    return table.with_step(step, frame=table.frame[keep].reset_index(drop=True))


def _merge_categories(table: Table, fix: Fix) -> Table:
    """Write other spellings of a category the common way."""
    (column,) = fix.columns
    pairs = iter(fix.values)
    becomes = dict(zip(pairs, pairs, strict=True))
    changed = table.frame[column].isin(list(becomes))
    if not changed.any():
        return table
    merged = table.frame[column].where(~changed, table.frame[column].map(becomes))
    words = ", ".join(f"{old!r} to {new!r}" for old, new in becomes.items())
    step = f"changed {count_of(int(changed.sum()), 'value')} of {column}: {words}"
    return table.with_step(step, frame=_with_columns(table, {column: merged}))


def _set_missing(table: Table, fix: Fix) -> Table:
    """Blank values that stand for a missing one."""
    blanked, n_changed = {}, 0
    for column in fix.columns:
        hit = table.frame[column].isin(_as_cells(table, column, fix.values))
        if hit.any():
            blanked[column] = table.frame[column].mask(hit)
            n_changed += int(hit.sum())
    if not blanked:
        return table
    step = f"set {count_of(n_changed, 'value')} ({', '.join(fix.values)}) of {', '.join(blanked)} to missing"
    return table.with_step(step, frame=_with_columns(table, blanked))


def _as_cells(table: Table, column: str, values: tuple[str, ...]) -> list[str] | list[float]:
    """Return a fix's values as they stand in the column's cells."""
    if not pd.api.types.is_numeric_dtype(table.frame[column]):
        return list(values)
    try:
        return [float(value) for value in values]
    except ValueError as error:
        message = f"{column} holds numbers and the fix names {', '.join(values)}; give numbers"
        raise DataError(message) from error


def _to_number(table: Table, fix: Fix) -> Table:
    """Read texts such as ``1,200 kg`` as numbers; what is not a number becomes missing."""
    wanted = [name for name in fix.columns if table.kinds[name] in {"text", "category"}]
    if not wanted:
        return table
    made = {name: parse_numbers(table.frame[name]) for name in wanted}
    n_lost = sum(int((table.frame[name].notna() & made[name].isna()).sum()) for name in wanted)
    kinds = _with_kinds(table, wanted, "number")
    step = f"read {_columns(wanted)} as numbers ({count_of(n_lost, 'value')} that could not be read became missing)"
    return table.with_step(step, frame=_with_columns(table, made), kinds=kinds)


def _with_columns(table: Table, columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the frame with some columns changed; ``assign`` would refuse one that is called ``self``."""
    frame = table.frame.copy()
    for name, column in columns.items():
        frame[name] = column
    return frame


def _with_kinds(table: Table, columns: list[str], kind: ColumnKind) -> Mapping[str, ColumnKind]:
    """Return the kinds with some columns changed."""
    return {**table.kinds, **dict.fromkeys(columns, kind)}


def _columns(names: list[str]) -> str:
    """Name columns in full: the step is part of the table's hash."""
    return f"column{'s' if len(names) > 1 else ''} {', '.join(names)}"


_ACTIONS: dict[FixKind, Callable[[Table, Fix], Table]] = {
    "drop_column": _drop_column,
    "ignore_column": _ignore_column,
    "drop_duplicates": _drop_duplicates,
    "drop_empty_rows": _drop_empty_rows,
    "drop_missing_rows": _drop_missing_rows,
    "drop_missing_target": _drop_missing_target,
    "drop_classes": _drop_classes,
    "merge_categories": _merge_categories,
    "set_missing": _set_missing,
    "to_number": _to_number,
}
