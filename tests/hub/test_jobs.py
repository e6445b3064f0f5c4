"""A job from submit to its end, in every way it can end; the worker process is really there and really gone."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading

import psutil
import pytest

from core.hub import jobs
from core.hub.errors import RecipeError
from core.hub.jobs import Job, JobService
from core.hub.jobs.selftest import Recipe
from core.hub.jobs.worker import NICENESS
from core.hub.settings import Settings
from tests.servers import ROOT, find_port

COUNT = "core.hub.jobs.selftest:count"
LIMIT_S = 120.0
ENDLESS = {"steps": 100_000, "pause_s": 0.02}


def submit(service: JobService, session: str = "ann", files: dict[str, bytes] | None = None, **recipe) -> Job:
    return service.submit(COUNT, Recipe(**recipe), session=session, page="iris", files=files or {})


def finish(service: JobService, job: Job) -> Job:
    ended = service.wait_job(job.id, LIMIT_S)
    assert ended is not None
    assert ended.is_finished, f"the job is still {ended.state}"
    return ended


def start(service: JobService, **recipe) -> tuple[Job, psutil.Process]:
    """Submit a job and wait until its worker has told of its first step."""
    job = service.wait_job(submit(service, **recipe).id, LIMIT_S, step=1)
    assert job is not None
    assert job.state == "running", job.error
    return job, psutil.Process(int(job.metrics["pid"]))


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One service with one worker for the tests that leave nothing behind."""
    settings = Settings(hub_home=tmp_path_factory.mktemp("hub"), jobs_workers=1, jobs_memory_mb=2_048)
    opened = JobService(settings, grace_s=0.3)
    opened.warm_up()
    yield opened
    opened.close()


def test_a_job_gives_back_what_its_function_computed(service):
    content = b"a;b\n1,5;2\n"
    job = finish(service, submit(service, files={"table.csv": content}, label="result"))
    digest = hashlib.sha256(content).hexdigest()
    assert job.state == "done"
    assert job.summary["digests"] == {"table.csv": digest}
    assert (job.folder / "digests.txt").read_text() == f"{digest}  table.csv\n"
    assert (job.folder / "inputs" / "table.csv").read_bytes() == content
    assert (job.step, job.total, job.log) == (3, 3, "counted to 3 result\n")
    assert job.created <= job.started <= job.finished
    assert (job.page, job.function, job.place, job.error) == ("iris", COUNT, None, "")
    assert json.loads(job.recipe)["label"] == "result"


def test_a_worker_steps_behind_the_app_and_has_one_thread(service):
    job, worker = start(service, label="manners", **ENDLESS)
    environment = worker.environ()
    assert worker.nice() == NICENESS
    assert worker.rlimit(psutil.RLIMIT_AS) == (2_048 * 2**20, 2_048 * 2**20)
    assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        assert environment[name] == "1"
    service.cancel(job.id, "ann")
    finish(service, job)


def test_nothing_of_a_result_is_seen_before_it_is_whole(service):
    job, _ = start(service, label="hidden", **ENDLESS)
    assert not job.folder.exists()
    service.cancel(job.id, "ann")
    assert not finish(service, job).folder.exists()


def test_progress_and_time_left_are_told_on_the_way(service):
    job, _ = start(service, label="on the way", **ENDLESS)
    later = service.wait_job(job.id, LIMIT_S, step=job.step + 1)
    assert later.total == ENDLESS["steps"]
    assert 0 < later.eta_s < 100 * ENDLESS["steps"]
    assert set(later.metrics) == {"pid"}, "a metric that is not finite is left out"
    service.cancel(job.id, "ann")
    finish(service, job)


def test_a_hub_error_reaches_the_person_word_by_word(service):
    job = finish(service, submit(service, ending="error"))
    assert (job.state, job.error) == ("failed", "ending is 'error'; choose 'done' to see it through")
    assert not job.folder.exists()


def test_a_fault_is_logged_with_an_id_and_shown_as_that_id(service, caplog):
    job = finish(service, submit(service, ending="fault"))
    reference = job.error.split()[-1]
    assert job.state == "failed"
    assert job.error == f"the job stopped by a fault of the program; the server's log has it under {reference}"
    assert reference in caplog.text
    assert "ValueError\n" in caplog.text
    assert re.search(r'File ".*/selftest\.py", line \d+ in _end_badly', caplog.text)
    assert "as asked for" not in caplog.text, "the text of an error may quote a cell"
    assert "Traceback" not in job.error + job.log


def test_a_crash_is_logged_with_its_frames(service, caplog):
    assert finish(service, submit(service, ending="crash", label="frames")).state == "failed"
    assert "Fatal Python error: Segmentation fault" in caplog.text
    assert re.search(r'File ".*/selftest\.py", line \d+ in _end_badly', caplog.text)


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        ("exit", "the job stopped by a fault of the program; the server's log has it under"),
        ("crash", "the worker process crashed (Segmentation fault)"),
        ("memory", "the job needed more than 2048 MB of memory; use fewer rows or raise JOBS_MEMORY_MB"),
    ],
)
def test_a_worker_that_breaks_down_fails_its_job_alone(service, ending, sentence):
    job, after = submit(service, ending=ending), submit(service, label=f"after {ending}")
    assert finish(service, job).state == "failed"
    assert finish(service, job).error.startswith(sentence)
    assert finish(service, after).state == "done"


def test_cancel_stops_a_job_that_listens(service):
    job, worker = start(service, label="listens", **ENDLESS)
    service.cancel(job.id, "ann")
    ended = finish(service, job)
    assert (ended.state, ended.error) == ("cancelled", "")
    assert not worker.is_running()


def test_cancel_stops_a_job_that_is_deaf_to_requests_and_to_sigterm(service):
    job, worker = start(service, ending="hang")
    service.cancel(job.id, "ann")
    assert service.find_job(job.id).is_stopping
    assert finish(service, job).state == "cancelled"
    assert not worker.is_running()


def test_a_waiting_job_knows_its_place_and_is_cancelled_at_once(service):
    job, _ = start(service, label="ahead", **ENDLESS)
    second, third = submit(service, label="second"), submit(service, label="third")
    assert (second.state, second.place, third.place) == ("queued", 1, 2)
    service.cancel(second.id, "ann")
    assert service.find_job(second.id).state == "cancelled"
    assert service.find_job(third.id).place == 1
    service.cancel(job.id, "ann")
    assert finish(service, third).state == "done"
    assert service.find_job(second.id).started is None


def test_a_job_past_its_time_fails_with_the_limit(make_service):
    service = make_service(jobs_timeout_s=0.5)
    job = submit(service, ending="hang")
    ended = finish(service, job)
    assert ended.state == "failed"
    assert ended.error == "the job took longer than 0.5 s; use fewer rows or raise JOBS_TIMEOUT_S"
    if ended.metrics:
        assert not psutil.pid_exists(int(ended.metrics["pid"]))


def test_two_workers_run_two_jobs_at_a_time(make_service):
    service = make_service(jobs_workers=2)
    first, one = start(service, label="one", **ENDLESS)
    second, two = start(service, label="two", **ENDLESS)
    assert one.pid != two.pid
    assert {service.find_job(job.id).state for job in (first, second)} == {"running"}


def test_every_job_has_a_process_of_its_own(service):
    pids = {finish(service, submit(service, label=f"own {number}")).summary["pid"] for number in range(2)}
    assert len(pids) == 2


def test_closing_ends_every_worker_and_leaves_a_sentence(make_service):
    service = make_service()
    job, worker = start(service, ending="hang")
    waiting = submit(service, label="waits")
    service.close()
    assert not worker.is_running()
    for each in (job, waiting):
        ended = service.find_job(each.id)
        assert (ended.state, ended.error) == ("lost", "the server stopped before this job ended; start it again")


def test_equal_recipes_give_equal_results(make_service):
    service = make_service()
    first = finish(service, submit(service, files={"x": b"1"}))
    service.forget("ann")
    again = finish(service, submit(service, files={"x": b"1"}))
    assert first.folder != again.folder
    assert first.summary["digests"] == again.summary["digests"]


def test_only_names_below_core_can_run(service):
    for name in ("os:system", "core:hub", "core.hub.jobs.selftest", "pages.kit:x", "core.hub..x:y", "core.x:y.z"):
        with pytest.raises(ValueError, match=r"must be 'core\.….module:attribute'"):
            service.submit(name, Recipe(), session="ann", page="iris")


def test_a_recipe_out_of_range_never_becomes_a_job(service):
    with pytest.raises(RecipeError, match="steps is 0; it must be 1 to 1e\\+06"):
        submit(service, session="careless", steps=0)
    assert service.find_jobs("careless") == ()


@pytest.mark.parametrize("name", ["../table.csv", ".hidden", "a/b", "", "x" * 101])
def test_input_names_cannot_leave_their_folder(service, name):
    with pytest.raises(ValueError, match="must be a plain name"):
        submit(service, files={name: b""})


def test_the_process_has_one_service_that_stops_at_its_end(monkeypatch, tmp_path):
    from core.hub import settings as module
    from core.hub.jobs import calls

    monkeypatch.setattr(calls, "load_settings", lambda: module.Settings(hub_home=tmp_path, jobs_workers=1))
    job = jobs.submit(COUNT, Recipe(), session="ann", page="iris")
    assert jobs.wait_job(job.id, LIMIT_S).state == "done"
    assert jobs.find_job(job.id).id == jobs.find_jobs("ann")[0].id == jobs.claim(job.id, "bob").id == job.id
    assert jobs.claim(job.folder.name, "eve") is None
    running = jobs.submit(COUNT, Recipe(label="stopped", **ENDLESS), session="ann", page="iris")
    jobs.wait_job(running.id, LIMIT_S, step=1)
    jobs.stop_all()
    assert jobs.find_job(running.id).state == "lost"
    assert jobs.forget("ann") == 2, "who was given the address has no claim of their own"
    assert (jobs.find_jobs("bob"), jobs.sweep()) == ((), 0)
    jobs.stop_all()


def test_warming_up_returns_at_once_and_a_spare_is_ready_after(monkeypatch, tmp_path):
    from core.hub.jobs import calls

    begin = threading.Event()

    def make(settings: Settings) -> JobService:
        assert begin.wait(LIMIT_S)
        return JobService(settings)

    monkeypatch.setattr(calls, "load_settings", lambda: Settings(hub_home=tmp_path, jobs_workers=1))
    monkeypatch.setattr(calls, "JobService", make)
    thread = jobs.warm_up()
    assert thread.is_alive(), "nothing was waited for"
    begin.set()
    thread.join(LIMIT_S)
    spare = jobs.open_jobs()._pool._runner.spare_pid
    job = jobs.submit(COUNT, Recipe(), session="ann", page="iris")
    assert jobs.wait_job(job.id, LIMIT_S).summary["pid"] == spare
    jobs.stop_all()


def test_warming_up_without_a_cluster_is_a_warning_and_not_an_error(monkeypatch, tmp_path, caplog):
    from core.hub.jobs import calls

    chosen = Settings(hub_home=tmp_path, jobs_dask=f"tcp://127.0.0.1:{find_port()}")
    monkeypatch.setattr(calls, "load_settings", lambda: chosen)
    thread = jobs.warm_up()
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert f"jobs are not ready yet: the Dask scheduler at {chosen.jobs_dask} cannot be reached" in caplog.text
    jobs.stop_all()


def test_importing_jobs_imports_nothing_heavy():
    script = (
        "import sys, core.hub.jobs; print(*sorted({'sqlalchemy', 'distributed', 'numpy', 'psutil'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
