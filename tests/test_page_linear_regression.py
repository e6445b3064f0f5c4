"""The linear regression page draws what core computes, for the bundled patients and for an upload."""

from functools import partial

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.hub.artifacts import load_artifact
from core.scratch import linear_regression as project
from core.scratch.linear_regression.charts import influence_chart
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, find_frame, finish_job, press, words

SLUG = "linear_regression"
open_page = partial(apps.open_page, SLUG)
FAST = project.Recipe(models=("QR", "batch descent"), n_repeats=1, epochs=30)
OWN = b"area;port;price\r\n" + b"".join(
    f"{20 + n * 7 % 90};{'SCQ'[n % 3]};{3 * (20 + n * 7 % 90) + 40 * (n % 3 == 1) + n % 5}\r\n".encode()
    for n in range(80)
)


@pytest.fixture(scope="module")
def shipped() -> project.Model:
    return project.load_model(load_artifact(SLUG).folder / "weights")


def test_the_patients_are_explored_against_their_target():
    app = open_page()
    assert figures(app) == {"Rows": "442", "Features": "10", "Missing cells": "0"}
    assert "bmi and progression rise together: r = 0.59" in words(app)
    assert len(choose_view(app, "Rows").dataframe[0].value) == len(load_table("diabetes").frame)


def test_the_leaderboard_is_the_models(shipped):
    app = open_page("Train & compare")
    frame = find_frame(app, "Model")
    assert frame["Model"].tolist() == [*(row.model for row in shipped.leaderboard[:-1]), "mean (baseline)"]
    assert frame["Beats baseline"].tolist() == [True] * 8 + [False]


def test_each_view_of_the_comparison_is_drawn(shipped):
    app = open_page("Train & compare")
    app = choose_view(app, "Certified digits")
    frame = find_frame(app, "set")
    assert len(frame) == 11
    assert frame["QR in double-double"].min() >= 13
    for name, n_charts in {"Descent": 1, "Held-out rows": 1, "Take away": 0}.items():
        app = choose_view(app, name)
        assert count_charts(app) == n_charts
    assert project.describe_command(shipped) in " ".join(each.value for each in app.code)


def test_the_coefficients_are_those_of_core_for_each_kind_of_error(shipped):
    app = open_page("Explain")
    for errors in ("classical", "HC3"):
        control = find(app.segmented_control, "Standard errors")
        app = check(control.set_value(errors).run())
        frame = find_frame(app, "standard_error")
        np.testing.assert_allclose(frame["standard_error"], shipped.infer(errors).standard_errors)
    digits = find_frame(app, "believe")
    assert digits["believe"].tolist() == shipped.trust.believed.tolist()
    assert "limits them" in words(app)


def test_rows_that_bend_the_line_are_named(shipped):
    app = choose_view(open_page("Explain"), "Rows")
    title = influence_chart(shipped.infer("classical"), shipped.ids).title
    assert title in words(app)
    assert count_charts(app) == 2


def test_the_walk_can_be_stepped_and_a_runaway_is_explained():
    app = choose_view(open_page("Explain"), "Cost surface")

    assert "Frame 1 of" in words(press(app, "Start again"))
    assert "The walk starts where both coefficients are 0" in words(app)
    assert "Frame 2 of" in words(press(app, "Step"))
    assert "arrived" in words(press(app, "To the end"))
    rate = find(app.slider, "Learning rate")
    check(rate.set_value(2.5).run())
    assert "It ran away in epoch" in words(app)


def test_every_method_is_told_step_by_step():
    app = choose_view(open_page("Explain"), "Step by step")
    for name, steps in project.STEPS.items():
        control = find(app.segmented_control, "Method")
        app = check(control.set_value(name).run())
        assert [each.value.strip("$\n ") for each in app.latex] == [step.formula for step in steps]
        assert all(step.sentence in words(app) for step in steps)


def test_a_moved_value_moves_the_answer(shipped):
    app = open_page("Try it")
    first = app.metric[0].value
    slider = find(app.slider, "bmi")
    app = check(slider.set_value(40.0).run())
    assert app.metric[0].value != first
    values = {spec.name: spec.default for spec in project.schema_fields(shipped)} | {"bmi": 40.0}
    assert app.metric[0].value == f"{project.predict_case(shipped, values).answer:.3f}"


def test_an_upload_is_trained_and_found_again():
    table = read_table(OWN, "own.csv").table.with_target("price")
    job = finish_job("core.scratch.linear_regression:run_job", FAST, table, SLUG)
    app = open_page("Train & compare", **{f"{SLUG}_job": job.id})
    model = project.open_result(job.folder).model
    assert "own.csv" in words(app)
    frame = find_frame(app, "Model")
    assert len(frame) == len(model.lines)
    app = open_page("Try it", **{f"{SLUG}_job": job.id})
    assert "Column to predict" in {each.label for each in app.selectbox}
    assert {"area"} <= {each.label for each in [*app.slider, *app.number_input]}
    assert "port" in {each.label for each in app.segmented_control}
    assert app.metric[0].label == f"{job.summary['best']} says"
