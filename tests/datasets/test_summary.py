"""Summary: the figures that R and pandas publish for the bundled tables, and columns of every kind."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_catalogue, load_table
from core.datasets.summary import summarise, write_ends
from core.datasets.table import Table

COLUMNS = ["column", "kind", "missing", "missing_share", "distinct", "min", "mean", "max", "top", "top_share"]


def test_iris_as_published():
    # UCI's iris.names gives min and max; R's summary(iris) the means.
    shown = summarise(load_table("iris")).set_index("column")
    assert shown["min"].dropna().tolist() == [4.3, 2.0, 1.0, 0.1]
    assert shown["max"].dropna().tolist() == [7.9, 4.4, 6.9, 2.5]
    assert shown["mean"].dropna().round(3).tolist() == [5.843, 3.057, 3.758, 1.199]
    assert shown["distinct"].tolist() == [35, 23, 43, 22, 3]
    assert shown.loc["species", "top_share"] == pytest.approx(1 / 3)


def test_penguins_as_published():
    shown = summarise(load_table("penguins")).set_index("column")
    assert shown["missing"].to_dict() == {
        "species": 0, "island": 0, "bill_length": 2, "bill_depth": 2, "flipper_length": 2, "body_mass": 2, "sex": 11,
        "year": 0,
    }  # fmt: skip
    assert shown.loc["species", ["top", "distinct"]].tolist() == ["Adelie", 3]
    assert shown.loc["sex", "missing_share"] == pytest.approx(11 / 344)
    assert shown.loc["sex", "top_share"] == pytest.approx(168 / 333)
    assert shown.loc["year", "kind"] == "ignore"


@pytest.mark.parametrize("name", [entry.name for entry in load_catalogue()])
def test_figures_agree_with_pandas(name):
    table = load_table(name)
    shown = summarise(table).set_index("column")
    assert list(shown.index) == list(table.frame.columns)
    for column in (name for name, kind in table.kinds.items() if kind == "number"):
        described = table.frame[column].astype(float).describe()
        assert shown.loc[column, ["min", "mean", "max"]].tolist() == pytest.approx(
            described[["min", "mean", "max"]].tolist()
        )
        assert shown.loc[column, "distinct"] == table.frame[column].nunique()


def make_table(columns, kinds):
    return Table(pd.DataFrame(columns), "t", "upload", "", kinds)


def test_a_column_of_every_kind():
    table = make_table(
        {
            "n": pd.array([1, None, 3], dtype="Int64"),
            "inf": [np.inf, -np.inf, 2.0],
            "none": [np.nan] * 3,
            "word": ["b", "b", "x" * 200],
            "day": pd.to_datetime(["2026-03-01", None, "2026-01-05"]),
            "aside": [1.0, 1.0, 2.0],
        },
        {"n": "number", "inf": "number", "none": "number", "word": "text", "day": "date", "aside": "ignore"},
    )
    shown = summarise(table)
    assert list(shown.columns) == COLUMNS
    lines = shown.set_index("column")
    assert lines.loc["n", ["missing", "distinct", "min", "mean", "max"]].tolist() == [1, 2, 1.0, 2.0, 3.0]
    assert lines.loc["inf", ["distinct", "min", "max"]].tolist() == [3, 2.0, 2.0]
    assert lines.loc["none", ["missing", "missing_share", "distinct"]].tolist() == [3, 1.0, 0]
    assert np.isnan(lines.loc["none", "mean"])
    assert lines.loc["word", "top"] == "b"
    assert lines.loc["word", "top_share"] == pytest.approx(2 / 3)
    assert lines.loc["day", "top"] == "2026-01-05 to 2026-03-01"
    assert lines.loc["aside", ["kind", "top"]].tolist() == ["ignore", "1"]


def test_long_values_are_cut_and_empty_tables_have_lines():
    long = make_table({"a": ["x" * 500]}, {"a": "category"})
    assert len(summarise(long).loc[0, "top"]) == 60
    empty = make_table({"a": pd.Series([], dtype="object")}, {"a": "category"})
    assert summarise(empty).loc[0, ["missing", "missing_share", "distinct", "top"]].tolist() == [0, 0.0, 0, ""]


def test_columns_have_one_type_each_so_that_a_grid_can_draw_them():
    shown = summarise(load_table("penguins"))
    assert [str(shown[name].dtype) for name in ("missing", "distinct", "min", "mean", "max", "top_share")] == [
        "int64", "int64", "float64", "float64", "float64", "float64",
    ]  # fmt: skip
    assert all(isinstance(value, str) for value in shown["top"])


def test_dates_stand_among_the_least_and_greatest_values_where_they_are_written():
    days = pd.to_datetime(["2026-03-01", None, "2026-01-05"])
    table = make_table(
        {"day": days, "x": [1.5, np.nan, 20000.0], "word": ["b", "b", "a"], "never": pd.to_datetime([None] * 3)},
        {"day": "date", "x": "number", "word": "category", "never": "date"},
    )
    lines = write_ends(summarise(table), table).set_index("column")
    assert lines["min"].tolist() == ["2026-01-05", "1.5", "", ""]
    assert lines["max"].tolist() == ["2026-03-01", "20,000", "", ""]
    assert lines["top"].tolist() == ["", "", "b", ""]


def test_without_dates_the_summary_stays_as_it_is():
    table = load_table("iris")
    pd.testing.assert_frame_equal(write_ends(summarise(table), table), summarise(table))
