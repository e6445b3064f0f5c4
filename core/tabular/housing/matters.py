"""Which topics matter: how much the error grows when all columns of a topic are shuffled among held-out houses.

The rows asked are held out: models are fitted once more on four of five folds and asked about the fifth.

Left out: importance within single neighbourhoods.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation.importance import group_correlated, permute_together
from core.tabular.housing.data import Data
from core.tabular.housing.features import find_topic
from core.tabular.housing.model import Model, to_price
from core.tabular.housing.pipelines import fit_models

By = Literal["topic", "correlation", "column"]


def measure_topics(model: Model, data: Data, name: str | None = None, by: By = "topic") -> pd.DataFrame:
    """Measure how much the mean absolute error grows, in the target's unit, when columns are shuffled.

    Parameters
    ----------
    by : str
        ``topic`` shuffles columns of one meaning together, ``correlation`` those whose ranks go together (0.7 or
        more), ``column`` each alone, as one would not: columns that stand in for one another then seem idle.

    Returns
    -------
    DataFrame of shape (n_groups, 4)
        group, rise, low, high; see ``core.evaluation.importance.permute_together``.
    """
    chosen, split = name or model.best, data.folds[0]
    y = np.log(data.y) if model.source.is_log else data.y
    rows = split.train
    fitted = fit_models(
        (chosen,), model.recipe, data.design.iloc[rows], y[rows], (data.groups[rows], data.copies[rows])
    )
    asked = data.design.iloc[split.test].reset_index(drop=True)

    def ask(design: pd.DataFrame) -> np.ndarray:
        groups = np.resize(data.groups[split.test], len(design))
        found = fitted.answer(chosen, fitted.transform(design), groups)
        return to_price(found, model.source.is_log, model.factor(chosen))

    return permute_together(ask, asked, data.y[split.test], group_columns(asked, by), seed=model.recipe.seed)


def group_columns(design: pd.DataFrame, by: By) -> dict[str, tuple[str, ...]]:
    """Group design columns by what they speak of, by correlation, or not at all."""
    if by == "correlation":
        return group_correlated(design)
    groups: dict[str, list[str]] = {}
    for name in map(str, design.columns):
        groups.setdefault(find_topic(name) if by == "topic" else name, []).append(name)
    return {name: tuple(columns) for name, columns in groups.items()}
