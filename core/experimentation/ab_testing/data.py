"""From a table to two arms of units: the door that every upload and every bundled trial comes through.

Refused, each in one sentence: no rows, one arm, three arms of which none are named, a unit in both arms, text in the
metric, a metric with one value, infinite numbers. Rows without a metric or an arm are left out and counted by arm.

Left out: what is computed of the arms (``analysis``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.experimentation.ab_testing.columns import (
    NO,
    YES,
    check_column,
    choose_arms,
    find_columns,
    name_arms,
    show_arm,
)
from core.experimentation.ab_testing.proportions import chi_square_test
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.srm import ALERT
from core.experimentation.ab_testing.trials import fill_plan
from core.hub.errors import DataError
from core.hub.fields import validate_recipe

MetricKind = Literal["mean", "share", "ratio"]
PAIRED = "paired t"


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Two arms of units.

    Parameters
    ----------
    plan : Recipe
        With every blank filled in.
    y : float array of shape (n_units,)
        The metric of each unit; the numerator of a ratio.
    per : float array of shape (n_units,)
        The denominator of a ratio; ones otherwise.
    is_first : bool array of shape (n_units,)
    rows : int array of shape (n_rows,)
        Rows of the table that count.
    places : int array of shape (n_rows,)
        The unit that each of them belongs to.
    counts : (int, int)
        Units that were assigned, also those without a metric: what the split is checked on.
    """

    table: Table
    plan: Recipe
    kind: MetricKind
    y: np.ndarray
    per: np.ndarray
    is_first: np.ndarray
    rows: np.ndarray
    places: np.ndarray
    counts: tuple[int, int]
    notes: tuple[str, ...] = ()

    def sum_column(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Sum another column over the rows of each unit, with the number of rows that have a value.

        Raises
        ------
        DataError
            If there is no such column, or it holds text.
        """
        inside = np.zeros(len(self.table.frame), dtype=bool)
        inside[self.rows] = True
        values = read_metric(self.table, name, inside)[0][self.rows]
        known = ~np.isnan(values)
        sums, counts = (
            np.bincount(self.places, weights=each, minlength=len(self.y))
            for each in (np.where(known, values, 0.0), known)
        )
        return np.asarray(sums), np.asarray(counts, dtype=np.float64)

    @property
    def first(self) -> np.ndarray:
        """Metric of the first arm."""
        return np.asarray(self.y[self.is_first])

    @property
    def second(self) -> np.ndarray:
        """Metric of the second arm."""
        return np.asarray(self.y[~self.is_first])


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load a bundled trial or any table with two arms.

    Raises
    ------
    DataError
        If the table is no trial of two arms; see the module.
    RecipeError
        If the plan is out of range.

    Examples
    --------
    >>> data = load(Recipe(trial="lalonde"))
    >>> len(data.first), len(data.second), data.kind
    (185, 260, 'mean')
    """
    validate_recipe(recipe)
    plan = fill_plan(recipe) if table is None else recipe
    table = load_table(plan.trial) if table is None else table
    found = find_columns(table, plan)
    plan = choose_arms(
        replace(
            plan, arm=found.arm, metric=found.metric, unit=found.unit, assigned_at=found.assigned_at,
            measured_at=found.measured_at,
        ),
        found,
    )  # fmt: skip
    arms = name_arms(table.frame[plan.arm])
    inside = arms.isin([plan.first, plan.second]).to_numpy()
    is_first = (arms == plan.first).to_numpy()
    _check_units(table, plan, inside, is_first)
    metric, is_share = read_metric(table, plan.metric, inside)
    return _make_data(table, plan, (metric, is_share), inside, is_first)


def _check_units(table: Table, plan: Recipe, inside: np.ndarray, is_first: np.ndarray) -> None:
    """Refuse a unit that is in both arms: whatever it did cannot be told apart."""
    if plan.test == PAIRED or not plan.unit:
        return
    units = table.frame[plan.unit]
    both = set(units[inside & is_first].dropna()) & set(units[inside & ~is_first].dropna())
    if both:
        example = min(map(show_arm, both))
        message = (
            f"{len(both):,} of {units[inside].nunique():,} {plan.unit} are in both arms (such as {example[:40]}); "
            "assign each to one, or leave them out"
        )
        raise DataError(message)


def read_metric(table: Table, name: str, inside: np.ndarray) -> tuple[np.ndarray, bool]:
    """Read a metric as numbers, two words such as yes and no as 1 and 0; also tell whether it is a share.

    Parameters
    ----------
    inside : bool array of shape (n_rows,)
        Rows that count.

    Raises
    ------
    DataError
        Naming the first value that is no number and its row.
    """
    check_column(table, name)
    column = table.frame[name]
    few = column[inside].nunique() <= 2  # noqa: PLR2004 yes and no
    known: list[object] = list(column[inside].dropna().unique()) if few else []
    words = column.map({value: show_arm(value).lower() for value in known})
    found = set(words[inside].dropna())
    if found and found <= YES | NO and len(found & YES) <= 1 and len(found & NO) <= 1:
        return words.isin(YES).astype(float).where(words.notna()).to_numpy(), True
    if not pd.api.types.is_numeric_dtype(column):
        _refuse_text(column, name, inside)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    if np.isinf(numbers[inside]).any():
        row = int(np.flatnonzero(np.isinf(numbers) & inside)[0]) + 1
        message = f"{name} holds an infinite value in row {row}; mend it or leave the row out"
        raise DataError(message)
    return numbers, False


def _refuse_text(column: pd.Series, name: str, inside: np.ndarray) -> None:
    """Say which value of a metric is no number; numbers that only lie in a text column pass."""
    bad = pd.to_numeric(column, errors="coerce").isna() & column.notna() & inside
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        message = (
            f"{name} holds text ({str(column.iloc[row])[:40]!r} in row {row + 1}); choose a metric of numbers, "
            "or of two values such as yes and no"
        )
        raise DataError(message)


def _make_data(
    table: Table, plan: Recipe, metric: tuple[np.ndarray, bool], inside: np.ndarray, is_first: np.ndarray
) -> Data:
    """Leave out what cannot be used, join the rows of each unit, and say what was done."""
    values, is_share = metric
    per = np.ones(len(values)) if not plan.denominator else read_metric(table, plan.denominator, inside)[0]
    kept = inside & ~np.isnan(values) & ~np.isnan(per)
    if plan.unit:
        kept &= table.frame[plan.unit].notna().to_numpy()
    notes = _note_left(plan, inside, kept, is_first)
    counts = _count_units(table, plan, inside & is_first), _count_units(table, plan, inside & ~is_first)
    rows, ids, places = _find_places(table, plan, kept, values)
    repeats = len(ids) < len(rows)
    kind: MetricKind = _find_kind(plan, is_share=is_share, repeats=repeats)
    if repeats and plan.test != PAIRED:
        text = f"{len(rows):,} rows belong to {len(ids):,} {plan.unit}; errors are taken over {plan.unit}, not rows."
        notes = (*notes, text)
    y, per = (np.bincount(places, weights=each[rows], minlength=len(ids)) for each in (values, per))
    data = Data(table, plan, kind, y, per, is_first[ids], rows, places, counts, notes)
    _check_arms(data)
    return data


def _find_places(
    table: Table, plan: Recipe, kept: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order the rows by unit, or by value, so that shuffled rows give the same sums; find each unit's first row."""
    rows = np.flatnonzero(kept)
    if not plan.unit:
        rows = rows[np.argsort(values[rows], kind="stable")]
        return rows, rows, np.arange(len(rows))
    names, _ = pd.factorize(table.frame[plan.unit].iloc[rows].astype(str), sort=True)
    if plan.test == PAIRED:
        names = 2 * names + (name_arms(table.frame[plan.arm].iloc[rows]) == plan.first).to_numpy()
    order = np.lexsort((values[rows], names))
    rows, names = rows[order], names[order]
    _, starts, places = np.unique(names, return_index=True, return_inverse=True)
    return rows, rows[starts], places


def _find_kind(plan: Recipe, *, is_share: bool, repeats: bool) -> MetricKind:
    """Say how the metric is compared."""
    if plan.test == PAIRED:
        return "mean"
    if repeats or plan.denominator or plan.kind == "ratio":
        return "ratio"
    if plan.kind == "share" and not is_share:
        message = f"{plan.metric} holds other values than two such as yes and no; compare its mean"
        raise DataError(message)
    if plan.kind == "mean":
        return "mean"
    return "share" if is_share else "mean"


def _count_units(table: Table, plan: Recipe, rows: np.ndarray) -> int:
    """Count the units of some rows."""
    return int(table.frame[plan.unit][rows].nunique()) if plan.unit else int(rows.sum())


def _note_left(plan: Recipe, inside: np.ndarray, kept: np.ndarray, is_first: np.ndarray) -> tuple[str, ...]:
    """Say how many rows were left out, and whether the arms lost different shares."""
    notes = []
    if not inside.all():
        notes.append(f"{int((~inside).sum()):,} rows are in neither arm and are left out.")
    lost = inside & ~kept
    if lost.any():
        table = np.array([[(side & kept).sum(), (side & lost).sum()] for side in (is_first, inside & ~is_first)])
        shown = f"{table[0, 1]:,} of {plan.first} and {table[1, 1]:,} of {plan.second}"
        notes.append(f"{int(lost.sum()):,} rows lack a value: {shown}.")
        if table.sum(axis=1).all() and kept.any() and chi_square_test(table).p_value < ALERT:
            notes.append("The arms lost different shares of their rows, so those that are left may not be comparable.")
    return tuple(notes)


def _check_arms(data: Data) -> None:
    """Refuse an arm without units, and a metric with one value."""
    for name, values in ((data.plan.first, data.first), (data.plan.second, data.second)):
        if len(values) < 2:  # noqa: PLR2004 a spread needs two
            message = f"arm {name} has {len(values)} units with a value; a comparison needs at least 2 in each arm"
            raise DataError(message)
    if data.kind != "ratio" and np.ptp(data.y) == 0:
        message = f"{data.plan.metric} is {data.y[0]:g} for every unit; choose a metric that varies"
        raise DataError(message)
