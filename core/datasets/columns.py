"""A table's columns as models take them: which can serve, and their values as numbers, days or names of levels.

A number stays one, a date becomes days since 1970-01-01, a category the names of its levels; missing is NaN in all.

Left out: imputing, scaling and coding of levels, which a project does inside each split.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import show_value
from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError

UsedKind = Literal["number", "date", "category"]
"""Kinds of column that a model can use."""
SECONDS_A_DAY = 86_400.0


def choose_columns(
    table: Table, target: str, rows: np.ndarray, reject: Callable[[pd.Series, str], str]
) -> tuple[dict[str, UsedKind], tuple[str, ...]]:
    """Choose the columns that can serve, with a sentence for each that cannot.

    Parameters
    ----------
    rows : int array
        Positions of the rows to judge by; no other row is looked at.
    reject : callable
        ``reject(column, kind)`` says why a column cannot serve, or nothing when it can; ignored columns and free text
        are left out before it is asked.

    Returns
    -------
    (kinds by column, sentences)

    Raises
    ------
    DataError
        If no column can serve.
    """
    chosen: dict[str, UsedKind] = {}
    ignored = []
    for name in table.frame.columns:
        if name == target:
            continue
        kind = table.kinds[name]
        reason = _reject_kind(kind) or reject(table.frame[name].iloc[rows], kind)
        if reason:
            ignored.append(f"{name} is not used: {reason}.")
        else:
            chosen[str(name)] = kind  # type: ignore[assignment]  # the others were rejected
    if not chosen:
        why = " ".join(ignored).removesuffix(".") or "there is none"
        message = f"no column beside {target} can be used ({why}); add one with numbers or categories"
        raise DataError(message)
    return chosen, tuple(ignored)


def _reject_kind(kind: ColumnKind) -> str:
    """Say why no column of a kind can serve; empty where one can."""
    return {"ignore": "it was set to be ignored", "text": "it is free text"}.get(kind, "")


def to_values(column: pd.Series, kind: str) -> pd.Series:
    """Turn a column into float64 or into level names (str objects); what is missing or infinite is NaN.

    Examples
    --------
    >>> to_values(pd.Series(pd.to_datetime(["1970-01-11", None])), "date").tolist()
    [10.0, nan]
    >>> to_values(pd.Series([1.0, float("inf")]), "number").tolist()
    [1.0, nan]
    >>> to_values(pd.Series([2.0, None]), "category").tolist()
    ['2', nan]
    """
    if kind == "category":
        return column.astype(object).map(show_value, na_action="ignore").where(column.notna(), np.nan).astype(object)
    if kind == "date":
        moments = pd.to_datetime(column, errors="coerce", utc=True)
        return (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / SECONDS_A_DAY
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers), np.nan)


def read_days(days: pd.Series) -> pd.Series:
    """Turn days since 1970-01-01 into dates; a gap stays one.

    Only what is known is handed to pandas, which rounds whatever memory holds where a number is missing, and may warn.

    Examples
    --------
    >>> read_days(pd.Series([10.0, np.nan])).astype(str).tolist()
    ['1970-01-11', 'NaT']
    """
    known = days.notna()
    return (pd.Timestamp(0) + pd.to_timedelta(days.where(known, 0.0), unit="D")).where(known)


def show_date(days: float) -> str:
    """Write days since 1970-01-01 as an ISO date.

    Examples
    --------
    >>> show_date(10.0)
    '1970-01-11'
    """
    return str((pd.Timestamp(0) + pd.Timedelta(days=days)).date())


def rank_levels(values: pd.Series) -> tuple[str, ...]:
    """Name the levels of a category, the most frequent first and equally frequent ones by name; gaps are passed over.

    Examples
    --------
    >>> rank_levels(pd.Series(["b", "c", "a", "c"]))
    ('c', 'a', 'b')
    """
    counts = values.value_counts()
    order = np.lexsort((counts.index.astype(str), -counts.to_numpy()))
    return tuple(map(str, counts.index[order]))


def check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a frame that lacks a column.

    Raises
    ------
    DataError
        Naming what it lacks and what is needed.
    """
    absent = [name for name in names if name not in frame.columns]
    if absent:
        message = f"the table lacks {', '.join(absent)}; the model needs {', '.join(names)}"
        raise DataError(message)


def pack_columns(table: Table, names: Sequence[str], categories: Collection[str]) -> bytes:
    """Write columns as Parquet bytes; categories are marked, so that they are read as such again."""
    frame = table.frame[list(names)].copy()
    for name in categories:
        frame[name] = to_values(frame[name], "category").astype("category")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
