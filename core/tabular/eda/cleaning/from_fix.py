"""From an alert's fix to the step of the same effect, so that a button of the alerts is undoable too.

Left out: finding what to fix (``core.datasets.alerts``).
"""

from __future__ import annotations

from collections.abc import Callable

from core.datasets.fixes import Fix, FixKind
from core.tabular.eda.cleaning.steps import (
    ChangeType,
    DropCategories,
    DropColumns,
    DropDuplicates,
    DropMissingRows,
    MergeSpellings,
    SetMissing,
    Step,
)


def steps_from_fix(fix: Fix) -> tuple[Step, ...]:
    """Return the steps that do what a fix does: one, or one for each value that it names.

    Examples
    --------
    >>> steps_from_fix(Fix("set_missing", ("age",), ("-999", "-1")))[1]
    SetMissing(columns=('age',), value='-1')
    """
    return _STEPS[fix.kind](fix)


def _merge(fix: Fix) -> tuple[Step, ...]:
    """Gather the spellings that become the same."""
    pairs = iter(fix.values)
    becomes: dict[str, list[str]] = {}
    for old, new in zip(pairs, pairs, strict=True):
        becomes.setdefault(new, []).append(old)
    return tuple(MergeSpellings(fix.columns[0], tuple(old), new) for new, old in becomes.items())


_STEPS: dict[FixKind, Callable[[Fix], tuple[Step, ...]]] = {
    "drop_column": lambda fix: (DropColumns(fix.columns),),
    "ignore_column": lambda fix: (ChangeType(fix.columns, "ignore"),),
    "drop_duplicates": lambda _fix: (DropDuplicates(),),
    "drop_empty_rows": lambda _fix: (DropMissingRows((), "all"),),
    "drop_missing_rows": lambda fix: (DropMissingRows(fix.columns),),
    "drop_missing_target": lambda fix: (DropMissingRows(fix.columns),),
    "drop_classes": lambda fix: (DropCategories(fix.columns[0], fix.values),),
    "merge_categories": _merge,
    "set_missing": lambda fix: tuple(SetMissing(fix.columns, value) for value in fix.values),
    "to_number": lambda fix: (ChangeType(fix.columns, "number", unreadable="set missing"),),
}
