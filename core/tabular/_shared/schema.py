"""What a model must know of a table's columns: which it uses and how, which it leaves out and why.

A number stays a number, a date becomes days since 1970-01-01, a category keeps its levels; free text, columns with one
value and columns whose values hardly repeat are left out, each with a sentence that says so.

Left out: making features out of text; imputing and scaling, which the pipelines do inside each split.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.cases import MAX_LEVELS
from core.datasets.columns import UsedKind, check_columns, choose_columns, rank_levels, show_date, to_values
from core.datasets.fixes.wording import show_value
from core.datasets.table import Table
from core.hub.errors import DataError

MISSING = "missing"
"""The level that a missing category becomes, so that a gap may itself be a sign."""
MAX_DISTINCT_SHARE = 0.5
"""A category column whose values repeat less than this is a name or an id, not a feature."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column that the models use; its figures come from the training rows only.

    Parameters
    ----------
    low, high, median, spread : float
        Range, median and standard deviation of a number, or of a date in days since 1970-01-01; 0 for a category.
    levels : tuple of str
        Values of a category, most frequent first, at most 100.
    typical : str
        The most frequent level of a category; empty for a number.
    n_missing : int
        Training rows without a value.
    whole : bool
        Whether every training value is a whole number.
    """

    name: str
    kind: UsedKind
    low: float = 0.0
    high: float = 0.0
    median: float = 0.0
    spread: float = 0.0
    levels: tuple[str, ...] = ()
    typical: str = ""
    n_missing: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns a model uses, its classes in sorted order, and a sentence for each column that was left out."""

    target: str
    classes: tuple[str, ...]
    features: tuple[Feature, ...]
    ignored: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Feature columns in the order in which the models take them."""
        return [feature.name for feature in self.features]

    @property
    def numbers(self) -> list[str]:
        """Feature columns that are numbers, dates included."""
        return [feature.name for feature in self.features if feature.kind != "category"]

    @property
    def categories(self) -> list[str]:
        """Feature columns that are categories."""
        return [feature.name for feature in self.features if feature.kind == "category"]


def make_schema(table: Table, target: str, classes: tuple[str, ...], rows: np.ndarray) -> Schema:
    """Describe the columns of a table as its training rows show them.

    Parameters
    ----------
    rows : int array of shape (n_train,)
        Positions of the training rows; no other row is looked at.

    Raises
    ------
    DataError
        If no column can be used.
    """
    kinds, ignored = choose_columns(table, target, rows, _reject_column)
    features = [_make_feature(to_values(table.frame[name], kind).iloc[rows], kind) for name, kind in kinds.items()]
    return Schema(target, classes, tuple(features), ignored)


def _reject_column(column: pd.Series, kind: str) -> str:
    """Say why a column cannot be used, or nothing when it can."""
    values = to_values(column, kind)
    n_distinct, n_known = values.nunique(), int(values.notna().sum())
    if n_known == 0:
        return "every value is missing"
    if n_distinct == 1 and n_known == len(values):
        return f"every value is {values.iloc[0]}"
    if kind == "category" and n_distinct > max(2, MAX_DISTINCT_SHARE * n_known):
        return f"it has {n_distinct} different values in {n_known} rows, like a name or an id"
    return ""


def _make_feature(values: pd.Series, kind: UsedKind) -> Feature:
    """Measure one column on the training rows."""
    known, name = values.dropna(), str(values.name)
    n_missing = len(values) - len(known)
    if kind == "category":
        levels = rank_levels(values.fillna(MISSING))
        return Feature(name, "category", levels=levels[:MAX_LEVELS], typical=levels[0], n_missing=n_missing)
    return Feature(
        name,
        kind,
        low=float(known.min()),
        high=float(known.max()),
        median=float(known.median()),
        spread=float(known.std(ddof=0)),
        n_missing=n_missing,
        whole=bool((known % 1 == 0).all()),
    )


def to_features(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the feature columns of any frame in the models' order, as float64 or str objects.

    Raises
    ------
    DataError
        If a column is missing, or holds no readable value where it holds values.
    """
    check_columns(frame, schema.names)
    columns = {}
    for feature in schema.features:
        values = to_values(frame[feature.name], feature.kind)
        if frame[feature.name].notna().any() and values.isna().all():
            first = _first_known(frame[feature.name])
            message = f"{feature.name} holds no readable {feature.kind}; its first value is {first!r}"
            raise DataError(message)
        columns[feature.name] = values
    return pd.DataFrame(columns, index=frame.index)


def _first_known(column: pd.Series) -> str:
    """Show the first value that is not missing, cut to 40 characters."""
    return str(column.dropna().iloc[0])[:40]


def show_feature(feature: Feature, value: object) -> str:
    """Write a value as its column's kind is written."""
    if feature.kind == "category":
        return show_value(value)
    number = float(value)  # type: ignore[arg-type]
    return show_date(number) if feature.kind == "date" else f"{number:g}"
