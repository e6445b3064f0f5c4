"""Fit: tables that suit a project, and for each that does not one line with the value, the limit and the remedy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_catalogue, load_table
from core.datasets.fit import (
    Fit,
    check_fit,
    count_values,
    find_features,
    find_named_target,
    find_number_targets,
    find_targets,
)
from core.datasets.table import Table
from core.hub.contract import TableNeeds

NEEDS = TableNeeds(target="class", min_rows=30)
RNG = np.random.default_rng(0)
N = 60


def make_table(columns, target=None, **kinds):
    """Make a table of 60 rows: numbers, dates, and categories otherwise."""
    frame = pd.DataFrame(columns)

    def kind_of(column):
        if pd.api.types.is_datetime64_any_dtype(column):
            return "date"
        return "number" if pd.api.types.is_numeric_dtype(column) else "category"

    return Table(frame, "t", "upload", "", {name: kind_of(frame[name]) for name in frame.columns} | kinds, target)


SIZE = RNG.normal(size=N)
COLOUR = np.array(["red", "green", "blue"] * 20, dtype=object)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("iris", "class column species, 4 features"),
        ("penguins", "class column species, 6 features"),
        ("wine", "class column cultivar, 13 features"),
        ("breast_cancer", "class column diagnosis, 30 features"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_bundled_tables_fit_with_their_published_class(name, reason, known):
    table = load_table(name)
    fit = check_fit(table if known else table.with_target(None), NEEDS)
    assert fit.ok
    assert (fit.reason, fit.target) == (reason, table.target)


@pytest.mark.parametrize("name", [entry.name for entry in load_catalogue() if entry.task == "classification"])
def test_the_published_class_is_the_likeliest(name):
    table = load_table(name)
    assert find_targets(table.with_target(None))[0] == table.target


def test_a_number_to_predict_is_found_and_a_class_is_none():
    table = load_table("penguins")
    assert set(find_number_targets(table)) == {"bill_length", "bill_depth", "flipper_length", "body_mass"}
    assert find_number_targets(load_table("diabetes").with_target(None))[0] == "progression"
    needs = TableNeeds(target="number")
    assert check_fit(load_table("diabetes"), needs).reason == "number column progression, 10 features"
    assert check_fit(table, needs).target == "flipper_length", "a class, often guessed, does not stand in the way"


NO_FEATURE = (
    "it has 0 usable features; at least 1 are needed: columns that are empty, constant, text or set aside do not count"
)
REFUSED = {
    "one column": (
        make_table({"colour": COLOUR}),
        "it has 1 column; at least 2 are needed: add a class column and 1 feature",
    ),
    "few rows": (
        make_table({"x": SIZE[:12], "colour": COLOUR[:12]}),
        "it has 12 rows; at least 30 are needed: add rows",
    ),
    "all missing": (
        make_table({"x": SIZE, "y": [None] * N}, "y"),
        "every value of y is missing; choose another column to predict",
    ),
    "hardly known": (
        make_table({"x": SIZE, "y": ["a", "b"] * 5 + [None] * 50}, "y"),
        "y is known in 10 rows; at least 30 are needed: fill it in or add rows",
    ),
    "single class": (
        make_table({"x": SIZE, "y": ["yes"] * N}, "y"),
        "y has the single class 'yes'; 2 to 20 are needed: choose another column or add rows",
    ),
    "single number": (
        make_table({"x": SIZE, "y": [1.0] * N}, "y"),
        "y has the single class '1'; 2 to 20 are needed: choose another column or add rows",
    ),
    "continuous": (
        make_table({"x": SIZE, "colour": COLOUR}, "x"),
        "x is a measured number with 60 values; choose a class column, with 2 to 20",
    ),
    "few measures": (
        make_table({"x": [0.5, 1.5, 2.25] * 20, "colour": COLOUR}, "x"),
        "x is a measured number with 3 values; choose a class column, or set its type to Category",
    ),
    "too many": (
        make_table({"x": SIZE, "y": [f"c{n % 30}" for n in range(N)]}, "y"),
        "y has 30 classes; at most 20 are allowed: merge some or choose another column",
    ),
    "rare": (
        make_table({"x": SIZE, "y": ["a"] * 40 + ["b"] * 17 + ["c"] * 3}, "y"),
        "class 'c' of y has 3 rows; each needs 5: merge it, drop it or add rows",
    ),
    "date": (
        make_table({"x": SIZE, "day": pd.to_datetime(["2026-01-01", "2026-01-02"] * 30)}, "day"),
        "day is a date; choose a class column, with 2 to 20 values",
    ),
    "no feature": (
        make_table({"same": [1.0] * N, "gone": [np.nan] * N, "word": COLOUR, "y": COLOUR}, "y", word="text"),
        NO_FEATURE,
    ),
    "infinite only": (
        make_table({"x": [np.inf] * 30 + [-np.inf] * 29 + [np.nan], "y": COLOUR}, "y"),
        NO_FEATURE,
    ),
    "nothing can be a class": (
        make_table({"x": SIZE, "z": SIZE + 1}),
        "z is a measured number with 60 values; choose a class column, with 2 to 20",
    ),
    "all set aside": (
        make_table({"x": SIZE, "y": COLOUR}, x="ignore", y="ignore"),
        "it has no class column; set the type of one column or choose another table",
    ),
    "header only": (make_table({"x": [], "y": []}), "it has 0 rows; at least 30 are needed: add rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_says_value_limit_and_remedy(case):
    table, reason = REFUSED[case]
    fit = check_fit(table, NEEDS)
    assert not fit.ok
    assert fit.reason == reason
    assert "\n" not in fit.reason


def test_limits_are_the_needs_own():
    table = make_table({"x": SIZE, "y": COLOUR}, "y")
    assert check_fit(table, TableNeeds(target="class", max_classes=3, min_per_class=20, min_rows=60)).ok
    assert check_fit(table, TableNeeds(target="class", max_classes=2)).reason.startswith("y has 3 classes; at most 2")
    assert check_fit(table, TableNeeds(target="class", min_per_class=21)).reason.startswith(
        "class 'blue' of y has 20 rows"
    )
    assert check_fit(table, TableNeeds(target="class", min_rows=61)).reason.startswith("it has 60 rows; at least 61")
    assert check_fit(table, TableNeeds(target="class", min_features=2)).reason.startswith(
        "it has 2 columns; at least 3"
    )


def test_needed_columns_are_found_under_another_spelling():
    table = make_table({"Petal.Length": SIZE, "petal width": SIZE, "y": COLOUR})
    needs = TableNeeds(columns=("petal_length", "PetalWidth"))
    assert check_fit(table, needs).ok
    lacking = check_fit(table, TableNeeds(columns=("petal_length", "sepal_length", "sepal_width")))
    assert lacking.reason == "it lacks 2 columns (sepal_length and sepal_width); rename or add what matches"


def test_a_number_to_predict():
    needs = TableNeeds(target="number")
    table = make_table({"x": SIZE, "price": SIZE * 3, "colour": COLOUR})
    assert check_fit(table.with_target("price"), needs).reason == "number column price, 2 features"
    assert check_fit(table, needs).ok
    assert check_fit(table.with_target("colour"), needs).target == "price"
    assert check_fit(make_table({"a": COLOUR, "b": COLOUR}, "a"), needs).reason == (
        "a is of type category; choose a column of type number to predict"
    )
    flat = make_table({"x": SIZE, "y": [2.0] * N}, "y")
    assert check_fit(flat, needs).reason == "y has one value in every row; choose a number that varies"


def test_nothing_to_predict():
    fit = check_fit(load_table("iris"), TableNeeds())
    assert (fit.ok, fit.reason, fit.target) == (True, "5 features", None)


def test_a_copy_of_another_column_is_not_proposed_as_what_is_predicted():
    needs = TableNeeds(target="number")
    columns = {"weight": SIZE * 2 + RNG.normal(size=N), "size": SIZE, "size copy": SIZE}
    assert check_fit(make_table(columns), needs).target == "weight"
    named = make_table({"weight": SIZE * 2, "price": SIZE, "worth": SIZE})
    assert check_fit(named, needs).target == "price"
    assert check_fit(make_table({"size": SIZE, "size copy": SIZE}), needs).target is not None


def test_names_come_first_then_the_last_column_then_the_fewest_values():
    columns = {
        "region": ["n", "e", "s", "w"] * 15,
        "smoker": ["yes", "no"] * 30,
        "Churn": ["yes", "no"] * 30,
        "x": SIZE,
        "id": [f"k{n}" for n in range(N)],
        "when": pd.to_datetime(["2026-01-01", "2026-01-02"] * 30),
        "class_label": COLOUR,
        "kind": COLOUR,
    }
    assert find_targets(make_table(columns)) == ("Churn", "class_label", "kind", "smoker", "region")


AMOUNT = np.array(["1", "2", "3", None, "1"] * 12, dtype=object)


@pytest.mark.parametrize(
    "name", ["Klasse", "classe", "Clase", "label", "Target", "y", "Kategorie", "catégorie", "Art", "Typ", "Wine.Type",
             "survived", "Étiquette", "Zielgröße"]
)  # fmt: skip
def test_a_name_in_any_of_several_languages_wins_over_the_last_column(name):
    table = make_table({name: COLOUR, "x": SIZE, "place": ["n", "s"] * 30})
    assert find_targets(table)[0] == name
    assert find_named_target(table) == name


def test_a_column_with_many_gaps_is_not_the_first_guess():
    table = make_table({"colour": COLOUR, "x": SIZE, "amount": AMOUNT})
    assert find_targets(table) == ("colour", "amount")
    assert find_named_target(table) is None
    assert find_targets(make_table({"class": AMOUNT, "colour": COLOUR})) == ("class", "colour")
    assert find_targets(make_table({"class": AMOUNT, "label": COLOUR})) == ("label", "class")


def test_words_are_likelier_classes_than_whole_numbers():
    table = make_table({"rooms": [1, 2] * 30, "colour": COLOUR, "x": SIZE})
    assert find_targets(table) == ("colour", "rooms")


def test_a_short_word_inside_a_name_says_nothing():
    table = make_table({"y_position": [1, 2, 3] * 20, "state_of_art": COLOUR, "group": ["a", "b"] * 30})
    assert find_named_target(table) is None
    assert find_targets(table)[0] == "group"


def test_a_named_column_that_cannot_be_a_class_is_passed_over():
    table = make_table({"x": SIZE, "class": [f"each {n}" for n in range(N)], "colour": COLOUR})
    assert check_fit(table, NEEDS).target == "colour"


def test_whole_numbers_can_be_classes():
    table = make_table({"x": SIZE, "digit": pd.array([0, 1, 2] * 20, dtype="Int64")})
    assert find_targets(table) == ("digit",)
    assert check_fit(table, NEEDS).ok


def test_a_million_categories_are_counted_and_refused():
    values = np.array([f"c{n}" for n in range(1_000_000)], dtype=object)
    table = make_table({"x": np.arange(1_000_000) / 7, "y": values}, "y")
    assert check_fit(table, NEEDS).reason.startswith("y has 1,000,000 classes; at most 20 are allowed")


def test_values_beyond_the_head_are_counted():
    values = np.array(["a"] * 3000 + ["b", "c"], dtype=object)
    table = make_table({"y": values, "x": [0.5] * 3000 + [1.5, np.inf]})
    assert count_values(table, "y", 20) == 3
    assert count_values(table, "x", 1) == 2
    assert find_features(table) == ["y", "x"]


def test_a_price_is_likelier_than_the_last_number():
    table = make_table({"sale_price": SIZE, "bldg_type": COLOUR, "rooms": np.round(SIZE * 2), "year": SIZE})
    assert find_number_targets(table)[0] == "sale_price"
    fit = check_fit(table.with_target("bldg_type"), TableNeeds(target="number"))
    assert (fit.ok, fit.target) == (True, "sale_price")


def test_the_column_that_is_meant_is_named_where_it_holds_one_class():
    table = make_table({"female": COLOUR == "red", "months": SIZE, "churn": ["No"] * N})
    fit = check_fit(table, TableNeeds(target="class", max_classes=2))
    assert fit.reason == "churn has the single class 'No'; 2 are needed: choose another column or add rows"


def test_values_that_a_project_does_not_know_are_named_before_it_trains():
    needs = TableNeeds(target="class", min_rows=4, min_per_class=1, classes=("no", "yes", "0", "1"))
    rows = {"age": [3.0, 5.0, 8.0, 13.0]}
    known = Table(pd.DataFrame({**rows, "lived": ["No", "YES", None, "yes"]}), "t", "upload", "",
                  {"age": "number", "lived": "category"}, "lived")  # fmt: skip
    strange = Table(pd.DataFrame({**rows, "lived": ["maybe", "yes", "yes", "sort of"]}), "t", "upload", "",
                    {"age": "number", "lived": "category"}, "lived")  # fmt: skip
    assert check_fit(known, replace(needs, min_rows=3)).ok
    reason = "lived holds 'maybe'; its values must be among no, yes, 0 and 1: rename them"
    assert check_fit(strange, replace(needs, max_classes=3)) == Fit(ok=False, reason=reason, target="lived")
