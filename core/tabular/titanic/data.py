"""From a table of passengers to rows that are split before anything is fitted.

The bundled table keeps Kaggle's split, 891 rows to learn from and 418 to judge by, whose answers were kept secret for
years. An own table is split by ticket: passengers on one ticket travelled, and often lived or died, together, so no
ticket is on both sides; copies of a row share its ticket.

Left out: reading files (``core.datasets.reading``); a table without the column of who lived, which ``batches`` answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.catalogue import find_entry, load_table
from core.datasets.columns import rank_levels
from core.datasets.mapping import normalise
from core.datasets.table import Table
from core.evaluation.splits import split_rows
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.settings import load_settings
from core.tabular._shared.doubts import find_doubts
from core.tabular._shared.schema import MISSING, Feature, Schema
from core.tabular.titanic.cleaning import list_repairs
from core.tabular.titanic.passengers import NUMBERS, find_target, read_fates, read_passengers
from core.tabular.titanic.recipe import CLASSES, COLUMNS, N_KAGGLE_TRAIN, SLUG, TARGET, Recipe

MIN_PER_CLASS = 20
MAX_NAMED = 100
"""Levels that a schema names; a column with more is typed."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Passengers ready to learn from.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, 10)
        The columns of ``recipe.COLUMNS``.
    y : object array of shape (n_rows,)
        ``Yes`` for who lived, else ``No``.
    ids : int array of shape (n_rows,)
        Position of each row in the table.
    train, test : int arrays
        Positions in ``x``; disjoint.
    tickets : int array of shape (n_rows,)
        Equal for passengers on one ticket.
    repairs : DataFrame
        What was wrong with the table and what was done; see ``cleaning``.
    notes : tuple of str
        What was left out or sampled, and what looks like a leak, a sentence each.
    """

    table: Table
    schema: Schema
    x: pd.DataFrame
    y: np.ndarray
    ids: np.ndarray
    train: np.ndarray
    test: np.ndarray
    tickets: np.ndarray
    repairs: pd.DataFrame
    notes: tuple[str, ...] = ()


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the bundled passengers, or any table with their columns and who lived, and split its rows.

    Raises
    ------
    DataError
        If a column is lacking or unreadable, or fewer than 20 passengers lived or died.

    Examples
    --------
    >>> data = load(Recipe())
    >>> len(data.train), len(data.test), round(float((data.y == "Yes").mean()), 3)
    (891, 418, 0.382)
    """
    validate_recipe(recipe)
    table = load_table(SLUG) if table is None else table
    target = find_target(table)
    whole = read_passengers(table)
    if target is None:
        for name in (each for each in table.frame.columns if normalise(each) == TARGET):
            read_fates(table.frame[name])  # says which value in which row is no fate
        message = (
            "the table has no column survived of Yes and No, so nothing can be learnt from it; "
            "its passengers can be answered as a file of cases"
        )
        raise DataError(message)
    fates = read_fates(table.frame[target])
    ids = _choose_rows(fates, recipe.seed)
    x, y = whole.iloc[ids].reset_index(drop=True), fates[ids]
    _check_classes(y)
    tickets = np.asarray(pd.factorize(x["ticket"])[0])
    train, test = _split_rows(recipe, table, y, tickets)
    schema = make_schema(target, x.iloc[train], _list_unused(table, target))
    doubts = (alert.sentence for alert in find_doubts(table.with_target(target)))
    notes = (*_say_left_out(fates, ids), *doubts)
    return Data(table.with_target(target), schema, x, y, ids, train, test, tickets, list_repairs(table, whole), notes)


def is_bundled(table: Table) -> bool:
    """Say whether this is the bundled table, whose split is Kaggle's."""
    return table.sha256 == find_entry(SLUG).sha256


def _choose_rows(fates: np.ndarray, seed: int) -> np.ndarray:
    """Return the rows whose fate is known, a seeded sample of them where there are too many to train on."""
    known = np.flatnonzero([fate is not None for fate in fates])
    limit = load_settings().train_rows
    if len(known) <= limit:
        return known
    return np.sort(np.random.default_rng(seed).choice(known, limit, replace=False))


def _check_classes(y: np.ndarray) -> None:
    """Refuse a table with too few of either class."""
    for name in CLASSES:
        count = int((y == name).sum())
        if count < MIN_PER_CLASS:
            message = f"survived is {name} for {count} passengers; at least {MIN_PER_CLASS} are needed, so add rows"
            raise DataError(message)


def _split_rows(recipe: Recipe, table: Table, y: np.ndarray, tickets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep Kaggle's split of the bundled table; hold out whole tickets of any other."""
    if is_bundled(table):
        return np.arange(N_KAGGLE_TRAIN), np.arange(N_KAGGLE_TRAIN, len(y))
    split = split_rows(y, recipe.test_share, recipe.seed, tickets)
    return split.train, split.test


def make_schema(target: str, x: pd.DataFrame, ignored: tuple[str, ...]) -> Schema:
    """Describe the ten columns as the training rows show them."""
    return Schema(target, CLASSES, tuple(_make_feature(x[name]) for name in COLUMNS), ignored)


def _make_feature(values: pd.Series) -> Feature:
    """Measure one column on the training rows."""
    name, known = str(values.name), values.dropna()
    n_missing = len(values) - len(known)
    if name not in NUMBERS:
        levels = rank_levels(values.fillna(MISSING))
        return Feature(name, "category", levels=levels[:MAX_NAMED], typical=levels[0], n_missing=n_missing)
    low, high, median, spread = (
        (float(known.min()), float(known.max()), float(known.median()), float(known.std(ddof=0)))
        if len(known)
        else (0.0, 0.0, 0.0, 0.0)
    )
    return Feature(name, "number", low, high, median, spread, n_missing=n_missing, whole=bool((known % 1 == 0).all()))


def _list_unused(table: Table, target: str) -> tuple[str, ...]:
    """Say which columns of the table are used by no model."""
    from core.datasets.mapping import map_columns
    from core.tabular.titanic.passengers import find_needed

    ignored = [name for name in map_columns(table, find_needed()).ignored if name != target]
    return tuple(f"{name} is not used: it is none of the ten columns known before the ship sank." for name in ignored)


def _say_left_out(fates: np.ndarray, ids: np.ndarray) -> tuple[str, ...]:
    """Say how many rows are not used and why."""
    n_known = int(sum(fate is not None for fate in fates))
    notes = []
    if n_known < len(fates):
        notes.append(f"{len(fates) - n_known:,} rows do not say who lived and are left out.")
    if len(ids) < n_known:
        notes.append(f"{len(ids):,} of {n_known:,} rows were drawn by the seed; more are not trained on.")
    return tuple(notes)
