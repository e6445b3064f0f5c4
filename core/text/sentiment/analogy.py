"""What word vectors know: analogies (man is to king as woman is to …) and agreement with people's sense of likeness.

The answer to a : b = c : ? is the word nearest to b − a + c, the three words themselves left out. Leaving them out
matters: without it the answer is mostly b or c. A question with an unknown word is not asked, and how many were asked
is always said beside the share that came out right.

Method: Mikolov et al. 2013, https://arxiv.org/abs/1301.3781 (questions in nine kinds of grammar and five of meaning,
Apache-2.0); Finkelstein et al. 2002, https://doi.org/10.1145/503104.503110 (353 pairs rated for relatedness).

Left out: other ways to answer, such as 3CosMul.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from core.hub.errors import DataError
from core.text.sentiment.word_vectors import Neighbour, WordVectors

N_ROWS = 512
"""Questions answered in one matrix product."""


@dataclass(frozen=True, slots=True)
class Question:
    """An analogy: ``first`` is to ``second`` as ``third`` is to ``answer``."""

    kind: str
    first: str
    second: str
    third: str
    answer: str


@dataclass(frozen=True, slots=True)
class AnalogyScore:
    """How one kind of question was answered.

    Parameters
    ----------
    kind : str
    n_questions : int
        In the list.
    n_asked : int
        Those of which all four words have a vector.
    n_right : int
        The right word came first.
    n_near : int
        The right word was among the first ten.
    """

    kind: str
    n_questions: int
    n_asked: int
    n_right: int
    n_near: int


@dataclass(frozen=True, slots=True)
class PairScore:
    """Rank correlation of cosines with people's ratings, −1 to 1, and the pairs that could be asked."""

    n_pairs: int
    n_asked: int
    correlation: float


def read_questions(text: str) -> tuple[Question, ...]:
    r"""Read questions in the published format: a line ``: kind``, then four words a line.

    Raises
    ------
    DataError
        If a line has not four words, or none is there.

    Examples
    --------
    >>> read_questions(": family\nboy girl King queen")[0].third
    'king'
    """
    kind, found = "", []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.lower().split()
        if words[:1] == [":"]:
            kind = " ".join(words[1:])
        elif len(words) == 4:  # noqa: PLR2004 — an analogy has four words
            found.append(Question(kind, *words))
        elif words:
            message = f"line {number} has {len(words)} words; an analogy has four"
            raise DataError(message)
    if not found:
        message = "there is no question; write four words a line"
        raise DataError(message)
    return tuple(found)


def make_questions(kind: str, pairs: Sequence[tuple[str, str]]) -> tuple[Question, ...]:
    """Make every question that two of the pairs give.

    Examples
    --------
    >>> [q.answer for q in make_questions("family", [("boy", "girl"), ("he", "she")])]
    ['she', 'girl']
    """
    return tuple(Question(kind, *first, *second) for first, second in permutations(pairs, 2))


def solve_analogy(vectors: WordVectors, first: str, second: str, third: str, n: int = 5) -> tuple[Neighbour, ...]:
    """Answer ``first`` is to ``second`` as ``third`` is to …, best first.

    Raises
    ------
    DataError
        If a word has no vector.

    Examples
    --------
    >>> square = np.array([[0, 1], [1, 1], [0, 2], [1, 2], [-3, 1]], np.float32)
    >>> solve_analogy(WordVectors(("a", "b", "c", "d", "e"), square), "a", "b", "c", 1)[0].word
    'd'
    """
    rows = tuple(vectors.find(word) for word in (first, second, third))
    a, b, c = vectors.directions[list(rows)]
    return vectors.rank(b - a + c, n, rows)


def score_questions(vectors: WordVectors, questions: Sequence[Question], near: int = 10) -> tuple[AnalogyScore, ...]:
    """Answer every question and count by kind, in the order in which kinds appear."""
    kinds = tuple(dict.fromkeys(question.kind for question in questions))
    return tuple(_score_kind(vectors, kind, [q for q in questions if q.kind == kind], near) for kind in kinds)


def _score_kind(vectors: WordVectors, kind: str, questions: Sequence[Question], near: int) -> AnalogyScore:
    """Answer one kind of question."""
    number = vectors.number
    asked = [(q.first, q.second, q.third, q.answer) for q in questions]
    known = [tuple(number[word] for word in words) for words in asked if all(word in number for word in words)]
    ranks = _rank_answers(vectors, np.array(known)) if known else np.empty(0, np.int64)
    return AnalogyScore(kind, len(questions), len(known), int((ranks == 0).sum()), int((ranks < near).sum()))


def _rank_answers(vectors: WordVectors, rows: np.ndarray) -> np.ndarray:
    """Return how many words were nearer than the right one, for questions of shape (n, 4)."""
    found = []
    for start in range(0, len(rows), N_ROWS):
        some = rows[start : start + N_ROWS]
        a, b, c = (vectors.directions[some[:, column]] for column in range(3))
        cosines = (b - a + c) @ vectors.directions.T  # (n, n_words)
        right = np.take_along_axis(cosines, some[:, 3:], axis=1)
        np.put_along_axis(cosines, some[:, :3], -np.inf, axis=1)
        found.append((cosines > right).sum(axis=1))
    return np.concatenate(found)


def read_rated_pairs(text: str) -> tuple[tuple[str, str, float], ...]:
    """Read pairs of words with their ratings: two words and a number a line, tabs between; lines with # are skipped.

    Raises
    ------
    DataError
        If a line holds something else, or there are fewer than three pairs.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.lower().split("\t")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            found.append((parts[0], parts[1], float(parts[2])))
        except (IndexError, ValueError) as error:
            message = f"line {number} is {line[:40]!r}; write two words and a number with tabs between"
            raise DataError(message) from error
    if len(found) < 3:  # noqa: PLR2004 — two points always correlate perfectly
        message = f"there are {len(found)} rated pairs; at least 3 are needed"
        raise DataError(message)
    return tuple(found)


def score_pairs(vectors: WordVectors, pairs: Sequence[tuple[str, str, float]]) -> PairScore:
    """Correlate cosines with people's ratings by rank (Spearman), over the pairs whose words have vectors.

    Raises
    ------
    DataError
        If fewer than three pairs can be asked.
    """
    from scipy.stats import spearmanr

    known = [pair for pair in pairs if pair[0] in vectors.number and pair[1] in vectors.number]
    if len(known) < 3:  # noqa: PLR2004 — two points always correlate perfectly
        message = f"{len(known)} of {len(pairs)} pairs have vectors; at least 3 are needed"
        raise DataError(message)
    cosines = [vectors.measure_similarity(first, second) for first, second, _ in known]
    return PairScore(len(pairs), len(known), float(spearmanr(cosines, [rating for *_, rating in known]).statistic))
