"""A run from load to zip: what it chooses, what it leaves, what it answers and what it refuses."""

import dataclasses
import io
import json
import subprocess
import sys
import zipfile

import pandas as pd
import pytest

from core.datasets.table import Table
from core.hub import fields
from core.hub.charts import Chart
from core.hub.errors import ArtifactError, DataError, NotTrainedError, RecipeError
from core.serving.files import read_own_table
from core.streaming import fraud as project
from core.streaming.fraud.answers import tell_young_alerts
from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.files import model_to_files
from core.streaming.fraud.runs import write_result
from core.streaming.fraud.simulator import HANDBOOK

QUICK = dataclasses.replace(
    project.RECIPES["quick"], models=("logistic regression", "random forest", "gradient boosting", "distance"),
    forest_trees=5, boosting_rounds=20,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return project.load(QUICK)


@pytest.fixture(scope="module")
def model(data):
    return project.train(QUICK, data)


@pytest.fixture(scope="module")
def table(data):
    frame = data.transactions.to_frame()[["time", "customer", "terminal", "amount", "fraud"]]
    frame = frame.assign(
        customer="c" + frame["customer"].astype(str), terminal="t" + frame["terminal"].astype(str),
        fraud=frame["fraud"].map({True: "yes", False: "no"}),
    )  # fmt: skip
    kinds = {"time": "date", "customer": "category", "terminal": "category", "amount": "number", "fraud": "category"}
    return Table(frame, "my payments", "upload", "0" * 64, kinds)


def test_the_full_recipe_is_the_handbooks():
    full = project.RECIPES["full"]
    assert full.simulation == HANDBOOK
    assert (full.train_day, full.train_days, full.delay_days, full.test_days, full.top_k) == (115, 7, 7, 7, 100)


def test_the_best_model_beats_the_amount_alone_by_a_tenth(model):
    rows = {(row.model, row.metric, row.split): row for row in model.scores}
    best = rows[model.best, "average_precision", "test"]
    assert best.value > best.baseline_value + 0.1
    assert rows[model.best, "card_precision_at_20", "test"].value <= model.ceiling
    assert {split for _, _, split in rows} == {"test", "two_weeks"}


def test_test_weeks_choose_nothing(model, data):
    swapped = dataclasses.replace(data, test=tuple(reversed(data.test)))
    again = project.train(QUICK, swapped)
    assert (again.best, again.weights, again.alert_from) == (model.best, model.weights, model.alert_from)
    assert sum(model.weights.values()) == pytest.approx(1)


def test_the_kept_models_learnt_before_the_first_test_week(model, data):
    assert model.source.train_days[1] + QUICK.delay_days < model.held_out.days.min()
    found = model.score(data.features[data.test[0].test])
    assert found == pytest.approx(model.held_out.shares[model.best], abs=1e-12)


def test_a_run_on_other_payments_is_scored_anew(model):
    other = dataclasses.replace(QUICK, data_seed=5)
    found = project.evaluate(model, project.load(other))
    assert found[0].value != model.scores[0].value
    assert found[0].value > found[0].baseline_value


def test_a_saved_model_scores_to_the_last_bit(model, data, tmp_path):
    project.save_model(model, tmp_path / "model")
    loaded = project.load_model(tmp_path / "model")
    rows = data.features[:500]
    for name in model.names:
        assert (loaded.score(rows, name) == model.score(rows, name)).all()
    assert model_to_files(loaded) == model_to_files(model)
    (tmp_path / "model" / "arrays.npz").write_bytes(b"PK")
    with pytest.raises(ArtifactError):
        project.load_model(tmp_path / "model")


def test_a_larger_amount_is_no_less_suspicious_and_reasons_say_so(model):
    usual = project.Inputs(amount=40.0, customer_avg_amount_1day=40.0, customer_avg_amount_7day=40.0)
    calm, odd = project.predict_many(model, (usual, dataclasses.replace(usual, amount=900.0)))
    assert odd.probabilities["fraud"] > calm.probabilities["fraud"]
    assert odd.reasons[0].name == "amount"
    assert odd.reasons[0].effect > 0.1
    assert odd.details["alert"]
    assert list(project.predict_all_models(model, usual)) == list(model.names)


def test_known_frauds_at_the_terminal_are_a_reason(model, data):
    week = data.test[0]
    rows = data.features[week.test][data.transactions.scenario[week.test] == 2]
    told = rows[rows[:, FEATURES.index("terminal_risk_7day")] > 0.9]
    names = [model.reasons(row)[0].name for row in told[:20]]
    assert names.count("known frauds at the terminal") > len(names) / 2


def test_bad_input_is_refused_in_a_sentence(model, data, table):
    with pytest.raises(RecipeError, match="terminal_risk_1day is 2"):
        project.predict(model, project.Inputs(terminal_risk_1day=2.0))
    with pytest.raises(NotTrainedError, match="there is no trained extra trees"):
        model.score(data.features[:1], "extra trees")
    with pytest.raises(DataError, match="does not say which payments were frauds"):
        project.load(QUICK, dataclasses.replace(table, frame=table.frame.drop(columns="fraud")))
    with pytest.raises(DataError, match="ask for fewer weeks"):
        project.load(dataclasses.replace(QUICK, n_days=30))
    with pytest.raises(RecipeError, match="models is empty"):
        project.train(dataclasses.replace(QUICK, models=()), data)


def test_ones_own_payments_come_through_the_same_door(model, data, table):
    own = project.load(QUICK, table)
    assert own.features == pytest.approx(data.features, abs=1e-9)
    assert [week.start_day for week in own.test] == [week.start_day for week in data.test]
    answered = project.predict_table(model, table)
    assert answered["probability"].to_numpy() == pytest.approx(model.score(data.features), abs=1e-9)
    assert set(answered["alert"]) == {"yes", "no"}
    first = answered.groupby("customer")["time"].transform("min")
    days = (pd.to_datetime(answered["time"]) - pd.to_datetime(first)).dt.total_seconds() / 86_400
    assert answered["history_days"].to_numpy() == pytest.approx(days.to_numpy(), abs=0.051)
    alerts = answered[answered["alert"] == "yes"]
    n_young = int((alerts["history_days"] < 30).sum())
    assert tell_young_alerts(answered).startswith(f"{n_young:,} of {len(alerts):,} alerts come before")
    assert tell_young_alerts(answered.assign(history_days=31.0)) == ""


def test_a_run_leaves_what_a_person_takes_away(model, data, table, tmp_path):
    write_result(model, dataclasses.replace(data, table=table), tmp_path)
    found = project.open_result(tmp_path)
    assert set(found.files) == set(project.DOWNLOADS)
    assert found.files["report.pdf"].read_bytes().startswith(b"%PDF")
    assert found.model.scores == found.scores
    again = project.load(QUICK, read_own_table(found.files["table.parquet"], "fraud"))
    assert (again.label, again.sha256) == ("fraud", project.load(QUICK, table).sha256)
    alerts = project.list_alerts(model)
    assert alerts["probability"].is_monotonic_decreasing
    assert alerts["probability"].min() >= model.alert_from


def test_the_zip_answers_without_the_hub(model, data, tmp_path):
    with zipfile.ZipFile(io.BytesIO(project.make_download(model))) as packed:
        packed.extractall(tmp_path)
    rows = pd.DataFrame(data.features[:40], columns=FEATURES)
    rows.to_csv(tmp_path / "payments.csv", index=False)
    command = [sys.executable, "-I", "predict.py", "payments.csv"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = pd.read_csv(io.StringIO(answer.stdout))
    assert found["probability"].to_numpy() == pytest.approx(model.score(data.features[:40]), abs=1e-9)


def test_charts_and_lessons_state_what_they_find(model):
    for chart in (
        project.model_chart(model), project.card_chart(model), project.scenario_chart(model),
        project.precision_recall_chart(model),
        *(lesson.figure(lesson.control()) for lesson in project.LESSONS),
    ):  # fmt: skip
        assert isinstance(chart, Chart)
        assert any(char.isdigit() for char in chart.title)
    assert {"test", "two_weeks", "four_weeks"} == set(project.compare_published(model)["Split"])
    assert len(project.QUESTIONS) == 3
    with pytest.raises(ValueError, match="there is no brier of test"):
        project.model_chart(model, "brier")


def test_importing_the_project_loads_no_heavy_library():
    code = "import sys, json, core.streaming.fraud; print(json.dumps(sorted({n.split('.')[0] for n in sys.modules})))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert not {"sklearn", "lightgbm", "scipy", "confluent_kafka", "river", "streamlit"} & set(loaded)


def test_a_recipe_survives_json():
    for recipe in project.RECIPES.values():
        assert fields.recipe_from_json(project.Recipe, fields.recipe_to_json(recipe)) == recipe
