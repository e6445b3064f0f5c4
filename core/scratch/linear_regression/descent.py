"""Gradient descent by hand: walk downhill on the mean squared error, a step at a time, until no step helps.

All rows a step (batch), some (mini-batch) or one (stochastic); momentum; rates that shrink; stops when the gradient is
flat, when rows kept aside get worse, or when it runs away: then it says why. Source: L. Bottou, F. E. Curtis and
J. Nocedal 2018, doi:10.1137/16M1080173; momentum by B. T. Polyak 1964; how long a step may be for each batch size by
R. M. Gower et al. 2019, arXiv:1901.09401.

Left out: adaptive rates (Adam and its kin), which belong to networks; losses other than the squared error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.hub.errors import DataError

Batch = Literal["all rows", "mini-batch", "one row"]
Schedule = Literal["constant", "halving", "inverse", "cosine"]
Stop = Literal["flat", "epochs", "early", "diverged"]
BATCHES: tuple[str, ...] = get_args(Batch)
SCHEDULES: tuple[str, ...] = get_args(Schedule)
RUNAWAY = 1e6
"""A loss this many times the one at the start is given up."""
HALVE_EVERY = 0.25  # of the epochs
MAX_KEPT = 2_000
OnEpoch = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Walk:
    """How to walk.

    Parameters
    ----------
    batch : str
        Rows that each step looks at.
    rate : float
        Length of a step in units of 1/L, the longest that never jumps past the bottom; on all rows without momentum
        it runs away from 2 on, with momentum β from 2 (1 + β) on.
    momentum : float
        Share 0–1 of the last step that is added to the next; raising it speeds up long valleys.
    schedule : str
        ``constant``, ``halving`` (every quarter of the epochs), ``inverse`` (1/epoch) or ``cosine`` (down to zero).
    epochs : int
        Passes over the rows.
    batch_size : int
        Rows of a mini-batch.
    patience : int
        Epochs without a better loss on the rows kept aside before it stops early; 0 keeps none aside.
    flat : float
        It stops when no entry of the gradient is larger than this, in units of the target.
    max_steps : int
        Most steps in all, so that one row at a time ends on a long table too.
    """

    batch: Batch = "all rows"
    rate: float = 1.0
    momentum: float = 0.0
    schedule: Schedule = "constant"
    epochs: int = 500
    batch_size: int = 32
    patience: int = 0
    flat: float = 1e-12
    ridge: float = 0.0
    seed: int = 0
    max_steps: int = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """Where a walk led.

    Parameters
    ----------
    weights : float array of shape (n_columns,)
        The last place; with rows kept aside, the place that was best on them.
    path : float array of shape (n_kept, n_columns)
        Places after each epoch (with all rows a step: after each step), the start first; at most 2,000.
    losses : float array of shape (n_kept,)
        Mean squared error over all rows at those places; each is finite.
    epochs : int array of shape (n_kept,)
        Epoch of each place.
    stop : str
        ``flat``, ``epochs``, ``early`` or ``diverged``.
    sentence : str
        Why it stopped, in plain words.
    rate : float
        Length of the first step.
    """

    weights: np.ndarray
    path: np.ndarray
    losses: np.ndarray
    epochs: np.ndarray
    stop: Stop
    sentence: str
    rate: float


def mean_squared_error(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """Return the mean of the squared misses: the height of the cost surface at ``weights``.

    Examples
    --------
    >>> mean_squared_error(np.array([[1.0], [2.0]]), np.array([1.0, 4.0]), np.array([1.0]))
    2.0
    """
    # How far each answer misses, squared, so that a miss of 2 costs four times a miss of 1.
    misses = x @ weights - y
    return (misses @ misses / len(y)).item()  # type: ignore[no-any-return]


def find_gradient(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the slope of the mean squared error in the direction of each weight, shape (n_columns,).

    Examples
    --------
    >>> find_gradient(np.array([[1.0], [2.0]]), np.array([1.0, 4.0]), np.array([1.0])).tolist()
    [-4.0]
    """
    # A weight is to blame for a miss in proportion to its column's value in that row; 2 comes from the square.
    return np.asarray(2.0 / len(y) * (x.T @ (x @ weights - y)))


def find_steepness(x: np.ndarray, n_batch: int) -> float:
    """Return L, the steepest curvature that a step on ``n_batch`` rows meets: a step of 1/L is sure to go down.

    Between that of all rows, which a batch averages, and that of the longest single row (Gower et al. 2019, 3.3).

    Examples
    --------
    >>> [round(find_steepness(np.array([[1.0], [3.0]]), n_batch), 9) for n_batch in (2, 1)]
    [10.0, 18.0]
    """
    n_rows = len(x)
    together = 2.0 * float(np.linalg.norm(x, 2)) ** 2 / n_rows
    alone = 2.0 * float((x**2).sum(axis=1).max())
    if n_rows == 1 or n_batch >= n_rows:
        return together
    share = n_rows * (n_batch - 1) / (n_batch * (n_rows - 1))
    return share * together + (n_rows - n_batch) / (n_batch * (n_rows - 1)) * alone


def scale_rate(schedule: Schedule, epoch: int, epochs: int) -> float:
    """Return the factor of the rate in an epoch, counted from 0.

    Examples
    --------
    >>> [round(scale_rate(name, 50, 100), 3) for name in ("constant", "halving", "inverse", "cosine")]
    [1.0, 0.25, 0.167, 0.5]
    """
    if schedule == "halving":
        return float(0.5 ** (epoch // max(1, round(HALVE_EVERY * epochs))))
    if schedule == "inverse":
        return 1.0 / (1.0 + 10.0 * epoch / epochs)
    if schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * epoch / epochs))
    return 1.0


def descend(
    x: np.ndarray,
    y: np.ndarray,
    walk: Walk,
    start: np.ndarray | None = None,
    aside: tuple[np.ndarray, np.ndarray] | None = None,
    on_epoch: OnEpoch | None = None,
) -> Descent:
    """Walk downhill from ``start`` (zero by default).

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
        Best with columns of like size: the walk is slow where the surface is a long narrow valley.
    y : float array of shape (n_rows,)
    aside : (x, y), optional
        Rows kept aside for early stopping; used where ``walk.patience`` is above 0.
    on_epoch : callable, optional
        ``on_epoch(epoch, loss)``; it may raise to stop.

    Raises
    ------
    DataError
        If a number is not finite.

    Examples
    --------
    >>> x, y = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 2.0])
    >>> found = descend(x, y, Walk(rate=1.0, epochs=300))
    >>> found.weights.round(9).tolist(), found.stop
    ([1.0, 1.0], 'flat')
    >>> descend(x, y, Walk(rate=2.5, epochs=300)).stop
    'diverged'
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        message = "the rows hold a missing or infinite number; fill it in or leave the row out"
        raise DataError(message)
    walker = _Walker(x, y, walk, np.zeros(x.shape[1]) if start is None else np.array(start, dtype=float), aside)
    stop: Stop = "epochs"
    for epoch in range(walk.epochs):
        stop = walker.walk_epoch(epoch)
        if on_epoch is not None:
            on_epoch(epoch + 1, walker.losses[-1])
        if stop != "epochs" or walker.n_steps >= walk.max_steps:
            break
    return walker.finish("diverged" if stop == "epochs" and walker.is_running_away() else stop)


class _Walker:
    """One walk: where it is, where it has been, and whether it should go on."""

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        walk: Walk,
        weights: np.ndarray,
        aside: tuple[np.ndarray, np.ndarray] | None,
    ) -> None:
        self.x, self.y, self.walk, self.aside = x, y, walk, aside if walk.patience else None
        self.size = {"all rows": len(y), "mini-batch": min(walk.batch_size, len(y)), "one row": 1}[walk.batch]
        # The penalty curves the surface too: 2 λ/n more in every direction.
        self.pull = 2.0 * walk.ridge / len(y)
        steepness = find_steepness(x, self.size) + self.pull
        self.rate = walk.rate / steepness if steepness > 0 else walk.rate
        if self.size < len(y):
            # The noise of single rows adds up over the steps that momentum remembers; shorter steps make up for that.
            self.rate *= 1.0 - walk.momentum
        self.rng = np.random.default_rng(walk.seed)
        self.weights, self.speed = weights, np.zeros_like(weights)
        self.path, self.losses, self.epochs = [weights.copy()], [mean_squared_error(x, y, weights)], [0]
        self.n_steps, self.every = 0, max(1, walk.epochs // MAX_KEPT + 1)
        self.best, self.best_loss, self.waited = weights.copy(), math.inf, 0
        self.is_lost = False

    def walk_epoch(self, epoch: int) -> Stop:
        """Pass over all rows once."""
        rate = self.rate * scale_rate(self.walk.schedule, epoch, self.walk.epochs)
        n_rows = len(self.y)
        order = np.arange(n_rows) if self.size == n_rows else self.rng.permutation(n_rows)
        with np.errstate(over="ignore", invalid="ignore"):  # running away is noticed below, by its loss
            for first in range(0, n_rows, self.size):
                rows = order[first : first + self.size] if self.size < n_rows else slice(None)
                self._step(rows, rate)
            loss = mean_squared_error(self.x, self.y, self.weights)
        if not loss <= RUNAWAY * max(self.losses[0], 1e-300):
            self.is_lost = True
            return "diverged"
        self._record(epoch + 1, loss)
        return self._judge()

    def _step(self, rows: np.ndarray | slice, rate: float) -> None:
        """Take one step: some of the last one, and downhill on these rows."""
        gradient = find_gradient(self.x[rows], self.y[rows], self.weights) + self.pull * self.weights
        self.speed = self.walk.momentum * self.speed - rate * gradient
        self.weights = self.weights + self.speed
        self.n_steps += 1

    def _record(self, epoch: int, loss: float) -> None:
        """Keep this place, or put it in place of the last one where places are thinned."""
        if self.epochs[-1] % self.every and len(self.path) > 1:
            self.path.pop(), self.losses.pop(), self.epochs.pop()
        self.path.append(self.weights.copy())
        self.losses.append(loss)
        self.epochs.append(epoch)

    def _judge(self) -> Stop:
        """Say whether to go on (``epochs``), or why not."""
        if self.size == len(self.y):
            slope = find_gradient(self.x, self.y, self.weights) + self.pull * self.weights
            if np.abs(slope).max(initial=0.0) <= self.walk.flat:
                return "flat"
        if self.aside is None:
            return "epochs"
        loss = mean_squared_error(*self.aside, self.weights)
        if loss < self.best_loss:
            self.best, self.best_loss, self.waited = self.weights.copy(), loss, 0
        else:
            self.waited += 1
        return "early" if self.waited >= self.walk.patience else "epochs"

    def is_running_away(self) -> bool:
        """Say whether the epochs ended while steps that are too long for any bowl still climbed."""
        scale = scale_rate(self.walk.schedule, self.epochs[-1] - 1, self.walk.epochs)
        too_long = self.size == len(self.y) and self.walk.rate * scale > 2.0 * (1.0 + self.walk.momentum)
        return too_long and self.losses[-1] > self.losses[-2]

    def finish(self, stop: Stop) -> Descent:
        """Gather the walk; after running away, the last place whose loss could still be told is kept."""
        weights = self.path[-1] if self.aside is None or stop == "diverged" else self.best
        return Descent(
            weights=weights,
            path=np.array(self.path),
            losses=np.array(self.losses),
            epochs=np.array(self.epochs),
            stop=stop,
            sentence=self._say(stop),
            rate=self.rate,
        )

    def _say(self, stop: Stop) -> str:
        """Say in a sentence why the walk ended."""
        n_epochs = self.epochs[-1]
        if stop == "diverged":
            return self._explain_runaway(n_epochs)
        if stop == "flat":
            return f"It arrived after {n_epochs} epochs: the surface is flat there."
        if stop == "early":
            return f"It stopped early after {n_epochs} epochs: rows kept aside no longer got better."
        if self.n_steps >= self.walk.max_steps:
            return f"It stopped after {self.n_steps:,} steps in {n_epochs} epochs, the most that are allowed."
        if self.losses[-1] > self.losses[0]:
            return (
                f"It walked all {n_epochs} epochs and ended higher than it began: "
                "choose a smaller rate, less momentum or a schedule that shrinks."
            )
        return f"It walked all {n_epochs} epochs and had not quite arrived."

    def _explain_runaway(self, n_epochs: int) -> str:
        """Say why a walk ran away, and what mends it."""
        when = f"in epoch {n_epochs + 1}" if self.is_lost else f"over all {n_epochs} epochs"
        remedy = "choose 1 or less" if self.walk.rate > 1 else "choose a smaller rate or less momentum"
        return (
            f"It ran away {when}: each step jumped over the valley and landed higher than before. The rate is "
            f"{self.walk.rate:g} times the longest step that never jumps past the bottom; {remedy}."
        )
