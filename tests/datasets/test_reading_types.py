"""Types: what a person would read as a number, date or category, and what is left alone as it could mislead."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.reading import Choices, Reading, read_table
from core.datasets.reading.dates import parse_dates
from core.datasets.reading.names import clean_names
from core.datasets.reading.notes import Notes
from core.datasets.reading.numerals import find_form, parse_numbers

PURE = settings(deadline=None, derandomize=True)


def read(text: str, **choices: str) -> Reading:
    return read_table(text.encode(), "x.csv", Choices(**choices))


def column(*values: str, **choices: str) -> tuple[pd.Series, str, tuple[str, ...]]:
    quoted = "".join(f'{index};"{value}"\n' for index, value in enumerate(values))
    reading = read("id;x\n" + quoted, delimiter="semicolon", header="first row", **choices)
    return reading.table.frame["x"], reading.table.kinds["x"], reading.table.notes


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.5", "2"], [1.5, 2.0]),
        (["1,5", "2"], [1.5, 2.0]),
        (["1.234,5", "12"], [1234.5, 12.0]),
        (["1,234.5", "12"], [1234.5, 12.0]),
        (["1.234.567", "1.000"], [1234567, 1000]),
        (["1 234,5", "12,0"], [1234.5, 12.0]),
        (["1\u202f234", "12"], [1234, 12]),
        (["1'234.50", "2.00"], [1234.5, 2.0]),
        (["12 %", "13.5 %"], [12.0, 13.5]),
        (["$1,200.00", "$5.50"], [1200.0, 5.5]),
        (["-€ 9,90", "€ 1,00"], [-9.9, 1.0]),
        (["12,50 EUR", "3,00 EUR"], [12.5, 3.0]),
        (["\u22127", "+5"], [-7, 5]),
        (["1e5", "2.5E-3"], [100000.0, 0.0025]),
        ([".5", "-.25"], [0.5, -0.25]),
        (["inf", "-Infinity", "1"], [np.inf, -np.inf, 1.0]),
    ],
)
def test_numbers_as_people_write_them(texts, numbers):
    values, kind, _ = column(*texts)
    assert kind == "number"
    assert values.tolist() == numbers


@pytest.mark.parametrize(
    "texts",
    [
        ["612 345 678", "611 222 333"],  # telephone numbers
        ["$5", "€3"],
        ["12 kg", "13 kg"],
        ["1.2.3", "1.2.4"],
        ["12-13", "14-15"],
        ["=1+1", "=2+2"],
        ["1,5", "1.5.2"],
    ],
)
def test_what_only_looks_like_numbers_stays_text(texts):
    values, kind, _ = column(*texts)
    assert kind in {"text", "category"}
    assert values.tolist() == texts


def test_leading_zeros_stay_text_and_are_said():
    values, kind, notes = column("007", "12", "1010")
    assert values.tolist() == ["007", "12", "1010"]
    assert kind == "text"
    assert "x: kept as text because of leading zeros" in notes


def test_whole_numbers_too_long_to_hold_stay_text():
    values, _, notes = column("12345678901234567890", "1")
    assert values.tolist() == ["12345678901234567890", "1"]
    assert "x: kept as text because of whole numbers of more than 18 digits" in notes


def test_eighteen_digits_are_exact():
    values, _, _ = column("123456789012345678", "123456789012345679")
    assert values.tolist() == [123456789012345678, 123456789012345679]


def test_ambiguous_separator_follows_the_rest_of_the_file():
    reading = read("a;b\n1,234;0,5\n2,345;0,25\n")
    assert reading.table.frame["a"].tolist() == [1.234, 2.345]
    reading = read('a,b\n"1,234",0.5\n"2,345",0.25\n')
    assert reading.table.frame["a"].tolist() == [1234, 2345]


def test_ambiguous_separator_is_said_and_the_choice_decides():
    text = "a\tb\n1.234\tx\n5.678\ty\n"
    reading = read(text)
    assert reading.table.frame["a"].tolist() == [1.234, 5.678]
    assert "a: 1.234 was read as 1.234; set the decimal sign if it means the other" in reading.table.notes
    assert read(text, decimal="comma").table.frame["a"].tolist() == [1234, 5678]


def test_missing_words_are_missing_and_counted():
    text = "x,y,c\n1,NA,red\nn/a,2,null\n?,3,blue\n-,4,red\n5,none,?\n"
    reading = read(text)
    frame = reading.table.frame
    assert frame["x"].isna().tolist() == [False, True, True, True, False]
    assert frame["y"].isna().tolist() == [True, False, False, False, True]
    assert frame["c"].tolist()[0] == "red"
    assert frame["c"].isna().tolist() == [False, True, False, False, True]
    notes = " | ".join(reading.table.notes)
    assert "y (1): NA was read as missing" in notes
    assert "x (1), c (1): ? was read as missing" in notes


def test_dash_beside_plus_is_a_category():
    reading = read("rh,x\n+,1\n-,2\n+,3\n-,4\n+,5\n")
    assert reading.table.frame["rh"].tolist() == ["+", "-", "+", "-", "+"]
    assert reading.table.kinds["rh"] == "category"


def test_word_none_is_kept_among_categories():
    values, kind, _ = column(*["None", "Basic", "Full"] * 3)
    assert kind == "category"
    assert values.tolist()[:3] == ["None", "Basic", "Full"]


def test_mostly_numbers_names_the_odd_value_and_its_row():
    values, kind, notes = column(*map(str, range(100)), "unknown?", *map(str, range(100, 130)))
    assert kind == "text"
    assert values.iloc[100] == "unknown?"
    assert "x: mostly numbers, but kept as text because of 'unknown?' in row 101" in notes


def test_column_without_a_value_is_ignored_and_said():
    reading = read("a,b\n1,\n2,\n3,NA\n")
    assert reading.table.kinds["b"] == "ignore"
    assert reading.table.frame["b"].dtype == float
    assert reading.table.frame["b"].isna().all()
    assert any(note.startswith("b: no value at all") for note in reading.table.notes)


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["2020-02-01", "2021-12-31"], "2020-02-01"),
        (["2020-02-01T10:11:12.5", "2020-02-02 00:00"], "2020-02-01 10:11:12.5"),
        (["2020-02-01T10:00:00+02:00", "2020-02-01T10:00:00Z"], "2020-02-01 08:00"),
        (["2020/2/1", "2020/12/31"], "2020-02-01"),
        (["1 Feb 2020", "31 December 2020"], "2020-02-01"),
        (["Feb 1, 2020", "Sept 30, 2020"], "2020-02-01"),
        (["01.02.2020", "31.12.2020"], "2020-02-01"),
        (["02/01/2020 11:30 PM", "12/31/2020 12:05 AM"], "2020-02-01 23:30"),
        (["01.02.70", "31.12.68"], "1970-02-01"),
        (["03/03/2020", "04/04/2020"], "2020-03-03"),
        (["0001-01-01", "9999-12-31"], "0001-01-01"),
    ],
)
def test_dates_whose_order_is_certain(texts, first):
    values, kind, _ = column(*texts)
    assert kind == "date"
    assert values.dtype == np.dtype("datetime64[us]")
    assert values.to_numpy()[0] == np.datetime64(first, "us")


def test_unknown_order_is_asked_never_guessed():
    text = "when,x\n01/02/2020,1\n03/04/2020,2\n"
    reading = read(text)
    assert reading.understanding.ambiguous_dates == ("when",)
    assert reading.table.kinds["when"] == "text"
    assert reading.table.frame["when"].tolist() == ["01/02/2020", "03/04/2020"]
    day, month = (read(text, dates=order).table.frame["when"].iloc[0] for order in ("day first", "month first"))
    assert (day.month, day.day) == (2, 1)
    assert (month.month, month.day) == (1, 2)
    assert read(text, dates="day first").understanding.ambiguous_dates == ()


def test_value_that_proves_the_order_beats_the_choice_and_is_said():
    reading = read("when,x\n01/02/2020,1\n31/01/2020,2\n", dates="month first")
    assert reading.table.frame["when"].iloc[0] == pd.Timestamp("2020-02-01")
    assert "when: dates are day first, as one of them proves" in reading.table.notes


@pytest.mark.parametrize(
    "texts", [["31/01/2020", "01/31/2020"], ["30.02.2020", "31.02.2020"], ["2020-13-01", "2020-01-01"]]
)
def test_impossible_dates_stay_text(texts):
    values, kind, _ = column(*texts)
    assert kind in {"text", "category"}
    assert values.tolist() == texts


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"] * 10, "category"),
        ([f"name {index}" for index in range(20)], "text"),
        ([f"city {index % 400}" for index in range(10_000)], "category"),
        ([f"code {index % 2_000}" for index in range(10_000)], "text"),
        (
            [
                "a long sentence that goes on and on, one of two, well past sixty letters",
                "another just as long, so that neither could be the name of a group",
            ]
            * 20,
            "text",
        ),
        (["True", "False"] * 5, "category"),
    ],
)
def test_category_or_text_by_repeats_and_length(values, kind):
    assert column(*values)[1] == kind


def test_text_is_object_with_nan_under_either_pandas():
    with pd.option_context("future.infer_string", True):
        reading = read("a,b\nx,1\n,2\nx,3\n")
    assert reading.table.frame["a"].dtype == object
    assert reading.table.frame["a"].tolist()[0] == "x"
    assert isinstance(reading.table.frame["a"].iloc[1], float)


def test_spaces_around_values_are_taken_off_and_said():
    reading = read("a,b\n x , 1\ny ,2\n x,3\n")
    assert reading.table.frame["a"].tolist() == ["x", "y", "x"]
    assert reading.table.frame["b"].tolist() == [1, 2, 3]
    assert "a, b: spaces around values were taken off" in reading.table.notes


def test_names_are_made_unique_filled_and_clean():
    notes = Notes()
    names = clean_names(["a", "a", "a_2", "", 2020, None, "x\x00\u202ey\nz", "a"], notes)
    assert names == ("a", "a_3", "a_2", "column_4", "2020", "column_6", "xy z", "a_4")
    text = " | ".join(notes.sentences())
    assert "renamed, because another column is also called a" in text
    assert "column_4, column_6: named by position" in text
    assert "2020: the name was not text" in text
    assert "xy z: control characters were taken out" in text


@PURE
@given(st.lists(st.text(max_size=8) | st.none() | st.integers() | st.floats(), min_size=1, max_size=20))
def test_names_are_always_unique_and_not_empty(names):
    found = clean_names(names, Notes())
    assert len(set(found)) == len(names)
    assert all(name and name.isprintable() for name in found if name.isascii())


@PURE
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_numbers_survive_their_shortest_text(numbers):
    texts = pa.array(sorted({repr(number) for number in numbers}))
    form = find_form(texts)
    assert form is not None
    assert parse_numbers(texts, form, "point").tolist() == [float(text) for text in texts.to_pylist()]


@PURE
@given(st.lists(st.datetimes(pd.Timestamp("0001-01-02"), pd.Timestamp("9999-12-30")), min_size=1, max_size=30))
def test_iso_dates_survive(moments):
    texts = pa.array(sorted({moment.isoformat() for moment in moments}))
    parsed = parse_dates(texts)
    assert parsed is not None
    assert parsed.moments.tolist() == sorted(set(moments))
