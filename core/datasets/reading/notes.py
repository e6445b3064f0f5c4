"""Notes for the reader of a table: remarks about single columns are gathered, so that 200 columns give one sentence."""

from __future__ import annotations

MOST_NAMES = 8


class Notes:
    """Collect sentences, and remarks that several columns share.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.about("zip", "kept as text because of leading zeros")
    >>> notes.about("id", "kept as text because of leading zeros")
    >>> notes.sentences()
    ('zip, id: kept as text because of leading zeros',)
    """

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._columns: dict[str, list[str]] = {}

    def say(self, sentence: str) -> None:
        """Add a sentence about the whole table, once."""
        if sentence not in self._sentences:
            self._sentences.append(sentence)

    def about(self, column: str, remark: str) -> None:
        """Add a remark about a column."""
        self._columns.setdefault(remark, []).append(column)

    def sentences(self) -> tuple[str, ...]:
        """Return every note: whole-table sentences first, then one per shared remark."""
        return (*self._sentences, *(f"{list_names(names)}: {remark}" for remark, names in self._columns.items()))


def list_names(names: list[str] | tuple[str, ...]) -> str:
    """Write the first names and how many more there are.

    Examples
    --------
    >>> list_names(["a", "b"])
    'a, b'
    """
    shown = ", ".join(str(name) for name in names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES:,} more"


def count(n: int, noun: str) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> count(1, "row"), count(2500, "row")
    ('1 row', '2,500 rows')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
