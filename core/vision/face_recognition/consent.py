"""Consent to being enrolled: who gave it, when, to which text, and until when it holds.

A face is biometric data. Nobody is enrolled without a record of consent; when it expires the person is erased. A change
of the text gets a new version, so that each record says what was agreed to (GDPR, articles 7 and 9,
https://eur-lex.europa.eu/eli/reg/2016/679/oj).

Left out: proof of who ticked the box; the page asks whoever sits before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.hub.errors import DataError

DAY_S = 86_400.0
DEFAULT_DAYS, MOST_DAYS = 30, 365
TEXTS: Mapping[str, str] = {
    "1": (
        "I agree, or the person shown (for a child, a parent) has agreed, that 128 numbers are computed from each "
        "picture of this face and kept to recognise it here. No picture is kept. The numbers go to nobody else. They "
        "are erased when the consent expires, and at once when I ask."
    )
}
"""What is agreed to, by version; a text that was ever shown stays as it is."""
VERSION = "1"
"""The text that is shown now."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A record of consent.

    Parameters
    ----------
    given_by : str
        Who gave it: the person shown, or who may consent for them.
    given, expires : float
        Seconds since 1970, UTC; it holds until just before ``expires``.
    version : str
        Which of ``TEXTS`` was agreed to.
    """

    given_by: str
    given: float
    expires: float
    version: str = VERSION

    def has_expired(self, now: float) -> bool:
        """Whether it no longer holds."""
        return now >= self.expires

    @property
    def text(self) -> str:
        """What was agreed to."""
        return TEXTS[self.version]


def make_consent(given_by: str, now: float, *, agreed: bool, days: int = DEFAULT_DAYS) -> Consent:
    """Record that somebody has agreed to the text shown now.

    Parameters
    ----------
    given_by : str
        Who agrees, 1 to 80 characters.
    now : float
        Seconds since 1970, UTC.
    agreed : bool
        Whether the box was ticked.
    days : int
        How long it holds, 1 to 365.

    Raises
    ------
    DataError
        If nobody agreed, nobody is named, or the time is out of range.

    Examples
    --------
    >>> consent = make_consent("the person shown", 0.0, agreed=True, days=2)
    >>> consent.expires, consent.has_expired(172_799.0), consent.has_expired(172_800.0)
    (172800.0, False, True)
    """
    who = clean_text(given_by, "who gives consent")
    if not agreed:
        message = "consent was not given; a face is enrolled only after the person shown has agreed"
        raise DataError(message)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        message = f"days is {days}; consent holds 1 to {MOST_DAYS} days"
        raise DataError(message)
    return Consent(who, now, now + days * DAY_S)


def check_consent(consent: Consent, now: float) -> None:
    """Refuse a record that does not hold now.

    Raises
    ------
    DataError
        If it has expired, was given later than now, by nobody, for too long, or to a text that is not known.
    """
    clean_text(consent.given_by, "who gives consent")
    if consent.version not in TEXTS:
        message = f"consent was given to text {consent.version[:20]!r}; known are {', '.join(TEXTS)}: ask again"
        raise DataError(message)
    if not (math.isfinite(consent.given) and math.isfinite(consent.expires)) or consent.given > now:
        message = f"consent was given at {show_time(consent.given)}, which is not yet; ask again"
        raise DataError(message)
    if consent.expires - consent.given > MOST_DAYS * DAY_S:
        message = f"consent would hold until {show_time(consent.expires)}; it holds at most {MOST_DAYS} days: ask again"
        raise DataError(message)
    if consent.has_expired(now):
        message = f"consent expired at {show_time(consent.expires)}; ask again"
        raise DataError(message)


def choose_stricter(first: Consent, second: Consent) -> Consent:
    """Return of two records the one that expires first, so that nothing is kept longer than anybody agreed to.

    Examples
    --------
    >>> month, day = (make_consent("Ann", 0.0, agreed=True, days=days) for days in (30, 1))
    >>> choose_stricter(month, day).expires
    86400.0
    """
    return min(first, second, key=lambda each: each.expires)


def clean_text(text: str, what: str, longest: int = 80) -> str:
    """Take the spaces around a short text away.

    Raises
    ------
    DataError
        If it is empty, too long, or holds characters that cannot be shown.
    """
    import unicodedata

    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(cleaned) <= longest or not cleaned.isprintable():
        message = f"{what} is {cleaned[:30]!r}; it must be 1 to {longest} characters that can be shown"
        raise DataError(message)
    return cleaned


def show_time(seconds: float) -> str:
    """Write a time as ISO 8601 in UTC.

    Examples
    --------
    >>> show_time(0.0)
    '1970-01-01T00:00:00+00:00'
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return "a time that cannot be told"
