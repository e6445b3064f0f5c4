"""Operations on columns and their cells: blank, respell, convert, derive, retype, rename, drop.

The page runs these functions and the exported script holds their source, so the two cannot differ.

Left out: checks (``apply``); times of day in dates that were read as text.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.fixes.numerals import parse_numbers
from core.tabular.eda.cleaning.arrays import gather_numbers, read_cells, restore_column

DATE_FORMATS = {"year first": "%Y-%m-%d", "day first": "%d-%m-%Y", "month first": "%m-%d-%Y"}


def drop_columns(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Take columns out.

    Examples
    --------
    >>> list(drop_columns(pd.DataFrame({"a": [1], "b": [2]}), ("a",)))
    ['b']
    """
    return frame.drop(columns=list(columns))


def rename_column(frame: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    """Call a column by another name.

    Examples
    --------
    >>> list(rename_column(pd.DataFrame({"a": [1]}), "a", "age"))
    ['age']
    """
    return frame.rename(columns={column: name})


def set_missing(frame: pd.DataFrame, columns: tuple[str, ...], value: str) -> pd.DataFrame:
    """Blank the cells that hold a value which stands for a missing one.

    Examples
    --------
    >>> set_missing(pd.DataFrame({"a": [1.0, -999.0]}), ("a",), "-999")["a"].tolist()
    [1.0, nan]
    """
    changed = frame.copy(deep=False)
    for name in columns:
        changed[name] = frame[name].mask(frame[name].isin(read_cells(frame[name], (value,))))
    return changed


def merge_spellings(frame: pd.DataFrame, column: str, spellings: tuple[str, ...], becomes: str) -> pd.DataFrame:
    """Write several spellings of one category the same way.

    Examples
    --------
    >>> merge_spellings(pd.DataFrame({"a": ["Male", "m", "f"]}), "a", ("Male", "m"), "male")["a"].tolist()
    ['male', 'male', 'f']
    """
    changed = frame.copy(deep=False)
    changed[column] = frame[column].mask(frame[column].isin(list(spellings)), becomes)
    return changed


def convert_unit(
    frame: pd.DataFrame, column: str, factor: float, offset: float, rows: str, limit: float
) -> pd.DataFrame:
    """Multiply a column by a factor and add an offset, in all rows or in those on one side of a limit.

    Parameters
    ----------
    rows : str
        ``all``, ``above`` (value > limit) or ``below`` (value < limit).

    Examples
    --------
    >>> frame = pd.DataFrame({"height_m": [1.7, 182.0]})
    >>> convert_unit(frame, "height_m", 0.01, 0.0, "above", 3.0)["height_m"].tolist()
    [1.7, 1.82]
    """
    values = gather_numbers(frame, (column,))[:, 0]
    chosen = {"all": np.isfinite(values), "above": values > limit, "below": values < limit}[rows]
    changed = frame.copy(deep=False)
    with np.errstate(all="ignore"):
        changed[column] = restore_column(frame[column], np.where(chosen, values * factor + offset, values))
    return changed


def convert_unit_where(
    frame: pd.DataFrame, column: str, factor: float, offset: float, other: str, value: str
) -> pd.DataFrame:
    """Multiply a column by a factor and add an offset in the rows where another column holds a value.

    Examples
    --------
    >>> frame = pd.DataFrame({"mass": [70.0, 154.0], "unit": ["kg", "lb"]})
    >>> convert_unit_where(frame, "mass", 0.5, 0.0, "unit", "lb")["mass"].tolist()
    [70.0, 77.0]
    """
    values = gather_numbers(frame, (column,))[:, 0]
    chosen = frame[other].isin(read_cells(frame[other], (value,))).to_numpy()
    changed = frame.copy(deep=False)
    with np.errstate(all="ignore"):
        changed[column] = restore_column(frame[column], np.where(chosen, values * factor + offset, values))
    return changed


def derive_column(frame: pd.DataFrame, name: str, left: str, operation: str, right: str) -> pd.DataFrame:
    """Add a column worked out from two others; a result that is not a finite number is missing.

    Parameters
    ----------
    operation : str
        ``plus``, ``minus``, ``times`` or ``divided by``.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [6.0, 1.0], "b": [3.0, 0.0]})
    >>> derive_column(frame, "ratio", "a", "divided by", "b")["ratio"].tolist()
    [2.0, nan]
    """
    x, y = gather_numbers(frame, (left, right)).T
    work = {"plus": np.add, "minus": np.subtract, "times": np.multiply, "divided by": np.divide}[operation]
    with np.errstate(all="ignore"):
        values = work(x, y)
    changed = frame.copy(deep=False)
    changed[name] = np.where(np.isfinite(values), values, np.nan)
    return changed


def change_type(frame: pd.DataFrame, columns: tuple[str, ...], to: str, order: str) -> pd.DataFrame:
    """Read columns as numbers, texts or dates; what cannot be read becomes missing.

    Parameters
    ----------
    to : str
        ``number``, ``category``, ``text``, ``date``, or ``ignore`` (the values stay as they are).
    order : str
        How dates are written: ``year first``, ``day first`` or ``month first``.

    Examples
    --------
    >>> change_type(pd.DataFrame({"a": ["1,200 kg", "950 kg"]}), ("a",), "number", "")["a"].tolist()
    [1200.0, 950.0]
    """
    changed = frame.copy(deep=False)
    for name in columns:
        column = frame[name]
        if to == "number" and column.dtype == object:
            changed[name] = parse_numbers(column)
        elif to in {"category", "text"} and column.dtype != object:
            changed[name] = column.astype(object).map(write_text, na_action="ignore").where(column.notna(), np.nan)
        elif to == "date" and column.dtype == object:
            changed[name] = read_dates(column, order)
    return changed


def write_text(value: object) -> str:
    """Write a cell as text: a whole number without a point, a day without its midnight.

    Examples
    --------
    >>> write_text(3.0), write_text(0.1), write_text(pd.Timestamp("2020-01-31"))
    ('3', '0.1', '2020-01-31')
    """
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, bool | str):
        return str(value)
    number = float(str(value))
    return str(int(number)) if number.is_integer() else repr(number)


def read_dates(column: pd.Series, order: str) -> pd.Series:
    """Read days that are written with -, / or . between their parts; what is no day becomes missing.

    Examples
    --------
    >>> read_dates(pd.Series(["31/01/2020", "soon"]), "day first").dt.month.tolist()
    [1.0, nan]
    """
    texts = column.map(str, na_action="ignore").str.strip().str.replace(r"[./]", "-", regex=True)
    return pd.to_datetime(texts, format=DATE_FORMATS[order], errors="coerce").astype("datetime64[ns]")
