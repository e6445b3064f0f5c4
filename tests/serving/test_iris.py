"""The real first project, through the same doors: stored, verified, served and asked on the command line."""

import csv
import io
import json

import pytest

from core.__main__ import main
from core.hub import cards, registry
from core.serving.api import make_app
from core.serving.training import Run, save_run

SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
STRANGE = {"sepal_length": 10, "sepal_width": 1, "petal_length": 10, "petal_width": 5}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Train two quick classifiers and store them as the shipped model of a folder of the test's own."""
    root = tmp_path_factory.mktemp("models")
    project = registry.find_project("iris")
    iris = registry.load_module(project)
    recipe = iris.Recipe(
        models=("linear discriminant analysis", "decision tree"), leave_one_out="off", n_folds=2, n_repeats=1
    )
    data = iris.load(recipe)
    model = iris.train(recipe, data)
    save_run(Run(project, iris, "full", recipe, model, iris.evaluate(model, data)), root)
    return root


@pytest.fixture
def client(models, connect, monkeypatch):
    """Serve this project alone: the folder holds no other's model."""
    monkeypatch.setattr(registry, "find_built", lambda: (registry.find_project("iris"),))
    return connect(make_app(models))


@pytest.fixture
def place(models, monkeypatch):
    monkeypatch.setattr("core.hub.scores.MODELS", models)


def test_a_setosa_is_named_and_a_strange_flower_refused(client):
    setosa = client.post("/v1/iris/predict", json=SETOSA).json()
    assert setosa["answer"] == "setosa"
    assert sum(setosa["probabilities"].values()) == pytest.approx(1)
    assert "setosa" in setosa["candidates"]
    strange = client.post("/v1/iris/predict", json=STRANGE).json()
    assert strange["answer"] is None
    assert "unlike any" in strange["refused"]
    both = client.post("/v1/iris/predict/batch", json={"cases": [SETOSA, STRANGE]}).json()["predictions"]
    assert both == [setosa, strange]


def test_a_batch_reaches_the_model_in_one_call(client, monkeypatch):
    iris, calls = registry.load_module(registry.find_project("iris")), []
    predict_many = iris.predict_many
    monkeypatch.setattr(iris, "predict_many", lambda *asked: calls.append(len(asked[1])) or predict_many(*asked))
    cases = [SETOSA | {"petal_width": tenths / 10} for tenths in range(1, 101)]
    batch = client.post("/v1/iris/predict/batch", json={"cases": cases}).json()["predictions"]
    assert calls == [100]
    assert batch == [client.post("/v1/iris/predict", json=case).json() for case in cases]


def test_a_length_out_of_range_is_refused_with_the_forms_own_limit(client):
    answer = client.post("/v1/iris/predict", json=SETOSA | {"petal_width": 21})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "petal_width is 21; it must be less than or equal to 20"


def test_the_card_and_readiness(client, models):
    assert client.get("/ready").status_code == 200
    about = client.get("/v1/iris").json()
    assert about["reference"].startswith("R. A. Fisher")
    assert {score["model"] for score in about["scores"]} >= {"linear discriminant analysis", "decision tree"}
    assert cards.check_cards(models) == ()


@pytest.mark.usefixtures("place")
def test_the_command_line_gives_the_same_answers(client, capsys):
    assert main(["predict", "iris", "--input", json.dumps(SETOSA)]) == 0
    assert json.loads(capsys.readouterr().out) == client.post("/v1/iris/predict", json=SETOSA).json()
    assert main(["evaluate", "iris"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if " test " in line)
    score = next(each for each in client.get("/v1/iris").json()["scores"] if each["split"] == "test")
    assert row.split("  ")[0] == score["model"]
    assert f" {score['value']:.4g} " in row


@pytest.mark.usefixtures("place")
def test_a_file_of_flowers_is_answered_row_by_row(tmp_path, capsys):
    (tmp_path / "flowers.csv").write_text(
        "Sepal Length;Sepal Width;Petal Length;Petal Width\n5,1;3,5;1,4;0,2\n6,9;3,1;5,4;2,1\n10;1;10;5\n"
    )
    assert main(["predict", "iris", "--table", str(tmp_path / "flowers.csv")]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["answer"] for row in rows] == ["setosa", "virginica", ""]
    assert "unlike any" in rows[2]["refused"]
