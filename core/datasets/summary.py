"""One line per column: what it is, what is missing, and where its values lie.

Left out: charts and quantiles, which a page of exploration draws.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import cut, show_value
from core.datasets.table import Table
from core.datasets.tally import Tally, tally_column

LONG = 10_000  # from here on a number is written without decimals


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
    column, kind, tally = table.frame[name], table.kinds[name], tally_column(table, name)
    n_rows = len(column)
    is_number = kind == "number" and pd.api.types.is_numeric_dtype(column)
    top, top_share = ("", float("nan")) if is_number else _find_top(column, tally)
    return {
        "column": name,
        "kind": kind,
        "missing": tally.n_missing,
        "missing_share": tally.n_missing / n_rows if n_rows else 0.0,
        "distinct": tally.distinct,
        "min": tally.low,
        "mean": tally.mean,
        "max": tally.high,
        "top": top,
        "top_share": top_share,
    }


def _find_top(column: pd.Series, tally: Tally) -> tuple[str, float]:
    """Return the most frequent value and its share; for dates the first and last day."""
    if tally.n_missing == len(column):
        return "", float("nan")
    if pd.api.types.is_datetime64_any_dtype(column):
        return f"{tally.counts.index.min():%Y-%m-%d} to {tally.counts.index.max():%Y-%m-%d}", float("nan")
    counts = tally.counts if len(tally.counts) else column.value_counts()
    return cut(show_value(counts.index[0])), float(counts.iloc[0] / counts.sum())


def write_ends(summary: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Write the least and greatest values of a summary as text, where a column of dates has such values too.

    Parameters
    ----------
    summary : DataFrame
        What :func:`summarise` made of the table.

    Returns
    -------
    DataFrame
        The summary itself where the table has no date; else a copy whose ``min`` and ``max`` are text, the first and
        last day of a date column among them, and whose ``top`` is empty for dates.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": pd.to_datetime(["2026-03-01", "2026-01-05"]), "x": [1.5, 1234567.0]})
    >>> table = Table(frame, "t", "upload", "", {"day": "date", "x": "number"})
    >>> write_ends(summarise(table), table)[["min", "max"]].to_numpy().tolist()
    [['2026-01-05', '2026-03-01'], ['1.5', '1,234,567']]
    """
    dates = [name for name in table.frame.columns if pd.api.types.is_datetime64_any_dtype(table.frame[name])]
    if not dates:
        return summary
    ends = {name: (table.frame[name].min(), table.frame[name].max()) for name in dates}
    written = summary.astype({"min": object, "max": object})
    for side, end in enumerate(("min", "max")):
        written[end] = [
            _write_day(ends[name][side]) if name in ends else _write_number(number)
            for name, number in zip(summary["column"], summary[end], strict=True)
        ]
    written["top"] = summary["top"].where(~summary["column"].isin(dates), "")
    return written


def _write_day(day: pd.Timestamp) -> str:
    """Write a day, or nothing for a column without any."""
    return "" if pd.isna(day) else f"{day:%Y-%m-%d}"


def _write_number(number: float) -> str:
    """Write a number with four digits at least, or nothing for NaN."""
    if np.isnan(number):
        return ""
    return f"{number:,.0f}" if abs(number) >= LONG else f"{number:.4g}"
