"""Each way in which an event cannot be taken has its reason and its one sentence, and is counted."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.events import MAX_BYTES, REASONS, EventError, read_event, show_time
from core.experimentation.ab_testing.ingestion import MAX_BATCH, ingest, ingest_lines
from core.experimentation.ab_testing.ledger import Ledger
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import change, start, stop
from core.hub.errors import LimitError, UnavailableError
from core.hub.store import Store
from tests.experimentation.conftest import START_US

SHOP = Experiment("shop", ("blue", "grey"))
METRIC = {
    "id": "m-1", "kind": "metric", "time": show_time(START_US), "unit": "user-1", "metric": "revenue", "value": 2.5,
}  # fmt: skip
EXPOSURE = {
    "id": "x-1", "kind": "exposure", "time": show_time(START_US), "experiment": "shop", "unit": "user-1",
    "arm": assign(SHOP, "user-1"),
}  # fmt: skip
OTHER_ARM = "blue" if EXPOSURE["arm"] == "grey" else "grey"
DAY_US = 86_400_000_000


@pytest.fixture
def shop(ledger):
    start(ledger, SHOP, Recipe(metric="revenue"))
    return ledger


def leave_out(event, name):
    return {key: value for key, value in event.items() if key != name}


@pytest.mark.parametrize(
    ("event", "reason", "words"),
    [
        (None, "malformed", "the event is no JSON object; send one with id, kind, time and unit"),
        ([1], "malformed", "the event is no JSON object"),
        ({}, "malformed", "kind is None; it must be one of assignment, exposure, metric"),
        (METRIC | {"kind": []}, "malformed", "kind is []; it must be one of"),
        (METRIC | {"kind": "configuration"}, "malformed", "kind is 'configuration'; it must be one of"),
        (leave_out(METRIC, "id"), "malformed", "id is missing; give it a value"),
        (METRIC | {"arm": "blue"}, "malformed", "'arm' is not known in a metric event; leave it out"),
        (METRIC | {"id": "a b"}, "malformed", "id is 'a b'; use 1 to 64 visible ASCII characters"),
        (METRIC | {"id": "hub:1"}, "malformed", "that do not begin with hub:"),
        (METRIC | {"id": 7}, "malformed", "id is 7; use"),
        (METRIC | {"unit": ""}, "malformed", "unit is ''; use 1 to 128 printable characters"),
        (METRIC | {"unit": "a\0"}, "malformed", "unit is 'a\\x00'; use"),
        (METRIC | {"unit": "\ud800"}, "malformed", "unit is '\\ud800'; use"),
        (METRIC | {"metric": "a b"}, "malformed", "metric is 'a b'; use 1 to 64 letters"),
        (METRIC | {"value": "12"}, "malformed", "value is '12'; it must be a number within ±1e+15"),
        (METRIC | {"value": True}, "malformed", "value is True; it must be a number"),
        (METRIC | {"value": float("nan")}, "malformed", "value is nan; it must be a number"),
        (METRIC | {"value": 10**400}, "malformed", "it must be a number"),
        (METRIC | {"value": 10**5_000}, "malformed", "value is a int too large to show; it must be a number"),
        (METRIC | {"time": 1_767_605_400}, "malformed", "time is 1767605400; write it like 2026-01-05T09:30:00Z"),
        (METRIC | {"time": "2026-01-05T09:30:00"}, "malformed", "with its offset"),
        (METRIC | {"time": "yesterday"}, "malformed", "time is 'yesterday'; write it like"),
        (METRIC | {"time": "9999-12-31T23:59:59-23:59"}, "malformed", "time is '9999-12-31T23:59:59-23:59'; write it"),
        (METRIC | {"time": "0001-01-01T00:00:00+23:59"}, "malformed", "time is '0001-01-01T00:00:00+23:59'; write it"),
        (METRIC | {"unit": "x" * 5_000}, "oversized", "the event has 5,0"),
        (METRIC | {"time": show_time(START_US - 8 * DAY_US)}, "late", "8.0 days old on arrival; the limit is 7"),
        (METRIC | {"time": show_time(START_US + DAY_US)}, "clock ahead", "is 86,400 s ahead of its arrival; the limit"),
        (EXPOSURE | {"experiment": "none"}, "unknown experiment", "there is no experiment none; start it, with its"),
        (EXPOSURE | {"time": show_time(START_US - DAY_US)}, "before the start", "is of 2026-01-04T09:30:00Z, and shop"),
        (EXPOSURE | {"arm": OTHER_ARM}, "wrong arm", f"in arm {OTHER_ARM} of shop and has the arm {EXPOSURE['arm']}"),
        (EXPOSURE | {"arm": "red"}, "wrong arm", "unit user-1 was logged in arm red of shop"),
    ],
)  # fmt: skip
def test_a_bad_event_goes_to_the_quarantine_with_its_reason(shop, event, reason, words):
    receipt = ingest(shop, [event, METRIC | {"id": "good"}])
    assert (receipt.accepted, receipt.refused) == (1, {reason: 1})
    (sentence,) = receipt.sentences
    assert words in sentence
    assert "\n" not in sentence
    row = shop.list_quarantine().iloc[0]
    assert (row["reason"], row["sentence"]) == (reason, sentence)
    assert len(row["payload"]) <= MAX_BYTES
    assert shop.count_quarantine() == {reason: 1}
    assert reason in REASONS


def test_bad_events_are_refused_alike_by_postgresql(both_ledger):
    bad = [METRIC | {"unit": "a\0\ud800"}, {"id": "\0"}, float("nan"), METRIC | {"id": "ü", "unit": "日本"}]
    receipt = ingest(both_ledger, [*bad, METRIC | {"unit": "日本 €"}, METRIC | {"unit": "日本 €"}])
    assert (receipt.accepted, receipt.refused) == (1, {"duplicate": 1, "malformed": 4})
    assert both_ledger.list_events("metric", both_ledger.find_moment())["unit"].tolist() == ["日本 €"]


def test_a_small_skew_is_taken_and_both_times_are_kept(shop, clock):
    for name, minutes in (("ahead", 4), ("behind", -300)):
        event = METRIC | {"id": name, "time": show_time(START_US + minutes * 60_000_000)}
        assert ingest(shop, [event]).accepted == 1
    rows = shop.list_events("metric", shop.find_moment())
    assert (rows["time_us"] - rows["ingest_us"]).tolist() == [-300 * 60_000_000, 4 * 60_000_000]
    assert (rows["ingest_us"] == clock.now_us).all()


def test_the_same_time_in_another_zone_is_the_same_event(shop):
    ingest(shop, [METRIC])
    assert ingest(shop, [METRIC | {"time": "2026-01-05T10:30:00+01:00"}]).refused == {"duplicate": 1}


def test_a_unit_outside_the_ramp_cannot_be_exposed(shop):
    few = Experiment("few", ("blue", "grey"), coverage=0.1)
    start(shop, few, Recipe(metric="revenue"))
    units = [f"user-{number}" for number in range(100)]
    outside = next(unit for unit in units if assign(few, unit) is None)
    event = EXPOSURE | {"experiment": "few", "unit": outside, "arm": assign(replace(few, coverage=1.0), outside)}
    receipt = ingest(shop, [event])
    assert receipt.refused == {"wrong arm": 1}
    assert receipt.sentences[0].endswith("and is not in it; take the arm from assign")
    change(shop, replace(few, coverage=1.0))
    assert ingest(shop, [event]).accepted == 1


def test_an_exposure_after_the_stop_is_refused_and_one_from_before_it_taken(shop, clock):
    stop(shop, "shop", "done")
    clock.move(1)
    after = EXPOSURE | {"id": "x-2", "time": show_time(START_US + DAY_US // 2)}
    receipt = ingest(shop, [EXPOSURE, after])
    assert (receipt.accepted, receipt.refused) == (1, {"not running": 1})
    assert receipt.sentences[0].startswith("shop was stopped at 2026-01-05T09:30:00Z, before this exposure")


def test_assignment_is_logged_apart_from_exposure(shop):
    assert ingest(shop, [EXPOSURE | {"id": "a-1", "kind": "assignment"}, EXPOSURE]).accepted == 2
    moment = shop.find_moment()
    assert [len(shop.list_events(kind, moment)) for kind in ("assignment", "exposure", "metric")] == [1, 1, 0]


def test_a_batch_over_the_limit_is_refused_whole(shop):
    with pytest.raises(LimitError, match="the batch has 10,001 events; the limit is 10,000: send it in parts"):
        ingest(shop, [None] * (MAX_BATCH + 1))
    assert shop.count_quarantine() == {}


def test_a_file_of_events_is_written_once_however_often_it_is_sent(shop):
    lines = [json.dumps(METRIC | {"id": f"m-{number}"}).encode() for number in range(2_500)]
    lines += [b"", b"{not json", b"\xff\xfe", b'"' + b"x" * 10_000 + b'"', b"[" * 2_000]
    first, again = ingest_lines(shop, lines), ingest_lines(shop, lines)
    assert (first.accepted, first.refused) == (2_500, {"malformed": 3, "oversized": 1})
    assert again.refused == {"duplicate": 2_500, "malformed": 3, "oversized": 1}
    assert again.accepted == 0
    assert "the line has 10,002 bytes; the limit of an event is 4,096" in first.sentences


def test_two_writers_of_the_same_events_write_each_once(both_ledger):
    events = [METRIC | {"id": f"m-{number}"} for number in range(300)]
    receipts = []

    def write() -> None:
        receipts.extend(ingest(both_ledger, events[place : place + 50]) for place in range(0, 300, 50))

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.accepted for each in receipts) == 300
    assert sum(each.refused.get("duplicate", 0) for each in receipts) == 600
    assert len(both_ledger.list_events("metric", both_ledger.find_moment())) == 300


@pytest.mark.server
def test_a_database_that_is_gone_acknowledges_nothing(postgres):
    with postgres.make_database() as url:
        ledger = Ledger(Store(url), lambda: START_US)
    with pytest.raises(UnavailableError, match="cannot be used"):
        ingest(ledger, [METRIC])
    ledger.store.close()


def test_an_event_error_carries_its_reason():
    with pytest.raises(EventError) as refused:
        read_event({"kind": "metric"})
    assert refused.value.reason == "malformed"
