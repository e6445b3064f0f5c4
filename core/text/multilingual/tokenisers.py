"""Byte-pair encoding by hand: which pieces a text is cut into, learnt from a text while you watch.

Training begins with single signs and joins, again and again, the two neighbouring pieces that stand together most often
(Sennrich, Haddow & Birch 2016, https://aclanthology.org/P16-1162). A text is cut by joining in
the order learnt. Of equally frequent pairs the one whose parts were known first is joined, so that the merges equal
those of the library ``tokenizers``, which a test holds.

The signs are characters, with "▁" for the space before a word, or bytes, each written as one printable character (as
GPT-2 does, https://github.com/openai/gpt-2): then no text holds an unknown sign, and a Hindi letter starts as three.

Left out: punctuation as words of its own; special tokens; the other ways to cut (``tokeniser_views``).
"""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeVar

from core.hub.errors import DataError, RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.hub.contract import OnStep

Unit = Literal["characters", "bytes"]
Pair = tuple[int, int]
SPACE_MARK = "▁"
MAX_MERGES = 20_000
STEP_EVERY = 50
Piece = TypeVar("Piece", str, int)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text: as the tokeniser writes it, its number, and ``text[start:end]``, where it came from."""

    piece: str
    number: int
    start: int
    end: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class Merge:
    """One step of training: the two pieces joined, how often they stood together, and the pieces left in the text."""

    left: str
    right: str
    count: int
    n_pieces: int


@dataclass(frozen=True, slots=True, eq=False)
class BytePairs:
    """A trained byte-pair encoding.

    Parameters
    ----------
    unit : str
        What it began with: characters or bytes.
    vocabulary : mapping of str to int
        Number of every piece, single signs first.
    merges : tuple of Merge
        In the order learnt.
    """

    unit: Unit
    vocabulary: Mapping[str, int]
    merges: tuple[Merge, ...]

    def tokenise(self, text: str) -> list[Token]:
        """Cut a text into pieces with their places; a sign that training never saw is a piece of its own, unknown."""
        ranks = rank_merges(self)
        tokens: list[Token] = []
        for match in re.finditer(r"\S+", text):
            signs, places = spread_word(match.group(), match.start(), self.unit)
            at = 0
            for piece in join_signs(signs, ranks):
                start, end = places[at][0], places[at + len(piece) - 1][1]
                tokens.append(Token(piece, self.vocabulary.get(piece, -1), start, end, piece in self.vocabulary))
                at += len(piece)
        return tokens


@lru_cache(maxsize=16)
def rank_merges(pairs: BytePairs) -> Mapping[tuple[str, str], int]:
    """Return when each pair was learnt, the first time it was."""
    return {(merge.left, merge.right): rank for rank, merge in reversed(list(enumerate(pairs.merges)))}


@lru_cache(maxsize=1)
def map_bytes() -> tuple[str, ...]:
    """Return the printable character that stands for each of the 256 bytes.

    Examples
    --------
    >>> map_bytes()[ord("a")], map_bytes()[ord(" ")]
    ('a', 'Ġ')
    """
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return tuple(chr(value) if value in shown else chr(next(others)) for value in range(256))


def spread_word(word: str, start: int, unit: Unit) -> tuple[str, list[tuple[int, int]]]:
    """Spread a word, its leading space first, over signs; say which part of the text each sign came from.

    Examples
    --------
    >>> spread_word("né", 4, "bytes")
    ('ĠnÃ©', [(4, 4), (4, 5), (5, 6), (5, 6)])
    """
    if unit == "characters":
        return SPACE_MARK + word, [(start, start), *((start + at, start + at + 1) for at in range(len(word)))]
    table = map_bytes()
    signs, places = [table[32]], [(start, start)]
    for at, character in enumerate(word, start):
        parts = character.encode("utf-8", "replace")
        signs += [table[value] for value in parts]
        places += [(at, at + 1)] * len(parts)
    return "".join(signs), places


def join_signs(signs: str, ranks: Mapping[tuple[str, str], int]) -> list[str]:
    """Join a word's signs, always the pair that was learnt first."""
    pieces = list(signs)
    while len(pieces) > 1:
        best = min(pairwise(pieces), key=lambda pair: ranks.get(pair, len(ranks) + 1))
        if best not in ranks:
            return pieces
        pieces = join_pair(pieces, best, "".join(best))
    return pieces


def join_pair(pieces: Sequence[Piece], pair: tuple[Piece, Piece], joined: Piece) -> list[Piece]:
    """Replace a pair by one piece, from the left."""
    found: list[Piece] = []
    at = 0
    while at < len(pieces):
        hit = at + 1 < len(pieces) and (pieces[at], pieces[at + 1]) == pair
        found.append(joined if hit else pieces[at])
        at += 2 if hit else 1
    return found


def train_bpe(
    texts: Iterable[str], n_merges: int = 500, unit: Unit = "characters", on_step: OnStep | None = None
) -> BytePairs:
    """Learn which pieces to join.

    Parameters
    ----------
    texts : iterable of str
        What to learn from.
    n_merges : int
        Pairs to join, 0 to 20,000; more gives fewer, longer pieces. Training stops when no pair is left.
    on_step : callable, optional
        Called every fifty merges with the pieces left.

    Raises
    ------
    RecipeError
        If ``n_merges`` is out of range.
    DataError
        If the texts hold no word.

    Examples
    --------
    >>> pairs = train_bpe(["low low low lower lowest"], 3)
    >>> [merge.left + merge.right for merge in pairs.merges]
    ['lo', '▁lo', '▁low']
    >>> [token.piece for token in pairs.tokenise("lowly")]
    ['▁low', 'l', 'y']
    """
    if not 0 <= n_merges <= MAX_MERGES:
        message = f"n_merges is {n_merges}; it must be 0 to {MAX_MERGES}"
        raise RecipeError(message)
    counted = Counter(spread_word(word, 0, unit)[0] for text in texts for word in text.split())
    if not counted:
        message = "the text holds no word; give some text to learn from"
        raise DataError(message)
    training = _Training(counted, unit)
    merges: list[Merge] = []
    while len(merges) < n_merges and (merge := training.join_next()):
        merges.append(merge)
        if on_step and (len(merges) % STEP_EVERY == 0 or len(merges) == n_merges):
            on_step(len(merges), n_merges, {"pieces": float(merge.n_pieces)})
    return BytePairs(unit, dict(training.numbers), tuple(merges))


class _Training:
    """The words in pieces, the pairs' counts, and a heap of them; only words with the joined pair are counted anew."""

    def __init__(self, counted: Mapping[str, int], unit: Unit) -> None:
        alphabet = sorted(set("".join(counted)) | (set(map_bytes()) if unit == "bytes" else set()))
        self.numbers = {sign: number for number, sign in enumerate(alphabet)}
        self.pieces = alphabet
        self.words = [[self.numbers[sign] for sign in word] for word in counted]
        self.weights = list(counted.values())
        self.n_pieces = sum(len(word) * n for word, n in zip(self.words, self.weights, strict=True))
        self.counts: Counter[Pair] = Counter()
        self.where: defaultdict[Pair, set[int]] = defaultdict(set)
        for at in range(len(self.words)):
            self._count(at, 1)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapq.heapify(self.heap)

    def _count(self, at: int, sign: int) -> set[Pair]:
        """Add or take away a word's pairs; return them."""
        pairs = set()
        for pair in pairwise(self.words[at]):
            self.counts[pair] += sign * self.weights[at]
            if sign > 0:
                self.where[pair].add(at)
            pairs.add(pair)
        return pairs

    def join_next(self) -> Merge | None:
        """Join the most frequent pair; None when no pair is left."""
        while self.heap:
            negative, pair = heapq.heappop(self.heap)
            if self.counts[pair] == -negative and negative < 0:
                return self._join(pair, -negative)
        return None

    def _join(self, pair: Pair, count: int) -> Merge:
        """Join one pair wherever it stands."""
        left, right = (self.pieces[number] for number in pair)
        if left + right not in self.numbers:
            self.numbers[left + right] = len(self.pieces)
            self.pieces.append(left + right)
        changed: set[Pair] = set()
        for at in self.where.pop(pair):
            changed |= self._count(at, -1)
            before = len(self.words[at])
            self.words[at] = join_pair(self.words[at], pair, self.numbers[left + right])
            self.n_pieces -= (before - len(self.words[at])) * self.weights[at]
            changed |= self._count(at, 1)
        for each in changed:
            if self.counts[each] > 0:
                heapq.heappush(self.heap, (-self.counts[each], each))
        return Merge(left, right, count, self.n_pieces)
