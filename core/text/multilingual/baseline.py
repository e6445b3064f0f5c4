"""What the network has to beat: TF-IDF of words and pairs, or of characters in Chinese, and logistic regression.

One is fitted for each language, on the same texts in that language, so unlike the network it needs labels in each.

Left out: a search over its settings; they are those that published work uses on short texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.datasets.text_sets import label_ratings, load_texts
from core.text.multilingual.data import find_rows
from core.text.multilingual.recipe import CLASSES
from core.text.multilingual.translated import load_translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from core.text.multilingual.data import Part

MOST_TEXTS = 4_000
TWO_CLASS: Mapping[str, str] = {"zh": "chinese_reviews", "films": "films"}
"""Splits of reviews, and the set that each is of."""


def fit_baselines(parts: Mapping[str, Part], n_texts: int) -> dict[str, NDArray[np.float16]]:
    """Fit one for each part's language and ask it about the part.

    Parameters
    ----------
    n_texts : int
        Most training texts of each.

    Returns
    -------
    dict of split to float16 array of shape (n, 3)
        Probabilities of negative, neutral and positive.
    """
    return {split: _ask(split, part, min(n_texts, MOST_TEXTS)) for split, part in parts.items()}


def _ask(split: str, part: Part, n_texts: int) -> NDArray[np.float16]:
    """Fit on a language's training texts, and answer its test texts."""
    name = TWO_CLASS.get(split, "tweets")
    rows = find_rows(name, "train")[:n_texts]
    data = load_texts(name)
    spoken = data.texts if part.language in {"en", "zh"} else load_translated()[name, part.language]
    labels = 2 * data.labels[rows] if data.ratings is None else label_ratings(data.ratings[rows])
    return answer_linear([spoken[row] for row in rows], labels, part.texts, by_sign=part.language == "zh")


def answer_linear(
    known: Sequence[str], labels: NDArray[np.int8], asked: Sequence[str], *, by_sign: bool
) -> NDArray[np.float16]:
    """Fit on known texts, and say how likely each class is of the asked ones.

    Parameters
    ----------
    by_sign : bool
        Whether single signs and pairs of them are counted instead of words.

    Examples
    --------
    >>> labels = np.array([0, 2] * 4, np.int8)
    >>> shares = answer_linear(["bad day", "good day"] * 4, labels, ["good"], by_sign=False)
    >>> shares[0].argmax(), shares.shape
    (np.int64(2), (1, 3))
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    counter = TfidfVectorizer(
        analyzer="char" if by_sign else "word", token_pattern=r"(?u)\b\w+\b" if not by_sign else None,
        ngram_range=(1, 2), min_df=2, sublinear_tf=True,
    )  # fmt: skip
    fitted = LogisticRegression(C=4.0, max_iter=500, class_weight="balanced").fit(counter.fit_transform(known), labels)
    found = np.zeros((len(asked), len(CLASSES)))
    found[:, fitted.classes_.astype(int)] = fitted.predict_proba(counter.transform(asked))
    return found.astype(np.float16)
