"""What acting on a row brings, in money or any unit: the same for all rows of a class, or a sum of each row's own.

Where probabilities hold, the break-even follows from the sums alone (C. Elkan 2001, *The foundations of cost-sensitive
learning*, https://dl.acm.org/doi/10.5555/1642194.1642224).

Left out: sums that are themselves uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hub.errors import DataError


@dataclass(frozen=True, slots=True)
class Payoff:
    """What one row brings, in money (or any unit), by what it is and whether it is chosen.

    Parameters
    ----------
    true_positive, false_positive : float
        Of a chosen row that is, or is not, of the class.
    false_negative, true_negative : float
        Of a row that is left alone.
    """

    true_positive: float
    false_positive: float
    false_negative: float = 0.0
    true_negative: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What each row brings where rows are worth different sums, arrays of shape (n_rows,).

    Parameters
    ----------
    acted, alone : array
        If the row is chosen, and if it is left alone.
    """

    acted: np.ndarray
    alone: np.ndarray

    def take(self, rows: np.ndarray) -> Worth:
        """Return the worth of some rows, by place or by mask."""
        return Worth(self.acted[rows], self.alone[rows])


def find_break_even(payoff: Payoff) -> float:
    """Return the probability from which on acting pays, where probabilities hold (Elkan 2001).

    Raises
    ------
    DataError
        If acting does not pay more on a row of the class than on any other.

    Examples
    --------
    >>> round(find_break_even(Payoff(true_positive=50, false_positive=-10)), 4)
    0.1667
    """
    cost = payoff.true_negative - payoff.false_positive
    gain = payoff.true_positive - payoff.false_negative
    if gain + cost <= 0:
        message = (
            f"acting gains {gain:g} on a row of the class and {-cost:g} on any other; "
            "it must gain more on a row of the class, else no threshold separates them"
        )
        raise DataError(message)
    return float(np.clip(cost / (gain + cost), 0.0, 1.0))


def value_rows(y: np.ndarray, payoff: Payoff | Worth) -> Worth:
    """Say of each row what it brings if it is chosen and if it is left alone.

    Raises
    ------
    DataError
        If there are not as many sums as rows, or one is no finite number.

    Examples
    --------
    >>> found = value_rows(np.array([1.0, 0.0]), Payoff(10, -4))
    >>> found.acted.tolist(), found.alone.tolist()
    ([10.0, -4.0], [0.0, 0.0])
    """
    if isinstance(payoff, Payoff):
        truth = np.asarray(y) > 0
        acted = np.where(truth, float(payoff.true_positive), float(payoff.false_positive))
        return Worth(acted, np.where(truth, float(payoff.false_negative), float(payoff.true_negative)))
    sums = np.column_stack([payoff.acted, payoff.alone])
    if len(sums) != len(y) or not np.isfinite(sums).all():
        message = f"there are {len(y)} rows and {len(sums)} sums; give two finite sums for each row"
        raise DataError(message)
    return payoff
