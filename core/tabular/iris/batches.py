"""Many cases at once: every row of a table answered, each gap and each unseen level flagged.

Left out: reading the file (``core.datasets.reading``) and writing it (``core.datasets.export``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.mapping import NeededColumn, map_columns
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.iris.answers import check_name, find_novel, find_sets
from core.tabular.iris.model import Model, predict_probabilities
from core.tabular.iris.schema import MAX_LEVELS, Feature, Schema, to_features


def predict_table(model: Model, table: Table, name: str | None = None) -> pd.DataFrame:
    """Answer every row of a table whose columns are found by name, also "Sepal.Length (cm)" for sepal_length.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + n_classes + 5)
        The table's columns, then answer (missing where refused), ``share of <class>``, prediction_set, refused,
        imputed (number columns whose gap was filled with the training median) and unseen (columns whose level is new).

    Raises
    ------
    DataError
        If the table lacks a column or has no rows.
    """
    name = check_name(model, name)
    if table.frame.empty:
        message = f"{table.name} has no rows; give it at least one"
        raise DataError(message)
    x = to_features(_rename_columns(model, table), model.schema)
    probabilities = predict_probabilities(model.pipelines[name], x, model.schema.classes)
    likeliest = np.array(model.schema.classes, dtype=object)[probabilities.argmax(axis=1)]
    is_refused = find_novel(model, x)
    sets = find_sets(model, name, probabilities)
    columns: dict[str, object] = {"answer": np.where(is_refused, None, likeliest)}
    columns |= {f"share of {label}": probabilities[:, place] for place, label in enumerate(model.schema.classes)}
    columns["prediction_set"] = [
        "" if refused else ", ".join(kept) for kept, refused in zip(sets, is_refused, strict=True)
    ]
    columns["refused"] = np.where(is_refused, "unlike any training row", "")
    columns["imputed"] = _list_columns(x, [feature for feature in model.schema.features if feature.kind != "category"])
    columns["unseen"] = _list_columns(x, [feature for feature in model.schema.features if feature.kind == "category"])
    taken = set(table.frame.columns)
    answers = pd.DataFrame(
        {f"{column} (model)" if column in taken else column: values for column, values in columns.items()},
        index=table.frame.index,
    )
    return pd.concat([table.frame, answers], axis=1)


def find_needed(schema: Schema) -> dict[str, NeededColumn]:
    """Describe the columns that a table of cases must have, as ``core.datasets.mapping`` asks."""
    return {
        each.name: NeededColumn(
            each.name,
            each.kind,
            low=each.low if each.kind == "number" else None,
            high=each.high if each.kind == "number" else None,
            categories=each.levels if each.kind == "category" and len(each.levels) < MAX_LEVELS else (),
        )
        for each in schema.features
    }


def _rename_columns(model: Model, table: Table) -> pd.DataFrame:
    """Give the columns of a table the names that the model knows; a column that is not there is named later."""
    found = map_columns(table, find_needed(model.schema)).found
    return pd.DataFrame({name: table.frame[column] for name, column in found.items()}, index=table.frame.index)


def _list_columns(x: pd.DataFrame, features: list[Feature]) -> list[str]:
    """Name, for each row, the numbers that are missing or the categories whose level training did not see."""
    marks = {feature.name: _mark_rows(x[feature.name], feature) for feature in features}
    flags = pd.DataFrame(marks, index=x.index).to_numpy(dtype=bool)
    names = np.array(list(marks), dtype=object)
    return [", ".join(names[row]) for row in flags]


def _mark_rows(values: pd.Series, feature: Feature) -> pd.Series:
    """Mark gaps of a number, or new levels of a category whose levels are all known by name."""
    if feature.kind != "category":
        return values.isna()
    return values.notna() & ~values.isin(feature.levels) & (len(feature.levels) < MAX_LEVELS)
