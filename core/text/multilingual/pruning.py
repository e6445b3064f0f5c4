"""Keep a part of a multilingual vocabulary: 250,000 pieces are 85% of the encoder's weights, and most are never met.

A unigram tokeniser (Kudo 2018, https://arxiv.org/abs/1804.10959) cuts a text into the likeliest pieces; without a piece
it takes shorter ones, down to single characters, so every text still segments. Kept are the special pieces, all single
characters but the rare ones of Chinese and Korean, the pieces of texts and of the commonest words of the languages we
answer in, then those of other languages' words (Abdaoui et al. 2020, https://arxiv.org/abs/2010.05609, keep pieces by
language alike).

Left out: training the network again on the shortened vocabulary, byte pieces for characters that never were one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.hub.errors import RecipeError
from core.text.multilingual.e5_file import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


ROOM = ("ar", "de", "en", "es", "fr", "hi", "it", "pt", "zh")
"""Languages whose words are all kept in the pieces that the full vocabulary writes them with."""
FRAME = "<frame>"
"""The template's name for what stands before a text."""
N_SPECIAL = 4
SPACE = "▁"
N_SIGNS = 4_500
"""Single Chinese and Korean characters that are kept, the likeliest first; there are three times as many."""
MIN_USES = 3
"""A piece that fewer of the texts use is not kept on their account."""
_MANY_SIGNS = re.compile("[\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What pruning did to one language's words.

    Parameters
    ----------
    language : str
        Its code.
    whole : float
        Share of its commonest words that are written with the same pieces as before.
    pieces, pieces_before : float
        Mean pieces of a word, with the kept and the full vocabulary.
    """

    language: str
    whole: float
    pieces: float
    pieces_before: float


def make_tokeniser(pieces: Pieces, before: Sequence[str] = ()) -> Any:
    """Build the tokeniser of the ``tokenizers`` library from its pieces.

    Parameters
    ----------
    before : sequence of str
        Pieces that an encoder was trained to see before each text.

    Returns
    -------
    tokenizers.Tokenizer
        ``<s>`` and those pieces before, ``</s>`` behind each text.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokeniser = Tokenizer(
        models.Unigram(list(zip(pieces.texts, map(float, pieces.scores), strict=True)), pieces.unknown)
    )
    gone, blank = (
        _list_signs([sign for sign, other in pieces.rewritten.items() if other == wanted]) for wanted in ("", " ")
    )
    parts = [normalizers.Replace(Regex(signs), other) for signs, other in ((gone, ""), (blank, " ")) if signs]
    tokeniser.normalizer = normalizers.Sequence([*parts, normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokeniser.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    start, end = pieces.texts[pieces.start], pieces.texts[pieces.end]
    first = [start, *before]
    frame = {"id": FRAME, "ids": [pieces.texts.index(text) for text in first], "tokens": first}
    tokeniser.post_processor = processors.TemplateProcessing(
        single=f"{FRAME} $A {end}", special_tokens=[frame, (end, pieces.end)]
    )
    return tokeniser


def _list_signs(signs: Sequence[str]) -> str:
    """Write a class of a regular expression that holds some characters; empty for none."""
    return "[" + "".join(f"\\x{{{ord(sign):X}}}" for sign in sorted(signs)) + "]" if signs else ""


def choose_pieces(
    pieces: Pieces, n_kept: int, texts: Sequence[str], words: Mapping[str, Sequence[str]]
) -> NDArray[np.int64]:
    """Choose which pieces are kept.

    Parameters
    ----------
    n_kept : int
        How many; of the texts' and the words' pieces the commonest come first.
    texts : sequence of str
        What the network learns from.
    words : mapping of language to words
        The commonest words of each language, those of ``ROOM`` and others.

    Returns
    -------
    int array of shape (n_kept,)
        Ids, ascending: the special pieces keep theirs.

    Raises
    ------
    RecipeError
        If there is no room for the single characters.
    """
    total = len(pieces.texts)
    if n_kept >= total:
        return np.arange(total)
    rank = np.zeros(total)
    rank[:N_SPECIAL] = 4
    single = [place for place, text in enumerate(pieces.texts) if len(text.lstrip(SPACE)) <= 1]
    signs = [place for place in single if _MANY_SIGNS.search(pieces.texts[place])]
    rank[[place for place in single if place not in set(signs[N_SIGNS:])]] = 3
    if (rank > 0).sum() > n_kept:
        message = (
            f"pieces is {n_kept}; special and single-character pieces alone are {int((rank > 0).sum())}: keep more"
        )
        raise RecipeError(message)
    rank += _rate_uses(make_tokeniser(pieces), texts, words, total)
    # the likeliest pieces have the smallest ids, and the sort keeps their order
    return np.sort(np.argsort(-rank, kind="stable")[:n_kept])


def _rate_uses(
    tokeniser: Any, texts: Sequence[str], words: Mapping[str, Sequence[str]], total: int
) -> NDArray[np.float64]:
    """Rate pieces by who uses them: words of ``ROOM`` 1, texts 0.9, words of other languages 0.5, nobody 0."""
    found = np.zeros(total)
    lists = [(_add_capitals(language, each), 1.0 if language in ROOM else 0.5, 1) for language, each in words.items()]
    for each, worth, least in [(texts, 0.9, MIN_USES), *lists]:
        counts = Counter(number for encoded in tokeniser.encode_batch(list(each)) for number in set(encoded.ids))
        used = np.array([number for number, count in counts.items() if count >= least], dtype=np.int64)
        found[used] = np.maximum(found[used], worth)
    return found


def _add_capitals(language: str, words: Sequence[str]) -> list[str]:
    """List German words with a capital too: its nouns have one, and word lists are in small letters."""
    return [*words, *(word.capitalize() for word in words)] if language == "de" else list(words)


def prune(pieces: Pieces, kept: NDArray[np.int64]) -> Pieces:
    """Keep some pieces; the kept ones are numbered anew in their old order.

    Raises
    ------
    ValueError
        If a special piece is not among them.
    """
    places = {int(old): new for new, old in enumerate(kept)}
    special = (pieces.start, pieces.end, pieces.padding, pieces.unknown)
    if not set(special) <= places.keys():
        message = f"the pieces {sorted(special)} are special and must be kept"
        raise ValueError(message)
    start, end, padding, unknown = (places[old] for old in special)
    texts = tuple(pieces.texts[old] for old in kept)
    return Pieces(texts, pieces.scores[kept], start, end, padding, unknown, pieces.rewritten)


def measure_coverage(full: Any, kept: Any, words: Mapping[str, Sequence[str]]) -> tuple[Coverage, ...]:
    """Compare how two tokenisers write each language's words."""
    rows = []
    for language, each in words.items():
        before = [encoded.tokens for encoded in full.encode_batch(list(each), add_special_tokens=False)]
        after = [encoded.tokens for encoded in kept.encode_batch(list(each), add_special_tokens=False)]
        whole = np.mean([a == b for a, b in zip(before, after, strict=True)])
        sizes = [float(np.mean([len(tokens) for tokens in part])) for part in (after, before)]
        rows.append(Coverage(language, float(whole), *sizes))
    return tuple(rows)
