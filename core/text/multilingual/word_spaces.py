"""Word vectors of five languages, each learnt from its own text alone, and pairs of words from a dictionary.

``word_vectors.npz`` holds the 4,000 commonest words of English, Spanish, French, German and Italian with 100 numbers
each, as 8-bit whole numbers (a vector's length says nothing here). ``word_pairs.csv.gz`` holds which of those words
FreeDict gives as each other's translations.

Left out: how they are made (``word_space_build``), and how two spaces are laid on each other (``alignment``).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.catalogue import DATA
from core.hub.errors import DataError
from core.hub.kept import keep
from core.text.multilingual.language_text import read_bundled, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

VECTORS_FILE, PAIRS_FILE = "text/word_vectors.npz", "text/word_pairs.csv.gz"
TARGETS = ("es", "fr", "de", "it")


@dataclass(frozen=True, slots=True, eq=False)
class WordSpace:
    """Words of one language and their vectors.

    Parameters
    ----------
    words : tuple of str
        The commonest first.
    vectors : float64 array of shape (n, d)
        Of mean 0, then of length 1.
    """

    language: str
    words: tuple[str, ...]
    vectors: NDArray[np.float64]

    def find(self, word: str) -> int:
        """Return a word's row.

        Raises
        ------
        DataError
            If it is not among the words.
        """
        try:
            return self.words.index(word.strip().lower())
        except ValueError as error:
            message = f"{word!r} is not among the {len(self.words):,} words known here; try {self.words[200]!r}"
            raise DataError(message) from error


@keep(8)
def load_space(language: str, folder: Path = DATA) -> WordSpace:
    """Read one language's vectors, centred and brought to length 1.

    Raises
    ------
    DataError
        If there are none of that language, or the file is not the catalogue's.

    Examples
    --------
    >>> space = load_space("en")
    >>> space.vectors.shape, "king" in space.words
    ((4000, 100), True)
    """
    with np.load(io.BytesIO(read_bundled(VECTORS_FILE, folder)), allow_pickle=False) as arrays:
        if f"{language}_words" not in arrays:
            message = f"there are no word vectors of {language!r}; choose en, {', '.join(TARGETS)}"
            raise DataError(message)
        words, vectors = arrays[f"{language}_words"], arrays[f"{language}_vectors"].astype(np.float64)
    return WordSpace(language, tuple(map(str, words)), normalise_vectors(vectors))


def normalise_vectors(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring vectors to length 1, to mean 0 and to length 1 again (Artetxe, Labaka & Agirre 2018).

    Examples
    --------
    >>> normalise_vectors(np.array([[2.0, 0.0], [0.0, 1.0]])).round(3).tolist()
    [[0.707, -0.707], [-0.707, 0.707]]

    References
    ----------
    https://doi.org/10.1609/aaai.v32i1.11992
    """
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors - vectors.mean(axis=0)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@keep(8)
def load_pairs(language: str, folder: Path = DATA) -> Mapping[str, frozenset[str]]:
    """Read the dictionary's translations of English words into a language.

    Raises
    ------
    DataError
        If the file is not the catalogue's, or has none of that language.

    Examples
    --------
    >>> sorted(load_pairs("es")["king"])
    ['rey']
    """
    found: dict[str, set[str]] = {}
    for code, english, translation in read_rows(PAIRS_FILE, folder):
        if code == language:
            found.setdefault(english, set()).add(translation)
    if not found:
        message = f"there are no word pairs into {language!r}; choose one of {', '.join(TARGETS)}"
        raise DataError(message)
    return {english: frozenset(words) for english, words in found.items()}
