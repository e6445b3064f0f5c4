"""A text with some of its words left out or replaced by others.

Left out: words put in between, and other orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.text.sentiment.explain.words import Word, keep_words

Kinds = Literal["leave out", "replace", "both"]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed word: ``new`` is empty where it is left out."""

    word: Word
    place: int
    new: str

    @property
    def told(self) -> str:
        """The change in words."""
        return f"“{self.word.text}” → “{self.new}”" if self.new else f"without “{self.word.text}”"


def apply_changes(text: str, words: Sequence[Word], changes: Sequence[Change]) -> str:
    """Write a text anew with some words changed.

    Examples
    --------
    >>> words = (Word("a", 0, 1), Word("good", 2, 6), Word("film", 7, 11), Word("!", 11, 12))
    >>> apply_changes("a good film!", words, [Change(words[1], 1, "bad"), Change(words[3], 3, "")])
    'a bad film'
    """
    kept: NDArray[np.bool_] = np.ones(len(words), dtype=bool)
    kept[[each.place for each in changes if not each.new]] = False
    for each in sorted(changes, key=lambda one: -one.place):
        if each.new:
            text = text[: each.word.start] + each.new + text[each.word.end :]
    moved = _move_words(words, changes)
    return keep_words(text, moved, kept) if not kept.all() else text


def _move_words(words: Sequence[Word], changes: Sequence[Change]) -> tuple[Word, ...]:
    """Say where the words stand once some are replaced by longer or shorter ones."""
    new = {each.place: each.new for each in changes if each.new}
    moved, shift = [], 0
    for place, word in enumerate(words):
        written = new.get(place, word.text)
        moved.append(Word(written, word.start + shift, word.start + shift + len(written)))
        shift += len(written) - len(word.text)
    return tuple(moved)


def list_changes(words: Sequence[Word], kinds: Kinds, substitutes: Sequence[str]) -> list[Change]:
    """List every single change; marks between words are left alone, and the last word is never left out."""
    real = [(place, word) for place, word in enumerate(words) if word.text[0].isalnum()]
    found = []
    if kinds != "replace" and len(words) > 1:
        found += [Change(word, place, "") for place, word in real]
    if kinds != "leave out":
        found += [Change(word, place, new) for place, word in real for new in substitutes if new != word.text.lower()]
    return found


def combine_changes(singles: Sequence[Change], size: int) -> list[tuple[Change, ...]]:
    """Combine single changes of different words, in the order of the text."""
    ordered = sorted(singles, key=lambda one: one.place)
    return [each for each in combinations(ordered, size) if len({one.place for one in each}) == size]
