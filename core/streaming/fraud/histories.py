"""One customer or one terminal over time: its payments, its frauds, and what was known of them at each moment.

Left out: everybody together (``overview``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.streaming.fraud.features import DELAY_DAYS, FEATURES, WINDOWS, make_features
from core.streaming.fraud.overview import GENUINE, OTHER, ROLES
from core.streaming.fraud.transactions import SCENARIOS, Transactions

MAX_POINTS = 1_500
RISK = FEATURES.index("terminal_risk_7day")


def list_hit(payments: Transactions, column: str, n: int = 20) -> NDArray[np.int64]:
    """List the customers or terminals with most frauds; those with most payments where no fraud is known.

    Parameters
    ----------
    column : str
        ``customer`` or ``terminal``.
    """
    numbers: NDArray[np.int64] = getattr(payments, column)
    chosen = numbers[payments.fraud] if payments.fraud.any() else numbers
    values, counts = np.unique(chosen, return_counts=True)
    return values[np.argsort(-counts, kind="stable")[:n]]


def find_features(payments: Transactions, row: int, delay_days: int = DELAY_DAYS) -> NDArray[np.float64]:
    """Return one payment's features, shape (15,), from those payments alone that they are made of.

    Parameters
    ----------
    payments : Transactions
        In order of time.
    row : int
        The payment's place.

    Examples
    --------
    >>> from core.streaming.fraud.simulator import SMALL, simulate
    >>> made = simulate(SMALL)
    >>> bool(np.allclose(find_features(made, 90_000), make_features(made)[90_000]))
    True
    """
    first = int(np.searchsorted(payments.days, payments.days[row] - max(WINDOWS) - delay_days - 1))
    past = payments.take(slice(first, row + 1))
    near = (past.customer == payments.customer[row]) | (past.terminal == payments.terminal[row])
    return np.asarray(make_features(past.take(near), delay_days)[-1])


def customer_chart(payments: Transactions, customer: int, name: str = "") -> Chart:
    """Draw a customer's payments by time and amount, each in the colour of its kind.

    Parameters
    ----------
    name : str
        What the customer is called; the number where it is empty.

    Raises
    ------
    DataError
        If the customer made no payment.
    """
    own = _find_own(payments, "customer", customer)
    usual = float(np.median(own.amount))
    n_frauds = int(own.fraud.sum())
    title = f"Customer {name or customer}: usually {usual:,.0f} a payment; {n_frauds} of {len(own):,} were frauds"
    if n_frauds:
        title += f", usually of {np.median(own.amount[own.fraud]):,.0f}"
    own = own.take(slice(-MAX_POINTS, None))
    return Chart(title, "Time", "Amount", _draw_kinds(own), f"{title}.")


def terminal_chart(payments: Transactions, terminal: int, name: str = "") -> Chart:
    """Draw the share of frauds at a terminal day by day, and its risk as it was known then.

    Parameters
    ----------
    name : str
        What the terminal is called; the number where it is empty.

    Raises
    ------
    DataError
        If there was no payment at the terminal.
    """
    own = _find_own(payments, "terminal", terminal)
    risk = make_features(own)[:, RISK]
    days, ends = np.unique(own.days, return_index=True)
    share = np.add.reduceat(own.fraud.astype(float), ends) / np.diff(np.append(ends, len(own)))
    lasts = np.append(ends[1:], len(own)) - 1
    dates = own.times[ends].astype("datetime64[D]")
    late = int((own.fraud & (risk == 0)).sum())
    n_frauds = int(own.fraud.sum())
    title = f"Terminal {name or terminal}: {late} of its {n_frauds} frauds came while nothing was known against it"
    marks = (
        Mark("bars", dates, share, "frauds that day", "bad"),
        Mark("line", dates, risk[lasts], "risk as known, 7 days", "main"),
    )
    return Chart(title, "Day", "Share of payments", marks, f"{title}; {len(days)} days.", y_range=(0.0, 1.05),
                 y_percent=True)  # fmt: skip


def _find_own(payments: Transactions, column: str, number: int) -> Transactions:
    """Return the payments of one customer or at one terminal."""
    own = payments.take(np.flatnonzero(getattr(payments, column) == number))
    if not len(own):
        message = f"there is no payment of {column} {number}; choose one that is listed"
        raise DataError(message)
    return own


def _draw_kinds(own: Transactions) -> tuple[Mark, ...]:
    """Draw payments as points, a mark for each kind that is there."""
    kind = np.where(own.fraud & (own.scenario <= 0), len(SCENARIOS), own.scenario)
    names, marks = (*SCENARIOS, OTHER), []
    for each in np.unique(kind).tolist():
        rows = np.flatnonzero(kind == each)
        name = names[each]
        size = 6.0 if name == GENUINE else 10.0
        marks.append(Mark("points", own.times[rows], own.amount[rows], name, ROLES[name], size=size))
    return tuple(marks)
