"""Keep, recalibrate or retrain: decided by the A/B page's rule, which may be read after every label.

Three models answer the same labelled transactions: the champion, the champion with its probabilities recalibrated, and
a challenger trained on newer labels. Their logarithmic losses are subtracted transaction by transaction, and the mean
difference is read by the always-valid sequence of ``core.evaluation.anytime``. Frauds come in runs, on one terminal or
on one card, so its standard error is of sums over both (two-way: A. C. Cameron, J. B. Gelbach and D. L. Miller 2011,
https://doi.org/10.1198/jbes.2010.07136), kept in 4,096 cells each whatever the number of terminals and cards.

retrain       the challenger beats the champion and the recalibrated champion
recalibrate   the recalibrated champion beats the champion
keep          neither is shown; where both are shown to be worse, nothing is left to wait for

Each of the two changes is tested at half of alpha: where neither helps, a change is made at most alpha of the time,
however often one looks. The intervals are two-sided and hold at all times together, so that a trial may also be ended
by their upper ends: that can only take readings away, never add a change.

Left out: the cost of a training run, which a least gain stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.anytime import find_always_valid, find_reach
from core.hub.errors import RecipeError

Action = Literal["keep", "recalibrate", "retrain"]
ALPHA = 0.05
TUNED_FOR = 20_000
"""Labels near which the sequence is narrowest: eight days of a quarter of the published world."""
LEAST_LABELS, LEAST_FRAUDS = 2_000, 30
N_CELLS = 4_096
CLIP = 1e-4
"""A probability is not taken for surer than this, or one transaction could decide."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A mean difference of losses as it stands: positive where the first model is the better one.

    Parameters
    ----------
    gain : float
        Nats per transaction.
    low, high : float
        Always-valid interval at the sequence's alpha; infinite before there are enough labels.
    p_value : float
        Always valid, 0 to 1.
    n : int
        Labels so far.
    """

    gain: float
    low: float
    high: float
    p_value: float
    n: int


class LossSequence:
    """The losses of one model less those of another, read at any time.

    Parameters
    ----------
    alpha : float
        Chance of ever leaving the truth out, 0 to 1.
    tuned_for : float
        Labels near which it shall be narrowest.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sequence = LossSequence()
    >>> sequence.update(rng.normal(0.02, 0.2, 5_000), rng.integers(0, 500, 5_000))
    >>> reading = sequence.read()
    >>> round(reading.low, 2), reading.p_value < 0.001
    (0.01, True)
    """

    def __init__(self, alpha: float = ALPHA, tuned_for: float = TUNED_FOR) -> None:
        if not 0 < alpha < 1:
            message = f"alpha is {alpha:g}; it must be above 0 and under 1"
            raise RecipeError(message)
        self.alpha, self.tuned_for = alpha, tuned_for
        self._terminals, self._customers = np.zeros((2, N_CELLS)), np.zeros((2, N_CELLS))
        self._squares = 0.0

    def update(
        self,
        gains: NDArray[np.float64],
        terminals: NDArray[np.int64],
        customers: NDArray[np.int64] | None = None,
    ) -> None:
        """Add the differences of some transactions, shape (n,), where they were made, and by whom if that is known."""
        _add_sums(self._terminals, gains, terminals)
        if customers is not None:
            _add_sums(self._customers, gains, customers)
        self._squares += float(gains @ gains)

    def read(self) -> Reading:
        """Return the mean so far with its always-valid interval and p-value."""
        total, n = self._terminals.sum(axis=1).tolist()
        gain = total / max(n, 1.0)
        by_terminal, by_customer = (_measure_spread(cells, gain) for cells in (self._terminals, self._customers))
        alone = max(self._squares - n * gain**2, 0.0)
        # what a terminal and a card share is in both sums, so it is taken out once
        error = float(np.sqrt(max(by_terminal, by_customer, by_terminal + by_customer - alone))) / max(n, 1.0)
        if n < LEAST_LABELS or error == 0:
            return Reading(gain, -np.inf, np.inf, 1.0, int(n))
        units = np.array([n])
        reach = error * float(find_reach(units, self.alpha, self.tuned_for)[0])
        p_value = float(find_always_valid(np.array([gain / error]), units, self.alpha, self.tuned_for)[0])
        return Reading(gain, gain - reach, gain + reach, p_value, int(n))


def _add_sums(cells: NDArray[np.float64], gains: NDArray[np.float64], owners: NDArray[np.int64]) -> None:
    """Add to sums and counts of cells, shape (2, 4_096)."""
    place = owners % N_CELLS
    cells += [np.bincount(place, gains, N_CELLS), np.bincount(place, minlength=N_CELLS)]


def _measure_spread(cells: NDArray[np.float64], gain: float) -> float:
    """Return the variance of the total, from sums over cells that are independent of each other."""
    sums, counts = cells[:, cells[1] > 0]
    n_filled = len(sums)
    total = float(((sums - gain * counts) ** 2).sum())
    return total * n_filled / max(n_filled - 1, 1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the champion, and the three readings behind it: each names the better model first."""

    action: Action
    challenger_over_champion: Reading
    challenger_over_recalibrated: Reading
    recalibrated_over_champion: Reading

    @property
    def is_lost(self) -> bool:
        """Whether both the challenger and the recalibrated champion are shown to be worse than the champion."""
        return self.challenger_over_champion.high < 0 and self.recalibrated_over_champion.high < 0

    @property
    def sentence(self) -> str:
        """Say what is decided and by which figures."""
        n = self.challenger_over_champion.n
        if self.action == "retrain":
            least = min(self.challenger_over_champion.low, self.challenger_over_recalibrated.low)
            return f"Retrain: after {n:,} labels the new model's loss is lower by at least {least:.5f} nats."
        if self.action == "recalibrate":
            least = self.recalibrated_over_champion.low
            return f"Recalibrate: after {n:,} labels that alone lowers the loss by at least {least:.5f} nats."
        if self.is_lost:
            least = -max(self.challenger_over_champion.high, self.recalibrated_over_champion.high)
            return f"Keep: after {n:,} labels both changes are shown to raise the loss, by at least {least:.5f} nats."
        return f"Keep: after {n:,} labels neither a new model nor new probabilities are shown to be better."


class Policy:
    """The trial of one challenger.

    Parameters
    ----------
    alpha : float
        Chance of a needless change, 0 to 1.
    least_gain : float
        Nats per transaction that a change must be shown to bring, 0 or more.

    Raises
    ------
    RecipeError
        If alpha or the least gain is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> share = rng.beta(0.3, 3.0, 6_000)
    >>> fraud, terminals = rng.random(6_000) < share, rng.integers(0, 900, 6_000)
    >>> policy = Policy()
    >>> policy.update((share / 3, share / 2, share), fraud, terminals)
    >>> policy.decide().action
    'retrain'
    """

    def __init__(self, alpha: float = ALPHA, least_gain: float = 0.0) -> None:
        if least_gain < 0:
            message = f"the least gain is {least_gain:g} nats; it must be 0 or more"
            raise RecipeError(message)
        self.least_gain, self.n_frauds = least_gain, 0
        self._new, self._beyond, self._mended = (LossSequence(alpha / 2) for _ in range(3))

    def update(
        self,
        probabilities: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
        fraud: NDArray[np.bool_],
        terminals: NDArray[np.int64],
        customers: NDArray[np.int64] | None = None,
    ) -> None:
        """Take labelled transactions that none of the models was trained on.

        Parameters
        ----------
        probabilities : three float64 arrays of shape (n,)
            Of champion, recalibrated champion and challenger.
        customers : int64 array of shape (n,), optional
            Without them, frauds that come in runs on one card count as if each were alone, and more changes are
            needless than alpha says.
        """
        champion, mended, new = (measure_losses(each, fraud) for each in probabilities)
        self._new.update(champion - new, terminals, customers)
        self._beyond.update(mended - new, terminals, customers)
        self._mended.update(champion - mended, terminals, customers)
        self.n_frauds += int(fraud.sum())

    def decide(self) -> Decision:
        """Read all three sequences; under 30 frauds everything is kept as it is."""
        new, beyond, mended = self._new.read(), self._beyond.read(), self._mended.read()
        action: Action = "keep"
        if self.n_frauds >= LEAST_FRAUDS:
            if min(new.low, beyond.low) > self.least_gain:
                action = "retrain"
            elif mended.low > self.least_gain:
                action = "recalibrate"
        return Decision(action, new, beyond, mended)


def measure_losses(probability: NDArray[np.float64], fraud: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the logarithmic loss of each transaction in nats, 0.0001 to 9.2.

    Examples
    --------
    >>> measure_losses(np.array([0.5, 0.0]), np.array([True, True])).round(2).tolist()
    [0.69, 9.21]
    """
    shown = np.clip(probability, CLIP, 1 - CLIP)
    return -np.log(np.where(fraud, shown, 1 - shown))
