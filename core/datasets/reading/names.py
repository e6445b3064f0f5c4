"""Column names made unique, non-empty strings without control characters; every change is said in the notes.

HTML and formulas in a name are data and stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from core.datasets.reading.notes import Notes

MAX_NAME = 200
JOINERS = "\u200c\u200d"
"""Format characters that words of some scripts need; the rest of their class can hide or reorder text."""
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_text(text: str) -> str:
    r"""Drop control and invisible format characters; line breaks and runs of spaces become one space.

    Examples
    --------
    >>> clean_text("net\x00 price\n(€)")
    'net price (€)'
    """
    spaced = re.sub(r"\s+", " ", text)
    if spaced.isascii() and spaced.isprintable():
        return spaced.strip()
    return "".join(c for c in spaced if c in JOINERS or unicodedata.category(c) not in UNSEEN).strip()


def clean_names(names: Sequence[object], notes: Notes) -> tuple[str, ...]:
    """Make column names from whatever stands in a header.

    Parameters
    ----------
    names : sequence
        Text, numbers, dates or None, in column order.
    notes : Notes
        Takes a remark on every name that had to change.

    Returns
    -------
    tuple of str
        Unique, non-empty names of at most 200 characters: a second ``a`` becomes ``a_2``, an empty one ``column_3``.

    Examples
    --------
    >>> clean_names(["a", "a", ""], Notes())
    ('a', 'a_2', 'column_3')
    """
    plain = [_make_text(name, position, notes) for position, name in enumerate(names, 1)]
    taken = set(plain)
    found: list[str] = []
    used: set[str] = set()
    for text, original in zip(plain, names, strict=True):
        name = text
        number = 2
        while name in used or (name != text and name in taken):
            name, number = f"{text}_{number}", number + 1
        if name != text:
            notes.about(name, f"renamed, because another column is also called {original}")
        used.add(name)
        found.append(name)
    return tuple(found)


def _make_text(name: object, position: int, notes: Notes) -> str:
    """Turn one header cell into a clean text, or name it by its position."""
    text = clean_text("" if name is None else str(name))
    if not text:
        fallback = f"column_{position}"
        notes.about(fallback, "named by position, because its name was empty")
        return fallback
    if not isinstance(name, str):
        notes.about(text, "the name was not text and was written as text")
    elif text != name.strip():
        notes.about(text[:MAX_NAME], "control characters were taken out of the name")
    if len(text) > MAX_NAME:
        notes.about(text[:MAX_NAME], f"the name was cut to {MAX_NAME} characters")
    return text[:MAX_NAME].rstrip()
