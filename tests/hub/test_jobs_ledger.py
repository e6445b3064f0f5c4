"""The rows of jobs outlive their server: what it left unfinished is called lost. On both databases."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from core.hub.jobs.claims import Caps, Claims
from core.hub.jobs.job import Job, Outcome, Progress
from core.hub.jobs.ledger import Ledger
from core.hub.jobs.owner import SILENT_S, Owner, is_alive, make_owner
from core.hub.jobs.tables import CLAIMS, JOBS, SCHEMA
from core.hub.store import Schema, Store

COLUMNS = {"page": "iris", "function": "f", "recipe_class": "c", "recipe": "{}", "data_sha256": ""}
OURS = make_owner()


@pytest.fixture
def store(database_url):
    opened = Store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def ledger(store, tmp_path):
    return Ledger(store, OURS.to_text(), tmp_path)


def add(ledger: Ledger, job_id: str, owner: Owner = OURS) -> None:
    Claims(ledger.store, owner.to_text(), Caps(9, 9)).submit(job_id, "ann", job_id, COLUMNS)


def find(ledger: Ledger, job_id: str) -> Job:
    return next(job for job in ledger.find_all("ann") if job.folder.name == job_id)


def change(ledger: Ledger, job_id: str, **values: object) -> None:
    with ledger.store.write() as connection:
        connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(**values))


def test_a_row_goes_from_queued_to_done_and_no_further(ledger):
    add(ledger, "one")
    assert (find(ledger, "one").state, find(ledger, "one").place) == ("queued", 1)
    assert ledger.start("one")
    assert not ledger.start("one")
    ledger.record("one", Progress(2, 8, {"accuracy": 0.5}, "a line"), 12.0)
    job = find(ledger, "one")
    assert (job.state, job.step, job.total, job.metrics, job.log) == ("running", 2, 8, {"accuracy": 0.5}, "a line")
    assert 0 <= job.eta_s <= 12
    assert ledger.finish("one", Outcome("done", summary='{"rows": 3}'))
    assert not ledger.finish("one", Outcome("failed", "too late"))
    job = find(ledger, "one")
    assert (job.state, job.summary, job.error, job.eta_s, job.place) == ("done", {"rows": 3}, "", None, None)
    assert abs((job.finished - datetime.now(UTC)).total_seconds()) < SILENT_S
    assert job.folder.name == "one"


def test_what_postgresql_cannot_store_is_left_out(ledger):
    add(ledger, "one")
    ledger.start("one")
    ledger.record("one", Progress(1, 1, {}, "zero \0 and half a pair \ud800."), None)
    assert find(ledger, "one").log == "zero  and half a pair ?."


def test_places_count_only_the_own_servers_queue(ledger):
    for job_id, owner in (("a", OURS), ("b", dataclasses.replace(OURS, token="other")), ("c", OURS)):
        add(ledger, job_id, owner)
    assert [find(ledger, job_id).place for job_id in "abc"] == [1, 1, 2]


@pytest.mark.parametrize(
    ("changes", "is_lost"),
    [
        ({}, False),
        ({"pid": 2**22 + 1}, True),
        ({"started": OURS.started - 3_600}, True),
        ({"boot": "an earlier boot"}, True),
        ({"host": "another-machine"}, False),
        ({"host": "another-machine", "boot": "its own"}, False),
    ],
)
def test_jobs_of_a_dead_server_become_lost(ledger, changes, is_lost):
    for job_id in ("waits", "runs", "ended"):
        add(ledger, job_id, dataclasses.replace(OURS, token="other", **changes))
    ledger.start("runs")
    ledger.finish("ended", Outcome("done"))
    assert set(ledger.mark_lost()) == ({"waits", "runs"} if is_lost else set())
    assert find(ledger, "runs").state == ("lost" if is_lost else "running")
    assert find(ledger, "ended").state == "done"
    if is_lost:
        assert find(ledger, "waits").error == "the server stopped before this job ended; start it again"


def test_a_silent_server_on_another_machine_is_dead():
    other = dataclasses.replace(OURS, host="another-machine").to_text()
    assert is_alive(other, time.time() - SILENT_S / 2)
    assert not is_alive(other, time.time() - SILENT_S * 2)


def test_a_heartbeat_tells_what_other_servers_asked_for(ledger):
    for job_id in ("goes on", "stops", "forgotten"):
        add(ledger, job_id)
        ledger.start(job_id)
        change(ledger, job_id, heartbeat=0.0)
    change(ledger, "stops", is_stopping=True)
    with ledger.store.write() as connection:
        connection.execute(sa.delete(JOBS).where(JOBS.c.id == "forgotten"))
    assert ledger.beat(("goes on", "stops", "forgotten")) == ({"stops"}, {"forgotten"})
    with ledger.store.read() as connection:
        assert connection.execute(sa.select(sa.func.min(JOBS.c.heartbeat))).scalar_one() > time.time() - SILENT_S


def test_only_old_ends_are_deleted_with_their_claims(ledger):
    for job_id in ("old", "new", "runs"):
        add(ledger, job_id)
    for job_id in ("old", "new"):
        ledger.finish(job_id, Outcome("done"))
    change(ledger, "old", finished=1_000.0)
    assert ledger.delete_old(2_000.0) == ("old",)
    assert [job.folder.name for job in ledger.find_all("ann")] == ["runs", "new"]
    assert ledger.find_known(["old", "new", "never"]) == {"new"}


def test_claims_of_the_first_version_are_dropped_and_their_jobs_swept(store, tmp_path):
    """They had no token; a job that nobody claims is found by nobody, and goes when it is old."""
    store.prepare(Schema("jobs", 1, SCHEMA.metadata))
    old = sa.MetaData()
    with store.write() as connection:
        CLAIMS.drop(connection)
        sa.Table("job_claims", old, *(sa.Column(name, sa.String) for name in ("job_id", "session", "origin")))
        old.create_all(connection)
        connection.execute(old.tables["job_claims"].insert().values(job_id="one", session="ann", origin="ann"))
    later = Store(store._url.render_as_string(hide_password=False))
    ledger = Ledger(later, OURS.to_text(), tmp_path)
    assert ledger.find_all("ann") == ()
    add(ledger, "one")
    assert find(ledger, "one").state == "queued"
    assert later.find_version("jobs") == 2
    later.close()
