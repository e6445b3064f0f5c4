"""Read numbers as people write them: 1.5, 1,5, 1.234,5, 1 234, 12 %, € 9.90.

A column is numbers only if every distinct value is, under one decimal sign and one thousands separator, so nothing is
lost by reading it so. 1,234 alone can mean two numbers: such a column is decided by the rest of the file.
Values with leading zeros (007) and whole numbers past 18 digits are identifiers and stay text.

Left out: units (12 kg), fractions (1/2), accounting negatives in brackets, Indian grouping (1,23,456).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Decimal = Literal["point", "comma"]
SIGNS = ("%", "$", "€", "£", "¥", "₹", "₽", "₩", "EUR", "USD", "GBP", "CHF")
"""Currency and percent signs that are taken off where a column has only one of them."""
MARK: dict[Decimal, str] = {"point": ".", "comma": ","}
SEPARATORS: dict[Decimal, tuple[str, ...]] = {"point": ("", ",", " ", "'"), "comma": ("", ".", " ", "'")}
INFINITE = r"[+-]?(?i:inf|infinity)"
LEADING_ZERO = r"^[+-]?0\d+$"
LONG_WHOLE = r"^[+-]?\d{19,}$"
LONG_DIGITS = 19
DECIMALS: tuple[Decimal, ...] = ("point", "comma")
NUMBER_LIKE = r"^[+-]?[\d.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
QUICK_LOOK = 50


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How the numbers of a column are written.

    Parameters
    ----------
    decimal : str
        ``point`` or ``comma``, ``either`` where both fit and differ, ``none`` where no sign tells.
    separator : str
        Between thousands; empty for none. For ``either`` it is the sign itself.
    sign : str
        Currency or percent sign to take off; empty for none.
    """

    decimal: Literal["point", "comma", "either", "none"]
    separator: str = ""
    sign: str = ""


def find_form(texts: pa.Array) -> NumberForm | None:
    """Find how a column's numbers are written.

    Parameters
    ----------
    texts : string array of shape (n_distinct,)
        Its distinct values, trimmed, without missing ones.

    Returns
    -------
    NumberForm or None
        None if any value is not a number.

    Examples
    --------
    >>> find_form(pa.array(["1.234,5", "12"]))
    NumberForm(decimal='comma', separator='.', sign='')
    >>> find_form(pa.array(["1,234"])).decimal
    'either'
    """
    if not len(texts) or not _all_match(texts.slice(0, QUICK_LOOK), r"\d|^[+-]?(?i:inf)"):
        return None
    plain = normalise(texts)
    if _cast(plain, pa.float64()) is not None:
        return _settle_plain(plain)
    sign = "" if _all_match(plain, NUMBER_LIKE) else find_sign(plain)
    if sign:
        plain = strip_sign(plain, sign)
        if not _all_match(plain, NUMBER_LIKE):
            return None
    readings = [(mark, gap) for mark in DECIMALS for gap in SEPARATORS[mark] if _fits(plain, mark, gap)]
    return _settle(plain, readings, sign)


def _cast(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Read every value as a plain number, without separators or signs; None if one is none."""
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return None


def _settle_plain(texts: pa.Array) -> NumberForm:
    """Give plain numbers their form: 1.234 alone could also be a whole number."""
    if not pc.any(pc.match_substring(texts, ".")).as_py():
        return NumberForm("none")
    return NumberForm("either", ".") if _fits(texts, "comma", ".") else NumberForm("point")


def normalise(texts: pa.Array) -> pa.Array:
    """Write typographic minus signs, spaces and apostrophes in ASCII."""
    if pc.all(pc.string_is_ascii(texts)).as_py():
        return texts
    for pattern, plain in (("\u2212", "-"), ("[\u00a0\u2007\u2009\u202f]", " "), ("[\u2019\u02bc]", "'")):
        texts = pc.replace_substring_regex(texts, pattern, plain)
    return texts


def find_sign(texts: pa.Array) -> str:
    """Return the one currency or percent sign among the values; empty for none or several."""
    if not _any_match(texts, "|".join(map(re.escape, SIGNS))):
        return ""
    found = [sign for sign in SIGNS if pc.any(pc.match_substring(texts, sign)).as_py()]
    return found[0] if len(found) == 1 else ""


def strip_sign(texts: pa.Array, sign: str) -> pa.Array:
    """Take a sign off the front or the end of every value."""
    mark = re.escape(sign)
    return pc.replace_substring_regex(texts, rf"^([+-]?)\s*{mark}\s*([+-]?)|\s*{mark}$", r"\1\2")


def _all_match(texts: pa.Array, pattern: str) -> bool:
    """Whether every value matches; a few are tried first, because most columns already fail there."""
    tries = (texts.slice(0, QUICK_LOOK), texts)
    return all(pc.all(pc.match_substring_regex(some, pattern)).as_py() for some in tries)


def _any_match(texts: pa.Array, pattern: str) -> bool:
    """Whether some value matches."""
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def _pattern(decimal: Decimal, separator: str) -> str:
    """Write the expression of a number with one decimal sign and one thousands separator."""
    mark, gap = re.escape(MARK[decimal]), re.escape(separator)
    whole = rf"(?:\d{{1,3}}|[1-9]\d{{0,2}}(?:{gap}\d{{3}})+)" if separator else r"\d+"
    return rf"^(?:[+-]?(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?|{INFINITE})$"


def _fits(texts: pa.Array, decimal: Decimal, separator: str) -> bool:
    """Whether every value is a number so written, and uses the separator if there is one."""
    if separator and not pc.any(pc.match_substring(texts, separator)).as_py():
        return False
    if not _all_match(texts, _pattern(decimal, separator)):
        return False
    return separator not in {" ", "'"} or _varies(texts, decimal, separator)


def _varies(texts: pa.Array, decimal: Decimal, separator: str) -> bool:
    """Whether spaced groups are thousands rather than a telephone number: their count differs, or decimals follow."""
    n_groups = pc.count_distinct(pc.count_substring(texts, separator)).as_py()
    return n_groups > 1 or bool(pc.any(pc.match_substring(texts, MARK[decimal])).as_py())


def _settle(texts: pa.Array, readings: list[tuple[Decimal, str]], sign: str) -> NumberForm | None:
    """Turn the readings that fit into one form."""
    if not readings:
        return None
    found = dict(reversed(readings))
    if len(found) == 1:
        decimal, separator = readings[0]
        used = separator or _any_match(texts, "[.,]")
        return NumberForm(decimal if used else "none", separator, sign)
    if not _any_match(texts, "[.,]"):
        return NumberForm("none", found["point"], sign)
    return NumberForm("either", found["point"] or found["comma"], sign)


def is_identifier(texts: pa.Array) -> str:
    """Say why a column of digits should stay text; empty if it may be numbers.

    Examples
    --------
    >>> is_identifier(pa.array(["007", "12"]))
    'leading zeros'
    """
    zeros = [texts.filter(pc.starts_with(texts, start)) for start in ("0", "-0", "+0")]
    if any(len(some) and _any_match(some, LEADING_ZERO) for some in zeros):
        return "leading zeros"
    long = texts.filter(pc.greater_equal(pc.binary_length(texts), LONG_DIGITS))
    return "whole numbers of more than 18 digits" if len(long) and _any_match(long, LONG_WHOLE) else ""


def parse_numbers(texts: pa.Array, form: NumberForm, decimal: Decimal) -> np.ndarray:
    """Read every value as a number.

    Parameters
    ----------
    texts : string array of shape (n_distinct,)
    form : NumberForm
        From :func:`find_form` of the same values.
    decimal : str
        What an ``either`` column means.

    Returns
    -------
    ndarray of shape (n_distinct,)
        int64 if every value is whole and has no decimal sign, else float64.

    Examples
    --------
    >>> parse_numbers(pa.array(["1,234"]), NumberForm("either", ","), "comma")
    array([1.234])
    >>> parse_numbers(pa.array(["1,234"]), NumberForm("either", ","), "point")
    array([1234])
    """
    plain = normalise(texts)
    if form.sign:
        plain = strip_sign(plain, form.sign)
    mark = decimal if form.decimal == "either" else form.decimal
    separator = form.separator
    if form.decimal == "either":
        separator = "" if form.separator == MARK[decimal] else form.separator
    if separator:
        plain = pc.replace_substring(plain, separator, "")
    if mark == "comma":
        plain = pc.replace_substring(plain, ",", ".")
    if pc.any(pc.starts_with(plain, "+")).as_py():
        plain = pc.replace_substring_regex(plain, r"^\+", "")
    whole = _cast(plain, pa.int64())
    return np.asarray((pc.cast(plain, pa.float64()) if whole is None else whole).to_numpy(zero_copy_only=False))


def decide_decimal(forms: list[NumberForm | None], delimiter: str) -> Decimal:
    """Decide the file's decimal sign from the columns that show one; without any, a semicolon file of 1,234 has commas.

    Examples
    --------
    >>> decide_decimal([NumberForm("comma"), NumberForm("either", ".")], "semicolon")
    'comma'
    """
    shown = [form.decimal for form in forms if form is not None]
    n_point, n_comma = shown.count("point"), shown.count("comma")
    if n_point != n_comma:
        return "point" if n_point > n_comma else "comma"
    either = {form.separator for form in forms if form is not None and form.decimal == "either"}
    return "comma" if either == {","} and delimiter in {"semicolon", "tab"} else "point"
