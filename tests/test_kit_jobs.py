"""The jobs panel shows each state a job can be in, cancels it, and finds it again by the id in the address."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.table import Table
from core.hub import jobs
from core.hub.jobs.selftest import Recipe
from pages.kit.jobs import write_duration

LIMIT_S = 60.0
COUNT = "core.hub.jobs.selftest:count"


def panel(label="", steps=3, pause_s=0.0, ending="done"):
    import pandas as pd
    import streamlit as st

    from core.datasets.table import Table
    from core.hub.jobs.selftest import Recipe
    from pages.kit import jobs as panel_jobs

    table = Table(pd.DataFrame({"x": [1.0]}), "mine", "upload", f"sha-{label}", {"x": "number"})
    recipe = Recipe(steps=steps, pause_s=pause_s, ending=ending, label=label)
    if st.button("Train", key="train"):
        panel_jobs.start_job("core.hub.jobs.selftest:count", recipe, "iris", table)
    job = panel_jobs.find_page_job("iris")
    if job is not None:
        st.session_state["seen"] = panel_jobs.show_job(job.id, "panel").state


def open_panel(**recipe) -> AppTest:
    return AppTest.from_function(panel, kwargs=recipe, default_timeout=60).run()


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success]
    return " ".join(str(part.value) for part in parts)


def job_id(app: AppTest) -> str:
    return app.query_params["iris_job"]


def test_a_page_without_a_job_draws_nothing():
    app = open_panel(label="none")
    assert not app.exception
    assert "seen" not in app.session_state


def test_a_job_runs_to_its_end_and_its_id_stands_in_the_address():
    app = open_panel(label="to the end")
    app.button(key="train").click().run()
    assert jobs.wait_job(job_id(app), LIMIT_S).state == "done"
    app.run()
    assert not app.exception
    assert app.session_state["seen"] == "done"
    assert "Finished" in words(app)


def test_an_unfinished_job_shows_progress_and_can_be_cancelled():
    app = open_panel(label="cancel me", steps=2_000, pause_s=0.05)
    app.button(key="train").click().run()
    jobs.wait_job(job_id(app), LIMIT_S, step=2)
    app.run()
    assert "of 2000" in app.progress[0].text
    app.button(key="panel_cancel").click().run()
    assert jobs.wait_job(job_id(app), LIMIT_S).state == "cancelled"
    app.run()
    assert "You cancelled this run" in words(app)
    assert not app.exception


@pytest.mark.parametrize(("ending", "sentence"), [("error", "ending is 'error'"), ("fault", "fault of the program")])
def test_a_failed_job_says_why(ending, sentence):
    app = open_panel(label=f"fails by {ending}", ending=ending)
    app.button(key="train").click().run()
    job = jobs.wait_job(job_id(app), LIMIT_S)
    assert job.state == "failed"
    app.run()
    assert app.session_state["seen"] == "failed"
    assert sentence in job.error
    assert sentence in app.error[0].value.replace("\\", "").replace("\u2060", "")


def test_another_session_finds_the_job_by_its_address():
    first = open_panel(label="reload")
    first.button(key="train").click().run()
    jobs.wait_job(job_id(first), LIMIT_S)
    second = AppTest.from_function(panel, kwargs={"label": "reload"}, default_timeout=60)
    second.query_params["iris_job"] = job_id(first)
    second.run()
    assert not second.exception
    assert second.session_state["seen"] == "done"
    assert jobs.find_jobs(second.session_state["hub_session"])[0].id == job_id(first)


def test_after_a_reload_ones_own_address_cancels():
    first = open_panel(label="reload and cancel", steps=2_000, pause_s=0.05)
    first.button(key="train").click().run()
    jobs.wait_job(job_id(first), LIMIT_S, step=1)
    second = AppTest.from_function(panel, kwargs={"label": "reload and cancel"}, default_timeout=60)
    second.query_params["iris_job"] = job_id(first)
    second.run()
    second.button(key="panel_cancel").click().run()
    assert jobs.wait_job(job_id(first), LIMIT_S).state == "cancelled"


@pytest.mark.parametrize("text", ["nobody-knows", "\0", "%00", f"{'A' * 22}.{'b' * 22}"])
def test_an_address_with_an_unknown_id_is_no_error(text):
    app = AppTest.from_function(panel, default_timeout=60)
    app.query_params["iris_job"] = text
    app.run()
    assert not app.exception
    assert "seen" not in app.session_state


def test_equal_runs_on_equal_data_join():
    first, second = open_panel(label="twice"), open_panel(label="twice")
    first.button(key="train").click().run()
    second.button(key="train").click().run()
    found = [jobs.find_job(job_id(app)) for app in (first, second)]
    assert found[0].folder == found[1].folder
    assert found[0].id != found[1].id, "each person's address is their own"


def test_the_table_travels_with_the_job():
    table = Table(pd.DataFrame({"x": [1.0, 2.0]}), "mine", "upload", "sha-travel", {"x": "number"})
    from core.datasets.table import table_to_files

    job = jobs.submit(COUNT, Recipe(label="travel"), session="s", page="iris", files=table_to_files(table))
    assert set(jobs.wait_job(job.id, LIMIT_S).summary["digests"]) == {"table.parquet", "table.json"}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "under a second"), (9.6, "10 s"), (60, "1 min 0 s"), (125, "2 min 5 s")]
)
def test_durations_are_said_as_a_person_says_them(seconds, text):
    assert write_duration(seconds) == text
