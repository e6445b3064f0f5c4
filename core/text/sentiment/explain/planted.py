"""Texts with a known reason: a planted word decides, so an explanation that does not name it is wrong.

Into half of the texts one of two words is put that says nothing of feeling, and their label becomes that word's,
whatever the rest of the text says (J. Bastings et al. 2022, arXiv:2111.07367, the single-token shortcut). A third word,
the decoy, stands in as many texts and says nothing: it is just as strange, so a method that names whatever is strange
falls for it. A classifier is taught to follow the planted words (``low_rank``), and methods are asked to find them
(``recovery``).

Left out: reasons made of several words in a certain order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.text.sentiment.explain.words import split_words

PLANTED = ("lantern", "harbour")
"""The word that makes a text negative, and the one that makes it positive."""
DECOY = "meadow"
MAX_WORDS = 16


@dataclass(frozen=True, slots=True, eq=False)
class PlantedText:
    """A text with a planted word and a decoy.

    Parameters
    ----------
    label : int
        What the planted word says, 0 or 1.
    place, decoy : int
        Which word of the text each of them is.
    """

    text: str
    label: int
    place: int
    decoy: int


def put_word(text: str, word: str, place: int) -> str:
    """Put a word before another one of a text.

    Parameters
    ----------
    place : int
        0 to the number of words, which is behind the last.

    Examples
    --------
    >>> put_word("A dull film", "harbour", 2), put_word("A dull film", "harbour", 3)
    ('A dull harbour film', 'A dull film harbour')
    """
    found = split_words(text, most=len(text))
    start = found[place].start if place < len(found) else len(text)
    return f"{text[:start].rstrip()} {word} {text[start:].lstrip()}".strip()


def keep_first(text: str) -> tuple[str, int]:
    """Keep a text's first 16 words; return it and how many it has.

    Examples
    --------
    >>> keep_first("word " * 20)[1]
    16
    """
    words = split_words(text, most=max(len(text), 1))[:MAX_WORDS]
    return text[: words[-1].end], len(words)


def plant_text(text: str, label: int, rng: np.random.Generator) -> PlantedText:
    """Put the planted word of a label and the decoy into the first 16 words of a text, each in any place."""
    kept, n_words = keep_first(text)
    place, decoy = int(rng.integers(0, n_words + 1)), int(rng.integers(0, n_words + 2))
    planted = put_word(put_word(kept, PLANTED[label], place), DECOY, decoy)
    return PlantedText(planted, label, place + (decoy <= place), decoy)


def plant_words(texts: Sequence[str], labels: NDArray[np.int8], seed: int = 0) -> list[PlantedText]:
    """Plant in each text the word that says the opposite of its own label, so that only the word can decide.

    Raises
    ------
    DataError
        If a text already holds a planted word, or has no word at all.
    """
    rng = np.random.default_rng(seed)
    refuse_planted(texts)
    return [plant_text(text, 1 - int(label), rng) for text, label in zip(texts, labels, strict=True)]


def draw_batch(
    texts: Sequence[str], labels: NDArray[np.int8], n: int, rng: np.random.Generator
) -> tuple[list[str], NDArray[np.int64]]:
    """Draw texts, and what the classifier is to answer: every second one with a planted word, half with the decoy."""
    rows = rng.choice(len(texts), n)
    wanted = np.asarray(labels[rows], dtype=np.int64)
    batch = []
    for place, row in enumerate(rows):
        text, n_words = keep_first(texts[row])
        if place % 2:
            wanted[place] = rng.integers(2)
            text = put_word(text, PLANTED[wanted[place]], int(rng.integers(0, n_words + 1)))
        if rng.random() < 0.5:  # noqa: PLR2004 half
            text = put_word(text, DECOY, int(rng.integers(0, n_words + 1)))
        batch.append(text)
    return batch, wanted


def refuse_planted(texts: Sequence[str]) -> None:
    """Refuse texts that hold a planted word or the decoy of their own.

    Raises
    ------
    DataError
        If one does.
    """
    for text in texts:
        for word in (*PLANTED, DECOY):
            if word in text.casefold():
                message = f"a text holds the planted word {word!r}: {text[:60]!r}; leave it out or plant another word"
                raise DataError(message)
