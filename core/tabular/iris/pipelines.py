"""Every classifier behind the same preparation, in one scikit-learn Pipeline, fitted on the rows it is given alone.

Left out: the preparation itself (``core.tabular._shared.preparation``); features made out of text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.tabular._shared.preparation import make_preparation
from core.tabular._shared.schema import Schema
from core.tabular.iris.classifiers import fit_classifier
from core.tabular.iris.recipe import Recipe

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

ALIKE_SPREADS = 5.0
"""Largest ratio of two columns' standard deviations at which distances may keep the columns' own units."""
MIN_SMOOTHING = 0.05
"""Least smoothing of naive Bayes on 0/1 columns, which often do not vary within a class and would decide alone."""


def is_scaled(name: str, recipe: Recipe, schema: Schema) -> bool:
    """Say whether a model gets standardised numbers: all do, except nearest neighbours on columns of alike spread."""
    if name != "nearest neighbours" or recipe.neighbour_scaling == "standard":
        return True
    if recipe.neighbour_scaling == "none":
        return False
    spreads = [feature.spread for feature in schema.features if feature.kind == "number"]
    only_numbers = len(spreads) == len(schema.features)
    return not only_numbers or max(spreads) > ALIKE_SPREADS * min(spreads)


def fit_pipelines(
    names: Iterable[str], recipe: Recipe, schema: Schema, x: pd.DataFrame, y: np.ndarray
) -> Iterator[tuple[str, Pipeline]]:
    """Fit models one after another on the same rows; models with equal preparation share it, so it is fitted once.

    Yields
    ------
    (name, pipeline)
        A fitted Pipeline of ``prepare`` and ``classify``: the same as fitting each alone.
    """
    from sklearn.pipeline import Pipeline

    prepared, recipe = _Prepared(schema, x), adapt_recipe(recipe, schema)
    for name in names:
        preparation, z = prepared.take(scaled=is_scaled(name, recipe, schema))
        yield name, Pipeline([("prepare", preparation), ("classify", fit_classifier(name, recipe, z, y))])


def fit_and_answer(
    names: Iterable[str],
    how: tuple[Recipe, Schema],
    where: tuple[pd.DataFrame, np.ndarray],
    x_new: pd.DataFrame,
) -> Iterator[tuple[str, np.ndarray]]:
    """Fit models on some rows and answer others: as :func:`fit_pipelines`, but each preparation transforms once.

    Yields
    ------
    (name, answers)
        Class names of the rows of ``x_new``.
    """
    (recipe, schema), (x, y) = how, where
    prepared, recipe = _Prepared(schema, x), adapt_recipe(recipe, schema)
    z_new: dict[bool, np.ndarray] = {}
    for name in names:
        scaled = is_scaled(name, recipe, schema)
        preparation, z = prepared.take(scaled=scaled)
        if scaled not in z_new:
            z_new[scaled] = np.asarray(preparation.transform(x_new))
        yield name, fit_classifier(name, recipe, z, y).predict(z_new[scaled])


def adapt_recipe(recipe: Recipe, schema: Schema) -> Recipe:
    """Raise the smoothing of naive Bayes where categories or gaps make 0/1 columns: the settings really used."""
    if not schema.categories and not any(feature.n_missing for feature in schema.features):
        return recipe
    return replace(recipe, bayes_smoothing=max(recipe.bayes_smoothing, MIN_SMOOTHING))


class _Prepared:
    """The preparations fitted on one set of rows, made when first asked for."""

    def __init__(self, schema: Schema, x: pd.DataFrame) -> None:
        self._schema, self._x = schema, x
        self._made: dict[bool, tuple[ColumnTransformer, np.ndarray]] = {}

    def take(self, *, scaled: bool) -> tuple[ColumnTransformer, np.ndarray]:
        """Return the fitted preparation and the prepared rows."""
        if scaled not in self._made:
            preparation = make_preparation(self._schema, len(self._x), scaled=scaled)
            self._made[scaled] = preparation, np.asarray(preparation.fit_transform(self._x))
        return self._made[scaled]
