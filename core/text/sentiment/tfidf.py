"""TF-IDF and logistic regression: rare words count more, and a weight says which way each one leans.

Left out: characters as terms, which help with misspelt words.
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

MOST_ROUNDS = 1_000


def fit(texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None = None) -> LinearText:
    """Learn the terms, their document frequencies and their weights.

    Parameters
    ----------
    labels : array of int8, shape (n,)
        0 negative, 1 positive.

    Examples
    --------
    >>> texts = ["good film", "bad film", "good story", "bad story"] * 2
    >>> model = fit(texts, np.array([1, 0] * 4, np.int8), Recipe())
    >>> model.score(["good", "bad"]).round(2).tolist()
    [0.82, 0.18]
    """
    from sklearn.linear_model import LogisticRegression

    words = [split_words(text) for text in texts]
    terms, n_texts = choose_terms(words, recipe.min_count)
    scale = np.log((1 + len(texts)) / (1 + n_texts)) + 1
    rows = make_rows(words, terms, scale, unit=True)
    fitted = LogisticRegression(C=recipe.strength, max_iter=MOST_ROUNDS).fit(rows, labels)
    Progress(1, on_step).advance()
    weights = round_stored(fitted.coef_[0])
    return LinearText("tfidf", terms, round_stored(scale), weights, float(fitted.intercept_[0]), unit=True)


def from_files(files: Mapping[str, bytes]) -> LinearText:
    """Open a stored model; see ``linear_from_files``."""
    return linear_from_files("tfidf", files)
