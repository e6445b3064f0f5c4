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
from core.evaluation.leaderboard import Measure
from core.evaluation.thresholds import pareto_front
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular.churn.model import Model
from core.tabular.churn.money import (
    Costs,
    bound_mean,
    bound_means,
    choose_by_folds,
    count_profit,
    take_values,
    value_customers,
)

LIMIT = 0.05
LIMITS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 1.0)
"""Gaps that are allowed on training rows, from none to any: the points of the front."""
MIN_KEPT = 0.95
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
        kept = "makes no profit either way" if np.isnan(self.kept) else f"keeps {self.kept:.1%} of the profit"
        return (
            f"Holding the equalised-odds gap of {self.column} to {self.limit:g} on training rows gives a gap of "
            f"{self.gap.value:.3f} ({self.gap.low:.3f} to {self.gap.high:.3f}) on others instead of "
            f"{self.free_gap.value:.3f}, {kept} and costs {self.price.value:.2f} a "
            f"customer ({self.price.low:.2f} to {self.price.high:.2f})."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """Gap and profit for each limit, arrays of shape (n_limits,), and of one threshold for all.

    Parameters
    ----------
    gap_low, gap_high : array
        95% interval of the gap, as ``parity_gaps`` gives it.
    profit_low, profit_high : array
        95% bootstrap band over the customers.
    on_front : bool array
        Whether neither another limit nor one threshold for all has as small a gap and at least the profit.
    free_gap, free_profit, free_on_front
        Of one threshold for all.
    free_low, free_high : float
        Its profit's 95% interval.
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
    free_low: float
    free_high: float
    free_on_front: bool

    @property
    def title(self) -> str:
        """Say how much of the profit the fairest choice keeps, or that one threshold is fair enough."""
        fair = np.flatnonzero(self.on_front & (self.gap <= LIMIT))
        if self.free_on_front and self.free_gap <= LIMIT:
            return f"One threshold for all already holds the gap between groups of {self.column} to {self.free_gap:.3f}"
        place = fair[self.profit[fair].argmax()] if len(fair) else int(self.gap.argmin())
        kept = self.profit[place] / self.free_profit if self.free_profit else np.nan
        return f"A gap of {self.gap[place]:.3f} between groups of {self.column} keeps {kept:.0%} of the profit"

    def chart(self) -> Chart:
        """Draw profit against the gap: the front, its band, and one threshold for all."""
        free = (self.free_gap, self.free_profit, self.free_low, self.free_high)
        points = np.column_stack([self.gap, self.profit, self.profit_low, self.profit_high])[self.on_front]
        points = np.vstack([points, free]) if self.free_on_front else points
        gap, profit, low, high = points[np.argsort(points[:, 0], kind="stable")].T
        marks = (
            Mark("band", gap, profit, "95% bootstrap band", low=low, high=high),
            Mark("line", gap, profit, "front"),
            Mark(
                "points", self.gap, self.profit, "limits", "muted",
                text=tuple(f"limit {each:g}" for each in self.limits),
            ),
            Mark("points", np.array([self.free_gap]), np.array([self.free_profit]), "one threshold", "second", size=12),
        )  # fmt: skip
        alt = f"{self.title}; one threshold for all has a gap of {self.free_gap:.3f} and makes {self.free_profit:.2f}."
        return Chart(self.title, "Equalised-odds gap", "Profit, $ a customer", marks, alt=alt)


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
    spans = [Measure(*each) for each in bound_means((worth, free_worth, free_worth - worth), model.recipe.seed)]
    return Limited(column, limit, thresholds, gap, spans[0], free_gap, spans[1], kept, spans[2], chosen)


def _choose_limited(
    model: Model, costs: Costs, groups: np.ndarray, limit: float, name: str
) -> tuple[np.ndarray, list[Mapping[str, float]]]:
    """Return who is contacted, and each fold's thresholds by group."""
    chosen, found, worth = np.zeros(len(model.left), dtype=bool), [], value_customers(model, costs)
    for fold, shares in enumerate(model.folds.inner[name]):
        known, scored = ~np.isnan(shares), model.folds.fold == fold
        inside = np.clip(shares[known].astype(float), 0, 1)
        made = limit_gap(model.left[known], inside, groups[known], worth.take(known), limit)
        chosen[scored] = made.choose(model.folds.shares[name][scored], groups[scored])
        found.append(made.thresholds)
    return chosen, found


def trace_front(
    model: Model, costs: Costs, column: str, limits: tuple[float, ...] = LIMITS, name: str | None = None
) -> Front:
    """Trace what each limit on the gap costs, with its intervals; some seconds.

    Parameters
    ----------
    limits : tuple of float
        Gaps allowed on training rows.
    """
    name, groups, values = name or model.best, take_groups(model, column), take_values(model, costs)
    choices = [_choose_limited(model, costs, groups, limit, name)[0] for limit in limits]
    choices.append(choose_by_folds(model, costs, name)[1])
    gaps = [parity_gaps(model.left, chosen, groups)["equalised_odds_difference"] for chosen in choices]
    worths = bound_means([count_profit(model.left, each, values, costs) for each in choices], model.recipe.seed)
    (*gap, free_gap), (*low, _), (*high, _) = (
        [getattr(each, end) for each in gaps] for end in ("value", "low", "high")
    )
    (*profit, free_profit), (*profit_low, free_low), (*profit_high, free_high) = zip(*worths, strict=True)
    *on_front, free_on_front = pareto_front([*gap, free_gap], [*profit, free_profit])
    return Front(
        column, np.array(limits), np.array(gap), np.array(low), np.array(high), np.array(profit), np.array(profit_low),
        np.array(profit_high), np.array(on_front), free_gap, free_profit, free_low, free_high, bool(free_on_front),
    )  # fmt: skip
