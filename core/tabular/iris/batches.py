"""Many cases at once: flowers as one by one, and every row of a table, each gap and each unseen level flagged.

Left out: reading the file (``core.datasets.reading``) and writing it (``core.datasets.export``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.datasets.cases import add_answers, list_needed, take_cases
from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.hub.contract import Prediction
from core.tabular._shared.cases import list_columns, read_case
from core.tabular._shared.schema import Schema, to_features
from core.tabular.iris.answers import answer_cases, check_name, find_novel, find_sets
from core.tabular.iris.model import Model, predict_probabilities
from core.tabular.iris.recipe import Inputs

EMPTY_SET = "(none)"
"""How a set without a class is written, so that it is not taken for a missing cell."""


def predict_many(model: Model, inputs: Sequence[Inputs]) -> tuple[Prediction, ...]:
    """Answer flowers in their order, each exactly as ``answers.predict`` answers it, in some hundredth of its time.

    Raises
    ------
    DataError
        As ``answers.predict``, of the first flower that cannot be read.

    Examples
    --------
    >>> from core.tabular.iris.data import load
    >>> from core.tabular.iris.recipe import Recipe
    >>> from core.tabular.iris.training import train
    >>> recipe = Recipe(models=("linear discriminant analysis",), leave_one_out="off")
    >>> model = train(recipe, load(recipe))
    >>> [each.answer for each in predict_many(model, [Inputs(5.1, 3.5, 1.4, 0.2), Inputs(6.6, 3.0, 5.6, 2.1)])]
    ['setosa', 'virginica']
    """
    if not inputs:
        return ()
    cases, notes = _read_cases(model.schema, [asdict(each) for each in inputs])
    return answer_cases(model, model.best, cases, notes)


def _read_cases(schema: Schema, cases: Sequence[Mapping[str, object]]) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """Read cases as ``read_case`` reads one; a case of nothing but finite numbers needs no reading."""
    only_numbers = all(feature.kind == "number" for feature in schema.features)
    rows: list[list[object]] = []
    notes: list[tuple[str, ...]] = []
    for values in cases:
        row, said = [values.get(name) for name in schema.names], tuple[str, ...]()
        if not only_numbers or not all(type(value) is float and math.isfinite(value) for value in row):
            frame, said = read_case(schema, values)
            row = frame.iloc[0].tolist()
        rows.append(row)
        notes.append(said)
    kinds = dict.fromkeys(schema.numbers, np.dtype(float)) | dict.fromkeys(schema.categories, np.dtype(object))
    return pd.DataFrame(rows, columns=schema.names).astype(kinds), notes


def predict_table(model: Model, table: Table, name: str | None = None) -> pd.DataFrame:
    """Answer every row of a table whose columns are found by name, also "Sepal.Length (cm)" for sepal_length.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + n_classes + 5)
        The table's columns, then answer (missing where refused), ``share of <class>``, prediction_set ("(none)" where
        no class reaches its least share, empty where refused), refused,
        imputed (number columns whose gap was filled with the training median) and unseen (columns whose level is new).

    Raises
    ------
    DataError
        If the table lacks a column or has no rows.
    """
    name = check_name(model, name)
    x = to_features(take_cases(table, find_needed(model.schema)), model.schema)
    probabilities = predict_probabilities(model.pipelines[name], x, model.schema.classes)
    likeliest = np.array(model.schema.classes, dtype=object)[probabilities.argmax(axis=1)]
    is_refused = find_novel(model, x)
    sets = find_sets(model, name, probabilities)
    columns: dict[str, object] = {"answer": np.where(is_refused, None, likeliest)}
    columns |= {f"share of {label}": probabilities[:, place] for place, label in enumerate(model.schema.classes)}
    columns["prediction_set"] = [
        "" if refused else ", ".join(kept) or EMPTY_SET for kept, refused in zip(sets, is_refused, strict=True)
    ]
    columns["refused"] = np.where(is_refused, "unlike any training row", "")
    columns["imputed"] = list_columns(x, [feature for feature in model.schema.features if feature.kind != "category"])
    columns["unseen"] = list_columns(x, [feature for feature in model.schema.features if feature.kind == "category"])
    return add_answers(table, columns)


def find_needed(schema: Schema) -> dict[str, NeededColumn]:
    """Describe the columns that a table of cases must have, as ``core.datasets.mapping`` asks."""
    return list_needed(schema.features)
