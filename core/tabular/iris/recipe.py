"""What decides a training run: which classifiers, their settings, and how the rows are split.

The defaults of the classifiers are scikit-learn's own wherever it has one, so that leave-one-out figures can be held
against published ones. The data is Fisher's (1936, doi:10.1111/j.1469-1809.1936.tb02137.x).

Left out: searching for settings. Nothing is tuned, so nothing can leak from the rows that judge a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.hub.contract import Label, Range, Seed

SLUG = "iris"
BASELINE = "majority class"
MAX_LOO_ROWS = 300

ModelName = Literal[
    "logistic regression",
    "decision tree",
    "nearest neighbours",
    "support vector machine",
    "random forest",
    "naive Bayes",
    "gradient boosting",
    "linear discriminant analysis",
    "quadratic discriminant analysis",
]
MODELS: tuple[str, ...] = get_args(ModelName)
Guarantee = Literal["auto", "overall", "each class"]
SLOW_MODELS = ("random forest", "gradient boosting")
"""Refitting these once per row takes minutes; ``leave_one_out="fast"`` passes them over."""

SETTINGS_OF: Mapping[str, tuple[str, ...]] = {
    "logistic regression": ("logistic_c",),
    "decision tree": ("tree_depth",),
    "nearest neighbours": ("neighbours", "neighbour_scaling"),
    "support vector machine": ("svm_c", "svm_gamma"),
    "random forest": ("forest_trees",),
    "naive Bayes": ("bayes_smoothing",),
    "gradient boosting": ("boosting_rate", "boosting_rounds"),
    "linear discriminant analysis": (),
    "quadratic discriminant analysis": ("qda_regularisation",),
}
"""Which fields of the recipe each classifier listens to: what a page shows as its sliders."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on a table with a class column.

    Parameters
    ----------
    models : tuple of str
        Classifiers to compare; the majority-class baseline is always added.
    target : str
        The class column; empty takes the table's own.
    test_share, calibration_share : float
        Shares (0–1) of the rows kept for the final score and for the prediction sets; the rest trains.
    coverage : float
        How often (0–1) a prediction set must hold the true class. Raising it makes sets larger.
    guarantee : str
        Over which rows that is promised: ``overall`` (one threshold), ``each class`` (a threshold of its own, larger
        sets), or ``auto``, which keeps to ``overall`` while no class is rare.
    n_folds, n_repeats : int
        Stratified cross-validation of the training rows, by which models are compared.
    leave_one_out : str
        ``fast`` passes over forest and boosting, ``all`` refits every model once per row (tables of up to 300 rows).
    """

    models: Annotated[tuple[ModelName, ...], Label("Models", "The majority-class baseline is always added.")] = MODELS  # type: ignore[assignment]
    target: Annotated[str, Label("Class column", "Empty takes the column chosen for the table.")] = ""
    test_share: Annotated[float, Range(0.1, 0.5, 0.05), Label("Test share", "Rows kept for the final score.")] = 0.2
    calibration_share: Annotated[
        float, Range(0.1, 0.4, 0.05), Label("Calibration share", "Rows kept for the prediction sets.")
    ] = 0.2
    coverage: Annotated[
        float, Range(0.5, 0.99, 0.01), Label("Coverage", "How often a prediction set must hold the true class.")
    ] = 0.9
    guarantee: Annotated[
        Guarantee, Label("Promise holds for", "Auto: all rows together, or each class by itself where one is rare.")
    ] = "auto"
    n_folds: Annotated[int, Range(2, 10, 1), Label("Folds", "Parts of each cross-validation.")] = 5
    n_repeats: Annotated[int, Range(1, 20, 1), Label("Repeats", "More repeats give steadier comparisons.")] = 2
    leave_one_out: Annotated[Literal["off", "fast", "all"], Label("Leave-one-out", "For tables of up to 300 rows.")] = (
        "off"
    )
    logistic_c: Annotated[
        float, Range(0.001, 100.0, log=True), Label("C of logistic regression", "Larger trusts the data more.")
    ] = 1.0
    tree_depth: Annotated[int, Range(1, 20, 1), Label("Depth of the tree", "Deeper fits finer, and noise too.")] = 4
    neighbours: Annotated[int, Range(1, 50, 1), Label("Neighbours", "More gives a smoother boundary.")] = 5
    neighbour_scaling: Annotated[
        Literal["auto", "standard", "none"],
        Label("Scaling for neighbours", "Auto keeps the columns' own units when their spreads are alike."),
    ] = "auto"
    svm_c: Annotated[
        float, Range(0.01, 100.0, log=True), Label("C of the SVM", "Larger bends around single points.")
    ] = 1.0
    svm_gamma: Annotated[
        Literal["scale", "0.03", "0.1", "0.3", "1", "3", "10"],
        Label("Gamma of the SVM", "Larger makes each point's reach shorter; scale sets it from the data."),
    ] = "scale"
    forest_trees: Annotated[int, Range(10, 500, 10), Label("Trees in the forest", "More is steadier and slower.")] = 100
    bayes_smoothing: Annotated[
        float, Range(1e-9, 1.0, log=True), Label("Smoothing of naive Bayes", "Share of the largest variance added.")
    ] = 1e-9
    boosting_rate: Annotated[
        float, Range(0.01, 1.0, log=True), Label("Learning rate of boosting", "Smaller needs more rounds.")
    ] = 0.1
    boosting_rounds: Annotated[int, Range(10, 500, 10), Label("Rounds of boosting")] = 100
    qda_regularisation: Annotated[
        float, Range(0.0, 1.0, 0.05), Label("Regularisation of QDA", "Pulls each class's spread towards a ball.")
    ] = 0.0
    seed: Seed = 0


Centimetres = Range(0.1, 20.0, 0.1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """One iris flower: four lengths in centimetres. The defaults are a typical versicolor."""

    sepal_length: Annotated[float, Centimetres, Label("Sepal length", "The outer leaf of the flower.", "cm")] = 5.9
    sepal_width: Annotated[float, Centimetres, Label("Sepal width", "", "cm")] = 2.8
    petal_length: Annotated[float, Centimetres, Label("Petal length", "The inner leaf of the flower.", "cm")] = 4.3
    petal_width: Annotated[float, Centimetres, Label("Petal width", "", "cm")] = 1.3


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(),
    "full": Recipe(n_folds=10, n_repeats=10, leave_one_out="all"),
}
