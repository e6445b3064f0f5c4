"""The moving figures of the lessons about methods, all on the iris flowers.

Left out: the lessons' words (``lessons``) and the figures about scores (``score_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.evaluation.labels import encode_labels
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.iris.by_hand import gini, majority_error, split_gain
from core.tabular.iris.classifiers import make_classifier
from core.tabular.iris.data import Data, load
from core.tabular.iris.planes import boundary
from core.tabular.iris.recipe import ModelName, Recipe

PETAL = ("petal_length", "petal_width")
RESOLUTION = 60

Column = Literal["petal_length", "petal_width", "sepal_length", "sepal_width"]


@lru_cache(maxsize=1)
def load_flowers() -> Data:
    """Load the bundled flowers once; nothing changes them."""
    return load(Recipe())


def read_column(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return one column of all flowers and their class numbers."""
    data = load_flowers()
    return data.x[name].to_numpy(), encode_labels(data.y, data.schema.classes)


@dataclass(frozen=True, slots=True)
class LogisticControl:
    """How far the data is trusted."""

    c: Annotated[float, Range(0.001, 1_000.0, log=True), Label("C", "Larger means a weaker penalty.")] = 1.0


def draw_logistic(control: LogisticControl) -> Chart:
    """Draw the share of virginica against petal width, for virginica and versicolor alone."""
    values, codes = read_column("petal_width")
    kept = codes > 0
    z, is_virginica = values[kept], codes[kept] == 2  # noqa: PLR2004 - the third class
    classifier = make_classifier("logistic regression", replace(Recipe(), logistic_c=min(control.c, 1_000.0)))
    classifier.fit(z[:, None], is_virginica)
    grid = np.linspace(0.8, 2.7, 120)
    shares = classifier.predict_proba(grid[:, None])[:, 1]
    border = float(-classifier.intercept_[0] / classifier.coef_[0, 0])
    title = f"Virginica becomes likelier than versicolor at a petal width of {border:.2f} cm"
    points = tuple(
        Mark("points", rows, np.full(len(rows), float(place - 1)), name, "class", place)
        for place, name, rows in ((1, "versicolor", z[~is_virginica]), (2, "virginica", z[is_virginica]))
    )
    line = Mark("line", grid, shares, "share of virginica")
    alt = f"{title}; the curve rises by at most {classifier.coef_[0, 0] / 4:.2f} per cm."
    return Chart(title, "petal width (cm)", "Share of virginica", (line, *points), alt=alt, y_percent=True)


@dataclass(frozen=True, slots=True)
class TreeControl:
    """Where a node is cut."""

    column: Annotated[Column, Label("Column")] = "petal_length"
    threshold: Annotated[float, Range(0.1, 7.9, 0.1), Label("Cut at", "", "cm")] = 2.5


def draw_split(control: TreeControl) -> Chart:
    """Draw how much impurity each cut of a column takes away."""
    values, codes = read_column(control.column)
    cuts = np.linspace(values.min(), values.max(), 150)[:-1]
    gains = np.array([split_gain(values, codes, cut) for cut in cuts])
    own, best = split_gain(values, codes, control.threshold), float(gains.max())
    whole = gini(np.bincount(codes))
    title = f"A cut at {control.threshold:g} cm takes {own / whole:.0%} of the impurity, the best {best / whole:.0%}"
    marks = (
        Mark("line", cuts, gains, "gain of a cut"),
        Mark("points", np.array([control.threshold]), np.array([own]), "this cut", "second", size=12),
    )
    label = f"{control.column.replace('_', ' ')} (cm)"
    return Chart(title, label, "Fall in Gini impurity", marks, alt=f"{title}.", y_range=(0.0, whole / 2 + 0.02))


@dataclass(frozen=True, slots=True)
class NeighboursControl:
    """How many rows vote."""

    k: Annotated[int, Range(1, 50, 1), Label("Neighbours")] = 5


def draw_neighbours(control: NeighboursControl) -> Chart:
    """Draw the areas of nearest neighbours on the petals."""
    return boundary("nearest neighbours", Recipe(neighbours=control.k), load_flowers(), PETAL, RESOLUTION)


@dataclass(frozen=True, slots=True)
class SvmControl:
    """How far a point reaches, and how dear a mistake is."""

    gamma: Annotated[Literal["scale", "0.03", "0.1", "0.3", "1", "3", "10"], Label("Gamma")] = "1"
    c: Annotated[float, Range(0.01, 100.0, log=True), Label("C")] = 1.0


def draw_svm(control: SvmControl) -> Chart:
    """Draw the areas of the support vector machine on the petals."""
    settings = Recipe(svm_c=control.c, svm_gamma=control.gamma)
    return boundary("support vector machine", settings, load_flowers(), PETAL, RESOLUTION)


@dataclass(frozen=True, slots=True)
class BayesControl:
    """Which column is looked at."""

    column: Annotated[Column, Label("Column")] = "petal_width"


def draw_bayes(control: BayesControl) -> Chart:
    """Draw the Gaussian of each class along one column, times the class's share."""
    values, codes = read_column(control.column)
    classes = load_flowers().schema.classes
    grid = np.linspace(values.min() - 0.5, values.max() + 0.5, 160)
    marks = []
    for code, name in enumerate(classes):
        rows = values[codes == code]
        spread = rows.std()
        heights = np.exp(-0.5 * ((grid - rows.mean()) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        marks.append(Mark("line", grid, heights * len(rows) / len(values), name, "class", code))
    highest = np.array([mark.y for mark in marks])
    overlap = float(1 - highest.max(axis=0).sum() * (grid[1] - grid[0]))
    label = control.column.replace("_", " ")
    title = f"By {label} alone, naive Bayes expects to err on {overlap:.0%} of the flowers"
    return Chart(title, f"{label} (cm)", "Density times share", tuple(marks), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class DiscriminantControl:
    """One covariance for all classes, or one each."""

    covariance: Annotated[Literal["shared (LDA)", "one each (QDA)"], Label("Covariance")] = "shared (LDA)"


def draw_discriminant(control: DiscriminantControl) -> Chart:
    """Draw the areas of LDA or QDA on the petals."""
    name = f"{'linear' if control.covariance == 'shared (LDA)' else 'quadratic'} discriminant analysis"
    return boundary(name, Recipe(), load_flowers(), PETAL, RESOLUTION)


@dataclass(frozen=True, slots=True)
class EnsembleControl:
    """How good one voter is."""

    error: Annotated[float, Range(0.05, 0.6, 0.05), Label("Error of one voter")] = 0.3


def draw_ensemble(control: EnsembleControl) -> Chart:
    """Draw how often a majority is wrong as independent voters are added."""
    sizes = np.arange(1, 102, 2)
    errors = np.array([majority_error(control.error, int(n)) for n in sizes])
    turn = "falls" if errors[-1] < control.error else "rises" if errors[-1] > control.error else "stays"
    title = f"With 101 independent voters the error {turn} from {control.error:.0%} to {errors[-1]:.1%}"
    marks = (
        Mark("line", sizes.astype(float), errors, "majority of independent voters"),
        Mark("line", np.array([1.0, 101.0]), np.full(2, control.error), "one voter", "baseline", dash=True),
    )
    return Chart(title, "Voters", "Share of wrong answers", marks, alt=f"{title}.", y_percent=True, y_range=(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class BoundaryControl:
    """Which model cuts the plane, and which plane."""

    model: Annotated[ModelName, Label("Model")] = "decision tree"
    plane: Annotated[Literal["petals", "sepals", "principal components"], Label("Plane")] = "petals"


def draw_boundary(control: BoundaryControl) -> Chart:
    """Draw the areas of any model on the petals, the sepals or two principal components."""
    planes = {"petals": PETAL, "sepals": ("sepal_length", "sepal_width")}
    return boundary(control.model, Recipe(), load_flowers(), planes.get(control.plane, "pca"), RESOLUTION)
