"""From a table to rows that are split once, before anything is fitted.

Rows with a gap are left out and counted; an infinite number, one too large or too small for a float's products, a
target that is no number and a table with fewer rows than coefficients are refused; a column that the others already
make up is named and not fitted.

Left out: filling gaps in; groups and time (rows are taken as independent).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.datasets.catalogue import load_table
from core.datasets.columns import UsedKind, choose_columns, to_values
from core.datasets.table import Table
from core.evaluation.splits import split_rows
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.registry import find_project
from core.hub.settings import load_settings
from core.scratch.linear_regression.dependence import describe_dependent, find_dependent
from core.scratch.linear_regression.least_squares import LARGEST, add_intercept
from core.scratch.linear_regression.recipe import BUNDLED, SLUG, Recipe
from core.scratch.linear_regression.schema import (
    Schema,
    make_columns,
    make_terms,
    reject_column,
    to_design,
)

LEAST_LEFT = 3  # rows beyond the coefficients, so that the residual variance can be told


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A table ready to fit.

    Parameters
    ----------
    table : Table
        Where the rows came from.
    x : float array of shape (n_rows, n_terms)
        Values of the terms, without the intercept.
    y : float array of shape (n_rows,)
    ids : int array of shape (n_rows,)
        Position of each row in the table.
    train, test : int arrays
        Positions in ``x``; disjoint.
    notes : tuple of str
        What was left out, a sentence each.
    """

    table: Table
    schema: Schema
    x: np.ndarray
    y: np.ndarray
    ids: np.ndarray
    train: np.ndarray
    test: np.ndarray
    notes: tuple[str, ...] = ()


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the bundled diabetes data or any table with a number to predict, and split its rows.

    Parameters
    ----------
    table : Table, optional
        An upload; None takes the bundled data.

    Raises
    ------
    DataError
        If the target is no number, a number is infinite, or rows or columns do not suffice.

    Examples
    --------
    >>> data = load(Recipe())
    >>> data.x.shape, len(data.train), len(data.test)
    ((442, 10), 353, 89)
    """
    validate_recipe(recipe)
    table = load_table(BUNDLED) if table is None else table
    target = _find_target(recipe, table)
    known = np.flatnonzero(table.frame[target].notna().to_numpy())
    _check_rows(len(known), target)
    uses, ignored = choose_columns(table, target, known, reject_column)
    _check_finite(table, [target, *uses])
    whole = known[table.frame[list(uses)].iloc[known].notna().all(axis=1).to_numpy()]
    kept = _sample(whole, recipe.seed)
    notes = _write_notes(target, len(table.frame), (len(known), len(whole), len(kept)))
    return _split_data(recipe, table.with_target(target), uses, kept, (*notes, *ignored))


def _find_target(recipe: Recipe, table: Table) -> str:
    """Return the column to predict, or say why there is none."""
    target = recipe.target or table.target
    if not target:
        message = f"no column to predict is chosen; choose one of {', '.join(map(str, table.frame.columns[:10]))}"
        raise DataError(message)
    target = str(table.with_target(target).target)
    if table.kinds[target] != "number":
        message = f"{target} is of type {table.kinds[target]}; choose a column of type number to predict"
        raise DataError(message)
    if table.frame[target].nunique() == 1:
        message = f"{target} has one value in every row; choose a number that varies"
        raise DataError(message)
    return target


def _check_rows(n_known: int, target: str) -> None:
    """Refuse a table whose target is known too seldom."""
    needs = find_project(SLUG).needs
    least = 1 if needs is None else needs.min_rows
    if n_known < least:
        message = f"{target} is known in {n_known} rows; at least {least} are needed: fill it in or add rows"
        raise DataError(message)


def _check_finite(table: Table, names: list[str]) -> None:
    """Refuse numbers that are infinite or beyond what a float's products hold, by column and row."""
    for name in names:
        if table.kinds[name] == "number":
            infinite = np.flatnonzero(np.isinf(table.numbers(name)))
            if len(infinite):
                message = (
                    f"{name} is infinite in {len(infinite)} rows, first in row {infinite[0] + 1}; "
                    "mend or remove those rows"
                )
                raise DataError(message)
            _check_reach(name, np.abs(table.numbers(name)))


def _check_reach(name: str, sizes: np.ndarray) -> None:
    """Refuse a column of finite numbers that is too large or too small as a whole."""
    if not np.isfinite(sizes).any():
        return
    place = int(np.nanargmax(sizes))
    largest = float(sizes[place])
    if largest > LARGEST:
        message = f"{name} reaches {largest:g} in row {place + 1}; at most {LARGEST:g} can be fitted: rescale it"
        raise DataError(message)
    if 0 < largest < 1 / LARGEST:
        message = f"{name} never exceeds {largest:g}; at least {1 / LARGEST:g} can be fitted: use a smaller unit"
        raise DataError(message)


def _sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """Keep at most as many rows as may be trained on, drawn with the recipe's seed, in their order."""
    most = load_settings().train_rows
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _write_notes(target: str, n_rows: int, counts: tuple[int, int, int]) -> tuple[str, ...]:
    """Say which rows were left out."""
    n_known, n_whole, n_kept = counts
    notes = []
    if n_known < n_rows:
        notes.append(f"{n_rows - n_known:,} rows without a {target} are left out.")
    if n_whole < n_known:
        notes.append(f"{n_known - n_whole:,} rows with a gap in another column are left out.")
    if n_kept < n_whole:
        notes.append(f"{n_kept:,} of {n_whole:,} rows are used: a sample drawn with the recipe's seed.")
    return tuple(notes)


def _split_data(
    recipe: Recipe, table: Table, uses: dict[str, UsedKind], ids: np.ndarray, notes: tuple[str, ...]
) -> Data:
    """Split the kept rows, then describe the columns from the training rows alone."""
    frame, target = table.frame.iloc[ids], str(table.target)
    y = to_values(frame[target], "number").to_numpy()
    if len(y) <= LEAST_LEFT:
        message = f"{len(y)} rows have no gap; at least {LEAST_LEFT + 1} are needed: fill gaps in or use fewer columns"
        raise DataError(message)
    split = split_rows(y, recipe.test_share, recipe.seed)
    if (y[split.train] == y[split.train][0]).all():
        message = f"{target} has one value in every training row; choose a number that varies more, or another seed"
        raise DataError(message)
    columns = make_columns(frame.iloc[split.train], uses)
    schema = Schema(target, columns, make_terms(columns))
    x = to_design(frame, schema)
    _check_size(len(split.train), len(schema.terms))
    schema, x, named = _drop_dependent(schema, x, split.train)
    known = np.isfinite(x).all(axis=1)  # a level that only a test row has cannot be answered
    test = split.test[known[split.test]]
    return Data(table, schema, x, y, ids, split.train, test, (*notes, *named))


def _drop_dependent(schema: Schema, x: np.ndarray, train: np.ndarray) -> tuple[Schema, np.ndarray, tuple[str, ...]]:
    """Name and take out the terms that those before them make up in the training rows."""
    found = find_dependent(add_intercept(x[train]))
    if not found:
        return schema, x, ()
    names = ["1", *(term.name for term in schema.terms)]
    gone = {each.column - 1 for each in found}
    kept = [place for place in range(len(schema.terms)) if place not in gone]
    if not kept:
        message = f"every column beside {schema.target} has one value in the training rows; add one that varies"
        raise DataError(message)
    terms = tuple(schema.terms[place] for place in kept)
    used = {term.column for term in terms}
    columns = tuple(column for column in schema.columns if column.name in used)
    sentences = tuple(f"{describe_dependent(each, names)}." for each in found)
    return replace(schema, columns=columns, terms=terms), x[:, kept], sentences


def _check_size(n_train: int, n_terms: int) -> None:
    """Refuse fewer training rows than coefficients, with a few to spare."""
    least = n_terms + 1 + LEAST_LEFT
    if n_train < least:
        message = (
            f"there are {n_train} training rows for {n_terms + 1} coefficients; at least {least} are needed: "
            "add rows or use fewer columns"
        )
        raise DataError(message)
