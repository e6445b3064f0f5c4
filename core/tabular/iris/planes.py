"""Where each model changes its answer, drawn on any two number columns or on two principal components.

The model is refitted on the two axes alone: the standard picture, in which every point of the plane has one answer.
It shows how a method cuts a plane, not a slice through the model of all columns.

Left out: more than two axes; probabilities (the map shows answers).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from core.hub.charts import Chart, Mark
from core.hub.errors import DataError, RecipeError
from core.tabular._shared.preparation import make_preparation
from core.tabular._shared.schema import Schema
from core.tabular.iris.classifiers import fit_classifier
from core.tabular.iris.data import Data
from core.tabular.iris.pipelines import is_scaled
from core.tabular.iris.recipe import MODELS, Recipe
from core.tabular.iris.sampling import sample_rows

MAX_ROWS = 400
"""Rows that are refitted and drawn, a stratified sample: what keeps a redraw under 300 ms."""
MAX_TREES, MAX_BOOSTED, MIN_ROUNDS = 40, 90, 5
"""Trees of the two ensembles in this view, of boosting over all classes; compared models keep the recipe's number."""
MIN_RESOLUTION, MAX_RESOLUTION = 20, 200
MARGIN = 0.08

Axes = tuple[str, str] | Literal["pca"]


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Rows on two axes: coordinates (n_rows, 2), classes, axis titles, and what scales them (None: already scaled)."""

    points: np.ndarray
    y: np.ndarray
    labels: tuple[str, str]
    schema: Schema | None


def boundary(model: str, settings: Recipe, data: Data, features: Axes = "pca", resolution: int = 60) -> Chart:
    """Refit one model on two axes and map its answers.

    Parameters
    ----------
    model : str
        One of ``MODELS``.
    settings : Recipe
        Its hyperparameters.
    features : (str, str) or "pca"
        Two number columns, or the first two principal components of all prepared columns.
    resolution : int
        Grid points along each axis, 20 to 200. The cost grows with its square.

    Returns
    -------
    Chart
        A heatmap of class numbers and the training rows (at most 400) over it.

    Raises
    ------
    DataError, RecipeError
        If a column is no number, the table has but one, or the model or resolution is unknown.

    Examples
    --------
    >>> from core.tabular.iris.data import load
    >>> boundary("linear discriminant analysis", Recipe(), load(Recipe()), ("petal_length", "petal_width")).title
    'Linear discriminant analysis, refitted on petal_length and petal_width, is right on 86 of 90 training rows'
    """
    if model not in MODELS:
        message = f"model is {model!r}; it must be one of {', '.join(MODELS)}"
        raise RecipeError(message)
    if not MIN_RESOLUTION <= resolution <= MAX_RESOLUTION:
        message = f"resolution is {resolution}; it must be {MIN_RESOLUTION} to {MAX_RESOLUTION}"
        raise RecipeError(message)
    return _draw_plane(model, settings, data.schema.classes, make_plane(data, features), resolution)


def boundaries(
    settings: Recipe, data: Data, features: Axes = "pca", resolution: int = 60, models: tuple[str, ...] = MODELS
) -> dict[str, Chart]:
    """Map every model on the same plane, for a picture side by side; see :func:`boundary`."""
    plane = make_plane(data, features)
    return {name: _draw_plane(name, settings, data.schema.classes, plane, resolution) for name in models}


def make_plane(data: Data, features: Axes) -> Plane:
    """Place the training rows (at most 400, every class in its share) on the two axes.

    Raises
    ------
    DataError
        If an axis is not a number column, or the table has no second one.
    """
    rows = data.train[sample_rows(data.y[data.train], MAX_ROWS, 0)]
    x, y = data.x.iloc[rows], data.y[rows]
    if features == "pca":
        return _make_pca_plane(data.schema, x, y)
    chosen = tuple(feature for name in features for feature in data.schema.features if feature.name == name)
    if len(set(features)) != len(chosen) or any(feature.kind == "category" for feature in chosen):
        asked, numbers = " and ".join(map(str, features)), ", ".join(data.schema.numbers)
        message = f"the axes are {asked}; choose two different number columns of {numbers}"
        raise DataError(message)
    known = x[list(features)].notna().all(axis=1).to_numpy()
    points = x.loc[known, list(features)].to_numpy(dtype=float)
    if len(np.unique(y[known])) < len(data.schema.classes):
        message = f"{features[0]} and {features[1]} are both known in no row of some class; choose other columns"
        raise DataError(message)
    return Plane(points, y[known], (features[0], features[1]), replace(data.schema, features=chosen))


def _make_pca_plane(schema: Schema, x: pd.DataFrame, y: np.ndarray) -> Plane:
    """Project the prepared columns on their first two principal components."""
    z = np.asarray(make_preparation(schema, len(y)).fit_transform(x))
    points, shares = project(z)
    if points.shape[1] < 2:  # noqa: PLR2004 - a plane has two axes
        message = f"the table has one usable column ({schema.names[0]}); a plane needs two"
        raise DataError(message)
    return Plane(
        points, y, (f"component 1 ({shares[0]:.0%} of variance)", f"component 2 ({shares[1]:.0%} of variance)"), None
    )


def project(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first two principal components of rows and the share of variance of each.

    Parameters
    ----------
    z : float array of shape (n_rows, n_columns)
        Standardised columns.

    Returns
    -------
    (n_rows, 2) array and (2,) array
        Signs are fixed so that each component's largest loading is positive.

    References
    ----------
    Pearson 1901, doi:10.1080/14786440109462720.

    Examples
    --------
    >>> points, shares = project(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
    >>> points[:, 0].round(3).tolist(), shares.round(3).tolist()
    ([-2.121, -0.707, 0.707, 2.121], [1.0, 0.0])
    """
    centred = z - z.mean(axis=0)
    _, singular, loadings = np.linalg.svd(centred, full_matrices=False)
    loadings = loadings[:2]
    largest = np.abs(loadings).argmax(axis=1)
    signs = np.sign(loadings[np.arange(len(loadings)), largest])
    total = float((singular**2).sum()) or 1.0
    return centred @ (loadings * signs[:, None]).T, (singular**2 / total)[:2]


def _draw_plane(model: str, settings: Recipe, classes: tuple[str, ...], plane: Plane, resolution: int) -> Chart:
    """Fit on the plane, answer each grid point and draw."""
    view = replace(
        settings,
        forest_trees=min(settings.forest_trees, MAX_TREES),
        boosting_rounds=min(settings.boosting_rounds, max(MIN_ROUNDS, MAX_BOOSTED // len(classes))),
    )
    answer = _fit_plane(model, view, plane)
    axes = [_spread_axis(plane.points[:, axis], resolution) for axis in range(2)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    places = np.searchsorted(np.array(classes, dtype=object), answer(grid)).reshape(resolution, resolution)
    answers = places.astype(np.uint8 if len(classes) <= 1 + np.iinfo(np.uint8).max else np.int64)
    n_right = int((answer(plane.points) == plane.y).sum())
    where = "two components" if plane.schema is None else " and ".join(plane.labels)
    title = f"{model[0].upper()}{model[1:]}, refitted on {where}, is right on {n_right} of {len(plane.y)} training rows"
    return Chart(
        title=title,
        x_label=plane.labels[0],
        y_label=plane.labels[1],
        marks=(Mark("heatmap", axes[0], axes[1], role="class", z=answers), *_draw_points(classes, plane)),
        alt=f"{title}{_say_smaller(model, view, settings)}; areas show its answer, points {', '.join(classes)}.",
        x_range=(float(axes[0][0]), float(axes[0][-1])),
        y_range=(float(axes[1][0]), float(axes[1][-1])),
    )


def _say_smaller(model: str, view: Recipe, settings: Recipe) -> str:
    """Say that an ensemble is smaller in this view than in the recipe."""
    if model == "random forest" and view.forest_trees < settings.forest_trees:
        return f" with {view.forest_trees} trees in this view"
    if model == "gradient boosting" and view.boosting_rounds < settings.boosting_rounds:
        return f" with {view.boosting_rounds} rounds in this view"
    return ""


def _fit_plane(model: str, settings: Recipe, plane: Plane) -> Callable[[np.ndarray], np.ndarray]:
    """Fit a model on two columns; return a function from points (n, 2) to class names (n,)."""
    z, scale, shift = plane.points, np.ones(2), np.zeros(2)
    if plane.schema is not None and is_scaled(model, settings, plane.schema):
        shift, scale = z.mean(axis=0), z.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
    classifier = fit_classifier(model, settings, (z - shift) / scale, plane.y)
    return lambda points: classifier.predict((points - shift) / scale)


def _spread_axis(values: np.ndarray, resolution: int) -> np.ndarray:
    """Cover the values with evenly spaced grid points and a small margin."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, resolution)


def _draw_points(classes: tuple[str, ...], plane: Plane) -> tuple[Mark, ...]:
    """Draw the rows of each class in its colour."""
    return tuple(
        Mark("points", rows[:, 0], rows[:, 1], name=name, role="class", index=index)
        for index, (name, rows) in enumerate((name, plane.points[plane.y == name]) for name in classes)
    )
