"""The one way in which a report writes a number, and the check that a sentence says no number of its own.

Left out: dates and names, which are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

UNDER = 1e-300
"""Below it a double loses digits: a p of 0 is written as under it."""
_NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?:e[−+-]?\d+)?\s?%?")
_TOLERANCE = 1e-9


def write_number(value: float | None) -> str:
    """Write a number with four significant digits; – where there is none.

    Examples
    --------
    >>> [write_number(value) for value in (0.98765, 12345, -2.5, None)]
    ['0.9877', '12,345', '−2.5', '–']
    """
    from core.evaluation.report.tables import show_value

    return show_value(None if value is None else int(value) if _is_count(value) else value)


def write_p(value: float | None) -> str:
    """Write a p or q as an equation's right side.

    Examples
    --------
    >>> write_p(0.03124), write_p(3.21e-40), write_p(0.0)
    ('= 0.0312', '= 3.2e−40', 'under 1e−300')
    """
    if value is not None and value < UNDER:
        return "under 1e−300"
    if value is None:
        return "not tested"
    text = f"{value:.2g}" if value < 1e-4 else f"{value:.3g}"  # noqa: PLR2004 - from here on powers of ten
    return f"= {text}".replace("e-0", "e-").replace("e-", "e−")


def plain(value: object) -> float | int | None:
    """Turn a number into what JSON can hold: None where it is not finite.

    Examples
    --------
    >>> plain(0.5), plain(3), plain(float("nan"))
    (0.5, 3, None)
    """
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        return None
    return int(number) if isinstance(value, int) or type(value).__name__.startswith(("int", "uint")) else number


def find_unbacked(sentence: str, figures: Mapping[str, float], names: Iterable[str] = ()) -> tuple[str, ...]:
    """List the numbers of a sentence that are no rounding of a figure, as it is or as a percentage.

    Parameters
    ----------
    names : iterable of str
        Columns and values whose own digits are no figures; they are taken out first, the longest first.

    Examples
    --------
    >>> find_unbacked("19 of 344 cells of size_2 (5.5%) are 7", {"n": 19, "rows": 344, "share": 19 / 344}, ["size_2"])
    ('7',)
    """
    for name in sorted(names, key=len, reverse=True):
        sentence = sentence.replace(name, " ") if name else sentence
    return tuple(text.strip() for text in _NUMBER.findall(sentence) if not _is_backed(text.strip(), figures.values()))


def _is_backed(text: str, values: Iterable[float]) -> bool:
    """Tell whether a written number is a rounding of any value; a percentage may be of what is left."""
    bare = text.rstrip(" %").replace(",", "").replace("−", "-")
    mantissa, _, power = bare.partition("e")
    decimals = len(mantissa.partition(".")[2])
    step = 10.0 ** (int(power or 0) - decimals)
    spoken = float(bare)
    for value in values:
        parts = (100 * value, value, 100 - 100 * value, 100 - value) if text.endswith("%") else (value,)
        if any(abs(abs(spoken) - abs(each)) <= step * (0.5 + _TOLERANCE) for each in parts):
            return True
    return False


def _is_count(value: float) -> bool:
    """Tell a whole number that is written in full from one that needs a power of ten."""
    return float(value).is_integer() and abs(value) < 1e15  # noqa: PLR2004 - beyond it doubles skip whole numbers
