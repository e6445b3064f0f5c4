"""From a table to rows that are answered fold by fold: every row once, by models that did not see it.

Rows that repeat an earlier one in every column are kept in one fold. A column that looks like an identifier is not
used; one that looks like the target in other clothes is used and named, and every view of the run repeats it.

Left out: reading files (``core.datasets.reading``); splits in time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.catalogue import load_table
from core.datasets.columns import to_values
from core.datasets.table import Table
from core.evaluation.splits import Split, make_folds
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.hub.settings import load_settings
from core.tabular._shared.doubts import find_doubts, list_infinite
from core.tabular._shared.schema import Schema, make_schema, to_features
from core.tabular.housing.features import add_features, is_ames
from core.tabular.housing.recipe import BUNDLED, LARGE_SQ_FT, Recipe

LEAST_ROWS = 40
AMES_GROUP, AMES_SIZE = "neighborhood", "gr_liv_area"
NO_GROUP = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A table ready to learn from.

    Parameters
    ----------
    table : Table
        Where the rows came from.
    schema : Schema
        Raw columns, as forms and files give them.
    x, design : DataFrames of shape (n_rows, n_raw) and (n_rows, n_made)
        The raw columns, and what models take (``features.add_features``).
    y : float array of shape (n_rows,)
        Prices, in the target's own unit.
    groups : object array of shape (n_rows,)
        Within which intervals keep their promise; one group where none is chosen.
    ids : int array of shape (n_rows,)
        Position of each row in the table.
    folds : tuple of Split
        Their test sides are all rows, each once.
    notes : tuple of str
        What was left out and what stands out, a sentence each.
    """

    table: Table
    schema: Schema
    x: pd.DataFrame
    design: pd.DataFrame
    y: np.ndarray
    groups: np.ndarray
    group: str
    ids: np.ndarray
    folds: tuple[Split, ...]
    copies: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def is_ames(self) -> bool:
        """Whether the columns are those of the Ames sales."""
        return is_ames(self.x.columns)


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the bundled sales or any table with a number to predict, and cut its rows into folds.

    Parameters
    ----------
    table : Table, optional
        An upload; None takes the bundled data.

    Raises
    ------
    DataError
        If there is no number to predict, or rows or columns do not suffice.

    Examples
    --------
    >>> data = load(Recipe())
    >>> data.x.shape, len(data.folds), len(data.folds[0].test)
    ((2930, 72), 5, 586)
    """
    validate_recipe(recipe)
    table = load_table(BUNDLED) if table is None else table
    target = find_target(recipe, table)
    doubts = find_doubts(table.with_target(target))
    known, notes = _choose_rows(recipe, table, target)
    named = {name for alert in doubts if alert.kind == "id_like" for name in alert.columns}
    used = replace(table, target=target, kinds={**table.kinds, **dict.fromkeys(named, "ignore")})
    schema = make_schema(used, target, (), known)
    x = to_features(table.frame, schema).iloc[known].reset_index(drop=True)
    y = to_values(table.frame[target], "number").to_numpy()[known]
    group, groups = take_groups(recipe, table, known)
    copies = find_copies(x)
    n_copies = len(copies) - len(np.unique(copies))
    folds = make_folds(y, recipe.n_folds, 1, recipe.seed, copies if n_copies else None)
    said = [alert.sentence for alert in doubts if set(alert.columns) & {*schema.names, *named}]
    if n_copies:
        said.append(f"{n_copies:,} of {len(copies):,} rows repeat earlier ones; copies are kept in one fold.")
    notes = (*notes, *said, *schema.ignored, *list_infinite(table, schema.names))
    return Data(used, schema, x, add_features(x), y, groups, group, known, folds, copies, notes)


def find_target(recipe: Recipe, table: Table) -> str:
    """Return the column to predict, or say why there is none."""
    target = recipe.target or table.target
    if not target:
        message = f"no column to predict is chosen; choose one of {', '.join(map(str, table.frame.columns[:10]))}"
        raise DataError(message)
    target = str(table.with_target(target).target)
    if table.kinds[target] != "number":
        message = f"{target} is of type {table.kinds[target]}; choose a column of type number to predict"
        raise DataError(message)
    if to_values(table.frame[target], "number").nunique() < 2:  # noqa: PLR2004 two values are the fewest that vary
        message = f"{target} has one value in every row; choose a number that varies"
        raise DataError(message)
    return target


def _choose_rows(recipe: Recipe, table: Table, target: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Choose the rows whose target is known, without the large sales where asked, at most as many as may be used."""
    values, notes = to_values(table.frame[target], "number"), []
    keep = values.notna().to_numpy()
    if not keep.all():
        notes.append(f"{int((~keep).sum()):,} rows without a {target} are left out.")
    if recipe.leave_out_large:
        if AMES_SIZE not in table.frame.columns:
            message = f"leave_out_large is on and the table has no {AMES_SIZE}; switch it off for this table"
            raise DataError(message)
        large = (to_values(table.frame[AMES_SIZE], "number") > LARGE_SQ_FT).to_numpy()
        notes.append(f"{int((keep & large).sum())} sales above {LARGE_SQ_FT:,} sq ft are left out, by De Cock's rule.")
        keep &= ~large
    known, most = np.flatnonzero(keep), load_settings().train_rows
    if len(known) < LEAST_ROWS:
        message = f"{target} is known in {len(known)} rows; at least {LEAST_ROWS} are needed: fill it in or add rows"
        raise DataError(message)
    if len(known) > most:
        notes.append(f"{most:,} of {len(known):,} rows are used: a sample drawn with the recipe's seed.")
        known = np.sort(np.random.default_rng(recipe.seed).choice(known, most, replace=False))
    return known, tuple(notes)


def take_groups(recipe: Recipe, table: Table, rows: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the group column (empty where there is none) and each row's group as text."""
    name = recipe.group or (AMES_GROUP if is_ames(table.frame.columns) else "")
    if not name:
        return "", np.full(len(rows), NO_GROUP, dtype=object)
    if name not in table.frame.columns or name == (recipe.target or table.target):
        message = f"group is {name!r}; it must be a column beside the target, such as {table.features[0]}"
        raise DataError(message)
    return name, read_groups(table.frame[name].iloc[rows])


def read_groups(values: pd.Series | np.ndarray) -> np.ndarray:
    """Write a column's values as names of groups; a gap is a group too.

    Examples
    --------
    >>> read_groups(np.array(["a", np.nan], dtype=object)).tolist()
    ['a', 'missing']
    """
    if isinstance(values, np.ndarray) and values.dtype == object:
        return np.array([value if isinstance(value, str) else "missing" for value in values.tolist()], dtype=object)
    return to_values(pd.Series(values), "category").fillna("missing").to_numpy(dtype=object)


def find_copies(x: pd.DataFrame) -> np.ndarray:
    """Give rows that are equal in every column one number, shape (n_rows,).

    Examples
    --------
    >>> find_copies(pd.DataFrame({"a": [1.0, 2.0, 1.0]})).tolist()
    [0, 1, 0]
    """
    return np.asarray(pd.factorize(pd.util.hash_pandas_object(x.fillna("missing").astype(str), index=False))[0])
