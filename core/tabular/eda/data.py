"""From a table to rows that say what is usual and rows that check it, drawn once and before anything is measured.

Left out: cleaning (``cleaning``), whose result arrives here as a table like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets.catalogue import load_table
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.settings import load_settings
from core.tabular.eda.recipe import BUNDLED, Recipe

TEST_SHARE = 0.2
MAX_REFERENCE, MAX_TEST = 2_000, 1_000
LEAST_ROWS = 20
"""Below this no row can be called unusual, so all of them are only searched for claims."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A table to look over.

    Parameters
    ----------
    table : Table
        With its outcome set, where it has one.
    train, test : int arrays
        Positions of the rows that say what is usual (at most 2,000) and of those that check it (at most 1,000);
        disjoint, both empty in a table of fewer than 20 rows.
    """

    table: Table
    train: np.ndarray
    test: np.ndarray
    notes: tuple[str, ...] = ()


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the bundled Titanic passengers or any table.

    Parameters
    ----------
    table : Table, optional
        An upload; None takes the bundled data.

    Raises
    ------
    DataError
        If the table is empty or larger than may be analysed, or has no column of the recipe's name.

    Examples
    --------
    >>> data = load(Recipe())
    >>> data.table.frame.shape, len(data.train), len(data.test)
    ((1309, 14), 1047, 262)
    """
    validate_recipe(recipe)
    table = load_table(BUNDLED) if table is None else table
    _check_size(table)
    table = table.with_target(recipe.target or table.target)
    n_rows = len(table.frame)
    if n_rows < LEAST_ROWS:
        few = f"The table has {n_rows} rows; from {LEAST_ROWS} on single rows are judged too."
        return Data(table, np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), (few,))
    order = np.random.default_rng(recipe.seed).permutation(n_rows)
    n_test = min(round(TEST_SHARE * n_rows), MAX_TEST)
    return Data(table, np.sort(order[n_test : n_test + MAX_REFERENCE]), np.sort(order[:n_test]))


def _check_size(table: Table) -> None:
    """Refuse a table that is empty or too large."""
    settings, (n_rows, n_columns) = load_settings(), table.frame.shape
    if not n_rows or not n_columns:
        message = f"{cut(table.name)} has {n_rows} rows and {n_columns} columns; give it at least 1 of each"
        raise DataError(message)
    if n_rows > settings.upload_rows or n_columns > settings.upload_columns:
        message = (
            f"{cut(table.name)} has {n_rows:,} rows and {n_columns:,} columns; it must have at most "
            f"{settings.upload_rows:,} rows and {settings.upload_columns:,} columns: take a part of it"
        )
        raise DataError(message)
