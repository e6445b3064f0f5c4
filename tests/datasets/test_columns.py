"""Columns become what models take, and those that cannot serve are named."""

import io

import numpy as np
import pandas as pd
import pytest

from core.datasets.columns import check_columns, choose_columns, pack_columns, rank_levels, show_date, to_values
from core.datasets.table import Table
from core.hub.errors import DataError

KINDS = {"size": "number", "note": "text", "id": "ignore", "port": "category", "y": "number"}


def make_table() -> Table:
    frame = pd.DataFrame({"size": [1.0, 2.0, 3.0], "note": ["a", "b", "c"], "id": [1, 2, 3], "port": [1.0, None, 2.0]})
    frame["y"] = [0.0, 1.0, 2.0]
    return Table(frame, "mine", "upload", "sha", KINDS)


def test_a_date_survives_the_way_to_days_and_back():
    dates = pd.Series(pd.to_datetime(["2024-02-29", "1969-12-31", None]))
    days = to_values(dates, "date")
    assert [show_date(value) for value in days.dropna()] == ["2024-02-29", "1969-12-31"]
    assert np.isnan(days.iloc[2])
    zoned = dates.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    pd.testing.assert_series_equal(to_values(zoned, "date"), days)


def test_levels_keep_their_names_and_ties_their_order():
    assert to_values(pd.Series([1.0, None, "a"], dtype=object), "category").tolist()[::2] == ["1", "a"]
    values = pd.Series(["c", "b", "a", "b", None, "c", "d"])
    assert rank_levels(values) == rank_levels(values[::-1]) == ("b", "c", "a", "d")


def test_columns_that_cannot_serve_are_named_with_the_reason():
    asked = []

    def reject(column, kind):
        asked.append((column.name, kind, len(column)))
        return "it is too short" if column.name == "size" else ""

    chosen, ignored = choose_columns(make_table(), "y", np.array([0, 2]), reject)
    assert chosen == {"port": "category"}
    assert asked == [("size", "number", 2), ("port", "category", 2)]
    assert ignored == (
        "size is not used: it is too short.",
        "note is not used: it is free text.",
        "id is not used: it was set to be ignored.",
    )


def test_a_table_without_a_usable_column_is_refused_with_every_reason():
    with pytest.raises(DataError, match=r"no column beside y can be used \(size is not used: no\. note .*ignored"):
        choose_columns(make_table(), "y", np.arange(3), lambda _column, _kind: "no")


def test_an_absent_column_is_named():
    check_columns(pd.DataFrame({"a": [1], "b": [2]}), ["b", "a"])
    with pytest.raises(DataError, match="the table lacks c, d; the model needs c, a, d"):
        check_columns(pd.DataFrame({"a": [1]}), ["c", "a", "d"])


def test_packed_categories_are_read_as_categories():
    frame = pd.read_parquet(io.BytesIO(pack_columns(make_table(), ["port", "y"], ["port"])))
    assert frame.columns.tolist() == ["port", "y"]
    assert frame["port"].cat.categories.tolist() == ["1", "2"]
    assert frame["port"].isna().tolist() == [False, True, False]
