"""How often the language is right: held-out texts by length, beside two baselines, and languages that nobody taught.

The texts are paragraphs of the Declaration of Human Rights, which no model has learnt from. The evidence's weight is
fitted on the even ones, the odd ones are scored: whole, and cut to six, three and one words (eighteen, nine and three
signs where no space parts words). Command: ``python -m core.text.multilingual.language_trial``.

Left out: slang and spelling of the web; the text is formal, in every language the same, and 60 paragraphs each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.text.multilingual.galician import read_known_words
from core.text.multilingual.language_id import (
    LanguageModel,
    fit_languages,
    hash_runs,
    identify,
    load_languages,
    rate_languages,
    score_languages,
)
from core.text.multilingual.language_text import fold_text, load_declaration
from core.text.multilingual.languages import LANGUAGES, STRANGERS, UNKNOWN, find_language

SIZES: tuple[int | None, ...] = (1, 3, 6, None)
STRIDE_WORDS, STRIDE_SIGNS = 20, 40
SIGNS_A_WORD = 3

Case = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """One figure: which method, on texts of which length, right how often (with its 95% interval)."""

    method: str
    size: str
    accuracy: float
    low: float
    high: float
    n: int


def cut_texts(codes: Sequence[str], size: int | None, *, odd: bool) -> list[Case]:
    """Cut the Declaration's paragraphs into pieces of one length.

    Parameters
    ----------
    size : int or None
        Words a piece; None keeps whole paragraphs.
    odd : bool
        The odd paragraphs (scored) or the even ones (for fitting).

    Returns
    -------
    list of (code, text)
        Pieces of two letters and more.

    Examples
    --------
    >>> cut_texts(["en"], 3, odd=True)[0]
    ('en', 'Whereas disregard and')
    """
    cases = []
    for code in codes:
        for text in load_declaration()[code][int(odd) :: 2]:
            cases += [(code, piece) for piece in _cut(text, size, code) if len(fold_text(piece)) > 1]
    return cases


def _cut(text: str, size: int | None, code: str) -> list[str]:
    """Cut one paragraph."""
    if size is None:
        return [text]
    if not find_language(code).spaced:
        return [text[at : at + size * SIGNS_A_WORD] for at in range(0, len(text), STRIDE_SIGNS)]
    words = text.split()
    return [" ".join(words[at : at + size]) for at in range(0, len(words), STRIDE_WORDS)]


def score_cases(cases: Sequence[Case], answer: Callable[[str], str], method: str, size: str) -> LanguageRow:
    """Return how often an answer is right."""
    right = sum(answer(text) == code for code, text in cases)
    return LanguageRow(method, size, right / len(cases), *wilson_interval(right, len(cases)), len(cases))


@lru_cache(maxsize=1)
def measure_languages() -> tuple[LanguageRow, ...]:
    """Score three methods on the odd paragraphs; the answer "unknown" counts as wrong in none of them.

    The methods: commonest words (which list of 4,000 has most of the words), single letters, and runs of up to four.
    """
    words, full = dict(read_known_words()), load_languages()
    letters = fit_languages(words.items(), order=1)
    shelves = {code: {word for word, _ in listed} for code, listed in words.items()}
    answers = (
        ("words in a list", lambda text: count_words(text, shelves)),
        ("single letters", lambda text: lead(text, letters)),
        ("runs of up to four letters", lambda text: lead(text, full)),
    )
    codes = [language.code for language in LANGUAGES]
    rows = []
    for size in SIZES:
        cases = cut_texts(codes, size, odd=True)
        shown = "a paragraph" if size is None else f"{size} word{'s' * (size > 1)}"
        rows += [score_cases(cases, answer, method, shown) for method, answer in answers]
    return tuple(rows)


def lead(text: str, model: LanguageModel) -> str:
    """Return the leading language, sure or not."""
    return model.codes[int(score_languages(text, model)[0].argmax())]


def count_words(text: str, shelves: dict[str, set[str]]) -> str:
    """Return the language whose list has most of the words (the baseline); the first one where none has any."""
    words = fold_text(text).split()
    return max(shelves, key=lambda code: sum(word in shelves[code] for word in words))


def measure_by_language(size: int | None = 6) -> dict[str, LanguageRow]:
    """Score each language alone, where "unknown" is wrong."""
    return {
        language.code: score_cases(
            cut_texts([language.code], size, odd=True), lambda text: identify(text).code, language.name, str(size)
        )
        for language in LANGUAGES
    }


def measure_refusals() -> tuple[LanguageRow, LanguageRow]:
    """Return how often six words of an unseen language are called unknown, and six of a seen one are not."""
    unseen = cut_texts([language.code for language in STRANGERS], 6, odd=True)
    seen = cut_texts([language.code for language in LANGUAGES], 6, odd=True)
    refused = [(UNKNOWN, text) for _, text in unseen]
    answered = score_cases(
        [("yes", text) for _, text in seen],
        lambda text: "no" if identify(text).code == UNKNOWN else "yes",
        "seen languages, answered",
        "6 words",
    )
    return score_cases(refused, lambda text: identify(text).code, "unseen languages, refused", "6 words"), answered


def fit_sharpness(model: LanguageModel | None = None) -> tuple[float, float, float]:
    """Choose how much the evidence counts, on the even paragraphs.

    Returns
    -------
    sharpness, fading, loss : float
        ``sharpness * m ** -fading`` is the weight of a text's ``m`` runs; the loss is the mean of minus the logarithm
        of the right language's probability.
    """
    model = model or load_languages()
    codes = [language.code for language in LANGUAGES]
    raw = []
    for size in SIZES:
        for code, text in cut_texts(codes, size, odd=False):
            places, _, _ = hash_runs(np.array([ord(sign) for sign in f" {fold_text(text)} "], np.uint64))
            raw.append((model.table[places].astype(np.float64).sum(axis=0), len(places), model.codes.index(code)))
    grid = [
        (sharp, fade) for sharp in (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0) for fade in (0.0, 0.15, 0.3, 0.4, 0.5, 0.6)
    ]
    losses = [
        float(np.mean([-np.log(rate_languages(s * score * n**-f)[at] + 1e-12) for score, n, at in raw]))
        for s, f in grid
    ]
    best = int(np.argmin(losses))
    return *grid[best], losses[best]


def main() -> int:
    """Print the table."""
    for row in (*measure_languages(), *measure_refusals()):
        line = f"{row.size:12} {row.method:28} {row.accuracy:.3f} [{row.low:.3f}, {row.high:.3f}] n = {row.n}\n"
        sys.stdout.write(line)
    sys.stdout.write(f"sharpness, fading, loss on the even paragraphs: {fit_sharpness()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
