"""The project: loading any table, fitting, scoring, asking, storing and reporting."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.datasets.table import Table, table_to_files
from core.hub.artifacts import load_artifact, load_scores
from core.hub.errors import ArtifactError, DataError, NotTrainedError, RecipeError
from core.scratch import linear_regression as project
from core.scratch.linear_regression.figures import load_patients
from core.scratch.linear_regression.model import answer_rows

WIDE = {f"c{n}": np.random.default_rng(n).normal(size=24) for n in range(20)}
FAST = project.Recipe(models=("QR", "ridge", "batch descent"), n_repeats=1, epochs=50)


@pytest.fixture(scope="module")
def trained():
    data = project.load(project.RECIPES["quick"])
    return project.train(project.RECIPES["quick"], data), data


def make_table(n_rows: int = 80, **columns: object) -> Table:
    rng = np.random.default_rng(0)
    area, port = rng.uniform(20, 200, n_rows), np.array(list("SCQ"), dtype=object)[rng.integers(0, 3, n_rows)]
    price = 3.0 * area + 40.0 * (port == "C") + rng.normal(0, 5, n_rows)
    frame = pd.DataFrame({"area": area, "port": port, "price": price, **columns})
    kinds = {name: "number" if frame[name].dtype.kind in "fi" else "category" for name in frame}
    kinds |= {name: "date" for name in frame if frame[name].dtype.kind == "M"}
    return Table(frame, "homes.csv", "upload", "0" * 64, kinds, "price")


def test_every_line_beats_the_mean_by_a_margin(trained):
    model, data = trained
    rows = {(row.model, row.metric): row for row in project.evaluate(model, data) if row.split == "test"}
    for name in project.MODELS:
        row = rows[name, "rmse"]
        assert row.value < 0.85 * row.baseline_value, name
        assert rows[name, "r2"].value > 0.3, name


def test_a_run_that_no_line_wins_says_so():
    recipe = project.Recipe(models=("QR", "ridge"))
    data = project.load(recipe)
    shuffled = replace(data, y=np.random.default_rng(0).permutation(data.y))
    assert project.train(recipe, data).unbeaten == ""
    assert project.train(recipe, shuffled).unbeaten.startswith("No line beats always answering the mean (RMSE 77.19)")


def test_the_scores_are_scikit_learns(trained):
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    model, data = trained
    found = {row.metric: row.value for row in project.evaluate(model, data) if (row.model, row.split) == ("QR", "test")}
    y, answers = model.held_out.y, model.held_out.answers["QR"]
    assert found["rmse"] == pytest.approx(root_mean_squared_error(y, answers), rel=1e-12)
    assert found["mae"] == pytest.approx(mean_absolute_error(y, answers), rel=1e-12)
    assert found["r2"] == pytest.approx(r2_score(y, answers), rel=1e-12)


def test_exact_lines_are_one_line(trained):
    lines = trained[0].lines
    for name in ("normal equations", "SVD", "scikit-learn"):
        np.testing.assert_allclose(lines[name].weights, lines["QR"].weights, rtol=1e-9)
    assert {row.sentence for row in trained[0].leaderboard if row.model == "SVD"} != {""}


def test_the_interval_is_that_of_statsmodels(trained):
    import statsmodels.api as sm

    model, _ = trained
    values = asdict(project.Inputs())
    case = np.array([[1.0, *values.values()]])
    theirs = sm.OLS(model.y, model.design).fit().get_prediction(case).conf_int(obs=True)[0]
    found = project.predict_case(model, values, "QR")
    np.testing.assert_allclose(found.interval, theirs, rtol=1e-9)


def test_reasons_and_the_mean_make_the_answer(trained):
    model, _ = trained
    found = project.predict(model, project.Inputs(bmi=38.0))
    mean = float(answer_rows(model.lines[found.model], model.x).mean())
    assert found.answer == pytest.approx(mean + sum(reason.effect for reason in found.reasons), rel=1e-9)
    assert found.reasons[0].name == "bmi"


def test_more_of_a_column_moves_the_answer_by_its_coefficient(trained):
    model, _ = trained
    low, high = (project.predict_case(model, asdict(project.Inputs(bmi=bmi)), "QR").answer for bmi in (25.0, 26.0))
    place = model.schema.coefficients.index("bmi")
    assert high - low == pytest.approx(model.lines["QR"].weights[place], rel=1e-9)


def test_a_case_outside_the_rows_is_answered_and_said_to_be_so(trained):
    model, _ = trained
    values = asdict(project.Inputs()) | {"bmi": 90.0}
    found = project.predict_case(model, values)
    assert found.details["notes"] == ("bmi lies outside the training rows; the line is only drawn on.",)
    near = project.predict_case(model, asdict(project.Inputs()))
    assert np.diff(found.interval) > np.diff(near.interval)


def test_the_shipped_model_answers_as_a_fresh_one():
    shipped = project.load_model(load_artifact("linear_regression").folder / "weights")
    data = project.load(replace(project.RECIPES["full"], n_repeats=1))
    line = project.train(replace(project.RECIPES["full"], n_repeats=1, models=("QR",)), data).lines["QR"]
    np.testing.assert_allclose(shipped.lines["QR"].weights, line.weights, rtol=1e-12)


def test_the_headline_is_at_least_thirteen_digits():
    row = next(
        row for row in load_scores("linear_regression") if (row.metric, row.split) == ("log_relative_error", "nist")
    )
    assert row.value >= 13
    assert row.n == 11
    assert row.baseline_value < 1
    sets = [row for row in load_scores("linear_regression") if row.split.startswith("nist_")]
    assert len(sets) == 11
    assert min(each.value for each in sets) == row.value


def test_an_upload_with_categories_and_dates_is_fitted():
    days = pd.Series(pd.date_range("2020-01-01", periods=80))
    data = project.load(FAST, make_table(day=days))
    model = project.train(FAST, data)
    levels = [f"port = {level}" for level in model.schema.columns[1].levels[1:]]
    assert model.schema.coefficients == ["intercept", "area", *levels, "day"]
    weights = dict(zip(model.schema.coefficients, model.lines["QR"].weights, strict=True))
    assert weights["area"] == pytest.approx(3.0, abs=0.1)
    found = project.predict_case(model, {"area": 100, "port": "C", "day": "2020-02-01"}, "QR")
    assert found.answer == pytest.approx(340, abs=10)
    assert [spec.kind for spec in project.schema_fields(model)] == ["number", "choice", "text"]


def test_rows_with_gaps_are_left_out_and_counted():
    table = make_table()
    table.frame.loc[:4, "area"] = np.nan
    table.frame.loc[5:7, "price"] = np.nan
    data = project.load(FAST, table)
    assert len(data.y) == 72
    assert data.notes[:2] == (
        "3 rows without a price are left out.",
        "5 rows with a gap in another column are left out.",
    )


def test_a_duplicated_column_is_named_and_not_fitted():
    table = make_table()
    table = make_table(area_ft=table.frame["area"] * 10.764, again=table.frame["area"])
    data = project.load(FAST, table)
    assert [term.name for term in data.schema.terms if not term.level] == ["area"]
    assert "again repeats area and is not fitted." in data.notes
    assert "area_ft is 10.76 × area and is not fitted." in data.notes
    model = project.train(FAST, data)
    assert set(model.notes) >= {"again repeats area and is not fitted."}


def test_a_constant_column_is_named_and_not_used():
    assert "same is not used: every value is 3." in project.load(FAST, make_table(same=np.full(80, 3.0))).notes


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (make_table().with_target("port"), "port is of type category; choose a column of type number"),
        (make_table().with_target(None), "no column to predict is chosen"),
        (make_table(price=np.full(80, 2.0)), "price has one value in every row"),
        (make_table(area=[np.inf, *np.arange(79.0)]), "area is infinite in 1 rows, first in row 1"),
        (make_table(price=[*np.arange(79.0), -np.inf]), "price is infinite in 1 rows, first in row 80"),
        (make_table(10), "price is known in 10 rows; at least 20"),
        (make_table(24, **WIDE), "19 training rows for 24 coefficients; at least 27"),
        (make_table(area=np.full(80, 1.0), port=np.full(80, "S", dtype=object)), "no column beside price can be used"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_fitted_is_refused(table, words):
    with pytest.raises(DataError, match=words):
        project.load(FAST, table)


def test_bad_cases_are_refused_with_the_remedy(trained):
    model, _ = trained
    with pytest.raises(DataError, match="bmi is missing; give it a number, in training"):
        project.predict_case(model, asdict(project.Inputs()) | {"bmi": None})
    with pytest.raises(DataError, match="bmi is 'heavy'; give it a number"):
        project.predict_case(model, asdict(project.Inputs()) | {"bmi": "heavy"})
    with pytest.raises(NotTrainedError, match="there is no line 'tree'"):
        project.predict_case(model, asdict(project.Inputs()), "tree")
    with pytest.raises(RecipeError, match="models is empty"):
        project.train(replace(FAST, models=()), project.load(FAST))
    other = project.train(FAST, project.load(FAST, make_table()))
    with pytest.raises(DataError, match="port is 'X'; choose one of"):
        project.predict_case(other, {"area": 50.0, "port": "X"})


def test_test_rows_that_were_trained_on_are_refused(trained):
    model, _ = trained
    with pytest.raises(DataError, match="these test rows were trained on"):
        project.evaluate(model, project.load(replace(model.recipe, seed=1)))


def test_a_table_is_answered_row_by_row(trained):
    model, _ = trained
    frame = load_table("diabetes").frame.head(6).rename(columns={"bmi": "BMI (kg/m²)"}).drop(columns="progression")
    frame["age"] = frame["age"].astype(float)
    frame.loc[2, "age"] = np.nan
    answers = project.predict_table(model, replace(load_table("diabetes"), frame=frame, target=None,
                                                   kinds=dict.fromkeys(frame.columns, "number")))  # fmt: skip
    assert answers["answer"].isna().tolist() == [False, False, True, False, False, False]
    assert answers["problem"].tolist() == ["", "", "age", "", "", ""]
    values = load_table("diabetes").frame.iloc[0].drop("progression").to_dict()
    one = project.predict_case(model, values)
    assert answers["answer"][0] == pytest.approx(one.answer, rel=1e-12)
    assert (answers["low"][0], answers["high"][0]) == pytest.approx(one.interval, rel=1e-12)


def test_a_runaway_walk_is_said_and_does_not_spoil_the_run():
    recipe = replace(FAST, models=("QR", "batch descent"), rate=3.0, momentum=0.0, schedule="constant", epochs=400)
    model = project.train(recipe, project.load(recipe))
    assert model.best == "QR"
    assert any("batch descent: It ran away in epoch" in note for note in model.notes)
    assert all(np.isfinite(row.value) for row in model.scores)


def test_early_stopping_is_part_of_a_run():
    recipe = replace(FAST, models=("batch descent",), patience=5, epochs=2_000)
    line = project.train(recipe, project.load(recipe)).lines["batch descent"]
    assert "stopped early" in line.sentence or "arrived" in line.sentence


def test_a_model_comes_back_from_its_files(trained, tmp_path):
    model, _ = trained
    project.save_model(model, tmp_path / "model")
    again = project.load_model(tmp_path / "model")
    assert [replace(row, machine="") for row in again.scores] == list(model.scores)
    assert project.predict(again, project.Inputs()) == project.predict(model, project.Inputs())
    assert project.list_digits(again).equals(project.list_digits(model))
    (tmp_path / "model" / "model.json").write_text("{}")
    with pytest.raises(ArtifactError, match="lacks a part"):
        project.load_model(tmp_path / "model")
    with pytest.raises(ArtifactError, match="cannot be read"):
        project.load_model(tmp_path / "nothing")


def test_a_job_leaves_what_the_page_opens(tmp_path):
    class Context:
        inputs, outputs = tmp_path / "in", tmp_path / "out"
        lines: ClassVar[list[str]] = []

        def on_step(self, *_step):
            return None

        def log(self, text):
            self.lines.append(text)

    for folder in (Context.inputs, Context.outputs):
        folder.mkdir()
    for name, content in table_to_files(make_table()).items():
        (Context.inputs / name).write_bytes(content)
    summary = project.run_job(FAST, Context())
    result = project.open_result(Context.outputs)
    assert summary["best"] == result.model.best
    assert summary["n_rows"] == 80
    assert set(result.files) == set(project.DOWNLOADS)
    assert result.files["report.pdf"].read_bytes().startswith(b"%PDF-")
    again = read_table(result.files["table.parquet"].read_bytes(), "table.parquet").table.with_target("price")
    assert project.train(FAST, project.load(FAST, again)).lines["QR"].weights == pytest.approx(
        result.model.lines["QR"].weights, rel=1e-12
    )


def test_the_download_answers_without_the_hub(tmp_path):
    model = project.train(FAST, project.load(FAST, make_table()))
    content = project.make_download(model)
    assert content == project.make_download(model)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    make_table().frame.head(5).to_csv(tmp_path / "cases.csv", index=False)
    answer = subprocess.run([sys.executable, "predict.py", "cases.csv"], cwd=tmp_path, capture_output=True, text=True,
                            check=True)  # fmt: skip
    found = pd.read_csv(io.StringIO(answer.stdout))["answer"]
    ours = project.predict_table(model, make_table())["answer"].head(5)
    np.testing.assert_allclose(found, ours, rtol=1e-12)
    assert json.loads((tmp_path / "line.json").read_text())["target"] == "price"


def test_the_report_is_the_same_again(trained):
    assert project.make_run_report(trained[0]) == project.make_run_report(trained[0])


def test_digits_are_measured_unless_the_table_is_too_large(trained, monkeypatch):
    model, _ = trained
    assert model.trust is not None
    assert model.trust.qr.min() > 10
    assert "limits them" in project.describe_digits(model)
    monkeypatch.setattr("core.scratch.linear_regression.digits.MAX_WORK", 10)
    large = project.train(FAST, project.load(FAST))
    assert large.trust is None
    assert project.list_digits(large).empty
    assert "too large" in project.describe_digits(large)


def test_every_lesson_draws_every_end_of_its_controls():
    from core.hub.fields import make_fields, make_recipe

    assert len(project.LESSONS) >= 8
    for lesson in project.LESSONS:
        for spec in make_fields(lesson.control):
            for value in spec.choices or (spec.low, spec.high):
                chart = lesson.figure(make_recipe(lesson.control, {spec.name: value}))
                assert chart.title
                assert chart.alt
                for mark in chart.marks:
                    assert np.isfinite(np.asarray(mark.y, dtype=float)).all() if mark.y.dtype.kind == "f" else True


def test_the_valley_ends_at_the_bottom_and_shows_no_nan():
    data = load_patients()
    for rate in (0.5, 1.0, 2.4):
        valley = project.make_valley(("bmi", "age"), data.x[:, [2, 0]], data.y, project.Walk(rate=rate, epochs=200))
        from core.scratch.linear_regression.valley import draw_contour, draw_losses, draw_relief

        for draw in (draw_contour, draw_losses, draw_relief):
            for shown in (0, 1, valley.n_steps):
                for mark in draw(valley, shown).marks:
                    assert np.isfinite(mark.x).all()
                    assert np.isfinite(mark.y).all()
                    assert mark.z is None or np.isfinite(mark.z).all()
        if rate < 2:
            assert np.abs(valley.descent.weights - valley.bottom).max() < 1e-8
        else:
            assert "ran away" in draw_contour(valley, valley.n_steps).title
    with pytest.raises(DataError, match="say the same"):
        project.make_valley(("a", "b"), data.x[:, [0, 0]], data.y, project.Walk())


def make_numbers(**columns: np.ndarray) -> Table:
    frame = pd.DataFrame(columns)
    return Table(frame, "numbers.csv", "upload", "0" * 64, dict.fromkeys(frame.columns, "number"), "y")


def test_columns_that_nearly_say_the_same_defeat_one_way_and_not_the_run():
    a, b, noise = np.random.default_rng(0).normal(size=(3, 60))
    table = make_numbers(a=a, b=a + 1e-9 * b, c=b, y=a + noise)
    recipe = replace(FAST, models=("QR", "normal equations", "SVD", "ridge"))
    model = project.train(recipe, project.load(recipe, table))
    assert set(model.names) == {"QR", "SVD", "ridge", "mean"}
    assert any(note.startswith("normal equations: left out, because columns that nearly say") for note in model.notes)
    assert project.make_run_report(model).startswith(b"%PDF-")
    alone = replace(FAST, models=("normal equations",))
    with pytest.raises(DataError, match="normal equations: left out"):
        project.train(alone, project.load(alone, table))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (make_table(area=np.arange(80.0) * 1e299), r"area reaches 7.9e\+300 in row 80; at most 1e\+60 can be fitted"),
        (make_table(area=np.arange(80.0) * 1e-300), "area never exceeds 7.9e-299; at least 1e-60 can be fitted"),
        (make_table(price=np.arange(80.0) * 1e299), r"price reaches 7.9e\+300 in row 80"),
    ],
)
def test_numbers_that_leave_a_float_are_refused_by_name(table, words):
    with pytest.raises(DataError, match=words):
        project.load(FAST, table)


def test_a_target_that_does_not_vary_in_training_is_refused():
    data = project.load(FAST, make_table())
    price = np.full(80, 5.0)
    price[data.ids[data.test[0]]] = 6.0
    with pytest.raises(DataError, match="price has one value in every training row"):
        project.load(FAST, make_table(price=price))


def test_a_line_that_meets_every_row_is_drawn_and_said_to():
    from core.scratch.linear_regression import charts

    a, b = np.arange(60.0), np.arange(60.0) * 7 % 13
    recipe = replace(FAST, models=("QR", "batch descent"))
    model = project.train(recipe, project.load(recipe, make_numbers(a=a, b=b, y=3 * a + 2 * b)))
    found = model.infer("classical")
    assert charts.residual_chart(model, found).title == charts.EXACT
    assert charts.influence_chart(found, model.ids).title == charts.EXACT
    walk = charts.walk_chart(model)
    assert "of the variance is left" in walk.title
    assert max(mark.y.max() for mark in walk.marks) < 100


def test_a_vague_coefficient_does_not_press_the_clear_ones_flat():
    from core.scratch.linear_regression import charts

    a, b, noise = np.random.default_rng(0).normal(size=(3, 60))
    recipe = replace(FAST, models=("QR",))
    table = make_numbers(a=a, b=b, c=b + 1e-5 * noise[::-1], y=5 * a + noise)
    model = project.train(recipe, project.load(recipe, table))
    chart = charts.coefficient_chart(model, model.infer())
    assert "2 intervals reach far beyond the picture" in chart.title
    assert chart.x_range[1] < 20


def test_a_walk_that_is_cut_short_says_so():
    recipe = replace(FAST, models=("stochastic descent", "batch descent"), epochs=400)
    lines = project.train(recipe, project.load(recipe)).lines
    assert "given 56 of the 400 epochs" in lines["stochastic descent"].sentence
    assert "given" not in lines["batch descent"].sentence


def test_a_walk_that_has_not_arrived_is_not_said_to_have():
    from core.scratch.linear_regression.valley import describe_place

    data = load_patients()
    valley = project.make_valley(("bmi", "age"), data.x[:, [2, 0]], data.y, project.Walk(rate=0.1, epochs=60))
    assert "arrived" not in describe_place(valley, valley.n_steps)
    assert "% of the way to the bottom" in describe_place(valley, valley.n_steps)
    assert "100%" not in describe_place(valley, valley.n_steps)


def test_the_download_gives_no_answer_where_the_hub_gives_none(tmp_path):
    model = project.train(FAST, project.load(FAST, make_table()))
    with zipfile.ZipFile(io.BytesIO(project.make_download(model))) as archive:
        archive.extractall(tmp_path)
    cases = pd.DataFrame({"area": [50.0] * 4 + [None], "port": ["C", "X", None, " S ", "C"]})
    cases.to_csv(tmp_path / "cases.csv", index=False)
    answer = subprocess.run([sys.executable, "predict.py", "cases.csv"], cwd=tmp_path, capture_output=True, text=True,
                            check=True)  # fmt: skip
    found = pd.read_csv(io.StringIO(answer.stdout))["answer"]
    assert found.isna().tolist() == [False, True, True, False, True]


def test_a_table_is_solved_once_for_each_kind_of_error(trained):
    model, _ = trained
    assert model.infer("HC3") is model.infer("HC3")
    assert model.infer("HC3") is not model.infer("classical")


def test_a_row_that_alone_decides_a_coefficient_is_named_where_errors_are_read_from_misses():
    first = project.train(FAST, project.load(FAST, make_table()))
    lone = int(first.ids[5])  # a row that is fitted, whatever the levels are
    ports = make_table().frame["port"].to_numpy(copy=True)
    ports[lone] = "rare"
    model = project.train(FAST, project.load(FAST, make_table(port=ports)))
    assert project.describe_lone_rows(model, model.infer("classical")) == ""
    told = project.describe_lone_rows(model, model.infer("HC3"))
    assert told.startswith(f"port = rare rests on row {lone + 1}, which the line meets whatever stands there: HC3 ")
    assert project.list_coefficients(model, model.infer("HC3")).set_index("term")["p"].isna().sum() == 1
