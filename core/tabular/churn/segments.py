"""The portfolio and its segments: how many leave, what that loses, and where an offer pays, each with its interval.

Probabilities are those of the folds, so none is of a customer whom its model learnt from.

Left out: why a segment leaves. A rate is not a cause: customers choose their contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from core.evaluation.intervals import t_interval, wilson_interval
from core.evaluation.leaderboard import Measure
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular._shared.schema import MISSING
from core.tabular.churn.derive import TENURE
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, expect_profit, score_profit, take_values

DEFAULTS = ("contract", "tenure", "payment_method", "internet_service")
TENURE_EDGES = (12.0, 24.0, 48.0)
"""Months after which a band of tenure ends: one, two and four years."""
N_BANDS, N_DEFAULTS, MAX_SEGMENTS = 4, 3, 20


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All customers at once.

    Parameters
    ----------
    churn_rate : Measure
        Share that left, with Wilson's interval.
    expected_loss : Measure
        Lifetime value times probability of leaving, per customer.
    profit, contact_all, perfect : float
        Per customer: at the chosen threshold, contacting everybody, and knowing who leaves.
    contacted : float
        Share of the customers that are contacted.
    """

    n_customers: int
    churn_rate: Measure
    expected_loss: Measure
    profit: Measure
    contact_all: float
    perfect: float
    contacted: float


def describe_portfolio(model: Model, costs: Costs, name: str | None = None) -> Portfolio:
    """Sum up all customers: how many leave, what is at stake, and what acting makes."""
    loss = model.folds.shares[name or model.best] * take_values(model, costs)
    found, n_left = score_profit(model, costs, name), int(model.left.sum())
    rate = (n_left / len(loss), *wilson_interval(n_left, len(loss)))
    return Portfolio(
        len(loss),
        Measure(*rate),
        Measure(float(loss.mean()), *t_interval(loss)),
        Measure(*found.per_customer),
        found.contact_all,
        found.perfect,
        float(found.chosen.mean()),
    )


def portfolio_chart(portfolio: Portfolio) -> Chart:
    """Draw what a customer brings by nobody's, everybody's, the chosen ones' and the leavers' contact."""
    share = portfolio.profit.value / portfolio.perfect if portfolio.perfect > 0 else np.nan
    title = f"Contacting {portfolio.contacted:.0%} of customers makes ${portfolio.profit.value:,.2f} each, {share:.0%} "
    title += "of what knowing who leaves would"
    names = np.array(["nobody", "everybody", "as the model says", "exactly who leaves"], dtype=object)
    profit = np.array([0.0, portfolio.contact_all, portfolio.profit.value, portfolio.perfect])
    low, high = np.full(4, np.nan), np.full(4, np.nan)
    low[2], high[2] = portfolio.profit.low, portfolio.profit.high
    mark = Mark("bars", profit, names, low=low, high=high)
    told = "; ".join(f"{name} {value:,.2f}" for name, value in zip(names, profit, strict=True))
    return Chart(title, "Profit, $ a customer, 95% interval", "", (mark,), alt=f"{title}. Contacting {told}.")


def list_segments(model: Model) -> tuple[str, ...]:
    """Name the columns that customers can be parted by, the telling ones of Telco first."""
    usual = [name for name in DEFAULTS if name in model.schema.names]
    fit = [each.name for each in model.schema.features if each.kind != "category" or len(each.levels) <= MAX_SEGMENTS]
    return tuple(dict.fromkeys((*usual, *fit)))


def cut_segments(model: Model, column: str) -> pd.Series:
    """Give each customer a segment: the level of a category, a band of tenure, or a quarter of another number.

    Raises
    ------
    DataError
        If there is no such column.
    """
    if column not in list_segments(model):
        message = f"{column} cannot part customers; choose one of {', '.join(list_segments(model)[:10])}"
        raise DataError(message)
    values = model.rows[column]
    if column in model.schema.categories:
        return values.fillna(MISSING).astype(str)
    known = values.dropna()
    inner = TENURE_EDGES if column == TENURE else np.quantile(known, np.linspace(0, 1, N_BANDS + 1)[1:-1])
    edges = np.unique([each for each in inner if known.min() <= each < known.max()])
    ends = [float(known.min()), *map(float, edges), float(known.max())]
    names = [f"{low:g} to {high:g}" for low, high in pairwise(ends)]
    names[1:] = [f"over {each}" for each in names[1:]]
    bands = np.array([*names, MISSING], dtype=object)[
        np.where(values.isna(), len(names), np.searchsorted(edges, values.fillna(0.0), side="left"))
    ]
    return pd.Series(bands, index=values.index)


def make_segments(model: Model, costs: Costs, column: str, name: str | None = None) -> pd.DataFrame:
    """Count who leaves in each segment and what is at stake there.

    Returns
    -------
    DataFrame of shape (n_segments, 12)
        segment, n, churn_rate with Wilson's ``low`` and ``high``, stated (mean probability), expected_loss (money per
        customer) with Student's interval, total_loss, expected_profit (of contacting those who are worth it, summed)
        and contacts; the largest total loss first.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> found = make_segments(train(recipe, load(recipe)), Costs(), "contract")
    >>> found[["segment", "n", "churn_rate"]].round(3).values.tolist()[0]
    ['Month-to-month', 3875, 0.427]
    """
    share, values = model.folds.shares[name or model.best], take_values(model, costs)
    loss, worth = share * values, np.maximum(expect_profit(share, values, costs), 0)
    segments, rows = cut_segments(model, column).to_numpy(), []
    for segment in pd.unique(segments):
        inside = segments == segment
        n_left, n_rows = int(model.left[inside].sum()), int(inside.sum())
        ends = t_interval(loss[inside]) if n_rows > 1 else (np.nan, np.nan)
        rows.append(
            (segment, n_rows, n_left / n_rows, *wilson_interval(n_left, n_rows), share[inside].mean(),
             loss[inside].mean(), *ends, loss[inside].sum(), worth[inside].sum(), int((worth[inside] > 0).sum()))
        )  # fmt: skip
    names = ["segment", "n", "churn_rate", "low", "high", "stated", "expected_loss", "loss_low", "loss_high"]
    found = pd.DataFrame(rows, columns=[*names, "total_loss", "expected_profit", "contacts"])
    return found.sort_values(["total_loss", "segment"], ascending=[False, True], ignore_index=True)


def segment_chart(segments: pd.DataFrame, column: str) -> Chart:
    """Draw the churn rate of each segment with its interval, as :func:`make_segments` found them."""
    shown = segments.sort_values("churn_rate", ascending=False).head(MAX_SEGMENTS)
    first, last = shown.iloc[0], shown.iloc[-1]
    ends = [f"{each['segment']} ({each['churn_rate']:.0%})" for each in (first, last)]
    title = f"By {column}, {ends[0]} leave most and {ends[1]} least"
    mark = Mark(
        "bars", shown["churn_rate"].to_numpy(), shown["segment"].to_numpy(dtype=object),
        low=shown["low"].to_numpy(), high=shown["high"].to_numpy(),
    )  # fmt: skip
    told = "; ".join(f"{row['segment']} {row['churn_rate']:.1%}" for row in shown.to_dict("records"))
    return Chart(title, "Share that left, 95% interval", "", (mark,), alt=f"{title}. {told}.", x_percent=True)


def loss_chart(segments: pd.DataFrame, column: str) -> Chart:
    """Draw what each segment stands to lose and what an offer is expected to bring there."""
    shown = segments.head(MAX_SEGMENTS)
    first, total = shown.iloc[0], float(segments["total_loss"].sum())
    share = first["total_loss"] / total if total else 0.0
    title = f"{first['segment']} ({column}) holds {share:.0%} of the value at stake, ${first['total_loss']:,.0f}"
    names = shown["segment"].to_numpy(dtype=object)
    marks = (
        Mark("bars", shown["total_loss"].to_numpy(dtype=float), names, "value at stake", "muted"),
        Mark("bars", shown["expected_profit"].to_numpy(dtype=float), names, "expected from offers"),
    )
    told = "; ".join(f"{row['segment']} {row['total_loss']:,.0f}" for row in shown.to_dict("records"))
    return Chart(title, "Sum over the segment, $", "", marks, alt=f"{title}. {told}.")
