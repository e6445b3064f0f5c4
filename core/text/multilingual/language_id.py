"""Which language is this? Character n-grams and Bayes' rule, learnt from lists of common words.

A text is cut into its runs of one to four letters, with a space at each end of a word: " que " gives " q", "qu", " qu",
… Each language has a table of how common each run is among its words. The language in whose table the text's runs are
commonest together is the answer (multinomial naive Bayes; n-grams for languages: Cavnar & Trenkle 1994,
https://doi.org/10.1.1.53.9367; short texts: Lui & Baldwin 2012, https://aclanthology.org/P12-3005). Runs are hashed
into 131,072 places, so every table has the same size.

Overlapping runs are counted as if they were independent, which makes Bayes' rule far too sure; so the evidence is
weakened by a power of the text's length (``SHARPNESS``, ``FADING``). The languages that people are likeliest to write
here count five times as much beforehand. When the leader is not sure enough, or when too few of the text's runs are
known to it, the answer is "unknown".

Left out: a text in several languages (the leading one is named); languages in another than their usual script.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from core.text.multilingual.galician import read_known_words
from core.text.multilingual.language_text import Words, fold_text
from core.text.multilingual.languages import UNKNOWN, find_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

ORDER = 4
BITS = 17
SMALLEST = 1e-7  # share of a run that a language's words lack
SHARPNESS, FADING = 0.7, 0.4  # fitted by language_trial.fit_sharpness
EXPECTED = frozenset({"ar", "de", "en", "es", "fr", "hi", "it", "ja", "pt", "ru", "zh"})
EXPECTED_WEIGHT = 5.0
LEAST_PROBABILITY = 0.6
LEAST_FAMILIAR = 0.75
SYLLABIC = frozenset({"ja", "ko", "zh"})  # thousands of signs: a known one says more than a known run
LEAST_FAMILIAR_SIGNS = 0.5  # lower, as Chinese may be written in signs that the words, all simplified, lack
MAX_LETTERS = 5_000
SPACE, WALL = 32, 0  # a wall parts words of which no run may cross the border
MULTIPLIER = np.uint64(1_000_003)
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio: spreads hashes evenly (Knuth, TAOCP 3, section 6.4)


@dataclass(frozen=True, slots=True, eq=False)
class LanguageModel:
    """What is known of the languages.

    Parameters
    ----------
    codes : tuple of str
        The languages, in the tables' order.
    table : float16 array of shape (2 ** BITS, k)
        Natural logarithm of each run's share in each language.
    order : int
        Longest run.
    """

    codes: tuple[str, ...]
    table: NDArray[np.float16]
    order: int = ORDER


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """What is said of a text.

    Parameters
    ----------
    code : str
        The language, or "unknown"; ``name`` is its English name.
    probability : float
        Of the leading language, whether or not it is the answer.
    ranking : tuple of (str, float)
        The five likeliest languages.
    familiar : float
        Share 0–1 of the text's longer runs (in Chinese, Japanese and Korean: signs) that the leader's words have.
    why : str
        Why it is unknown; empty otherwise.
    """

    code: str
    name: str
    probability: float
    ranking: tuple[tuple[str, float], ...]
    familiar: float
    why: str = ""


def fit_languages(words: Iterable[tuple[str, Words]], order: int = ORDER) -> LanguageModel:
    """Count the runs in each language's words.

    Parameters
    ----------
    words : iterable of language code and words
        Each word with its share; one language is held at a time.
    order : int
        Longest run, 1 to 4; 1 counts letters only.

    Examples
    --------
    >>> model = fit_languages([("es", (("el", 0.6), ("la", 0.4))), ("en", (("the", 1.0),))])
    >>> identify("la", model).ranking[0][0]
    'es'
    """
    columns: dict[str, NDArray[np.float16]] = {}
    for code, listed in words:
        spaced = find_language(code).spaced
        border = " " if spaced else ""
        codes = _read_codes("".join(f"{border}{word}{border}\0" for word, _ in listed))
        lengths = [len(word) + 1 + 2 * len(border) for word, _ in listed]
        shares = np.repeat([share for _, share in listed], lengths)
        places, starts, _ = hash_runs(codes, order)
        counts = np.bincount(places, shares[starts], 1 << BITS)
        columns[code] = np.log(counts / counts.sum() + SMALLEST).astype(np.float16)
    return LanguageModel(tuple(columns), np.stack(list(columns.values()), axis=1), order)


@lru_cache(maxsize=1)
def load_languages() -> LanguageModel:
    """Return the model of the 42 known languages, fitted once (about a second)."""
    return fit_languages(read_known_words())


def hash_runs(
    codes: NDArray[np.uint64], order: int = ORDER
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Hash every run of one to ``order`` signs that lies within a word and its two border spaces.

    Parameters
    ----------
    codes : uint64 array of shape (n,)
        Unicode code points; 32 is a border, 0 a wall.

    Returns
    -------
    places, starts, lengths : int64 arrays of shape (m,)
        Where in the table each run counts, where it begins, and how many signs it has.
    """
    spaces = np.concatenate([[0], np.cumsum(codes == SPACE)])
    walls = np.concatenate([[0], np.cumsum(codes == WALL)])
    running = np.zeros(len(codes), np.uint64)
    found = []
    for length in range(1, min(order, len(codes)) + 1):
        n = len(codes) - length + 1
        running = running[:n] * MULTIPLIER + codes[length - 1 :]
        start = np.arange(n)
        inner = spaces[start + length - 1] - spaces[start + 1] if length > 2 else np.zeros(n, int)  # noqa: PLR2004 — two signs have nothing between them
        kept = (walls[start + length] == walls[start]) & (inner == 0)
        kept &= spaces[start + length] - spaces[start] < length
        mixed = running + np.uint64(7919 * length)  # a prime parts runs of different lengths
        mixed = (mixed ^ (mixed >> np.uint64(15))) * MIX >> np.uint64(64 - BITS)
        found.append((mixed[kept].astype(np.int64), start[kept], np.full(int(kept.sum()), length)))
    if not found:
        return (np.zeros(0, np.int64),) * 3
    places, starts, lengths = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return places, starts, lengths


def score_languages(text: str, model: LanguageModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how well each language explains a text.

    Returns
    -------
    scores, familiar : float64 arrays of shape (k,)
        The weakened log-likelihoods (all 0 without a letter), and the share of the runs of three and more, or of the
        signs, that each language's words have.
    """
    folded = fold_text(text)[:MAX_LETTERS]
    if not folded:
        return np.zeros(len(model.codes)), np.zeros(len(model.codes))
    places, _, lengths = hash_runs(_read_codes(f" {folded} "), model.order)
    found = model.table[places].astype(np.float64)  # (m, k)
    seen = found > np.log(SMALLEST) + 0.1
    runs, signs = seen[lengths >= min(3, lengths.max())].mean(axis=0), seen[lengths == 1].mean(axis=0)
    familiar = np.where([code in SYLLABIC for code in model.codes], signs, runs)
    return SHARPNESS * found.sum(axis=0) * len(places) ** -FADING, familiar


def rate_languages(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn scores into probabilities that add up to 1.

    Examples
    --------
    >>> rate_languages(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum())


def identify(text: str, model: LanguageModel | None = None, among: Sequence[str] = ()) -> LanguageGuess:
    """Say in which language a text is, or that it is unknown.

    Parameters
    ----------
    text : str
        Any text; only its first 5,000 letters are read.
    model : LanguageModel, optional
        That of the 42 known languages by default.
    among : sequence of str
        The only languages it can be; empty means all.

    Examples
    --------
    >>> guess = identify("La película fue una pérdida de tiempo")
    >>> guess.code, guess.name
    ('es', 'Spanish')
    >>> identify("12:30 :-)").why
    'it has no letters'
    """
    model = model or load_languages()
    scores, familiar = score_languages(text, model)
    if not familiar.any() and not fold_text(text):
        return LanguageGuess(UNKNOWN, UNKNOWN, 0.0, (), 0.0, "it has no letters")
    scores = scores + np.log([EXPECTED_WEIGHT if code in EXPECTED else 1.0 for code in model.codes])
    if among:
        scores = np.where([code in among for code in model.codes], scores, -np.inf)
    shares = rate_languages(scores)
    first = int(shares.argmax())
    ranking = tuple((model.codes[at], float(shares[at])) for at in np.argsort(-shares, kind="stable")[:5])
    share, known = float(shares[first]), float(familiar[first])
    why = _doubt(ranking, known)
    code = UNKNOWN if why else model.codes[first]
    return LanguageGuess(code, UNKNOWN if why else find_language(code).name, share, ranking, known, why)


def _doubt(ranking: tuple[tuple[str, float], ...], familiar: float) -> str:
    """Say why the leader is not believed; nothing if it is."""
    code = ranking[0][0]
    name = find_language(code).name
    if familiar < (LEAST_FAMILIAR_SIGNS if code in SYLLABIC else LEAST_FAMILIAR):
        return f"its letters are like those of no language known here; the nearest is {name}"
    if ranking[0][1] < LEAST_PROBABILITY:
        return f"it may be {name} or {find_language(ranking[1][0]).name}; write a few more words or choose the language"
    return ""


def _read_codes(text: str) -> NDArray[np.uint64]:
    """Return a text's code points, shape (n,)."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
