"""Mapping: columns are found under the names that public copies of the same tables give them, never two for one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.catalogue import find_entry, load_table
from core.datasets.mapping import NeededColumn, map_columns, normalise
from core.datasets.table import Table

LENGTHS = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def need(name, low=None, high=None, **more):
    return NeededColumn(name, more.pop("kind", "number"), low, high, **more)


IRIS = {
    name: need(name, float(load_table("iris").frame[name].min()), float(load_table("iris").frame[name].max()))
    for name in LENGTHS
}


def make_table(columns, **kinds):
    frame = pd.DataFrame(columns)
    found = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "category" for name in frame.columns}
    return Table(frame, "t", "upload", "", {**found, **kinds})


@pytest.mark.parametrize(
    "names",
    [
        LENGTHS,
        # scikit-learn, R, Kaggle's Iris.csv, seaborn, the header of UCI's attribute list, a spreadsheet
        ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
        ("Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"),
        ("SepalLengthCm", "SepalWidthCm", "PetalLengthCm", "PetalWidthCm"),
        ("sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm"),
        ("sepal length in cm", "sepal width in cm", "petal length in cm", "petal width in cm"),
        ("LENGTH SEPAL", "WIDTH SEPAL", "LENGTH PETAL", "WIDTH PETAL"),
        (" sepal-length ", "Sepal  Width", "PETAL.length", "petal/width"),
    ],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_iris_is_found_under_every_public_name(names, shuffle):
    frame = load_table("iris").frame.rename(columns=dict(zip(LENGTHS, names, strict=True)))
    frame = frame[frame.columns[::-1]] if shuffle else frame
    mapping = map_columns(make_table(frame), IRIS)
    assert mapping.found == dict(zip(LENGTHS, names, strict=True))
    assert list(mapping.found) == list(LENGTHS)
    assert (mapping.missing, mapping.ignored, mapping.out_of_range) == ((), ("species",), ())


def test_kaggles_breast_cancer_names_are_found():
    names = [name for name in find_entry("breast_cancer").kinds if name.startswith("mean_")]
    swapped = {f"{name.removeprefix('mean_')}_mean": [1.0] for name in names}
    mapping = map_columns(make_table(swapped), {name: need(name) for name in names})
    assert mapping.found["mean_concave_points"] == "concave_points_mean"
    assert not mapping.missing
    assert not mapping.ignored


def test_a_synonym_is_found_and_an_exact_name_wins():
    needed = {"sex": need("sex", kind="category", synonyms=("gender",)), "age": need("age", synonyms=("years old",))}
    mapping = map_columns(make_table({"Gender": ["f"], "Years-Old": [3.0]}), needed)
    assert mapping.found == {"sex": "Gender", "age": "Years-Old"}
    mapping = map_columns(make_table({"gender": ["f"], "Sex": ["m"]}), needed)
    assert mapping.found == {"sex": "Sex"}
    assert (mapping.missing, mapping.ignored) == (("age",), ("gender",))


def test_a_loose_match_never_takes_what_fits_another_exactly():
    needed = {"length": need("length"), "length_cm": need("length_cm")}
    assert map_columns(make_table({"length_cm": [1.0]}), needed).found == {"length_cm": "length_cm"}
    both = map_columns(make_table({"length_cm": [1.0], "Length": [2.0]}), needed)
    assert both.found == {"length": "Length", "length_cm": "length_cm"}


def test_missing_and_ignored_are_listed_in_order():
    mapping = map_columns(make_table({"b": [1.0], "petal_width": [1.0], "a": [1.0]}), IRIS)
    assert mapping.missing == ("sepal_length", "sepal_width", "petal_length")
    assert mapping.ignored == ("b", "a")


def test_millimetres_are_noticed():
    table = make_table({"petal_length_mm": [14.0, 15.0, np.nan, 47.0]})
    assert map_columns(table, IRIS).out_of_range == (
        "petal_length_mm: 3 of 3 values outside 1 to 6.9, the range seen in training (found 14 to 47); check its unit",
    )


def test_the_ends_of_the_range_are_inside_and_infinity_is_not():
    assert map_columns(make_table({"petal_length": [1.0, 6.9]}), IRIS).out_of_range == ()
    (sentence,) = map_columns(make_table({"petal_length": [1.0, np.inf]}), IRIS).out_of_range
    assert sentence.startswith("petal_length: 1 of 2 values outside")
    assert map_columns(make_table({"petal_length": [np.nan]}), IRIS).out_of_range == ()
    assert map_columns(make_table({"x": [1e9]}), {"x": need("x")}).out_of_range == ()


def test_strange_categories_are_named_with_their_rows():
    needed = {"island": need("island", kind="category", categories=("Biscoe", "Dream", "Torgersen"))}
    table = make_table({"Island": ["Dream", "Mars", "Mars", None]})
    assert map_columns(table, needed).out_of_range == (
        "Island: 'Mars' in 2 rows never seen in training; known are Biscoe, Dream and Torgersen",
    )
    numbers = {"class": need("class", kind="category", categories=("1", "2", "3"))}
    assert map_columns(make_table({"class": [1.0, 2.0]}), numbers).out_of_range == ()


def test_words_where_numbers_are_needed_are_named():
    assert map_columns(make_table({"petal_width": ["wide"]}), IRIS).out_of_range == (
        "petal_width: the model needs numbers and this column is of type category; set its type to Number",
    )


def test_a_table_without_anything_needed():
    mapping = map_columns(make_table({"a": [1.0]}), IRIS)
    assert (mapping.found, mapping.missing) == ({}, LENGTHS)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True), st.randoms())
def test_the_same_names_in_any_order_map_to_themselves(names, random):
    shuffled = random.sample(names, len(names))
    table = make_table({name: [1.0] for name in shuffled})
    mapping = map_columns(table, {name: need(name) for name in names})
    assert mapping.found == {name: name for name in names}
    assert (mapping.missing, mapping.ignored) == ((), ())


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(min_size=1, max_size=8), max_size=6, unique=True), st.lists(st.text(max_size=8), max_size=6))
def test_no_column_serves_twice_and_none_is_lost(columns, wanted):
    table = make_table({name: [1.0] for name in columns})
    needed = {name: need(name) for name in wanted}
    mapping = map_columns(table, needed)
    assert len(set(mapping.found.values())) == len(mapping.found)
    assert sorted([*mapping.found.values(), *mapping.ignored]) == sorted(columns)
    assert set(mapping.found) | set(mapping.missing) == set(needed)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Größe", "grosse"),
        ("Café_ID", "cafeid"),
        ("длина листа", "длиналиста"),
        ("花弁の長さ", "花弁の長さ"),
        ("--", ""),
    ],
)
def test_names_of_any_language_are_normalised(name, wanted):
    assert normalise(name) == wanted
