"""A run of the face project: who chooses never scores, figures are those of others' code, and nobody's face is kept."""

import base64
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from core.datasets.face_sets import load_samples
from core.hub.artifacts import load_artifact, load_scores
from core.hub.errors import ArtifactError, DataError, RecipeError
from core.vision.face_recognition import (
    RECIPES,
    Gallery,
    Inputs,
    Recipe,
    evaluate,
    gallery_to_data,
    list_curve,
    load,
    load_engine,
    load_model,
    make_consent,
    make_download,
    make_run_report,
    open_result,
    predict,
    recognise_faces,
    run_job,
    save_model,
    train,
)
from core.vision.face_recognition.data import Faces, make_data
from core.vision.face_recognition.download import SCRIPT_FILE
from core.vision.face_recognition.eigenfaces import fit_eigenfaces
from core.vision.face_recognition.files import model_to_files
from core.vision.face_recognition.model import ACCEPT, FALSE_ACCEPT, FALSE_IDENTIFY, IDENTIFY
from core.vision.face_recognition.pictures import read_portrait
from core.vision.face_recognition.recipe import EIGENFACES, EMBEDDING
from core.vision.face_recognition.simulated import simulate_people


@pytest.fixture(scope="module")
def data():
    return load(RECIPES["quick"])


@pytest.fixture(scope="module")
def model(data):
    return train(RECIPES["quick"], data)


@pytest.fixture(scope="module")
def stored():
    """Give the shipped model's rows by model and metric."""
    return {(row.model, row.metric): row for row in load_scores("face_recognition")}


def draw_pictures(seed, n_people=16, n_pictures=4):
    """Make grey pictures whose people differ in a pattern, with the vectors of simulated people."""
    vectors, person = simulate_people(n_people, n_pictures, seed)
    rng = np.random.default_rng(seed)
    patterns = rng.normal(size=(n_people, 24, 20))
    pictures = 128 + 25 * (patterns[person] + rng.normal(size=(len(person), 24, 20)))
    return Faces(vectors, person, np.clip(pictures, 0, 255).astype(np.uint8))


def read_base64(name):
    return base64.b64encode(load_samples()[name]).decode()


def test_nobody_chooses_and_is_scored():
    for seed in range(5):
        data = load(Recipe(seed=seed))
        assert set(data.choosing.person).isdisjoint(data.test.person)
        assert data.choosing.n_people == data.test.n_people == 12
        assert len(data.choosing) + len(data.test) == 24 * 5


def test_the_figures_are_those_of_scikit_learn(model, data):
    from scipy.spatial.distance import pdist
    from sklearn.metrics import confusion_matrix

    person = data.test.person
    i, j = np.triu_indices(len(person), 1)
    near = pdist(data.test.vectors) <= model.gate
    (true_no, false_yes), (false_no, true_yes) = confusion_matrix(person[i] == person[j], near)
    rows = {(row.model, row.metric): row.value for row in model.scores}
    assert rows[EMBEDDING, ACCEPT] == pytest.approx(true_yes / (true_yes + false_no))
    assert rows[EMBEDDING, FALSE_ACCEPT] == pytest.approx(false_yes / (false_yes + true_no))


def test_the_test_people_choose_nothing(model, data):
    """Other faces in place of the test people's change the figures, and no gate."""
    moved = Faces(data.test.vectors * 0.8, data.test.person)
    other = make_data(data.choosing, "x", 0)
    changed = train(
        RECIPES["quick"],
        type(data)(data.choosing, moved, 0, data.source, other.sha256),
    )
    assert (changed.gate, changed.naming_gates) == (model.gate, model.naming_gates)
    assert changed.scores[1].value > model.scores[1].value


def test_pictures_bring_eigenfaces_as_the_baseline():
    data = make_data(draw_pictures(0), "drawn", 0)
    rows = train(Recipe(enrolled=2, pictures=4, draws=2), data).scores
    eigen = next(row for row in rows if row.model == EIGENFACES and row.metric == ACCEPT)
    assert rows[0].baseline == "eigenfaces at the same false accepts"
    assert eigen.value > eigen.baseline_value
    assert rows[-1].metric == "face_found_rate"
    assert rows[-1].value == 1


def test_eigenfaces_are_principal_components():
    from sklearn.decomposition import PCA

    from core.vision.face_recognition.eigenfaces import shrink_pictures

    pictures = draw_pictures(1).pictures
    flat = shrink_pictures(pictures)
    peer = PCA(30, svd_solver="full").fit(flat).transform(flat)
    assert np.allclose(np.abs(fit_eigenfaces(pictures).describe(pictures)[:, :29]), np.abs(peer[:, :29]), atol=1e-8)


def test_a_missed_face_is_counted():
    faces = draw_pictures(0)
    data = make_data(faces, "drawn", 0, missed=np.arange(16))
    row = train(Recipe(enrolled=2, pictures=4, draws=2), data).scores[-1]
    assert data.n_missed == 8
    assert row.value == pytest.approx(32 / 40)


def test_the_shipped_model_beats_its_baseline_by_a_margin(stored):
    accept = stored[EMBEDDING, ACCEPT]
    assert accept.low > accept.baseline_value + 0.2
    assert accept.n > 800
    assert stored[EMBEDDING, FALSE_ACCEPT].low <= 0.01
    for method in ("nearest faces", "support vectors"):
        name = f"{method}, behind a gate"
        assert stored[name, IDENTIFY].value > stored[name, IDENTIFY].baseline_value
        assert stored[name, FALSE_IDENTIFY].baseline == "the rate asked for"


def test_the_baseline_does_not_beat_itself():
    model = train(Recipe(enrolled=2, pictures=4, draws=2), make_data(draw_pictures(0), "drawn", 0))
    beats = {row.model: row.beats_baseline for row in model.leaderboard if row.is_baseline}
    accept = next(row for row in model.scores if (row.model, row.metric) == (EIGENFACES, ACCEPT))
    assert accept.low > accept.baseline_value  # it beats accepting at random, which is no row of the table
    assert beats == {EIGENFACES: False}


def test_the_claim_in_words_tells_the_gate_in_use_and_how_the_promise_fared_on_others():
    model = train(recipe := Recipe(people=120, pictures=5, draws=2, false_accepts=0.02), load(recipe))
    assert model.claim.gate is not None
    accepts, place = model.curve.accepts, model.curve.find(model.claim.gate)
    told = model.claim_in_words
    assert told.startswith(f"The gate of {model.gate:.2f} is the loosest")
    assert "measured, not promised" in told
    assert model.claim.sentence in told
    assert f"Among the others {accepts.errors[place]:,} of {accepts.n_pairs:,} pairs passed there" in told
    few = train(recipe := Recipe(), load(recipe))
    assert few.claim.gate is None
    assert "cannot be claimed" in few.claim_in_words
    assert "Among the others" not in few.claim_in_words


def test_intervals_are_as_wide_as_twenty_people(stored):
    """No error in 882 pairs of one person would be 0.4 points wide if pairs were independent; people make it more."""
    accept = stored[EMBEDDING, ACCEPT]
    assert accept.low < 0.97


def test_no_vector_and_no_picture_is_stored(model, data):
    files = model_to_files(model)
    assert list(files) == ["model.json"]
    facts = json.loads(files["model.json"])
    assert set(facts) == {
        "recipe", "gate", "naming_gates", "eigen_gate", "curve", "claim", "source", "sha256", "notes", "scores",
    }  # fmt: skip
    text = files["model.json"].decode()
    numbers = np.concatenate([data.choosing.vectors, data.test.vectors]).ravel()[::97]
    assert not any(repr(float(number)) in text for number in numbers)
    assert set(load_artifact("face_recognition").weights) == {"model.json", "landmarks.npz", "embedding.npz"}


def test_a_run_as_a_job_leaves_a_folder_that_opens(tmp_path):
    class Context:
        outputs = tmp_path
        inputs = tmp_path
        lines: list[str] = []  # noqa: RUF012 one context, one list

        def log(self, line):
            self.lines.append(line)

        def on_step(self, step, total, metrics):
            pass

    recipe = Recipe(people=12, draws=2)
    told = run_job(recipe, Context())
    result = open_result(tmp_path)
    assert told["gate"] == result.model.gate
    assert {"model.zip", "report.pdf", "curve.csv", "scores.json", "recipe.json"} <= set(result.files)
    assert len(result.leaderboard) == 4
    assert any("cannot be claimed" in line for line in Context.lines)
    (tmp_path / "model" / "model.json").write_text("{}")
    with pytest.raises(ArtifactError, match="train it again"):
        open_result(tmp_path)


def test_the_report_and_the_zip_are_the_same_each_time(model, tmp_path):
    assert make_run_report(model) == make_run_report(model)
    content = make_download(model)
    assert content == make_download(model)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert "No vector and no picture" in packed.read("README.md").decode()
        packed.extract(SCRIPT_FILE, tmp_path)
    compile((tmp_path / SCRIPT_FILE).read_text(), SCRIPT_FILE, "exec")
    assert len(list_curve(model)) == len(model.curve.gates)


def test_a_saved_model_is_the_same_to_the_last_bit(model, tmp_path):
    save_model(model, tmp_path)
    assert model_to_files(load_model(tmp_path)) == model_to_files(model)


def test_the_bundled_portraits_are_two_people_and_each_is_itself(model):
    first, second = read_base64("astronaut.png"), read_base64("grace_hopper.jpg")
    assert predict(model, Inputs(second, second)).answer == "same person"
    found = predict(model, Inputs(first, second))
    assert found == predict(model, Inputs())
    assert found.answer == "different people"
    assert found.details["distance"] > 0.65
    alone = predict(model, Inputs(second))
    assert alone.answer == "one face"
    left, top, right, bottom = alone.details["box"]
    assert 0 <= left < right <= 512
    assert 0 <= top < bottom <= 606


def test_an_enrolled_face_is_named_and_another_is_unknown():
    engine, samples = load_engine(), load_samples()
    known = read_portrait(engine, samples["grace_hopper.jpg"], "grace_hopper.jpg")
    gallery = Gallery(clock=lambda: 0.0)
    gallery.add("Hopper", known.vector, make_consent("public domain", 0.0, agreed=True))
    from core.datasets.pictures import read_picture

    pixels = {name: read_picture(content, name).pixels for name, content in samples.items()}
    (_, hopper), (_, other) = (
        recognise_faces(engine, gallery, pixels[name])[0] for name in ("grace_hopper.jpg", "astronaut.png")
    )
    assert hopper.name == "Hopper"
    assert other.name is None
    assert recognise_faces(engine, gallery, np.zeros((120, 120, 3), np.uint8)) == ()


def test_a_gallery_of_ones_own_is_data():
    vectors, person = simulate_people(10, 4, seed=3)
    gallery = Gallery(gate=0.95, clock=lambda: 0.0)
    for place in range(10):
        consent = make_consent("x", 0.0, agreed=True)
        gallery.add(f"person {place}", vectors[person == place], consent, allow_alike=True)
    data = gallery_to_data(gallery)
    rows = train(Recipe(enrolled=2, draws=2, false_accepts=0.05), data).scores
    assert rows[0].n == 5 * 6
    gallery.clear()
    with pytest.raises(DataError, match="there are 0 people; at least 8"):
        gallery_to_data(gallery)


def test_what_cannot_be_used_is_refused(model, data):
    class Table:
        name = "rows.csv"

    with pytest.raises(DataError, match=r"rows\.csv is a table"):
        load(RECIPES["quick"], Table())
    with pytest.raises(RecipeError, match="leave at least one to ask about"):
        load(Recipe(pictures=3, enrolled=3))
    with pytest.raises(RecipeError, match="the photographs show 40 and 10"):
        load(Recipe(faces="orl", people=41))
    with pytest.raises(DataError, match="not the model's faces"):
        evaluate(model, load(Recipe(seed=1)))
    assert evaluate(model, data)[0].value == model.scores[0].value


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [("no base64!", "as base64"), (base64.b64encode(b"nothing").decode(), "picture")],
)
def test_what_is_no_picture_is_refused(model, picture, sentence):
    with pytest.raises(DataError, match=sentence):
        predict(model, Inputs(picture))


def test_drawing_a_page_imports_nothing_heavy():
    heavy = ("sklearn", "scipy", "dlib", "cv2", "sqlalchemy", "matplotlib")
    code = f"import sys, core.vision.face_recognition; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
