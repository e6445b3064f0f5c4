"""Every way an upload can be wrong has its own sentence, or is read with a note that says what was done."""

import io

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile

from core.datasets.reading import Choices, check_size, read_table
from core.hub.errors import DataError, HubError, LimitError, RecipeError
from core.hub.settings import Settings


def make_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, "x"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def make_protected() -> bytes:
    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(make_xlsx())).encrypt("secret", buffer)
    return buffer.getvalue()


SENTENCES = {
    "empty": (b"", r"the file is empty \(0 bytes\); choose one with column names and at least one row"),
    "blank": (b" \n\n \n", r"the file holds only blank lines; choose a file with column names and at least one row"),
    "header only": (b"a,b,c\n", r"the file has column names \(a, b, c\) but no rows; add at least one row"),
    "zero bytes": (b"a,b\n1,\x00\n3,4\n", r"the file holds a zero byte in line 2, so it is not plain text"),
    "control characters": (b"a,b\n" + b"\x01\x02\x03\x04" * 20, r"the file is not a table: \d+% of it are control"),
    "password": (make_protected(), r"the workbook is protected with a password; open it, save it without one"),
    "cut short": (make_xlsx()[:500], r"damaged or cut short; save or download it again"),
    "HTML": (b"<!DOCTYPE html>\n<table><tr><td>1</td></tr></table>", r"the file is a web page \(HTML\)"),
    "HTML table": (b"<table border=1>\n<tr><td>1,2</td></tr></table>", r"the file is a web page \(HTML\)"),
    "HTML as UTF-16": ("<html><p>x</p></html>".encode("utf-16"), r"the file is a web page \(HTML\)"),
    "XML": (b'<?xml version="1.0"?><Workbook/>', r"the file is an XML document; open it in a spreadsheet"),
    "PDF": (b"%PDF-1.7\n1,2\n", r"the file is a PDF document; copy its table"),
    "PNG": (b"\x89PNG\r\n\x1a\n....", r"the file is a PNG picture; tables are read from CSV, Excel, Parquet or JSON"),
    "JPEG": (b"\xff\xd8\xff\xe0....", r"the file is a JPEG picture"),
    "GIF": (b"GIF89a....", r"the file is a GIF picture"),
    "BMP": (b"BM" + b"\x36\x10\x00\x00" + bytes(4) + b"x", r"the file is a BMP picture"),
    "gzip": (b"\x1f\x8b\x08....", r"the file is a gzip archive; unpack it and upload the table inside"),
    "7z": (b"7z\xbc\xaf\x27\x1c..", r"the file is a 7-Zip archive"),
    "SQLite": (b"SQLite format 3\x00..", r"the file is a SQLite database; export one table"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}\x94", r"a Python pickle, which is never opened here"),
    "program": (b"\x7fELF\x02\x01", r"the file is a program"),
}


def make_zip(*names: str) -> bytes:
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


SENTENCES |= {
    "zip": (make_zip("table.csv"), r"the file is a zip archive; unpack it and upload the table inside"),
    "docx": (make_zip("word/document.xml"), r"the file is a Word document"),
    "ods": (make_zip("mimetype", "content.xml"), r"the file is an OpenDocument file; save it as xlsx or CSV"),
    "xlsb": (make_zip("xl/workbook.bin"), r"the file is a binary workbook \(xlsb\); save it as xlsx"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_each_case_has_its_own_sentence(case):
    content, sentence = SENTENCES[case]
    with pytest.raises(DataError, match=sentence) as raised:
        read_table(content, "upload.csv")
    assert "\n" not in str(raised.value)
    assert raised.value.args[0][0].islower()


def test_no_line_that_fits_names_the_first():
    content = b"a,b,c\n" + b"".join(b"1," * width + b"1\n" for width in (0, 1, 3, 4, 5))
    with pytest.raises(DataError, match=r"none of the lines fits the table: line 2 has 1 cell where the table has 3"):
        read_table(content, "x.csv", Choices(delimiter="comma"))


def test_two_gigabytes_are_refused_from_the_number_alone():
    with pytest.raises(LimitError, match=r"the file is 2,048 MB; at most 25 MB are read: upload fewer rows, or raise"):
        check_size(2 * 2**30, Settings())
    check_size(25 * 2**20, Settings())
    with pytest.raises(LimitError, match=r"the file is 26 MB; at most 25 MB"):
        check_size(25 * 2**20 + 1, Settings())


def test_size_is_checked_before_the_content_is_looked_at():
    with pytest.raises(LimitError, match=r"the file is 2 MB; at most 1 MB are read"):
        read_table(bytes(2**20 + 1), "x.csv", settings=Settings(upload_mb=1))


def test_too_many_columns_are_refused():
    content = (",".join(f"c{index}" for index in range(201)) + "\n" + ",".join(["1"] * 201) + "\n").encode()
    with pytest.raises(LimitError, match=r"the table has 201 columns; at most 200 can be analysed: leave some out"):
        read_table(content, "x.csv")
    assert read_table(content, "x.csv", settings=Settings(upload_columns=201)).understanding.n_columns == 201


def test_table_that_needs_too_much_memory_is_refused():
    content = ("x,y\n" + "1,2\n" * 200_000).encode()
    with pytest.raises(LimitError, match=r"at most 1 MB are allowed|needs more than 1 MB"):
        read_table(content, "x.csv", settings=Settings(upload_cells_mb=1))


def test_names_twice_empty_or_of_numbers_are_mended_and_said():
    reading = read_table(b"a,a,,2020\n1,2,3,4\n5,6,7,8\n", "x.csv")
    assert list(reading.table.frame.columns) == ["a", "a_2", "column_3", "2020"]
    assert all(isinstance(name, str) for name in reading.table.frame.columns)
    notes = " | ".join(reading.table.notes)
    assert "a_2: renamed, because another column is also called a" in notes
    assert "column_3: named by position, because its name was empty" in notes


def test_target_without_a_value_reads_as_an_ignored_column():
    reading = read_table(b"x,species\n1,\n2,NA\n3,?\n", "x.csv")
    assert reading.table.kinds["species"] == "ignore"
    assert reading.table.frame["species"].isna().all()


def test_single_class_reads_as_a_category():
    reading = read_table(b"x,species\n1,setosa\n2,setosa\n3,setosa\n", "x.csv")
    assert reading.table.kinds["species"] == "category"


def test_nan_and_infinity_only():
    reading = read_table(b"x,y,z\nNaN,inf,inf\nnan,-inf,1\n", "x.csv")
    assert reading.table.kinds["x"] == "ignore"
    assert reading.table.frame["y"].tolist() == [np.inf, -np.inf]
    assert reading.table.frame["z"].tolist() == [np.inf, 1.0]


def test_xlsx_named_csv_is_read():
    assert read_table(make_xlsx(), "table.csv").understanding.format == "xlsx"


def test_million_categories_are_text():
    content = ("id,x\n" + "\n".join(f"customer {index},{index % 7}" for index in range(1_000_000))).encode()
    reading = read_table(content, "x.csv")
    assert reading.table.kinds["id"] == "text"
    assert reading.understanding.n_rows == 1_000_000
    assert len(reading.table.frame) == 200_000
    assert reading.table.frame["id"].is_unique


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "+HYPERLINK(1)",
    "[link](javascript:alert(1))",
    "'; DROP TABLE x; --",
    "$path",
    "{columns}",
]


def test_html_formulas_and_markup_are_data_in_names_and_cells():
    rows = "".join(f'"{value}",{index}\n' for index, value in enumerate(HOSTILE))
    for name in HOSTILE:
        reading = read_table(f'"{name}",n\n{rows}'.encode(), f"{name}.csv")
        assert list(reading.table.frame.columns) == [name, "n"]
        assert reading.table.frame[name].tolist() == HOSTILE


def test_file_name_is_data_without_folders():
    table = read_table(b"a,b\n1,2\n", "../../etc/<b>pass\x00wd</b>").table
    assert table.name == "b>"
    assert read_table(b"a,b\n1,2\n", "C:\\data\\iris.csv").table.name == "iris.csv"
    assert read_table(b"a,b\n1,2\n", "").table.name == "upload"


def test_names_that_open_like_a_signature_are_still_text():
    for name in ("PAR1", "ORC", "BMI", "RIFF", "MZ", "Rar!", "GIF8", "ID3", "<b>x</b>"):
        reading = read_table(f"{name},y\n1,2\n3,4\n".encode(), "x.csv")
        assert list(reading.table.frame.columns) == [name, "y"]


def test_choice_that_is_not_offered_is_refused():
    with pytest.raises(RecipeError, match=r"delimiter is 'colon'; it must be one of auto, comma"):
        read_table(b"a,b\n1,2\n", "x.csv", Choices(delimiter="colon"))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_table_or_a_sentence(content):
    sentence, frame, kinds = "", None, ()
    try:
        table = read_table(content, "x.csv").table
        frame, kinds = table.frame, tuple(table.kinds)
    except HubError as error:
        sentence = str(error)
    assert (frame is None) == bool(sentence)
    assert "\n" not in sentence
    if frame is not None:
        assert len(frame) >= 1
        assert kinds == tuple(frame.columns)
        assert frame.columns.is_unique
