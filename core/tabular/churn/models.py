"""The models behind one preparation, with and without SMOTE, each fitted on the rows that it is given and no others.

SMOTE (Chawla et al. 2002, doi:10.1613/jair.953) makes new leavers between known ones until both classes are as many. It
runs inside the fold, in imbalanced-learn's pipeline, so nothing made of a scored row is ever learnt from, and it works
on coded columns. SMOTENC, which keeps categories whole, was measured too: on Telco it loses eight points in a thousand
of ROC area with logistic regression where SMOTE loses half a point, and takes seven times as long
(``python -m benchmarks churn``). The sampler is only needed to fit, so a stored model is without it.

Left out: class weights, which move the shares as SMOTE does; under-sampling, which throws stayers away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.tabular._shared.preparation import make_preparation
from core.tabular._shared.schema import Feature, Schema
from core.tabular.churn.derive import BILL, derive_columns, find_charges
from core.tabular.churn.recipe import BASELINE, RULE, SMOTED, Recipe

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

RULE_LEAVES, RULE_LEAF_ROWS = 8, 20
"""A rule on a number has at most so many steps, each of so many customers."""
BOOSTING_LEAF_ROWS, BOOSTING_L2, BOOSTING_COLUMNS, BOOSTING_ROWS = 50, 5.0, 0.3, 0.7
"""Least rows of a leaf, its penalty, and the shares of columns and rows that a tree sees."""
FOREST_COLUMNS = 0.2


def widen_schema(schema: Schema) -> Schema:
    """Add the columns that are made out of each row; see ``derive``."""
    if not find_charges(schema.numbers):
        return schema
    return Schema(schema.target, schema.classes, (*schema.features, Feature(BILL, "number")), schema.ignored)


class Bench:
    """Fits models on one set of rows, whose preparation is fitted once for all of them, and asks them about others.

    Parameters
    ----------
    schema : Schema
        Of the table's own columns.
    x : DataFrame of shape (n_rows, n_features)
        Rows to learn from, as the table has them.
    y : bool array of shape (n_rows,)
        Who left.
    x_new : DataFrame, optional
        Rows to ask about.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> data = load(Recipe())
    >>> bench = Bench(Recipe(), data.schema, (data.x, data.y), data.x.head(3))
    >>> bench.ask("logistic regression").round(2).tolist()
    [0.64, 0.04, 0.29]
    """

    def __init__(
        self, recipe: Recipe, schema: Schema, rows: tuple[pd.DataFrame, np.ndarray], x_new: pd.DataFrame | None = None
    ) -> None:
        self.recipe, self.schema, self.y = recipe, widen_schema(schema), rows[1]
        self.x = derive_columns(rows[0], schema.numbers)
        self.x_new = None if x_new is None else derive_columns(x_new, schema.numbers)
        self._made: dict[str, tuple[Any, np.ndarray, np.ndarray | None]] = {}

    def fit(self, name: str, depth: int = 0) -> Pipeline:
        """Fit a model: a Pipeline of ``prepare`` and ``classify`` over derived columns.

        Parameters
        ----------
        name : str
            A model's name, also with `` + SMOTE``; the churn rate, or one rule.
        depth : int
            Of boosting; the others do not listen.
        """
        from sklearn.pipeline import Pipeline

        return Pipeline([("prepare", self._prepare(name)[0]), ("classify", self._fit(name, depth))])

    def ask(self, name: str, depth: int = 0) -> np.ndarray:
        """Fit a model and return its probability of leaving of each new row, shape (n_new,)."""
        return np.asarray(self._fit(name, depth).predict_proba(self._prepare(name)[2])[:, 1], dtype=float)

    def _fit(self, name: str, depth: int) -> Any:
        """Fit a classifier on prepared rows, resampled by imbalanced-learn's pipeline where its name says so."""
        classifier = _make_classifier(name.removesuffix(SMOTED), self.recipe, depth)
        z = self._prepare(name)[1]
        if not name.endswith(SMOTED):
            return classifier.fit(z, self.y)
        from imblearn.pipeline import Pipeline

        steps = [("resample", _make_sampler(self.y, self.recipe.seed)), ("classify", classifier)]
        return Pipeline(steps).fit(z, self.y)["classify"]

    def _prepare(self, name: str) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Return the fitted preparation of a model, the prepared rows, and the prepared new rows."""
        plain = name.removesuffix(SMOTED)
        key = plain if plain in {RULE, "logistic regression"} else ""
        if key not in self._made:
            columns = _choose_rule(self.recipe, self.schema, self.x, self.y) if key == RULE else self.schema
            preparation = make_preparation(columns, len(self.x), scaled=key == "logistic regression")
            z = np.asarray(preparation.fit_transform(self.x))
            z_new = None if self.x_new is None else np.asarray(preparation.transform(self.x_new))
            self._made[key] = preparation, z, z_new
        return self._made[key]


def _make_sampler(y: np.ndarray, seed: int) -> Any:
    """Make SMOTE, with fewer neighbours where a class has few rows."""
    from imblearn.over_sampling import SMOTE

    return SMOTE(k_neighbors=min(5, int(min(y.sum(), (~y).sum())) - 1), random_state=seed)


def _make_classifier(name: str, recipe: Recipe, depth: int) -> Any:
    """Make an unfitted classifier."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    if name == BASELINE:
        return DummyClassifier(strategy="prior")
    if name == RULE:
        return DecisionTreeClassifier(max_leaf_nodes=RULE_LEAVES, min_samples_leaf=RULE_LEAF_ROWS, random_state=0)
    if name == "logistic regression":
        return LogisticRegression(C=recipe.logistic_c, max_iter=2_000)
    if name == "random forest":
        return RandomForestClassifier(
            recipe.forest_trees, min_samples_leaf=recipe.forest_leaf, max_features=FOREST_COLUMNS,
            random_state=recipe.seed, n_jobs=1,
        )  # fmt: skip
    return _make_boosting(recipe, depth)


def _make_boosting(recipe: Recipe, depth: int) -> Any:
    """Make LightGBM's trees, one thread and the same bytes each time."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        max_depth=depth, num_leaves=min(2**depth, 31), learning_rate=recipe.boosting_rate,
        n_estimators=recipe.boosting_rounds, min_child_samples=BOOSTING_LEAF_ROWS, reg_lambda=BOOSTING_L2,
        colsample_bytree=BOOSTING_COLUMNS, subsample=BOOSTING_ROWS, subsample_freq=1, random_state=recipe.seed,
        n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1,
    )  # fmt: skip


def _choose_rule(recipe: Recipe, schema: Schema, x: pd.DataFrame, y: np.ndarray) -> Schema:
    """Keep the one column that the rule asks about: the named one, contract, or the one that parts these rows best."""
    asked = recipe.rule or ("contract" if "contract" in schema.names else "")
    chosen = [each for each in schema.features if each.name == asked]
    if not chosen:
        chosen = [max(schema.features, key=lambda each: _measure_column(each, x[each.name], y))]
    return Schema(schema.target, schema.classes, tuple(chosen))


def _measure_column(feature: Feature, values: pd.Series, y: np.ndarray) -> float:
    """Measure how far churn rates differ between a column's levels or tenths: their variance over the rows."""
    parts = number_parts(values, is_category=feature.kind == "category")
    return float(pd.Series(y).groupby(parts).transform("mean").var())


def number_parts(values: pd.Series, *, is_category: bool, n_parts: int = 10) -> np.ndarray:
    """Give each level of a category, or tenth of a number's rows, a number of its own; a gap too.

    Parts go by mean ranks, so that equal values stay together and two values of a number are two parts.

    Examples
    --------
    >>> number_parts(pd.Series([0.0, 0.0, 0.0, 1.0, np.nan]), is_category=False).tolist()
    [0, 0, 0, 1, 2]
    """
    parts = values if is_category else values.rank() * n_parts // (values.notna().sum() + 1)
    return np.asarray(pd.factorize(parts, use_na_sentinel=False)[0])


def ask_share(pipeline: Any, schema: Schema, x: pd.DataFrame) -> np.ndarray:
    """Return the probability of leaving of each row, shape (n_rows,), from the table's own columns."""
    return np.asarray(pipeline.predict_proba(derive_columns(x, schema.numbers))[:, 1], dtype=float)
