"""What happens to a sentence before a network reads it: pieces, what is cut, and padding, each placed in the sentence.

WordPiece (Wu et al. 2016, https://arxiv.org/abs/1609.08144) splits rare words into known pieces; ``##`` marks a piece
that goes on a word. A text that is too long loses its tail, its head, or its middle (Sun et al. 2019,
https://arxiv.org/abs/1905.05583 compare the three); one that is short gets padding, which the mask hides.

Left out: lower case and accents, which the tokeniser sees to itself; how tokenisers differ (the multilingual project).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.hub.errors import LimitError
from core.text._shared.cleaning import clean_text
from core.text._shared.encoder import LEAST_TOKENS, Cut, Piece, TextTokeniser, choose_kept

CUTS: tuple[Cut, ...] = ("head", "tail", "both")
MOST_SHOWN = 512
"""Most places of a network's input that are shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a network's input.

    Parameters
    ----------
    token : str
        As the vocabulary writes it.
    number : int
        Row of the vocabulary.
    mask : int
        1 where the network looks, 0 at padding.
    start, end : int
        The characters of the sentence that it stands for; equal for a token that was added.
    """

    token: str
    number: int
    mask: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sentence on its way into a network.

    Parameters
    ----------
    text : str
        The sentence after cleaning; all places count its characters.
    places : tuple of Place
        The network's input, padding included.
    dropped : tuple of Piece
        The pieces that did not fit, in order.
    lost : tuple of (int, int)
        Spans of the text that the network does not read.
    n_pieces : int
        Pieces of the whole text, without the two that are added.
    n_split_words : int
        Words that were split into several pieces.
    n_unknown : int
        Pieces that the vocabulary does not know.
    """

    text: str
    places: tuple[Place, ...]
    dropped: tuple[Piece, ...]
    lost: tuple[tuple[int, int], ...]
    n_pieces: int
    n_split_words: int
    n_unknown: int

    @property
    def n_padding(self) -> int:
        """Places that hold padding."""
        return sum(place.mask == 0 for place in self.places)


def prepare_text(text: str, tokeniser: TextTokeniser, length: int = 32, cut: Cut = "head") -> Prepared:
    """Show how a sentence becomes a network's input of a fixed length.

    Parameters
    ----------
    text : str
        A person's sentence.
    length : int
        Places of the input, 4 to 512, the two added tokens included.
    cut : str
        What is kept of a text that is too long: ``head``, ``tail`` or half of each (``both``).

    Raises
    ------
    DataError, LimitError
        If the text is empty or larger than 1 MB, or the length lies outside its range.
    """
    if not LEAST_TOKENS <= length <= MOST_SHOWN:
        message = f"length is {length}; it must be {LEAST_TOKENS} to {MOST_SHOWN}"
        raise LimitError(message)
    plain = clean_text(text)
    found = tokeniser.inner.encode(plain, add_special_tokens=False)
    kept = choose_kept(len(found.ids), length - 2, cut)
    (before, after), (first, last) = tokeniser.frame, tokeniser.frame_ids
    middle = [Place(found.tokens[i], found.ids[i], 1, found.offsets[i][0], found.offsets[i][1]) for i in kept]
    places = [Place(before.token, first, 1, 0, 0), *middle, Place(after.token, last, 1, 0, 0)]
    blank = Place(tokeniser.inner.id_to_token(tokeniser.padding), tokeniser.padding, 0, 0, 0)
    places += [blank] * (length - len(places))
    pieces = _list_dropped(found, set(kept))
    unknown = {tokeniser.inner.token_to_id(name) for name in ("[UNK]", "<unk>")} - {None}
    return Prepared(
        text=plain,
        places=tuple(places),
        dropped=pieces,
        lost=join_spans([(piece.start, piece.end) for piece in pieces], plain),
        n_pieces=len(found.ids),
        n_split_words=count_split_words(found.word_ids),
        n_unknown=sum(number in unknown for number in found.ids),
    )


def _list_dropped(found: Any, kept: set[int]) -> tuple[Piece, ...]:
    """List the pieces that did not fit."""
    if len(kept) == len(found.ids):
        return ()
    rows = zip(found.tokens, found.offsets, found.word_ids, strict=True)
    return tuple(
        Piece(token, start, end, -1 if word is None else word)
        for place, (token, (start, end), word) in enumerate(rows)
        if place not in kept
    )


def join_spans(spans: Sequence[tuple[int, int]], text: str) -> tuple[tuple[int, int], ...]:
    """Join spans that touch, or have only white space between them.

    Examples
    --------
    >>> join_spans([(0, 4), (5, 9), (12, 14)], "Very good, so-so")
    ((0, 9), (12, 14))
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def count_split_words(words: Sequence[int | None]) -> int:
    """Count the words that became more than one piece.

    Examples
    --------
    >>> count_split_words([0, 1, 1, 1, 2, None])
    1
    """
    counts = Counter(word for word in words if word is not None)
    return sum(n > 1 for n in counts.values())
