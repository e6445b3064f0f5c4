"""Reads the columns of an uploaded table of payments, and gives each row that cannot be used its reason.

A row keeps the first reason against it. Where there is one, the value that is returned is a placeholder.

Left out: refunds (negative amounts), currencies (amounts are added as they are), zones (a time without one is UTC).
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, show_value
from core.streaming.fraud.features import UNITS
from core.streaming.fraud.quarantine import MOST_PLAUSIBLE
from core.streaming.fraud.transactions import DAY_S, EPOCH

Reasons = NDArray[np.object_]
"""One text for each row, shape (n,); empty where nothing is against it."""
YES = frozenset({"1", "1.0", "true", "yes", "y", "fraud", "fraudulent", "ja", "oui"})
NO = frozenset({"0", "0.0", "false", "no", "n", "genuine", "legitimate", "not fraud", "nein", "non"})
_EARLIEST, _LATEST = pd.Timestamp("1990-01-01"), pd.Timestamp("2100-01-01")
_UNIX_SECONDS = 1e8
_FINER = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""A number of seconds this large is counted from 1970 (after March 1973); from 1e11, 1e14 and 1e17 on it is in milli-,
micro- or nanoseconds, with so many in a second; a smaller one is counted from the first day of the simulation, as the
handbook's column TX_TIME_SECONDS is."""
YEAR_S, LEAPS_SHARE = 365 * DAY_S, 0.01
_CARD = re.compile(r"\d{12,19}")


def _refuse(reasons: Reasons, wrong: NDArray[np.bool_], reason: str) -> None:
    """Give rows a reason, unless they have one."""
    reasons[wrong & (reasons == "")] = reason


def read_times(column: pd.Series, reasons: Reasons) -> NDArray[np.int64]:
    """Return seconds since the epoch, shape (n,); 0 where there is a reason against the row."""
    missing = column.isna().to_numpy()
    _refuse(reasons, missing, "the time is missing")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        typical = float(np.nanmedian(numbers)) if not missing.all() else 0.0
        scale = next((parts for least, parts in _FINER if typical >= least), 1.0)
        offset = EPOCH.timestamp() if typical >= _UNIX_SECONDS else 0.0
        seconds = np.floor(numbers / scale - offset)
    else:
        moments = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
        _refuse(reasons, moments.isna().to_numpy(), "the time cannot be read; write it as 2018-04-01 13:05:00")
        seconds = np.floor((moments - EPOCH.replace(tzinfo=None)).dt.total_seconds().to_numpy())
    low, high = ((each - EPOCH.replace(tzinfo=None)).total_seconds() for each in (_EARLIEST, _LATEST))
    with np.errstate(invalid="ignore"):
        outside = ~((seconds >= low) & (seconds < high))
    _refuse(reasons, outside, f"the time is not from {_EARLIEST.year} to {_LATEST.year - 1}")
    return np.where(outside, 0, seconds).astype(np.int64)


def refuse_leaps(seconds: NDArray[np.int64], reasons: Reasons) -> None:
    """Refuse the few rows that lie more than a year away from nearly all others: one such row hides every chart's days.

    Where a hundredth or more lies elsewhere, the gap belongs to the payments, and all rows stay.
    """
    usable = np.flatnonzero(reasons == "")
    order = usable[np.argsort(seconds[usable], kind="stable")]
    blocks = np.split(order, np.flatnonzero(np.diff(seconds[order]) > YEAR_S) + 1)
    most = max(blocks, key=len)
    if len(order) - len(most) < LEAPS_SHARE * len(order):
        elsewhere = np.setdiff1d(order, most)
        reasons[elsewhere] = "the time is more than a year away from that of nearly all other payments"


def read_names(column: pd.Series, what: str, reasons: Reasons) -> None:
    """Refuse rows without a customer or terminal."""
    blank = column.isna() | (column.astype(str).str.strip() == "")
    _refuse(reasons, blank.to_numpy(dtype=bool), f"the {what} is missing")


def read_amounts(column: pd.Series, reasons: Reasons) -> NDArray[np.float64]:
    """Return amounts to four decimals, shape (n,); 0 where there is a reason against the row."""
    amounts = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(reasons, np.isnan(amounts), "the amount is missing or not a number")
    _refuse(reasons, amounts < 0, "the amount is negative; refunds are not payments")
    _refuse(reasons, amounts > MOST_PLAUSIBLE, f"the amount is over {MOST_PLAUSIBLE:,.0f}, the limit of a payment")
    usable = np.where((amounts >= 0) & (amounts <= MOST_PLAUSIBLE), amounts, 0.0)
    return np.asarray(np.rint(usable * UNITS) / UNITS)


def read_labels(column: pd.Series, reasons: Reasons) -> NDArray[np.bool_]:
    """Return whether each row is a fraud, shape (n,)."""
    words = column.map(show_value).astype(str).str.strip().str.lower()
    yes, no = words.isin(YES).to_numpy(), words.isin(NO).to_numpy()
    _refuse(reasons, column.isna().to_numpy(), "the fraud label is missing")
    _refuse(reasons, ~(yes | no), "the fraud label is neither yes nor no; write 1 or 0")
    return np.asarray(yes, dtype=np.bool_)


def check_ids(column: pd.Series, reasons: Reasons) -> None:
    """Refuse rows without an id, or with the id of an earlier row."""
    _refuse(reasons, column.isna().to_numpy(), "the id is missing")
    _refuse(reasons, column.duplicated().to_numpy(), "the id is that of an earlier row")


def mask_card(name: str) -> str:
    """Keep the last four digits of what looks like a card number.

    Examples
    --------
    >>> mask_card("4111 1111 1111 1111"), mask_card("customer 12")
    ('card ending 1111', 'customer 12')
    """
    digits = re.sub(r"[ -]", "", name)
    return f"card ending {digits[-4:]}" if _CARD.fullmatch(digits) else cut(name)
