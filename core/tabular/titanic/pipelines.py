"""Three models and two baselines behind one ColumnTransformer each, fitted on the rows they are given and no others.

Numbers: median imputed with a flag for the gap, standardised for logistic regression. Categories: a gap is a level,
levels rarer than 1% are one, the rest one-hot coded. Models: logistic regression; random forest (Breiman 2001,
doi:10.1023/A:1010933404324); gradient boosting by LightGBM (Ke et al. 2017, https://papers.nips.cc/paper/6907).

Left out: early stopping, which needs rows of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.tabular._shared.preparation import make_preparation
from core.tabular._shared.schema import Feature, Schema
from core.tabular.titanic.features import CATEGORIES, NUMBERS, OTHERS_LIVED, count_parties, engineer
from core.tabular.titanic.recipe import CLASSES, MAJORITY, SEX_RULE, TARGET, Recipe

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

MIN_CHILD_ROWS = 10
ROW_SHARE, COLUMN_SHARE = 0.8, 0.6
"""Each boosted tree sees 80% of the rows and 60% of the columns."""
Weights = Literal["balanced"] | None


def make_pipeline(name: str, recipe: Recipe, n_rows: int, weights: Weights = None) -> Pipeline:
    """Make an unfitted pipeline of ``prepare`` and ``classify``.

    Parameters
    ----------
    n_rows : int
        Training rows, of which a level must hold 1% to get a column of its own.
    weights : str, optional
        ``balanced`` lets a survivor count as much more as survivors are fewer.
    """
    from sklearn.pipeline import Pipeline

    numbers = (
        [] if name in {SEX_RULE, MAJORITY} else [*NUMBERS, OTHERS_LIVED][: None if recipe.companions != "off" else -1]
    )
    categories = CATEGORIES if numbers else ("sex",)
    kinds = [*((each, "number") for each in numbers), *((each, "category") for each in categories)]
    schema = Schema(TARGET, CLASSES, tuple(Feature(each, kind) for each, kind in kinds))  # type: ignore[arg-type]
    preparation = make_preparation(schema, n_rows, scaled=name == "logistic regression")
    return Pipeline([("prepare", preparation), ("classify", _MAKERS[name](recipe, weights))])


def _make_logistic(recipe: Recipe, weights: Weights) -> Any:
    """Make a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=recipe.logistic_c, max_iter=1_000, class_weight=weights)


def _make_forest(recipe: Recipe, weights: Weights) -> Any:
    """Make a random forest."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        recipe.forest_trees,
        min_samples_leaf=recipe.forest_leaf,
        max_features=recipe.forest_features,
        class_weight=weights,
        random_state=recipe.seed,
        n_jobs=1,
    )


def _make_boosting(recipe: Recipe, weights: Weights) -> Any:
    """Make gradient boosted trees."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=recipe.boosting_rounds,
        learning_rate=recipe.boosting_rate,
        num_leaves=recipe.boosting_leaves,
        min_child_samples=MIN_CHILD_ROWS,
        subsample=ROW_SHARE,
        subsample_freq=1,
        colsample_bytree=COLUMN_SHARE,
        class_weight=weights,
        random_state=recipe.seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )


def _make_sex_rule(_recipe: Recipe, _weights: Weights) -> Any:
    """Make a tree of one question, which is the sex: each sex gets its share of survivors."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=1, random_state=0)


def _make_majority(_recipe: Recipe, _weights: Weights) -> Any:
    """Make the answer that is always the same."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


_MAKERS: Mapping[str, Callable[[Recipe, Weights], Any]] = {
    "logistic regression": _make_logistic,
    "random forest": _make_forest,
    "gradient boosting": _make_boosting,
    SEX_RULE: _make_sex_rule,
    MAJORITY: _make_majority,
}


def find_parties(recipe: Recipe, x: pd.DataFrame, y: np.ndarray) -> dict[str, tuple[int, int]] | None:
    """Count the fates of training parties where the recipe wants ``others_lived``, else None."""
    return count_parties(x, y == CLASSES[1]) if recipe.companions != "off" else None


def engineer_training(recipe: Recipe, x: pd.DataFrame, y: np.ndarray) -> pd.DataFrame:
    """Make the features of training rows: no row learns of its own fate from its party."""
    return engineer(x, find_parties(recipe, x, y), y == CLASSES[1])


def engineer_sides(
    recipe: Recipe, where: tuple[pd.DataFrame, np.ndarray], x_new: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the features of training rows and of others; parties are counted on the training rows alone."""
    return engineer_training(recipe, *where), engineer(x_new, find_parties(recipe, *where))


def fit_pipeline(name: str, recipe: Recipe, z: pd.DataFrame, y: np.ndarray, weights: Weights = None) -> Pipeline:
    """Fit a pipeline on made features.

    Where companions count, every row is learnt from twice, once as if nothing were known of its party: else a model
    takes a party that training did not see for one that was lost or saved. Leaves then hold twice as many rows.
    """
    if OTHERS_LIVED in z:
        z, y = pd.concat([z, z.assign(**{OTHERS_LIVED: np.nan})], ignore_index=True), np.concatenate([y, y])
        recipe = replace(recipe, forest_leaf=2 * recipe.forest_leaf, logistic_c=recipe.logistic_c / 2)
    return make_pipeline(name, recipe, len(z), weights).fit(z, y)


def find_shares(pipeline: Any, z: pd.DataFrame) -> np.ndarray:
    """Return the probability of having lived for made features, shape (n_rows,)."""
    shares = np.asarray(pipeline.predict_proba(z), dtype=float)
    return np.asarray(shares[:, list(pipeline.classes_).index(CLASSES[1])])


def to_pairs(shares: np.ndarray) -> np.ndarray:
    """Write probabilities of having lived as shares of both classes, shape (n_rows, 2)."""
    return np.column_stack([1 - shares, shares])


def answer_rows(shares: Sequence[float] | np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Answer Yes above a threshold, shape (n_rows,) of class names; a tie is No, as the first class."""
    return np.where(np.asarray(shares) > threshold, CLASSES[1], CLASSES[0]).astype(object)
