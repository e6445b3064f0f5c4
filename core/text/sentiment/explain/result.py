"""What an explanation of a text is: a signed effect of each word on the log-odds that the text is positive.

Log-odds and not the probability, because near 0 and 1 a probability hardly moves whatever is taken away. All methods
give the same value, so that they can be laid beside each other and put to the same tests.

Left out: effects of words on each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.text.sentiment.explain.words import Word

UNIT = "log-odds of positive"
LEAST_SHARE = 1e-6
"""A model that says 0 or 1 means beyond counting; its log-odds stop at ±13.8."""


@dataclass(frozen=True, slots=True, eq=False)
class WordEffects:
    """The effect of each word of one text.

    Parameters
    ----------
    method : str
        Its name on screen.
    words : tuple of Word
        In the order of the text.
    values : array of shape (n_words,)
        Positive speaks for "positive". Attention and rollout have no sign: they are shares of 0 to 1.
    base, answer : float
        The log-odds that the effects start from, and those of the text; NaN for a method that has no start.
    low, high : array of shape (n_words,), optional
        Ends of 95% error bars.
    is_signed, adds_up : bool
        Whether values have a direction, and whether the method promises that base and values add up to the answer.
    steps : tuple of (int, float)
        Of a method that approaches its result: steps, and the gap that they leave.

    Raises
    ------
    ValueError
        If there is not one finite value for each word.
    """

    method: str
    words: tuple[Word, ...]
    values: NDArray[np.float64]
    base: float = np.nan
    answer: float = np.nan
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    is_signed: bool = True
    adds_up: bool = False
    steps: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.words),) or not np.isfinite(self.values).all():
            message = f"the values have shape {self.values.shape}; there must be a finite one for each of "
            message += f"{len(self.words)} words"
            raise ValueError(message)

    @property
    def order(self) -> NDArray[np.intp]:
        """Places of the words from the largest effect to the smallest, shape (n_words,)."""
        return np.argsort(-np.abs(self.values), kind="stable")

    @property
    def gap(self) -> float:
        """How far base and values are from adding up to the answer; NaN where the method has no start."""
        return float(abs(self.base + self.values.sum() - self.answer))

    def speaking_for(self, positive: bool) -> NDArray[np.float64]:
        """Return how much each word speaks for one answer, shape (n_words,); without a sign the values themselves."""
        return self.values if positive or not self.is_signed else -self.values


def to_log_odds(shares: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn probabilities into log-odds.

    Examples
    --------
    >>> to_log_odds([0.5, 0.9, 1.0]).round(3).tolist()
    [0.0, 2.197, 13.816]
    """
    p = np.clip(np.asarray(shares, dtype=np.float64), LEAST_SHARE, 1 - LEAST_SHARE)
    return np.asarray(np.log(p) - np.log1p(-p))
