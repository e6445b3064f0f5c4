"""One line per column: what it is, what is missing, and where its values lie.

Left out: charts and quantiles, which a page of exploration draws.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import cut, show_value
from core.datasets.table import Table


class _Line(TypedDict):
    """One row of the summary."""

    column: str
    kind: str
    missing: int
    missing_share: float
    distinct: int
    min: float
    mean: float
    max: float
    top: str
    top_share: float


def summarise(table: Table) -> pd.DataFrame:
    """Describe every column of a table, ignored ones too.

    Returns
    -------
    DataFrame of shape (n_columns, 10)
        ``column``, ``kind``, ``missing`` (cells), ``missing_share`` (0–1), ``distinct`` (values, missing aside);
        ``min``, ``mean``, ``max`` of the finite numbers, NaN for other kinds; ``top``, the most frequent value as
        text (for a date its first and last day), and ``top_share`` (0–1 of the cells that are not missing).

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> summarise(load_table("iris"))[["column", "distinct", "min", "max"]].head(1).to_string(header=False, index=False)
    'sepal_length 35 4.3 7.9'
    """
    lines = [_describe(table, name) for name in table.frame.columns]
    return pd.DataFrame(lines, columns=list(_Line.__annotations__))


def _describe(table: Table, name: str) -> _Line:
    """Describe one column."""
    column, kind = table.frame[name], table.kinds[name]
    n_missing, n_rows = int(column.isna().sum()), len(column)
    is_number = kind == "number" and pd.api.types.is_numeric_dtype(column)
    low, mean, high = _find_span(table, name) if is_number else (np.nan, np.nan, np.nan)
    top, top_share = ("", float("nan")) if is_number else _find_top(column)
    return {
        "column": name,
        "kind": kind,
        "missing": n_missing,
        "missing_share": n_missing / n_rows if n_rows else 0.0,
        "distinct": int(column.nunique()),
        "min": low,
        "mean": mean,
        "max": high,
        "top": top,
        "top_share": top_share,
    }


def _find_span(table: Table, name: str) -> tuple[float, float, float]:
    """Return the least, mean and greatest finite value; NaN where there is none."""
    values = table.numbers(name)
    values = values[np.isfinite(values)]
    if not len(values):
        return (np.nan, np.nan, np.nan)
    return float(values.min()), float(values.mean()), float(values.max())


def _find_top(column: pd.Series) -> tuple[str, float]:
    """Return the most frequent value and its share; for dates the first and last day."""
    if column.isna().all():
        return "", float("nan")
    if pd.api.types.is_datetime64_any_dtype(column):
        return f"{column.min():%Y-%m-%d} to {column.max():%Y-%m-%d}", float("nan")
    counts = column.value_counts()
    return cut(show_value(counts.index[0])), float(counts.iloc[0] / counts.sum())
