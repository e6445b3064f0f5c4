"""Numbers that were written for people: ``1,200 kg``, ``€ 3.50``, ``12 %``, ``1.234,5``.

The decimal sign is decided once for the whole column: a separator that is not followed by exactly three digits, or that
comes last of two, is a decimal sign; without such evidence a point is decimal and a comma marks thousands.

Left out: brackets for negative amounts, fractions, spelled-out numbers, and columns that mix units, since 12 g and
12 kg must not become the same number: only a unit that at least half of the numerals carry is read.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import pandas as pd

_NUMERAL = re.compile(
    r"^\s*(?P<sign>[+\-−]?)\s*[$€£¥₹]?\s*(?P<body>\d[\d.,'\u00a0\u202f ]*?|[.,]\d+)(?P<power>[eE][+-]?\d+)?"
    r"\s*(?P<unit>[$€£¥₹%‰°µA-Za-z][A-Za-z0-9/²³]{0,7})?\s*$"
)
_DIGIT = re.compile(r"\d")
_SPACES = re.compile("[ '\u00a0\u202f]")
_THOUSANDS = re.compile(r"\d{1,3}(\x1f\d{3})+")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_CODE = re.compile(r"0\d+")
_GROUP = 3
MAX_TEXT = 40
SAMPLE_VALUES = 200
NUMBER_SHARE = 0.9  # of the different texts, from which a column is taken for numbers


def parse_numbers(column: pd.Series) -> pd.Series:
    """Read texts as numbers.

    Parameters
    ----------
    column : Series of str
        Missing cells stay missing.

    Returns
    -------
    Series of float64
        NaN where a text is no number or carries another unit than most.

    Examples
    --------
    >>> parse_numbers(pd.Series(["1,200 kg", "950 kg", "unknown"])).tolist()
    [1200.0, 950.0, nan]
    >>> parse_numbers(pd.Series(["1.234,5", "7,25"])).tolist()
    [1234.5, 7.25]
    """
    texts = [text for text in column.dropna().unique() if isinstance(text, str)]
    found = {text: match for text in texts if len(text) <= MAX_TEXT and (match := _NUMERAL.match(text))}
    units = Counter(match["unit"] for match in found.values() if match["unit"])
    commonest, n_times = units.most_common(1)[0] if units else ("", 0)
    allowed = {None, commonest if 2 * n_times >= len(found) else None}
    decimal = _find_decimal([match["body"] for match in found.values()])
    values = {text: _read(match, decimal) for text, match in found.items() if match["unit"] in allowed}
    return column.map(values).astype("float64")


def holds_numbers(values: Sequence[object] | pd.Index) -> bool:
    """Tell whether texts are numbers but for units, separators or strays.

    Codes such as 007 are not, and neither are plain digits throughout: those were made a category on purpose.

    Parameters
    ----------
    values : sequence
        The different values of a column; a few hundred of them are looked at before the rest.

    Examples
    --------
    >>> holds_numbers(["12 kg", "7 kg"]), holds_numbers(["007", "1,012"]), holds_numbers(["1", "2"])
    (True, False, False)
    """
    sample = [str(value) for value in values[:: max(1, len(values) // SAMPLE_VALUES)]]
    if sum(_DIGIT.search(text) is not None for text in sample) < NUMBER_SHARE * len(sample):
        return False
    if _read_share(sample) < NUMBER_SHARE or any(_CODE.fullmatch(text.strip()) for text in sample):
        return False
    texts = [str(value) for value in values]
    return not all(_PLAIN.fullmatch(text.strip()) for text in texts) and _read_share(texts) >= NUMBER_SHARE


def _read_share(texts: list[str]) -> float:
    """Return the share of texts that can be read as numbers; 0 for none."""
    return float(parse_numbers(pd.Series(texts, dtype="object")).notna().mean()) if texts else 0.0


def _find_decimal(bodies: list[str]) -> str:
    """Decide between decimal point and comma from the whole column."""
    votes = Counter(vote for body in bodies if (vote := _vote(body)))
    return "," if votes[","] > votes["."] else "."


def _vote(body: str) -> str:
    """Say which sign must be the decimal one in one numeral; empty when it could be either."""
    last = max(body.rfind("."), body.rfind(","))
    if last < 0:
        return ""
    sign, other = body[last], "." if body[last] == "," else ","
    if body.count(sign) > 1:
        return other
    return sign if other in body or len(body) - last - 1 != _GROUP else ""


def _read(match: re.Match[str], decimal: str) -> float:
    """Read one numeral with a known decimal sign; NaN where its thousands are not in threes."""
    grouped = _SPACES.sub("\x1f", match["body"].strip()).replace("," if decimal == "." else ".", "\x1f")
    whole, _, part = grouped.partition(decimal)
    if ("\x1f" in whole and not _THOUSANDS.fullmatch(whole)) or not (part or "0").isdecimal():
        return float("nan")
    value = float(f"{whole.replace(chr(31), '') or '0'}.{part or '0'}{match['power'] or ''}")
    if not math.isfinite(value):
        return float("nan")
    return -value if match["sign"] in {"-", "−"} else value
