"""Batches of events on their way into the log: each is taken, or goes to the quarantine with its reason; none is lost.

Against the clock of arrival an event may be at most seven days old and five minutes ahead: beyond that it is late, or
the client's clock is wrong. An exposure must name the arm that salt and unit give, so no client can put a unit in
another, and may not be dated before its experiment's start (five minutes aside), when the plan was not frozen yet; only
an import that says it is one may bring such, and every result then counts them. Order of arrival means nothing: which
metrics came after their unit's exposure is decided by event time when results are read (``replay``).

Left out: correcting a client's clock; what it says is kept, and the time of arrival beside it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from core.experimentation.ab_testing.assignment import assign
from core.experimentation.ab_testing.events import (
    MAX_BYTES,
    Event,
    EventError,
    Refusal,
    read_event,
    refuse,
    reject,
    show_time,
)
from core.experimentation.ab_testing.ledger import Ledger, Receipt
from core.experimentation.ab_testing.register import Entry, list_experiments
from core.hub.errors import LimitError

MAX_BATCH = 10_000
MAX_LATE_S, MAX_AHEAD_S = 7 * 86_400, 300
LINES_A_BATCH = 2_000
MAX_SENTENCES = 20
_SECOND = 1_000_000
SKEW_US = MAX_AHEAD_S * _SECOND


def ingest(ledger: Ledger, payloads: Sequence[object], *, is_import: bool = False) -> Receipt:
    """Write a batch of events as clients sent them; once this returns, all of it lasts.

    Parameters
    ----------
    payloads : sequence of object
        What JSON held, at most 10,000; an :class:`EventError` stands for a line that was no JSON.
    is_import : bool
        Whether exposures from before the start of their experiment are wanted.

    Returns
    -------
    Receipt
        How many were written, how many refused by reason, and the sentences of the refusals.

    Raises
    ------
    LimitError
        If there are more than 10,000.
    UnavailableError
        If the database cannot be used: nothing was written; send the same again.

    Examples
    --------
    >>> import tempfile
    >>> from core.hub.store import Store
    >>> ledger = Ledger(Store(f"sqlite:///{tempfile.mkdtemp()}/log.sqlite3"))
    >>> receipt = ingest(ledger, [{"id": "e-1"}])
    >>> receipt.accepted, receipt.sentences[0]
    (0, 'kind is None; it must be one of assignment, exposure, metric')
    """
    if len(payloads) > MAX_BATCH:
        message = f"the batch has {len(payloads):,} events; the limit is {MAX_BATCH:,}: send it in parts"
        raise LimitError(message)
    entries, now_us = list_experiments(ledger), ledger.clock()
    events: list[Event] = []
    refusals: list[Refusal] = []
    for payload in payloads:
        try:
            event = _read(payload)
            check_arrival(event, now_us)
            check_arm(event, entries, is_import=is_import)
        except EventError as error:
            refusals.append(refuse(payload, error))
        else:
            events.append(event)
    with ledger.write() as batch:
        return batch.append(events, refusals)


def _read(payload: object) -> Event:
    """Read an event; a line that was no JSON brings its own error."""
    if isinstance(payload, EventError):
        raise payload
    return read_event(payload)


def check_arrival(event: Event, now_us: int) -> None:
    """Refuse an event that is too old, or from the future.

    Raises
    ------
    EventError
        ``late`` or ``clock ahead``, with how far off it is.

    Examples
    --------
    >>> check_arrival(Event("e", "metric", 0), 8 * 86_400 * 1_000_000)
    Traceback (most recent call last):
    ...
    core.experimentation.ab_testing.events.EventError: the event is 8.0 days old on arrival; the limit is 7: send \
events when they happen
    """
    age_s = (now_us - event.time_us) / _SECOND
    if age_s > MAX_LATE_S:
        sentence = f"the event is {age_s / 86_400:.1f} days old on arrival; the limit is {MAX_LATE_S // 86_400}"
        reject("late", f"{sentence}: send events when they happen")
    if age_s < -MAX_AHEAD_S:
        sentence = f"the event's time {show_time(event.time_us)} is {-age_s:,.0f} s ahead of its arrival"
        reject("clock ahead", f"{sentence}; the limit is {MAX_AHEAD_S}: set the client's clock")


def check_arm(event: Event, entries: Mapping[str, Entry], *, is_import: bool = False) -> None:
    """Refuse an assignment or exposure to an experiment that is not there, or to an arm that is not the unit's.

    Raises
    ------
    EventError
        ``unknown experiment``, ``before the start``, ``not running`` or ``wrong arm``.
    """
    if event.kind == "metric":
        return
    if event.experiment not in entries:
        sentence = f"there is no experiment {event.experiment}; start it, with its plan, before anything is logged"
        reject("unknown experiment", sentence)
    entry = entries[event.experiment]
    if event.time_us < entry.started_us - SKEW_US and not is_import:
        sentence = f"the {event.kind} is of {show_time(event.time_us)}, and {event.experiment} was started at"
        reject("before the start", f"{sentence} {show_time(entry.started_us)}; bring older ones by an import")
    if entry.stopped_us is not None and event.time_us > entry.stopped_us + SKEW_US:
        sentence = f"{event.experiment} was stopped at {show_time(entry.stopped_us)}, before this {event.kind}"
        reject("not running", f"{sentence}; ask assign, which gives no arm then")
    # The ramp only ever grows: whoever is outside it now was never in.
    arm = assign(entry.experiment, event.unit)
    if arm != event.arm:
        has = f"has the arm {arm}" if arm else "is not in it"
        sentence = f"unit {event.unit} was logged in arm {event.arm} of {event.experiment} and {has}"
        reject("wrong arm", f"{sentence}; take the arm from assign")


def ingest_lines(ledger: Ledger, lines: Iterable[bytes], *, is_import: bool = False) -> Receipt:
    """Write a file of events, a JSON object a line, in batches of 2,000; a second run of the same file adds nothing.

    Returns
    -------
    Receipt
        Of all batches together.
    """
    found: list[Receipt] = [ingest(ledger, [])]
    left = _read_lines(lines)
    while batch := list(islice(left, LINES_A_BATCH)):
        found.append(ingest(ledger, batch, is_import=is_import))
    counts: Counter[str] = Counter()
    for each in found:
        counts.update(each.refused)
    sentences = tuple(dict.fromkeys(text for each in found for text in each.sentences))[:MAX_SENTENCES]
    n_accepted = sum(each.accepted for each in found)
    return Receipt(n_accepted, dict(sorted(counts.items())), sentences, found[-1].moment)


def _read_lines(lines: Iterable[bytes]) -> Iterator[object]:
    """Parse each line that holds anything; one that is too long is not parsed at all."""
    for line in lines:
        if line.strip():
            yield _parse(line.strip())


def _parse(line: bytes) -> object:
    """Parse one line, or return the error that stands for it."""
    if len(line) > 2 * MAX_BYTES:
        return EventError("oversized", f"the line has {len(line):,} bytes; the limit of an event is {MAX_BYTES:,}")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return EventError("malformed", f"the line is no JSON ({line[:30]!a}); write an object a line")
