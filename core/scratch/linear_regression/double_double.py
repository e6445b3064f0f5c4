"""Twice the digits from ordinary floats: a number is kept as an unevaluated sum ``high + low`` of two doubles.

The sum holds about 32 decimal digits instead of 16. Each operation first does the ordinary float operation, then works
out exactly what rounding lost, and keeps that in ``low``. Method: Dekker (1971), doi:10.1007/BF01397083; Knuth, *The
Art of Computer Programming* 2, 4.2.2; accurate products by Veltkamp's splitting.

Left out: transcendental functions, and special values: infinities and NaN are refused before they come here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

SPLITTER = 2.0**27 + 1.0  # Veltkamp's constant: it cuts a 53-bit number into two halves of at most 26 bits
DIGITS = 40


def two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded sum and exactly what rounding lost, so that ``a + b == total + lost`` without error.

    Examples
    --------
    >>> total, lost = two_sum(np.float64(1.0), np.float64(1e-20))
    >>> float(total), float(lost)
    (1.0, 1e-20)
    """
    total = a + b
    # What of b really arrived in the total; the rest of a and of b is what was lost.
    b_arrived = total - a
    lost = (a - (total - b_arrived)) + (b - b_arrived)
    return total, lost


def two_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded product and exactly what rounding lost, by cutting each factor into two short halves."""
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    # The four partial products are exact, as each has at most 52 bits; subtract them from the rounded product.
    lost = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, lost


def _split(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut each number into a high and a low half of at most 26 bits."""
    scaled = SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


@dataclass(frozen=True, slots=True, eq=False)
class DoubleDouble:
    """An array of numbers of about 32 digits.

    Parameters
    ----------
    high : float array of any shape
        The nearest doubles.
    low : float array of the same shape
        What is left, at most half a unit in the last place of ``high``.

    Examples
    --------
    >>> third = from_floats(np.ones(1)) / from_floats(np.full(1, 3.0))
    >>> str(to_decimals(third * from_floats(np.full(1, 3.0)))[0])[:4]
    '1'
    """

    high: np.ndarray
    low: np.ndarray

    # NumPy would otherwise try to apply an array's own operators element by element.
    __array_priority__ = 1_000

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.high.shape

    def __getitem__(self, key: Any) -> DoubleDouble:
        """Take a part, by NumPy's own indexing."""
        return DoubleDouble(self.high[key], self.low[key])

    def __neg__(self) -> DoubleDouble:
        """Change the sign."""
        return DoubleDouble(-self.high, -self.low)

    def __add__(self, other: DoubleDouble) -> DoubleDouble:
        """Add: the highs with their exact rounding error, then the lows, then tidy up."""
        high, lost = two_sum(self.high, other.high)
        low, low_lost = two_sum(self.low, other.low)
        high, lost = _tidy(high, lost + low)
        return DoubleDouble(*_tidy(high, lost + low_lost))

    def __sub__(self, other: DoubleDouble) -> DoubleDouble:
        """Subtract by adding the opposite."""
        return self + (-other)

    def __mul__(self, other: DoubleDouble) -> DoubleDouble:
        """Multiply: the highs exactly, then the two cross products; low times low is below the last digit kept."""
        high, lost = two_product(self.high, other.high)
        return DoubleDouble(*_tidy(high, lost + (self.high * other.low + self.low * other.high)))

    def __truediv__(self, other: DoubleDouble) -> DoubleDouble:
        """Divide as on paper: a first digit of 16 places, the remainder, a second, the remainder, a third."""
        first = self.high / other.high
        rest = self - other * from_floats(first)
        second = rest.high / other.high
        rest = rest - other * from_floats(second)
        third = rest.high / other.high
        return DoubleDouble(*_tidy(first, second)) + from_floats(third)

    def sqrt(self) -> DoubleDouble:
        """Take the square root: one Newton step from the double's root doubles its digits (zero stays zero)."""
        root = np.sqrt(self.high)
        safe = np.where(root > 0, root, 1.0)
        guess = from_floats(root)
        rest = (self - guess * guess).high / (2.0 * safe)
        return guess + from_floats(np.where(root > 0, rest, 0.0))

    def sum(self, axis: int = 0) -> DoubleDouble:
        """Add up along an axis, pair by pair, so that errors do not pile up."""
        high, low = np.moveaxis(self.high, axis, 0), np.moveaxis(self.low, axis, 0)
        total = DoubleDouble(high, low)
        while total.shape[0] > 1:
            half = total.shape[0] // 2
            paired = total[:half] + total[half : 2 * half]
            rest = total[2 * half :]
            total = DoubleDouble(np.concatenate([paired.high, rest.high]), np.concatenate([paired.low, rest.low]))
        return total[0]


def _tidy(high: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move into ``high`` all of ``low`` that it can hold."""
    total = high + low
    return total, low - (total - high)


def from_floats(values: np.ndarray) -> DoubleDouble:
    """Take doubles as they are: their low part is zero."""
    high = np.asarray(values, dtype=float)
    return DoubleDouble(high, np.zeros_like(high))


def from_decimals(texts: Sequence[Sequence[str]] | Sequence[str]) -> DoubleDouble:
    """Read decimal texts to 32 digits: 0.1 becomes its double and the small rest that the double missed.

    Examples
    --------
    >>> tenth = from_decimals(["0.1"])
    >>> float(tenth.high[0]), float(tenth.low[0]) != 0
    (0.1, True)
    """
    exact = np.array(texts, dtype=object)
    with localcontext() as context:
        context.prec = DIGITS
        high = np.array([float(Decimal(text)) for text in exact.ravel()])
        low = np.array([float(Decimal(text) - Decimal(near)) for text, near in zip(exact.ravel(), high, strict=True)])
    return DoubleDouble(high.reshape(exact.shape), low.reshape(exact.shape))


def to_decimals(values: DoubleDouble) -> list[Decimal]:
    """Return each number as a Decimal of 32 digits, flattened."""
    with localcontext() as context:
        context.prec = 32
        pairs = zip(values.high.ravel().tolist(), values.low.ravel().tolist(), strict=True)
        return [Decimal(high) + Decimal(low) for high, low in pairs]
