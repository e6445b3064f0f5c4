"""The text that word vectors are learnt from: the bundled English sets, without what is held out for tests.

Labels and ratings are not looked at. Rows of the test side of any set stay out, so that no figure of a classifier rests
on vectors that have read its test. Equal texts, which two sets may share, are read once.

Left out: other languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.datasets.catalogue import DATA
from core.datasets.text_sets import load_texts, split_texts
from core.text.sentiment.vocabulary import split_words

CORPUS_SETS = ("films", "film_sentences", "product_sentences", "news_sentences", "tweets", "foods")


def load_corpus(names: Sequence[str] = CORPUS_SETS, folder: Path = DATA) -> list[list[str]]:
    """Load the corpus as lists of words.

    Parameters
    ----------
    names : sequence of str
        Names of ``load_texts``.

    Examples
    --------
    >>> sentences = load_corpus(("tweets",))
    >>> sum(len(sentence) for sentence in sentences) > 30_000
    True
    """
    found: dict[tuple[str, ...], None] = {}
    for name in names:
        data = load_texts(name, folder)
        split = split_texts(data)
        for row in np.sort(np.concatenate([split.train, split.tune])):
            found[tuple(split_words(data.texts[row]))] = None
    return [list(words) for words in found if words]
