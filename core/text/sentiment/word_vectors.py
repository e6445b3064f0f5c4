"""A word vector for each word: neighbours, similarity, storage.

Neighbours are judged by the cosine, the angle between two vectors: a vector's length mostly says how common a word is.

Left out: learning the vectors (``word2vec``, ``glove``); analogies (``analogy``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.errors import ArtifactError, DataError

Array = NDArray[np.float32]
MAX_BYTES = 8_000_000
MAX_NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A word and the cosine of its vector with the one asked about, −1 to 1."""

    word: str
    cosine: float


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and their vectors.

    Parameters
    ----------
    words : tuple of str
        The commonest first.
    vectors : float32 array of shape (n_words, size)
    """

    words: tuple[str, ...]
    vectors: Array

    @cached_property
    def number(self) -> dict[str, int]:
        """Return the row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def directions(self) -> Array:
        """Return the vectors at length 1."""
        return normalise(self.vectors)

    def find(self, word: str) -> int:
        """Return a word's row.

        Raises
        ------
        DataError
            If the word has no vector.
        """
        row = self.number.get(word.strip().lower())
        if row is None:
            message = (
                f"{word.strip()[:40]!r} has no vector; {len(self.words):,} words of the corpus do: take a commoner word"
            )
            raise DataError(message)
        return row

    def find_nearest(self, word: str, n: int = 10) -> tuple[Neighbour, ...]:
        """Return the words whose vectors point most nearly the same way.

        Parameters
        ----------
        n : int
            How many, 1 to 100.

        Examples
        --------
        >>> made = WordVectors(("good", "great", "bad"), np.array([[1, 0], [0.9, 0.1], [-1, 0.2]], np.float32))
        >>> made.find_nearest("good", 1)[0].word
        'great'
        """
        row = self.find(word)
        return self.rank(self.directions[row], n, (row,))

    def rank(self, vector: NDArray[Any], n: int, without: tuple[int, ...] = ()) -> tuple[Neighbour, ...]:
        """Return the words nearest to a vector of shape (size,), some rows left out."""
        if not 1 <= n <= MAX_NEIGHBOURS:
            message = f"n is {n}; it must be 1 to {MAX_NEIGHBOURS}"
            raise DataError(message)
        cosines = self.directions @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
        cosines[list(without)] = -np.inf
        best = np.argsort(-cosines, kind="stable")[: min(n, len(self.words) - len(without))]
        return tuple(Neighbour(self.words[row], float(cosines[row])) for row in best)

    def measure_similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words."""
        return float(self.directions[self.find(first)] @ self.directions[self.find(second)])

    def to_bytes(self) -> bytes:
        """Write words and vectors as a compressed NumPy archive of half-precision numbers."""
        words = np.frombuffer("\n".join(self.words).encode(), np.uint8)
        return pack_arrays({"words": words, "vectors": self.vectors.astype(np.float16)})


def vectors_from_bytes(content: bytes) -> WordVectors:
    """Read what ``to_bytes`` writes.

    Raises
    ------
    ArtifactError
        If it is damaged, larger than 8 MB, or words and vectors differ in number.
    """
    arrays = unpack_arrays(content) if len(content) <= MAX_BYTES else {}
    words, vectors = arrays.get("words"), arrays.get("vectors")
    if words is None or vectors is None or words.dtype != np.uint8 or vectors.ndim != 2:  # noqa: PLR2004 — a table
        message = f"the {len(content):,} bytes hold no word vectors; train them again"
        raise ArtifactError(message)
    try:
        named = tuple(words.tobytes().decode().split("\n"))
    except UnicodeDecodeError as error:
        message = "the stored words are not text; train the word vectors again"
        raise ArtifactError(message) from error
    if len(vectors) != len(named) or not np.isfinite(vectors).all():
        message = f"{len(vectors)} vectors are stored for {len(named)} words, or one is not finite; train them again"
        raise ArtifactError(message)
    return WordVectors(named, vectors.astype(np.float32))


def normalise(vectors: Array) -> Array:
    """Bring every row to length 1; a row of zeros stays.

    Examples
    --------
    >>> normalise(np.array([[3, 4]], np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
