"""The same fifteen features one payment at a time, from a state that fits in memory.

For each customer the state keeps the times of the last payments, in order, with running totals of their amounts; for
each terminal the times of payments and of known frauds. A window is then the difference of two places found by binary
search, so a payment costs a dozen searches whatever the length of the windows, and what has left the longest window is
dropped in bulk: amortised constant work for what it adds. ``features`` gives the same numbers for a whole table.

Order: a payment that is older than the newest by up to ``lateness_s`` is put in its place and gets the features of its
own time; those already given are not taken back. An older one is refused. A label counts once its payment is
``delay_days`` old, however early it is learnt, and a payment without a label counts as genuine.

Left out: a guard against a sender's clock that runs ahead (``messages``): one payment from next year would make all
others late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.streaming.fraud.features import (
    DELAY_DAYS,
    FEATURES,
    FIRST_WEEKDAY,
    MOST_AMOUNT,
    NIGHT_HOURS,
    SATURDAY,
    UNITS,
    WINDOWS,
    check_delay,
)
from core.streaming.fraud.online_arrivals import Arrivals
from core.streaming.fraud.online_snapshot import pack_columns, unpack_snapshot
from core.streaming.fraud.online_windows import CustomerTimes, TerminalTimes
from core.streaming.fraud.transactions import DAY_S, Transaction

LATENESS_S = 3_600
_LONGEST_S = max(WINDOWS) * DAY_S


_NO_CUSTOMER, _NO_TERMINAL = CustomerTimes(), TerminalTimes()
"""What is known of newcomers; only read."""


def _count_units(transaction: Transaction) -> int:
    """Return the amount in whole parts, or refuse it."""
    if not 0 <= transaction.amount <= MOST_AMOUNT:
        message = (
            f"the amount of transaction {transaction.id} is {transaction.amount:g}; it must be 0 to {MOST_AMOUNT:,.0f}"
        )
        raise DataError(message)
    return round(transaction.amount * UNITS)


class FeatureState:
    """What the features of the next payment need of the last 37 days.

    Parameters
    ----------
    delay_days : int
        Days until a fraud is known, 1 to 90.
    lateness_s : int
        How much older than the newest a payment may be, in seconds.

    Examples
    --------
    >>> state = FeatureState()
    >>> made = state.add(Transaction(0, 0, 5, 8, 10.0)), state.learn(0, fraud=True)
    >>> row = dict(zip(FEATURES, state.add(Transaction(1, 700_000, 5, 8, 30.0)).tolist()))
    >>> row["customer_avg_amount_30day"], row["terminal_nb_tx_7day"], row["terminal_risk_7day"]
    (20.0, 1.0, 1.0)
    """

    __slots__ = ("_arrived", "_customers", "_frauds", "_recent", "_terminals", "delay_days", "lateness_s", "latest")

    def __init__(self, delay_days: int = DELAY_DAYS, lateness_s: int = LATENESS_S) -> None:
        check_delay(delay_days)
        self.delay_days = delay_days
        self.lateness_s = lateness_s
        self.latest: int | None = None
        """Seconds of the newest payment, by its own clock; None before the first."""
        self._customers: dict[int, CustomerTimes] = {}
        self._terminals: dict[int, TerminalTimes] = {}
        self._recent: dict[int, Transaction] = {}
        self._arrived = Arrivals()
        self._frauds: set[int] = set()

    def __len__(self) -> int:
        """Return the number of payments remembered."""
        return len(self._recent)

    def __contains__(self, transaction_id: int) -> bool:
        """Tell whether a payment is remembered, so that its id would be refused as a duplicate."""
        return transaction_id in self._recent

    def add(self, transaction: Transaction) -> NDArray[np.float64]:
        """Return a payment's features, shape (15,), and remember it.

        Raises
        ------
        DataError
            If its id is remembered, it is too late, or its amount is not from 0 to a billion; nothing is changed then.
        """
        return np.array(self._add(transaction))

    def add_many(self, transactions: Iterable[Transaction]) -> NDArray[np.float64]:
        """Return the features of payments in their order, shape (n, 15), and remember them.

        Raises
        ------
        DataError
            As :meth:`add`; the payments before the refused one are remembered.
        """
        return np.array([self._add(each) for each in transactions], dtype=np.float64).reshape(-1, len(FEATURES))

    def preview(self, transaction: Transaction) -> NDArray[np.float64]:
        """Return the features, shape (15,), that a payment would get now, and remember nothing.

        Raises
        ------
        DataError
            If its amount is not from 0 to a billion.
        """
        return np.array(self._read(transaction, _count_units(transaction)))

    def learn(self, transaction_id: int, fraud: bool) -> bool:
        """Take in what an investigation found; the last word on a payment counts.

        Returns
        -------
        bool
            Whether the payment is remembered; otherwise the label is too old to matter and is dropped.
        """
        found = self._recent.get(transaction_id)
        if found is None:
            return False
        known = transaction_id in self._frauds
        terminal = self._terminals.get(found.terminal)
        if terminal is not None and fraud and not known:
            self._frauds.add(transaction_id)
            terminal.mark(found.seconds)
        elif terminal is not None and known and not fraud:
            self._frauds.remove(transaction_id)
            terminal.clear(found.seconds)
        return True

    def to_bytes(self) -> bytes:
        """Write the state, some 15 bytes a payment; equal states give equal bytes."""
        return self.freeze()()

    def freeze(self) -> Callable[[], bytes]:
        """Return what :meth:`to_bytes` would, to be written later: whatever comes meanwhile changes nothing in it.

        This costs some microseconds; the writing may be done in another thread.
        """
        arrived, frauds = self._arrived.freeze(), frozenset(self._frauds)
        settings = self.delay_days, self.lateness_s
        return lambda: pack_columns(arrived.join(), frauds, settings)

    @classmethod
    def from_bytes(cls, content: bytes) -> FeatureState:
        """Read what :meth:`to_bytes` wrote; nothing is unpickled.

        Raises
        ------
        ArtifactError
            If the bytes are damaged or not a state.
        """
        kept = unpack_snapshot(content)
        state = cls(kept.delay_days, kept.lateness_s)
        for each in kept.transactions:
            state._insert(each, _count_units(each))
        for each_id in kept.frauds:
            state.learn(each_id, fraud=True)
        return state

    def _add(self, transaction: Transaction) -> tuple[float, ...]:
        """Check, read, insert."""
        if transaction.id in self._recent:
            message = f"transaction {transaction.id} was added before; send each id once"
            raise DataError(message)
        if self.latest is not None and transaction.seconds < self.latest - self.lateness_s:
            message = (
                f"transaction {transaction.id} is {self.latest - transaction.seconds:,} s older than the newest; "
                f"the limit is {self.lateness_s:,} s, so it was not counted"
            )
            raise DataError(message)
        units = _count_units(transaction)
        row = self._read(transaction, units)
        self._insert(transaction, units)
        return row

    def _read(self, transaction: Transaction, units: int) -> tuple[float, ...]:
        """Return the features of a payment that is not inserted yet."""
        seconds = transaction.seconds
        day, second = divmod(seconds, DAY_S)
        customer = self._customers.get(transaction.customer, _NO_CUSTOMER)
        terminal = self._terminals.get(transaction.terminal, _NO_TERMINAL)
        return (
            transaction.amount,
            float((day + FIRST_WEEKDAY) % 7 >= SATURDAY),
            float(second < NIGHT_HOURS * 3_600),
            *customer.read(seconds, units),
            *terminal.read(seconds - self.delay_days * DAY_S),
        )

    def _insert(self, transaction: Transaction, units: int) -> None:
        """Remember a payment and forget those that no window can reach any more."""
        seconds = transaction.seconds
        self.latest = seconds if self.latest is None else max(seconds, self.latest)
        horizon = self.latest - self.lateness_s - _LONGEST_S
        horizon_terminal = horizon - self.delay_days * DAY_S
        customer = self._customers.get(transaction.customer)
        if customer is None:
            customer = self._customers[transaction.customer] = CustomerTimes()
        customer.insert(seconds, units, horizon)
        terminal = self._terminals.get(transaction.terminal)
        if terminal is None:
            terminal = self._terminals[transaction.terminal] = TerminalTimes()
        terminal.insert(seconds, horizon_terminal)
        self._recent[transaction.id] = transaction
        self._arrived.append(transaction)
        while self._arrived.first.seconds <= horizon_terminal:
            self._forget(self._arrived.popleft(), horizon, horizon_terminal)

    def _forget(self, transaction: Transaction, horizon: int, horizon_terminal: int) -> None:
        """Drop a payment, and its customer and terminal if they have no newer one."""
        del self._recent[transaction.id]
        self._frauds.discard(transaction.id)
        customer = self._customers.get(transaction.customer)
        if customer is not None and customer.times[-1] <= horizon:
            del self._customers[transaction.customer]
        terminal = self._terminals.get(transaction.terminal)
        if terminal is not None and terminal.times[-1] <= horizon_terminal:
            del self._terminals[transaction.terminal]
