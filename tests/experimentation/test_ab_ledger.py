"""The log, on SQLite and PostgreSQL: nothing can be changed, nothing acknowledged is lost, two may write at once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import sqlalchemy as sa

from core.experimentation.ab_testing.events import Event, Refusal
from core.experimentation.ab_testing.ledger import Ledger, Moment
from core.hub.errors import UnavailableError
from core.hub.store import Store
from tests.servers import ROOT

WRITER = """
import sys, itertools
from core.experimentation.ab_testing.events import Event
from core.experimentation.ab_testing.ledger import Ledger
from core.hub.store import Store
url, name, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = Ledger(Store(url))
for number in range(most):
    events = [Event(f"{name}-{number}-{place}", "metric", place, "u", metric="m", value=1.0) for place in range(20)]
    events.append(Event(f"both-{number}", "metric", 7, "u", metric="m", value=1.0))
    with ledger.write() as batch:
        receipt = batch.append(events)
    print(number, receipt.accepted, flush=True)
"""
ONE = Event("e-1", "metric", 5, "user-1", metric="revenue", value=2.5)


def start_writer(url: str, name: str, most: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, url, name, str(most)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def append(ledger: Ledger, *events: Event):
    with ledger.write() as batch:
        return batch.append(events)


def list_ids(ledger: Ledger) -> set[str]:
    return set(ledger.list_events("metric", ledger.find_moment())["id"])


def test_an_event_is_read_as_it_was_written(both_ledger):
    append(both_ledger, ONE)
    with both_ledger.write() as batch:
        assert batch.find_event("e-1") == ONE
        assert batch.find_event("e-2") is None
    row = both_ledger.list_events("metric", both_ledger.find_moment()).iloc[0]
    assert (row["value"], row["ingest_us"]) == (2.5, both_ledger.clock())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ab_events SET value = 9", "DELETE FROM ab_events", "UPDATE ab_quarantine SET reason = 'none'",
        "DELETE FROM ab_quarantine", "TRUNCATE ab_events", "TRUNCATE ab_quarantine",
        "INSERT OR REPLACE INTO ab_events SELECT * FROM ab_events",
        "INSERT OR REPLACE INTO ab_quarantine SELECT * FROM ab_quarantine",
    ],
)  # fmt: skip
def test_the_database_refuses_to_rewrite_the_log(both_ledger, statement):
    is_sqlite = both_ledger.store.is_sqlite
    if is_sqlite == statement.startswith("TRUNCATE") or (not is_sqlite and "OR REPLACE" in statement):
        statement = "DELETE FROM ab_events WHERE value > 0"  # the other database has no such statement
    append(both_ledger, ONE, ONE)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), both_ledger.store.write() as connection:
        connection.execute(sa.text(statement))
    assert both_ledger.count_quarantine() == {"duplicate": 1}
    assert both_ledger.list_events("metric", both_ledger.find_moment())["value"].tolist() == [2.5]


def test_an_event_sent_again_changes_nothing(both_ledger):
    first = append(both_ledger, ONE)
    again = append(both_ledger, ONE, ONE)
    assert (first.accepted, again.accepted, again.refused) == (1, 0, {"duplicate": 2})
    assert again.moment.number == first.moment.number
    assert len(list_ids(both_ledger)) == 1


def test_an_id_with_another_content_goes_to_the_quarantine(both_ledger):
    other = Event("e-1", "metric", 5, "user-1", metric="revenue", value=3.5)
    assert append(both_ledger, ONE, other).refused == {"conflict": 1}
    row = both_ledger.list_quarantine().iloc[0]
    assert row["sentence"] == ("e-1 is in the log with another content, which counts; give each event an id of its own")
    assert '"value":3.5' in row["payload"]
    assert both_ledger.find_disputed(both_ledger.find_moment()) == {"e-1"}


def test_a_batch_that_fails_leaves_nothing(both_ledger):
    def write_and_fail() -> None:
        with both_ledger.write() as batch:
            batch.append([ONE], [Refusal("", "malformed", "no")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert list_ids(both_ledger) == set()
    assert both_ledger.count_quarantine() == {}


def test_a_clock_that_is_set_back_makes_no_event_look_old(both_ledger, clock):
    append(both_ledger, ONE)
    clock.move(-1)
    receipt = append(both_ledger, Event("e-2", "metric", 5, "user-1", metric="revenue"))
    assert receipt.moment.time_us == clock.now_us + 86_400_000_000
    assert both_ledger.find_moment(receipt.moment.time_us - 1).number == 0


def test_a_moment_is_what_was_known_then(both_ledger, clock):
    days = []
    for day in range(3):
        days.append(clock.now_us)
        append(both_ledger, Event(f"e-{day}", "metric", 0, "u", metric="m"))
        clock.move(1)
    assert [len(both_ledger.list_events("metric", both_ledger.find_moment(day))) for day in days] == [1, 2, 3]
    assert both_ledger.find_moment(clock.now_us + 86_400_000_000) == both_ledger.find_moment(), "nobody knows tomorrow"
    assert len(both_ledger.list_events("metric", Moment(2, clock.now_us))) == 2


def test_a_killed_writer_loses_nothing_that_was_acknowledged(both_ledger, database_url):
    with start_writer(database_url, "w", 100_000) as writer:
        said = [writer.stdout.readline() for _ in range(12)]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    whole = [int(line.split()[0]) for line in said if line.endswith("\n")]
    ids = list_ids(both_ledger)
    assert len(whole) >= 12
    assert {f"w-{number}-{place}" for number in whole for place in range(20)} <= ids
    counts = {number: sum(each.startswith(f"w-{number}-") for each in ids) for number in range(max(whole) + 3)}
    assert set(counts.values()) <= {0, 20}, "a batch is whole or not there"


def test_two_processes_may_write_at_once(both_ledger, database_url):
    writers = [start_writer(database_url, name, 15) for name in ("a", "b")]
    accepted = 0
    for writer in writers:
        said, _ = writer.communicate(timeout=120)
        assert writer.returncode == 0
        accepted += sum(int(line.split()[1]) for line in said.splitlines())
    rows = both_ledger.list_events("metric", both_ledger.find_moment())
    assert accepted == len(rows) == 2 * 15 * 20 + 15
    assert both_ledger.count_quarantine() == {"duplicate": 15}
    assert rows.sort_values("number")["ingest_us"].is_monotonic_increasing


def test_a_log_of_a_newer_program_is_left_alone(both_ledger, database_url):
    with both_ledger.store.write() as connection:
        connection.execute(sa.text("UPDATE schema_versions SET version = 99 WHERE name = 'ab_ledger'"))
    other = Store(database_url)
    with pytest.raises(UnavailableError, match="start the newer program"):
        Ledger(other)
    other.close()
