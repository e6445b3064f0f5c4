"""The smallest change of words that turns a classifier's answer, and whether it turns another one's as well.

A change leaves a word out or puts another in its place. All single changes are tried, then all pairs of the strongest
changes of twelve words, and so on; the first size at which the answer turns is told, with the change that turns
it furthest (counterfactuals: M. Ribeiro et al. 2020, arXiv:2005.04118; smallest sets: D. Martens and F. Provost
2014, https://doi.org/10.25300/MISQ/2014/38.1.04). All single changes being tried, no fewer than the one or two that are
told can do it; of three or four this is said only where all smaller sets were tried.

Left out: words put in between; whether a person would still call the changed text a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.hub.errors import RecipeError
from core.text.sentiment.explain.asking import Score
from core.text.sentiment.explain.changes import Change, Kinds, apply_changes, combine_changes, list_changes
from core.text.sentiment.explain.words import split_words

HALF = 0.5
MOST_CHANGES = 4
N_KEPT = 12
"""Words whose strongest changes are combined: 66 pairs, 220 triples and 495 fours."""
ALL_SMALLER = 2
"""Changes up to which all smaller sets were tried."""
MAX_WORDS = 64
SUBSTITUTES: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("bad", "dull", "awful", "fails", "hardly", "never"),
    ("good", "great", "moving", "works", "truly", "always"),
)
"""Plain words that speak against and for a film, taken where the answer is the other one."""


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """What turns an answer.

    Parameters
    ----------
    share, new_share : float
        Probability of positive before and after.
    changes : tuple of Change
        Empty where nothing that was tried turned it; then ``new_text`` is the furthest that was reached.
    is_smallest : bool
        Whether no fewer changes of these kinds can turn it.
    n_asked : int
        Texts that the classifier was asked about.
    """

    text: str
    share: float
    new_text: str
    new_share: float
    changes: tuple[Change, ...]
    is_smallest: bool
    n_asked: int

    @property
    def turned(self) -> bool:
        """Whether the answer turned."""
        return bool(self.changes)


@dataclass(frozen=True, slots=True, eq=False)
class Duel:
    """Two or more classifiers on one text.

    Parameters
    ----------
    shares : mapping of classifier to float
        Probability of positive.
    flips : mapping of classifier to Flip
        The smallest change that turns each.
    crossed : mapping of (classifier whose flip it is, classifier asked) to float
        Probability of positive of the changed text.
    """

    text: str
    shares: Mapping[str, float]
    flips: Mapping[str, Flip]
    crossed: Mapping[tuple[str, str], float]

    @property
    def agree(self) -> bool:
        """Whether all give the same answer."""
        return len({share >= HALF for share in self.shares.values()}) == 1

    def turns(self, owner: str, other: str) -> bool:
        """Whether the change that turns one classifier turns another as well."""
        return self.flips[owner].turned and (self.crossed[owner, other] >= HALF) != (self.shares[other] >= HALF)


def find_flip(
    score: Score,
    text: str,
    kinds: Kinds = "both",
    most_changes: int = 3,
    substitutes: tuple[Sequence[str], Sequence[str]] = SUBSTITUTES,
) -> Flip:
    """Find the smallest change of words that turns the answer.

    Parameters
    ----------
    score : callable
        Any classifier's; it is asked about some hundred texts.
    kinds : str
        Whether words are left out, replaced, or both.
    most_changes : int
        1 to 4.
    substitutes : pair of sequences of str
        Words that speak for negative and for positive.

    Raises
    ------
    RecipeError
        If ``most_changes`` is out of range.
    DataError, LimitError
        If the text has no word, or more than 64.

    Examples
    --------
    >>> says = lambda texts: np.array([0.9 if "good" in text else 0.2 for text in texts])
    >>> flip = find_flip(says, "a good film", kinds="leave out")
    >>> flip.changes[0].told, flip.new_text, flip.is_smallest
    ('without “good”', 'a film', True)
    """
    if not 1 <= most_changes <= MOST_CHANGES:
        message = f"most_changes is {most_changes}; it must be 1 to {MOST_CHANGES}"
        raise RecipeError(message)
    words = split_words(text, MAX_WORDS)
    share = float(score([text])[0])
    sign = 1.0 if share >= HALF else -1.0
    singles = list_changes(words, kinds, substitutes[0] if sign > 0 else substitutes[1])
    if not singles:
        return Flip(text, share, text, share, (), is_smallest=False, n_asked=1)
    n_asked, best = 1, (text, share)
    strongest = singles
    for size in range(1, most_changes + 1):
        tried = combine_changes(strongest, size)
        texts = [apply_changes(text, words, each) for each in tried]
        if not texts:
            break
        shares = np.asarray(score(texts), dtype=np.float64)
        n_asked += len(texts)
        order = np.argsort(sign * shares, kind="stable")
        best = min(best, (texts[order[0]], float(shares[order[0]])), key=lambda each: sign * each[1])
        if (best[1] >= HALF) != (share >= HALF):
            is_smallest = size <= ALL_SMALLER or len(strongest) == len(singles)
            return Flip(text, share, *best, tried[order[0]], is_smallest, n_asked)
        if size == 1:
            strongest = _choose_strongest([singles[place] for place in order])
    return Flip(text, share, *best, (), is_smallest=False, n_asked=n_asked)


def _choose_strongest(ordered: Sequence[Change]) -> list[Change]:
    """Keep the change of each word that moves the answer furthest, of the twelve words that move it most."""
    best: dict[int, Change] = {}
    for each in ordered:
        best.setdefault(each.place, each)
    return list(best.values())[:N_KEPT]


def compare_models(scores: Mapping[str, Score], text: str, kinds: Kinds = "both", most_changes: int = 3) -> Duel:
    """Ask several classifiers about one text, find what turns each, and try it on the others.

    Raises
    ------
    RecipeError
        If fewer than two classifiers are given, or ``most_changes`` is out of range.
    DataError, LimitError
        If the text has no word, or more than 64.

    Examples
    --------
    >>> one = lambda texts: np.array([0.9 if "good" in text else 0.2 for text in texts])
    >>> other = lambda texts: np.array([0.9 if "film" in text else 0.2 for text in texts])
    >>> duel = compare_models({"one": one, "other": other}, "a good film", kinds="leave out")
    >>> duel.agree, duel.turns("one", "one"), duel.turns("one", "other")
    (True, True, False)
    """
    if len(scores) < 2:  # noqa: PLR2004 side by side needs two
        message = f"the number of models is {len(scores)}; choose at least 2 to compare"
        raise RecipeError(message)
    flips = {name: find_flip(score, text, kinds, most_changes) for name, score in scores.items()}
    crossed = {
        (owner, other): float(score([flip.new_text])[0])
        for owner, flip in flips.items()
        for other, score in scores.items()
    }
    return Duel(text, {name: flip.share for name, flip in flips.items()}, flips, crossed)
