"""Whom to contact within a budget, what is expected of the list, and what came true where that is known.

Left out: spreading a list over weeks, and who calls whom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.evaluation.leaderboard import Measure
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular._shared.schema import to_features
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, bound_mean, count_profit, expect_profit, take_values

MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """What contacting a list brings.

    Parameters
    ----------
    n_contacts : int
        Customers on the list.
    cost : float
        Expected cost of all of them, in money.
    expected : float
        Expected profit of all of them, in money.
    came_true : Measure, optional
        Profit that the list would have made in truth, in money, with a 95% interval; None where nobody knows who left.
    """

    n_contacts: int
    cost: float
    expected: float
    came_true: Measure | None = None


def expect_cost(share: np.ndarray, costs: Costs) -> np.ndarray:
    """Return what contacting each customer is expected to cost: the contact, and the offer where it is taken."""
    return np.asarray(costs.contact + costs.offer * (share * costs.accept + 1 - share))


def contact_list(
    model: Model, costs: Costs, budget: float = 0.0, table: Table | None = None, name: str | None = None
) -> pd.DataFrame:
    """List whom to contact, those who bring most for what they cost first, until the budget is spent.

    No other list within the budget is expected to make more by as much as the first customer left off would bring (the
    greedy bound of G. Dantzig 1957, doi:10.1287/opre.5.2.266). Where all are worth the same it is the order of profit.

    Parameters
    ----------
    budget : float
        Money for contacts and for the offers that are expected to be taken; 0 contacts everyone who is worth it.
    table : Table, optional
        New customers with the model's columns; None takes the model's own, each by the models of the other folds.

    Returns
    -------
    DataFrame of shape (n_contacts, 7 + n_features)
        rank, row (from 1, in the table), probability, value, expected_profit, expected_cost, spent (so far), then the
        customer's columns. Everyone listed is expected to bring more than nothing.

    Raises
    ------
    DataError
        If the budget is negative or no number, or the table lacks a column.
    """
    if not budget >= 0:
        message = f"budget is {budget:g}; it must be 0 (no limit) or more"
        raise DataError(message)
    share, x, places = _ask_customers(model, table, name)
    values = take_values(model, costs, x)
    profit, cost = expect_profit(share, values, costs), expect_cost(share, costs)
    per_dollar = np.divide(profit, cost, out=np.full(len(cost), np.inf), where=cost > 0)
    order = np.lexsort((places, -profit, -per_dollar))
    order = order[profit[order] > 0]
    spent = np.cumsum(cost[order])
    order, spent = (order[spent <= budget], spent[spent <= budget]) if budget else (order, spent)
    found = pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "row": places[order] + 1,
            "probability": share[order],
            "value": values[order],
            "expected_profit": profit[order],
            "expected_cost": cost[order],
            "spent": spent,
        }
    )
    customers = x.iloc[order].reset_index(drop=True)
    taken = {each: f"{each} (column)" for each in customers.columns if each in found.columns}
    return pd.concat([found, customers.rename(columns=taken)], axis=1)


def _ask_customers(model: Model, table: Table | None, name: str | None) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    """Return shares, feature rows and places of the customers to choose from."""
    if table is None:
        return model.folds.shares[name or model.best], model.rows, model.ids
    from core.datasets.cases import list_needed, take_cases

    x = to_features(take_cases(table, list_needed(model.schema.features)), model.schema)
    return model.ask(x, name), x, np.arange(len(x))


def score_contacts(model: Model, costs: Costs, found: pd.DataFrame, *, is_own: bool = True) -> Outcome:
    """Add up a list, and hold it against who left where it is of the model's own customers.

    Parameters
    ----------
    found : DataFrame
        As ``contact_list`` gives it.
    is_own : bool
        Whether the list is of the model's own rows, each judged by models that did not learn from it.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> model = train(recipe, load(recipe))
    >>> made = score_contacts(model, Costs(), contact_list(model, Costs(), budget=500.0))
    >>> made.n_contacts, round(made.cost), made.came_true.low < made.expected < made.came_true.high
    (93, 499, True)
    """
    cost, expected = float(found["expected_cost"].sum()), float(found["expected_profit"].sum())
    if not is_own:
        return Outcome(len(found), cost, expected)
    chosen = np.isin(model.ids + 1, found["row"].to_numpy())
    worth = count_profit(model.left, chosen, take_values(model, costs), costs)
    value, low, high = (each * len(worth) for each in bound_mean(worth, model.recipe.seed))
    return Outcome(len(found), cost, expected, Measure(value, low, high))


def contact_chart(everyone: pd.DataFrame, budget: float = 0.0) -> Chart:
    """Draw the profit that is expected of the first customers of a list against what they cost.

    Parameters
    ----------
    everyone : DataFrame
        The list without a budget, as ``contact_list`` gives it.
    budget : float
        What may be spent; 0 is no limit.
    """
    spent = np.concatenate([[0.0], everyone["spent"].to_numpy(dtype=float)])
    profit = np.concatenate([[0.0], everyone["expected_profit"].cumsum().to_numpy(dtype=float)])
    n_bought = int((spent[1:] <= budget).sum()) if budget else len(everyone)
    share = profit[n_bought] / profit[-1] if profit[-1] else 0.0
    title = f"${spent[n_bought]:,.0f} for {n_bought:,} contacts is expected to make ${profit[n_bought]:,.0f}"
    title += f", {share:.0%} of what all {len(everyone):,} would" if n_bought < len(everyone) else ""
    places = np.unique(np.linspace(0, len(spent) - 1, min(len(spent), MOST_POINTS)).round().astype(int))
    marks = (
        Mark("line", spent[places], profit[places], "best customers first"),
        Mark("points", spent[[n_bought]], profit[[n_bought]], "the list", "second", size=12),
    )
    alt = f"{title}. The first customers bring most; the last ones hardly pay their contact."
    return Chart(title, "Expected cost, $", "Expected profit, $", marks, alt)
