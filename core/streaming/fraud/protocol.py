"""The handbook's protocol: learn from one week, wait until its frauds are known, score the week after.

Rows of customers that are known to be compromised are taken out of the scored week: those with a fraud in the training
week, and, day by day, those whose fraud has become known since. Card precision at k is the share of compromised cards
among the k cards a day with the highest payment, cards caught on an earlier day taken out; it is the mean over the
days. Prequential validation repeats this, each week a week earlier.

Reference: Le Borgne et al., 2022, chapters 4 and 5, https://fraud-detection-handbook.github.io/fraud-detection-handbook.

Intervals: the ROC area and the average precision are scored on 200 resamples of customers, because payments of one
customer go together; card precision by Student's t over the days, which are taken as independent.

Left out: costs of a missed fraud and of a call that was none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import bias_corrected_interval, t_interval
from core.evaluation.rows import Span
from core.hub.errors import DataError
from core.streaming.fraud.transactions import Transactions

N_RESAMPLES, AT_ONCE = 200, 20
Rows = NDArray[np.int64]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Protocol:
    """Days to learn from, until a fraud is known, and to score; cards that can be looked at in a day."""

    train_days: int = 7
    delay_days: int = 7
    test_days: int = 7
    top_k: int = 100

    @property
    def span_days(self) -> int:
        """Days from the first that is learnt from to the last that is scored."""
        return self.train_days + self.delay_days + self.test_days


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """One training week and the week it is scored on: rows of a table of payments."""

    start_day: int
    train: Rows
    test: Rows


def split_week(transactions: Transactions, start_day: int, protocol: Protocol | None = None) -> Week:
    """Find the rows to learn from and the rows to score, without customers known to be compromised.

    Parameters
    ----------
    start_day : int
        First day that is learnt from, since ``transactions.EPOCH``; 115 is 2018-07-25.

    Raises
    ------
    DataError
        If the training rows, or the scored rows, are not of both classes.

    Examples
    --------
    >>> from core.streaming.fraud.simulator import SMALL, simulate
    >>> week = split_week(simulate(SMALL), 39)
    >>> len(week.train) > len(week.test) > 0
    True
    """
    protocol = protocol or Protocol()
    days = transactions.days
    end = start_day + protocol.train_days
    train = np.flatnonzero((days >= start_day) & (days < end))
    known = np.unique(transactions.customer[train][transactions.fraud[train]])
    kept = []
    for step in range(protocol.test_days):
        # frauds become known when the delay is over, a day's worth each day
        told = (days == end + step - 1) & transactions.fraud
        known = np.union1d(known, transactions.customer[told])
        rows = np.flatnonzero(days == end + protocol.delay_days + step)
        kept.append(rows[~np.isin(transactions.customer[rows], known)])
    week = Week(start_day, train, np.concatenate(kept))
    _check(transactions, week)
    return week


def _check(transactions: Transactions, week: Week) -> None:
    """Refuse a week that nothing can be learnt from or told of."""
    for name, rows in (("training", week.train), ("test", week.test)):
        n_frauds = int(transactions.fraud[rows].sum())
        if not 0 < n_frauds < len(rows):
            message = (
                f"the {name} week of day {week.start_day} has {n_frauds} frauds among {len(rows):,} payments; "
                "choose days, or a table, with some of both"
            )
            raise DataError(message)


def list_starts(train_day: int, n_valid: int, n_test: int, protocol: Protocol) -> tuple[range, range]:
    """List the first training day of each validation week and of each test week, earliest first.

    The last validation week ends before the first test week begins; a fraud of it is known by then or soon after.

    Examples
    --------
    >>> valid, test = list_starts(115, 4, 4, Protocol())
    >>> list(valid), list(test)
    ([80, 87, 94, 101], [115, 122, 129, 136])
    """
    step, last = protocol.test_days, train_day - protocol.delay_days - protocol.test_days
    return (
        range(last - (n_valid - 1) * step, last + 1, step),
        range(train_day, train_day + (n_test - 1) * step + 1, step),
    )


def measure_card_precision(transactions: Transactions, rows: Rows, score: Scores, top_k: int = 100) -> Scores:
    """Return the share of compromised cards among each day's ``top_k`` cards, shape (n_days,).

    A card's score is that of its highest payment of the day; ties keep the order of the cards. A card that was caught
    is not looked at again on later days.

    Parameters
    ----------
    rows : int array of shape (n,)
        Scored payments.
    score : array of shape (n,)
        Higher is more suspicious; the truth itself gives the ceiling.

    Raises
    ------
    ValueError
        If there is not one score for each row.

    Examples
    --------
    >>> from core.streaming.fraud.transactions import make_transactions
    >>> fraud = [True, False, True, False]
    >>> made = make_transactions(range(4), [0, 1, 86_400, 86_401], [1, 2, 1, 2], [5] * 4, [9.0] * 4, fraud)
    >>> measure_card_precision(made, np.arange(4), np.array([0.9, 0.1, 0.8, 0.2]), top_k=1).tolist()
    [1.0, 0.0]
    """
    if len(rows) != len(score):
        message = f"there are {len(score)} scores for {len(rows)} rows"
        raise ValueError(message)
    days, customers, fraud = transactions.days[rows], transactions.customer[rows], transactions.fraud[rows]
    caught: Rows = np.empty(0, dtype=np.int64)
    shares = []
    for day in np.unique(days):
        today = (days == day) & ~np.isin(customers, caught)
        cards, place = np.unique(customers[today], return_inverse=True)
        highest, is_bad = np.full(len(cards), -np.inf), np.zeros(len(cards), dtype=np.bool_)
        np.maximum.at(highest, place, score[today])
        np.logical_or.at(is_bad, place, fraud[today])
        chosen = np.argsort(-highest, kind="stable")[:top_k]
        found = chosen[is_bad[chosen]]
        shares.append(len(found) / top_k)
        caught = np.concatenate([caught, cards[found]])
    return np.array(shares)


def rank_scores(fraud: NDArray[np.bool_], score: Scores, weights: Scores) -> Scores:
    """Return ROC area and average precision under each row of weights, shape (2, n_resamples).

    With weights of one they are scikit-learn's. Equal scores are taken together.

    Parameters
    ----------
    fraud : bool array of shape (n,)
    score : array of shape (n,)
    weights : array of shape (n_resamples, n)

    Examples
    --------
    >>> rank_scores(np.array([True, False, True]), np.array([0.9, 0.5, 0.4]), np.ones((1, 3))).round(3).tolist()
    [[0.5], [0.833]]
    """
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    sorted_fraud = fraud[order].astype(np.float64)
    found = np.empty((2, len(weights)))
    for place, drawn in enumerate(weights):
        sorted_weights = drawn[order]
        hits = np.cumsum(sorted_weights * sorted_fraud)[ends]
        taken = np.cumsum(sorted_weights)[ends]
        misses = taken - hits
        steps, back = np.diff(hits, prepend=0.0), np.diff(misses, prepend=0.0)
        if hits[-1] == 0 or misses[-1] == 0:
            found[:, place] = np.nan
            continue
        found[0, place] = (back * (hits - steps / 2)).sum() / (hits[-1] * misses[-1])
        found[1, place] = (steps * hits / np.maximum(taken, 1e-12)).sum() / hits[-1]
    return found


def bound_ranking(
    transactions: Transactions, weeks: Sequence[tuple[Rows, Scores]], seed: int = 0, n_resamples: int = N_RESAMPLES
) -> tuple[Span, Span]:
    """Return ROC area and average precision, the mean over the weeks, each with its 95% interval.

    Customers are drawn with replacement, the same ones in every week.

    Parameters
    ----------
    weeks : sequence of (rows, score)
        Scored payments of each week and their scores.
    n_resamples : int
        0 gives intervals without width.

    Examples
    --------
    >>> from core.streaming.fraud.transactions import make_transactions
    >>> fraud = [True, False, True, False]
    >>> made = make_transactions(range(4), range(4), [0, 1, 2, 3], [0] * 4, [9.0] * 4, fraud)
    >>> area, average = bound_ranking(made, [(np.arange(4), np.array([0.9, 0.1, 0.8, 0.85]))])
    >>> area[0], round(average[0], 3)
    (0.75, 0.833)
    """
    n_customers = int(transactions.customer.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(n_customers, np.full(n_customers, 1 / n_customers), n_resamples)
    values, resampled = np.zeros(2), np.zeros((2, n_resamples))
    for rows, score in weeks:
        fraud, owners = transactions.fraud[rows], transactions.customer[rows]
        values += rank_scores(fraud, score, np.ones((1, len(rows))))[:, 0] / len(weeks)
        for at in range(0, n_resamples, AT_ONCE):
            weights = drawn[at : at + AT_ONCE, owners].astype(np.float64)
            resampled[:, at : at + AT_ONCE] += rank_scores(fraud, score, weights) / len(weeks)
    spans = [(float(v), *bias_corrected_interval(float(v), r)) for v, r in zip(values, resampled, strict=True)]
    return spans[0], spans[1]


def bound_days(shares: Scores) -> Span:
    """Return the mean over the days with its 95% interval, cut to 0 to 1.

    Examples
    --------
    >>> [round(end, 3) for end in bound_days(np.array([0.2, 0.3, 0.4]))]
    [0.3, 0.052, 0.548]
    """
    low, high = t_interval(shares)
    mean = float(shares.mean())
    return mean, min(max(low, 0.0), mean), max(min(high, 1.0), mean)
