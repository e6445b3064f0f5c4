"""A customer's and a terminal's recent past: sorted times, in which a window is the difference of two places.

Both are kept as plain lists, because a binary search in one costs less than a step of Python; what is older than any
window can reach is dropped once it is half of a list, so that dropping costs a constant for each payment on average.

Left out: which payment is whose (``online``).
"""

from __future__ import annotations

from bisect import bisect_right, insort

from core.streaming.fraud.features import UNITS, WINDOWS
from core.streaming.fraud.transactions import DAY_S

_WINDOWS_S = tuple(days * DAY_S for days in WINDOWS)
_FEW = 32
"""Half of a list shorter than twice this is not worth dropping."""


class CustomerTimes:
    """Times of payments in order; running totals of their amounts, one longer than the times."""

    __slots__ = ("times", "totals")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.totals: list[int] = [0]

    def read(self, seconds: int, units: int) -> tuple[float, ...]:
        """Return counts and averages of the windows that end with a payment not yet inserted."""
        end = bisect_right(self.times, seconds)
        total = self.totals[end] + units
        row: list[float] = []
        for window in _WINDOWS_S:
            start = bisect_right(self.times, seconds - window, 0, end)
            count = end - start + 1
            row += (count, float(total - self.totals[start]) / (count * UNITS))
        return tuple(row)

    def insert(self, seconds: int, units: int, horizon: int) -> None:
        """Insert a payment; what is not later than ``horizon`` may be dropped."""
        end = bisect_right(self.times, seconds)
        self.times.insert(end, seconds)
        self.totals.insert(end + 1, self.totals[end] + units)
        for place in range(end + 2, len(self.totals)):  # only after a late payment
            self.totals[place] += units
        stale = _count_stale(self.times, horizon)
        if stale:
            del self.times[:stale], self.totals[:stale]


class TerminalTimes:
    """Times of payments and of known frauds, in order."""

    __slots__ = ("frauds", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.frauds: list[int] = []

    def read(self, known: int) -> tuple[float, ...]:
        """Return counts and risks of the windows that end at ``known``."""
        end, end_fraud = bisect_right(self.times, known), bisect_right(self.frauds, known)
        row: list[float] = []
        for window in _WINDOWS_S:
            count = end - bisect_right(self.times, known - window, 0, end)
            n_fraud = end_fraud - bisect_right(self.frauds, known - window, 0, end_fraud)
            row += (count, n_fraud / count if count else 0.0)
        return tuple(row)

    def insert(self, seconds: int, horizon: int) -> None:
        """Insert a payment; what is not later than ``horizon`` may be dropped."""
        insort(self.times, seconds)
        stale = _count_stale(self.times, horizon)
        if stale:
            del self.times[:stale], self.frauds[: bisect_right(self.frauds, horizon)]

    def mark(self, seconds: int) -> None:
        """Take in a fraud of that time."""
        insort(self.frauds, seconds)

    def clear(self, seconds: int) -> None:
        """Take back a fraud of that time; one that was dropped with age needs no more."""
        place = bisect_right(self.frauds, seconds) - 1
        if place >= 0 and self.frauds[place] == seconds:
            del self.frauds[place]


def _count_stale(times: list[int], horizon: int) -> int:
    """Count the first times to drop: none until they are half of the list, so that dropping is cheap on average."""
    half = len(times) // 2
    return bisect_right(times, horizon) if half > _FEW and times[half] <= horizon else 0
