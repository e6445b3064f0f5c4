"""Stored boosters: the same answers to the last bit, equal bytes, and a refusal of damaged trees."""

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.hub.errors import ArtifactError
from core.tabular._shared.boosters import pack_pipeline, unpack_pipeline

CLASSES = ("No", "Yes")
SETTINGS = {"n_estimators": 20, "num_leaves": 7, "deterministic": True, "n_jobs": 1, "verbose": -1, "random_state": 0}


@pytest.fixture(scope="module")
def rows() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"age": rng.normal(40, 10, 400), "port": rng.choice(["S", "C", "Q"], 400)})
    return x, np.where(x["age"] + 10 * (x["port"] == "C") + rng.normal(0, 5, 400) > 44, "Yes", "No")


def make_pipeline(model: object) -> Pipeline:
    preparation = ColumnTransformer(
        [("numbers", StandardScaler(), ["age"]), ("levels", OneHotEncoder(sparse_output=False), ["port"])]
    )
    return Pipeline([("prepare", preparation), ("model", model)])


def test_trees_of_a_class_answer_alike_after_reading(rows: tuple[pd.DataFrame, np.ndarray]) -> None:
    x, y = rows
    fitted = make_pipeline(lightgbm.LGBMClassifier(**SETTINGS)).fit(x, y)
    read = unpack_pipeline("trees", pack_pipeline("trees", fitted), CLASSES)
    assert np.array_equal(read.predict_proba(x), fitted.predict_proba(x))
    assert np.array_equal(read.predict(x), fitted.predict(x))
    assert read.classes_.tolist() == list(CLASSES)


def test_trees_of_a_number_answer_alike_after_reading(rows: tuple[pd.DataFrame, np.ndarray]) -> None:
    x, _ = rows
    fitted = make_pipeline(lightgbm.LGBMRegressor(**SETTINGS)).fit(x, x["age"] ** 2)
    read = unpack_pipeline("trees", pack_pipeline("trees", fitted))
    assert np.array_equal(read.predict(x), fitted.predict(x))


def test_writing_what_was_read_gives_the_same_bytes(rows: tuple[pd.DataFrame, np.ndarray]) -> None:
    files = pack_pipeline("trees", make_pipeline(lightgbm.LGBMClassifier(**SETTINGS)).fit(*rows))
    assert pack_pipeline("trees", unpack_pipeline("trees", files, CLASSES)) == files


def test_damaged_trees_are_refused(rows: tuple[pd.DataFrame, np.ndarray]) -> None:
    files = pack_pipeline("trees", make_pipeline(lightgbm.LGBMClassifier(**SETTINGS)).fit(*rows))
    with pytest.raises(ArtifactError, match="stored trees are damaged"):
        unpack_pipeline("trees", {**files, "trees.lightgbm.txt": b"tree\nnothing"}, CLASSES)
