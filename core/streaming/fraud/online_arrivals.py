"""Payments in the order in which they came, kept as columns too, so that they can be written down without a pause.

A state of 37 days holds some 350,000 payments; to read each would take most of a second, which the payments of that
second would wait for, and a fork of the process, which would spare it, leaves every page to be copied once more when it
is next touched. So each two thousand payments are laid out as columns once, as they come in, and what was there at one
moment is then a list of such columns.

Left out: looking a payment up (``online``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.streaming.fraud.transactions import Transaction

SEALED_AT = 2_048
"""Payments laid out at once: half a millisecond."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Payments as columns, in their order: int64 arrays of shape (n,), and float64 amounts."""

    id: NDArray[np.int64]
    seconds: NDArray[np.int64]
    customer: NDArray[np.int64]
    terminal: NDArray[np.int64]
    amount: NDArray[np.float64]


def make_columns(transactions: Sequence[Transaction]) -> Columns:
    """Lay payments out as columns.

    Examples
    --------
    >>> make_columns([Transaction(3, 60, 1, 2, 9.99)]).id.tolist()
    [3]
    """
    return Columns(
        np.array([each.id for each in transactions], dtype=np.int64),
        np.array([each.seconds for each in transactions], dtype=np.int64),
        np.array([each.customer for each in transactions], dtype=np.int64),
        np.array([each.terminal for each in transactions], dtype=np.int64),
        np.array([each.amount for each in transactions], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """What was there at one moment; nothing that comes later changes it.

    Parameters
    ----------
    sealed : tuple of Columns
    rest : tuple of Transaction
        Those that came after them.
    n_gone : int
        How many at the beginning were forgotten already.
    """

    sealed: tuple[Columns, ...]
    rest: tuple[Transaction, ...]
    n_gone: int

    def join(self) -> Columns:
        """Put everything into one set of columns."""
        parts = [*self.sealed, make_columns(self.rest)]
        joined = (np.concatenate([getattr(part, name) for part in parts]) for name in Columns.__slots__)
        return Columns(*(values[self.n_gone :] for values in joined))


class Arrivals:
    """Payments in line: they come at the end and are forgotten from the beginning.

    Examples
    --------
    >>> line = Arrivals()
    >>> for number in range(3):
    ...     line.append(Transaction(number, number, 1, 2, 9.99))
    >>> line.popleft().id, line.freeze().join().id.tolist()
    (0, [1, 2])
    """

    __slots__ = ("_line", "_n_gone", "_rest", "_sealed")

    def __init__(self) -> None:
        self._line: deque[Transaction] = deque()
        self._sealed: deque[Columns] = deque()
        self._rest: list[Transaction] = []
        self._n_gone = 0

    @property
    def first(self) -> Transaction:
        """The one that came first."""
        return self._line[0]

    def append(self, transaction: Transaction) -> None:
        """Take one at the end."""
        self._line.append(transaction)
        self._rest.append(transaction)
        if len(self._rest) == SEALED_AT:
            self._sealed.append(make_columns(self._rest))
            self._rest = []

    def popleft(self) -> Transaction:
        """Forget the first and return it."""
        self._n_gone += 1
        if self._n_gone == SEALED_AT:
            self._sealed.popleft()
            self._n_gone = 0
        return self._line.popleft()

    def freeze(self) -> Arrived:
        """Return what is there now, at the cost of some references."""
        return Arrived(tuple(self._sealed), tuple(self._rest), self._n_gone)
