"""The linear regression page draws what core computes, for the bundled patients and for an upload."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.datasets.table import table_to_files
from core.hub import jobs
from core.hub.artifacts import load_artifact
from core.hub.settings import ROOT
from core.scratch import linear_regression as project
from core.scratch.linear_regression.charts import influence_chart

PAGE = str(ROOT / "pages" / "linear_regression.py")
SLUG = "linear_regression"
LIMIT_S = 180.0
FAST = project.Recipe(models=("QR", "batch descent"), n_repeats=1, epochs=30)
OWN = b"area;port;price\r\n" + b"".join(
    f"{20 + n * 7 % 90};{'SCQ'[n % 3]};{3 * (20 + n * 7 % 90) + 40 * (n % 3 == 1) + n % 5}\r\n".encode()
    for n in range(80)
)


@pytest.fixture(scope="module")
def shipped() -> project.Model:
    return project.load_model(load_artifact(SLUG).folder / "weights")


def open_page(tab: str = "Explore", **address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params[f"{SLUG}_tab"] = tab
    for name, value in address.items():
        app.query_params[name] = value
    return check(app.run())


def check(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def choose_view(app: AppTest, name: str) -> AppTest:
    view = next(group for group in app.segmented_control if group.label == "View")
    return check(view.set_value(name).run())


def words(app: AppTest) -> str:
    parts = [*app.title, *app.markdown, *app.caption, *app.warning, *app.info, *app.subheader]
    return " ".join(str(part.value) for part in parts).replace("\\", "").replace("\u2060", "")


def count_charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_the_patients_are_explored_against_their_target():
    app = open_page()
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown == {"Rows": "442", "Features": "10", "Missing cells": "0"}
    assert "bmi and progression rise together: r = 0.59" in words(app)
    assert len(choose_view(app, "Rows").dataframe[0].value) == len(load_table("diabetes").frame)


def test_the_leaderboard_is_the_models(shipped):
    app = open_page("Train & compare")
    frame = next(each.value for each in app.dataframe if "Model" in each.value)
    assert frame["Model"].tolist() == [*(row.model for row in shipped.leaderboard[:-1]), "mean (baseline)"]
    assert frame["Beats baseline"].tolist() == [True] * 8 + [False]


def test_each_view_of_the_comparison_is_drawn(shipped):
    app = open_page("Train & compare")
    app = choose_view(app, "Certified digits")
    frame = next(each.value for each in app.dataframe if "set" in each.value)
    assert len(frame) == 11
    assert frame["QR in double-double"].min() >= 13
    for name, n_charts in {"Descent": 1, "Held-out rows": 1, "Take away": 0}.items():
        app = choose_view(app, name)
        assert count_charts(app) == n_charts
    assert project.describe_command(shipped) in " ".join(each.value for each in app.code)


def test_the_coefficients_are_those_of_core_for_each_kind_of_error(shipped):
    app = open_page("Explain")
    for errors in ("classical", "HC3"):
        control = next(each for each in app.segmented_control if each.label == "Standard errors")
        app = check(control.set_value(errors).run())
        frame = next(each.value for each in app.dataframe if "standard_error" in each.value)
        np.testing.assert_allclose(frame["standard_error"], shipped.infer(errors).standard_errors)
    digits = next(each.value for each in app.dataframe if "believe" in each.value)
    assert digits["believe"].tolist() == shipped.trust.believed.tolist()
    assert "limits them" in words(app)


def test_rows_that_bend_the_line_are_named(shipped):
    app = choose_view(open_page("Explain"), "Rows")
    title = influence_chart(shipped.infer("classical"), shipped.ids).title
    assert title in words(app)
    assert count_charts(app) == 2


def test_the_walk_can_be_stepped_and_a_runaway_is_explained():
    app = choose_view(open_page("Explain"), "Cost surface")

    def press(label: str) -> str:
        check(next(button for button in app.button if button.label == label).click().run())
        return words(app)

    assert "Frame 1 of" in press("Start again")
    assert "The walk starts where both coefficients are 0" in words(app)
    assert "Frame 2 of" in press("Step")
    assert "arrived" in press("To the end")
    rate = next(slider for slider in app.slider if slider.label == "Learning rate")
    check(rate.set_value(2.5).run())
    assert "It ran away in epoch" in words(app)


def test_every_method_is_told_step_by_step():
    app = choose_view(open_page("Explain"), "Step by step")
    for name, steps in project.STEPS.items():
        control = next(each for each in app.segmented_control if each.label == "Method")
        app = check(control.set_value(name).run())
        assert [each.value.strip("$\n ") for each in app.latex] == [step.formula for step in steps]
        assert all(step.sentence in words(app) for step in steps)


def test_a_moved_value_moves_the_answer(shipped):
    app = open_page("Try it")
    first = app.metric[0].value
    slider = next(each for each in app.slider if each.label == "bmi")
    app = check(slider.set_value(40.0).run())
    assert app.metric[0].value != first
    values = {spec.name: spec.default for spec in project.schema_fields(shipped)} | {"bmi": 40.0}
    assert app.metric[0].value == f"{project.predict_case(shipped, values).answer:.3f}"


def test_an_upload_is_trained_and_found_again():
    table = read_table(OWN, "own.csv").table.with_target("price")
    job = jobs.submit("core.scratch.linear_regression:run_job", FAST, session="first", page=SLUG,
                      files=table_to_files(table), data_sha256=table.sha256)  # fmt: skip
    job = jobs.wait_job(job.id, LIMIT_S)
    assert job.state == "done", job.error
    app = open_page("Train & compare", **{f"{SLUG}_job": job.id})
    model = project.open_result(job.folder).model
    assert "own.csv" in words(app)
    frame = next(each.value for each in app.dataframe if "Model" in each.value)
    assert len(frame) == len(model.lines)
    app = open_page("Try it", **{f"{SLUG}_job": job.id})
    assert "Column to predict" in {each.label for each in app.selectbox}
    assert {"area"} <= {each.label for each in [*app.slider, *app.number_input]}
    assert "port" in {each.label for each in app.segmented_control}
    assert app.metric[0].label == f"{job.summary['best']} says"
