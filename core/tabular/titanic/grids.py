"""The whole surface of a grid search over two settings of each model, and what such a search is really worth.

scikit-learn's GridSearchCV tries every pair of settings on inner folds of the training rows. The score of the cell it
chooses flatters itself, having been chosen for its height; so the search is also run inside outer folds that score what
it chose on rows it never saw (nested cross-validation: S. Varma and R. Simon 2006, doi:10.1186/1471-2105-7-91).

Left out: searching three settings at once; random and Bayesian search; the second copy of every row, without its
party, that the compared models learn from: a surface is of the rows as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.splits import make_folds
from core.hub.charts import Chart, Mark
from core.hub.progress import Progress
from core.tabular.titanic.pipelines import make_pipeline
from core.tabular.titanic.recipe import Recipe

SURFACE_FOLDS, OUTER_FOLDS, INNER_FOLDS = 5, 5, 3
FOREST_TREES = 40
"""Of a searched forest: a surface needs its shape, not its last digit."""
GRIDS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "logistic regression": {
        "classify__C": (0.01, 0.03, 0.1, 0.3, 1.0, 10.0),
        "prepare__categories__code__min_frequency": (2, 9, 81),
    },
    "random forest": {
        "classify__min_samples_leaf": (1, 3, 5, 10),
        "classify__max_features": (0.2, 0.4, 0.7, 1.0),
    },
    "gradient boosting": {
        "classify__num_leaves": (4, 8, 16, 31),
        "classify__learning_rate": (0.02, 0.05, 0.1, 0.2),
    },
}
SHOWN = {
    "classify__C": "C",
    "prepare__categories__code__min_frequency": "Rows a level needs",
    "classify__min_samples_leaf": "Rows in a leaf",
    "classify__max_features": "Share of columns tried at a split",
    "classify__num_leaves": "Leaves of a tree",
    "classify__learning_rate": "Learning rate",
}


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Every cell of a grid search and its nested score.

    Parameters
    ----------
    x_name, y_name : str
        The two settings, as they are shown.
    x, y : array of shape (n_x,), (n_y,)
        Their values.
    mean, error : array of shape (n_y, n_x)
        Mean accuracy over the folds, and its standard error.
    nested : array of shape (OUTER_FOLDS,)
        Accuracy of the settings that an inner search chose, on rows it never saw.
    chosen : tuple of (x, y) pairs
        What each outer fold's search chose.
    """

    model: str
    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    nested: np.ndarray
    chosen: tuple[tuple[float, float], ...]

    @property
    def best(self) -> tuple[int, int]:
        """The place (row, column) of the best cell; of equal ones the first."""
        row, column = np.unravel_index(int(self.mean.argmax()), self.mean.shape)
        return int(row), int(column)

    @property
    def n_level(self) -> int:
        """Cells within one standard error of the best: as good as it, for all that is known."""
        return int((self.mean >= self.mean[self.best] - self.error[self.best]).sum())

    @property
    def sentence(self) -> str:
        """Say how high the best cell is, how flat the surface, and what the search is worth on rows it never saw."""
        row, column = self.best
        n_different = len(set(self.chosen))
        settings = f"{self.x_name} {self.x[column]:g}, {self.y_name} {self.y[row]:g}"
        return (
            f"The best of {self.mean.size} cells scores {self.mean[row, column]:.3f} ({settings}); {self.n_level} lie "
            f"within one standard error of it and the lowest scores {self.mean.min():.3f}. On rows that no search saw, "
            f"what was chosen scores {self.nested.mean():.3f}; {len(self.chosen)} searches chose {n_different} "
            "different cells."
        )


def search_grid(name: str, recipe: Recipe, where: tuple[pd.DataFrame, np.ndarray], progress: Progress) -> Grid:
    """Search a model's two settings on the training rows, and nested, in one step of progress each.

    Parameters
    ----------
    where : (DataFrame of shape (n_rows, 10), object array of shape (n_rows,))
        Training rows alone.
    """
    x, y = where
    recipe = replace(recipe, forest_trees=min(recipe.forest_trees, FOREST_TREES))
    whole = _search(name, recipe, x, y, SURFACE_FOLDS)
    progress.advance()
    scores, chosen = [], []
    for split in make_folds(y, OUTER_FOLDS, 1, recipe.seed):
        inner = _search(name, recipe, x.iloc[split.train], y[split.train], INNER_FOLDS)
        scores.append(float((inner.predict(x.iloc[split.test]) == y[split.test]).mean()))
        first, second = (float(inner.best_params_[key]) for key in GRIDS[name])
        chosen.append((first, second))
        progress.advance({name: scores[-1]})
    return _lay_out(name, whole.cv_results_, np.array(scores), tuple(chosen))


def _search(name: str, recipe: Recipe, x: pd.DataFrame, y: np.ndarray, n_folds: int) -> Any:
    """Run one grid search and return it fitted; features are made anew inside every fold."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import Pipeline

    from core.tabular.titanic.maker import FeatureMaker

    folds = StratifiedKFold(n_folds, shuffle=True, random_state=recipe.seed)
    grid = {key: list(values) for key, values in GRIDS[name].items()}
    steps = [("make", FeatureMaker(recipe)), *make_pipeline(name, recipe, len(x)).steps]
    return GridSearchCV(Pipeline(steps), grid, scoring="accuracy", cv=folds, error_score="raise").fit(x, y)


def _lay_out(
    name: str, results: Mapping[str, np.ndarray], nested: np.ndarray, chosen: tuple[tuple[float, float], ...]
) -> Grid:
    """Lay the results of a search out as a surface."""
    keys = list(GRIDS[name])
    x, y = (np.array(GRIDS[name][key], dtype=float) for key in keys)
    mean, error = np.zeros((len(y), len(x))), np.zeros((len(y), len(x)))
    for place, settings in enumerate(results["params"]):
        column, row = (int(np.flatnonzero(axis == settings[key])[0]) for axis, key in zip((x, y), keys, strict=True))
        mean[row, column] = results["mean_test_score"][place]
        error[row, column] = results["std_test_score"][place] / np.sqrt(SURFACE_FOLDS - 1)
    return Grid(name, SHOWN[keys[0]], SHOWN[keys[1]], x, y, mean, error, nested, chosen)


def grid_chart(grid: Grid) -> Chart:
    """Draw the whole surface; its title says how flat it is."""
    row, column = grid.best
    texts = tuple(f"{value:.3f}" for value in grid.mean.ravel())
    title = (
        f"{grid.n_level} of {grid.mean.size} settings are as good as the best for all that is known: "
        f"{grid.mean.min():.3f} to {grid.mean.max():.3f}"
    )
    names = [np.array([f"{value:g}" for value in axis], dtype=object) for axis in (grid.x, grid.y)]
    marks = (
        Mark("heatmap", names[0], names[1], z=grid.mean, text=texts),
        Mark("points", names[0][[column]], names[1][[row]], "best cell", "second", size=12.0),
    )
    return Chart(title, grid.x_name, grid.y_name, marks, alt=f"{title}. {grid.sentence}", z_label="Accuracy")
