"""The models, each fitted on the rows that it is given and asked for a probability of fraud, 0 to 1.

All but the boosted trees are plain arrays, so that a batch of a stream is scored in a millisecond and a stored model is
npz. Unsupervised detectors see the fifteen features only; a logistic curve over their score turns it into a probability
and cannot change the order.

Left out: class weights and resampling, which move the probabilities and hardly the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.streaming.fraud.anomaly import Distance, Isolation, fit_distance, fit_isolation
from core.streaming.fraud.baselines import score_amount
from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.native_trees import NativeTrees
from core.streaming.fraud.ratios import add_ratios
from core.streaming.fraud.recipe import BASELINE, UNSUPERVISED, Recipe
from core.streaming.fraud.trees import Trees, make_trees

if TYPE_CHECKING:
    import lightgbm

N_PLAIN = len(FEATURES)
FOREST_ROWS, FOREST_COLUMNS = 0.3, 0.25
"""Shares of rows and columns that a tree of the random forest sees; settled on validation weeks."""
EXTRA_COLUMNS = 0.5
BOOSTING_LEAF_ROWS, BOOSTING_L2, BOOSTING_COLUMNS, BOOSTING_ROWS = 20, 5.0, 0.5, 0.7
BOOSTING_LEAVES = 31


class Scorer(Protocol):
    """Whatever gives payments a probability of fraud."""

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of fraud of rows of shape (n, n_columns), shape (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Amount:
    """The baseline: the larger the amount, the more suspicious."""

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the amount, turned into 0 to 1."""
        return score_amount(x)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Logistic regression over columns brought to mean 0 and spread 1: weights of shape (n_columns,)."""

    weights: NDArray[np.float64]
    bias: float

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of fraud."""
        # einsum adds each row by itself, so a row's last digit does not hang on how many are asked about with it
        return _squash(np.einsum("ij,j->i", x, self.weights) + self.bias)


@dataclass(frozen=True, eq=False)
class Forest:
    """A tree, or the mean of many, whose leaves hold the share of frauds."""

    trees: Trees

    @cached_property
    def native(self) -> NativeTrees:
        """The same trees, walked by compiled code."""
        return NativeTrees(self.trees)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean share of frauds in the leaves that rows end in."""
        return self.native.average(x)


@dataclass(frozen=True, eq=False)
class Boosted:
    """LightGBM's trees, kept as their text."""

    text: str

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees, read once."""
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of fraud."""
        return np.asarray(self.booster.predict(x, num_threads=1), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Unusual:
    """A detector of what is unusual, its score turned into a probability: slope and bias of a logistic curve."""

    detector: Isolation | Distance
    slope: float
    bias: float

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of fraud."""
        return _squash(self.detector.score(x[:, :N_PLAIN]) * self.slope + self.bias)


def _squash(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn log-odds into probabilities without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def widen(recipe: Recipe, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the columns that the models of a recipe are asked about, shape (n, 15) or (n, 25)."""
    return add_ratios(features) if recipe.with_ratios else features


def fit_model(name: str, recipe: Recipe, x: NDArray[np.float64], fraud: NDArray[np.bool_]) -> Scorer:
    """Fit one model on rows of both classes.

    Parameters
    ----------
    name : str
        One of ``recipe.MODELS`` or the baseline.
    x : array of shape (n, n_columns)
        As :func:`widen` gives it.
    fraud : bool array of shape (n,)

    Examples
    --------
    >>> x = np.random.default_rng(0).random((400, 15))
    >>> model = fit_model("depth-2 tree", Recipe(), x, x[:, 0] > 0.9)
    >>> model.score(np.full((1, 15), 0.95)).tolist()
    [1.0]
    """
    if name == BASELINE:
        return Amount()
    if name in UNSUPERVISED:
        return _fit_unusual(name, recipe, x, fraud)
    if name == "logistic regression":
        return _fit_linear(x, fraud, recipe.logistic_c)
    if name == "gradient boosting":
        return _fit_boosting(recipe, x, fraud)
    return _fit_forest(name, recipe, x, fraud)


def _fit_linear(x: NDArray[np.float64], fraud: NDArray[np.bool_], c: float) -> Linear:
    """Fit logistic regression on scaled columns and write it on the columns as they are."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    fitted = LogisticRegression(C=c, max_iter=2_000).fit((x - mean) / spread, fraud)
    weights = fitted.coef_[0] / spread
    return Linear(weights, float(fitted.intercept_[0] - mean @ weights))


def _fit_unusual(name: str, recipe: Recipe, x: NDArray[np.float64], fraud: NDArray[np.bool_]) -> Unusual:
    """Fit a detector without labels, then a curve over its score with them."""
    plain = x[:, :N_PLAIN]
    detector = fit_isolation(plain, recipe.seed) if name == "isolation forest" else fit_distance(plain)
    curve = _fit_linear(detector.score(plain)[:, None], fraud, 1.0)
    # a curve that falls would turn the detector round: then what is unusual tells nothing here
    return Unusual(detector, max(float(curve.weights[0]), 1e-6), curve.bias)


def _fit_forest(name: str, recipe: Recipe, x: NDArray[np.float64], fraud: NDArray[np.bool_]) -> Forest:
    """Grow a tree or a forest and lay it out as arrays."""
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    shared = {"min_samples_leaf": recipe.forest_leaf, "random_state": recipe.seed, "n_jobs": 1}
    if name == "depth-2 tree":
        trees = [DecisionTreeClassifier(max_depth=2, random_state=recipe.seed).fit(x, fraud)]
    elif name == "random forest":
        forest = RandomForestClassifier(
            recipe.forest_trees, max_samples=FOREST_ROWS, max_features=FOREST_COLUMNS, **shared
        )
        trees = forest.fit(x, fraud).estimators_
    else:
        extra = ExtraTreesClassifier(recipe.forest_trees, max_features=EXTRA_COLUMNS, **shared)
        trees = extra.fit(x, fraud).estimators_
    return Forest(make_trees((each.tree_, _read_shares(each)) for each in trees))


def _read_shares(tree: Any) -> NDArray[np.float64]:
    """Return the share of frauds in each node of a fitted tree."""
    counts = tree.tree_.value[:, 0, :]
    return np.asarray(counts[:, 1] / counts.sum(axis=1), dtype=np.float64)


def _fit_boosting(recipe: Recipe, x: NDArray[np.float64], fraud: NDArray[np.bool_]) -> Boosted:
    """Boost trees with LightGBM, one thread and the same bytes each time."""
    from lightgbm import LGBMClassifier

    depth = int(recipe.boosting_depth)
    fitted = LGBMClassifier(
        n_estimators=recipe.boosting_rounds, learning_rate=recipe.boosting_rate, max_depth=depth,
        num_leaves=min(2**depth, BOOSTING_LEAVES), min_child_samples=BOOSTING_LEAF_ROWS, reg_lambda=BOOSTING_L2,
        colsample_bytree=BOOSTING_COLUMNS, subsample=BOOSTING_ROWS, subsample_freq=1, random_state=recipe.seed,
        n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1,
    ).fit(x, fraud)  # fmt: skip
    return Boosted(fitted.booster_.model_to_string())
