"""Image classification: answers, refusals, files, downloads, results of a run, comparisons, on made pictures."""

import base64
import dataclasses
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.evaluation.comparison import mcnemar_test
from core.hub.errors import ArtifactError, DataError
from core.vision import image_classification as project
from core.vision.image_classification import answers, files, runs, scoring, training
from core.vision.image_classification.data import Data, Part

RECIPE = dataclasses.replace(project.RECIPES["quick"], epochs=2)
CLASSES = ("dark", "bright", "striped")


def make_pictures(n, seed):
    """Pictures of 28 by 28 that are dark, bright above, or striped."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = rng.integers(0, 100, (n, 28, 28, 1), dtype=np.uint8)
    images[labels == 1, :14] += 120
    images[labels == 2, :, ::4] += 120
    return Part(images, labels)


@pytest.fixture(scope="module")
def data():
    return Data("fashion_mnist", CLASSES, *(make_pictures(n, n) for n in (600, 200, 300)), "made pictures", "1" * 64)


@pytest.fixture(scope="module")
def model(data):
    return training.train(RECIPE, data)


# answers


def test_an_answer_is_the_likeliest_class_and_among_its_candidates(model, data):
    found = project.predict_pictures(model, data.test.images)
    shares = model.probabilities(data.test.images)
    for each, row in zip(found, shares, strict=True):
        assert each.details["guess"] == CLASSES[int(row.argmax())] == next(iter(each.probabilities))
        assert sum(each.probabilities.values()) == pytest.approx(1)
        assert each.details["guess"] in each.candidates
        assert (each.answer is None) == bool(each.refused)
    assert np.mean([each.answer is None for each in found]) < 0.2


def test_a_picture_of_none_of_the_classes_is_refused(model):
    strange = np.zeros((1, 28, 28, 1), np.uint8)
    strange[0, 5:9, 5:9] = 255
    (found,) = project.predict_pictures(model, strange)
    assert found.answer is None
    assert "none of the 3 classes" in found.refused


def test_an_answer_does_not_depend_on_the_pictures_beside_it(model, data):
    together = model.read(data.test.images[:70])["logits"]
    alone = np.concatenate([model.read(data.test.images[i : i + 1])["logits"] for i in range(70)])
    assert np.abs(together - alone).max() < 1e-4


def test_a_mirrored_picture_has_the_same_answer(model, data):
    images = data.test.images[:40]
    mirrored = np.ascontiguousarray(images[:, :, ::-1])
    assert np.abs(model.read(images)["logits"] - model.read(mirrored)["logits"]).max() < 1e-4


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, 27, 28, 1), np.uint8),
        np.zeros((1, 28, 28, 3), np.uint8),
        np.zeros((28, 28, 1), np.uint8),
        np.zeros((0, 28, 28, 1), np.uint8),
        np.zeros((1, 28, 28, 1), np.float32),
    ],
)
def test_pictures_of_another_kind_are_refused(model, images):
    with pytest.raises(DataError, match="it must be"):
        project.predict_pictures(model, images)


def test_every_model_of_the_table_can_be_asked(model, data):
    for name in model.names:
        found = project.predict_pictures(model, data.test.images[:5], name)
        assert {each.model for each in found} == {name}
        given = [CLASSES.index(each.details["guess"]) for each in found]
        assert given == model.held_out.answers[name][:5].tolist()


def test_a_file_is_read_and_bad_ones_are_refused(model):
    picture = project.load_test("fashion_mnist").images[7, :, :, 0]
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    text = base64.b64encode(stream.getvalue()).decode()
    assert np.array_equal(answers.read_file(model, text)[:, :, 0], picture)
    by_number, by_file = (project.predict(model, each) for each in (project.Inputs(7), project.Inputs(0, text)))
    assert by_number == by_file
    with pytest.raises(DataError, match="base64"):
        answers.read_file(model, "not base64!")
    with pytest.raises(DataError):
        answers.read_file(model, base64.b64encode(b"<svg/>").decode())


def test_a_batch_is_listed_with_its_names(model, data):
    frame = answers.list_answers(model, data.test.images[:3], ("a.png", "b.png", "c.png"))
    assert frame["picture"].tolist() == ["a.png", "b.png", "c.png"]
    assert np.allclose(frame[list(CLASSES)].sum(axis=1), 1)
    assert np.allclose(frame["confidence"], frame[list(CLASSES)].max(axis=1))


def test_candidates_always_hold_the_likeliest_class():
    shares = np.array([[0.4, 0.35, 0.25], [0.9, 0.05, 0.05]])
    assert answers.find_candidates(shares, 0.5).tolist() == [[True, False, False], [True, False, False]]


# comparisons


def test_models_are_ranked_by_mcnemars_test(model):
    rows = model.leaderboard
    assert [row.metrics["test_accuracy"].value for row in rows] == sorted(
        (row.metrics["test_accuracy"].value for row in rows), reverse=True
    )
    floor = next(row for row in rows if row.is_baseline)
    best = next(row for row in rows if row.is_best)
    held = model.held_out
    test = mcnemar_test(held.answers[best.model] == held.y, held.answers[floor.model] == held.y)
    assert test.p < 0.05
    assert floor.verdict == "worse"
    assert best.beats_baseline
    assert not floor.beats_baseline


def test_equal_models_do_not_differ_and_others_cannot_be_compared(model):
    found = scoring.compare_models(model, model, ("one", "the same"))
    assert not found.differs
    assert "do not differ measurably" in found.sentence
    other = dataclasses.replace(model, held_out=dataclasses.replace(model.held_out, y=1 - model.held_out.y % 2))
    with pytest.raises(DataError, match="same test pictures"):
        scoring.compare_models(model, other)


def test_classes_are_reported_with_intervals_and_confusions_add_up(model):
    report, counts = scoring.report_classes(model), scoring.count_confusions(model)
    assert report["support"].tolist() == counts.sum(axis=1).tolist()
    assert np.trace(counts) / counts.sum() == pytest.approx(model.scores[0].value)
    assert (report["recall_low"] <= report["recall"]).all()


# files


def test_a_stored_model_is_the_same(model, data, tmp_path):
    project.save_model(model, tmp_path / "model")
    again = project.load_model(tmp_path / "model")
    assert files.model_to_files(again) == files.model_to_files(model)
    assert project.predict_pictures(again, data.test.images[:20]) == project.predict_pictures(
        model, data.test.images[:20]
    )
    assert project.evaluate(again, data) == model.scores


@pytest.mark.parametrize("name", [files.NETWORK_FILE, files.FACTS_FILE, files.ARRAYS_FILE])
def test_a_missing_or_damaged_file_is_told(model, tmp_path, name):
    project.save_model(model, tmp_path)
    (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ArtifactError):
        project.load_model(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ArtifactError, match="lacks a part"):
        project.load_model(tmp_path)


def test_the_download_runs_without_the_hub(model, tmp_path):
    with zipfile.ZipFile(io.BytesIO(project.make_download(model))) as packed:
        packed.extractall(tmp_path)
    picture = make_pictures(1, 5).images[0, :, :, 0]
    Image.fromarray(picture).save(tmp_path / "picture.png")
    command = [sys.executable, "-I", str(tmp_path / "classify.py"), str(tmp_path / "picture.png")]
    lines = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    (expected,) = project.predict_pictures(model, picture[None, :, :, None])
    found = {line.split("  ")[1]: float(line.split("  ")[0]) for line in lines}
    assert list(found) == list(expected.probabilities)
    assert all(abs(found[name] - share) < 1e-3 for name, share in expected.probabilities.items())


def test_equal_models_give_equal_downloads_and_reports(model):
    assert project.make_download(model) == project.make_download(model)
    assert project.make_run_report(model) == project.make_run_report(model)


# runs


def test_a_run_leaves_a_folder_that_opens_again(model, tmp_path):
    runs.write_result(model, tmp_path)
    result = project.open_result(tmp_path)
    assert set(result.files) == set(project.DOWNLOADS)
    assert result.scores == result.model.scores
    table = (tmp_path / "predictions.csv").read_text().splitlines()
    assert len(table) == 1 + len(model.held_out.y)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert project.list_history(model)["epoch"].tolist() == [1, 2]
    assert json.loads((tmp_path / "recipe.json").read_text())["epochs"] == 2


def test_a_job_trains_and_tells(monkeypatch, data, tmp_path):
    class Context:
        outputs, said, steps = tmp_path, [], []

        def log(self, text):
            self.said.append(text)

        def on_step(self, step, total, _metrics):
            self.steps.append((step, total))

    monkeypatch.setattr(runs, "load", lambda _recipe: data)
    context = Context()
    summary = project.run_job(dataclasses.replace(RECIPE, epochs=1), context)
    assert summary["accuracy"] == project.open_result(tmp_path).scores[0].value
    assert context.steps[-1][0] == context.steps[-1][1] == 5
    assert any("Test accuracy" in text for text in context.said)


def test_importing_the_project_loads_no_training_library():
    code = "import sys, core.vision.image_classification; print(sorted({m.split('.')[0] for m in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("tensorflow", "keras", "sklearn", "onnx", "onnxruntime", "scipy"):
        assert f"'{name}'" not in found
