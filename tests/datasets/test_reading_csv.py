"""Delimited text: any usual dialect reads back as what was written, and every line of the file is accounted for."""

import csv
import io
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.datasets.alerts import find_alerts
from core.datasets.reading import Choices, Reading, read_table
from core.datasets.reading.cutter import find_open_quote
from core.datasets.reading.dialect import find_dialect, squeeze
from core.datasets.reading.reader import check_width
from core.datasets.reading.survey import DASHES, MISSING_WORDS
from core.datasets.table import table_from_folder, table_to_files
from core.hub.errors import DataError

SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
SLOW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
LETTERS = "abcdefgäöüßéç ,;|\t\"'\n.<>=+@-1"
WORDS = (
    st.text(st.sampled_from(LETTERS), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda word: word and word not in MISSING_WORDS | DASHES and not word.startswith('"'))
)
PLAIN_WORDS = st.sampled_from(["red", "green apple", "größe", "o'neil", "a-b", "x_1", "blue/grey"])
FLOATS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4))
MISSING = st.none()


def read(text: str | bytes, choices: Choices | None = None) -> Reading:
    content = text.encode() if isinstance(text, str) else text
    return read_table(content, "table.csv", choices or Choices())


def make_frame(rows: list[tuple], first: tuple) -> pd.DataFrame:
    names = ["number", "whole number", "word", "when", "ratio"]
    frame = pd.DataFrame([first, *rows], columns=names)
    whole = pd.array([None if value is None else value for value in frame["whole number"]], dtype="Int64")
    frame["whole number"] = whole
    frame[["number", "ratio"]] = frame[["number", "ratio"]].astype(float)
    frame["word"] = frame["word"].astype(object).where(frame["word"].notna(), np.nan)
    frame["when"] = frame["when"].astype("datetime64[us]")
    return frame


def rows_of(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple]]:
    moments = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)).map(lambda when: when.replace(microsecond=0))  # noqa: DTZ001 - a table's dates have no zone
    row = st.tuples(
        FLOATS | MISSING, st.integers(-(10**9), 10**9) | MISSING, words | MISSING, moments | MISSING, FLOATS
    )
    return st.lists(row, min_size=2, max_size=12)


FIRST = (0.5, 1, "first word", datetime(2020, 2, 1, 12, 30), -0.25)  # noqa: DTZ001 - a table's dates have no zone


def write(frame: pd.DataFrame, sign: str, decimal: str, quoting: int, newline: str) -> str:
    missing = "NA" if sign == " " else ""
    return frame.to_csv(index=False, sep=sign, decimal=decimal, quoting=quoting, lineterminator=newline, na_rep=missing)


@SLOW
@given(
    rows_of(WORDS),
    st.sampled_from(["comma", "semicolon", "tab", "pipe", "space"]),
    st.sampled_from([".", ","]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15", "cp1250"]),
)
def test_frame_written_in_any_dialect_reads_back_equal(rows, delimiter, decimal, quoting, newline, encoding):
    frame = make_frame(rows, FIRST)
    if delimiter == "space":  # a tab is a space then
        frame["word"] = frame["word"].map(lambda word: word.replace("\t", "") if isinstance(word, str) else word)
    if newline == "\r":  # Python's writer does not quote a line feed then, so the file would mean something else
        frame["word"] = frame["word"].map(lambda word: word.replace("\n", "") if isinstance(word, str) else word)
    content = write(frame, SIGNS[delimiter], decimal, quoting, newline).encode(encoding)
    known = {"utf-8-sig": "auto", "utf-16": "auto"}.get(encoding, encoding)
    reading = read(content, Choices(encoding=known, delimiter=delimiter, header="first row"))
    assert reading.understanding.rejected == ()
    pd.testing.assert_frame_equal(reading.table.frame, frame)
    assert reading.table.kinds["number"] == reading.table.kinds["whole number"] == "number"
    assert reading.table.kinds["when"] == "date"


@SLOW
@given(
    rows_of(PLAIN_WORDS),
    st.sampled_from(["comma", "semicolon", "tab", "pipe", "space"]),
    st.sampled_from([".", ","]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_dialect_is_found_without_any_choice(rows, delimiter, decimal, quoting, newline, encoding):
    frame = make_frame(rows, FIRST)
    reading = read(write(frame, SIGNS[delimiter], decimal, quoting, newline).encode(encoding))
    found = reading.understanding
    assert (found.delimiter, found.header) == (delimiter, True)
    assert found.decimal == ("comma" if decimal == "," else "point")
    pd.testing.assert_frame_equal(reading.table.frame, frame)


@pytest.mark.parametrize("seed", range(5))
def test_clean_file_reads_as_pandas_reads_it(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=200),
            "n": rng.integers(-1000, 1000, 200),
            "c": rng.choice(["a", "b", "long name"], 200),
            "t": [f"row, {index}" for index in range(200)],
            "scientific": rng.lognormal(0, 30, 200),
        }
    )
    frame.loc[rng.choice(200, 20, replace=False), ["x", "c"]] = np.nan
    content = frame.to_csv(index=False).encode()
    ours = read(content).table.frame
    theirs = pd.read_csv(io.BytesIO(content), float_precision="round_trip")
    pd.testing.assert_frame_equal(ours.astype(theirs.dtypes.to_dict()), theirs, check_exact=True)


def test_same_bytes_give_the_same_table_and_hash():
    content = b"a,b\n1,x\n2,y\n3,x\n"
    first, second = read(content), read(content)
    pd.testing.assert_frame_equal(first.table.frame, second.table.frame)
    assert first.table.sha256 == second.table.sha256
    assert first.understanding == second.understanding


def test_other_choices_give_another_hash():
    content = b"a;b\n1,234;x\n2,345;y\n"
    point, comma = read(content, Choices(decimal="point")), read(content, Choices(decimal="comma"))
    assert point.table.frame["a"].tolist() == [1234, 2345]
    assert comma.table.frame["a"].tolist() == [1.234, 2.345]
    assert point.table.sha256 != comma.table.sha256


def test_semicolons_with_decimal_commas_are_not_cut_at_the_commas():
    # DuckDB 2.0's own sniffer cuts this into three columns at the commas and drops the header.
    reading = read("a;b\n1,5;2,5\n3,5;4,5\n")
    assert reading.table.frame.to_dict("list") == {"a": [1.5, 3.5], "b": [2.5, 4.5]}
    assert reading.understanding.delimiter == "semicolon"
    assert reading.understanding.decimal == "comma"


def test_ragged_lines_are_named_with_line_reason_and_text():
    reading = read('a,b,c\n1,2,3\n4,5\n"x\ny",7,8\n\n9,1,1,1\n2,3,4\n')
    found = reading.understanding
    assert reading.table.frame["b"].tolist() == [2, 7, 3]
    assert [(each.line, each.reason, each.text) for each in found.rejected] == [
        (3, "2 cells where the table has 3", "4,5"),
        (7, "4 cells where the table has 3", "9,1,1,1"),
    ]
    assert found.n_rejected == 2
    assert "2 lines do not fit and were left out; the first is line 3: 2 cells where the table has 3" in found.notes
    assert reading.table.notes == found.notes


def test_rejected_text_is_cut_and_all_are_counted():
    bad = "x" * 500
    reading = read("a,b\n" + "1,2\n" * 300 + f"{bad}\n" * 150)
    assert reading.understanding.n_rejected == 150
    assert len(reading.understanding.rejected) == 100
    assert {len(each.text) for each in reading.understanding.rejected} == {200}


def test_line_numbers_hold_after_windows_line_ends():
    reading = read("a,b\r\n1,2\r\n3\r\n4,5\r\n")
    assert [each.line for each in reading.understanding.rejected] == [3]


def test_quote_that_is_never_closed_loses_no_line():
    text = 'id,note\n1,"fine, yes"\n2,"open\n3,x\n4,y\n5,z\n'
    reading = read(text)
    kept = reading.table.frame["id"].tolist()
    lost = reading.understanding.n_rejected
    assert len(kept) + lost == 5
    assert {3, 4, 5} <= set(kept)


def test_two_stray_quotes_far_apart_do_not_swallow_the_lines_between():
    lines = [f"{index},word {index}" for index in range(200)]
    lines[10] = '10,"word 10'
    lines[190] = '190,word 190"'
    reading = read("id,text\n" + "\n".join(lines) + "\n")
    assert len(reading.table.frame) + reading.understanding.n_rejected == 200
    assert len(reading.table.frame) >= 198


def test_quotes_that_first_appear_late_are_still_quotes():
    body = "".join(f"{index},plain\n" for index in range(30_000))
    reading = read("id,text\n" + body + '30000,"late, quoted"\n')
    assert reading.understanding.n_rejected == 0
    assert reading.table.frame["text"].iloc[-1] == "late, quoted"


def test_backslash_escapes_are_understood():
    reading = read('a,b\n1,"5\\" disk, x"\n2,"3"\n')
    assert reading.table.frame["b"].tolist() == ['5" disk, x', "3"]


def test_inches_are_no_quotes():
    reading = read('a,b\n1,5" disk\n2,3" nail\n3,plain\n')
    assert reading.table.frame["b"].tolist() == ['5" disk', '3" nail', "plain"]


def test_title_lines_above_the_table_are_skipped_and_said():
    reading = read("Sales of 2020\nmade by hand\n\na;b;c\n1;2;3\n4;5;6\n")
    assert list(reading.table.frame.columns) == ["a", "b", "c"]
    assert "2 lines above the table skipped: Sales of 2020 / made by hand" in reading.understanding.notes


def test_excel_hint_line_sets_the_delimiter():
    reading = read("sep=|\na|b\n1,2|x\n")
    assert reading.understanding.delimiter == "pipe"
    assert reading.table.frame.to_dict("list") == {"a": [1.2], "b": ["x"]}


def test_row_names_of_r_get_a_name():
    reading = read("length,width\nflower1,1.5,2\nflower2,3,4\n")
    assert reading.table.frame.to_dict("list") == {"row": ["flower1", "flower2"], "length": [1.5, 3.0], "width": [2, 4]}


@pytest.mark.parametrize("header", ["a,b", "a,b,"])
def test_delimiter_at_the_end_of_lines_makes_no_column(header):
    reading = read(f"{header}\n1,2,\n3,4,\n")
    assert reading.table.frame.to_dict("list") == {"a": [1, 3], "b": [2, 4]}


def test_rows_that_leave_out_empty_cells_at_the_end_are_padded():
    reading = read("a,b,c\n1,2\n3,4\n5,6,7\n8,9\n")
    assert reading.table.frame["a"].tolist() == [1, 3, 5, 8]
    assert reading.table.frame["c"].isna().tolist() == [True, True, False, True]
    assert reading.understanding.n_rejected == 0


def test_columns_lined_up_with_spaces_are_cut():
    reading = read("  x    y  name\n 1.5   2  ann\n10.25  3  bob\n")
    assert reading.understanding.delimiter == "space"
    assert reading.table.frame.to_dict("list") == {"x": [1.5, 10.25], "y": [2, 3], "name": ["ann", "bob"]}


def test_squeeze_leaves_quoted_spaces():
    assert squeeze('a  "b  c"  d \n\t1 2   3') == 'a "b  c" d\n1 2 3'


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("length,species\n5.1,setosa\n4.9,setosa\n", True),
        ("5.1,setosa\n4.9,setosa\n4.7,virginica\n", False),
        ("name,city\nAnn,Rome\nBob,Oslo\n", True),
        ("yes,no\nno,yes\nyes,yes\n", False),
        ("country,1990,2000\nItaly,1,2\nFrance,3,4\n", True),
        ("1,2\n3,4\n", False),
        ("when,x\n2020-01-02,1\n", True),
    ],
)
def test_header_is_told_from_rows(text, header):
    assert read(text).understanding.header is header


def test_header_choice_is_obeyed():
    frame = read("1,2\n3,4\n", Choices(header="first row")).table.frame
    assert frame.to_dict("list") == {"1": [3], "2": [4]}
    reading = read("a,b\n1,2\n", Choices(header="none"))
    assert reading.table.frame["column_1"].tolist() == ["a", "1"]
    assert "the first row is no header, so the columns are numbered" in reading.table.notes


def test_one_column_is_read_and_said():
    reading = read("size\n1\n2\n")
    assert reading.table.frame["size"].tolist() == [1, 2]
    assert reading.understanding.delimiter == "none"
    assert any(note.startswith("one column was found") for note in reading.understanding.notes)


def test_one_column_with_a_steady_sign_suggests_it():
    notes = read("a:b\nx:y\nu:v\n").understanding.notes
    assert any("every line holds the sign : equally often" in note for note in notes)


def test_one_column_of_sentences_is_not_cut():
    text = "review\nGood, cheap, and fast\nBad\nNot bad, really\nI, he, she, and they, all of us, liked it\n"
    reading = read(text)
    assert reading.understanding.n_columns == 1
    assert len(reading.table.frame) == 4


def test_blank_rows_are_dropped_and_said():
    reading = read("a,b\n1,2\n,\n , \n3,4\n")
    assert reading.table.frame["a"].tolist() == [1, 3]
    assert "2 blank rows left out" in reading.table.notes


def test_rows_past_the_cap_are_a_seeded_sample_in_file_order(make_settings):
    content = ("x\n" + "\n".join(map(str, range(5_000))) + "\n").encode()
    limits = make_settings(upload_rows=1_000)
    first = read_table(content, "x.csv", settings=limits)
    second = read_table(content, "x.csv", settings=limits)
    kept = first.table.frame["x"].tolist()
    assert len(kept) == 1_000
    assert kept == sorted(kept)
    assert max(kept) > 4_000
    assert kept == second.table.frame["x"].tolist()
    assert first.understanding.n_rows == 5_000
    assert any(note.startswith("a random sample of 1,000 of 5,000 rows was kept") for note in first.table.notes)
    assert first.table.sha256 != read_table(content, "x.csv").table.sha256


@pytest.fixture
def make_settings():
    from core.hub.settings import Settings

    return Settings


def test_long_lines_are_rejected_by_name():
    reading = read("a,b\n1,2\n3," + "x" * 2_100_000 + "\n4,5\n")
    assert reading.table.frame["a"].tolist() == [1, 4]
    assert reading.understanding.rejected[0].reason == "more than 2,000,000 characters"


def test_dialect_of_a_table_with_prices_in_text():
    text = "name;price;note\nann;1.234,50 €;fine, thanks\nbob;12,00 €;so, so\n"
    assert find_dialect(text).name == "semicolon"


def _make_rows(n: int = 40) -> list[str]:
    return ["id,name,value", *(f"{number},name {number},{number * 2.5}" for number in range(n))]


def test_the_line_of_a_quote_that_is_not_closed_is_named_where_the_table_is_read():
    lines = _make_rows()
    lines[11] = '10,"name 10,25.0'
    found = read_table("\n".join(lines).encode(), "x.csv")
    assert found.table.frame.shape == (40, 3)
    assert any("line 12 opens a quote that is not closed" in note for note in found.understanding.notes)
    lines[1:9] = [f'{number},"name {number}",{number * 2.5}' for number in range(8)]
    found = read_table("\n".join(lines).encode(), "x.csv")
    assert found.table.frame.shape == (40, 3)
    assert any("line 12 opens the first" in note for note in found.understanding.notes)


def test_the_line_of_a_quote_is_named_where_it_hides_every_column():
    content = b'a,b,c\n1\n"x,2,3\n4\n5,6\n'
    with pytest.raises(DataError, match="line 3 opens a quote that is not closed"):
        check_width(read_table(content, "x.csv"), content)


@pytest.mark.parametrize("text", ['a,b\n1,"x\ny"\n2,z\n', 'a,b\n1,"say ""hi"""\n', 'a,b\n1,5"\n2,6"\n', 'a,b\n1,"x"\n'])
def test_closed_quotes_and_inches_are_not_called_open(text):
    assert find_open_quote(text) == 0
    assert not any("quote" in note for note in read_table(text.encode(), "x.csv").understanding.notes)


def test_lines_that_were_lost_are_told_wherever_the_table_goes(tmp_path):
    lines = [line + ",x" * (place % 2) for place, line in enumerate(_make_rows())]
    table = read_table("\n".join(lines).encode(), "x.csv").table
    alert = find_alerts(table)[0]
    assert (alert.kind, alert.severity) == ("rejected_lines", "problem")
    assert alert.sentence.startswith("20 of 40 lines of the file (50%) could not be read")
    for name, content in table_to_files(table).items():
        (tmp_path / name).write_bytes(content)
    assert find_alerts(table_from_folder(tmp_path))[0].sentence == alert.sentence
    assert not any(each.kind == "rejected_lines" for each in find_alerts(read_table(b"a,b\n1,2\n3,4\n", "x.csv").table))
