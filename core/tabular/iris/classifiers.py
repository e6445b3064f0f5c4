"""The classifiers themselves, each made by a small function from the recipe's settings.

The support vector machine's decision values become probabilities by temperature scaling (Guo et al. 2017,
arXiv:1706.04599) of out-of-fold values, through ``CalibratedClassifierCV(ensemble=False)``: no row calibrates the
machine it trained, and one temperature cannot change an answer. ``SVC(probability=True)`` is deprecated.

Left out: preparing the columns (``pipelines``); tuning; class weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.tabular.iris.recipe import BASELINE, Recipe
from core.tabular.iris.sampling import sample_rows

QDA_RESCUE, QDA_LEAST_SPREAD = 0.1, 1e-12
"""Shrinkage of a covariance that cannot be inverted, and the spread below which a class does not vary at all."""
FIT_ROWS: Mapping[str, int] = {"support vector machine": 5_000, "nearest neighbours": 20_000}
"""Rows beyond which a model whose cost grows faster than the table trains on a stratified sample."""


def make_classifier(name: str, recipe: Recipe, counts: tuple[int, ...] = (50, 50, 50)) -> Any:
    """Make one unfitted classifier with the recipe's settings.

    Parameters
    ----------
    counts : tuple of int
        Training rows of each class: neighbours cannot outnumber the rows, nor the folds of the SVM's calibration the
        rarest class.

    Examples
    --------
    >>> make_classifier("nearest neighbours", Recipe(neighbours=7)).n_neighbors
    7
    """
    return _MAKERS[name](recipe, counts)


def _make_logistic(recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make multinomial logistic regression with an L2 penalty of strength 1/C."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=recipe.logistic_c, max_iter=2_000)


def _make_tree(recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make one decision tree, split by Gini impurity."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=recipe.tree_depth, random_state=recipe.seed)


def _make_neighbours(recipe: Recipe, counts: tuple[int, ...]) -> Any:
    """Let the k nearest rows vote; at most as many as there are rows."""
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(n_neighbors=min(recipe.neighbours, sum(counts)), algorithm="brute")


def _make_svm(recipe: Recipe, counts: tuple[int, ...]) -> Any:
    """Make a support vector machine with an RBF kernel, its probabilities by temperature scaling out of fold."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    gamma = recipe.svm_gamma if recipe.svm_gamma == "scale" else float(recipe.svm_gamma)
    machine = SVC(C=recipe.svm_c, gamma=gamma, break_ties=True)
    return CalibratedClassifierCV(machine, method="temperature", ensemble=False, cv=max(2, min(3, *counts)))


def _make_forest(recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make a random forest: trees on bootstrap rows and random columns, averaged."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=recipe.forest_trees, random_state=recipe.seed, n_jobs=1)


def _make_bayes(recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make naive Bayes with a Gaussian for each class and column."""
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=recipe.bayes_smoothing)


def _make_boosting(recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make gradient boosting of histogram trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=recipe.boosting_rate,
        max_iter=recipe.boosting_rounds,
        early_stopping=False,
        random_state=recipe.seed,
    )


def _make_lda(_recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make linear discriminant analysis: one shared covariance."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis()


def _make_qda(recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Make quadratic discriminant analysis: a covariance for each class."""
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    return QuadraticDiscriminantAnalysis(reg_param=recipe.qda_regularisation)


def _make_baseline(_recipe: Recipe, _counts: tuple[int, ...]) -> Any:
    """Answer the majority class, with the classes' shares as its probabilities."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


_MAKERS: Mapping[str, Callable[[Recipe, tuple[int, ...]], Any]] = {
    BASELINE: _make_baseline,
    "logistic regression": _make_logistic,
    "decision tree": _make_tree,
    "nearest neighbours": _make_neighbours,
    "support vector machine": _make_svm,
    "random forest": _make_forest,
    "naive Bayes": _make_bayes,
    "gradient boosting": _make_boosting,
    "linear discriminant analysis": _make_lda,
    "quadratic discriminant analysis": _make_qda,
}


def fit_classifier(name: str, recipe: Recipe, z: np.ndarray, y: np.ndarray) -> Any:
    """Fit one classifier on prepared columns; see :func:`_rescue_qda` for a class whose covariance is singular.

    Parameters
    ----------
    z : float array of shape (n_rows, n_columns)
        Prepared columns.
    y : array of shape (n_rows,)
        Class names.
    """
    rows = sample_rows(y, FIT_ROWS.get(name, len(y)), recipe.seed)
    z, y = z[rows], y[rows]
    counts = tuple(np.unique(y, return_counts=True)[1].tolist())
    try:
        return make_classifier(name, recipe, counts).fit(z, y)
    except np.linalg.LinAlgError:
        return _rescue_qda(recipe, z, y)


def _rescue_qda(recipe: Recipe, z: np.ndarray, y: np.ndarray) -> Any:
    """Fit QDA with ever stronger remedies; where a class does not vary at all, let all share one covariance: LDA."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

    amount = max(QDA_RESCUE, recipe.qda_regularisation)
    for remedy in (
        QuadraticDiscriminantAnalysis(reg_param=amount),
        # a class with fewer rows than columns needs the other solver
        QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=amount, tol=QDA_LEAST_SPREAD),
    ):
        try:
            return remedy.fit(z, y)
        except np.linalg.LinAlgError:
            continue
    return LinearDiscriminantAnalysis().fit(z, y)


def describe_rescue(classifier: Any, asked: float) -> str:
    """Say in a sentence that QDA was fitted otherwise than asked; nothing when it was not.

    Parameters
    ----------
    asked : float
        The recipe's regularisation.
    """
    if type(classifier).__name__ == "LinearDiscriminantAnalysis":
        return "A class does not vary at all, so quadratic discriminant analysis lets all classes share one covariance."
    amount = classifier.reg_param if classifier.solver == "svd" else classifier.shrinkage
    if classifier.solver == "svd" and amount <= asked:
        return ""
    return (
        "A class has too few or too similar rows for a covariance of its own, so quadratic discriminant analysis "
        f"shrinks it by {amount:.0%}."
    )
