"""The words of a text, as places in it: what every explanation of every family speaks about.

A family reads a text in its own parts (pieces of words, pairs of words, vectors). Explanations can only be compared on
parts that all of them share, so effects are told of words: runs of letters and digits, an apostrophe inside kept
(``don't``), and every other visible character by itself. Pieces are counted to the word in which they start.

Left out: scripts written without spaces, where a run of characters is one word here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError, LimitError

MAX_WORDS = 256
"""The encoders read no more pieces than that, and every further word costs all methods that ask again and again."""
LETTER = "[\\w\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0980-\u0dff\u0e31-\u0e4e]"
"""Letters, digits, and the marks above and below them, which Python does not count to a word."""
JOINED = "(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[^\\w\\s])*"
"""What makes one emoji of several characters: a style, a skin colour, a joiner and the next one."""
WORD = re.compile(f"{LETTER}+(?:['’]{LETTER}+)*|[^\\w\\s]{JOINED}")
INVISIBLE = {"Cc", "Cf", "Cs"}
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands: ``text[start:end]``."""

    text: str
    start: int
    end: int


def split_words(text: str, most: int = MAX_WORDS) -> tuple[Word, ...]:
    """Split a text into its words.

    Raises
    ------
    DataError
        If it has none.
    LimitError
        If it has more than ``most``.

    Examples
    --------
    >>> [word.text for word in split_words("I don't like it!")]
    ['I', "don't", 'like', 'it', '!']
    """
    seen = (each for each in WORD.finditer(text) if any(category(sign) not in INVISIBLE for sign in each.group()))
    found = tuple(Word(each.group(), *each.span()) for each in seen)
    if not found:
        message = "the number of words is 0; it must be at least 1: write a sentence"
        raise DataError(message)
    if len(found) > most:
        message = f"the number of words is {len(found)}; at most {most} are explained: choose a part of the text"
        raise LimitError(message)
    return found


def keep_words(text: str, words: Sequence[Word], kept: NDArray[np.bool_]) -> str:
    """Write a text anew with some of its words only.

    Parameters
    ----------
    kept : bool array of shape (n_words,)

    Returns
    -------
    str
        Words that stood together still do; whatever stood between others becomes one space.

    Examples
    --------
    >>> text = "I don't like it!"
    >>> keep_words(text, split_words(text), np.array([True, False, True, True, True]))
    'I like it!'
    """
    parts: list[str] = []
    end = NOWHERE
    for word, is_kept in zip(words, kept, strict=True):
        if is_kept:
            parts += [" "] if parts and word.start != end else []
            parts.append(text[word.start : word.end])
            end = word.end
    return "".join(parts)


def place_pieces(words: Sequence[Word], offsets: Sequence[tuple[int, int]] | NDArray[np.integer]) -> NDArray[np.int64]:
    """Say of which word each piece is a part.

    Parameters
    ----------
    offsets : sequence of (start, end), length n_pieces
        Where each piece stands in the text; start and end are equal for the marks that an encoder adds.

    Returns
    -------
    array of shape (n_pieces,)
        Places of the words; −1 for a mark, and for a piece outside every word.

    Examples
    --------
    >>> place_pieces(split_words("unfair film"), [(0, 0), (0, 2), (2, 6), (7, 11), (0, 0)]).tolist()
    [-1, 0, 0, 1, -1]
    """
    spans = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
    starts, ends = (np.array([getattr(word, side) for word in words]) for side in ("start", "end"))
    # a piece may begin with the space before its word, so its last character says where it belongs
    place = np.searchsorted(starts, spans[:, 1] - 1, side="right") - 1
    inside = (spans[:, 1] > spans[:, 0]) & (place >= 0) & (spans[:, 1] - 1 < ends[np.maximum(place, 0)])
    return np.where(inside, place, NOWHERE)


def sum_pieces(values: NDArray[np.floating], places: NDArray[np.int64], n_words: int) -> NDArray[np.float64]:
    """Add up the values of each word's pieces, shape (n_words,).

    Examples
    --------
    >>> sum_pieces(np.array([9.0, 0.5, 0.25, -1.0]), np.array([-1, 0, 0, 1]), 2).tolist()
    [0.75, -1.0]
    """
    known = places != NOWHERE
    total = np.bincount(places[known], weights=np.asarray(values, dtype=np.float64)[known], minlength=n_words)
    return np.asarray(total, dtype=np.float64)
