"""From a table to rows that are split once, before anything is fitted: training, calibration and test.

Training rows fit and compare the models, calibration rows size the prediction sets, test rows only score. The three
never share a row, and a row that was copied counts once.

Left out: reading files (``core.datasets.reading``); time, and groups that a column names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.catalogue import load_table
from core.datasets.fixes.wording import show_value
from core.datasets.table import Table
from core.evaluation.splits import Split, split_rows
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.registry import find_project
from core.hub.settings import load_settings
from core.tabular._shared.doubts import find_doubts, list_infinite
from core.tabular._shared.schema import Schema, make_schema, to_features
from core.tabular.iris.copies import expand_split, find_copies, find_firsts
from core.tabular.iris.recipe import SLUG, Recipe
from core.tabular.iris.sampling import sample_rows

MIN_TRAIN_PER_CLASS = 3
"""Two folds and the SVM's inner calibration each need a row of every class."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A table ready to learn from.

    Parameters
    ----------
    table : Table
        Where the rows came from, with its name, hash and steps.
    x : DataFrame of shape (n_rows, n_features)
        Feature columns: float64 (missing is NaN) or str objects.
    y : object array of shape (n_rows,)
        Class names.
    ids : int array of shape (n_rows,)
        Position of each row in the table.
    train, calibration, test : int arrays
        Positions in ``x``; disjoint.
    groups : int array of shape (n_rows,)
        Equal for rows that every split keeps together: they agree in their features and differ in class.
    notes : tuple of str
        What was left out or sampled, and what stands out in the table, a sentence each.
    """

    table: Table
    schema: Schema
    x: pd.DataFrame
    y: np.ndarray
    ids: np.ndarray
    train: np.ndarray
    calibration: np.ndarray
    test: np.ndarray
    groups: np.ndarray
    notes: tuple[str, ...] = ()


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the bundled iris flowers or any table with a class column, and split its rows.

    Parameters
    ----------
    table : Table, optional
        An upload; None takes the bundled data.

    Raises
    ------
    DataError
        If the table has no usable class column, too few rows, or no column to learn from.

    Examples
    --------
    >>> data = load(Recipe())
    >>> len(data.train), len(data.calibration), len(data.test)
    (90, 30, 30)
    """
    validate_recipe(recipe)
    table = load_table(SLUG) if table is None else table
    target = _find_target(recipe, table)
    known = np.flatnonzero(table.frame[target].notna().to_numpy())
    labels = name_classes(table.frame[target].iloc[known])
    classes = _check_classes(target, labels)
    kept = sample_rows(labels, load_settings().train_rows, recipe.seed)
    notes = _write_notes(target, len(table.frame) - len(known), len(kept), len(known))
    return _split_data(recipe, replace(table, target=target), classes, (known[kept], labels[kept]), notes)


def _split_data(
    recipe: Recipe,
    table: Table,
    classes: tuple[str, ...],
    kept: tuple[np.ndarray, np.ndarray],
    notes: tuple[str, ...],
) -> Data:
    """Split the kept rows, then describe the columns from the training rows alone."""
    ids, y = kept
    doubts = find_doubts(replace(table, frame=table.frame.iloc[ids].reset_index(drop=True)))
    copies = find_copies(table, y, ids, [name for each in doubts if each.kind == "id_like" for name in each.columns])
    ids, y = ids[copies.kept], y[copies.kept]
    train, calibration, test = split_parts(recipe, y, copies.groups)
    _check_train(y[train], classes)
    schema = make_schema(table, str(table.target), classes, ids[train])
    x = to_features(table.frame, schema).iloc[ids].reset_index(drop=True)
    said = [each.sentence for each in doubts if set(each.columns) & set(schema.names)]
    notes = (*notes, copies.note, *said, *schema.ignored, *list_infinite(table, schema.names))
    return Data(table, schema, x, y, ids, train, calibration, test, copies.groups, tuple(filter(None, notes)))


def split_parts(
    recipe: Recipe, y: np.ndarray, groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split rows into training, calibration and test positions, every class in its share.

    Parameters
    ----------
    groups : int array of shape (n_rows,), optional
        Rows with one number stay in one part.

    Examples
    --------
    >>> [len(part) for part in split_parts(Recipe(), np.array(["a", "b"] * 50))]
    [60, 20, 20]
    """
    groups = np.arange(len(y)) if groups is None else groups
    outer = _split_whole(y, recipe.test_share, recipe.seed, groups)
    share = recipe.calibration_share / (1 - recipe.test_share)
    inner = _split_whole(y[outer.train], share, recipe.seed, groups[outer.train])
    return outer.train[inner.train], outer.train[inner.test], outer.test


def _split_whole(y: np.ndarray, share: float, seed: int, groups: np.ndarray) -> Split:
    """Hold out a share of the groups."""
    return expand_split(split_rows(y[find_firsts(groups)], share, seed), groups)


def _find_target(recipe: Recipe, table: Table) -> str:
    """Return the class column: the recipe's, or else the table's own."""
    target = recipe.target or table.target
    if not target:
        message = f"no class column is chosen; choose one of {', '.join(map(str, table.frame.columns[:10]))}"
        raise DataError(message)
    return str(table.with_target(target).target)


def name_classes(column: pd.Series) -> np.ndarray:
    """Return class names as an object array of shape (n,); 1.0 is called "1".

    Examples
    --------
    >>> name_classes(pd.Series([0.0, 1.0])).tolist()
    ['0', '1']
    """
    return np.array([show_value(value) for value in column], dtype=object)


def _check_classes(target: str, labels: np.ndarray) -> tuple[str, ...]:
    """Return the class names in order, or say why the column cannot be a class."""
    needs = find_project(SLUG).needs
    if needs is None or len(labels) == 0:
        message = f"every value of {target} is missing; choose another class column"
        raise DataError(message)
    names, counts = np.unique(labels, return_counts=True)
    rarest = int(counts.argmin())
    if len(names) == 1:
        message = f"{target} holds the single class {names[0]!r}; it must hold 2 to {needs.max_classes}"
    elif len(names) > needs.max_classes:
        message = (
            f"{target} holds {len(names)} classes; it must hold 2 to {needs.max_classes}: "
            "merge some or choose another column"
        )
    elif counts[rarest] < needs.min_per_class:
        message = (
            f"class {names[rarest]!r} of {target} has {counts[rarest]} rows; each class needs at least "
            f"{needs.min_per_class}: merge or remove it"
        )
    elif len(labels) < needs.min_rows:
        message = f"the table has {len(labels)} rows with a class; at least {needs.min_rows} are needed"
    else:
        return tuple(map(str, names))
    raise DataError(message)


def _check_train(y: np.ndarray, classes: tuple[str, ...]) -> None:
    """Check that the split left enough rows of every class to train on."""
    for name in classes:
        count = int((y == name).sum())
        if count < MIN_TRAIN_PER_CLASS:
            message = (
                f"class {name!r} has {count} training rows after the split; at least {MIN_TRAIN_PER_CLASS} are needed: "
                "lower the test and calibration shares"
            )
            raise DataError(message)


def _write_notes(target: str, n_missing: int, n_kept: int, n_known: int) -> tuple[str, ...]:
    """Say which rows were left out."""
    notes = []
    if n_missing:
        notes.append(f"{n_missing:,} rows without a {target} are left out.")
    if n_kept < n_known:
        notes.append(f"{n_kept:,} of {n_known:,} rows are used: a stratified sample drawn with the recipe's seed.")
    return tuple(notes)
