"""Answers for one flower and for a table: sets, refusal, reasons, neighbours, and the form that asks for them."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.hub.errors import DataError, NotTrainedError
from core.hub.fields import validate_fields
from core.tabular.iris.answers import nearest_cases, predict, predict_all_models, predict_case, schema_fields
from core.tabular.iris.batches import predict_many, predict_table
from core.tabular.iris.data import load
from core.tabular.iris.model import predict_probabilities
from core.tabular.iris.recipe import BASELINE, MODELS, Inputs, Recipe
from core.tabular.iris.training import train

SETOSA, VIRGINICA, STRANGER = Inputs(5.0, 3.4, 1.5, 0.2), Inputs(6.6, 3.0, 5.6, 2.1), Inputs(10, 1, 10, 5)
RECIPE = Recipe(models=("linear discriminant analysis", "nearest neighbours", "decision tree"), n_repeats=1)


@pytest.fixture(scope="module")
def model():
    return train(RECIPE, load(RECIPE))


def test_typical_flowers_get_their_species(model):
    assert predict(model, SETOSA).answer == "setosa"
    assert predict(model, VIRGINICA).answer == "virginica"
    assert predict(model, SETOSA).candidates == ("setosa",)
    assert predict(model, SETOSA).model == model.best == "linear discriminant analysis"


def test_a_flower_unlike_any_seen_is_refused_by_every_model(model):
    for name in model.pipelines:
        prediction = predict_case(model, asdict(STRANGER), name)
        assert prediction.answer is None
        assert prediction.candidates == ()
        assert prediction.refused.startswith("This case is unlike any row seen, so no class is vouched for: ")
        assert "petal_width is 5; in training it runs from 0.1 to 2.5" in prediction.refused


def test_hardly_any_ordinary_flower_is_refused(model):
    answers = predict_table(model, load_table("iris"))
    assert (answers["refused"] != "").mean() <= 0.03
    assert (answers["answer"] == answers["species"]).mean() > 0.94


def test_a_prediction_set_follows_the_threshold(model):
    between = {"sepal_length": 6.1, "sepal_width": 2.8, "petal_length": 4.95, "petal_width": 1.7}
    for name in model.pipelines:
        prediction = predict_case(model, between, name)
        limits = np.broadcast_to(model.thresholds[name], len(model.schema.classes)) + 1e-9
        shares = prediction.probabilities
        kept = {label for label, limit in zip(model.schema.classes, limits, strict=True) if 1 - shares[label] <= limit}
        assert set(prediction.candidates) == kept
        shares = [prediction.probabilities[label] for label in prediction.candidates]
        assert shares == sorted(shares, reverse=True)


def test_a_reason_is_the_fall_of_the_answer_without_the_column(model):
    prediction = predict_case(model, asdict(VIRGINICA), "linear discriminant analysis")
    effects = [abs(reason.effect) for reason in prediction.reasons]
    assert effects == sorted(effects, reverse=True)
    reason = next(reason for reason in prediction.reasons if reason.name == "petal_width")
    case = pd.DataFrame([asdict(VIRGINICA)])
    case["petal_width"] = np.median(model.rows["petal_width"])
    share = predict_probabilities(model.pipelines["linear discriminant analysis"], case, model.schema.classes)[0, 2]
    assert reason.effect == pytest.approx(prediction.probabilities["virginica"] - share, abs=1e-12)
    assert reason.effect > 0
    assert (reason.value, reason.unit) == ("2.1", "probability")


def test_the_nearest_rows_are_those_of_a_plain_search(model):
    found = nearest_cases(model, asdict(VIRGINICA), 4)
    x = model.rows.to_numpy()
    spread = x.std(axis=0)
    distances = np.sqrt((((x - list(asdict(VIRGINICA).values())) / spread) ** 2).sum(axis=1))
    assert found["distance"].to_numpy() == pytest.approx(np.sort(distances)[:4])
    assert found["species"].tolist() == model.labels[np.argsort(distances, kind="stable")[:4]].tolist()
    assert found.columns.tolist() == ["distance", "species", *model.rows.columns]
    with pytest.raises(DataError, match="k is 0; it must be at least 1"):
        nearest_cases(model, asdict(VIRGINICA), 0)


def test_every_model_gives_its_shares(model):
    shares = predict_all_models(model, asdict(SETOSA))
    assert list(shares) == list(model.names)
    assert list(shares)[-1] == BASELINE
    for each in shares.values():
        assert sum(each.values()) == pytest.approx(1)
    assert shares[BASELINE] == pytest.approx(dict.fromkeys(("setosa", "versicolor", "virginica"), 1 / 3))


def test_every_model_gives_the_shares_that_it_gives_alone(model):
    for name, shares in predict_all_models(model, asdict(VIRGINICA)).items():
        assert shares == pytest.approx(dict(predict_case(model, asdict(VIRGINICA), name).probabilities), abs=1e-12)


def test_a_model_that_was_not_trained_is_named(model):
    with pytest.raises(NotTrainedError, match="there is no trained random forest; this run has linear"):
        predict_case(model, asdict(SETOSA), "random forest")


def test_a_batch_says_the_same_as_one_case_at_a_time(model):
    frame = pd.DataFrame([asdict(each) for each in (SETOSA, VIRGINICA, STRANGER)])
    answers = predict_table(model, Table(frame, "mine", "upload", "", dict.fromkeys(frame.columns, "number")))
    single = [predict(model, each) for each in (SETOSA, VIRGINICA, STRANGER)]
    assert answers["answer"].tolist() == [each.answer for each in single]
    assert answers["prediction_set"].tolist() == [", ".join(each.candidates) for each in single]
    assert (answers["refused"] != "").tolist() == [bool(each.refused) for each in single]
    shares = [each.probabilities["virginica"] for each in single]
    assert answers["share of virginica"].tolist() == pytest.approx(shares)


@pytest.fixture(scope="module")
def every_model():
    recipe = Recipe(leave_one_out="off", n_folds=2, n_repeats=1, forest_trees=10, boosting_rounds=10)
    return train(recipe, load(recipe))


LENGTHS = st.integers(1, 200).map(lambda tenths: tenths / 10) | st.floats(0.1, 20.0) | st.integers(1, 20)
FLOWERS = st.builds(Inputs, LENGTHS, LENGTHS, LENGTHS, LENGTHS) | st.sampled_from([SETOSA, VIRGINICA, STRANGER])


@pytest.mark.parametrize("name", [*MODELS, BASELINE])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(inputs=st.lists(FLOWERS, max_size=40))
def test_many_flowers_get_exactly_what_each_gets_alone(every_model, name, inputs):
    model = replace(every_model, best=name)
    assert predict_many(model, inputs) == tuple(predict(model, each) for each in inputs)


def test_a_full_batch_gets_exactly_what_each_flower_gets_alone(model):
    rng = np.random.default_rng(0)
    lengths = np.round(rng.uniform([4, 2, 1, 0.1], [8, 4.5, 7, 2.5], (60, 4)), 1)
    inputs = [Inputs(*each) for each in lengths.tolist()]
    answers = predict_many(model, inputs)
    assert answers == tuple(predict(model, each) for each in inputs)
    assert len({answer.answer for answer in answers}) == 4


def test_many_flowers_are_asked_about_in_few_calls(model, monkeypatch):
    asked = []

    def count(pipeline, x, classes):
        asked.append(len(x))
        return predict_probabilities(pipeline, x, classes)

    monkeypatch.setattr("core.tabular.iris.answers.predict_probabilities", count)
    assert len(predict_many(model, [SETOSA] * 256)) == 256
    assert asked == [128] * 10


def test_a_flower_that_cannot_be_read_is_refused_among_many_as_alone(model):
    for broken in (replace(SETOSA, petal_width=float("nan")), replace(SETOSA, petal_width="wide")):
        with pytest.raises(DataError) as alone:
            predict(model, broken)
        with pytest.raises(DataError) as among:
            predict_many(model, [SETOSA, broken, VIRGINICA])
        assert str(among.value) == str(alone.value)
        assert str(alone.value).startswith("petal_width is ")


def test_many_cases_of_another_tables_columns_are_read_as_one_is():
    rng = np.random.default_rng(1)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 90), unit="D")
    frame = pd.DataFrame({
        "sepal_length": days, "sepal_width": np.repeat(["1.0", "2.0", "x"], 30), "petal_length": rng.normal(size=90),
        "kind": np.repeat(["a", "b", "c"], 30),
    })  # fmt: skip
    kinds = {"sepal_length": "date", "sepal_width": "category", "petal_length": "number", "kind": "category"}
    recipe = Recipe(models=("decision tree",), target="kind", n_folds=2, n_repeats=1)
    model = train(recipe, load(recipe, Table(frame, "mine", "upload", "", kinds)))
    inputs = [replace(SETOSA, sepal_width=width) for width in (1.0, 2.0, 3.0)]
    answers = predict_many(model, inputs)
    assert answers == tuple(predict(model, each) for each in inputs)
    assert answers[2].details["notes"] == ("sepal_width '3.0' was not seen in training; it counts as a rare value",)


def test_columns_are_found_by_other_spellings_and_missing_ones_named(model):
    frame = pd.DataFrame([asdict(SETOSA)]).rename(columns=lambda name: f"{name.replace('_', '.').title()} (cm)")
    kinds = dict.fromkeys(frame.columns, "number")
    assert predict_table(model, Table(frame, "mine", "upload", "", kinds))["answer"].tolist() == ["setosa"]
    less = frame.drop(columns="Petal.Width (cm)")
    with pytest.raises(DataError, match="the table lacks petal_width; the model needs sepal_length"):
        predict_table(model, Table(less, "mine", "upload", "", kinds))
    with pytest.raises(DataError, match="mine has no rows"):
        predict_table(model, Table(frame.head(0), "mine", "upload", "", kinds))


def test_a_column_without_a_readable_number_is_refused(model):
    frame = pd.DataFrame([asdict(SETOSA)]).assign(petal_width="wide")
    with pytest.raises(DataError, match="petal_width holds no readable number; its first value is 'wide'"):
        predict_table(model, Table(frame, "mine", "upload", "", dict.fromkeys(frame.columns, "category")))


def test_the_form_reaches_far_enough_to_be_refused(model):
    specs = schema_fields(model)
    assert [spec.name for spec in specs] == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    validate_fields(specs, asdict(STRANGER))
    for spec, feature in zip(specs, model.schema.features, strict=True):
        assert 0 <= spec.low <= feature.low <= spec.default <= feature.high <= spec.high


def test_moving_the_petals_moves_the_answer_in_their_direction(model):
    lengths = np.linspace(1.5, 6, 10)
    shares = [
        predict_case(model, asdict(replace(VIRGINICA, petal_length=length))).probabilities["virginica"]
        for length in lengths
    ]
    assert shares == sorted(shares)
