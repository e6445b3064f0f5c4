"""Decide whether the first row of a table names its columns.

Each column votes: a word above numbers or dates says yes; a number above numbers, or a word that comes again below,
says no. Years as names (country, 1990, 2000) are not numbers here. Without a majority against it the first row is a
header, as in nearly every file that people keep.

Left out: headers of several rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

VALUE = re.compile(
    r"[+-]?[$€£¥]?\s?(?:\d[\d., '’\u00a0\u202f]*|[.,]\d+)(?:[eE][+-]?\d+)?\s?[%$€£]?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?"
)
"""A number, date or time as it is written in many places."""
YEAR = re.compile(r"(?:1[89]|20)\d\d")


def is_value(text: str) -> bool:
    """Whether a cell is written as a number, date or time.

    Examples
    --------
    >>> is_value("1.234,5 €"), is_value("2020-01-02"), is_value("setosa")
    (True, True, False)
    """
    return VALUE.fullmatch(text.strip()) is not None


def has_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Decide whether ``first`` names the columns of ``body``.

    Parameters
    ----------
    first : sequence of str
        Cells of the first row.
    body : sequence of sequences of str
        Some rows that follow it; cells may be missing at the end of a row.

    Examples
    --------
    >>> has_header(["length", "species"], [["5.1", "setosa"], ["4.9", "setosa"]])
    True
    >>> has_header(["5.1", "setosa"], [["4.9", "setosa"], ["4.7", "setosa"]])
    False
    """
    cells = [cell.strip() for cell in first]
    if cells and all(is_value(cell) for cell in cells if cell) and not _are_years(cells):
        return False
    years = _are_years([cell for cell in cells if is_value(cell)])
    votes = sum(_vote(cell, [row[at].strip() for row in body if at < len(row)], years) for at, cell in enumerate(cells))
    return votes >= 0


def _are_years(cells: list[str]) -> bool:
    """Whether every cell is a different year, in order, as in a table with a column per year."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(YEAR.fullmatch(cell) for cell in filled) and filled == sorted(set(filled))


def _vote(cell: str, below: list[str], years: bool) -> int:
    """Return +1 for a header, -1 against it, 0 where this column does not tell."""
    filled = [text for text in below if text]
    if not cell or not filled:
        return 0
    n_values = sum(map(is_value, filled))
    if is_value(cell):
        return 0 if years or 2 * n_values < len(filled) else -1
    if 2 * n_values > len(filled):
        return 1
    return -1 if cell in filled else 0
