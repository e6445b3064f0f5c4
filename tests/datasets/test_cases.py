"""A case is read as its columns say, nothing is invented, and answers stand beside a table's own columns."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from core.datasets.cases import (
    MAX_LEVELS,
    Reach,
    add_answers,
    list_needed,
    make_field,
    name_marked,
    read_value,
    take_cases,
)
from core.datasets.table import Table
from core.hub.errors import DataError

REACH = Reach(margin=0.5, n_steps=10)


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    low: float = 0.0
    high: float = 0.0
    median: float = 0.0
    levels: tuple = ()
    whole: bool = False


SIZE = Column("size", "number", 2.0, 4.0, 3.0)
DAY = Column("day", "date", 0.0, 20.0, 10.0)
PORT = Column("port", "category", levels=("S", "missing", "C"))


def make_table(**columns) -> Table:
    return Table(pd.DataFrame(columns), "mine.csv", "upload", "sha", dict.fromkeys(columns, "number"))


@pytest.mark.parametrize(
    ("column", "value", "read"),
    [(SIZE, " 3.5 ", 3.5), (SIZE, 7, 7.0), (DAY, "1970-01-03", 2.0), (PORT, " C ", "C"), (PORT, 3, "3")],
)
def test_a_value_is_read_as_its_column_says(column, value, read):
    assert read_value(column, value) == read


@pytest.mark.parametrize("blank", [None, "", "  ", float("nan"), pd.NA, pd.NaT])
@pytest.mark.parametrize("column", [SIZE, DAY, PORT])
def test_a_blank_is_refused_and_never_filled_in(column, blank):
    with pytest.raises(DataError, match=f"{column.name} is missing; "):
        read_value(column, blank)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        (SIZE, "wide", "size is 'wide'; give it a number, in training 2 to 4"),
        (SIZE, float("inf"), "size is 'inf'; give it a number, in training 2 to 4"),
        (DAY, "soon", "day is 'soon'; give it a date such as 1970-01-11"),
        (PORT, "", "port is missing; choose one of S, C"),
    ],
)
@pytest.mark.filterwarnings("ignore:Could not infer format:UserWarning")
def test_a_refusal_names_the_value_and_the_remedy(column, value, sentence):
    with pytest.raises(DataError) as caught:
        read_value(column, value, "missing")
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "column", [SIZE, Column("n", "number", -5.0, 5.0, 0.0), Column("one", "number", 2.0, 2.0, 2.0)]
)
def test_a_form_reaches_past_the_training_values(column):
    low, high, step = REACH.find_range(column)
    assert low <= column.low <= column.high <= high
    assert high - column.high >= REACH.margin * (column.high - column.low)
    assert (column.low < 0) or low >= 0
    assert 0 < step <= max(column.high - column.low, abs(column.high)) / REACH.n_steps * 1.001


def test_whole_numbers_move_by_whole_steps_where_asked():
    column = Column("rooms", "number", 1.0, 6.0, 3.0, whole=True)
    assert Reach(0.5, 50).find_range(column)[2] < 1
    assert Reach(0.5, 50, whole_steps=True).find_range(column)[2] == 1
    assert make_field(column, Reach(0.5, 50, whole_steps=True)).kind == "integer"


def test_each_kind_of_column_has_its_field():
    many = Column("name", "category", levels=tuple(f"n{place}" for place in range(MAX_LEVELS)))
    fields = [make_field(column, REACH) for column in (SIZE, DAY, PORT, many)]
    assert [field.kind for field in fields] == ["number", "text", "choice", "text"]
    assert [field.default for field in fields] == [3.0, "1970-01-11", "S", "n0"]
    assert list_needed([many])["name"].categories == ()
    assert list_needed([PORT])["port"].categories == PORT.levels
    assert (list_needed([SIZE])["size"].low, list_needed([DAY])["day"].low) == (2.0, None)


def test_cases_are_found_under_their_own_names_and_an_empty_table_is_refused():
    table = make_table(**{"Size (cm)": [2.0, 3.0], "other": [0.0, 0.0]})
    cases = take_cases(table, list_needed([SIZE, PORT]))
    assert cases.to_dict("list") == {"size": [2.0, 3.0]}
    with pytest.raises(DataError, match=r"mine\.csv has no rows; give it at least one"):
        take_cases(make_table(size=[]), list_needed([SIZE]))


def test_an_answer_never_hides_a_column_of_the_table():
    table = make_table(answer=[1.0, 2.0])
    found = add_answers(table, {"answer": np.array([5.0, 6.0]), "low": [0.0, 0.0]})
    assert found.columns.tolist() == ["answer", "answer (model)", "low"]
    assert found["answer"].tolist() == [1.0, 2.0]


def test_marked_columns_are_named_once():
    marks = pd.DataFrame([[True, True, False], [False, True, True], [False] * 3], columns=["a", "b", "b"])
    assert name_marked(marks) == ["a, b", "b", ""]
    assert name_marked(pd.DataFrame(index=range(2))) == ["", ""]
