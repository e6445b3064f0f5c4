"""Bring a text into one form before any model reads it, say what it is made of, and find the texts of a table.

Canonical composition (NFC) makes one character of a letter and its accent; control characters and the marks that
override the direction of writing go; white space is folded. Emoji, joiners and right-to-left text stay as they are.

Method: Unicode Standard Annex #15 (https://unicode.org/reports/tr15/) and #9 (https://unicode.org/reports/tr9/).

Left out: lower case, stemming and stop words, which are each model's own affair.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import pandas as pd

from core.hub.errors import DataError, LimitError

MOST_BYTES = 1_000_000
COLUMN_NAMES = ("text", "review", "comment", "sentence", "tweet", "message", "content", "body", "feedback", "snippet")
LEAST_LETTERS = 12  # mean characters of a cell under which a column is taken for names or codes
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]")
_MODIFIER = re.compile("[\U0001f3fb-\U0001f3ff]")
_SENTENCE_END = re.compile(r"[.!?\u2026\u061f]+(?:\s|$)|[\u3002\uff01\uff1f]")  # the last three need no space after
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_UNSEEN = frozenset({"Zs", "Cf", "Cn", "Mn"})
"""Kinds of signs that show nothing alone: spaces, joiners, unknown code points, marks on a letter."""


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What a text is made of.

    Parameters
    ----------
    n_characters, n_words, n_sentences : int
        After cleaning; a word is a run without white space.
    scripts : tuple of (str, float)
        Name of each script and its share of the letters, the largest first.
    n_emoji : int
        Pictographs; a flag counts as two letters of its country.
    right_to_left : bool
        Whether most letters are written from right to left.
    n_removed : int
        Control characters and direction overrides that were taken out.
    """

    n_characters: int
    n_words: int
    n_sentences: int
    scripts: tuple[tuple[str, float], ...]
    n_emoji: int
    right_to_left: bool
    n_removed: int


@dataclass(frozen=True, slots=True)
class TextColumn:
    """The column of a table that holds the texts; an empty cell is an empty string."""

    name: str
    texts: tuple[str, ...]


def clean_text(text: str, name: str = "text") -> str:
    r"""Return a text in one form.

    Parameters
    ----------
    text : str
        At most a million bytes as UTF-8.
    name : str
        What the error calls it.

    Raises
    ------
    LimitError
        If it is longer.
    DataError
        If nothing is left to read.

    Examples
    --------
    >>> clean_text("Cafe\u0301\x00  au \u202elait\u202c 🙂\n")
    'Café au lait 🙂'
    """
    if len(text) > MOST_BYTES or (n_bytes := len(text.encode("utf-8", "replace"))) > MOST_BYTES:
        size = len(text) if len(text) > MOST_BYTES else n_bytes
        message = f"{name} has {size:,} bytes; at most {MOST_BYTES:,} are read: give a part of it"
        raise LimitError(message)
    plain = fold_text(text)
    if not plain:
        message = f"{name} is empty; give at least one character that can be read"
        raise DataError(message)
    return plain


def fold_text(text: str) -> str:
    r"""Clean without refusing: a text without a visible sign becomes empty.

    Examples
    --------
    >>> fold_text(" so\tgood "), fold_text("\u200b \ufe0f")
    ('so good', '')
    """
    without = _OVERRIDES.sub("", _CONTROL.sub(" ", text))
    plain = " ".join(unicodedata.normalize("NFC", without).split())
    return plain if any(unicodedata.category(sign) not in _UNSEEN for sign in plain) else ""


def describe_text(text: str) -> TextFacts:
    """Say what a text is made of.

    Raises
    ------
    LimitError, DataError
        As :func:`clean_text`.

    Examples
    --------
    >>> facts = describe_text("Good film! Хороший фильм 🙂")
    >>> facts.n_words, facts.n_sentences, facts.n_emoji, facts.scripts[0][0]
    (5, 2, 1, 'Cyrillic')
    """
    plain = clean_text(text)
    letters = [character for character in plain if character.isalpha()]
    counts = Counter(name_script(letter) for letter in letters)
    turned = sum(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in letters)
    return TextFacts(
        n_characters=len(plain),
        n_words=len(plain.split()),
        n_sentences=len([part for part in _SENTENCE_END.split(plain) if part.strip()]),
        scripts=tuple((script, n / len(letters)) for script, n in counts.most_common()),
        n_emoji=len(_EMOJI.findall(_MODIFIER.sub("", plain))),
        right_to_left=turned * 2 > len(letters),
        n_removed=len(_CONTROL.findall(text)) + len(_OVERRIDES.findall(text)),
    )


def name_script(letter: str) -> str:
    """Name the script of one letter by the first word of its Unicode name.

    Examples
    --------
    >>> [name_script(letter) for letter in "aя文م"]
    ['Latin', 'Cyrillic', 'Cjk', 'Arabic']
    """
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0].capitalize()


def read_text_column(frame: pd.DataFrame, column: str | None = None) -> TextColumn:
    """Find the texts of a table: the column asked for, one of a usual name, or the one with the longest cells.

    Parameters
    ----------
    frame : DataFrame
        As it was read from a file.
    column : str, optional
        Its name.

    Raises
    ------
    DataError
        If there is no such column, no column holds text, or every cell of it is empty.

    Examples
    --------
    >>> read_text_column(pd.DataFrame({"id": [1, 2], "said": ["It was all right.", "I would not go again."]})).name
    'said'
    """
    name = column if column is not None else _find_column(frame)
    if name not in frame.columns:
        shown = ", ".join(map(str, frame.columns[:8])) or "none"
        message = f"the table has no column {name!r}; its columns are {shown}"
        raise DataError(message)
    cells = frame[name]
    texts = tuple("" if missing else str(cell) for cell, missing in zip(cells, cells.isna(), strict=True))
    if not any(map(fold_text, texts)):
        message = f"the column {name!r} holds no text in {len(texts)} rows; name another column or give another file"
        raise DataError(message)
    return TextColumn(str(name), texts)


def _find_column(frame: pd.DataFrame) -> str:
    """Choose the column with the texts."""
    words = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    usual = [name for wanted in COLUMN_NAMES for name in words if str(name).strip().lower() == wanted]
    if usual:
        return str(usual[0])
    lengths = {name: frame[name].dropna().astype(str).str.len().mean() for name in words}
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    if longest is None or not lengths[longest] >= LEAST_LETTERS:
        shown = ", ".join(map(str, frame.columns[:8])) or "none"
        message = f"the table has no column of text; its columns are {shown}: call the one with the texts 'text'"
        raise DataError(message)
    return str(longest)
