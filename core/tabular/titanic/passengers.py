"""Passengers as every part of this project takes them: ten columns under their own names, read or refused.

The columns are found in any table by name or synonym (Kaggle's Pclass and SibSp, a word such as gender); values are
brought to one spelling. A value that cannot be meant is refused with its row, a gap in age, fare, cabin or port stays a
gap, which the pipelines fill from training rows.

Left out: guessing at spelling mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import list_names, show_value
from core.datasets.mapping import NeededColumn, map_columns, normalise
from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError
from core.tabular.titanic.recipe import CLASSES, COLUMNS, TARGET

LIMITS: Mapping[str, tuple[float, float]] = {
    "age": (0.0, 120.0),
    "sibsp": (0.0, 20.0),
    "parch": (0.0, 20.0),
    "fare": (0.0, 2000.0),
}
NUMBERS = tuple(LIMITS)
TEXTS = ("name", "ticket", "cabin")
MAY_BE_MISSING = ("age", "fare", "cabin", "embarked")
SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "pclass": {"1": "1", "2": "2", "3": "3", "first": "1", "second": "2", "third": "3", "1st": "1", "2nd": "2",
               "3rd": "3"},
    "sex": {"female": "female", "male": "male", "f": "female", "m": "male", "woman": "female", "man": "male"},
    "embarked": {"c": "C", "q": "Q", "s": "S", "cherbourg": "C", "queenstown": "Q", "southampton": "S", "cobh": "Q"},
}  # fmt: skip
"""How each level may be written, without case."""
FATES: Mapping[str, str] = {
    "no": "No", "yes": "Yes", "0": "No", "1": "Yes", "false": "No", "true": "Yes", "died": "No", "survived": "Yes",
    "dead": "No", "alive": "Yes",
}  # fmt: skip
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "pclass": ("class", "passenger class", "ticket class"),
    "name": ("full name", "passenger name", "passenger"),
    "sex": ("gender",),
    "age": ("age years",),
    "sibsp": ("siblings spouses aboard", "siblings spouses", "siblings/spouses aboard"),
    "parch": ("parents children aboard", "parents children", "parents/children aboard"),
    "ticket": ("ticket number", "ticket no"),
    "fare": ("passenger fare", "ticket fare", "price"),
    "cabin": ("cabin number",),
    "embarked": ("port", "embark town", "port of embarkation"),
}
TARGET_NAMES = (TARGET, "alive", "survival", "outcome", "2urvived")
LONGEST = 40


def find_needed(_schema: object = None) -> dict[str, NeededColumn]:
    """Describe the columns that a table of passengers must have, as ``core.datasets.mapping`` asks."""
    return {name: _make_needed(name) for name in COLUMNS}


def _make_needed(name: str) -> NeededColumn:
    """Describe one column."""
    low, high = LIMITS.get(name, (None, None))
    levels = tuple(dict.fromkeys(SPELLINGS[name].values())) if name in SPELLINGS else ()
    return NeededColumn(name, _find_kind(name), low, high, levels, SYNONYMS[name])


def _find_kind(name: str) -> ColumnKind:
    """Say how a column is read."""
    if name in NUMBERS:
        return "number"
    return "text" if name in TEXTS else "category"


def find_target(table: Table) -> str | None:
    """Return the column that says who lived: the table's own target where its values do, else by its name."""
    names = [] if table.target is None else [table.target]
    names += [name for name in table.frame.columns if normalise(name) in {normalise(each) for each in TARGET_NAMES}]
    for name in names:
        values = table.frame[name].dropna().map(show_value).str.casefold()
        if len(values) and values.isin(FATES).all():
            return str(name)
    return None


def read_fates(column: pd.Series) -> np.ndarray:
    """Write who lived as ``Yes`` or ``No``, shape (n_rows,); None where it is not known.

    Raises
    ------
    DataError
        If a value means neither.

    Examples
    --------
    >>> read_fates(pd.Series([0, 1, None])).tolist()
    ['No', 'Yes', None]
    """
    fates = [None if pd.isna(value) else FATES.get(show_value(value).casefold(), "") for value in column]
    if "" in fates:
        row = fates.index("")
        message = (
            f"{column.name} is {show_value(column.iloc[row])!r} in row {row + 1}; it must be {' or '.join(CLASSES)}"
        )
        raise DataError(message)
    return np.array(fates, dtype=object)


def read_passengers(table: Table) -> pd.DataFrame:
    """Find and read the ten columns of a table.

    Returns
    -------
    DataFrame of shape (n_rows, 10)
        Columns as ``recipe.COLUMNS``: float64, or str objects whose gaps are NaN; rows keep their order.

    Raises
    ------
    DataError
        If a column is lacking, or a value cannot be what its column holds.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> read_passengers(load_table("titanic")).iloc[:1][["pclass", "sex", "age"]].values.tolist()
    [['3', 'male', 22.0]]
    """
    if table.frame.empty:
        message = f"{table.name} has no rows; give it at least one passenger"
        raise DataError(message)
    found = map_columns(table, find_needed()).found
    lacking = [name for name in COLUMNS if name not in found]
    if lacking:
        message = f"the table lacks {list_names(lacking)}; passengers need the columns {', '.join(COLUMNS)}"
        raise DataError(message)
    return read_columns(pd.DataFrame({name: table.frame[found[name]] for name in COLUMNS}))


def read_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring ten columns under their own names to one spelling; see :func:`read_passengers`."""
    frame = frame.reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    for name in COLUMNS:
        if name in NUMBERS:
            columns[name] = _read_numbers(frame[name])
        elif name in SPELLINGS:
            columns[name] = _read_levels(frame[name])
        else:
            columns[name] = _read_texts(frame[name])
        if name not in MAY_BE_MISSING:
            _refuse_gaps(columns[name])
    return pd.DataFrame(columns)


def _read_numbers(column: pd.Series) -> pd.Series:
    """Read numbers within their limits; what is none is refused with its row."""
    texts = column.map(_read_comma) if column.dtype == object else column
    values = pd.to_numeric(texts, errors="coerce").astype("float64")
    low, high = LIMITS[str(column.name)]
    wrong = column.notna().to_numpy() & ~((values >= low) & (values <= high)).to_numpy()
    _refuse(column, wrong, f"a number from {low:g} to {high:g}, or empty")
    return values


def _read_comma(value: object) -> object:
    """Read the decimal comma of a text, which a column keeps where not all of its cells are numbers."""
    return value.replace(",", ".") if isinstance(value, str) and value.count(",") == 1 else value


def _read_levels(column: pd.Series) -> pd.Series:
    """Bring the levels of a category to one spelling."""
    spellings = SPELLINGS[str(column.name)]
    words = column.map(show_value, na_action="ignore").astype(object)
    levels = words.map(lambda word: spellings.get(str(word).strip().casefold(), ""), na_action="ignore").astype(object)
    _refuse(column, (levels == "").to_numpy(), " or ".join(dict.fromkeys(spellings.values())))
    return levels.where(levels.notna(), np.nan)


def _read_texts(column: pd.Series) -> pd.Series:
    """Read texts without blanks around them; an empty one is a gap."""
    texts = column.map(show_value, na_action="ignore").astype(object).map(lambda text: str(text).strip(),
                                                                         na_action="ignore").astype(object)  # fmt: skip
    return texts.where(texts.notna() & (texts != ""), np.nan)


def _refuse(column: pd.Series, wrong: np.ndarray, needed: str) -> None:
    """Refuse the first value that cannot be meant."""
    if wrong.any():
        row = int(np.argmax(wrong))
        shown = show_value(column.iloc[row])[:LONGEST]
        message = f"{column.name} is {shown!r} in row {row + 1}; it must be {needed}"
        raise DataError(message)


def _refuse_gaps(column: pd.Series) -> None:
    """Refuse a gap where none may be."""
    if column.isna().any():
        row = int(np.argmax(column.isna().to_numpy()))
        message = f"{column.name} is missing in row {row + 1}; give every passenger one"
        raise DataError(message)


def standardise(table: Table) -> Table:
    """Return a table of passengers under the names that this project uses, its target column kept as it is.

    The rows, their order and the hash stay the table's own, so that a model still knows it.

    Raises
    ------
    DataError
        As :func:`read_passengers`.
    """
    frame, target = read_passengers(table), find_target(table)
    kinds: dict[str, ColumnKind] = {name: _find_kind(name) for name in COLUMNS}
    if target is not None:
        frame.insert(0, target, table.frame[target].to_numpy())
        kinds = {target: "category", **kinds}
    return replace(table, frame=frame, kinds=kinds, target=target)
