"""One form for every text: what goes, what stays, and which table column holds the texts."""

import unicodedata

import pandas as pd
import pytest

from core.hub.errors import DataError, LimitError
from core.text._shared.cleaning import MOST_BYTES, clean_text, describe_text, fold_text, read_text_column

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\u0301te\u0301", "été"),
        ("a\x00b\x1b[31mc\x7f", "a b [31mc"),
        (" two\t\n words \u00a0 ", "two words"),
        (f"joined {FAMILY} stays", f"joined {FAMILY} stays"),
        ("فيلم رائع", "فيلم رائع"),
        ("safe\u202eexe.txt\u202c\u2066x\u2069", "safeexe.txtx"),
        ("lone \ud83d surrogate", "lone surrogate"),
        ("\ufeffmark", "mark"),
    ],
)
def test_a_text_comes_into_one_form(text, expected):
    assert clean_text(text) == expected
    assert unicodedata.is_normalized("NFC", clean_text(text))
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize("text", ["", "   \n", "\x00\x01", "\u202e\u202c"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(DataError, match="review is empty"):
        clean_text(text, "review")


def test_a_megabyte_is_read_and_more_is_refused():
    assert len(clean_text("a" * MOST_BYTES)) == MOST_BYTES
    for text in ("a" * (MOST_BYTES + 1), "é" * (MOST_BYTES // 2 + 1)):
        with pytest.raises(LimitError, match="at most 1,000,000"):
            clean_text(text)


def test_a_text_is_described():
    facts = describe_text("Привет, мир! Great film 👍🏽.\x00 很好。真的\uff01")
    assert (facts.n_emoji, facts.n_removed, facts.right_to_left) == (1, 1, False)
    assert [script for script, _ in facts.scripts] == ["Cyrillic", "Latin", "Cjk"]
    assert sum(share for _, share in facts.scripts) == pytest.approx(1)
    assert facts.n_sentences == 4
    assert describe_text("שלום עולם").right_to_left
    assert describe_text("123").scripts == ()


def test_the_text_column_is_found_by_name_then_by_length():
    frame = pd.DataFrame({"id": ["a1", "b2"], "Review": ["Good.", None], "notes": ["x" * 90, "y" * 90]})
    found = read_text_column(frame)
    assert (found.name, found.texts) == ("Review", ("Good.", ""))
    assert read_text_column(frame.drop(columns="Review")).name == "notes"
    assert read_text_column(frame, "id").texts == ("a1", "b2")


@pytest.mark.parametrize(
    ("frame", "column", "words"),
    [
        (pd.DataFrame({"a": [1, 2]}), None, "no column of text; its columns are a"),
        (pd.DataFrame({"code": ["x1", "y2"]}), None, "no column of text"),
        (pd.DataFrame(), None, "its columns are none"),
        (pd.DataFrame({"a": ["long enough to be a text"]}), "b", "no column 'b'"),
        (pd.DataFrame({"text": [None, " "]}), None, "holds no text in 2 rows"),
    ],
)
def test_a_table_without_text_is_refused(frame, column, words):
    with pytest.raises(DataError, match=words):
        read_text_column(frame, column)


def test_folding_never_refuses():
    assert fold_text("\x00") == ""


@pytest.mark.parametrize("text", ["\u200b", " \u200d\ufe0f ", "\u2060\u00ad", "\u0301"])
def test_a_text_without_a_visible_sign_is_empty(text):
    with pytest.raises(DataError, match="empty"):
        clean_text(text)
