"""Errors become one sentence or an id, and a person's text stays text."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit.errors import escape

JOINER = "\u2060"


def draw(kind):
    import streamlit as st

    from core.hub.errors import DataError
    from pages.kit.errors import guard

    with guard():
        if kind == "person":
            message = "column *a* holds 3 rows; it needs 20"
            raise DataError(message)
        if kind == "bug":
            message = "secret detail"
            raise RuntimeError(message)
        if kind == "stop":
            st.stop()
    st.markdown("the rest")


def run(kind) -> AppTest:
    app = AppTest.from_function(draw, kwargs={"kind": kind}, default_timeout=30).run()
    assert not app.exception
    return app


def test_an_error_of_a_person_is_one_sentence_and_the_page_goes_on():
    app = run("person")
    assert [each.value for each in app.error] == [r"column \*a\* holds 3 rows; it needs 20"]
    assert app.markdown[0].value == "the rest"


def test_anything_else_is_logged_under_the_id_that_is_shown(caplog):
    with caplog.at_level(logging.ERROR, logger="pages.kit.errors"):
        app = run("bug")
    (shown,) = [each.value for each in app.error]
    number = re.search(r"id ([0-9a-f]{8})", shown)[1]
    assert "secret" not in shown
    assert "Traceback" not in shown
    (record,) = [record for record in caplog.records if record.name == "pages.kit.errors"]
    assert number in record.getMessage()
    assert "secret detail" in str(record.exc_info[1])
    assert app.markdown[0].value == "the rest"


def test_streamlit_may_still_stop_a_run():
    app = run("stop")
    assert not app.error
    assert not app.markdown


@pytest.mark.parametrize("text", ["petal length", "size_cm", "kNN (k = 5)", "12.5 %", "A/B, C; D!", "größe é 漢字"])
def test_plain_text_is_left_alone(text):
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* _b_ `c` ~~d~~", r"\*a\* \_b\_ \`c\` \~\~d\~\~"),
        ("[x](http:y)", rf"\[x\](http:{JOINER}y)"),
        ("$5 and $6", r"\$5 and \$6"),
        ("<script>", r"\<script>"),
        ("# head", r"\# head"),
        ("1. item", r"1\. item"),
        ("a\n\n# b", "a # b"),
        (":material/home: :red[x]", rf":{JOINER}material/home: :{JOINER}red\[x\]"),
        ("https://a.b www.a.b c@d.e", rf"https:{JOINER}//a.b www{JOINER}.a.b c@{JOINER}d.e"),
        ("a -> b", rf"a -{JOINER}> b"),
        ("a|b", r"a\|b"),
    ],
)
def test_markup_is_disarmed(text, expected):
    assert escape(text) == expected


@pytest.mark.parametrize("text", ["*a* [b](c) :tada: $x$ `d` <e> | _f_", "\\*", "--- ==> <= ~="])
def test_a_reader_sees_the_same_characters(text):
    shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escape(text)).replace(JOINER, "")
    assert shown == text
