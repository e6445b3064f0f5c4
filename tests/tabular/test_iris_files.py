"""What a run leaves behind: the model to the last bit, the result folder, and a zip that works without the hub."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import table_to_files
from core.hub.errors import ArtifactError, DataError
from core.hub.fields import recipe_from_json
from core.hub.jobs.job import JobContext
from core.tabular.iris.answers import predict
from core.tabular.iris.data import load
from core.tabular.iris.download import make_download
from core.tabular.iris.files import FACTS_FILE, load_model, model_to_files, save_model
from core.tabular.iris.model import predict_probabilities
from core.tabular.iris.recipe import BASELINE, MODELS, Inputs, Recipe
from core.tabular.iris.runs import list_held_out, open_result, run_job
from core.tabular.iris.training import train

EVERY = Recipe(forest_trees=10, boosting_rounds=10, n_folds=2, n_repeats=1)
FEW = replace(EVERY, models=("linear discriminant analysis", "decision tree"))


@pytest.fixture(scope="module")
def penguins():
    """Train every model on a table with categories and gaps."""
    data = load(EVERY, load_table("penguins"))
    return data, train(EVERY, data)


@pytest.fixture(scope="module")
def flowers():
    return train(FEW, load(FEW))


def make_context(folder, on_step=lambda _step, _total, _metrics: None):
    """Make the two folders of a job."""
    for name in ("inputs", "outputs"):
        (folder / name).mkdir()
    lines = []
    return JobContext(folder / "inputs", folder / "outputs", on_step, lines.append), lines


def test_every_model_comes_back_to_the_last_bit(penguins, tmp_path):
    data, model = penguins
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    for name in (*MODELS, BASELINE):
        shares = [predict_probabilities(each.pipelines[name], data.x, data.schema.classes) for each in (model, again)]
        assert np.array_equal(*shares), name
        assert np.array_equal(model.folds.accuracy[name], again.folds.accuracy[name])
        assert np.array_equal(model.held_out.probabilities[name], again.held_out.probabilities[name])
    pd.testing.assert_frame_equal(again.rows, model.rows)
    assert again.labels.tolist() == model.labels.tolist()
    for part in ("recipe", "schema", "source", "loo_errors", "fit_s", "best", "notes", "names"):
        assert getattr(again, part) == getattr(model, part), part
    assert again.thresholds.keys() == model.thresholds.keys()
    assert all(np.array_equal(again.thresholds[name], model.thresholds[name]) for name in model.thresholds)
    assert [row.sentence for row in again.leaderboard] == [row.sentence for row in model.leaderboard]


def test_a_loaded_model_gives_the_same_prediction(flowers, tmp_path):
    save_model(flowers, tmp_path / "model")
    again = load_model(tmp_path / "model")
    for inputs in (Inputs(), Inputs(10, 1, 10, 5)):
        assert predict(again, inputs) == predict(flowers, inputs)


def test_equal_runs_give_equal_bytes(flowers):
    other = train(FEW, load(FEW))
    first, second = model_to_files(flowers), model_to_files(other)
    assert set(first) == set(second)
    # only the seconds of a fit may differ
    assert {name for name in first if first[name] != second[name]} <= {FACTS_FILE}
    facts = [{**json.loads(files[FACTS_FILE]), "fit_s": None} for files in (first, second)]
    assert facts[0] == facts[1]


def test_nothing_is_stored_that_could_run(penguins):
    _, model = penguins
    assert {name.rpartition(".")[2] for name in model_to_files(model)} == {"json", "npz", "skops"}


@pytest.mark.parametrize("lost", ["model.json", "arrays.npz", "decision_tree.skops"])
def test_a_missing_file_is_named_an_artifact_error(flowers, tmp_path, lost):
    save_model(flowers, tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(ArtifactError):
        load_model(tmp_path)


@pytest.mark.parametrize("hurt", ["model.json", "arrays.npz", "decision_tree.skops"])
def test_a_damaged_file_is_refused(flowers, tmp_path, hurt):
    save_model(flowers, tmp_path)
    (tmp_path / hurt).write_bytes((tmp_path / hurt).read_bytes()[:-200])
    with pytest.raises(ArtifactError):
        load_model(tmp_path).pipelines["decision tree"].predict(flowers.rows)


def test_a_folder_that_is_gone_is_an_artifact_error(tmp_path):
    with pytest.raises(ArtifactError, match="the model cannot be read"):
        load_model(tmp_path / "nothing")
    with pytest.raises(ArtifactError, match="the result of this run is no longer kept"):
        open_result(tmp_path / "nothing")


def test_a_job_on_the_flowers_leaves_all_its_files(tmp_path):
    steps = []
    context, lines = make_context(tmp_path, lambda step, total, _metrics: steps.append((step, total)))
    summary = run_job(FEW, context)
    result = open_result(context.outputs)
    assert steps[-1] == (9, 9)  # two models and the baseline, in two folds and once more
    assert lines[-1] == f"Best by cross-validation: {summary['best']}."
    assert json.loads(json.dumps(summary)) == summary
    assert set(result.files) == {"model.zip", "predictions.csv", "report.pdf", "scores.json", "recipe.json"}
    assert result.files["report.pdf"].read_bytes().startswith(b"%PDF-")
    assert recipe_from_json(Recipe, result.files["recipe.json"].read_text()) == FEW
    assert [row.model for row in result.leaderboard] == [row.model for row in result.model.leaderboard]
    assert {(row.metric, row.split, row.model, row.value) for row in result.scores} == {
        (row.metric, row.split, row.model, row.value) for row in result.model.scores
    }
    assert summary["accuracy"] == result.leaderboard[0].metrics["accuracy"].value


def test_a_job_on_an_upload_can_be_made_again_from_its_table(tmp_path):
    context, lines = make_context(tmp_path)
    table = load_table("penguins")
    for name, content in table_to_files(table).items():
        (context.inputs / name).write_bytes(content)
    run_job(FEW, context)
    result = open_result(context.outputs)
    assert lines[0] == "year is not used: it was set to be ignored."
    assert result.model.source.sha256 == table.sha256
    assert all(row.command.endswith("--table table.parquet --target species") for row in result.scores)
    kept = pd.read_parquet(result.files["table.parquet"])
    kinds = {name: table.kinds[name] for name in kept.columns}
    again = train(FEW, load(FEW, replace(table, frame=kept, kinds=kinds)))
    assert [row.value for row in again.scores] == [row.value for row in result.scores]


def test_held_out_rows_are_listed_as_they_stand_in_the_table(flowers):
    listed = list_held_out(flowers)
    table = load_table("iris").frame
    assert len(listed) == 3 * 30
    assert (table["species"].to_numpy()[listed["row"] - 1] == listed["class"]).all()
    best = listed[listed["model"] == flowers.best]
    row = next(
        row for row in flowers.scores if (row.model, row.metric, row.split) == (flowers.best, "accuracy", "test")
    )
    assert best["right"].mean() == pytest.approx(row.value)
    assert not set(best["row"] - 1) & set(load(FEW).ids[load(FEW).train])


def test_a_job_without_a_usable_table_says_why(tmp_path):
    context, _ = make_context(tmp_path)
    table = load_table("iris")
    for name, content in table_to_files(replace(table, frame=table.frame.head(20))).items():
        (context.inputs / name).write_bytes(content)
    with pytest.raises(DataError, match="species holds the single class 'setosa'"):
        run_job(FEW, context)
    assert list(context.outputs.iterdir()) == []


def test_the_download_answers_without_the_hub(penguins, tmp_path):
    _, model = penguins
    with zipfile.ZipFile(io.BytesIO(make_download(model))) as packed:
        packed.extractall(tmp_path)
    cases = load_table("penguins").frame
    cases.to_csv(tmp_path / "cases.csv", index=False)
    command = [sys.executable, "-I", "predict.py", "cases.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = pd.read_csv(io.StringIO(done.stdout))
    shares = predict_probabilities(
        model.pipelines[model.best], load(EVERY, load_table("penguins")).x, model.schema.classes
    )
    found = answers[[f"share of {name}" for name in model.schema.classes]].to_numpy()
    assert found == pytest.approx(shares)
    assert (answers["answer"] == np.array(model.schema.classes)[shares.argmax(axis=1)]).all()
    text = (tmp_path / "README.md").read_text()
    assert all(f"`{name}`" in text for name in model.schema.names)


def test_the_download_of_equal_models_is_equal(flowers):
    assert make_download(flowers) == make_download(flowers, model_to_files(flowers))


def test_one_flower_of_the_shipped_form_is_complete():
    assert set(asdict(Inputs())) == set(load(FEW).schema.names)


def unpack_model(model, folder):
    with zipfile.ZipFile(io.BytesIO(make_download(model))) as packed:
        packed.extractall(folder)


def answer_file(folder, content, name="cases.csv"):
    """Run the zip's own script on a file, away from the hub."""
    (folder / name).write_bytes(content)
    command = [sys.executable, "-I", "predict.py", name]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")


@pytest.fixture(scope="module")
def unpacked(flowers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    unpack_model(flowers, folder)
    return folder


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [(",", ".", "utf-8"), (";", ",", "cp1252"), ("\t", ",", "utf-8-sig"), ("|", ".", "cp1252")],
)
def test_the_script_answers_every_usual_dialect_alike(flowers, unpacked, separator, decimal, encoding):
    frame = load_table("iris").frame.drop(columns="species").iloc[::30].reset_index(drop=True)
    frame["café"] = "élan"
    text = frame.to_csv(index=False, sep=separator, decimal=decimal)
    done = answer_file(unpacked, text.encode(encoding))
    assert done.returncode == 0, done.stderr
    answers = pd.read_csv(io.StringIO(done.stdout))
    assert answers["answer"].tolist() == list(flowers.pipelines[flowers.best].predict(frame[flowers.schema.names]))
    assert answers["café"].tolist() == ["élan"] * len(frame)


HEADER = b"sepal_length,sepal_width,petal_length,petal_width\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"sepal_length;petal_length\n5,1;1,4\n",
         "cases.csv lacks sepal_width, petal_width; its columns are sepal_length, petal_length"),
        (HEADER + b"5.1,3.5,1.4,0.2\n5.1,wide,1.4,0.2\n",
         "sepal_width is 'wide' in row 2; every value must be a number or empty"),
        (HEADER.replace(b",", b";") + b'5,1;3,5;"1,234.5";0,2\n',
         "petal_length is '1,234.5' in row 1; every value must be a number or empty"),
        (b"", "cases.csv is empty; it needs a header with sepal_length, sepal_width, petal_length, petal_width"),
        (HEADER, "cases.csv has a header and no rows; add one row for each case"),
    ],
)  # fmt: skip
def test_the_script_refuses_in_one_sentence(unpacked, content, sentence):
    done = answer_file(unpacked, content)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", sentence)


def test_the_script_names_a_file_that_is_not_there_and_says_how_it_is_called(unpacked):
    def run_with(*arguments):
        command = [sys.executable, "-I", "predict.py", *arguments]
        return subprocess.run(command, cwd=unpacked, capture_output=True, check=False, text=True).stderr.strip()

    assert run_with("nowhere.csv") == "nowhere.csv cannot be read (No such file or directory); check its name"
    assert run_with() == "predict.py needs one file: python predict.py cases.csv > answers.csv"


def test_a_ragged_line_is_told_and_a_gap_is_filled(unpacked):
    done = answer_file(unpacked, HEADER + b"5.1,3.5,1.4,0.2\n1,2,3,4,5,6,7\n")
    assert done.returncode == 1
    assert done.stderr.startswith("cases.csv cannot be split into columns (")
    assert "Traceback" not in done.stderr
    done = answer_file(unpacked, HEADER + b"5.1,3.5,,0.2\n")
    assert done.returncode == 0, done.stderr
