"""From a table of customers to rows that folds can be cut from: who left, which columns serve, which rows are copies.

Left out: reading files (``core.datasets.reading``); time, since a table is one moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.catalogue import load_table
from core.datasets.fixes.wording import show_value
from core.datasets.table import Table
from core.evaluation.splits import split_rows
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.settings import load_settings
from core.tabular._shared.doubts import find_doubts, list_infinite
from core.tabular._shared.equal_rows import number_rows
from core.tabular._shared.schema import Schema, make_schema, to_features
from core.tabular.churn.copies import is_repetitive
from core.tabular.churn.recipe import BUNDLED, Recipe

GROUPS = ("senior_citizen", "female", "partner", "dependents")
"""Columns of Telco by which fairness is judged."""
YES = ("yes", "true", "1", "churn", "churned", "left", "y", "exited")
MIN_ROWS, MIN_LEFT, MAX_GROUP_LEVELS = 60, 15, 10


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A table of customers, ready to learn from.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, n_features)
        Feature columns: float64 (missing is NaN) or str objects.
    y : bool array of shape (n_rows,)
        Who left.
    ids : int array of shape (n_rows,)
        Position of each row in the table.
    copies : int array of shape (n_rows,)
        Equal for rows that are equal in every feature.
    positive : str
        The class that means leaving.
    groups : tuple of str
        Columns by which fairness is judged.
    """

    table: Table
    schema: Schema
    x: pd.DataFrame
    y: np.ndarray
    ids: np.ndarray
    copies: np.ndarray
    positive: str
    groups: tuple[str, ...]
    notes: tuple[str, ...] = ()


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the Telco customers, or any table with a column of two classes.

    Parameters
    ----------
    table : Table, optional
        An upload; None takes the bundled customers.

    Raises
    ------
    DataError
        If the target has other than two classes, a class or the table is too small, or a named column is not there.

    Examples
    --------
    >>> data = load(Recipe())
    >>> data.x.shape, data.positive, round(float(data.y.mean()), 4)
    ((7043, 19), 'Yes', 0.2654)
    """
    validate_recipe(recipe)
    table = load_table(BUNDLED) if table is None else table
    target = _find_target(recipe, table)
    table = replace(table, target=target)
    known = np.flatnonzero(table.frame[target].notna().to_numpy())
    labels = np.array([show_value(value) for value in table.frame[target].iloc[known]], dtype=object)
    classes = _check_classes(target, labels)
    positive = choose_positive(recipe.positive, target, classes, labels)
    kept = _sample(labels, recipe.seed)
    notes = _note_rows(target, len(table.frame), len(known), len(kept))
    return _describe(recipe, table, (classes, positive), (known[kept], labels[kept]), notes)


def _describe(
    recipe: Recipe,
    table: Table,
    who: tuple[tuple[str, ...], str],
    kept: tuple[np.ndarray, np.ndarray],
    notes: list[str],
) -> Data:
    """Choose the columns and find the copies."""
    (classes, positive), (ids, labels) = who, kept
    doubts = find_doubts(table)
    unused = {name for each in doubts if each.kind == "id_like" for name in each.columns}
    kinds = {name: "ignore" if name in unused else kind for name, kind in table.kinds.items()}
    schema = make_schema(replace(table, kinds=kinds), str(table.target), classes, ids)
    x = to_features(table.frame, schema).iloc[ids].reset_index(drop=True)
    copies = number_rows(x)
    notes += [each.sentence for each in doubts]
    notes += [each for each in schema.ignored if not any(each.startswith(f"{name} is") for name in unused)]
    notes += [f"{name} names its rows and is not used." for name in sorted(unused)]
    notes += list_infinite(table, schema.names)
    n_repeats = len(copies) - len(np.unique(copies))
    if n_repeats:
        how = "equal rows are kept in one fold" if is_repetitive(copies) else "a copy of a scored row never trains"
        notes.append(f"{n_repeats:,} of {len(copies):,} rows repeat the features of earlier ones; {how}.")
    groups = choose_groups(recipe.groups, schema)
    return Data(table, schema, x, labels == positive, ids, copies, positive, groups, tuple(notes))


def _find_target(recipe: Recipe, table: Table) -> str:
    """Return the churn column: the recipe's, or else the table's own."""
    target = recipe.target or table.target
    if not target:
        message = f"no churn column is chosen; choose one of {', '.join(map(str, table.frame.columns[:10]))}"
        raise DataError(message)
    return str(table.with_target(target).target)


def _check_classes(target: str, labels: np.ndarray) -> tuple[str, ...]:
    """Return both class names in order, or say why the column cannot tell who left."""
    names, counts = np.unique(labels, return_counts=True)
    if len(names) != 2:  # noqa: PLR2004 - left or stayed
        shown = f"the single class {names[0]!r}" if len(names) == 1 else f"{len(names)} classes"
        message = f"{target} holds {shown}; it must hold 2, who left and who stayed: choose another column"
    elif len(labels) < MIN_ROWS:
        message = f"the table has {len(labels)} rows with a {target}; at least {MIN_ROWS} are needed"
    elif counts.min() < MIN_LEFT:
        rare = names[counts.argmin()]
        message = f"class {rare!r} of {target} has {counts.min()} rows; at least {MIN_LEFT} are needed: add rows"
    else:
        return tuple(map(str, names))
    raise DataError(message)


def choose_positive(asked: str, target: str, classes: tuple[str, ...], labels: np.ndarray) -> str:
    """Choose the class that means leaving: the asked one, else the one that says yes, else the rarer.

    Raises
    ------
    DataError
        If the asked class is not one of the two.

    Examples
    --------
    >>> choose_positive("", "churn", ("No", "Yes"), np.array(["No", "Yes"]))
    'Yes'
    """
    if asked and asked not in classes:
        message = f"positive is {asked!r}; it must be one of the classes of {target}, {' or '.join(classes)}"
        raise DataError(message)
    said = [name for name in classes if name.lower() in YES]
    if asked or len(said) == 1:
        return asked or said[0]
    return min(classes, key=lambda name: (int((labels == name).sum()), name))


def choose_groups(asked: str, schema: Schema) -> tuple[str, ...]:
    """Choose the columns by which fairness is judged.

    Raises
    ------
    DataError
        If an asked column is not among the categories with at most ten levels.
    """
    fit = {each.name: len(each.levels) for each in schema.features if each.kind == "category"}
    fit = {name: n_levels for name, n_levels in fit.items() if 1 < n_levels <= MAX_GROUP_LEVELS}
    if not asked.strip():
        return tuple(name for name in GROUPS if name in fit)
    names = tuple(dict.fromkeys(part.strip() for part in asked.split(",") if part.strip()))
    for name in names:
        if name not in fit:
            message = (
                f"{name} cannot be a group; choose a category with 2 to {MAX_GROUP_LEVELS} levels: {', '.join(fit)}"
            )
            raise DataError(message)
    return names


def _sample(labels: np.ndarray, seed: int) -> np.ndarray:
    """Keep at most as many rows as may be trained on, each class in its share."""
    limit = load_settings().train_rows
    return np.arange(len(labels)) if len(labels) <= limit else split_rows(labels, limit / len(labels), seed).test


def _note_rows(target: str, n_rows: int, n_known: int, n_kept: int) -> list[str]:
    """Say which rows are left out."""
    notes = [f"{n_rows - n_known:,} rows without a {target} are left out."] if n_known < n_rows else []
    if n_kept < n_known:
        notes.append(f"{n_kept:,} of {n_known:,} rows are used: a stratified sample drawn with the recipe's seed.")
    return notes
