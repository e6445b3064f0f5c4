"""Read dates and times, and never guess whether the day or the month comes first.

ISO 8601 (2020-03-01T12:30:00Z), year first with other signs, three numbers with the year last, and English month names.
01/02/2020 is read only if another value of the column proves the order (31/01/2020), or the person has chosen one.

Left out: week dates, year and month alone, times alone, month names of other languages; they stay text.

References
----------
ISO 8601-1:2019; two-digit years follow POSIX strptime: 69–99 are 1969–1999, 00–68 are 2000–2068.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Order = Literal["day first", "month first"]
CLOCK = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + CLOCK
YEAR_LAST = r"^(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + CLOCK
DAY_NAMED = r"^(?P<day>\d{1,2})(?:st|[nr]d|th)?[ .-]*(?P<name>[A-Za-z]{3,9})[ .,-]*(?P<year>\d{4})" + CLOCK
MONTH_NAMED = r"^(?P<name>[A-Za-z]{3,9})[ .]*(?P<day>\d{1,2})(?:st|[nr]d|th)?,?[ ]+(?P<year>\d{4})" + CLOCK
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
CENTURY_PIVOT = 69


@dataclass(frozen=True, slots=True, eq=False)
class DateParse:
    """What a column of dates says.

    Parameters
    ----------
    moments : ndarray of datetime64[us], shape (n_distinct,), optional
        None where the order of day and month is unknown, or the values contradict each other.
    order : str
        ``sure`` (no order needed, or chosen), ``day first`` or ``month first`` (proved by a value), ``unknown``, or
        ``mixed`` where values prove both.
    zoned : bool
        Whether values carried a time zone; they are then in UTC.
    short_years : bool
        Whether years had two digits.
    """

    moments: np.ndarray | None
    order: Literal["sure", "day first", "month first", "unknown", "mixed"]
    zoned: bool = False
    short_years: bool = False


def parse_dates(texts: pa.Array, chosen: str = "ask") -> DateParse | None:
    """Read every value as a date.

    Parameters
    ----------
    texts : string array of shape (n_distinct,)
        Distinct values, trimmed, without missing ones.
    chosen : str
        ``day first``, ``month first`` or ``ask``; decides only what the values do not.

    Returns
    -------
    DateParse or None
        None if some value is not a date of the one form that the first value has.

    Examples
    --------
    >>> parse_dates(pa.array(["01/02/2020", "31/01/2020"])).order
    'day first'
    >>> parse_dates(pa.array(["01/02/2020"])).order
    'unknown'
    >>> parse_dates(pa.array(["01/02/2020"]), "day first").moments[0]
    np.datetime64('2020-02-01T00:00:00.000000')
    """
    for pattern in (YEAR_FIRST, YEAR_LAST, DAY_NAMED, MONTH_NAMED):
        if len(texts) and pc.match_substring_regex(texts.slice(0, 1), pattern)[0].as_py():
            return _parse_form(texts, pattern, chosen)
    return None


def _parse_form(texts: pa.Array, pattern: str, chosen: str) -> DateParse | None:
    """Read values of one form."""
    found = pc.extract_regex(texts, pattern)
    if found.null_count:
        return None
    parts = {found.type.field(index).name: found.field(index) for index in range(found.type.num_fields)}
    year, short = _read_years(parts["year"])
    month = _read_names(parts["name"]) if "name" in parts else _number(parts["month"])
    day = _number(parts["day"])
    zoned = parts["zone"].to_numpy(zero_copy_only=False) != ""
    order: Literal["sure", "day first", "month first", "unknown", "mixed"] = "sure"
    if pattern == YEAR_LAST:
        order = _find_order(day, month, chosen)
        if order in {"unknown", "mixed"}:
            return DateParse(None, order, short_years=short)
        if order == "month first" or (order == "sure" and chosen == "month first"):
            day, month = month, day
    moments = _make_moments(year, month, day, parts)
    if moments is None or (zoned.any() and not zoned.all()):
        return None
    return DateParse(moments, order, bool(zoned.any()), short)


def _number(texts: pa.Array) -> np.ndarray:
    """Read digits as whole numbers; nothing is zero."""
    filled = pc.if_else(pc.equal(texts, ""), "0", texts)
    return np.asarray(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False))


def _read_years(texts: pa.Array) -> tuple[np.ndarray, bool]:
    """Read years; two digits get the century that POSIX gives them."""
    years = _number(texts)
    short = np.asarray(pc.equal(pc.utf8_length(texts), 2).to_numpy(zero_copy_only=False))
    return np.where(short, years + np.where(years < CENTURY_PIVOT, 2000, 1900), years), bool(short.any())


def _read_names(texts: pa.Array) -> np.ndarray:
    """Read English month names or their first three or four letters; 0 for any other word."""
    lower = pc.utf8_lower(texts)
    numbers = {name[:length]: number for number, name in enumerate(MONTHS, 1) for length in (3, 4, len(name))}
    words: Mapping[str, int] = {**numbers, "sept": 9}
    return np.array([words.get(word, 0) for word in lower.to_pylist()])


def _find_order(
    first: np.ndarray, second: np.ndarray, chosen: str
) -> Literal["sure", "day first", "month first", "unknown", "mixed"]:
    """Find whether the first or the second number is the day."""
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())  # noqa: PLR2004 - months of a year
    if day_first and month_first:
        return "mixed"
    if day_first or month_first:
        return "day first" if day_first else "month first"
    return "sure" if chosen != "ask" or bool((first == second).all()) else "unknown"


def _make_moments(
    year: np.ndarray, month: np.ndarray, day: np.ndarray, parts: Mapping[str, pa.Array]
) -> np.ndarray | None:
    """Put the numbers together; None if one is no date of the calendar or no time of the day."""
    valid_month = (month >= 1) & (month <= 12)  # noqa: PLR2004 - months of a year
    if not valid_month.all() or (day < 1).any():
        return None
    months = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    days = months.astype("datetime64[D]") + (day - 1)
    clock = _read_clock(parts)
    if clock is None or (days.astype("datetime64[M]") != months).any():
        return None
    return np.asarray(days.astype("datetime64[us]") + clock.astype("timedelta64[us]"))


def _read_clock(parts: Mapping[str, pa.Array]) -> np.ndarray | None:
    """Return microseconds since midnight in UTC, or None if one is no time of the day."""
    hour, minute, second = (_number(parts[name]) for name in ("hour", "minute", "second"))
    half = pc.utf8_lower(parts["half"]).to_numpy(zero_copy_only=False)
    if (hour > 23).any() or (minute > 59).any() or (second > 59).any() or (hour[half != ""] > 12).any():  # noqa: PLR2004 - a clock
        return None
    hour = np.where(half == "p", hour % 12 + 12, np.where(half == "a", hour % 12, hour))
    fraction = _number(pc.utf8_slice_codeunits(pc.utf8_rpad(parts["fraction"], 6, "0"), 0, 6))
    seconds = (hour * 60 + minute - _read_zone(parts["zone"])) * 60 + second
    return np.asarray(seconds * 1_000_000 + fraction)


def _read_zone(texts: pa.Array) -> np.ndarray:
    """Return minutes east of UTC."""
    digits = pc.replace_substring_regex(texts, r"^[A-Z]+$|:", "")
    plain = pc.if_else(pc.equal(digits, ""), "+0000", digits)
    signed = np.where(pc.starts_with(plain, "-").to_numpy(zero_copy_only=False), -1, 1)
    hours, minutes = (_number(pc.utf8_slice_codeunits(plain, start, start + 2)) for start in (1, 3))
    return np.asarray(signed * (60 * hours + minutes))
