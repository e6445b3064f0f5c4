"""Changing what a column is: values follow, nothing is lost silently, and the earlier table stays as it was."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.reading import change_kinds, read_table
from core.datasets.table import Table
from core.hub.errors import DataError

CONTENT = b"zip,size,when,mixed\n007,1.5,2020-01-02,1\n012,2.5,2021-03-04,x\n007,,2020-05-06,3\n113,4,,4\n"


@pytest.fixture
def table() -> Table:
    return read_table(CONTENT, "x.csv").table


def test_text_to_number_and_back(table):
    changed = change_kinds(table, {"zip": "number"})
    assert changed.frame["zip"].tolist() == [7, 12, 7, 113]
    assert changed.kinds["zip"] == "number"
    assert table.frame["zip"].tolist() == ["007", "012", "007", "113"]
    again = change_kinds(changed, {"zip": "category"})
    assert again.frame["zip"].tolist() == ["7", "12", "7", "113"]
    assert again.frame["zip"].dtype == object


def test_every_change_is_recorded_and_hashed(table):
    changed = change_kinds(table, {"size": "category", "zip": "ignore"})
    assert changed.steps == ("size: number to category", "zip: text to ignore")
    assert len({table.sha256, changed.sha256}) == 2
    assert changed.frame["zip"].tolist() == table.frame["zip"].tolist()
    assert "zip" not in changed.features


def test_nothing_to_change_gives_the_same_table(table):
    assert change_kinds(table, {"size": "number"}) is table
    assert change_kinds(table, {"size": "auto", "when": "auto"}) is table


def test_numbers_become_their_shortest_text(table):
    values = change_kinds(table, {"size": "text"}).frame["size"]
    assert values.tolist()[:2] == ["1.5", "2.5"]
    assert values.isna().tolist() == [False, False, True, False]
    assert values.iloc[3] == "4"


def test_dates_become_iso_text_and_back(table):
    text = change_kinds(table, {"when": "text"})
    assert text.frame["when"].tolist()[:3] == ["2020-01-02", "2021-03-04", "2020-05-06"]
    back = change_kinds(text, {"when": "date"})
    pd.testing.assert_series_equal(back.frame["when"], table.frame["when"])


def test_auto_decides_again(table):
    ignored = change_kinds(table, {"size": "ignore", "zip": "ignore", "when": "ignore"})
    assert dict(change_kinds(ignored, dict.fromkeys(table.kinds, "auto")).kinds) == dict(table.kinds)


def test_first_value_that_is_no_number_is_named_with_its_row(table):
    with pytest.raises(DataError, match=r"mixed is 'x' in row 2; it must be a number written as in the rows above"):
        change_kinds(table, {"mixed": "number"})


def test_first_value_that_is_no_date_is_named_with_its_row():
    content = "when,x\n" + "".join(f"2020-01-{day:02},1\n" for day in range(1, 29)) + "soon,2\nlater,3\n"
    table = read_table(content.encode(), "x.csv").table
    with pytest.raises(DataError, match=r"when is 'soon' in row 29; it must be a date"):
        change_kinds(table, {"when": "date"})


def test_number_is_no_date(table):
    with pytest.raises(DataError, match=r"size is '1.5' in row 1; it must be a date"):
        change_kinds(table, {"size": "date"})


def test_date_of_unknown_order_asks_for_the_choice():
    table = read_table(b"when,x\n01/02/2020,1\n03/04/2020,2\n", "x.csv").table
    with pytest.raises(
        DataError, match=r"when is '01/02/2020' in row 1, whose day and month cannot be told; choose day"
    ):
        change_kinds(table, {"when": "date"})


def test_unknown_column_and_kind_are_refused(table):
    with pytest.raises(DataError, match=r"there is no column 'nope'; the columns are zip, size, when, mixed"):
        change_kinds(table, {"nope": "text"})
    with pytest.raises(DataError, match=r"the kind of zip is 'picture'; it must be auto, number, category, text, date"):
        change_kinds(table, {"zip": "picture"})


def test_a_column_without_values_can_be_any_kind():
    table = read_table(b"a,b\n1,\n2,\n", "x.csv").table
    for kind in ("number", "category", "text", "date"):
        changed = change_kinds(table, {"b": kind})
        assert changed.frame["b"].isna().all()
        assert changed.kinds["b"] == kind


def test_frames_with_another_index_keep_their_rows(table):
    import dataclasses

    part = dataclasses.replace(table, frame=table.frame.iloc[[3, 0]])
    assert change_kinds(part, {"zip": "number"}).frame["zip"].tolist() == [113, 7]


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=2, max_size=20))
def test_numbers_survive_a_way_through_text(values):
    numbers = np.array([np.nan if value is None else value for value in values])
    frame = pd.DataFrame({"x": numbers})
    table = Table(frame, "t", "upload", "0", {"x": "number"})
    back = change_kinds(change_kinds(table, {"x": "text"}), {"x": "number"}).frame["x"]
    np.testing.assert_array_equal(back.astype(float).to_numpy(), numbers)
