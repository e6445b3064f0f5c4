"""What may be written down: an assignment, an exposure, a metric's value, a change of configuration.

An event is a JSON object whose id its client made before the first attempt, so that sending it again changes nothing.
Its time is ISO 8601 with an offset. Everything is checked here, and what fails is one sentence with a reason::

    {"id": "e-1", "kind": "exposure", "time": "2026-01-05T09:30:00Z", "experiment": "checkout", "unit": "user-1",
     "arm": "blue"}
    {"id": "e-2", "kind": "metric", "time": "2026-01-05T09:31:12Z", "unit": "user-1",
     "metric": "revenue", "value": 12.5}

A metric's value names no experiment: it counts in each one that its unit was exposed to before.

Left out: what depends on other events, or on the time of arrival (``ingestion``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NoReturn, get_args

from core.experimentation.ab_testing.assignment import NAME
from core.hub.errors import DataError

Kind = Literal["assignment", "exposure", "metric", "configuration"]
Reason = Literal[
    "malformed", "oversized", "late", "clock ahead", "unknown experiment", "before the start", "not running",
    "wrong arm", "duplicate", "conflict", "out of order",
]  # fmt: skip
REASONS: tuple[str, ...] = get_args(Reason)
MAX_BYTES, MAX_UNIT, MAX_VALUE = 4_096, 128, 1e15
OWN_ID = "hub:"
"""Ids that begin so are made by the hub itself."""
FIELDS: dict[str, tuple[str, ...]] = {
    "assignment": ("id", "kind", "time", "experiment", "unit", "arm"),
    "exposure": ("id", "kind", "time", "experiment", "unit", "arm"),
    "metric": ("id", "kind", "time", "unit", "metric", "value"),
}
_ID = re.compile(r"[!-~]{1,64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; times are whole microseconds since 1970 in UTC.

    Parameters
    ----------
    id : str
        Made by the client, unique for ever.
    experiment, arm : str
        Of an assignment or exposure, or a change's experiment; empty for a metric.
    metric : str
        Name of a metric; of a configuration event, the kind of change.
    detail : str
        JSON of what else the hub itself wants kept: a change, or what a model answered.
    """

    id: str
    kind: Kind
    time_us: int
    unit: str = ""
    experiment: str = ""
    arm: str = ""
    metric: str = ""
    value: float = 0.0
    detail: str = ""

    @property
    def digest(self) -> str:
        """Hash (sha256, hex) of all of it: two events of one id are the same event if these agree."""
        return hashlib.sha256(json.dumps(astuple(self), separators=(",", ":")).encode()).hexdigest()


class EventError(DataError):
    """An event that cannot be taken, with the reason under which it is counted."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that went to the quarantine: its id where it had one, the reason, the sentence, and what was sent."""

    id: str
    reason: Reason
    sentence: str
    payload: str = ""


def read_event(payload: object) -> Event:
    """Read one event as a client sent it.

    Parameters
    ----------
    payload : object
        What JSON held; anything may come.

    Raises
    ------
    EventError
        With the reason, and the first thing that is wrong in one sentence.

    Examples
    --------
    >>> found = read_event({"id": "e-2", "kind": "metric", "time": "2026-01-05T09:31:12Z", "unit": "user-1",
    ...                     "metric": "revenue", "value": 12.5})
    >>> found.time_us, found.value
    (1767605472000000, 12.5)
    >>> read_event({"kind": "metric"})
    Traceback (most recent call last):
    ...
    core.experimentation.ab_testing.events.EventError: id is missing; give it a value
    """
    n_bytes = len(write_payload(payload))
    if n_bytes > MAX_BYTES:
        reject("oversized", f"the event has {n_bytes:,} bytes; the limit is {MAX_BYTES:,}: send less in it")
    if not isinstance(payload, Mapping):
        reject("malformed", "the event is no JSON object; send one with id, kind, time and unit")
    kind = payload.get("kind")
    if not isinstance(kind, str) or kind not in FIELDS:
        shown = _show(kind)
        reject("malformed", f"kind is {shown}; it must be one of {', '.join(FIELDS)}")
    _check_fields(payload, FIELDS[kind])
    texts = {name: payload[name] for name in ("experiment", "arm", "metric") if name in FIELDS[kind]}
    for name, text in texts.items():
        if not isinstance(text, str) or not NAME.fullmatch(text):
            reject("malformed", f"{name} is {_show(text)}; use 1 to 64 letters, digits, points, dashes or underscores")
    value = _read_value(payload["value"]) if kind == "metric" else 0.0
    unit, time_us = _read_unit(payload["unit"]), read_time(payload["time"])
    known: Any = kind  # one of the keys of FIELDS, each of which is a Kind
    return Event(_read_id(payload["id"]), known, time_us, unit, value=value, **texts)


def reject(reason: Reason, sentence: str) -> NoReturn:
    """Raise the error that sends an event to the quarantine."""
    raise EventError(reason, sentence)


def _show(value: object) -> str:
    """Write a refused value, cut short."""
    try:
        return ascii(value)[:40]
    except (ValueError, RecursionError):  # a whole number of thousands of digits, or a list in a list in a list …
        return f"a {type(value).__name__} too large to show"


def _check_fields(payload: Mapping[Any, object], wanted: tuple[str, ...]) -> None:
    """Refuse a field that is missing, and one that is not known."""
    missing = next((name for name in wanted if name not in payload), None)
    if missing:
        reject("malformed", f"{missing} is missing; give it a value")
    extra = next((name for name in payload if name not in wanted), None)
    if extra is not None:
        reject("malformed", f"{_show(extra)} is not known in a {payload['kind']} event; leave it out")


def _read_id(value: object) -> str:
    """Read an id that a client made."""
    if not isinstance(value, str) or not _ID.fullmatch(value) or value.startswith(OWN_ID):
        reject(
            "malformed", f"id is {_show(value)}; use 1 to 64 visible ASCII characters that do not begin with {OWN_ID}"
        )
    return value


def _read_unit(value: object) -> str:
    """Read the name of a unit."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_UNIT or not value.isprintable():
        reject("malformed", f"unit is {_show(value)}; use 1 to {MAX_UNIT} printable characters")
    return value


def check_unit(unit: str) -> str:
    """Return a unit's name, or refuse it; see :func:`read_event`."""
    return _read_unit(unit)


def _read_value(value: object) -> float:
    """Read a metric's value: a finite number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not abs(value) <= MAX_VALUE:  # type: ignore[arg-type] # a NaN compares false
        reject("malformed", f"value is {_show(value)}; it must be a number within ±{MAX_VALUE:g}")
    return float(value)  # type: ignore[arg-type]


def read_time(text: object) -> int:
    """Read a time as microseconds since 1970.

    Raises
    ------
    EventError
        If it is no ISO 8601 time with an offset.

    Examples
    --------
    >>> read_time("1970-01-01T01:00:00+01:00"), read_time("1970-01-01T00:00:01Z")
    (0, 1000000)
    """
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type] # whatever is no text is refused below
        # Without an offset it is unknown by hours, so it is refused like one that cannot be read; and so is one that
        # in UTC lies after the year 9999, since it could not be shown.
        time_us = (moment - _EPOCH) // _MICROSECOND
        show_time(time_us)
    except (TypeError, ValueError, OverflowError):
        reject("malformed", f"time is {_show(text)}; write it like 2026-01-05T09:30:00Z, with its offset")
    return time_us


def show_time(time_us: int) -> str:
    """Write a time as it is read.

    Examples
    --------
    >>> show_time(1767605472000000)
    '2026-01-05T09:31:12Z'
    """
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")


def write_payload(payload: object) -> str:
    """Write what a client sent as JSON in ASCII; what JSON cannot hold as the text that Python shows of it."""
    try:
        return json.dumps(payload, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return ascii(type(payload).__name__)


def refuse(payload: object, error: EventError) -> Refusal:
    """Write down an event that was refused; what was sent is kept up to the size limit."""
    sent = payload.get("id") if isinstance(payload, Mapping) else None
    known = sent if isinstance(sent, str) and _ID.fullmatch(sent) else ""
    return Refusal(known, error.reason, str(error), write_payload(payload)[:MAX_BYTES])
