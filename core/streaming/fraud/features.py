"""The handbook's fifteen features of a payment, for all payments of a table at once.

The amount; whether it is a weekend or night (until 06:59); how often and how much on average the customer paid in the
last 1, 7 and 30 days, this payment included; and how many payments the terminal had and which share of them were frauds
in windows of 1, 7 and 30 days that end ``delay_days`` ago, because it takes so long until a fraud is known. A window
ends at the payment (or that long before it) and is open at its start: exactly seven days old is known.

Payments of one second count in the order of the table. Sums of amounts are exact: amounts are added as whole
ten-thousandths, the finest any currency of ISO 4217 has, so that the order of adding cannot matter and ``online`` gives
the same numbers to the last bit.

Method: a sorted key of customer (or terminal) and time, binary searches for each window's ends and running totals.
Reference: Le Borgne et al., 2022, chapter 3, "Baseline feature transformation".

Left out: windows of other lengths; features across customers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.streaming.fraud.transactions import DAY_S, EPOCH, Transactions

WINDOWS = (1, 7, 30)
"""Days."""
DELAY_DAYS = 7
MOST_DELAY_DAYS = 90
NIGHT_HOURS = 7
UNITS = 10_000
"""Parts of a unit of the currency in which amounts are added."""
MOST_AMOUNT = 1e9
"""Ten-thousandths of a billion times a million payments of one customer still fit into 64 bits."""
FIRST_WEEKDAY = EPOCH.weekday()
SATURDAY = 5

FEATURES: tuple[str, ...] = (
    "amount",
    "during_weekend",
    "during_night",
    *(f"customer_{what}_{days}day" for days in WINDOWS for what in ("nb_tx", "avg_amount")),
    *(f"terminal_{what}_{days}day" for days in WINDOWS for what in ("nb_tx", "risk")),
)
"""The columns of the features, in order."""


def make_features(transactions: Transactions, delay_days: int = DELAY_DAYS) -> NDArray[np.float64]:
    """Compute the features of every payment from the payments of the table up to it.

    Parameters
    ----------
    transactions : Transactions
        In order of time; amounts are 0 to a billion.
    delay_days : int
        Days until a fraud is known, 1 to 90; a longer delay makes the risk of a terminal older.

    Returns
    -------
    float64 array of shape (n, 15)
        Columns as :data:`FEATURES`: amounts in units of the currency, counts, shares of 0 to 1, and 0 or 1.

    Raises
    ------
    DataError
        If the payments are not in order of time, or an amount is not from 0 to a billion.
    ValueError
        If the delay is outside its range.

    Examples
    --------
    >>> from core.streaming.fraud.transactions import make_transactions
    >>> two = make_transactions([0, 1], [0, 700_000], [5, 5], [8, 8], [10.0, 30.0], [True, False])
    >>> made = dict(zip(FEATURES, make_features(two)[1].tolist()))
    >>> made["customer_avg_amount_30day"], made["terminal_nb_tx_7day"], made["terminal_risk_7day"]
    (20.0, 1.0, 1.0)
    """
    check_delay(delay_days)
    _check(transactions)
    made = np.empty((len(transactions), len(FEATURES)), dtype=np.float64)
    made[:, 0] = transactions.amount
    made[:, 1] = (transactions.days + FIRST_WEEKDAY) % 7 >= SATURDAY
    made[:, 2] = transactions.seconds % DAY_S < NIGHT_HOURS * 3_600
    _fill_customers(transactions, made[:, 3:9])
    _fill_terminals(transactions, delay_days, made[:, 9:])
    return made


def check_delay(delay_days: int) -> None:
    """Refuse a delay outside its range; see :func:`make_features`."""
    if not 1 <= delay_days <= MOST_DELAY_DAYS:
        message = f"delay_days is {delay_days}; it must be 1 to {MOST_DELAY_DAYS}"
        raise ValueError(message)


def _check(transactions: Transactions) -> None:
    """Refuse what would give wrong features silently."""
    if (np.diff(transactions.seconds) < 0).any():
        message = "the payments are not in order of time; sort them by time first"
        raise DataError(message)
    wrong = ~((transactions.amount >= 0) & (transactions.amount <= MOST_AMOUNT))
    if wrong.any():
        message = f"an amount is {transactions.amount[wrong][0]:g}; it must be 0 to {MOST_AMOUNT:,.0f}"
        raise DataError(message)


class _Grouped:
    """The payments of each customer or terminal together, with the sorted keys that windows are searched in."""

    def __init__(self, owners: NDArray[np.int64], seconds: NDArray[np.int64], reach_s: int) -> None:
        numbers = np.unique(owners, return_inverse=True)[1]
        start = int(seconds.min(initial=0))
        span = int(seconds.max(initial=0)) - start + 1 + reach_s  # wide enough that no window meets another owner's
        keys = numbers * span + (seconds - start)
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def find(self, age_s: int) -> NDArray[np.int64]:
        """Count, for each key, the keys not later than ``age_s`` before it, its owner's and all earlier owners'."""
        return np.searchsorted(self.keys, self.keys - age_s, side="right")

    def find_now(self) -> NDArray[np.int64]:
        """Count the keys up to each one, itself included and later ones of the same second excluded."""
        return np.arange(1, len(self.keys) + 1)


def _total(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return running totals with a leading 0, so that a window's sum is a difference of two."""
    return np.concatenate([[0], np.cumsum(values)])


def _fill_customers(transactions: Transactions, out: NDArray[np.float64]) -> None:
    """Write the counts and averages of the customers' windows into ``out``, shape (n, 6)."""
    grouped = _Grouped(transactions.customer, transactions.seconds, max(WINDOWS) * DAY_S)
    totals = _total(np.rint(transactions.amount * UNITS).astype(np.int64)[grouped.order])
    end = grouped.find_now()
    for place, days in enumerate(WINDOWS):
        start = grouped.find(days * DAY_S)
        count = end - start
        out[grouped.order, 2 * place] = count
        out[grouped.order, 2 * place + 1] = (totals[end] - totals[start]) / (count * UNITS)


def _fill_terminals(transactions: Transactions, delay_days: int, out: NDArray[np.float64]) -> None:
    """Write the counts and risks of the terminals' windows into ``out``, shape (n, 6)."""
    grouped = _Grouped(transactions.terminal, transactions.seconds, (delay_days + max(WINDOWS)) * DAY_S)
    totals = _total(transactions.fraud[grouped.order].astype(np.int64))
    end = grouped.find(delay_days * DAY_S)
    for place, days in enumerate(WINDOWS):
        start = grouped.find((delay_days + days) * DAY_S)
        count = end - start
        out[grouped.order, 2 * place] = count
        out[grouped.order, 2 * place + 1] = (totals[end] - totals[start]) / np.maximum(count, 1)
