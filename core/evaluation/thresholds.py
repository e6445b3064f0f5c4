"""From which probability on to act, where being right and being wrong are worth different sums.

With probabilities that hold, the best threshold follows from the sums alone (``core.evaluation.payoffs``); where they
do not, it is read off rows of its own. A threshold that was chosen on some rows flatters itself on them: count its
profit on others. Rows may be worth different sums (``payoffs.Worth``); one threshold is then a compromise.

Left out: a threshold for each row by its own sum; a limit on how many rows may be chosen, which is a sort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import count_resamples, draw_weights
from core.evaluation.labels import check_codes
from core.evaluation.payoffs import Payoff, Worth, value_rows
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError

MAX_THRESHOLDS = 200
LEVEL = 0.95
BLOCK_CELLS = 4_000_000
"""Rows × resamples that are worked on at once: some 100 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What each threshold does on some rows; arrays of shape (n_thresholds,), thresholds rising.

    Parameters
    ----------
    profit, low, high : array
        Mean payoff of a row, with a pointwise 95% interval over resampled rows.
    precision : array
        Share of the chosen rows that are of the class; NaN where none is chosen.
    recall, selected_share : array
        Share of the class's rows, and of all rows, that are chosen.
    """

    thresholds: np.ndarray
    profit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    selected_share: np.ndarray
    n_rows: int

    @property
    def best(self) -> int:
        """The place of the largest profit; of equal ones the highest threshold, which chooses fewest."""
        return int(len(self.profit) - 1 - np.argmax(self.profit[::-1]))

    def chart(self, unit: str = "", chosen: float | None = None) -> Chart:
        """Draw profit against the threshold, with its band and the threshold that is in use."""
        top, per_row = self.best, f"{unit} a row".strip()
        title = f"The most is made from {self.thresholds[top]:.2f} on: {self.profit[top]:,.2f} {per_row}"
        marks = [
            Mark("band", self.thresholds, self.profit, "95% interval", low=self.low, high=self.high),
            Mark("line", self.thresholds, self.profit, "profit"),
        ]
        if chosen is not None:
            worth = float(np.interp(chosen, self.thresholds, self.profit))
            marks.append(Mark("points", np.array([chosen]), np.array([worth]), "in use", "second", size=12))
        return Chart(
            title,
            "Act from this probability on",
            f"Profit, {per_row}",
            tuple(marks),
            alt=f"{title}. Acting on all {self.n_rows:,} rows makes {self.profit[0]:,.2f}.",
            x_range=(0.0, 1.0),
        )


def sweep_thresholds(
    y: object,
    share: object,
    payoff: Payoff | Worth,
    thresholds: np.ndarray | None = None,
    n_resamples: int = 200,
    seed: int = 0,
) -> Sweep:
    """Act from each threshold on, and count what that brings.

    Parameters
    ----------
    y : bool array of shape (n_rows,)
        Whether each row is of the class.
    share : array of shape (n_rows,)
        The probability that it is, 0–1.
    thresholds : array, optional
        Rising; at most 200 that the rows tell apart, with 0 and 1, where none are given.

    Raises
    ------
    DataError
        If there are no rows, lengths differ, or a probability is not in 0–1.

    Notes
    -----
    The payoff is the same for all rows of a class, or a ``Worth`` of each row.

    Examples
    --------
    >>> found = sweep_thresholds([False, True, True], [0.2, 0.6, 0.9], Payoff(10, -4))
    >>> found.thresholds[found.best].item(), round(found.profit[found.best].item(), 4)
    (0.6, 6.6667)
    """
    codes, shares = check_shares(y, share)
    cuts = spread_thresholds(shares) if thresholds is None else np.asarray(thresholds, dtype=float)
    order = np.argsort(shares, kind="stable")
    first = np.searchsorted(shares[order], cuts, side="left")
    hits, n_chosen, worth = sum_from(codes[order], first), len(codes) - first, value_rows(codes, payoff).take(order)
    profit = _average_worth(worth, first)
    low, high = _bound_profit(worth, first, n_resamples, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / n_chosen, hits / codes.sum()
    shares_chosen = n_chosen / len(codes)
    return Sweep(
        cuts, profit, np.minimum(low, profit), np.maximum(high, profit), precision, recall, shares_chosen, len(codes)
    )


def choose_threshold(y: object, share: object, payoff: Payoff | Worth) -> float:
    """Return the threshold that brings most on these rows, half-way to the next row that is left alone.

    Returns
    -------
    float
        0 where acting on every row brings most; above the largest probability where acting on none does.

    Examples
    --------
    >>> choose_threshold([False, True, True], [0.2, 0.6, 0.9], Payoff(10, -4))
    0.4
    >>> choose_threshold([False, False], [0.2, 0.6], Payoff(10, -4))
    0.8
    """
    codes, shares = check_shares(y, share)
    cuts = np.unique(shares)
    order = np.argsort(shares, kind="stable")
    first = np.append(np.searchsorted(shares[order], cuts, side="left"), len(shares))
    profit = _average_worth(value_rows(codes, payoff).take(order), first)
    place = int(len(profit) - 1 - np.argmax(profit[::-1]))
    if place == 0:
        return 0.0
    if place == len(cuts):
        return float((cuts[-1] + 1) / 2) if cuts[-1] < 1 else float(np.nextafter(1.0, 2.0))
    return float((cuts[place - 1] + cuts[place]) / 2)


def pareto_front(costs: object, gains: object) -> np.ndarray:
    """Mark the points that no other one beats: none costs no more and gains no less, and one of them strictly.

    Parameters
    ----------
    costs, gains : array of shape (n_points,)
        Equal points are all on the front, or none is.

    Examples
    --------
    >>> pareto_front([1, 2, 2, 3], [5, 7, 6, 7]).tolist()
    [True, True, False, False]
    """
    cost, gain = np.asarray(costs, dtype=float), np.asarray(gains, dtype=float)
    order = np.lexsort((-gain, cost))
    best_cheaper = np.maximum.accumulate(np.concatenate([[-np.inf], gain[order][:-1]]))
    on_front = gain[order] > best_cheaper
    pairs = np.column_stack([cost[order], gain[order]])
    same = np.concatenate([[False], (pairs[1:] == pairs[:-1]).all(axis=1)])
    for place in np.flatnonzero(same):
        on_front[place] = on_front[place - 1]
    front = np.empty(len(cost), dtype=bool)
    front[order] = on_front
    return front


def check_shares(y: object, share: object) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each row is of the class (as 0 and 1) and its probability, both float, after checking them."""
    codes = check_codes(np.asarray(y).astype(int), 2).astype(float)
    shares = np.asarray(share, dtype=float)
    if shares.shape != codes.shape or not len(codes):
        message = f"there are {len(codes)} rows and {shares.shape} probabilities; give one for each of 1 row or more"
        raise DataError(message)
    if not ((shares >= 0) & (shares <= 1)).all():
        message = "a probability lies outside 0 to 1 or is missing; give shares of one"
        raise DataError(message)
    return codes, shares


def spread_thresholds(shares: np.ndarray, n_most: int = MAX_THRESHOLDS) -> np.ndarray:
    """Choose thresholds that tell rows apart: 0, 1 and values that rows have, evenly spread over the rows."""
    values = np.unique(np.clip(shares, 0.0, 1.0))
    if len(values) > n_most - 2:
        values = np.quantile(shares, np.linspace(0, 1, n_most - 2), method="lower")
    return np.unique(np.concatenate([[0.0], values, [1.0]]))


def sum_from(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sum values from each place on; a place past the end gives 0.

    Examples
    --------
    >>> sum_from(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 3])).tolist()
    [7.0, 4.0, 0.0]
    """
    return np.asarray(np.concatenate([np.cumsum(values[::-1])[::-1], [0.0]])[first])


def _average_worth(worth: Worth, first: np.ndarray) -> np.ndarray:
    """Return the mean payoff of a row where rows from each place on are chosen; rows by rising probability."""
    return np.asarray((worth.alone.sum() + sum_from(worth.acted - worth.alone, first)) / len(worth.alone))


def _bound_profit(worth: Worth, first: np.ndarray, n_resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Bound the profit of each threshold by the percentiles over resampled rows."""
    rng, n_rows = np.random.default_rng(seed), len(worth.alone)
    gains = worth.acted - worth.alone
    left, at_once = count_resamples(n_rows, n_resamples), max(1, BLOCK_CELLS // n_rows)
    drawn = []
    while left:
        weights = draw_weights(n_rows, min(left, at_once), rng)
        left -= len(weights)
        drawn.append(((weights @ worth.alone)[:, None] + _sum_tails(weights * gains, first)) / n_rows)
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _sum_tails(weights: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sum each resample's weights from each place on, shape (n_resamples, n_thresholds)."""
    tails = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.column_stack([tails, np.zeros(len(weights))])[:, first])
