"""Any table with a class column: what is used, what is left out and said, and which tables are refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.hub.errors import DataError, RecipeError
from core.hub.settings import Settings
from core.tabular._shared.cases import make_case_fields
from core.tabular.iris import data as data_module
from core.tabular.iris.answers import predict_case
from core.tabular.iris.batches import predict_table
from core.tabular.iris.data import load
from core.tabular.iris.planes import boundary
from core.tabular.iris.recipe import BASELINE, Recipe
from core.tabular.iris.sampling import sample_rows
from core.tabular.iris.training import train

QUICK = Recipe(models=("logistic regression", "naive Bayes", "quadratic discriminant analysis"), n_folds=3, n_repeats=1)
N_ROWS = 120


def make_table(frame, target="kind", **kinds):
    """Make an upload; object columns are categories unless a kind is given."""
    guessed = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "category" for name in frame.columns}
    return Table(frame, "mine", "upload", f"hash of {target}", {**guessed, **kinds}, target)


def make_frame(n_rows=N_ROWS):
    """Make a table with every kind of column and a class that two of them give away."""
    generator = np.random.default_rng(1)
    kind = np.arange(n_rows) % 3
    size = kind + generator.normal(scale=0.4, size=n_rows)
    colour = np.array(["red", "green", "blue"], dtype=object)[(kind + (generator.random(n_rows) < 0.1)) % 3]
    frame = pd.DataFrame({"size": size, "colour": colour})
    frame["weight"] = generator.normal(loc=1000, scale=300, size=n_rows)
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n_rows), unit="D")
    frame["note"] = [f"a sentence of its own, number {i}" for i in range(n_rows)]
    frame["id"] = [f"id-{i}" for i in range(n_rows)]
    frame["always"] = 7.0
    frame["never"] = np.nan
    frame.loc[::9, "weight"] = np.nan
    frame.loc[::11, "colour"] = np.nan
    frame.loc[5, "weight"] = np.inf
    frame["kind"] = np.array(["small", "middle", "large"], dtype=object)[kind]
    return frame


@pytest.fixture(scope="module")
def mixed():
    return make_table(make_frame(), note="text", when="date")


@pytest.fixture(scope="module")
def model(mixed):
    return train(QUICK, load(QUICK, mixed))


def test_each_column_is_used_or_said_not_to_be(mixed):
    data = load(QUICK, mixed)
    kinds = {feature.name: feature.kind for feature in data.schema.features}
    assert kinds == {"size": "number", "colour": "category", "weight": "number", "when": "date"}
    assert data.schema.ignored == (
        "note is not used: it is free text.",
        "id is not used: it has 72 different values in 72 rows, like a name or an id.",
        "always is not used: every value is 7.0.",
        "never is not used: every value is missing.",
    )
    assert set(data.schema.ignored) <= set(data.notes)


def test_a_date_is_days_and_infinity_is_a_gap(mixed):
    data = load(QUICK, mixed)
    assert data.x["when"].iloc[1] - data.x["when"].iloc[0] == 1
    assert data.x["when"].iloc[0] == 19_723  # days from 1970-01-01 to 2024-01-01
    assert np.isnan(data.x["weight"].iloc[5])
    assert "1 infinite value of weight is taken as missing." in data.notes


def test_figures_of_a_column_come_from_training_rows_only(mixed):
    data = load(QUICK, mixed)
    size = next(feature for feature in data.schema.features if feature.name == "size")
    assert size.median == np.median(data.x["size"].to_numpy()[data.train])
    assert size.low >= data.x["size"].min()


def test_mixed_columns_beat_the_baseline_by_a_third(model):
    for row in model.scores:
        if (row.metric, row.split) == ("accuracy", "cv") and row.model != BASELINE:
            assert row.value > row.baseline_value + 1 / 3


def test_an_unknown_level_is_answered_and_noted(model):
    case = {"size": 0.1, "colour": "violet", "weight": 900, "when": "2024-02-03"}
    prediction = predict_case(model, case)
    assert prediction.details["notes"] == ("colour 'violet' was not seen in training; it counts as a rare value",)
    assert sum(prediction.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("blank", [None, "", "  ", float("nan"), pd.NA, pd.NaT])
@pytest.mark.parametrize(
    ("column", "remedy"),
    [
        ("size", "give it a number, in training"),
        ("colour", "choose one of"),
        ("when", "give it a date such as 2024-"),
    ],
)
def test_a_blank_in_a_single_case_is_refused_with_its_remedy(model, column, remedy, blank):
    case = {"size": 0.1, "colour": "red", "weight": 900, "when": "2024-02-03", column: blank}
    with pytest.raises(DataError, match=f"{column} is missing; {remedy}"):
        predict_case(model, case)


@pytest.mark.parametrize(("column", "value"), [("size", "wide"), ("weight", float("inf")), ("when", "yesterday-ish")])
def test_an_unreadable_value_is_refused(model, column, value):
    case = {"size": 0.1, "colour": "red", "weight": 900, "when": "2024-02-03", column: value}
    with pytest.raises(DataError, match=f"{column} is '"):
        predict_case(model, case)


def test_gaps_in_a_batch_are_filled_and_flagged(model):
    frame = make_frame().head(4).drop(columns="kind")
    frame.loc[0, ["size", "weight"]] = np.nan
    frame.loc[1, "colour"] = "violet"
    answers = predict_table(model, make_table(frame, None, note="text", when="date"))
    assert answers["imputed"].tolist() == ["size, weight", "", "", ""]
    assert answers["unseen"].tolist() == ["", "colour", "", ""]
    assert len(answers) == 4
    assert answers[[f"share of {name}" for name in model.schema.classes]].sum(axis=1).tolist() == pytest.approx([1] * 4)


def test_a_missing_category_is_a_level_of_its_own(model):
    colour = next(spec for spec in make_case_fields(model.schema) if spec.name == "colour")
    assert colour.kind == "choice"
    assert set(colour.choices) == {"red", "green", "blue", "missing"}


def test_penguins_beat_the_baseline_and_their_year_stays_out():
    data = load(QUICK, load_table("penguins"))
    assert "year" not in data.schema.names
    model = train(QUICK, data)
    row = next(row for row in model.leaderboard if row.is_best)
    assert row.metrics["test_accuracy"].value > 0.9
    assert next(row for row in model.leaderboard if row.is_baseline).metrics["test_accuracy"].value < 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.assign(kind="one"), "kind holds the single class 'one'; it must hold 2 to 20"),
        (lambda frame: frame.assign(kind=np.nan), "every value of kind is missing; choose another class column"),
        (lambda frame: frame.assign(kind=np.arange(len(frame)) % 21), "kind holds 21 classes; it must hold 2 to 20"),
        (
            lambda frame: frame.assign(kind=np.where(np.arange(len(frame)) < 4, "rare", "other")),
            "class 'rare' of kind has 4 rows; each class needs at least 5: merge or remove it",
        ),
        (lambda frame: frame.head(27), "the table has 27 rows with a class; at least 30 are needed"),
        (lambda frame: frame[["note", "kind"]], "no column beside kind can be used"),
        (lambda frame: frame[["kind"]], "no column beside kind can be used"),
        (lambda frame: frame[["always", "never", "kind"]], "no column beside kind can be used"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(change, message):
    frame = change(make_frame())
    kinds = {name: kind for name, kind in (("note", "text"), ("when", "date")) if name in frame.columns}
    with pytest.raises(DataError, match=message) as caught:
        load(QUICK, make_table(frame, "kind", **kinds))
    assert "\n" not in str(caught.value)


def test_a_table_without_a_class_column_names_the_choices(mixed):
    with pytest.raises(DataError, match="no class column is chosen; choose one of size, colour"):
        load(QUICK, replace(mixed, target=None))
    with pytest.raises(DataError, match="there is no column 'colr'"):
        load(replace(QUICK, target="colr"), mixed)


def test_a_class_too_small_for_the_split_is_refused():
    frame = make_frame()
    frame["kind"] = np.where(np.arange(len(frame)) < 5, "rare", "other")
    recipe = replace(QUICK, test_share=0.5, calibration_share=0.4)
    with pytest.raises(DataError, match="lower the test and calibration shares"):
        load(recipe, make_table(frame, "kind", note="text", when="date"))


def test_a_recipe_out_of_range_is_refused_before_the_table_is_read(mixed):
    with pytest.raises(RecipeError, match=r"coverage is 2; it must be 0\.5 to 0\.99"):
        load(replace(QUICK, coverage=2.0), mixed)


def test_the_smallest_allowed_class_trains():
    frame = make_frame()
    frame["kind"] = np.where(np.arange(len(frame)) < 5, "rare", "other")
    recipe = replace(QUICK, models=("support vector machine", "nearest neighbours"), n_folds=5)
    model = train(recipe, load(recipe, make_table(frame, "kind", note="text", when="date")))
    assert any(note.startswith("Cross-validation cuts 3 folds once") for note in model.notes)


def test_too_few_calibration_rows_keep_every_class_and_say_so():
    table = make_table(make_frame(36)[["size", "weight", "kind"]])
    model = train(QUICK, load(QUICK, table))
    assert "The calibration rows are too few for 90% coverage, so every set holds all classes." in model.notes
    prediction = predict_case(model, {"size": 0.5, "weight": 1000})
    assert set(prediction.candidates) == {"small", "middle", "large"}


def test_number_classes_and_rows_without_a_class():
    frame = make_frame()
    frame["kind"] = (np.arange(len(frame)) % 2).astype(float)
    frame.loc[:9, "kind"] = np.nan
    data = load(QUICK, make_table(frame, note="text", when="date", kind="number"))
    assert data.schema.classes == ("0", "1")
    assert data.notes[0] == "10 rows without a kind are left out."
    assert data.ids.min() == 10


def test_twenty_classes_train():
    frame = pd.DataFrame({"place": np.repeat(np.arange(20.0), 10), "kind": np.repeat([f"k{i}" for i in range(20)], 10)})
    recipe = replace(QUICK, models=("nearest neighbours",))
    model = train(recipe, load(recipe, make_table(frame)))
    assert len(model.schema.classes) == 20
    assert model.folds.accuracy["nearest neighbours"].mean() > 0.9


def test_categories_alone_train_without_a_novelty_check():
    frame = make_frame()[["colour", "kind"]]
    frame["shape"] = np.where(np.arange(N_ROWS) % 2, "round", "square")
    data = load(QUICK, make_table(frame))
    model = train(QUICK, data)
    assert model.novelty is None
    prediction = predict_case(model, {"colour": "red", "shape": "round"})
    assert prediction.answer is not None
    assert prediction.details["novelty_p"] is None
    assert boundary("decision tree", QUICK, data, "pca", 20).marks[0].z.shape == (20, 20)


def test_columns_that_repeat_each_other_do_not_stop_qda():
    frame = make_frame()[["size", "weight", "kind"]].fillna(0).replace(np.inf, 0)
    frame["again"] = frame["size"]
    recipe = replace(QUICK, models=("quadratic discriminant analysis",))
    model = train(recipe, load(recipe, make_table(frame)))
    assert model.pipelines["quadratic discriminant analysis"]["classify"].reg_param == 0.1
    assert any("quadratic discriminant analysis shrinks it by 10%" in note for note in model.notes)
    assert model.folds.accuracy["quadratic discriminant analysis"].mean() > 0.7


def test_more_columns_than_rows_of_a_class_do_not_stop_qda():
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(generator.normal(size=(N_ROWS, 60))).rename(columns=lambda place: f"x{place}")
    frame["kind"] = np.array(["a", "b"])[np.arange(N_ROWS) % 2]
    frame["x0"] += 3 * (frame["kind"] == "a")
    recipe = replace(QUICK, models=("quadratic discriminant analysis",))
    model = train(recipe, load(recipe, make_table(frame)))
    assert model.pipelines["quadratic discriminant analysis"]["classify"].solver == "eigen"
    assert any("too few or too similar rows" in note for note in model.notes)


def test_a_class_that_does_not_vary_does_not_stop_qda():
    generator = np.random.default_rng(2)
    kind = np.array(["a", "b"])[np.arange(N_ROWS) % 2]
    frame = pd.DataFrame(generator.normal(size=(N_ROWS, 60))).rename(columns=lambda place: f"x{place}")
    frame[kind == "a"] = 0.0
    frame["kind"] = kind
    recipe = replace(QUICK, models=("quadratic discriminant analysis",))
    model = train(recipe, load(recipe, make_table(frame)))
    assert any("does not vary at all" in note for note in model.notes)


def test_names_that_are_markup_or_formulas_are_only_names():
    frame = make_frame()[["size", "kind"]].rename(columns={"size": "<b>=1+1</b>", "kind": "answer"})
    table = make_table(frame, "answer")
    model = train(QUICK, load(QUICK, table))
    answers = predict_table(model, table)
    assert "answer (model)" in answers.columns
    assert answers["answer"].equals(frame["answer"])
    assert (answers["answer (model)"] == frame["answer"]).mean() > 0.7


def test_a_long_table_is_sampled_by_seed_and_says_so(mixed, monkeypatch):
    monkeypatch.setattr(data_module, "load_settings", lambda: Settings(train_rows=60))
    data = load(QUICK, mixed)
    assert len(data.y) == 60
    assert "60 of 120 rows are used: a stratified sample drawn with the recipe's seed." in data.notes
    assert np.array_equal(load(QUICK, mixed).ids, data.ids)
    assert not np.array_equal(load(replace(QUICK, seed=1), mixed).ids, data.ids)


def test_a_sample_keeps_every_class():
    y = np.array(["common"] * 9_990 + ["rare"] * 10, dtype=object)
    kept = y[sample_rows(y, 500, 0)]
    assert (kept == "rare").sum() == 5
    assert 495 <= len(kept) <= 505
