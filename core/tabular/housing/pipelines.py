"""The models: columns prepared once, straight lines of four kinds, boosted trees, and a blend of both.

Every model answers on the scale it learns on (logs of prices, where logs are used). All share one preparation, so that
a price asks it once. References: ridge (Hoerl and Kennard 1970), lasso (Tibshirani 1996), elastic net (Zou and Hastie
2005), LightGBM (Ke et al. 2017), stacking with weights that are not negative and add up to one (Breiman 1996,
doi:10.1007/BF00117832).

Left out: interactions made by hand; the trees make their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from core.evaluation.splits import make_folds
from core.tabular._shared.preparation import make_preparation
from core.tabular._shared.schema import Feature, Schema
from core.tabular.housing.coder import Coder, Columns, read_coder
from core.tabular.housing.recipe import BASELINE, BLENDED, LINEAR, Recipe, Scaling

T = TypeVar("T")
RARE_ROWS, INNER_FOLDS, MIXED = 10, 3, 0.5
MOST_PASSES = 2_000
"""Of lasso's search, which ends long before where columns are scaled; unscaled it is stopped here."""
FEW_ROWS = 300
"""Below so many rows a level may be rarer."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A straight line on prepared columns: its intercept and a weight for each."""

    intercept: float
    weights: np.ndarray

    def answer(self, z: np.ndarray) -> np.ndarray:
        """Answer prepared rows, shape (n_rows,)."""
        return np.asarray(self.intercept + z @ self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Models fitted on the same rows.

    Parameters
    ----------
    prepare : ColumnTransformer
        Turns design rows into numbers; ``coder`` does the same faster.
    booster : lightgbm.Booster, optional
    shares : (float, float)
        Weights of the line and of the trees in the blend.
    medians : mapping of group to float
        The baseline's answers; ``overall`` for other groups.
    centre : array of shape (n_prepared,)
        Means of the prepared training rows, from which a line's contributions are counted.
    seconds : mapping of model to float
        What each fit took; empty for models that were read from files.
    """

    prepare: Any
    coder: Coder
    lines: Mapping[str, Line]
    booster: Any
    shares: tuple[float, float]
    medians: Mapping[str, float]
    overall: float
    centre: np.ndarray
    seconds: Mapping[str, float] = field(default_factory=dict)

    def transform(self, design: Columns) -> np.ndarray:
        """Prepare design rows, shape (n_rows, n_prepared)."""
        return self.coder.transform(design)

    def answer(self, name: str, z: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Answer prepared rows with one model, on the scale it learnt on, shape (n_rows,)."""
        if name == BASELINE:
            return np.array([self.medians.get(str(group), self.overall) for group in groups])
        if name == "LightGBM":
            return np.asarray(self.booster.predict(z, num_threads=1))
        if name == "blend":
            parts = [self.answer(part, z, groups) for part in BLENDED]
            return self.shares[0] * parts[0] + self.shares[1] * parts[1]
        return self.lines[name].answer(z)


def list_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the models that must be fitted for those asked: a blend needs its parts.

    Examples
    --------
    >>> list_parts(("blend",)), list_parts(("lasso",))
    (('ridge', 'LightGBM'), ('lasso',))
    """
    asked = [part for name in names for part in (BLENDED if name == "blend" else (name,))]
    return tuple(part for part in dict.fromkeys(asked) if part != BASELINE)


def make_columns(design: pd.DataFrame, scaling: Scaling) -> Any:
    """Make the unfitted preparation of design columns: median and flag for gaps, scaling, one-hot levels."""
    from sklearn.preprocessing import MinMaxScaler

    kinds = {name: "category" if values.dtype == object else "number" for name, values in design.items()}
    schema = Schema("", (), tuple(Feature(str(name), kind) for name, kind in kinds.items()))  # type: ignore[arg-type]
    made = make_preparation(schema, len(design), scaled=scaling != "none")
    if scaling == "minmax" and schema.numbers:
        made.set_params(numbers__scale=MinMaxScaler())
    if schema.categories:
        rare = RARE_ROWS if len(design) >= FEW_ROWS else 2
        made.set_params(categories__code__min_frequency=rare)
        if len(schema.categories) * 20 < len(design):
            made.set_params(categories__code__max_categories=None)
    return made


def fit_models(
    names: tuple[str, ...], recipe: Recipe, design: pd.DataFrame, y: np.ndarray, who: tuple[np.ndarray, np.ndarray]
) -> Fitted:
    """Fit every named model on the same rows; the weights of a blend are fitted on inner folds of these rows.

    Parameters
    ----------
    y : float array of shape (n_rows,)
        On the scale to learn on.
    who : (groups, copies)
        Each row's group, for the baseline; and its number among copies, which inner folds keep together.
    """
    groups, copies = who
    parts = list_parts(names)
    prepare = make_columns(design, recipe.scaling).fit(design)
    coder = read_coder(prepare)
    z = coder.transform(design)
    seconds: dict[str, float] = {}
    lines = {name: _time(seconds, name, fit_line, name, recipe, z, y) for name in parts if name in LINEAR}
    booster = _time(seconds, "LightGBM", fit_trees, recipe, z, y).booster_ if "LightGBM" in parts else None
    shares = _time(seconds, "blend", _fit_shares, recipe, design, y, copies) if "blend" in names else (0.0, 1.0)
    medians = {str(group): float(value) for group, value in pd.Series(y).groupby(groups.astype(str)).median().items()}
    return Fitted(prepare, coder, lines, booster, shares, medians, float(np.median(y)), z.mean(axis=0), seconds)


def _time(seconds: dict[str, float], name: str, call: Callable[..., T], *given: object) -> T:
    """Call, and keep the seconds it took under a name."""
    started = time.perf_counter()
    made = call(*given)
    seconds[name] = time.perf_counter() - started
    return made


def fit_line(name: str, recipe: Recipe, z: np.ndarray, y: np.ndarray) -> Line:
    """Fit one straight line; lasso's λ is taken in standard deviations of the target, so that no unit matters."""
    import warnings

    from sklearn import linear_model
    from sklearn.exceptions import ConvergenceWarning

    unit = (float(y.std()) or 1.0) if name in {"lasso", "elastic net"} else 1.0
    made: Any
    if name == "ridge":
        made = linear_model.Ridge(recipe.ridge)
    elif name == "lasso":
        made = linear_model.Lasso(recipe.lasso, max_iter=MOST_PASSES, tol=1e-3)
    elif name == "elastic net":
        made = linear_model.ElasticNet(recipe.lasso, l1_ratio=MIXED, max_iter=MOST_PASSES, tol=1e-3)
    else:
        made = linear_model.LinearRegression()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # without scaling the search is stopped, as told above
        fitted = made.fit(z, y / unit)
    return Line(unit * float(fitted.intercept_), unit * np.asarray(fitted.coef_, dtype=float))


def fit_trees(recipe: Recipe, z: np.ndarray, y: np.ndarray) -> Any:
    """Fit LightGBM, the same bytes for the same seed."""
    from lightgbm import LGBMRegressor

    return LGBMRegressor(
        n_estimators=recipe.boosting_rounds,
        learning_rate=recipe.boosting_rate,
        num_leaves=recipe.boosting_leaves,
        min_child_samples=10,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.3,
        random_state=recipe.seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    ).fit(z, y)


def _fit_shares(recipe: Recipe, design: pd.DataFrame, y: np.ndarray, copies: np.ndarray) -> tuple[float, float]:
    """Answer every row by models of inner folds, and weigh the line and the trees by those answers."""
    groups = copies if len(np.unique(copies)) < len(copies) else None
    answers = np.zeros((len(BLENDED), len(y)))
    for split in make_folds(y, INNER_FOLDS, 1, recipe.seed, groups):
        coder = read_coder(make_columns(design.iloc[split.train], recipe.scaling).fit(design.iloc[split.train]))
        sides = [coder.transform(design.iloc[rows]) for rows in (split.train, split.test)]
        answers[0, split.test] = fit_line(BLENDED[0], recipe, sides[0], y[split.train]).answer(sides[1])
        trees = fit_trees(recipe, sides[0], y[split.train])
        answers[1, split.test] = trees.booster_.predict(sides[1], num_threads=1)
    return weigh_two(answers[0], answers[1], y)


def weigh_two(first: np.ndarray, second: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Find the two weights, not negative and one together, whose mix misses least in squares.

    Examples
    --------
    >>> weigh_two(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([1.5, 2.5]))
    (0.75, 0.25)
    """
    apart = first - second
    squares = float(apart @ apart)
    share = float(apart @ (y - second)) / squares if squares else MIXED
    share = min(1.0, max(0.0, share))
    return share, 1.0 - share


def name_sources(prepare: Any) -> tuple[str, ...]:
    """Name the design column that each prepared column comes from, in their order."""
    sources: list[str] = []
    for key, part, columns in prepare.transformers_:
        if key == "numbers":
            flags = part.named_steps["impute"].indicator_.features_
            sources += [*columns, *(columns[place] for place in flags)]
        elif key == "categories":
            coder = part.named_steps["code"]
            for name, levels, rare in zip(columns, coder.categories_, coder.infrequent_categories_, strict=True):
                sources += [name] * (len(levels) - (0 if rare is None else len(rare) - 1))
    return tuple(sources)
