"""How counts, shares and column names are written in the sentences about a table, and how names are read.

Left out: escaping, which is the page's work: names are a person's text and are cut here, not cleaned.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MAX_NAME = 60
MAX_NAMES = 5
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"\d+|[^\W\d_]+")


def count_of(n: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> count_of(1, "row"), count_of(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def share_of(n: int, total: int) -> str:
    """Write a part of a total as a percentage that is never rounded to none or all.

    Examples
    --------
    >>> share_of(19, 344), share_of(1, 200_000), share_of(199_999, 200_000)
    ('5.5%', 'under 0.1%', 'over 99.9%')
    """
    percent = 100 * n / total if total else 0.0
    if 0 < percent < 0.1:  # noqa: PLR2004  # the smallest share that one decimal shows
        return "under 0.1%"
    if 99.9 < percent < 100:  # noqa: PLR2004  # likewise the largest
        return "over 99.9%"
    return f"{percent:.1f}".removesuffix(".0") + "%"


def cut(text: str) -> str:
    """Cut a long name or value for a sentence.

    Examples
    --------
    >>> len(cut("x" * 500))
    60
    """
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"


def show_value(value: object) -> str:
    """Write a cell's value as a person would: 1.0 is 1.

    Examples
    --------
    >>> show_value(1.0), show_value(0.25), show_value("setosa")
    ('1', '0.25', 'setosa')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def list_names(names: Sequence[str]) -> str:
    """Write names as a list of at most five, and say how many more there are.

    Examples
    --------
    >>> list_names(["a", "b"]), list_names([str(n) for n in range(8)])
    ('a and b', '0, 1, 2, 3, 4 and 3 more')
    """
    shown = [cut(name) for name in names[:MAX_NAMES]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def split_words(name: str) -> list[str]:
    """Split a column's name into lower-case words without accents.

    Examples
    --------
    >>> split_words("SepalLengthCm"), split_words("PassengerID"), split_words("Größe_1 (m)")
    (['sepal', 'length', 'cm'], ['passenger', 'id'], ['grosse', '1', 'm'])
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(part for part in plain if not unicodedata.combining(part))
    return [word.casefold() for word in _WORDS.findall(_HUMPS.sub(" ", plain))]
