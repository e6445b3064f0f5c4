"""What is set aside instead of being scored, and why; and the rules on time and on repeats.

The stream's clock is the latest time of a payment that was taken; it never falls. Against it a payment may be out of
order or late; against the memory of the last day it may be a repeat; against the sender's stamp it may come from a
terminal whose clock is ahead, which would make everybody else late. Where the sender's own clock is wrong, so is its
stamp: a payment more than a week beyond the stream's clock is therefore set aside until one at another terminal bears
it out, which costs a stream that was silent for so long its first payment. Smaller skews of that kind show against
stamps of the broker alone, which a topic has by ``message.timestamp.type=LogAppendTime``. An amount beyond a plausible
limit is set aside too: scored, it would stand in its customer's averages for a month. The rules look at the log alone,
never at the clock of this machine, so that a second run over the log decides the same.

A payment that is out of order by up to an hour is scored all the same, since a thief must not pass by being slow; it is
noted here too. Everything else here was not scored.

Left out: holding payments back until they are in order, which would cost each of them that time; the feature state
puts a payment that comes late into its place (``online``).
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.hub.errors import ArtifactError, RecipeError
from core.streaming.fraud.messages import MAX_AMOUNT
from core.streaming.fraud.online_arrivals import make_columns
from core.streaming.fraud.transactions import Transaction

REASONS: dict[str, str] = {
    "oversized": "more bytes than a message may have",
    "malformed": "not a JSON object with the fields of a payment or a label",
    "out of range": "a field outside its range",
    "duplicate": "sent before, with the same content",
    "conflict": "an id that was sent before, with another content",
    "out of order": "made before one that was taken already; scored all the same",
    "late": "made more than an hour before one that was taken already",
    "implausible": "an amount above what the stream's payments can be; a limit that can be set",
    "clock ahead": "made after it was sent, by more than five minutes",
    "far ahead": "made more than a week after all before it, and not borne out by another terminal yet",
    "unknown payment": "a label of a payment that was never taken, or too long ago to matter",
    "refused": "what the feature state cannot take, such as an id that it still remembers",
}
FAR_AHEAD = "far ahead"
MOST_PLAUSIBLE = 1_000_000.0
"""Above what a card pays in nearly every currency; a stream of others sets its own (``Bounds.most_amount``)."""
N_ALONE = 100
"""Payments far ahead in a row that bear each other out even at one terminal, or a stream of one would stand still."""
MAX_SHOWN = 500
"""Characters of a refused message that are kept."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One message that was set aside, or noted.

    Parameters
    ----------
    reason : str
        One of :data:`REASONS`.
    sentence : str
        What is wrong with it, and what would be right.
    payload : str
        The first 500 characters of it.
    partition, offset : int
        Where it stands in the log.
    """

    reason: str
    sentence: str
    payload: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far times may differ, and what a payment may be.

    Parameters
    ----------
    late_s : int
        How far a payment may lie behind the stream's clock and still be scored; at most what the feature state takes.
    ahead_s : int
        How far a payment may lie after the stamp of its sender.
    memory_s : int
        How long ids are remembered, so that a repeat is called one.
    leap_s : int
        How far a payment may lie after all before it without being borne out by another terminal's.
    most_amount : float
        Highest plausible amount; raising it lets larger payments be scored.
    """

    late_s: int = 3_600
    ahead_s: int = 300
    memory_s: int = 86_400
    leap_s: int = 7 * 86_400
    most_amount: float = MOST_PLAUSIBLE

    def __post_init__(self) -> None:
        if not 0 <= self.late_s <= self.memory_s or min(self.ahead_s, self.leap_s) < 0:
            message = (
                f"late_s is {self.late_s}, memory_s {self.memory_s}, ahead_s {self.ahead_s} and leap_s {self.leap_s}; "
                "they must be 0 or more, and memory_s at least late_s"
            )
            raise RecipeError(message)
        if not 0 < self.most_amount <= MAX_AMOUNT:
            message = f"most_amount is {self.most_amount:g}; it must be above 0 and at most {MAX_AMOUNT:,.0f}"
            raise RecipeError(message)


LONG_AGO = -(10**12)


class Leap(NamedTuple):
    """The last payment far ahead of the stream's clock: its time, its terminal, and how many came there in a row."""

    seconds: int
    terminal: int
    n: int


class Gate:
    """Decides which payments are taken, in the order of the log.

    Parameters
    ----------
    bounds : Bounds

    Examples
    --------
    >>> gate = Gate()
    >>> gate.check(Transaction(1, 100, 5, 8, 9.5), stamp_s=None)
    >>> gate.take(Transaction(1, 100, 5, 8, 9.5))
    >>> gate.check(Transaction(1, 100, 5, 8, 9.5), stamp_s=None)[0]
    'duplicate'
    >>> gate.check(Transaction(2, -3_501, 5, 8, 9.5), stamp_s=None)
    ('late', 'the payment was made 3,601 s before one that was taken already; 3,600 s is the limit')
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.clock: int | None = None
        self.first: int | None = None
        self._known: dict[int, Transaction] = {}
        self._order: deque[Transaction] = deque()
        self._leap: Leap | None = None

    def check(self, transaction: Transaction, stamp_s: float | None) -> tuple[str, str] | None:
        """Return the reason and sentence against a payment, or None; nothing is remembered.

        Parameters
        ----------
        stamp_s : float or None
            When the sender says it sent it, in seconds since the epoch of the simulation; None where it does not say.
        """
        before = self._known.get(transaction.id)
        if before is not None:
            if before == transaction:
                return "duplicate", f"payment {transaction.id} was taken already, with the same content"
            return "conflict", f"payment {transaction.id} was taken already with another content; ids must be unique"
        if transaction.amount > self.bounds.most_amount:
            sentence = f"the amount is {transaction.amount:,.2f}; {self.bounds.most_amount:,.0f} is the limit"
            return "implausible", f"{sentence}, which the stream's owner can set"
        behind = self.find_delay(transaction)
        if behind > self.bounds.late_s:
            sentence = f"the payment was made {behind:,} s before one that was taken already"
            return "late", f"{sentence}; {self.bounds.late_s:,} s is the limit"
        return self._check_ahead(transaction, stamp_s)

    def _check_ahead(self, transaction: Transaction, stamp_s: float | None) -> tuple[str, str] | None:
        """Return what is against a payment whose clock is ahead of its sender's, or of everybody's."""
        if stamp_s is not None and transaction.seconds - stamp_s > self.bounds.ahead_s:
            ahead = transaction.seconds - stamp_s
            return "clock ahead", f"the payment was made {ahead:,.0f} s after it was sent; set the terminal's clock"
        if self.leaps(transaction):
            sentence = f"the payment was made {transaction.seconds - (self.clock or 0):,} s after all that were taken"
            return FAR_AHEAD, f"{sentence}; once one at another terminal bears that out, send it again"
        return None

    def leaps(self, transaction: Transaction) -> bool:
        """Tell whether a payment is far ahead of all that were taken, and no other terminal's has borne it out."""
        if self.clock is None or transaction.seconds - self.clock <= self.bounds.leap_s:
            return False
        before = self._leap
        if before is None or abs(transaction.seconds - before.seconds) > self.bounds.leap_s:
            return True
        return transaction.terminal == before.terminal and before.n < N_ALONE

    def hold(self, transaction: Transaction) -> None:
        """Remember a payment that leaps, so that the next can bear it out; a payment that is taken ends that."""
        before = self._leap
        n_before = before.n if before is not None and before.terminal == transaction.terminal else 0
        self._leap = Leap(transaction.seconds, transaction.terminal, n_before + 1)

    def find_delay(self, transaction: Transaction) -> int:
        """Return by how many seconds a payment lies behind the stream's clock; 0 where it does not."""
        return 0 if self.clock is None else max(0, self.clock - transaction.seconds)

    def take(self, transaction: Transaction) -> None:
        """Remember a payment that was taken, and forget those of more than a day ago."""
        self.clock = transaction.seconds if self.clock is None else max(self.clock, transaction.seconds)
        self.first = transaction.seconds if self.first is None else self.first
        self._leap = None
        self._known[transaction.id] = transaction
        self._order.append(transaction)
        while self._order[0].seconds < self.clock - self.bounds.memory_s:
            old = self._order.popleft()
            # Two payments of one id may both be in line after the feature state let the second pass.
            if self._known.get(old.id) is old:
                del self._known[old.id]

    def to_bytes(self) -> bytes:
        """Return what is remembered, to be read by :meth:`from_bytes`."""
        return self.freeze()()

    def freeze(self) -> Callable[[], bytes]:
        """Return what :meth:`to_bytes` would, to be written later; whatever comes meanwhile changes nothing in it."""
        rows, leap, first = tuple(self._order), self._leap, self.first
        return lambda: _pack(rows, leap, first)

    @classmethod
    def from_bytes(cls, content: bytes, bounds: Bounds | None = None) -> Gate:
        """Read what :meth:`to_bytes` wrote.

        Raises
        ------
        ArtifactError
            If the content is damaged.

        Examples
        --------
        >>> gate = Gate()
        >>> gate.take(Transaction(1, 100, 5, 8, 9.5))
        >>> Gate.from_bytes(gate.to_bytes()).clock
        100
        """
        gate = cls(bounds)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as found:
                whole, amounts = found["whole"].tolist(), found["amount"].tolist()
                leap = found["leap"].tolist() if "leap" in found else []
                # a memory that does not say when the stream began is of one that has long been running
                first = found["first"].tolist() if "first" in found else [LONG_AGO]
        except (OSError, ValueError, KeyError, EOFError) as error:
            message = "the stored memory of the stream is damaged; begin again with another stream name"
            raise ArtifactError(message) from error
        for row, amount in zip(whole, amounts, strict=True):
            gate.take(Transaction(row[0], row[1], row[2], row[3], amount))
        gate._leap = Leap(*leap) if leap else None
        gate.first = first[0] if first else None
        return gate


def _pack(rows: Sequence[Transaction], leap: Leap | None, first: int | None) -> bytes:
    """Write the memory of the rules."""
    columns, content = make_columns(rows), io.BytesIO()
    whole = np.column_stack([columns.id, columns.seconds, columns.customer, columns.terminal])
    begun = np.array([] if first is None else [first], dtype=np.int64)
    leaps = np.array(leap or (), dtype=np.int64)
    np.savez_compressed(content, whole=whole, amount=columns.amount, leap=leaps, first=begun)
    return content.getvalue()


def show_payload(content: bytes | None) -> str:
    r"""Return the beginning of a refused message as text that any database takes.

    Examples
    --------
    >>> show_payload(bytes([0x61, 0xFF, 0x00]))
    'a\\xff\\x00'
    """
    text = (content or b"")[:MAX_SHOWN].decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    return text[:MAX_SHOWN]
