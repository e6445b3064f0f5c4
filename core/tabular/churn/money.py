"""What acting on a churn model is worth: the payoff of an offer, the threshold, and the profit.

An offer is sent to a customer. One who would leave takes it with probability ``accept``, stays and brings ``clv`` less
the offer; one who would stay takes it all the same and costs it for nothing. With CLV 200, offer 10, contact 1 and
accept 0.3 a leaver who is contacted brings 0.3 × (200 − 10) − 1 = 56 and a stayer costs 10 + 1 = 11. On Telco, of whom
26.54% left, contacting everybody then makes 6.78 a customer and knowing who leaves would make 14.86.

After T. Verbraken, W. Verbeke and B. Baesens 2013 (doi:10.1109/TKDE.2012.50), whose stayers take the offer too.

Left out: customers whom a contact makes leave, and those who would have stayed without the offer's size mattering:
that takes an experiment (uplift), which no table of who left can replace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from core.evaluation.payoffs import Payoff, Worth, find_break_even
from core.evaluation.thresholds import Sweep, choose_threshold, sweep_thresholds
from core.hub.charts import Chart
from core.hub.contract import Label, Range
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.tabular.churn.model import Model

N_RESAMPLES, LEVEL = 500, 0.95


@dataclass(frozen=True, slots=True)
class Offer:
    """What an offer is worth where all customers are worth the same.

    Parameters
    ----------
    clv : float
        Lifetime value of a customer who is kept, in money.
    offer, contact : float
        What the offer costs when it is taken, and what asking costs.
    accept : float
        How often (0–1) a leaver who is contacted takes the offer and stays.
    """

    clv: Annotated[float, Range(0.0, 100_000.0), Label("Lifetime value", "Of a customer who is kept.", "$")] = 200.0
    offer: Annotated[float, Range(0.0, 100_000.0), Label("Offer", "What it costs when taken.", "$")] = 10.0
    contact: Annotated[float, Range(0.0, 10_000.0), Label("Contact", "What asking costs.", "$")] = 1.0
    accept: Annotated[float, Range(0.0, 1.0, 0.01), Label("Accepted", "How often a leaver takes it and stays.")] = 0.3


@dataclass(frozen=True, slots=True)
class Costs(Offer):
    """What a customer and an offer are worth.

    Parameters
    ----------
    clv, offer, contact, accept : float
        As :class:`Offer` says.
    value_column : str
        A number column that spreads the value: a customer with twice its mean is worth twice ``clv``; empty takes all
        customers for equal.
    """

    value_column: Annotated[
        str, Label("Value grows with", "A number column, such as monthly_charges; empty: all customers are equal.")
    ] = ""


@dataclass(frozen=True, slots=True, eq=False)
class Profit:
    """What acting made on rows that chose nothing.

    Parameters
    ----------
    per_customer : (value, low, high)
        Money per customer of the table, contacted or not, with a 95% interval over resampled customers.
    contact_all, perfect : float
        The same for contacting everybody, and for contacting exactly those who left.
    thresholds : array of shape (n_folds,)
        What each fold's training rows chose.
    chosen : bool array of shape (n_rows,)
        Who is contacted.
    """

    per_customer: tuple[float, float, float]
    contact_all: float
    perfect: float
    thresholds: np.ndarray
    chosen: np.ndarray


def make_payoff(costs: Offer) -> Payoff:
    """Turn costs into what contacting a leaver and a stayer brings; leaving anyone alone brings nothing.

    Examples
    --------
    >>> make_payoff(Costs())
    Payoff(true_positive=56.0, false_positive=-11.0, false_negative=0.0, true_negative=0.0)
    """
    validate_recipe(costs)
    return Payoff(costs.accept * (costs.clv - costs.offer) - costs.contact, -(costs.offer + costs.contact))


def take_values(model: Model, costs: Offer, x: pd.DataFrame | None = None) -> np.ndarray:
    """Return the lifetime value of each customer, shape (n_rows,): ``clv`` on average over the model's rows.

    Raises
    ------
    DataError
        If the column is no number column of the model, or its mean is not above 0.
    RecipeError
        If a sum is out of its range.
    """
    validate_recipe(costs)
    rows = model.rows if x is None else x
    column = costs.value_column if isinstance(costs, Costs) else ""
    if not column:
        return np.full(len(rows), costs.clv)
    if column not in model.schema.numbers:
        told = ", ".join(model.schema.numbers) or "none"
        message = f"value_column is {column!r}; it must be a number column of the model: {told}"
        raise DataError(message)
    mean = float(model.rows[column].mean())
    if not mean > 0:
        message = f"the mean of {column} is {mean:g}; it must be above 0 to spread a value by"
        raise DataError(message)
    return np.asarray(costs.clv * rows[column].fillna(mean) / mean, dtype=float)


def value_customers(model: Model, costs: Offer) -> Worth:
    """Say of each of the model's customers what contacting brings, at their own value; leaving alone brings nothing."""
    values = take_values(model, costs)
    return Worth(count_profit(model.left, np.ones(len(values), dtype=bool), values, costs), np.zeros(len(values)))


def expect_profit(share: np.ndarray, values: np.ndarray, costs: Costs) -> np.ndarray:
    """Return what contacting each customer is expected to bring, shape (n_rows,).

    Parameters
    ----------
    share : array of shape (n_rows,)
        Probability of leaving.
    values : array of shape (n_rows,)
        Lifetime values.

    Examples
    --------
    >>> expect_profit(np.array([0.5, 0.1]), np.array([200.0, 200.0]), Costs()).round(2).tolist()
    [22.5, -4.3]
    """
    kept = costs.accept * (values - costs.offer) - costs.contact
    return np.asarray(share * kept - (1 - share) * (costs.offer + costs.contact))


def choose_by_folds(model: Model, costs: Offer, name: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Choose a threshold on each fold's training rows, at their own values, and apply it to the fold's scored rows.

    Returns
    -------
    (thresholds, chosen)
        Shapes (n_folds,) and (n_rows,).
    """
    name, worth = name or model.best, value_customers(model, costs)
    thresholds, chosen = [], np.zeros(len(model.left), dtype=bool)
    for fold, shares in enumerate(model.folds.inner[name]):
        known, scored = ~np.isnan(shares), model.folds.fold == fold
        threshold = choose_threshold(model.left[known], shares[known].astype(float), worth.take(known))
        thresholds.append(threshold)
        chosen[scored] = model.folds.shares[name][scored] >= threshold
    return np.array(thresholds), chosen


def count_profit(left: np.ndarray, chosen: np.ndarray, values: np.ndarray, costs: Offer) -> np.ndarray:
    """Return what each customer brought, shape (n_rows,), 0 where nobody asked."""
    brought = np.where(left, costs.accept * (values - costs.offer) - costs.contact, -(costs.offer + costs.contact))
    return np.where(chosen, brought, 0.0)


def score_profit(model: Model, costs: Costs, name: str | None = None, *, by_customer: bool = False) -> Profit:
    """Count the profit of a model on rows that had no say in whom to contact.

    Parameters
    ----------
    by_customer : bool
        Contact whoever is expected to bring more than nothing at their own value, instead of by one threshold.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> found = score_profit(train(recipe, load(recipe)), Costs())
    >>> round(found.contact_all, 2), round(found.perfect, 2), found.per_customer[0] > 10
    (6.78, 14.86, True)
    """
    name, values = name or model.best, take_values(model, costs)
    thresholds, chosen = choose_by_folds(model, costs, name)
    if by_customer:
        chosen = expect_profit(model.folds.shares[name], values, costs) > 0
    everyone, pays = np.ones(len(chosen), dtype=bool), costs.accept * (values - costs.offer) > costs.contact
    worth = count_profit(model.left, chosen, values, costs)
    return Profit(
        bound_mean(worth, model.recipe.seed),
        float(count_profit(model.left, everyone, values, costs).mean()),
        float(count_profit(model.left, model.left & pays, values, costs).mean()),
        thresholds,
        chosen,
    )


def bound_mean(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Return a mean with its 95% interval over resampled rows.

    Examples
    --------
    >>> tuple(round(each, 2) for each in bound_mean(np.array([56.0, -11.0, 0.0, 0.0] * 500)))
    (11.25, 9.92, 12.34)
    """
    return bound_means([values], seed)[0]


def bound_means(columns: Sequence[np.ndarray], seed: int = 0) -> list[tuple[float, float, float]]:
    """Bound the means of several values of the same rows, each as :func:`bound_mean` does, by one set of resamples."""
    from core.evaluation.intervals import draw_weights

    values = np.column_stack(list(columns))
    drawn = draw_weights(len(values), N_RESAMPLES, np.random.default_rng(seed)) @ values / len(values)
    # plain percentiles: a mean has no bias to correct, and a correction would only add the noise of the draws
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    means = values.mean(axis=0)
    return list(zip(means.tolist(), np.minimum(low, means).tolist(), np.maximum(high, means).tolist(), strict=True))


def sweep_profit(model: Model, costs: Costs, name: str | None = None) -> Sweep:
    """Sweep the threshold over the folds' answers, for a slider; the best of these thresholds flatters itself."""
    share = model.folds.shares[name or model.best]
    return sweep_thresholds(model.left, share, value_customers(model, costs), seed=model.recipe.seed)


def profit_chart(model: Model, costs: Costs, name: str | None = None, chosen: float | None = None) -> Chart:
    """Draw the profit per customer against the threshold, with the one in use."""
    return sweep_profit(model, costs, name).chart("$", find_threshold(model, costs, name) if chosen is None else chosen)


def find_threshold(model: Model, costs: Offer, name: str | None = None) -> float:
    """Return the threshold to use on new customers: the median of what the folds' training rows chose."""
    return float(np.median(choose_by_folds(model, costs, name)[0]))


def find_rule(costs: Offer) -> float:
    """Return the threshold that follows from the costs alone, where probabilities hold, for a customer of mean value.

    Examples
    --------
    >>> round(find_rule(Costs()), 4)
    0.1642
    """
    return find_break_even(make_payoff(costs))
