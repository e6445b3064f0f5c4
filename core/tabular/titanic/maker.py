"""The making of features as a step of a scikit-learn pipeline, so that a grid search makes them inside its own folds.

Left out: models that are kept; they make features by ``features`` alone, so that no class of ours is stored.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from core.tabular.titanic.features import engineer
from core.tabular.titanic.pipelines import engineer_training, find_parties
from core.tabular.titanic.recipe import Recipe


class FeatureMaker(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Makes passengers' features; parties are counted on the rows it is fitted on.

    Parameters
    ----------
    recipe : Recipe
        Says whether the fates of a party count.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def fit(self, x: pd.DataFrame, y: np.ndarray) -> FeatureMaker:
        """Count the parties of training passengers."""
        self.parties_ = find_parties(self.recipe, x, y)
        return self

    def fit_transform(self, x: pd.DataFrame, y: np.ndarray) -> pd.DataFrame:
        """Make the features of training passengers: none learns of its own fate."""
        self.fit(x, y)
        return engineer_training(self.recipe, x, y)

    def transform(self, x: pd.DataFrame) -> pd.DataFrame:
        """Make the features of other passengers."""
        return engineer(x, self.parties_)
