"""Prices through the real doors: stored, served, asked by machine-made requests, and priced on the command line."""

import csv
import dataclasses
import io
import json
import warnings

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from core.__main__ import main
from core.datasets.catalogue import load_table
from core.hub import registry
from core.serving.api import make_app
from core.serving.training import Run, save_run
from core.tabular import housing

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns of its own dependencies when imported
    import schemathesis
    from schemathesis import GenerationMode

HOUSE = dataclasses.asdict(housing.Inputs())
N_EXAMPLES = 25
ENOUGH = settings(
    max_examples=N_EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Train two quick models and store them as the shipped ones of a folder of the test's own."""
    root = tmp_path_factory.mktemp("models")
    recipe = dataclasses.replace(housing.RECIPES["quick"], models=("ridge", "LightGBM"), boosting_rounds=40)
    data = housing.load(recipe)
    model = housing.train(recipe, data)
    project = registry.find_project("housing")
    save_run(Run(project, housing, "full", recipe, model, housing.evaluate(model, data)), root)
    return root


@pytest.fixture
def app(models, monkeypatch):
    """Serve this project alone: the folder holds no other's model."""
    monkeypatch.setattr(registry, "find_built", lambda: (registry.find_project("housing"),))
    return make_app(models)


@pytest.fixture
def client(app, connect):
    return connect(app)


@pytest.fixture
def place(models, monkeypatch):
    monkeypatch.setattr("core.hub.scores.MODELS", models)


def test_a_price_has_an_interval_and_reasons_to_the_cent(client):
    found = client.post("/v1/housing/predict", json=HOUSE).json()
    assert found["interval"][0] < found["answer"] < found["interval"][1]
    assert found["coverage"] == 0.9
    cents = [round(100 * part) for part in (found["base"], *(each["effect"] for each in found["reasons"]))]
    assert sum(cents) == round(100 * found["answer"])
    assert found["answer"] == found["median"] < found["mean"]
    assert any("taken as typical" in note for note in found["notes"])


def test_a_price_comes_with_five_comparable_sales_that_a_program_can_check(client):
    found = client.post("/v1/housing/predict", json=HOUSE).json()["comparables"]
    assert len(found) == 5
    assert [each["distance"] for each in found] == sorted(each["distance"] for each in found)
    sold = load_table("ames").frame
    for each in found:
        assert sold["sale_price"].iloc[each["row"] - 1] == each["price"]
        assert sold["neighborhood"].iloc[each["row"] - 1] == each["group"]
        assert each["adjusted"] - each["price"] == pytest.approx(each["difference"], abs=0.01)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"second_flr_sf": 2_000}, "at least 334 sq ft on its ground floor"),
        ({"total_bsmt_sf": 100, "bsmt_unf_sf": 2_000}, "no part of a basement sold is larger than the whole"),
        ({"garage_cars": 0, "garage_area": 1_400}, "places and an area, or there is none"),
        ({"garage_cars": 4, "garage_area": 0}, "places and an area, or there is none"),
        ({"year_built": 2_009, "year_remod_add": 1_950}, "remodelled more than a year before it was built"),
    ],
)
def test_a_house_whose_parts_contradict_each_other_gets_no_price(client, change, sentence):
    found = client.post("/v1/housing/predict", json=HOUSE | change).json()
    assert found["answer"] is None
    assert found["interval"] is None
    assert found["comparables"] == []
    assert sentence in found["refused"]


def test_a_house_larger_than_any_sold_is_refused_with_its_limit(client):
    answer = client.post("/v1/housing/predict", json=HOUSE | {"gr_liv_area": 50_000})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "gr_liv_area is 50000; it must be less than or equal to 5642"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"neighborhood": "Chelsea"}, "neighborhood"),
        ({"gr_liv_area": "1200"}, "gr_liv_area"),
        ({"gr_liv_area": None}, "gr_liv_area"),
        ({"gr_liv_area": 1200.5}, "gr_liv_area is 1200.5; it must be a valid integer"),
        ({"swimming_pool": 1}, "swimming_pool"),
        ({"year_built": 2030}, "year_built is 2030"),
    ],
)
def test_bad_input_is_named_in_a_sentence(client, change, sentence):
    answer = client.post("/v1/housing/predict", json=HOUSE | change)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_a_batch_says_what_single_houses_are_told(client):
    cases = [HOUSE, HOUSE | {"neighborhood": "Old_Town"}, HOUSE | {"lot_area": 215_245, "bedroom_abvgr": 8}]
    batch = client.post("/v1/housing/predict/batch", json={"cases": cases}).json()["predictions"]
    assert batch == [client.post("/v1/housing/predict", json=case).json() for case in cases]
    assert client.post("/v1/housing/predict/batch", json={"cases": [HOUSE] * 1_001}).status_code == 422
    assert client.post("/v1/housing/predict/batch", json={"cases": []}).status_code == 422


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", ["GET /v1/housing", "POST /v1/housing/predict", "POST /v1/housing/predict/batch"])
def test_machine_made_requests_find_nothing(app, label, mode):
    """Send what the OpenAPI allows, and what it forbids; every answer must be one that it describes."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operation = next(found.ok() for found in schema.get_all_operations() if found.ok().label == label)
    if mode is GenerationMode.NEGATIVE and label.startswith("GET"):
        assert not operation.body  # nothing that could be wrong is sent
        return
    sent = []

    @ENOUGH
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        sent.append(case.call_and_validate().status_code)

    check()
    assert len(sent) >= (1 if label.startswith("GET") else N_EXAMPLES // 2)
    if mode is GenerationMode.POSITIVE:
        assert 200 in sent
        assert set(sent) <= {200, 422}


@pytest.mark.usefixtures("place")
def test_a_file_of_houses_is_priced_row_by_row(tmp_path, capsys, client):
    single = client.post("/v1/housing/predict", json=HOUSE).json()
    rows = [HOUSE, HOUSE | {"gr_liv_area": 50_000}]
    table = pd.DataFrame(rows).rename(columns={"gr_liv_area": "Gr Liv Area"})
    table.to_csv(tmp_path / "houses.csv", index=False)
    assert main(["predict", "housing", "--table", str(tmp_path / "houses.csv")]) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert float(found[0]["answer"]) == single["answer"]
    assert found[1]["answer"] == ""
    assert "sales run from 334 to 5642" in found[1]["refused"]
    assert main(["predict", "housing", "--input", json.dumps(HOUSE)]) == 0
    assert json.loads(capsys.readouterr().out) == single
