"""Answers about customers: the probability of leaving, what an offer is expected to bring, reasons, and what if.

A reason is an occlusion (Zeiler and Fergus 2014, arXiv:1311.2901): how far the probability of leaving falls when a
column is set to its median, or to its most frequent level. Shapley values of a sample are stored with the model
(``explain``); those of one customer come from ``core.evaluation.attribution`` over :meth:`Model.ask`.

Left out: refusing a customer unlike any seen; a level that training did not see is noted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError, NotTrainedError
from core.hub.fields import FieldSpec
from core.tabular._shared.cases import make_case_fields, read_case
from core.tabular._shared.schema import MISSING, show_feature
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, expect_profit, find_rule, take_values
from core.tabular.churn.recipe import Inputs

ROWS_AT_ONCE = 128
"""Rows that a model is always asked about together: a matrix product of another size may round its last digit
otherwise, and a batch must say of each customer exactly what the customer is told alone."""
N_STEPS, HALF = 25, 0.5


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer one customer with the best model.

    Raises
    ------
    DataError
        If the model was trained on a table with other columns.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> found = predict(train(recipe, load(recipe)), Inputs(tenure=2, total_charges=170.0))
    >>> found.answer, round(found.probabilities["Yes"], 2)
    ('Yes', 0.77)
    """
    return predict_case(model, asdict(inputs))


def predict_case(
    model: Model, values: Mapping[str, object], name: str | None = None, costs: Costs | None = None
) -> Prediction:
    """Answer one customer of any table.

    Parameters
    ----------
    values : mapping of column to value
        One for each feature; a blank is refused.
    name : str, optional
        Which model answers; the best one when it is not given.

    Returns
    -------
    Prediction
        The likelier class. ``details`` holds ``notes``, ``expected_profit`` (of contacting, in money), ``contact``
        (whether that is more than nothing) and ``value`` (lifetime value).

    Raises
    ------
    DataError
        If a value is missing or unreadable.
    NotTrainedError
        If the run has no model of that name.
    """
    case, notes = read_case(model.schema, values)
    return answer_cases(model, check_name(model, name), case, (notes,), costs or Costs())[0]


def lay_out_case(model: Model, values: Mapping[str, object]) -> pd.DataFrame:
    """Lay the values of one customer out as a row of features, shape (1, n_features).

    Raises
    ------
    DataError
        If a value is missing or unreadable.
    """
    return read_case(model.schema, values)[0]


def check_name(model: Model, name: str | None) -> str:
    """Return the model to ask, or say which there are."""
    chosen = model.best if name is None else name
    if chosen not in model.folds.shares:
        message = f"there is no trained {chosen}; this run has {', '.join(model.names)}"
        raise NotTrainedError(message)
    return chosen


def answer_cases(
    model: Model, name: str, cases: pd.DataFrame, notes: Sequence[tuple[str, ...]], costs: Costs
) -> tuple[Prediction, ...]:
    """Answer rows that were read already, all at once; see :func:`predict_case`."""
    shares = _ask_occluded(model, name, cases)
    values = take_values(model, costs, cases)
    profits = expect_profit(shares[:, 0], values, costs)
    return tuple(
        Prediction(
            answer=model.positive if shares[row, 0] >= HALF else model.negative,
            model=name,
            probabilities={model.positive: float(shares[row, 0]), model.negative: float(1 - shares[row, 0])},
            reasons=_write_reasons(model, cases.iloc[row], shares[row]),
            details={
                "notes": notes[row],
                "expected_profit": float(profits[row]),
                "contact": bool(profits[row] > 0),
                "value": float(values[row]),
            },
        )
        for row in range(len(cases))
    )


def _ask_occluded(model: Model, name: str, cases: pd.DataFrame) -> np.ndarray:
    """Return shares of shape (n_cases, 1 + n_features): of each case, then of it without each column."""
    features = model.schema.features
    n_copies, columns = len(features) + 1, {}
    for copy, feature in enumerate(features, 1):
        values = np.repeat(cases[feature.name].to_numpy(), n_copies)
        values[copy::n_copies] = feature.typical if feature.kind == "category" else feature.median
        columns[feature.name] = values
    return ask_blocks(model, name, pd.DataFrame(columns)).reshape(len(cases), n_copies)


def ask_blocks(model: Model, name: str, x: pd.DataFrame) -> np.ndarray:
    """Ask for the shares of rows in blocks of ``ROWS_AT_ONCE``, the last one filled up with its last row."""
    starts = range(0, len(x), ROWS_AT_ONCE)
    filled = x.iloc[np.minimum(np.arange(len(starts) * ROWS_AT_ONCE), len(x) - 1)]
    return np.concatenate([model.ask(filled.iloc[start : start + ROWS_AT_ONCE], name) for start in starts])[: len(x)]


def _write_reasons(model: Model, case: pd.Series, shares: np.ndarray) -> tuple[Reason, ...]:
    """Say how much of the probability of leaving hangs on each column, strongest first."""
    falls = (shares[0] - shares[1:]).tolist()
    reasons = [
        Reason(feature.name, show_feature(feature, case[feature.name]), fall, "probability")
        for feature, fall in zip(model.schema.features, falls, strict=True)
    ]
    return tuple(sorted(reasons, key=lambda reason: (-abs(reason.effect), reason.name)))


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one customer of the table that a model was trained on."""
    return make_case_fields(model.schema)


def predict_all_models(
    model: Model, values: Mapping[str, object], names: Sequence[str] | None = None
) -> dict[str, dict[str, float]]:
    """Return every model's share for each class, best model first, the baseline last; or that of the named ones."""
    case, _ = read_case(model.schema, values)
    asked = model.names if names is None else names
    shares = {name: float(ask_blocks(model, name, case)[0]) for name in asked}
    return {name: {model.positive: share, model.negative: 1 - share} for name, share in shares.items()}


def vary_customer(model: Model, values: Mapping[str, object], column: str, costs: Costs | None = None) -> Chart:
    """Draw how the probability of leaving moves with one column while the others stay: what if.

    Raises
    ------
    DataError
        If there is no such column, or a value is missing.
    """
    feature = next((each for each in model.schema.features if each.name == column), None)
    if feature is None:
        message = f"there is no column {column!r}; choose one of {', '.join(model.schema.names)}"
        raise DataError(message)
    case, _ = read_case(model.schema, values)
    grid = (
        np.array([each for each in feature.levels if each != MISSING], dtype=object)
        if feature.kind == "category"
        else np.linspace(feature.low, feature.high, N_STEPS)
    )
    rows = pd.concat([case] * len(grid), ignore_index=True).assign(**{column: grid})
    share, now = ask_blocks(model, model.best, rows), float(ask_blocks(model, model.best, case)[0])
    title = f"By {column} the probability of leaving would be {share.min():.0%} to {share.max():.0%}; it is {now:.0%}"
    rule = find_rule(costs or Costs())
    if feature.kind == "category":
        marks = (
            Mark("bars", share, grid),
            Mark("line", np.full(2, rule), grid[[0, -1]], "an offer pays from here", "baseline"),
        )
        return Chart(title, "Probability of leaving", "", marks, alt=f"{title}.", x_percent=True)
    lines = (
        Mark("line", grid, share, "this customer"),
        Mark("points", np.array([float(case[column].iloc[0])]), np.array([now]), "as they are", "second", size=12),
        Mark("line", grid[[0, -1]], np.full(2, rule), "an offer pays from here", "baseline", dash=True),
    )
    return Chart(title, column, "Probability of leaving", lines, alt=f"{title}.", y_percent=True)


def nearest_cases(model: Model, values: Mapping[str, object], k: int = 5) -> pd.DataFrame:
    """Return the k customers most like one, with whether they left, nearest first.

    Numbers are in standard deviations; another level of a category adds two to the square of the distance.

    Raises
    ------
    DataError
        If k is not at least 1.
    """
    if k < 1:
        message = f"k is {k}; it must be at least 1"
        raise DataError(message)
    case, _ = read_case(model.schema, values)
    squares = np.zeros(len(model.rows))
    for feature in model.schema.features:
        known, own = model.rows[feature.name], case[feature.name].iloc[0]
        if feature.kind == "category":
            squares += 2.0 * (known.fillna(MISSING) != own).to_numpy()
        else:
            squares += ((known.fillna(feature.median) - own) / (feature.spread or 1.0)).to_numpy() ** 2
    order = np.argsort(squares, kind="stable")[:k]
    found = model.rows.iloc[order].reset_index(drop=True)
    found.insert(0, model.schema.target, model.labels[order])
    found.insert(0, "distance", np.sqrt(squares[order]))
    return found
