"""Galician, of which no list of common words is bundled: its words are counted in tweets that Apertium translated.

Only tweets that train are read. What Apertium leaves in English (slang, names) goes, unless a language of the same
family has that word too. A translator's words are not quite a people's: so six words of Galician are told from Spanish
and Portuguese about as often as not, a whole paragraph nearly always (``language_trial`` measures both).

Left out: a word list that people made; none comes with a package of Python.
"""

from __future__ import annotations

import heapq
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING

from core.text.multilingual.data import find_rows
from core.text.multilingual.language_text import Words, fold_text, read_words
from core.text.multilingual.languages import GALICIAN
from core.text.multilingual.translated import read_translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDRED = ("ca", "es", "fr", "it", "pt")
MOST_WORDS = 4_000


def read_known_words() -> Iterator[tuple[str, Words]]:
    """Read the common words of every language that is told apart, by code: the bundled lists, and Galician's.

    They come one language after the other, for all at once are 30 MB of which what is fitted on them needs none.

    Raises
    ------
    DataError
        If a bundled file is missing, or is not the catalogue's.
    """
    own = GALICIAN, count_words({code: words for code, words in read_words() if code in (*KINDRED, "en")})
    return heapq.merge(read_words(), [own], key=itemgetter(0))


def count_words(words: Mapping[str, Words]) -> Words:
    """Count Galician's commonest words, each with its share.

    Parameters
    ----------
    words : mapping of language code to Words
        Of English and of the languages of Galician's family.

    Examples
    --------
    >>> from core.text.multilingual.language_text import load_words
    >>> [word for word, _ in count_words(load_words())[:4]]
    ['de', 'o', 'a', 'para']
    """
    tweets = read_translated("tweets", GALICIAN)
    counts = Counter(word for row in find_rows("tweets", "train") for word in fold_text(tweets[row]).split())
    kindred = {word for code in KINDRED for word, _ in words[code]}
    foreign = {word for word, _ in words["en"]} - kindred
    common = [(word, n) for word, n in counts.most_common() if word not in foreign][:MOST_WORDS]
    total = sum(n for _, n in common)
    return tuple((word, n / total) for word, n in common)
