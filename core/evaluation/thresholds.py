"""From which probability on to act, where being right and being wrong are worth different sums.

With probabilities that hold, the best threshold follows from the sums alone (C. Elkan 2001, *The foundations of
cost-sensitive learning*, https://dl.acm.org/doi/10.5555/1642194.1642224); where they do not, it is read off rows of its
own. A threshold that was chosen on some rows flatters itself on them: count its profit on others.

Left out: a sum that differs from row to row; a limit on how many rows may be chosen, which is a sort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import count_resamples, draw_weights
from core.evaluation.labels import check_codes
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError

MAX_THRESHOLDS = 200
LEVEL = 0.95
BLOCK_CELLS = 4_000_000
"""Rows × resamples that are worked on at once: some 100 MB."""


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


def sweep_thresholds(
    y: object,
    share: object,
    payoff: Payoff,
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
    hits, n_chosen = _count_from(codes[order], first), len(codes) - first
    profit = _value_counts(hits, n_chosen, float(codes.sum()), len(codes), payoff)
    low, high = _bound_profit(codes[order], first, payoff, n_resamples, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / n_chosen, hits / codes.sum()
    shares_chosen = n_chosen / len(codes)
    return Sweep(
        cuts, profit, np.minimum(low, profit), np.maximum(high, profit), precision, recall, shares_chosen, len(codes)
    )


def choose_threshold(y: object, share: object, payoff: Payoff) -> float:
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
    hits = _count_from(codes[order], first)
    profit = _value_counts(hits, len(codes) - first, float(codes.sum()), len(codes), payoff)
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


def _count_from(sorted_codes: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Count the class's rows from each place on."""
    return np.asarray(np.concatenate([np.cumsum(sorted_codes[::-1])[::-1], [0.0]])[first])


def _value_counts(
    hits: np.ndarray, n_chosen: np.ndarray, n_class: float | np.ndarray, n_rows: int, payoff: Payoff
) -> np.ndarray:
    """Return the mean payoff of a row, from how many are chosen and how many of these are of the class."""
    total = hits * payoff.true_positive + (n_chosen - hits) * payoff.false_positive
    total = total + (n_class - hits) * payoff.false_negative
    total = total + (n_rows - n_chosen - (n_class - hits)) * payoff.true_negative
    return np.asarray(total / n_rows)


def _bound_profit(
    codes: np.ndarray, first: np.ndarray, payoff: Payoff, n_resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Bound the profit of each threshold by the percentiles over resampled rows."""
    rng, n_rows = np.random.default_rng(seed), len(codes)
    left, at_once = count_resamples(n_rows, n_resamples), max(1, BLOCK_CELLS // n_rows)
    drawn = []
    while left:
        weights = draw_weights(n_rows, min(left, at_once), rng)
        left -= len(weights)
        tails = [_sum_from(part, first) for part in (weights, weights * codes)]
        drawn.append(_value_counts(tails[1], tails[0], (weights @ codes)[:, None], n_rows, payoff))
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _sum_from(weights: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sum each resample's weights from each place on, shape (n_resamples, n_thresholds)."""
    tails = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.column_stack([tails, np.zeros(len(weights))])[:, first])
