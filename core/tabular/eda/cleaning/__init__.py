"""Cleaning a table: steps that can be undone, an export that reproduces them, and what each choice would change.

- ``steps`` (values), ``forms`` (their fields for one table), ``checks`` and ``apply`` (one step), ``history`` (many)
- ``arrays``, ``rows``, ``columns``, ``filling``, ``rescaling``: the operations, which ``script`` exports as they are
- ``imputing``, ``scaling``, ``outliers``: choices compared
- ``missing``, ``missing_links``, ``missing_rules`` and ``little``: why values may be missing
"""

from core.tabular.eda.cleaning.apply import Effect, apply_step
from core.tabular.eda.cleaning.forms import make_step, step_fields, step_kinds, step_title
from core.tabular.eda.cleaning.from_fix import steps_from_fix
from core.tabular.eda.cleaning.history import History, Summary
from core.tabular.eda.cleaning.script import make_script_bundle, write_script
from core.tabular.eda.cleaning.steps import (
    ChangeType,
    ConvertUnit,
    ConvertUnitWhere,
    DeriveColumn,
    DropCategories,
    DropColumns,
    DropDuplicates,
    DropIsolated,
    DropMissingRows,
    FillIteratively,
    FillMissing,
    FillNeighbours,
    MergeSpellings,
    RenameColumn,
    ScaleColumns,
    SetMissing,
    Step,
    TreatOutliers,
)

__all__ = [
    "ChangeType",
    "ConvertUnit",
    "ConvertUnitWhere",
    "DeriveColumn",
    "DropCategories",
    "DropColumns",
    "DropDuplicates",
    "DropIsolated",
    "DropMissingRows",
    "Effect",
    "FillIteratively",
    "FillMissing",
    "FillNeighbours",
    "History",
    "MergeSpellings",
    "RenameColumn",
    "ScaleColumns",
    "SetMissing",
    "Step",
    "Summary",
    "TreatOutliers",
    "apply_step",
    "make_script_bundle",
    "make_step",
    "step_fields",
    "step_kinds",
    "step_title",
    "steps_from_fix",
    "write_script",
]
