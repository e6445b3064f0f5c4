"""Card transactions: one as a value, many as a table of columns.

Times are whole seconds since :data:`EPOCH`, the first day of the Fraud Detection Handbook's simulation, so that a day
is an integer division away; an upload from before it has negative seconds. ``fraud`` and ``scenario`` are what was
learnt later; nothing that scores a transaction may read them.

Left out: currencies, merchants' categories and cardholders' names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

EPOCH = datetime(2018, 4, 1, tzinfo=UTC)
DAY_S = 86_400
SCENARIOS = ("genuine", "large amount", "compromised terminal", "stolen card")
"""What ``scenario`` 0 to 3 means."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One payment, as it is known at the moment it is made.

    Parameters
    ----------
    id : int
        Unique, made by the sender.
    seconds : int
        Of the payment, since :data:`EPOCH`.
    customer, terminal : int
        Who paid, and where.
    amount : float
        In units of the currency, 0 or more.
    """

    id: int
    seconds: int
    customer: int
    terminal: int
    amount: float

    @property
    def time(self) -> datetime:
        """Return the moment of the payment in UTC.

        Examples
        --------
        >>> Transaction(0, 86_400, 596, 3_156, 57.16).time.isoformat()
        '2018-04-02T00:00:00+00:00'
        """
        return datetime.fromtimestamp(EPOCH.timestamp() + self.seconds, tz=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Transactions:
    """Many payments in order of time, with what was learnt of them.

    Parameters
    ----------
    id, seconds, customer, terminal : int64 array of shape (n,)
    amount : float64 array of shape (n,)
    fraud : bool array of shape (n,)
    scenario : int8 array of shape (n,)
        Index into :data:`SCENARIOS`: what made it a fraud; -1 where a fraud's kind is not known.
    """

    id: NDArray[np.int64]
    seconds: NDArray[np.int64]
    customer: NDArray[np.int64]
    terminal: NDArray[np.int64]
    amount: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    scenario: NDArray[np.int8]

    def __len__(self) -> int:
        """Return the number of transactions."""
        return len(self.id)

    @property
    def days(self) -> NDArray[np.int64]:
        """Return each transaction's day since :data:`EPOCH`, shape (n,)."""
        return self.seconds // DAY_S

    @property
    def times(self) -> NDArray[np.datetime64]:
        """Return each transaction's moment in UTC as datetime64[s], shape (n,)."""
        return np.datetime64(EPOCH.replace(tzinfo=None), "s") + self.seconds

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Transactions:
        """Return some of the transactions, by positions, a mask or a slice (which copies nothing)."""
        return Transactions(**{name: column[rows] for name, column in self.columns().items()})

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, in the order of the fields."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def rows(self) -> Iterator[Transaction]:
        """Yield the transactions one at a time, without what was learnt later.

        Examples
        --------
        >>> next(make_transactions([7], [60], [1], [2], [9.99]).rows())
        Transaction(id=7, seconds=60, customer=1, terminal=2, amount=9.99)
        """
        known = (self.id, self.seconds, self.customer, self.terminal, self.amount)
        return map(Transaction, *(column.tolist() for column in known))

    def to_frame(self) -> pd.DataFrame:
        """Return a frame of shape (n, 8): the columns and ``time`` (UTC, without a zone) after ``id``."""
        import pandas as pd

        frame = pd.DataFrame(self.columns())
        frame.insert(1, "time", self.times)
        return frame


def write_day(day: int) -> str:
    """Write a day since the epoch as a date.

    Examples
    --------
    >>> write_day(129)
    '8 Aug'
    """
    date = EPOCH + timedelta(days=day)
    return f"{date.day} {date:%b}"


def make_transactions(
    id: ArrayLike,  # noqa: A002 (the column's own name)
    seconds: ArrayLike,
    customer: ArrayLike,
    terminal: ArrayLike,
    amount: ArrayLike,
    fraud: ArrayLike | None = None,
) -> Transactions:
    """Make a table from sequences; without ``fraud`` all are genuine.

    Examples
    --------
    >>> len(make_transactions([0, 1], [10, 20], [5, 5], [8, 9], [1.5, 2.5]))
    2
    """
    amounts = np.asarray(amount, dtype=np.float64)
    marks = np.zeros(len(amounts), dtype=np.bool_) if fraud is None else np.asarray(fraud, dtype=np.bool_)
    return Transactions(
        id=np.asarray(id, dtype=np.int64),
        seconds=np.asarray(seconds, dtype=np.int64),
        customer=np.asarray(customer, dtype=np.int64),
        terminal=np.asarray(terminal, dtype=np.int64),
        amount=amounts,
        fraud=marks,
        scenario=np.where(marks, -1, 0).astype(np.int8),
    )
