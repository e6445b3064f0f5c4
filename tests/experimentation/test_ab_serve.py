"""The log over HTTP as it is really served: `python -m core serve` on a socket, its log in SQLite and in PostgreSQL."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.events import show_time
from core.experimentation.ab_testing.ledger import Ledger, read_clock
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import start
from core.hub.store import Store
from tests.servers import start_api

pytestmark = pytest.mark.server
SHOP = Experiment("shop", ("blue", "grey"))
N_UNITS = 120


@pytest.fixture
def port(database_url):
    """Start an experiment in an empty database, and the server upon it."""
    store = Store(database_url)
    start(Ledger(store), SHOP, Recipe(metric="revenue"))
    store.close()
    with start_api(DATABASE_URL=database_url) as found:
        yield found


def ask(port, method, address, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        text = body if body is None or isinstance(body, bytes) else json.dumps(body)
        connection.request(method, address, text, {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def make_events(arms):
    """Expose every unit a minute ago, and give it a value since."""
    now_us = read_clock()
    for number, arm in enumerate(arms):
        own = {"unit": f"user-{number}", "time": show_time(now_us - 60_000_000 + number)}
        yield own | {"id": f"x-{number}", "kind": "exposure", "experiment": "shop", "arm": arm}
        yield own | {
            "id": f"m-{number}",
            "kind": "metric",
            "metric": "revenue",
            "value": number % 7 + 4 * (arm == "blue"),
        }


def test_from_assignment_to_results_over_a_socket(port):
    units = [f"user-{number}" for number in range(N_UNITS)]
    status, found = ask(port, "POST", "/v1/ab/shop/assign", {"units": units})
    assert (status, found["arms"]) == (200, [assign(SHOP, unit) for unit in units])
    status, problem = ask(port, "GET", "/v1/ab/shop/results")
    assert (status, problem["detail"].startswith("shop has no exposure by")) == (422, True)
    events = list(make_events(found["arms"]))
    with ThreadPoolExecutor(2) as writers:
        said = list(writers.map(lambda _: ask(port, "POST", "/v1/ab/events", {"events": events}), range(2)))
    assert sorted(written["accepted"] for _, written in said) == [0, 2 * N_UNITS]
    first = ask(port, "GET", "/v1/ab/shop/results")[1]
    assert first["effect"] == pytest.approx(4, abs=1)
    assert first["decision"] == "ship"
    assert first["quarantine"] == {"duplicate": 2 * N_UNITS}
    late = {"id": "late", "kind": "metric", "time": "2020-01-01T00:00:00Z", "unit": "user-1", "metric": "revenue"}
    bad = [None, events[1] | {"value": 999.0}, late | {"value": 1}, events[1] | {"id": "b", "unit": "u" * 5_000}]
    status, written = ask(port, "POST", "/v1/ab/events", {"events": [*bad, events[1] | {"id": "new", "value": 1}]})
    reasons = {"conflict": 1, "late": 1, "malformed": 1, "oversized": 1}
    assert (status, written["accepted"], written["refused"]) == (200, 1, reasons)
    assert ask(port, "GET", "/v1/ab/shop/results")[1]["digest"] != first["digest"]
    again = ask(port, "GET", f"/v1/ab/shop/results?number={first['number']}")[1]
    assert again["digest"] == first["digest"]
    assert again["notes"][0] == "1 events came again with another content; of each the first counts."


def test_what_is_no_batch_is_one_sentence_over_a_socket(port):
    for body in (b"{", b"\xff\xfe", b"[" * 50_000, b'{"events": []}', b'{"events": [' + b"9" * 6_000 + b"]}"):
        status, problem = ask(port, "POST", "/v1/ab/events", body)
        assert status in {400, 422}
        assert "\n" not in problem["detail"]
    far = {
        "id": "y",
        "kind": "metric",
        "time": "9999-12-31T23:59:59-23:59",
        "unit": "u",
        "metric": "revenue",
        "value": 1,
    }
    begun = time.monotonic()
    status, written = ask(port, "POST", "/v1/ab/events", {"events": [far, far | {"time": show_time(read_clock())}]})
    assert (status, written["accepted"], written["refused"]) == (200, 1, {"malformed": 1})
    assert time.monotonic() - begun < 10
