"""The parts of a stored model that are alike wherever a table was learnt from: its schema, its rows, what is usual.

Left out: the pipelines (``boosters``), and when they are unpacked (``lazy``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.novelty import NoveltyModel, novelty_from_arrays
from core.tabular._shared.schema import Feature, Schema


def name_stem(name: str) -> str:
    """Name what the files of a model begin with.

    Examples
    --------
    >>> name_stem("naive Bayes"), name_stem("logistic regression + SMOTE")
    ('naive_bayes', 'logistic_regression_smote')
    """
    return re.sub(r"[^a-z]+", "_", name.lower())


def read_schema(values: Mapping[str, Any]) -> Schema:
    """Build a schema from its JSON values, as ``dataclasses.asdict`` gives them.

    Examples
    --------
    >>> import dataclasses
    >>> schema = Schema("species", ("a", "b"), (Feature("colour", "category", levels=("red", "blue")),))
    >>> read_schema(dataclasses.asdict(schema)) == schema
    True
    """
    features = tuple(Feature(**{**each, "levels": tuple(each["levels"])}) for each in values["features"])
    return Schema(values["target"], tuple(values["classes"]), features, tuple(values["ignored"]))


def list_row_arrays(rows: pd.DataFrame, schema: Schema) -> dict[str, np.ndarray]:
    """Write feature rows as arrays: numbers, categories as texts of a fixed width, and where these are gaps."""
    categories = rows[schema.categories]
    return {
        "row_numbers": rows[schema.numbers].to_numpy(dtype=float),
        "row_categories": categories.fillna("").to_numpy(dtype=str),
        "row_gaps": categories.isna().to_numpy(dtype=bool),
    }


def read_rows(schema: Schema, arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Build feature rows from what :func:`list_row_arrays` wrote."""
    texts = arrays["row_categories"].astype(object)
    texts[arrays["row_gaps"]] = np.nan
    columns = dict(zip(schema.numbers, arrays["row_numbers"].T, strict=True))
    columns |= dict(zip(schema.categories, texts.T, strict=True))
    return pd.DataFrame({name: columns[name] for name in schema.names})


def read_novelty(arrays: Mapping[str, np.ndarray]) -> NoveltyModel | None:
    """Build a novelty model from the arrays named ``novelty_…``, or None where the table had no numbers."""
    found = {name.removeprefix("novelty_"): array for name, array in arrays.items() if name.startswith("novelty_")}
    return novelty_from_arrays(found) if found else None
