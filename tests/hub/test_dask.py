"""The same jobs on a real Dask cluster: a scheduler and two workers on this machine."""

from __future__ import annotations

import hashlib

import psutil
import pytest

from core.hub.errors import UnavailableError
from core.hub.jobs import Job, JobService
from core.hub.jobs.selftest import Recipe
from tests.servers import Dask, find_port, start_dask

pytestmark = pytest.mark.server
COUNT = "core.hub.jobs.selftest:count"
LIMIT_S = 120.0
ENDLESS = {"steps": 100_000, "pause_s": 0.02}


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    with start_dask(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def service(make_service, dask: Dask) -> JobService:
    return make_service(jobs_dask=dask.address)


def submit(service: JobService, **recipe) -> Job:
    return service.submit(COUNT, Recipe(**recipe), session="ann", page="iris", files={"table.csv": b"a;b\n"})


def start(service: JobService, **recipe) -> tuple[Job, psutil.Process]:
    job = service.wait_job(submit(service, **recipe).id, LIMIT_S, step=1)
    assert job.state == "running", job.error
    return job, psutil.Process(int(job.metrics["pid"]))


def test_inputs_travel_and_the_result_lands_in_the_same_folder(service):
    job = service.wait_job(submit(service, label="there and back").id, LIMIT_S)
    digest = hashlib.sha256(b"a;b\n").hexdigest()
    assert (job.state, job.error) == ("done", "")
    assert job.summary["digests"] == {"table.csv": digest}
    assert (job.folder / "digests.txt").read_text() == f"{digest}  table.csv\n"
    assert (job.folder / "inputs" / "table.csv").read_bytes() == b"a;b\n"
    assert (job.step, job.total, job.log) == (3, 3, "counted to 3 there and back\n")


def test_jobs_run_below_the_dask_workers_two_at_a_time(service, dask):
    first, one = start(service, label="one", **ENDLESS)
    second, two = start(service, label="two", **ENDLESS)
    assert one.ppid() != two.ppid()
    for worker in (one, two):
        assert dask.workers.pid in {parent.pid for parent in worker.parents()}
        assert worker.nice() > 0
    later = service.wait_job(second.id, LIMIT_S, step=second.step + 1)
    assert later.eta_s > 0
    for job in (first, second):
        service.cancel(job.id, "ann")
        assert service.wait_job(job.id, LIMIT_S).state == "cancelled"


@pytest.mark.parametrize("recipe", [{"label": "listens", **ENDLESS}, {"ending": "hang"}])
def test_cancel_ends_the_process_on_the_cluster(service, recipe):
    job, worker = start(service, **recipe)
    service.cancel(job.id, "ann")
    assert service.wait_job(job.id, LIMIT_S).state == "cancelled"
    assert not worker.is_running()


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        ("error", "ending is 'error'; choose 'done' to see it through"),
        ("fault", "the job stopped by a fault of the program; the server's log has it under"),
        ("crash", "the worker process crashed (Segmentation fault)"),
    ],
)
def test_a_bad_end_there_is_the_same_sentence_here(service, caplog, ending, sentence):
    job = service.wait_job(submit(service, ending=ending).id, LIMIT_S)
    assert job.state == "failed"
    assert job.error.startswith(sentence)
    assert ("ValueError\n" in caplog.text) is (ending == "fault")
    assert "as asked for" not in caplog.text


def test_forget_ends_the_process_and_deletes_the_files(service, tmp_path):
    _, worker = start(service, ending="hang")
    assert service.forget("ann") == 1
    assert not worker.is_running()
    assert [path for path in (tmp_path / "jobs").rglob("*") if path.is_file()] == []


def test_the_cluster_ends_the_jobs_of_an_app_that_left(service):
    job, worker = start(service, ending="hang")
    service.close()
    psutil.wait_procs([worker], timeout=LIMIT_S)
    assert not worker.is_running()
    assert service.find_job(job.id).state == "lost"


def test_an_unreachable_scheduler_is_one_sentence_and_no_job(make_service):
    address = f"tcp://127.0.0.1:{find_port()}"
    service = make_service(jobs_dask=address)
    with pytest.raises(UnavailableError) as caught:
        submit(service)
    remedy = "start it (dask scheduler), correct JOBS_DASK, or unset it to run jobs on this machine"
    assert str(caught.value) == f"the Dask scheduler at {address} cannot be reached; {remedy}"
    assert service.find_jobs("ann") == ()


def test_a_cluster_without_workers_is_named(make_service, tmp_path):
    with start_dask(tmp_path, n_workers=0) as empty:
        service = make_service(jobs_dask=empty.address)
        with pytest.raises(UnavailableError, match=f"has no worker; start one: dask worker {empty.address}"):
            submit(service)
        service.close()


def test_a_scheduler_that_dies_fails_the_job_and_the_next_one_is_refused(make_service, tmp_path):
    with start_dask(tmp_path, n_workers=1) as mortal:
        service = make_service(jobs_dask=mortal.address)
        job, worker = start(service, **ENDLESS)
        mortal.scheduler.kill()
        ended = service.wait_job(job.id, LIMIT_S)
        text = f"the Dask cluster at {mortal.address} went away during the job; start the job again"
        assert (ended.state, ended.error) == ("failed", text)
        psutil.wait_procs([worker], timeout=LIMIT_S)
        assert not worker.is_running()
        with pytest.raises(UnavailableError, match="cannot be reached"):
            submit(service, label="next")
        service.close()
