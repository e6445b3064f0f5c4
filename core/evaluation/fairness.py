"""How a choice falls on groups of people: rates by group, the gaps between them with intervals, and a limit on a gap.

Demographic parity compares the share of each group that is chosen; equalised odds (M. Hardt, E. Price and N. Srebro
2016, arXiv:1610.02413) compares how often its rows of the class are found and how often others are raised by mistake.
A gap is the largest difference between two groups, of the worse of the two rates, as fairlearn defines it. Its interval
comes from Newcombe's (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I) for every pair of
groups at a level shared among them (Bonferroni), so that it holds for the largest too; a bootstrap of the largest
difference would never hold 0.

Left out: thresholds drawn by lot, which reach equality exactly by treating equal people differently; causal notions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from core.evaluation.calibration import expected_calibration_error
from core.evaluation.intervals import newcombe_interval, wilson_interval
from core.evaluation.leaderboard import Measure
from core.evaluation.payoffs import Payoff, Worth, value_rows
from core.evaluation.thresholds import check_shares, spread_thresholds, sum_from
from core.hub.errors import DataError

MAX_GROUPS = 10
MAX_CUTS = 100
"""Thresholds of one group that are tried."""
RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")
Counts = tuple[int, int]
"""How many of how many rows."""


@dataclass(frozen=True, slots=True)
class GroupThresholds:
    """A threshold for each group, and what they do on the rows on which they were chosen.

    Parameters
    ----------
    profit, profit_unlimited : float
        Mean payoff of a row, and the most it could be with a threshold for each group and no limit on the gap.
    gap : float
        Equalised-odds gap on these rows.
    """

    thresholds: Mapping[str, float]
    limit: float
    profit: float
    profit_unlimited: float
    gap: float

    def choose(self, share: object, groups: object) -> np.ndarray:
        """Say which rows are chosen, shape (n_rows,).

        Raises
        ------
        DataError
            If a row is of a group that has no threshold.
        """
        names = [str(name) for name in np.asarray(groups, dtype=object)]
        unknown = sorted(set(names) - set(self.thresholds))
        if unknown:
            message = f"group {unknown[0]!r} has no threshold; the groups are {', '.join(self.thresholds)}"
            raise DataError(message)
        return np.asarray(np.asarray(share, dtype=float) >= np.array([self.thresholds[name] for name in names]))


def group_rates(y: object, chosen: object, groups: object) -> pd.DataFrame:
    """Count what happens to each group.

    Parameters
    ----------
    y, chosen : bool array of shape (n_rows,)
        Whether each row is of the class, and whether it is chosen.
    groups : array of shape (n_rows,)
        Names of 2 to 10 groups.

    Returns
    -------
    DataFrame of shape (n_groups, 14)
        group, n, then selection_rate, true_positive_rate, false_positive_rate and precision, each with its Wilson
        interval (``_low``, ``_high``); NaN where a group has no row to count.

    Raises
    ------
    DataError
        If lengths differ, or there are fewer than 2 or more than 10 groups.

    Examples
    --------
    >>> found = group_rates([1, 0, 1, 0], [1, 1, 1, 0], ["a", "a", "b", "b"])
    >>> found["selection_rate"].tolist(), found["false_positive_rate"].tolist()
    ([1.0, 0.5], [1.0, 0.0])
    """
    rows = []
    for name, truth, taken in _each_group(y, chosen, groups):
        counts = {**_count_rates(truth, taken), "precision": (int(truth[taken].sum()), int(taken.sum()))}
        row: dict[str, object] = {"group": name, "n": len(truth)}
        for rate, (n_hits, n_rows) in counts.items():
            low, high = wilson_interval(n_hits, n_rows) if n_rows else (np.nan, np.nan)
            row |= {rate: n_hits / n_rows if n_rows else np.nan, f"{rate}_low": low, f"{rate}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def parity_gaps(y: object, chosen: object, groups: object, level: float = 0.95) -> dict[str, Measure]:
    """Measure the largest differences between groups.

    Returns
    -------
    dict of str to Measure
        ``demographic_parity_difference`` and ``equalised_odds_difference``, 0 (equal) to 1, each with an interval
        that holds the true gap at least as often as ``level`` says.

    Raises
    ------
    DataError
        As :func:`group_rates`, or if a group has only rows of the class or none, so that a rate is not defined.

    Examples
    --------
    >>> y, chosen = [1, 0] * 100, [1, 0] * 50 + [1, 1] * 50
    >>> gap = parity_gaps(y, chosen, ["a"] * 100 + ["b"] * 100)["equalised_odds_difference"]
    >>> gap.value, round(gap.low, 3), gap.high
    (1.0, 0.871, 1.0)
    """
    counts = {name: _count_rates(truth, taken) for name, truth, taken in _each_group(y, chosen, groups)}
    for name, rates in counts.items():
        if not all(n_rows for _, n_rows in rates.values()):
            message = f"group {name!r} has rows of one class only, so its error rates are not defined; merge it"
            raise DataError(message)
    return {
        "demographic_parity_difference": _widest_gap(counts, RATES[:1], level),
        "equalised_odds_difference": _widest_gap(counts, RATES[1:], level),
    }


def calibrate_groups(y: object, share: object, groups: object) -> pd.DataFrame:
    """Compare what is stated of each group with what came true.

    Returns
    -------
    DataFrame of shape (n_groups, 7)
        group, n, stated (mean probability), observed (share of the class) with its Wilson interval ``low`` and
        ``high``, and ece, the expected calibration error.
    """
    codes, shares = check_shares(y, share)
    rows = []
    for name, truth, stated in _each_group(codes.astype(bool), shares, groups):
        n_hits, n_rows = int(truth.sum()), len(truth)
        low, high = wilson_interval(n_hits, n_rows)
        ece = expected_calibration_error(truth.astype(int), np.column_stack([1 - stated, stated]))
        rows.append((name, n_rows, float(stated.mean()), n_hits / n_rows, low, high, ece))
    return pd.DataFrame(rows, columns=["group", "n", "stated", "observed", "low", "high", "ece"])


def limit_gap(y: object, share: object, groups: object, payoff: Payoff | Worth, limit: float) -> GroupThresholds:
    """Choose a threshold for each group so that profit is largest while the equalised-odds gap keeps to a limit.

    Each group's error rates at up to 100 thresholds are laid out; for every window of the two rates as wide as the
    limit, each group takes its most profitable threshold inside it, and the best window wins.

    Parameters
    ----------
    limit : float
        Largest gap that is allowed on these rows, 0–1. On other rows it holds only about.

    Raises
    ------
    DataError
        As :func:`parity_gaps`, or if the limit is not in 0–1.

    Examples
    --------
    >>> share = [0.9, 0.8, 0.3, 0.2, 0.7, 0.4, 0.35, 0.1]
    >>> found = limit_gap([1, 1, 0, 0, 1, 1, 0, 0], share, ["a"] * 4 + ["b"] * 4, Payoff(5, -4), 0.0)
    >>> found.profit, found.gap, found.choose(share, ["a"] * 4 + ["b"] * 4).sum().item()
    (2.5, 0.0, 4)
    """
    if not 0 <= limit <= 1:
        message = f"limit is {limit:g}; it must be 0 to 1"
        raise DataError(message)
    codes, shares = check_shares(y, share)
    worth = value_rows(codes, payoff)
    rows = (_each_group(codes > 0, values, groups) for values in (shares, worth.acted - worth.alone))
    parties = [_lay_out(name, truth, stated, gains) for (name, truth, stated), (_, _, gains) in zip(*rows, strict=True)]
    places, total = _search_windows(parties, limit)
    base = float(worth.alone.sum())
    found = np.array([[party.found[at], party.raised[at]] for party, at in zip(parties, places, strict=True)])
    return GroupThresholds(
        {party.name: float(party.cuts[at]) for party, at in zip(parties, places, strict=True)},
        limit,
        (base + total) / len(codes),
        (base + sum(float(party.worth.max()) for party in parties)) / len(codes),
        float((found.max(axis=0) - found.min(axis=0)).max()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Party:
    """One group's thresholds with the share found, the share raised by mistake, and what choosing adds in sum."""

    name: str
    cuts: np.ndarray
    found: np.ndarray
    raised: np.ndarray
    worth: np.ndarray


def _lay_out(name: str, truth: np.ndarray, stated: np.ndarray, gains: np.ndarray) -> _Party:
    """Work out what each threshold does to one group; the last one chooses no row. ``gains`` is what choosing adds."""
    n_class, n_other = int(truth.sum()), int((~truth).sum())
    if not n_class or not n_other:
        message = f"group {name!r} has rows of one class only, so its error rates are not defined; merge it"
        raise DataError(message)
    cuts = np.unique([*spread_thresholds(stated, MAX_CUTS), np.nextafter(1.0, 2.0)])
    sorted_class, sorted_other = np.sort(stated[truth]), np.sort(stated[~truth])
    hits = n_class - np.searchsorted(sorted_class, cuts, side="left")
    mistakes = n_other - np.searchsorted(sorted_other, cuts, side="left")
    order = np.argsort(stated, kind="stable")
    worth = sum_from(gains[order], np.searchsorted(stated[order], cuts, side="left"))
    return _Party(name, cuts, hits / n_class, mistakes / n_other, worth)


def _search_windows(parties: list[_Party], limit: float) -> tuple[list[int], float]:
    """Find each group's place in the window of both rates, as wide as the limit, that brings most in all."""
    slack = 1e-12  # two rates that are equal as fractions may differ in their last bit
    best_places, best_total = [len(party.cuts) - 1 for party in parties], -np.inf
    raised_from = np.unique(np.concatenate([party.raised for party in parties]))
    # what each threshold is worth in each window of the second rate: (n_windows, n_cuts), the same for all of the first
    worths = [_mask_worth(party, raised_from - slack, limit + 2 * slack) for party in parties]
    for found_from in np.unique(np.concatenate([party.found for party in parties])):
        fits = [
            np.flatnonzero((party.found >= found_from - slack) & (party.found <= found_from + limit + slack))
            for party in parties
        ]
        if not all(map(len, fits)):
            continue
        inside = [worth[:, places] for worth, places in zip(worths, fits, strict=True)]
        totals = sum((each.max(axis=1) for each in inside), np.zeros(len(raised_from)))
        at = int(totals.argmax())
        if totals[at] > best_total:
            tops = [int(places[each[at].argmax()]) for each, places in zip(inside, fits, strict=True)]
            best_places, best_total = tops, float(totals[at])
    return best_places, best_total


def _mask_worth(party: _Party, starts: np.ndarray, width: float) -> np.ndarray:
    """Return the worth of each threshold whose second rate lies in each window, else minus infinity."""
    raised = party.raised[None, :]
    inside = (raised >= starts[:, None]) & (raised <= starts[:, None] + width)
    return np.where(inside, party.worth, -np.inf)


def _each_group(y: object, values: object, groups: object) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each group's name, whether its rows are of the class, and their values, after checking all three."""
    truth, given = np.asarray(y).astype(bool), np.asarray(values)
    names = np.array([str(name) for name in np.asarray(groups, dtype=object)], dtype=object)
    if not len(truth) == len(given) == len(names):
        message = f"there are {len(truth)} rows, {len(given)} values and {len(names)} groups; they must be as many"
        raise DataError(message)
    levels = sorted(set(names))
    if not 2 <= len(levels) <= MAX_GROUPS:  # noqa: PLR2004 — one group cannot differ from itself
        message = f"the column has {len(levels)} groups; it must have 2 to {MAX_GROUPS}: merge groups or choose another"
        raise DataError(message)
    chosen = given.astype(bool) if given.dtype.kind in "biu" else given
    for level in levels:
        yield level, truth[names == level], chosen[names == level]


def _count_rates(truth: np.ndarray, taken: np.ndarray) -> dict[str, Counts]:
    """Count the three rates of one group."""
    return {
        "selection_rate": (int(taken.sum()), len(taken)),
        "true_positive_rate": (int(taken[truth].sum()), int(truth.sum())),
        "false_positive_rate": (int(taken[~truth].sum()), int((~truth).sum())),
    }


def _widest_gap(counts: Mapping[str, Mapping[str, Counts]], rates: tuple[str, ...], level: float) -> Measure:
    """Return the largest difference of any rate between any two groups, with its simultaneous interval."""
    pairs = [(counts[a][rate], counts[b][rate]) for rate in rates for a, b in combinations(counts, 2)]
    shared = 1 - (1 - level) / len(pairs)
    spans = [newcombe_interval(first, second, shared) for first, second in pairs]
    value = max(abs(hits_a / n_a - hits_b / n_b) for (hits_a, n_a), (hits_b, n_b) in pairs)
    low = max(max(low, -high, 0.0) for low, high in spans)
    return Measure(value, min(low, value), max(max(-low, high) for low, high in spans))
