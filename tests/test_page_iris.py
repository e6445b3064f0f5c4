"""The Iris page draws what core computes, from the bundled flowers to a trained upload that survives a reload."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.association import rank_columns
from core.datasets.catalogue import load_table
from core.datasets.export import to_csv
from core.datasets.reading import read_table
from core.datasets.summary import summarise
from core.evaluation.classification import class_report
from core.hub import jobs
from core.hub.artifacts import load_artifact, load_scores
from core.tabular import iris
from pages.kit.compare import write_measure
from tests import apps
from tests.apps import (
    check,
    check_refused,
    choose_view,
    count_charts,
    figures,
    find,
    find_frame,
    finish_job,
    press,
    run_page,
    upload,
    words,
)

SLUG = "iris"
open_page = partial(apps.open_page, SLUG)
FAST = iris.Recipe(models=("naive Bayes", "decision tree"), leave_one_out="off", n_repeats=1)
OWN = b"width;height;kind\r\n" + b"".join(
    f"{n % 7 + (5 if n % 2 else 0)},5;{n % 5},25;{'large' if n % 2 else 'small'}\r\n".encode() for n in range(80)
)


@pytest.fixture(scope="module")
def shipped() -> iris.Model:
    return iris.load_model(load_artifact("iris").folder / "weights")


@pytest.fixture(scope="module")
def finished():
    """Train once on an upload, in a real worker."""
    table = read_table(OWN, "own.csv").table.with_target("kind")
    return finish_job("core.tabular.iris:run_job", FAST, table, SLUG), table


def test_the_bundled_flowers_are_explored_without_a_click():
    app, table = open_page(), load_table("iris")
    assert app.title[0].value == "Iris classification"
    assert figures(app) == {
        "Rows": "150", "Features": "4", "Missing cells": "0", "Classes of species": "3"
    }  # fmt: skip
    assert find(app.selectbox, "Column").value == rank_columns(table, "species")[0][0]
    assert count_charts(app) == 2
    assert count_charts(choose_view(app, "Whole table")) == 2
    rows = find_frame(choose_view(app, "Rows"), "sepal_length", "species")
    pd.testing.assert_frame_equal(rows, table.frame, check_dtype=False)
    summary = find_frame(choose_view(app, "Columns in figures"), "distinct")
    assert summary["mean"].tolist()[:4] == summarise(table)["mean"].tolist()[:4]


def test_the_shipped_result_stands_there_without_a_click(shipped):
    app = open_page("Train & compare")
    found = find_frame(app, "Errors")
    loo = {row.model: row for row in load_scores("iris") if row.split == "loo"}
    assert dict(zip(found["Model"], found["Errors"], strict=True)) == {
        name: round((1 - row.value) * row.n) for name, row in loo.items()
    }
    assert found.set_index("Model").loc["linear discriminant analysis", "Errors"] <= 3
    best = next(row for row in shipped.leaderboard if row.is_best)
    assert best.model in words(app)
    assert shipped.scores[0].date in words(app)
    for row in shipped.leaderboard:
        assert row.model in words(app)


def test_every_model_and_the_baseline_stand_in_the_leaderboard(shipped):
    app = open_page("Train & compare")
    board = next(frame.value for frame in app.dataframe if "Model" in frame.value and len(frame.value) == 10)
    assert [name.removesuffix(" (baseline)") for name in board["Model"]] == [row.model for row in shipped.leaderboard]
    assert board["Model"].str.contains("majority class").sum() == 1


def test_errors_by_class_are_those_of_core(shipped):
    app = choose_view(open_page("Train & compare"), "Errors by class")
    held_out = shipped.held_out
    classes = np.array(shipped.schema.classes, dtype=object)
    for name in ("linear discriminant analysis", "decision tree"):
        box = find(app.selectbox, "Model")
        app = check(box.select(name).run())
        answers = classes[held_out.probabilities[name].argmax(axis=1)]
        report = class_report(held_out.y, answers, shipped.schema.classes)
        shown = find_frame(app, "Precision", "Recall")
        expected = [write_measure(*row) for row in report[["recall", "recall_low", "recall_high"]].to_numpy()]
        assert shown["Recall"].tolist() == expected


@pytest.mark.parametrize(("view", "n_charts"), [("Curves", 3), ("Folds", 1), ("Boundaries", 1)])
def test_each_view_draws_its_charts(view, n_charts):
    assert count_charts(choose_view(open_page("Train & compare"), view)) == n_charts


def test_all_boundaries_stand_side_by_side():
    app = choose_view(open_page("Train & compare"), "Boundaries")
    show = find(app.segmented_control, "Show")
    app = check(show.set_value("All models").run())
    assert count_charts(app) == len(iris.MODELS) + 1  # and one legend for all
    assert "Across: petal_length. Up: petal_width." in words(app)


def test_a_boundary_follows_its_setting():
    app = choose_view(open_page("Train & compare"), "Boundaries")
    app = check(find(app.selectbox, "Model").select("decision tree").run())
    slider = next(slider for slider in app.slider if "tree" in slider.label)
    data = iris.load(iris.RECIPES["full"])
    for depth in (1, 6):
        app = check(slider.set_value(depth).run())
        slider = next(slider for slider in app.slider if "tree" in slider.label)
        title = iris.boundary(
            "decision tree", iris.Recipe(tree_depth=depth), data, ("petal_length", "petal_width")
        ).title
        assert title in words(app)


def test_one_flower_is_answered_as_core_answers_it(shipped):
    app = open_page("Try it")
    values = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
    for name, value in values.items():
        find(app.slider, name).set_value(value)
    app = check(app.run())
    assert iris.predict_case(shipped, values).answer == "setosa"
    assert app.metric[0].value == "setosa"
    nearest = iris.nearest_cases(shipped, values, 5)
    pd.testing.assert_frame_equal(find_frame(app, "distance"), nearest, check_dtype=False)
    votes = [max(shares, key=shares.get) for name, shares in iris.predict_all_models(shipped, values).items()
             if name != iris.BASELINE]  # fmt: skip
    assert set(votes) == {"setosa"}
    assert f"All {len(votes)} models say setosa" in words(app)


def test_a_flower_unlike_any_seen_is_refused(shipped):
    app = open_page("Try it")
    values = {"sepal_length": 10.0, "sepal_width": 1.0, "petal_length": 10.0, "petal_width": 5.0}
    for name, value in values.items():
        find(app.number_input, f"{name}, typed").set_value(value)
    app = check(app.run())
    assert [slider.value for slider in app.slider] == [10.0, 1.0, 10.0, 5.0]
    assert iris.predict_case(shipped, values).refused in words(app)
    assert "What each model would still say" in words(app)
    assert not app.metric


def test_a_file_of_cases_is_answered_under_its_own_names(shipped):
    cases = (
        load_table("iris").frame.drop(columns="species").iloc[::10].rename(columns=lambda name: name.title() + " (cm)")
    )
    app = open_page("Try it")
    content = to_csv(cases)
    app = check(upload(app, content, "cases.csv", place=-1))
    expected = iris.predict_table(shipped, read_table(content, "cases.csv").table, "linear discriminant analysis")
    assert find_frame(app, "answer")["answer"].tolist() == expected["answer"].tolist()
    assert len(expected) == 15
    assert "hub_table" not in app.session_state


def test_a_file_without_a_needed_column_is_refused_in_red():
    app = open_page("Try it")
    content = to_csv(load_table("iris").frame[["sepal_length", "species"]])
    app = check_refused(upload(app, content, "short.csv", place=-1))
    assert "sepal_width" in app.error[0].value.replace("\\", "")
    assert not [frame for frame in app.dataframe if "answer" in frame.value]


def test_a_held_out_flower_is_explained(shipped):
    app = open_page("Explain")
    row = next(box for box in app.selectbox if box.label.startswith("Held-out row"))
    shares = shipped.held_out.probabilities[shipped.best].max(axis=1)
    assert row.value == int(np.argsort(shares, kind="stable")[0])
    assert app.metric[0].value in shipped.schema.classes
    assert "points of accuracy" in words(app)


def test_the_lessons_and_questions_are_there():
    app = open_page("Learn")
    assert iris.LESSONS[0].text[:40] in words(app)
    assert len(app.radio) == len(iris.QUESTIONS)


def test_the_train_button_hands_the_quick_recipe_and_the_table_to_a_worker(monkeypatch):
    asked = {}

    def submit(function, recipe, **facts):
        asked.update(facts, function=function, recipe=recipe)
        return jobs.submit("core.hub.jobs.selftest:count", _count(), session=facts["session"], page="iris")

    monkeypatch.setattr("pages.kit.jobs.jobs.submit", _once(submit, jobs.submit))
    app = open_page("Train & compare")
    press(app, "Train and compare")
    assert asked["function"] == "core.tabular.iris:run_job"
    assert asked["recipe"] == iris.RECIPES["quick"]
    assert asked["data_sha256"] == load_table("iris").sha256
    assert json.loads(asked["files"]["table.json"])["target"] == "species"
    assert app.query_params["iris_job"]


def _count():
    from core.hub.jobs.selftest import Recipe

    return Recipe(label="train button")


def _once(first, then):
    """Answer the first call in one way and all later ones in another."""
    calls = []

    def answer(*arguments, **names):
        calls.append(1)
        return (first if len(calls) == 1 else then)(*arguments, **names)

    return answer


def test_after_a_reload_the_result_is_there_without_a_second_upload(finished):
    job, table = finished
    app = open_page("Train & compare", iris_job=job.id)
    restored = app.session_state["hub_table"]
    pd.testing.assert_frame_equal(restored.frame, table.frame)
    assert restored.sha256 == table.sha256
    result = iris.open_result(job.folder)
    assert result.model.best in words(app)
    board = find_frame(app, "Model")
    assert [name.removesuffix(" (baseline)") for name in board["Model"]] == [row.model for row in result.leaderboard]
    app = choose_view(app, "Take away")
    names = {button.label for button in app.get("download_button")}
    assert {"model.zip", "predictions.csv", "report.pdf", "reproduce.py", "table.parquet"} <= names
    assert iris.describe_command(result.model) in [code.value for code in app.code]


def test_a_run_can_be_left_again(finished):
    app = open_page("Train & compare", iris_job=finished[0].id)
    press(app, "Leave this run")
    assert "iris_job" not in app.query_params
    assert "Finished" not in words(app)
    assert jobs.find_job(finished[0].id) is not None


def test_an_upload_has_a_form_made_from_its_own_columns(finished):
    app = open_page("Try it", iris_job=finished[0].id)
    labels = [slider.label for slider in app.slider]
    assert labels == ["width", "height"]
    box = find(app.selectbox, "Fill from a row")
    app = check(box.set_value(2).run())
    cells = OWN.decode().split("\r\n")[3].split(";")[:2]
    width, height = (float(cell.replace(",", ".")) for cell in cells)
    assert [slider.value for slider in app.slider] == [width, height]
    assert app.metric[0].value in {"large", "small"}


def test_a_table_without_a_model_says_so_and_shows_the_way():
    app = open_page("Try it", iris_data=load_table("wine").name)
    assert "No model has learnt from this table yet" in words(app)
    press(app, "Go to Train & compare")
    assert any(button.label == "Train and compare" for button in app.button)


def test_a_damaged_shipped_model_leaves_the_page_usable(monkeypatch):
    from core.hub.errors import ArtifactError

    def refuse(_slug):
        message = "models/iris/full was not loaded: its sha256 differs; train it again"
        raise ArtifactError(message)

    import streamlit as st

    st.cache_resource.clear()
    monkeypatch.setattr("pages.kit.models.load_artifact", refuse)
    app = check_refused(run_page(SLUG, "Train & compare"))
    assert "its sha256 differs" in words(app)
    assert any(button.label == "Train and compare" for button in app.button)
    st.cache_resource.clear()


def test_open_warnings_of_the_table_stand_beside_the_button():
    lines = "".join(f"{n},{n % 2},{'large' if n % 2 else 'small'}\n" for n in range(80))
    table = read_table(f"row_id,twin,kind\n{lines}".encode(), "leaky.csv").table.with_target("kind")

    def draw(table):
        import streamlit as st

        from pages.kit.training import show_open_alerts

        show_open_alerts(table)
        st.caption("end")

    app = check(AppTest.from_function(draw, kwargs={"table": table}, default_timeout=60).run())
    assert "Open warnings: " in words(app)
    assert "row_id" in words(app)
    assert "twin" in words(app)
    app = check(AppTest.from_function(draw, kwargs={"table": load_table("penguins")}, default_timeout=60).run())
    assert "Open warnings" not in words(app)


def test_a_run_that_beats_no_baseline_is_said_once_and_alike(shipped, monkeypatch):
    said = "No model beats always answering setosa (0.611); the highest of the nine is gradient boosting, 0.605."
    monkeypatch.setattr(iris.Model, "unbeaten", said)
    app = open_page("Train & compare")
    assert said in words(app)
    assert f"answers first of {len(shipped.recipe.models)} models" not in words(app)
    app = choose_view(app, "Take away")
    assert any(said in str(warning.value).replace("\\", "") for warning in app.warning)
