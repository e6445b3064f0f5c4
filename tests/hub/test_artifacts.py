"""Stored models: whole or not at all, verified byte by byte, and nothing in them is ever unpickled."""

import hashlib
import io
import json
import os
import shutil
import signal
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from core.hub import artifacts, packing
from core.hub.artifacts import (
    CardText,
    load_artifact,
    load_scores,
    pack_arrays,
    pack_estimator,
    save_artifact,
    unpack_arrays,
    unpack_estimator,
    write_loader,
)
from core.hub.contract import ScoreRow
from core.hub.errors import ArtifactError
from core.tabular.iris.recipe import Recipe

ABOUT = CardText("A model", "It answers.", "150 rows.", "Tests.", ("None known.",), "CC0 1.0", "None.")
SCORES = (ScoreRow("accuracy", "test", 0.9, 0.8, 0.95, 30, "largest class", 0.3, model="a"),)
WEIGHTS = {"a.txt": b"one", "b.json": b"[1]", "c.npz": pack_arrays({"x": np.arange(3)})}


def save(root, **changes):
    arguments = {"weights": WEIGHTS, "recipe": Recipe(seed=3), "scores": SCORES, "about": ABOUT, "root": root} | changes
    return save_artifact("iris", "full", **arguments)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    folder = save(tmp_path)
    stored = load_artifact("iris", "full", tmp_path)
    assert folder == stored.folder == tmp_path / "iris" / "full"
    assert stored.weights == WEIGHTS
    assert json.loads(stored.recipe_json)["seed"] == 3
    assert stored.scores == load_scores("iris", root=tmp_path)
    assert stored.scores[0].value == 0.9
    assert stored.scores[0].machine


def test_the_card_states_the_sha256_that_the_system_computes(tmp_path):
    folder = save(tmp_path)
    head = yaml.safe_load((folder / "card.md").read_text().split("---\n")[1])
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "card.md"
    }
    assert head["files"] == found
    assert head["licence"] == "CC0 1.0"


def test_saving_again_replaces_every_file(tmp_path):
    save(tmp_path)
    save(tmp_path, weights={"d.txt": b"two"})
    assert load_artifact("iris", "full", tmp_path).weights == {"d.txt": b"two"}
    assert [path.name for path in (tmp_path / "iris").iterdir()] == ["full"]


@pytest.mark.parametrize("file", ["recipe.json", "scores.json", "weights/a.txt", "weights/c.npz"])
@pytest.mark.parametrize("damage", [lambda old: old[:-1], lambda old: old + b" ", lambda _: b""])
def test_a_changed_file_is_refused(tmp_path, file, damage):
    path = save(tmp_path) / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ArtifactError, match=rf"models/iris/full was not loaded: {file} has sha256 .* its card states"):
        load_artifact("iris", "full", tmp_path)


@pytest.mark.parametrize("file", ["card.md", "recipe.json", "scores.json", "weights/a.txt", "weights"])
def test_a_missing_file_is_refused(tmp_path, file):
    path = save(tmp_path) / file
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ArtifactError, match=rf"{path.name} is missing; train the model again"):
        load_artifact("iris", "full", tmp_path)


@pytest.mark.parametrize("file", ["more.txt", "weights/more.txt", "weights/.hidden", "weights/deep/more.txt"])
def test_an_extra_file_is_refused(tmp_path, file):
    path = save(tmp_path) / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(ArtifactError, match="does not belong there"):
        load_artifact("iris", "full", tmp_path)


def test_a_link_in_place_of_a_file_is_refused(tmp_path):
    path = save(tmp_path / "models") / "weights" / "a.txt"
    shutil.move(path, tmp_path / "a.txt")
    path.symlink_to(tmp_path / "a.txt")
    with pytest.raises(ArtifactError, match=r"a\.txt is a link"):
        load_artifact("iris", "full", tmp_path / "models")


def test_a_card_whose_hashes_are_rewritten_still_answers_to_the_recipe(tmp_path):
    folder = save(tmp_path)
    card, weights = folder / "card.md", folder / "weights" / "a.txt"
    old, new = (hashlib.sha256(content).hexdigest() for content in (b"one", b"evil"))
    weights.write_bytes(b"evil")
    card.write_text(card.read_text().replace(old, new))
    with pytest.raises(ArtifactError, match=r"card\.md and recipe\.json state different weights"):
        load_artifact("iris", "full", tmp_path)


def test_a_folder_under_another_name_is_refused(tmp_path):
    save(tmp_path).rename(tmp_path / "iris" / "quick")
    with pytest.raises(ArtifactError, match=r"recipe\.json is of models/iris/full"):
        load_artifact("iris", "quick", tmp_path)


@pytest.mark.parametrize("content", [b"", b"# A card", b"---\nfiles:\n---\n", b'---\nfiles:\n  "a": 1\n---\n', b"\xff"])
def test_a_card_without_hashes_is_refused(tmp_path, content):
    (save(tmp_path) / "card.md").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"card\.md"):
        load_artifact("iris", "full", tmp_path)


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"{}", b"\xff", b'{"project":1,"name":"","recipe":{},"data":"","weights":{}}']
)
def test_a_recipe_that_is_none_is_refused_although_its_hash_is_right(tmp_path, content):
    folder = save(tmp_path)
    old, new = ((hashlib.sha256(each).hexdigest()) for each in ((folder / "recipe.json").read_bytes(), content))
    (folder / "recipe.json").write_bytes(content)
    (folder / "card.md").write_text((folder / "card.md").read_text().replace(old, new))
    with pytest.raises(ArtifactError, match=r"recipe\.json"):
        load_artifact("iris", "full", tmp_path)


def test_what_is_not_there_says_how_to_make_it(tmp_path):
    with pytest.raises(ArtifactError, match="`python -m core train iris --recipe full --save` makes it"):
        load_artifact("iris", "full", tmp_path)


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "Full", ".full", "a" * 65, "full\n"])
def test_a_name_cannot_leave_the_folder(tmp_path, name):
    with pytest.raises(ArtifactError, match="lower-case letters"):
        save_artifact(name, "full", weights=WEIGHTS, recipe=Recipe(), scores=SCORES, about=ABOUT, root=tmp_path)
    with pytest.raises(ArtifactError, match="lower-case letters"):
        load_artifact("iris", name, tmp_path)


@pytest.mark.parametrize(
    "file", ["m.pkl", "m.joblib", "m.pt", "m.h5", "m.npy", "m", "../m.txt", "a/m.txt", ".txt", "m.onnx.pkl", "m\n.txt"]
)
def test_a_format_that_can_run_code_is_refused(tmp_path, file):
    with pytest.raises(ArtifactError, match=r"its format must be one of \.onnx, \.safetensors, \.skops, \.npz"):
        save(tmp_path, weights={file: b"x"})
    assert not (tmp_path / "iris").exists()


def make_npz_of_objects():
    buffer = io.BytesIO()
    np.savez(buffer, x=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("weights", "words"),
    [({}, "without a weight file"), ({"x.npz": make_npz_of_objects()}, "Python objects"), ({"x.json": b"{"}, "JSON")],
)
def test_weights_that_are_not_what_they_say_are_refused(tmp_path, weights, words):
    with pytest.raises(ArtifactError, match=words):
        save(tmp_path, weights=weights)


def test_a_disk_that_refuses_is_one_sentence(tmp_path):
    (tmp_path / "iris").write_bytes(b"a file where the folder should be")
    with pytest.raises(ArtifactError, match="models/iris/full cannot be written: File exists"):
        save(tmp_path)


def kill_while_saving(root: Path, n_calls: int) -> bool:
    """Save in a child that is killed outright at its n-th call that touches the disk; say whether it was."""
    child = os.fork()
    if child == 0:
        calls = iter(range(n_calls))

        def count(wrapped):
            def counted(*arguments, **options):
                if next(calls, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return wrapped(*arguments, **options)

            return counted

        artifacts.os.fsync = count(os.fsync)
        Path.rename = count(Path.rename)
        Path.mkdir = count(Path.mkdir)
        artifacts.shutil.rmtree = count(shutil.rmtree)
        save(root, weights={"new.txt": b"new"})
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def test_a_kill_at_any_moment_leaves_the_old_model_or_the_new_one(tmp_path):
    outcomes = []
    for n_calls in range(100):
        root = tmp_path / str(n_calls)
        save(root)
        killed = kill_while_saving(root, n_calls)
        stored = load_artifact("iris", "full", root).weights
        assert stored in (WEIGHTS, {"new.txt": b"new"})
        outcomes.append("new.txt" in stored)
        save(root, weights={"last.txt": b"last"})
        assert load_artifact("iris", "full", root).weights == {"last.txt": b"last"}
        assert [path.name for path in (root / "iris").iterdir()] == ["full"]
        if not killed:
            break
    assert not killed
    assert outcomes[0] is False
    assert outcomes[-1] is True
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 8


# --- estimators

X, Y = load_iris(return_X_y=True, as_frame=True)
NUMBERS = list(X.columns)
CLASSES = np.array(["setosa", "versicolor", "virginica"], dtype=object)[Y]
CASES = X.assign(colour=pd.Series(np.where(np.arange(150) % 3 == 0, "blue", "white"), dtype=object))
CASES.iloc[7, 1] = np.nan
CLASSIFIERS = {
    "logistic regression": LogisticRegression(max_iter=2_000),
    "decision tree": DecisionTreeClassifier(max_depth=4, random_state=0),
    "nearest neighbours": KNeighborsClassifier(algorithm="brute"),
    "nearest neighbours, k-d tree": KNeighborsClassifier(algorithm="kd_tree"),
    "nearest neighbours, ball tree": KNeighborsClassifier(algorithm="ball_tree"),
    "nearest neighbours, city block": KNeighborsClassifier(p=1),
    "nearest neighbours, cubes": KNeighborsClassifier(p=3),
    "support vector machine": SVC(),
    "support vector machine, temperature": CalibratedClassifierCV(SVC(), method="temperature", ensemble=False, cv=3),
    "support vector machine, sigmoid": CalibratedClassifierCV(SVC(), method="sigmoid", cv=3),
    "random forest": RandomForestClassifier(n_estimators=10, random_state=0),
    "naive Bayes": GaussianNB(),
    "gradient boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "gradient boosting, histograms": HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "linear discriminant analysis": LinearDiscriminantAnalysis(),
    "quadratic discriminant analysis": QuadraticDiscriminantAnalysis(reg_param=0.1),
    "majority class": DummyClassifier(strategy="prior"),
}


def fit(name):
    """Fit a classifier behind the preparation of a mixed table."""
    numbers = Pipeline([("impute", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())])
    texts = Pipeline(
        [
            ("impute", SimpleImputer(strategy="constant", fill_value="missing")),
            ("code", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2, sparse_output=False)),
        ]
    )
    prepare = ColumnTransformer([("numbers", numbers, NUMBERS), ("texts", texts, ["colour"])])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return Pipeline([("prepare", prepare), ("classify", clone(CLASSIFIERS[name]))]).fit(CASES, CLASSES)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_each_classifier_comes_back_and_answers_the_same(name):
    fitted = fit(name)
    content = pack_estimator(fitted)
    again = unpack_estimator(content)
    assert pack_estimator(again) == content, "reading and writing again must not change a byte"
    probability = "predict_proba" if hasattr(fitted, "predict_proba") else "decision_function"
    assert again.predict(CASES).tolist() == fitted.predict(CASES).tolist()
    np.testing.assert_array_equal(getattr(again, probability)(CASES), getattr(fitted, probability)(CASES))
    assert pack_estimator(fit(name)) == content, "the same seed must give the same bytes"


def test_the_trusted_list_holds_what_is_needed_and_nothing_more():
    needed = {kind for name in CLASSIFIERS for kind in skops.io.get_untrusted_types(data=skops.io.dumps(fit(name)))}
    assert needed == set(packing.TRUSTED)


class Planted:
    """A class that no one has a reason to trust."""

    def __init__(self):
        self.value = 1


@pytest.mark.parametrize("planted", [FunctionTransformer(os.getcwd), Planted(), {"a": [Planted()]}])
def test_a_planted_type_is_refused_when_read_and_when_written(planted):
    content = skops.io.dumps(planted)
    with pytest.raises(ArtifactError, match="not trusted and was not read"):
        unpack_estimator(content)
    with pytest.raises(ArtifactError, match="the loader would refuse"):
        pack_estimator(planted)


def test_a_planted_module_is_not_even_imported(tmp_path, monkeypatch):
    (tmp_path / "planted_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with zipfile.ZipFile(io.BytesIO(pack_estimator(fit("naive Bayes")))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    schema = json.loads(files["schema.json"])
    schema["__module__"], schema["__class__"] = "planted_module", "Pipeline"
    files["schema.json"] = json.dumps(schema).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    with pytest.raises(ArtifactError, match=r"planted_module\.Pipeline"):
        unpack_estimator(buffer.getvalue())


@pytest.mark.parametrize("part", [lambda x: x, (each for each in "ab"), memoryview(b"a")])
def test_what_has_no_bytes_without_pickle_is_refused(part):
    with pytest.raises(ArtifactError, match=r"FunctionTransformer holds .*; leave it out"):
        pack_estimator(FunctionTransformer(kw_args={"part": part}))


PACKED = pack_estimator(fit("linear discriminant analysis"))
ANSWERS = fit("linear discriminant analysis").predict_proba(CASES)


@given(length=st.integers(0, len(PACKED) - 1))
@settings(deadline=None, max_examples=60)
def test_truncated_bytes_are_refused(length):
    with pytest.raises(ArtifactError, match="damaged"):
        unpack_estimator(PACKED[:length])


@given(place=st.integers(0, len(PACKED) - 1), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=100)
def test_a_flipped_bit_is_refused_or_changes_nothing(place, bit):
    content = bytearray(PACKED)
    content[place] ^= 1 << bit
    try:
        again = unpack_estimator(bytes(content))
    except ArtifactError:
        return
    np.testing.assert_array_equal(again.predict_proba(CASES), ANSWERS)


def test_bytes_that_unpack_to_too_much_are_refused(monkeypatch):
    monkeypatch.setattr(packing, "MAX_UNPACKED_MB", 0.001)
    with pytest.raises(ArtifactError, match="so it was not read"):
        unpack_estimator(PACKED)
    with pytest.raises(ArtifactError, match="so it was not read"):
        unpack_arrays(pack_arrays({"x": np.zeros(1_000)}))


@settings(deadline=None)
@given(
    arrays=st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
        st.lists(st.floats(allow_nan=False), max_size=5).map(np.array)
        | st.lists(st.integers(-9, 9), max_size=5).map(lambda one: np.array(one, dtype=np.int16))
        | st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5), min_size=1
        ).map(lambda one: np.array(one, dtype=str)),
        max_size=3,
    )
)
def test_arrays_come_back_and_numpy_itself_can_read_them(arrays):
    content = pack_arrays(arrays)
    again = unpack_arrays(content)
    assert content == pack_arrays(arrays)
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        assert set(stored.files) == set(arrays)
    for name, array in arrays.items():
        assert again[name].dtype == array.dtype
        np.testing.assert_array_equal(again[name], array)


def test_arrays_of_objects_and_damaged_bytes_are_refused():
    with pytest.raises(ArtifactError, match="array x holds Python objects"):
        pack_arrays({"x": np.array(["a", None], dtype=object)})
    for content in (make_npz_of_objects(), b"", b"PK", pack_arrays({"x": np.arange(9)})[:-9]):
        with pytest.raises(ArtifactError, match="damaged"):
            unpack_arrays(content)


def test_a_loader_gets_the_trusted_types_and_a_script_without_their_place_is_refused(tmp_path):
    script = tmp_path / "load.py"
    script.write_text("TRUSTED: tuple[str, ...] = ()\n")
    read: dict[str, tuple[str, ...]] = {}
    exec(compile(write_loader(script), "load.py", "exec"), read)  # noqa: S102 - the script is written above
    assert read["TRUSTED"] == packing.TRUSTED
    script.write_text("print(1)\n")
    with pytest.raises(ValueError, match=r"load\.py has no line"):
        write_loader(script)
