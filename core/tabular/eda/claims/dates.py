"""Dates that cannot be: far from all others, or the first day of a computer's calendar.

Left out: texts that are no date at all, which the reading refuses; dates after today, since a claim must not change
with the day on which it is computed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import cut, share_of
from core.datasets.tally import count_values, find_quantiles, tally_column
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share

MIN_ROWS = 20
MAX_SHARE = 0.2
FAR_TIMES = 3.0  # the width of the middle seven tenths
FAR_DAYS = 365.0
PLACEHOLDERS = ("1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01", "1970-01-01")


def find_dates(evidence: Evidence) -> list[Claim]:
    """Search the date columns, on all rows."""
    found = []
    for name, kind in evidence.table.kinds.items():
        if kind == "date":
            counts = tally_column(evidence.table, name).counts
            if len(counts) and not find_odd(to_days(counts.index.to_series()), counts.to_numpy()).any():
                continue  # most columns, told by their different dates
            days = to_days(evidence.table.frame[name])
            hit = mark_impossible(days)
            if hit.any():
                found.append(_write(evidence, name, days, hit))
    return found


def to_days(column: pd.Series) -> np.ndarray:
    """Return dates as days since 1970, missing as NaN, shape (n_rows,)."""
    dates = column if pd.api.types.is_datetime64_any_dtype(column) else pd.to_datetime(column, errors="coerce")
    if dates.dt.tz is not None:
        dates = dates.dt.tz_convert(None)
    days = dates.to_numpy().astype("datetime64[s]").astype("int64") / 86_400
    return np.where(dates.isna().to_numpy(), np.nan, days)


def mark_impossible(days: np.ndarray) -> np.ndarray:
    """Mark dates that lie far from the middle seven tenths of the others.

    Examples
    --------
    >>> days = np.append(np.arange(18_000.0, 18_100.0), [47_000.0, 0.0])
    >>> int(mark_impossible(days).sum())
    2
    """
    known = days[~np.isnan(days)]
    nothing = np.zeros(len(days), dtype=bool)
    if len(known) < MIN_ROWS:
        return nothing
    different, counts = count_values(known)  # a day is judged once, however often it stands there
    odd = find_odd(different, counts)
    hit = np.isin(days, different[odd]) if odd.any() else nothing
    return hit if hit.sum() <= MAX_SHARE * len(known) else nothing


def find_odd(days: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mark of different days, in any order, those far from the middle seven tenths of the rows.

    Examples
    --------
    >>> find_odd(np.array([18_001.0, 47_000.0, 18_000.0]), np.array([50, 1, 50])).tolist()
    [False, True, False]
    """
    order = np.argsort(days)
    low, middle, high = find_quantiles(days[order], counts[order], (0.15, 0.5, 0.85))
    wide = max(high - low, 1.0)
    far = np.abs(days - middle) > max(FAR_TIMES * wide, FAR_DAYS)
    special = np.isin(days, [float((pd.Timestamp(day) - pd.Timestamp(0)).days) for day in PLACEHOLDERS])
    return np.asarray(far | (special & (np.abs(days - middle) > wide)), dtype=bool)


def _write(evidence: Evidence, name: str, days: np.ndarray, hit: np.ndarray) -> Claim:
    """Say which dates cannot be."""
    n_hit, n = int(hit.sum()), int((~np.isnan(days)).sum())
    rest = days[~hit & ~np.isnan(days)]
    example, low, high = (
        (pd.Timestamp(0) + pd.Timedelta(days=float(day))).date().isoformat()
        for day in (days[hit][0], rest.min(), rest.max())
    )
    sentence = (
        f"{n_hit:,} of {n:,} dates ({share_of(n_hit, n)}) of {cut(name)}, such as '{example}', lie far from all "
        f"others, which run from '{low}' to '{high}'."
    )
    method = "distance from the middle of the dates, beside the width of their middle seven tenths"
    figures = (("percent", 100 * n_hit / n),)
    return claim_share(
        evidence, Finding("impossible_date", "problem", (name,), sentence, n_hit, n, method, figures=figures)
    )
