"""A fine-tuned BERT that explanations can look into: its tokeniser, its network in NumPy, and the words of the text.

Left out: fast answers, which ONNX Runtime gives (``core.text._shared.encoder``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError
from core.text._shared.encoder import MAX_ATTENTION_TOKENS, TextTokeniser
from core.text.sentiment.explain.network import Ids, Network, Trace
from core.text.sentiment.explain.words import Word, place_pieces, split_words

MAX_PIECES = 2_048
"""Pieces that are followed at once: some 150 MB of what is kept for the way back."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One text as the encoder reads it.

    Parameters
    ----------
    words : tuple of Word
    ids : array of shape (t,)
    places : array of shape (t,)
        The word of each piece, −1 for a token that the encoder adds.
    pieces : tuple of str
        Each piece in writing.
    """

    text: str
    words: tuple[Word, ...]
    ids: Ids
    places: NDArray[np.int64]
    pieces: tuple[str, ...]

    @property
    def mask(self) -> Ids:
        """All ones: one text has no padding, shape (1, t)."""
        return np.ones((1, len(self.ids)), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class BertReader:
    """A classifier that can be followed back to its pieces. Read-only, so threads may share it.

    Parameters
    ----------
    network : Network
    tokeniser : TextTokeniser
        Of the same vocabulary.
    max_tokens : int
        Tokens after which a text is cut, those added included; words beyond have no effect.
    """

    network: Network
    tokeniser: TextTokeniser
    max_tokens: int = MAX_ATTENTION_TOKENS

    @classmethod
    def open(cls, onnx: bytes, tokenizer: bytes, max_tokens: int = MAX_ATTENTION_TOKENS) -> BertReader:
        """Open an encoder's stored files, as ``core.text._shared.encoder.TextEncoder.open`` takes them.

        Raises
        ------
        ArtifactError
            If either is damaged.
        """
        return cls(Network.open(onnx), TextTokeniser.open(tokenizer), max_tokens)

    def change(self, network: Network) -> BertReader:
        """Return the same reader of another network."""
        return replace(self, network=network)

    def read(self, text: str) -> Reading:
        """Split a text into words and pieces.

        Raises
        ------
        DataError, LimitError
            If it has no word, or more than 256.
        """
        words = split_words(text)
        found = self.tokeniser.encode([text], max_tokens=self.max_tokens)
        pieces = found.pieces[0]
        places = place_pieces(words, [(piece.start, piece.end) for piece in pieces])
        return Reading(text, words, found.ids[0], places, tuple(piece.token for piece in pieces))

    def run(self, reading: Reading) -> Trace:
        """Follow one reading through the network."""
        return self.network.run(self.network.embed(reading.ids[None]), reading.mask)

    def find_margins(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the log-odds that each text is positive, shape (n,).

        Raises
        ------
        DataError
            If there is no text.
        """
        found = self.tokeniser.encode(texts, max_tokens=self.max_tokens)
        lengths = found.mask.sum(axis=1)
        margins = np.zeros(len(lengths))
        for rows in share_out(lengths.tolist()):
            ids, mask = (each[rows, : lengths[rows].max()] for each in (found.ids, found.mask))
            margins[rows] = self.network.run(self.network.embed(ids), mask).margins
        return margins

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that each text is positive, shape (n,)."""
        from scipy.special import expit

        return np.asarray(expit(self.find_margins(texts)))

    def find_vector(self, token: str) -> NDArray[np.float64]:
        """Return the vector of a token of the vocabulary, shape (width,).

        Raises
        ------
        ArtifactError
            If the tokeniser does not know it.
        """
        found = self.tokeniser.inner.token_to_id(token)
        if found is None:
            message = f"the tokeniser has no token {token}; use the one that the network was trained with"
            raise ArtifactError(message)
        return np.asarray(self.network.weights["emb.word"][found])


def share_out(lengths: Sequence[int], most: int = MAX_PIECES) -> list[list[int]]:
    """Put texts of like length together, so that little is padded and no lot holds too many pieces.

    Examples
    --------
    >>> share_out([3, 9, 3, 4], most=12)
    [[0, 2, 3], [1]]
    """
    lots: list[list[int]] = []
    for row in np.argsort(lengths, kind="stable").tolist():
        if lots and lengths[row] * (len(lots[-1]) + 1) <= most:
            lots[-1].append(row)
        else:
            lots.append([row])
    return lots
