"""Workbooks: typed cells, sheets, titles above the table, and what may not bring the server down."""

import datetime as dt
import io
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from core.datasets.reading import Choices, read_table
from core.datasets.reading.sheet_process import find_start, pack_column, read_sheet, write_cell
from core.datasets.reading.workbook import check_archive
from core.hub.errors import DataError, LimitError
from core.hub.settings import Settings


def make_book(*sheets: tuple[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_typed_cells_become_typed_columns():
    rows = [
        ["number", "whole", "when", "flag", "zip", "mixed"],
        [1.5, 1, dt.date(2020, 1, 2), True, "007", 1],
        [None, 2, dt.datetime(2021, 3, 4, 5, 6), False, "012", "two"],  # noqa: DTZ001 - a spreadsheet has no zones
        [2.5, None, None, True, "113", 3.5],
    ]
    table = read_table(make_book(("Data", rows)), "x.xlsx").table
    assert table.frame["number"].tolist()[0::2] == [1.5, 2.5]
    assert table.frame["whole"].dtype == "Int64"
    assert table.frame["when"].tolist()[:2] == [pd.Timestamp("2020-01-02"), pd.Timestamp("2021-03-04 05:06")]
    assert table.frame["flag"].tolist() == ["True", "False", "True"]
    assert table.frame["zip"].tolist() == ["007", "012", "113"]
    assert table.frame["mixed"].tolist() == ["1", "two", "3.5"]
    assert dict(table.kinds) == {
        "number": "number",
        "whole": "number",
        "when": "date",
        "flag": "text",
        "zip": "text",
        "mixed": "text",
    }


def test_workbook_reads_as_pandas_and_openpyxl_read_it():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "c": rng.choice(["a", "b"], 300), "n": rng.integers(0, 9, 300)})
    frame.loc[::7, "x"] = np.nan
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False, sheet_name="S")
    ours = read_table(buffer.getvalue(), "x.xlsx").table.frame
    theirs = pd.read_excel(io.BytesIO(buffer.getvalue()), engine="openpyxl")
    pd.testing.assert_frame_equal(ours.astype(theirs.dtypes.to_dict()), theirs)


def test_xlsx_named_csv_is_read_as_what_it_is():
    reading = read_table(make_book(("Data", [["a", "b"], [1, "x"]])), "export.csv")
    assert reading.understanding.format == "xlsx"
    assert reading.table.frame["a"].tolist() == [1]


def test_first_sheet_that_holds_a_table_is_read_and_others_by_name():
    content = make_book(("Empty", []), ("One", [["a"], [1]]), ("Two", [["b"], [2]]))
    reading = read_table(content, "x.xlsx")
    assert reading.understanding.sheet == "One"
    assert reading.understanding.sheets == ("Empty", "One", "Two")
    assert "the sheet One was read, one of 3" in reading.understanding.notes
    assert list(read_table(content, "x.xlsx", Choices(sheet="Two")).table.frame.columns) == ["b"]


def test_hidden_sheet_comes_last_but_can_be_named():
    content = make_book(("Secret", [["a"], [1]]), ("Shown", [["b"], [2]]), hidden=("Secret",))
    assert read_table(content, "x.xlsx").understanding.sheet == "Shown"
    assert read_table(content, "x.xlsx", Choices(sheet="Secret")).table.frame["a"].tolist() == [1]


def test_unknown_sheet_is_refused_with_the_sheets_there_are():
    content = make_book(("One", [["a"], [1]]))
    with pytest.raises(DataError, match=r"there is no sheet 'Two'; the sheets are One"):
        read_table(content, "x.xlsx", Choices(sheet="Two"))


def test_title_above_and_blank_rows_within_are_said():
    rows = [["Sales of 2020"], [], ["a", "b", "c"], [1, 2, 3], [None, None, None], [4, "n/a", 6]]
    reading = read_table(make_book(("Data", rows)), "x.xlsx")
    assert reading.table.frame["a"].tolist() == [1, 4]
    assert reading.table.frame["b"].isna().tolist() == [False, True]
    notes = reading.understanding.notes
    assert "1 row above the table skipped: Sales of 2020" in notes
    assert "1 blank row left out" in notes


def test_sheet_without_names_is_numbered_and_loses_no_row():
    reading = read_table(make_book(("Data", [[5.1, "a", 1], [4.9, "b", 2], [4.7, "a", None]])), "x.xlsx")
    assert reading.understanding.header is False
    assert reading.table.frame["column_1"].tolist() == [5.1, 4.9, 4.7]
    assert reading.table.frame["column_2"].tolist() == ["a", "b", "a"]


def test_names_of_numbers_and_dates_become_text():
    reading = read_table(make_book(("Data", [["country", 1990, 2000], ["Italy", 1, 2], ["France", 3, 4]])), "x.xlsx")
    assert list(reading.table.frame.columns) == ["country", "1990", "2000"]
    assert "1990, 2000: the name was not text and was written as text" in reading.table.notes


def test_header_only_has_its_own_sentence():
    with pytest.raises(DataError, match=r"the sheet has column names \(a, b\) but no rows; add at least one row"):
        read_table(make_book(("Data", [["a", "b"]])), "x.xlsx")


def test_empty_workbook_has_its_own_sentence():
    with pytest.raises(DataError, match=r"the workbook holds no filled cell"):
        read_table(make_book(("Data", [])), "x.xlsx")


def test_too_many_columns_are_refused():
    with pytest.raises(LimitError, match=r"the table has 300 columns; at most 200 can be analysed"):
        read_table(make_book(("Data", [list(range(300)), list(range(300))])), "x.xlsx")


def test_damaged_workbook_has_its_own_sentence():
    content = make_book(("Data", [["a"], [1]]))
    with pytest.raises(DataError, match=r"damaged or cut short"):
        read_table(content[:-30], "x.xlsx")
    middle = bytearray(content)
    middle[200:400] = b"\x00" * 200
    with pytest.raises(DataError, match=r"damaged or cut short"):
        read_table(bytes(middle), "x.xlsx")


def make_bomb(megabytes: int) -> bytes:
    """Make a workbook whose sheet is so many megabytes of zeros, packed a thousandfold."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(megabytes):
                sheet.write(bytes(2**20))
    return buffer.getvalue()


def test_zip_bomb_is_refused_by_what_it_declares():
    content = make_bomb(30)
    assert len(content) < 100_000
    with pytest.raises(LimitError, match=r"the workbook says it unpacks to 31 MB; at most 20 MB are unpacked"):
        read_table(content, "x.xlsx", settings=Settings(upload_cells_mb=20))


def test_zip_bomb_that_lies_is_refused_by_what_it_holds():
    content = bytearray(make_bomb(30))
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 1_000)  # the central directory's unpacked size
    with pytest.raises(LimitError, match=r"says it unpacks to 1 MB but holds more; at most 20 MB are unpacked"):
        read_table(bytes(content), "x.xlsx", settings=Settings(upload_cells_mb=20))


def test_one_cell_in_the_last_corner_ends_only_the_reading():
    # calamine reserves 550 GB for the empty cells before it: in this process that would be the end of the server.
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(LimitError, match=r"the sheet needs more than 1,024 MB once opened; delete empty rows"):
        read_table(buffer.getvalue(), "x.xlsx")


def test_archive_with_an_encrypted_member_asks_for_one_without():
    content = bytearray(make_book(("Data", [["a"], [1]])))
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 8] |= 1
    with pytest.raises(DataError, match=r"protected with a password"):
        check_archive(bytes(content), Settings())


def test_pieces_of_the_sheet_process():
    kind, blob = pack_column([1.0, "", 2.5])
    assert kind == "number"
    np.testing.assert_array_equal(np.frombuffer(blob), [1.0, np.nan, 2.5])
    assert pack_column([2**60, 1])[0] == "text"
    assert write_cell(dt.time(3, 4)) == "03:04:00"
    assert find_start([["t", "", ""], ["", "", ""], ["a", "b", "c"], [1, 2, 3]]) == 2
    header, _ = read_sheet(make_book(("D", [["a", "b"], [1, 2]])), "", 1)
    assert (header["n_columns"], "columns" in header) == (2, False)
    assert read_sheet(b"nonsense", "", 9)[0]["error"] == "damaged"
