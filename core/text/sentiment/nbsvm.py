"""NB-SVM: whether a term is there, times how much oftener it stands in positive texts, and a linear SVM on that.

Method: S. Wang and C. Manning, Baselines and bigrams, 2012, https://aclanthology.org/P12-2018: ratios with one added to
each count, squared hinge loss, and weights drawn towards their mean size by β = 0.25.

Left out: terms of three words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import OnStep
from core.hub.progress import Progress
from core.text.sentiment.family import round_stored
from core.text.sentiment.linear import LinearText, choose_terms, linear_from_files, make_rows
from core.text.sentiment.recipe import Recipe
from core.text.sentiment.vocabulary import split_words

BETA = 0.25  # share of a term's own weight; the rest is the mean size of all weights
STRENGTH = 0.1  # of the SVM, per unit of the recipe's: rows are not brought to length 1 here
MARGIN_TO_LOGIT = 2.0  # a margin of 1 is about e² to 1; calibration sets the scale exactly
MOST_ROUNDS = 5_000


def fit(texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None = None) -> LinearText:
    """Learn the terms, their ratios and their weights.

    Parameters
    ----------
    labels : array of int8, shape (n,)
        0 negative, 1 positive.

    Examples
    --------
    >>> texts = ["good film", "bad film", "good story", "bad story"] * 2
    >>> model = fit(texts, np.array([1, 0] * 4, np.int8), Recipe())
    >>> [model.terms[place] for place in np.argsort(model.weights)[[0, -1]]]
    ['bad', 'good']
    """
    from sklearn.svm import LinearSVC

    words = [split_words(text) for text in texts]
    terms, _ = choose_terms(words, recipe.min_count)
    rows = make_rows(words, terms, np.ones(len(terms)), unit=False)
    ratios = find_ratios(rows, labels)
    fitted = LinearSVC(C=STRENGTH * recipe.strength, dual=True, max_iter=MOST_ROUNDS, random_state=recipe.seed).fit(
        rows.multiply(ratios).tocsr(), labels
    )
    Progress(1, on_step).advance()
    own = fitted.coef_[0]
    weights = round_stored((BETA * own + (1 - BETA) * np.abs(own).mean()) * ratios * MARGIN_TO_LOGIT)
    return LinearText(
        "nbsvm", terms, np.ones(len(terms)), weights, float(fitted.intercept_[0]) * MARGIN_TO_LOGIT, unit=False
    )


def find_ratios(rows: object, labels: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the log-ratio of each term's share among positive and among negative texts, one added to each count.

    Parameters
    ----------
    rows : array or sparse matrix of shape (n, n_terms)
        1 where a text holds a term.

    Examples
    --------
    >>> find_ratios(np.array([[1, 0], [1, 1], [0, 1]]), np.array([1, 1, 0], np.int8)).round(3).tolist()
    [0.588, -0.511]
    """
    positive, negative = (np.asarray(rows[labels == label].sum(axis=0)).ravel() + 1.0 for label in (1, 0))  # type: ignore[index]
    return np.asarray(np.log(positive / positive.sum()) - np.log(negative / negative.sum()))


def from_files(files: Mapping[str, bytes]) -> LinearText:
    """Open a stored model; see ``linear_from_files``."""
    return linear_from_files("nbsvm", files)
