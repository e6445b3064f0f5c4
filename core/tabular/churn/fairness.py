"""How contacting falls on groups of customers, what a limit on the gap between them costs, and the trade in between.

Every threshold here was chosen on the training rows of a fold and applied to the fold's scored rows, so neither profit
nor gap is read off the rows that chose. The measures are ``core.evaluation.fairness``.

Left out: which measure is right, which no table can say: groups that leave at different rates cannot have equal rates
of contact, equal error rates and honest probabilities all at once (J. Kleinberg, S. Mullainathan and M. Raghavan 2017,
arXiv:1609.05807).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.fairness import calibrate_groups, group_rates, limit_gap, parity_gaps
from core.evaluation.intervals import draw_weights
from core.evaluation.leaderboard import Measure
from core.evaluation.thresholds import pareto_front
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, bound_mean, choose_by_folds, count_profit, make_payoff, take_values

LIMIT = 0.05
LIMITS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 1.0)
"""Gaps that are allowed on training rows, from none to any: the points of the front."""
MIN_KEPT = 0.95
N_RESAMPLES, LEVEL = 300, 0.95
MISSING = "missing"


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What happens to each group.

    Parameters
    ----------
    rates : DataFrame of shape (n_groups, 14)
        Selection, true-positive and false-positive rate and precision with intervals; see ``group_rates``.
    gaps : mapping of str to Measure
        ``demographic_parity_difference`` and ``equalised_odds_difference`` with intervals.
    calibration : DataFrame of shape (n_groups, 7)
        Stated beside observed share of leavers; see ``calibrate_groups``.
    profit : Measure
        Money per customer.
    """

    column: str
    rates: pd.DataFrame
    gaps: Mapping[str, Measure]
    calibration: pd.DataFrame
    profit: Measure


@dataclass(frozen=True, slots=True, eq=False)
class Limited:
    """A threshold for each group that keeps a gap small, counted on rows that chose none of them.

    Parameters
    ----------
    limit : float
        Equalised-odds gap that was allowed on the training rows.
    thresholds : mapping of group to float
        For new customers: the median over the folds.
    gap, profit : Measure
        On scored rows.
    free_gap, free_profit : Measure
        The same with one threshold for all.
    kept : float
        Share of the profit that is kept.
    price : Measure
        What the limit costs per customer, with a paired 95% interval.
    chosen : bool array of shape (n_rows,)
        Who is contacted.
    """

    column: str
    limit: float
    thresholds: Mapping[str, float]
    gap: Measure
    profit: Measure
    free_gap: Measure
    free_profit: Measure
    kept: float
    price: Measure
    chosen: np.ndarray

    @property
    def sentence(self) -> str:
        """Say what fairness costs, in money."""
        return (
            f"Holding the equalised-odds gap of {self.column} to {self.limit:g} on training rows gives a gap of "
            f"{self.gap.value:.3f} ({self.gap.low:.3f} to {self.gap.high:.3f}) on others instead of "
            f"{self.free_gap.value:.3f}, keeps {self.kept:.1%} of the profit and costs {self.price.value:.2f} a "
            f"customer ({self.price.low:.2f} to {self.price.high:.2f})."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """Gap and profit for each limit, arrays of shape (n_limits,), with bootstrap bands over the customers.

    Parameters
    ----------
    on_front : bool array
        Whether no other limit has a smaller gap and at least the profit.
    """

    column: str
    limits: np.ndarray
    gap: np.ndarray
    gap_low: np.ndarray
    gap_high: np.ndarray
    profit: np.ndarray
    profit_low: np.ndarray
    profit_high: np.ndarray
    on_front: np.ndarray
    free_gap: float
    free_profit: float

    def chart(self) -> Chart:
        """Draw profit against the gap: the front, its band, and one threshold for all."""
        order = np.flatnonzero(self.on_front)[np.argsort(self.gap[self.on_front], kind="stable")]
        fair = [place for place in order if self.gap[place] <= LIMIT] or [int(self.gap.argmin())]
        best = max(fair, key=lambda place: self.profit[place])
        kept = self.profit[best] / self.free_profit if self.free_profit else np.nan
        title = f"A gap of {self.gap[best]:.3f} between groups of {self.column} keeps {kept:.0%} of the profit"
        marks = (
            Mark(
                "band", self.gap[order], self.profit[order], "95% bootstrap band",
                low=self.profit_low[order], high=self.profit_high[order],
            ),
            Mark("line", self.gap[order], self.profit[order], "front"),
            Mark(
                "points", self.gap, self.profit, "limits", "muted",
                text=tuple(f"limit {each:g}" for each in self.limits),
            ),
            Mark("points", np.array([self.free_gap]), np.array([self.free_profit]), "one threshold", "second", size=12),
        )  # fmt: skip
        alt = f"{title}; one threshold for all has a gap of {self.free_gap:.3f} and makes {self.free_profit:.2f}."
        return Chart(title, "Equalised-odds gap", "Profit, $ a customer", marks, alt=alt)


def take_groups(model: Model, column: str) -> np.ndarray:
    """Return the group of each row, shape (n_rows,).

    Raises
    ------
    DataError
        If the column is no category of the model.
    """
    if column not in model.schema.categories:
        message = f"{column} cannot be a group; choose one of {', '.join(model.schema.categories) or 'none'}"
        raise DataError(message)
    return np.asarray(model.rows[column].fillna(MISSING).astype(str).to_numpy(), dtype=object)


def judge_groups(
    model: Model, costs: Costs, column: str, threshold: float | None = None, name: str | None = None
) -> Judgement:
    """Count what contacting does to each group, at the folds' own thresholds or at one that a person sets.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> found = judge_groups(train(recipe, load(recipe)), Costs(), "senior_citizen", threshold=0.5)
    >>> round(found.gaps["demographic_parity_difference"].value, 2)
    0.25
    """
    name, groups = name or model.best, take_groups(model, column)
    share = model.folds.shares[name]
    chosen = choose_by_folds(model, costs, name)[1] if threshold is None else share >= threshold
    worth = count_profit(model.left, chosen, take_values(model, costs), costs)
    return Judgement(
        column,
        group_rates(model.left, chosen, groups),
        parity_gaps(model.left, chosen, groups),
        calibrate_groups(model.left, share, groups),
        Measure(*bound_mean(worth, model.recipe.seed)),
    )


def limit_by_folds(model: Model, costs: Costs, column: str, limit: float = LIMIT, name: str | None = None) -> Limited:
    """Choose thresholds by group on each fold's training rows, and count gap and profit on its scored rows.

    Parameters
    ----------
    limit : float
        Equalised-odds gap that is allowed on the training rows, 0–1.

    Raises
    ------
    DataError
        If the column is no group, or a group has only leavers or only stayers.
    """
    name, groups, values = name or model.best, take_groups(model, column), take_values(model, costs)
    chosen, found = _choose_limited(model, costs, groups, limit, name)
    free = choose_by_folds(model, costs, name)[1]
    worth, free_worth = (count_profit(model.left, each, values, costs) for each in (chosen, free))
    gap, free_gap = (parity_gaps(model.left, each, groups)["equalised_odds_difference"] for each in (chosen, free))
    thresholds = {group: float(np.median([each[group] for each in found])) for group in found[0]}
    kept = float(worth.mean() / free_worth.mean()) if free_worth.mean() else float("nan")
    spans = [Measure(*bound_mean(each, model.recipe.seed)) for each in (worth, free_worth, free_worth - worth)]
    return Limited(column, limit, thresholds, gap, spans[0], free_gap, spans[1], kept, spans[2], chosen)


def _choose_limited(
    model: Model, costs: Costs, groups: np.ndarray, limit: float, name: str
) -> tuple[np.ndarray, list[Mapping[str, float]]]:
    """Return who is contacted, and each fold's thresholds by group."""
    chosen, found = np.zeros(len(model.left), dtype=bool), []
    for fold, shares in enumerate(model.folds.inner[name]):
        known, scored = ~np.isnan(shares), model.folds.fold == fold
        inside = np.clip(shares[known].astype(float), 0, 1)
        made = limit_gap(model.left[known], inside, groups[known], make_payoff(costs), limit)
        chosen[scored] = made.choose(model.folds.shares[name][scored], groups[scored])
        found.append(made.thresholds)
    return chosen, found


def trace_front(
    model: Model, costs: Costs, column: str, limits: tuple[float, ...] = LIMITS, name: str | None = None
) -> Front:
    """Trace what each limit on the gap costs, with bootstrap bands over the customers; some seconds.

    Parameters
    ----------
    limits : tuple of float
        Gaps allowed on training rows.
    """
    name, groups, values = name or model.best, take_groups(model, column), take_values(model, costs)
    weights = draw_weights(len(groups), N_RESAMPLES, np.random.default_rng(model.recipe.seed))
    weights = np.vstack([np.ones(len(groups)), weights])
    gaps, profits = [], []
    for limit in limits:
        chosen = _choose_limited(model, costs, groups, limit, name)[0]
        gaps.append(weigh_gap(model.left, chosen, groups, weights))
        profits.append(weights @ count_profit(model.left, chosen, values, costs) / len(groups))
    free = choose_by_folds(model, costs, name)[1]
    gap, profit = (np.array([each[0] for each in found]) for found in (gaps, profits))
    (gap_low, gap_high), (low, high) = (_bound([each[1:] for each in found]) for found in (gaps, profits))
    return Front(
        column, np.array(limits), gap, np.minimum(gap_low, gap), np.maximum(gap_high, gap), profit,
        np.minimum(low, profit), np.maximum(high, profit), pareto_front(gap, profit),
        float(weigh_gap(model.left, free, groups, weights[:1])[0]),
        float(count_profit(model.left, free, values, costs).mean()),
    )  # fmt: skip


def _bound(drawn: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentiles of each limit's resamples."""
    low, high = np.quantile(np.array(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    return low, high


def weigh_gap(left: np.ndarray, chosen: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the equalised-odds gap under each row of weights, shape (n_resamples,).

    Examples
    --------
    >>> left, chosen = np.array([True, False, True, False]), np.array([True, False, True, True])
    >>> weigh_gap(left, chosen, np.array(["a", "a", "b", "b"]), np.ones((1, 4))).tolist()
    [1.0]
    """
    gaps = np.zeros(len(weights))
    for truth in (left, ~left):
        rates = []
        for group in np.unique(groups.astype(str)):
            inside = truth & (groups == group)
            with np.errstate(invalid="ignore", divide="ignore"):
                rates.append(weights[:, inside] @ chosen[inside].astype(float) / weights[:, inside].sum(axis=1))
        gaps = np.maximum(gaps, np.nanmax(rates, axis=0) - np.nanmin(rates, axis=0))
    return gaps
