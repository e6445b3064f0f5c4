"""The data bar offers what fits, takes an upload without leaving the page, and says why a table does not fit."""

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.datasets.catalogue import load_catalogue, load_table
from core.datasets.fit import check_fit, find_targets
from core.datasets.reading import read_table
from core.hub.registry import find_project
from pages.kit.chooser import find_entries
from pages.kit.fits import YOURS
from pages.kit.session import TABLE_KEY

TWO_CLASSES = b"x,colour,size,species\n" + b"".join(
    b"%d.5,%s,%s,%s\n" % (n, (b"red", b"blue")[n % 2], (b"s", b"m", b"l")[n % 3], (b"cat", b"dog")[n // 30])
    for n in range(60)
)
NO_CLASS = b"a,b\n" + b"".join(b"%d.5,%d.25\n" % (n, n * n) for n in range(40))


def page():
    import streamlit as st

    from pages.kit.chooser import choose_table

    st.session_state["chosen"] = choose_table("iris")


def open_page() -> AppTest:
    return check(AppTest.from_function(page, default_timeout=60).run())


def check(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def upload(app: AppTest, content: bytes, name: str = "mine.csv") -> AppTest:
    return check(app.file_uploader[0].set_value((name, content, "text/csv")).run())


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.warning]
    return " ".join(str(part.value) for part in parts).replace("\\", "").replace("\u2060", "")


def test_the_bundled_table_of_the_page_comes_first():
    app = open_page()
    assert app.session_state["chosen"].sha256 == load_table("iris").sha256
    assert app.session_state["chosen"].target == "species"
    assert check_fit(load_table("iris"), find_project("iris").needs).reason in words(app)


def test_every_bundled_table_with_a_class_is_offered_and_another_can_be_chosen():
    app = open_page()
    offered = [entry.title for entry in load_catalogue() if entry.task == "classification"]
    assert sorted(app.selectbox(key="iris_data").options) == sorted(offered)
    check(app.selectbox(key="iris_data").select("wine").run())
    assert app.session_state["chosen"].sha256 == load_table("wine").sha256


def test_an_upload_that_fits_replaces_the_data_at_once():
    app = upload(open_page(), TWO_CLASSES)
    chosen = app.session_state["chosen"]
    pd.testing.assert_frame_equal(chosen.frame, read_table(TWO_CLASSES, "mine.csv").table.frame)
    assert app.selectbox(key="iris_data").value == YOURS
    assert chosen.target == find_targets(chosen)[0]


def test_the_column_to_predict_can_be_chosen_where_several_could_be_it():
    app = upload(open_page(), TWO_CLASSES)
    targets = find_targets(app.session_state["chosen"])
    assert len(targets) == 3
    box = next(box for box in app.selectbox if box.label == "Column to predict")
    assert tuple(box.options) == targets
    check(box.select("colour").run())
    assert app.session_state["chosen"].target == "colour"


def test_a_table_that_does_not_fit_is_refused_with_the_reason_and_the_page_stays():
    app = upload(open_page(), NO_CLASS)
    assert app.session_state["chosen"].sha256 == load_table("iris").sha256
    reason = check_fit(read_table(NO_CLASS, "mine.csv").table, find_project("iris").needs).reason
    assert reason in words(app)


def test_a_bad_file_leaves_the_data_as_it_was():
    app = upload(open_page(), TWO_CLASSES)
    before = app.session_state["chosen"].sha256
    app = upload(app, b"", "empty.csv")
    assert app.session_state["chosen"].sha256 == before
    assert len(app.error) == 1


def test_one_can_go_back_to_the_bundled_table():
    app = upload(open_page(), TWO_CLASSES)
    check(app.selectbox(key="iris_data").select("iris").run())
    assert app.session_state["chosen"].sha256 == load_table("iris").sha256
    check(app.selectbox(key="iris_data").select(YOURS).run())
    assert app.session_state["chosen"].origin == "upload"


def test_an_address_that_names_a_table_opens_it_and_an_unknown_name_is_harmless():
    for name, expected in ((load_table("wine").name, "wine"), ("nothing", "iris"), ("Your table", "iris")):
        app = AppTest.from_function(page, default_timeout=60)
        app.query_params["iris_data"] = name
        check(app.run())
        assert app.session_state["chosen"].sha256 == load_table(expected).sha256


def test_only_tables_of_the_right_task_suit_a_page():
    names = [entry.name for entry in find_entries(find_project("iris"))]
    assert names[0] == "iris"
    assert set(names) == {entry.name for entry in load_catalogue() if entry.task == "classification"}


def test_a_page_opens_with_the_sessions_own_table_where_it_fits_and_says_so_where_not():
    table = read_table(TWO_CLASSES, "mine.csv").table
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state[TABLE_KEY] = table
    check(app.run())
    assert app.selectbox(key="iris_data").value == YOURS
    assert app.session_state["chosen"].sha256 == table.sha256
    check(app.selectbox(key="iris_data").select("wine").run())
    assert app.session_state["chosen"].sha256 == load_table("wine").sha256
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state[TABLE_KEY] = read_table(NO_CLASS, "none.csv").table
    check(app.run())
    assert app.session_state["chosen"].sha256 == load_table("iris").sha256
    assert "Your table none.csv does not fit this page" in words(app).replace("*", "")
