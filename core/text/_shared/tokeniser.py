"""A stored tokeniser: texts to token numbers and back to places in the text; cutting and padding.

Left out: cleaning a text (``cleaning``); tokenisers that add nothing before, or other than one token after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, DataError

Cut = Literal["head", "tail", "both"]
LEAST_TOKENS = 4
LEAST_FRAME, MOST_FRAME = 2, 6
"""Tokens that are added to a text; more would be a text of their own."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a text.

    Parameters
    ----------
    token : str
        As the vocabulary writes it.
    start, end : int
        Where it stands in the text, in characters: ``text[start:end]``; both 0 for a token that was added.
    word : int
        Which word of the text it belongs to, from 0; −1 for a token that was added.
    """

    token: str
    start: int
    end: int
    word: int


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Texts as a network reads them.

    Parameters
    ----------
    ids, mask : arrays of shape (n, t)
        Token numbers, and 1 for a token or 0 for padding; int64.
    pieces : tuple of tuples of Piece
        The tokens of each text without padding, in order.
    n_cut : tuple of int
        Tokens of each text that did not fit.
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    pieces: tuple[tuple[Piece, ...], ...]
    n_cut: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TextTokeniser:
    """A stored tokeniser. Read-only, so threads may share it.

    Parameters
    ----------
    inner : tokenizers.Tokenizer
        Neither cuts nor pads by itself.
    frame : tuple of Piece
        What is added to each text: all of it but the last before, such as ``[CLS]``, and the last behind (``[SEP]``).
    frame_ids : tuple of int
        Their numbers.
    padding : int
        The number of padding.
    """

    inner: Any
    frame: tuple[Piece, ...]
    frame_ids: tuple[int, ...]
    padding: int

    @classmethod
    def open(cls, content: bytes) -> TextTokeniser:
        """Open a ``tokenizer.json``.

        Raises
        ------
        ArtifactError
            If it is none, or does not frame each text.
        """
        from tokenizers import Tokenizer

        try:
            inner = Tokenizer.from_str(content.decode())
        except Exception as error:  # the library raises plain Exception on a damaged file
            message = f"the stored tokeniser cannot be read ({type(error).__name__}); train it again"
            raise ArtifactError(message) from error
        inner.no_truncation()
        inner.no_padding()
        empty = inner.encode("")
        if not LEAST_FRAME <= len(empty.ids) <= MOST_FRAME:
            message = f"the stored tokeniser adds {len(empty.ids)} tokens to a text; it must add "
            message += f"{LEAST_FRAME} to {MOST_FRAME}"
            raise ArtifactError(message)
        frame = tuple(Piece(token, 0, 0, -1) for token in empty.tokens)
        named = (inner.token_to_id(name) for name in ("[PAD]", "<pad>"))
        padding = next((found for found in named if found is not None), 0)
        return cls(inner, frame, tuple(empty.ids), padding)

    def encode(self, texts: Sequence[str], cut: Cut = "head", max_tokens: int = 256) -> Encoded:
        """Turn texts into token numbers, padded to the longest.

        Parameters
        ----------
        texts : sequence of str
            At least one.
        cut : str
            What is kept of a text that is too long: its ``head``, its ``tail``, or half of each (``both``).
        max_tokens : int
            Most tokens of a text, the added ones included; at least 4, or two more than are added.

        Raises
        ------
        DataError
            If there is no text.
        ValueError
            If fewer tokens are allowed.
        """
        if not texts:
            message = "there is no text; give at least one"
            raise DataError(message)
        least = max(LEAST_TOKENS, len(self.frame) + 2)
        if max_tokens < least:
            message = f"max_tokens is {max_tokens}; it must be at least {least}"
            raise ValueError(message)
        found = [
            self._encode_one(each, cut, max_tokens)
            for each in self.inner.encode_batch(list(texts), add_special_tokens=False)
        ]
        width = max(len(ids) for ids, _, _ in found)
        ids = np.full((len(found), width), self.padding, np.int64)
        mask = np.zeros_like(ids)
        for row, (numbers, _, _) in enumerate(found):
            ids[row, : len(numbers)], mask[row, : len(numbers)] = numbers, 1
        return Encoded(ids, mask, tuple(pieces for _, pieces, _ in found), tuple(n_cut for _, _, n_cut in found))

    def _encode_one(self, encoding: Any, cut: Cut, max_tokens: int) -> tuple[list[int], tuple[Piece, ...], int]:
        """Keep what fits of one text, between the added tokens."""
        kept = choose_kept(len(encoding.ids), max_tokens - len(self.frame), cut)
        ids, tokens, offsets, words = encoding.ids, encoding.tokens, encoding.offsets, encoding.word_ids
        pieces = tuple(
            Piece(tokens[i], offsets[i][0], offsets[i][1], -1 if words[i] is None else words[i]) for i in kept
        )
        numbers = [*self.frame_ids[:-1], *(ids[i] for i in kept), self.frame_ids[-1]]
        return numbers, (*self.frame[:-1], *pieces, self.frame[-1]), len(ids) - len(kept)


def choose_kept(n_tokens: int, room: int, cut: Cut) -> list[int]:
    """Choose which tokens of a text are kept.

    Examples
    --------
    >>> choose_kept(9, 4, "head"), choose_kept(9, 4, "tail"), choose_kept(9, 4, "both")
    ([0, 1, 2, 3], [5, 6, 7, 8], [0, 1, 7, 8])
    """
    if n_tokens <= room:
        return list(range(n_tokens))
    n_head = {"head": room, "tail": 0, "both": (room + 1) // 2}[cut]
    return [*range(n_head), *range(n_tokens - (room - n_head), n_tokens)]
