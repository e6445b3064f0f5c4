"""Many customers at once: as one by one, and every row of a table, each gap and each unseen level flagged.

Left out: reading the file (``core.datasets.reading``) and writing it (``core.datasets.export``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.datasets.cases import add_answers, list_needed, take_cases
from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.hub.contract import Prediction
from core.tabular._shared.cases import list_columns, read_case
from core.tabular._shared.schema import Schema, to_features
from core.tabular.churn.answers import HALF, answer_cases, ask_blocks, check_name
from core.tabular.churn.derive import derive_columns
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, expect_profit, take_values
from core.tabular.churn.recipe import Inputs


def predict_many(model: Model, inputs: Sequence[Inputs]) -> tuple[Prediction, ...]:
    """Answer customers in their order, each exactly as ``answers.predict`` answers it.

    Raises
    ------
    DataError
        As ``answers.predict``, of the first customer that cannot be read.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), with_smote=False, n_inner=2)
    >>> model = train(recipe, load(recipe))
    >>> asked = Inputs(tenure=1, total_charges=85.0), Inputs(contract="Two year")
    >>> [each.answer for each in predict_many(model, asked)]
    ['Yes', 'No']
    """
    if not inputs:
        return ()
    read = [read_case(model.schema, asdict(each)) for each in inputs]
    cases = pd.concat([case for case, _ in read], ignore_index=True)
    return answer_cases(model, model.best, cases, [notes for _, notes in read], Costs())


def predict_table(model: Model, table: Table, name: str | None = None, costs: Costs | None = None) -> pd.DataFrame:
    """Answer every row of a table whose columns are found by name, also "Monthly Charges ($)" for monthly_charges.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + 7)
        The table's columns, then answer, ``share of <class>`` for both, expected_profit (of contacting), contact (yes
        or no), imputed (number columns whose gap was filled) and unseen (columns whose level is new).

    Raises
    ------
    DataError
        If the table lacks a column or has no rows.
    """
    name, costs = check_name(model, name), costs or Costs()
    x = to_features(take_cases(table, find_needed(model.schema)), model.schema)
    share = ask_blocks(model, name, x.reset_index(drop=True))
    profit = expect_profit(share, take_values(model, costs, x), costs)
    classes = model.to_classes(share)
    columns: dict[str, object] = {"answer": np.where(share >= HALF, model.positive, model.negative)}
    columns |= {f"share of {label}": classes[:, place] for place, label in enumerate(model.schema.classes)}
    columns |= {"expected_profit": profit, "contact": np.where(profit > 0, "yes", "no")}
    filled = derive_columns(x, model.schema.numbers)
    columns["imputed"] = list_columns(filled, [each for each in model.schema.features if each.kind != "category"])
    columns["unseen"] = list_columns(x, [each for each in model.schema.features if each.kind == "category"])
    return add_answers(table, columns)


def find_needed(schema: Schema) -> dict[str, NeededColumn]:
    """Describe the columns that a table of customers must have, as ``core.datasets.mapping`` asks."""
    return list_needed(schema.features)
