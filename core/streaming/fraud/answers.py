"""Answers about payments: the probability of fraud, whether it raises an alert, and which parts of it say so.

Left out: the stream (``consumer``); answering rows of raw payments, whose features need their past (``predict_table``
computes them from the table).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.hub.contract import Prediction
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.streaming.fraud.features import FEATURES, make_features
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.recipe import Inputs
from core.streaming.fraud.transactions import DAY_S, Transactions
from core.streaming.fraud.upload_columns import Columns
from core.streaming.fraud.uploads import load_upload

FRAUD, GENUINE, HALF = "fraud", "genuine", 0.5
MONTH_DAYS = 30
"""The longest window of a customer."""


def predict(model: FraudModel, inputs: Inputs) -> Prediction:
    """Answer one payment with the best model.

    Returns
    -------
    Prediction
        The likelier class. ``details`` holds ``alert`` (whether the probability reaches ``alert_from``).

    Raises
    ------
    RecipeError
        If a value is out of range.

    Examples
    --------
    >>> from core.streaming.fraud.data import load
    >>> from core.streaming.fraud.recipe import Recipe
    >>> from core.streaming.fraud.training import train
    >>> small = {"n_customers": 300, "n_terminals": 600, "n_days": 55, "train_day": 0, "n_test": 2, "n_valid": 1}
    >>> recipe = Recipe(models=("depth-2 tree",), **small)
    >>> found = predict(train(recipe, load(recipe)), Inputs(amount=500.0))
    >>> found.answer, found.reasons[0].name
    ('fraud', 'amount')
    """
    return predict_many(model, (inputs,))[0]


def predict_many(model: FraudModel, inputs: Sequence[Inputs]) -> tuple[Prediction, ...]:
    """Answer payments in their order.

    Raises
    ------
    RecipeError
        If a value of one of them is out of range.
    """
    for each in inputs:
        validate_recipe(each)
    rows = np.array([[float(asdict(each)[name]) for name in FEATURES] for each in inputs]).reshape(-1, len(FEATURES))
    return tuple(_answer(model, row, float(share)) for row, share in zip(rows, model.score(rows), strict=True))


def _answer(model: FraudModel, row: np.ndarray, share: float) -> Prediction:
    """Write the answer about one row of features."""
    return Prediction(
        answer=FRAUD if share >= HALF else GENUINE,
        model=model.best,
        probabilities={FRAUD: share, GENUINE: 1 - share},
        reasons=model.reasons(row),
        details={"alert": share >= model.alert_from, "alert_from": model.alert_from},
    )


def predict_table(model: FraudModel, table: Table, chosen: Columns | None = None) -> pd.DataFrame:
    """Score every payment of a table, each from the payments before it.

    Known frauds of the table, where it says which, count for the terminal's risk once the delay is over.

    Parameters
    ----------
    chosen : Columns, optional
        Columns that a person named; the others are found.

    Returns
    -------
    DataFrame of shape (n_payments, n_columns + 3)
        The table's rows in order of time, ``probability``, ``alert`` (yes or no) and ``history_days``: how long before
        it the table first knows the customer. Rows that cannot be used are left out.

    Raises
    ------
    DataError
        If a needed column is missing, or no row can be used.
    """
    upload = load_upload(table, chosen)
    taken = [name for name in ("probability", "alert", "history_days") if name in table.frame.columns]
    if taken:
        message = f"the table has a column {taken[0]} already; name it otherwise"
        raise DataError(message)
    share = model.score(make_features(upload.transactions, model.recipe.delay_days))
    answered = table.frame.iloc[upload.rows].reset_index(drop=True)
    alert = np.where(share >= model.alert_from, "yes", "no")
    return answered.assign(probability=share, alert=alert, history_days=find_history_days(upload.transactions))


def find_history_days(payments: Transactions) -> np.ndarray:
    """Return the days from each customer's first payment to each payment, in tenths, shape (n,).

    Parameters
    ----------
    payments : Transactions
        In order of time.

    Examples
    --------
    >>> from core.streaming.fraud.transactions import make_transactions
    >>> made = make_transactions(range(3), [0, 43_200, 86_400], [7, 8, 7], [1] * 3, [9.0] * 3)
    >>> find_history_days(made).tolist()
    [0.0, 0.0, 1.0]
    """
    _, first, place = np.unique(payments.customer, return_index=True, return_inverse=True)
    return np.asarray(np.round((payments.seconds - payments.seconds[first][place]) / DAY_S, 1))


def tell_young_alerts(scored: pd.DataFrame) -> str:
    """Say how many alerts of a scored table come before a customer has a month of history; empty where none does.

    Examples
    --------
    >>> tell_young_alerts(pd.DataFrame({"alert": ["yes", "no", "yes"], "history_days": [0.0, 3.0, 40.0]}))[:74]
    '1 of 2 alerts comes before its customer has a month of history in this fil'
    """
    alerts = scored[scored["alert"] == "yes"]
    n_young = int((alerts["history_days"] < MONTH_DAYS).sum())
    if not n_young:
        return ""
    verb = "comes before its customer has" if n_young == 1 else "come before their customers have"
    return (
        f"{n_young:,} of {len(alerts):,} alerts {verb} a month of history in this file: what is usual for them is not "
        "known yet, so such an alert may tell of a short past rather than of a fraud"
    )


def predict_all_models(model: FraudModel, inputs: Inputs) -> dict[str, float]:
    """Return every model's probability of fraud of one payment, best model first."""
    validate_recipe(inputs)
    row = np.array([[float(asdict(inputs)[name]) for name in FEATURES]])
    return {name: float(model.score(row, name)[0]) for name in model.names}
