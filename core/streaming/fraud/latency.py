"""Latencies in a fixed number of cells: percentiles of millions of payments in the memory of one.

Cells grow by a twentieth of a power of ten from a microsecond to ten seconds, so a percentile is right to 12%.

Left out: the time a payment waits in a broker (``benchmark`` of the stream).
"""

from __future__ import annotations

import numpy as np

from core.hub.errors import RecipeError

LOW_S, N_DECADES, CELLS_A_DECADE = 1e-6, 7, 20


class Latencies:
    """How long payments took.

    Examples
    --------
    >>> latencies = Latencies()
    >>> latencies.add(0.002, 99)
    >>> latencies.add(0.050, 1)
    >>> round(latencies.find(50), 4), round(latencies.find(99.5), 3), latencies.n
    (0.0022, 0.05, 100)
    """

    def __init__(self) -> None:
        self._counts = np.zeros(N_DECADES * CELLS_A_DECADE + 1, dtype=np.int64)
        self.busy_s = 0.0

    @property
    def n(self) -> int:
        """Payments so far."""
        return int(self._counts.sum())

    @property
    def rate(self) -> float:
        """Payments a second of work, waiting for the next tick left out; NaN before the first."""
        return self.n / self.busy_s if self.busy_s else float("nan")

    def add(self, seconds: float, n: int = 1) -> None:
        """Count n payments that were answered together after so many seconds."""
        cell = int(np.floor(np.log10(max(seconds, LOW_S) / LOW_S) * CELLS_A_DECADE))
        self._counts[min(cell, len(self._counts) - 1)] += n
        self.busy_s += seconds

    def find(self, percent: float) -> float:
        """Return the seconds within which that percentage was answered, rounded up to a cell's end; NaN without any.

        Raises
        ------
        RecipeError
            If the percentage is not above 0 and at most 100.
        """
        if not 0 < percent <= 100:  # noqa: PLR2004 - a percentage
            message = f"the percentile is {percent:g}; it must be above 0 and at most 100"
            raise RecipeError(message)
        if not self.n:
            return float("nan")
        cell = int(np.searchsorted(np.cumsum(self._counts), np.ceil(self.n * percent / 100)))
        return float(LOW_S * 10 ** ((cell + 1) / CELLS_A_DECADE))
