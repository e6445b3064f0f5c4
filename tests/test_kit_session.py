"""A session has its own id, keeps its table, and forgets everything at one word."""

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.datasets.table import Table
from pages.kit import session
from tests.apps import DRAW_S

TABLE = Table(pd.DataFrame({"a": [1.0]}), "mine", "upload", "0" * 64, {"a": "number"})


def draw():
    import streamlit as st

    from pages.kit import session

    st.text_input("Word", key="word")
    st.file_uploader("File", key=session.upload_key("up"))
    st.button("Forget", on_click=session.forget_all)
    st.session_state["seen"] = (session.session_id(), session.current_table())


def test_the_id_stays_and_differs_between_sessions():
    one, other = (AppTest.from_function(draw, default_timeout=DRAW_S).run() for _ in range(2))
    first = one.session_state["seen"][0]
    assert one.run().session_state["seen"][0] == first
    assert other.session_state["seen"][0] != first
    assert len(first) >= 20


def test_a_table_is_there_until_it_is_replaced():
    app = AppTest.from_function(draw, default_timeout=DRAW_S)
    app.session_state[session.TABLE_KEY] = TABLE
    assert app.run().session_state["seen"][1] is TABLE
    assert AppTest.from_function(draw, default_timeout=DRAW_S).run().session_state["seen"][1] is None


def test_forgetting_drops_table_choices_and_uploads_and_calls_the_hooks(monkeypatch):
    monkeypatch.setattr(session, "_HOOKS", {})
    told = []
    session.on_forget("jobs", told.append)
    session.on_forget("jobs", lambda number: told.append(("again", number)))
    app = AppTest.from_function(draw, default_timeout=DRAW_S)
    app.session_state[session.TABLE_KEY] = TABLE
    app.run()
    first = app.session_state["seen"][0]
    app.text_input[0].set_value("private").run()
    app.button[0].click().run()
    assert not app.exception
    assert told == [("again", first)]
    assert app.session_state["seen"][1] is None
    assert app.session_state["seen"][0] != first
    assert app.text_input[0].value == ""
    assert app.session_state[session.ROUND_KEY] == 1
