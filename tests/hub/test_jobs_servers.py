"""Jobs among several servers, and after one of them died; files that nobody owns any more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from core.hub.jobs import Job, JobService
from core.hub.jobs.folders import ORPHAN_S, Folders
from core.hub.jobs.selftest import Recipe
from tests.servers import ROOT

COUNT = "core.hub.jobs.selftest:count"
LIMIT_S = 120.0
ENDLESS = {"steps": 100_000, "pause_s": 0.02}
SERVER = """
import json, sys
from pathlib import Path
from core.hub.jobs import JobService
from core.hub.jobs.selftest import Recipe
from core.hub.settings import Settings
service = JobService(Settings(hub_home=Path(sys.argv[1]), database_url=sys.argv[2], jobs_workers=1))
ask = dict(session="ann", page="iris")
runs = service.submit("core.hub.jobs.selftest:count", Recipe(steps=100_000, pause_s=0.02), files={"x": b"1"}, **ask)
waits = service.submit("core.hub.jobs.selftest:count", Recipe(label="waits"), **ask)
pid = service.wait_job(runs.id, 60, step=1).metrics["pid"]
print(json.dumps([runs.id, waits.id, pid]), flush=True)
sys.stdin.read()
"""


def start(service: JobService, session: str = "ann", **recipe) -> tuple[Job, psutil.Process]:
    job = service.submit(COUNT, Recipe(**recipe), session=session, page="iris", files={"x": b"1"})
    job = service.wait_job(job.id, LIMIT_S, step=1)
    return job, psutil.Process(int(job.metrics["pid"]))


def test_a_killed_server_takes_its_workers_along_and_its_jobs_become_lost(database_url, make_service, tmp_path):
    command = [sys.executable, "-c", SERVER, str(tmp_path), database_url]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running, waiting, pid = json.loads(server.stdout.readline())
    worker = psutil.Process(int(pid))
    service = make_service(database_url=database_url)
    assert service.find_job(running).state == "running"
    assert (service.find_job(waiting).state, service.find_job(waiting).place) == ("queued", 1)
    server.send_signal(signal.SIGKILL)
    server.communicate()
    worker.wait(LIMIT_S)
    for job_id in (running, waiting):
        job = service.find_job(job_id)
        assert (job.state, job.error) == ("lost", "the server stopped before this job ended; start it again")
        assert not job.inputs.parent.exists()
    assert list((tmp_path / "jobs" / ".work").iterdir()) == []
    again = service.submit(COUNT, Recipe(label="waits"), session="ann", page="iris")
    assert again.id != waiting
    assert service.wait_job(again.id, LIMIT_S).state == "done"


def test_a_job_is_stopped_from_another_server(make_service):
    first, second = make_service(), make_service()
    job, worker = start(first, **ENDLESS)
    assert second.claim(job.id, "ann after a reload").state == "running"
    second.cancel(job.id, "ann after a reload")
    assert second.wait_job(job.id, LIMIT_S).state == "cancelled"
    assert not worker.is_running()


def test_an_equal_order_joins_the_job_of_another_server(make_service):
    first, second = make_service(), make_service()
    job, _ = start(first, **ENDLESS)
    joined, _ = start(second, session="bob", **ENDLESS)
    assert joined.folder == job.folder
    assert joined.id != job.id
    first.cancel(job.id, "ann")
    assert first.find_job(job.id) is None
    assert second.find_job(joined.id).state == "running"
    second.cancel(joined.id, "bob")
    assert second.wait_job(joined.id, LIMIT_S).state == "cancelled"


def break_in(service: JobService, given: Job) -> None:
    """Do all that a person may who was given an id, gave the job up and comes back in a new session."""
    service.forget("ann")
    internal = given.folder.name
    guesses = (internal, f"{internal}.{internal}", f"{internal}.", "%00", "\0", f"{given.id}\0", "x" * 9_999)
    for text in (given.id, *guesses):
        assert service.claim(text, "ann again") is None
        service.cancel(text, "ann again")
        assert service.find_job(text) is None
        assert service.wait_job(text, 0) is None
    assert service.forget("ann again") == 0


def test_nobody_deletes_or_stops_what_another_person_asked_for_first(database_url, make_service):
    service = make_service(database_url=database_url)
    done = service.submit(COUNT, Recipe(), session="bob", page="iris", files={"x": b"1"})
    result = service.wait_job(done.id, LIMIT_S)
    running, worker = start(service, session="bob", **ENDLESS)
    for theirs, recipe in ((done, Recipe()), (running, Recipe(**ENDLESS))):
        given = service.submit(COUNT, recipe, session="ann", page="iris", files={"x": b"1"})
        assert given.folder == theirs.folder, "equal work is done once"
        break_in(service, given)
    assert worker.is_running()
    assert not service.find_job(running.id).is_stopping
    assert service.find_job(done.id) == result
    assert (result.folder / "inputs" / "x").read_bytes() == b"1"


def test_ones_own_address_still_stops_and_deletes_after_a_reload(database_url, make_service):
    service = make_service(database_url=database_url)
    job, worker = start(service, **ENDLESS)
    assert service.claim(job.id, "after a reload").id == job.id
    service.cancel(job.id, "after a reload")
    assert service.wait_job(job.id, LIMIT_S).state == "cancelled"
    assert not worker.is_running()
    assert service.forget("after a reload") == 1
    assert service.find_job(job.id) is None
    assert service.find_jobs("ann") == ()


def test_forget_leaves_no_row_no_file_and_no_worker(make_service, tmp_path):
    service = make_service()
    done = service.submit(COUNT, Recipe(label="done"), session="ann", page="iris", files={"x": b"1"})
    service.wait_job(done.id, LIMIT_S)
    _, worker = start(service, ending="hang")
    service.submit(COUNT, Recipe(label="waits"), session="ann", page="iris", files={"x": b"1"})
    assert service.forget("ann") == 3
    assert not worker.is_running()
    assert service.find_jobs("ann") == ()
    assert [path for path in (tmp_path / "jobs").rglob("*") if path.is_file()] == []
    after, _ = start(service, label="the pool goes on", **ENDLESS)
    assert after.state == "running"


def test_forget_on_another_server_ends_the_worker_too(make_service):
    first, second = make_service(), make_service()
    _, worker = start(first, ending="hang")
    assert second.forget("ann") == 1
    psutil.wait_procs([worker], timeout=LIMIT_S)
    assert not worker.is_running()


def test_another_claim_keeps_rows_and_files(make_service):
    service = make_service()
    ask = {"page": "iris", "files": {"x": b"1"}}
    job = service.submit(COUNT, Recipe(), session="ann", **ask)
    assert service.submit(COUNT, Recipe(), session="bob", **ask).folder == job.folder
    folder = service.wait_job(job.id, LIMIT_S).folder
    assert service.forget("ann") == 0
    assert (folder / "digests.txt").is_file()
    assert service.forget("bob") == 1
    assert not folder.exists()


def test_a_result_whose_files_are_gone_is_computed_again(make_service):
    """As after a restart with an empty disk and the old database."""
    service = make_service()
    job = service.submit(COUNT, Recipe(), session="ann", page="iris")
    shutil.rmtree(service.wait_job(job.id, LIMIT_S).folder)
    assert service.find_job(job.id) is None
    assert service.find_jobs("ann") == ()
    again = service.submit(COUNT, Recipe(), session="ann", page="iris")
    assert again.folder != job.folder
    assert service.wait_job(again.id, LIMIT_S).state == "done"


def test_other_data_is_another_job(make_service):
    service = make_service(jobs_per_session=9)
    ask = {"session": "ann", "page": "iris"}
    orders = [{"x": b"1"}, {"x": b"2"}, {"y": b"1"}, {}]
    jobs = [service.submit(COUNT, Recipe(), files=files, **ask) for files in orders]
    jobs += [service.submit(COUNT, Recipe(), data_sha256=digest, **ask) for digest in ("a", "b")]
    assert len({job.folder for job in jobs}) == len(jobs)


def test_a_sweep_deletes_what_is_old_and_what_is_nobodys(make_service, tmp_path):
    service = make_service(jobs_keep_s=3_600.0)
    job = service.submit(COUNT, Recipe(), session="ann", page="iris")
    folder = service.wait_job(job.id, LIMIT_S).folder
    nobodys = tmp_path / "jobs" / "left-by-a-kill"
    nobodys.mkdir()
    os.utime(nobodys, (time.time() - 2 * ORPHAN_S,) * 2)
    young = tmp_path / "jobs" / ".work" / "about-to-get-its-row"
    young.mkdir(parents=True)
    assert service.sweep() == 1
    assert (folder.is_dir(), nobodys.exists(), young.exists()) == (True, False, True)
    assert service.sweep(time.time() + 3_601) >= 1
    assert not folder.exists()
    assert service.find_job(job.id) is None


def test_a_server_that_nobody_asks_for_anything_sweeps_too(make_service, monkeypatch, tmp_path):
    first = make_service()
    job = first.submit(COUNT, Recipe(), session="ann", page="iris", files={"x": b"1"})
    folder = first.wait_job(job.id, LIMIT_S).folder
    first.close()
    assert (folder / "inputs" / "x").is_file()
    nobodys = tmp_path / "jobs" / "left-by-a-kill"
    nobodys.mkdir()
    os.utime(nobodys, (time.time() - 2 * ORPHAN_S,) * 2)
    gone, delete, deleted = threading.Event(), Folders.delete, set()

    def watch(self: Folders, job_id: str) -> None:
        delete(self, job_id)
        deleted.add(job_id)
        if deleted >= {folder.name, nobodys.name}:
            gone.set()

    monkeypatch.setattr(Folders, "delete", watch)
    second = make_service(jobs_keep_s=0.0)
    assert gone.wait(LIMIT_S)
    assert (folder.exists(), nobodys.exists()) == (False, False)
    assert second.find_job(job.id) is None


def test_a_heartbeat_sweeps_at_most_every_ten_minutes(make_service, monkeypatch):
    service = make_service()
    service.close()  # its own heartbeat has ended: only the beats below count
    now, sweeps = [1_000.0], []
    monkeypatch.setattr("core.hub.jobs.service.time.monotonic", lambda: now[0])
    monkeypatch.setattr(service, "sweep", lambda: sweeps.append(now[0]))
    service._swept_at = 1_000.0
    for _ in range(1_300):
        service._pool._beat_once()
        now[0] += 1.0
    assert sweeps == [1_600.0, 2_200.0]


def test_a_sweep_that_fails_leaves_the_heartbeat_going(make_service, monkeypatch, caplog):
    service = make_service()
    service.close()
    asked = []

    def fail() -> None:
        asked.append(1)
        message = "the disk is away"
        raise OSError(message)

    monkeypatch.setattr(service._pool, "_tidy", fail)
    service._pool._beat_once()
    service._pool._beat_once()
    assert len(asked) == 2
    assert "the disk is away" in caplog.text


@pytest.mark.parametrize("spare_dies", [False, True])
def test_a_spare_waits_warm_and_is_replaced(make_service, spare_dies):
    service = make_service()
    service.warm_up()
    spare = service._pool._runner.spare_pid
    if spare_dies:
        os.kill(spare, signal.SIGKILL)
        service._pool._runner._spare._process.wait()
    job, worker = start(service, **ENDLESS)
    assert (worker.pid == spare) is not spare_dies
    assert service._pool._runner.spare_pid not in {None, spare, worker.pid}
    service.cancel(job.id, "ann")
