"""A reload finds the session's table and its steps again, in the same browser and for a while; forgetting ends it."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.hub.settings import ROOT
from pages.kit import keeping, session
from pages.kit.keeping import PARAMETER, TOKEN, Held, Shelf, measure_bytes, read_cookie
from tests.apps import DRAW_S

EDA = str(ROOT / "pages" / "eda.py")
PEOPLE = b"id,weight,kind\n" + b"".join(b"%d,%d.5,%s\n" % (n, 60 + n * 7 % 40, (b"a", b"b")[n % 2]) for n in range(60))
REPEATED = PEOPLE + b"59,73.5,b\n"


@pytest.fixture(autouse=True)
def shelf(monkeypatch):
    made = Shelf(keep_s=1_800.0)
    monkeypatch.setattr(keeping, "SHELF", made)
    monkeypatch.setattr(keeping, "find_browser", lambda: "mine")
    return made


def open_page(**address: str) -> AppTest:
    app = AppTest.from_file(EDA, default_timeout=120)
    app.query_params["eda_tab"] = "Train & compare"
    for name, value in address.items():
        app.query_params[name] = value
    return check(app.run())


def check(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def upload(app: AppTest) -> AppTest:
    return check(app.file_uploader[0].set_value(("people.csv", REPEATED, "text/csv")).run())


def press(app: AppTest, label: str) -> AppTest:
    return check(next(button for button in app.button if button.label == label).click().run())


def read_id(app: AppTest) -> str:
    found = app.query_params[PARAMETER]
    return found if isinstance(found, str) else found[0]


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_a_reload_finds_the_upload_and_its_steps_again():
    first = press(upload(open_page()), "Drop 1 repeated row")
    assert figures(first)["Steps"] == "1"
    again = open_page(**{PARAMETER: read_id(first)})
    assert again.session_state[session.TABLE_KEY].name == "people.csv"
    assert again.selectbox(key="eda_data").value == "yours"
    assert figures(again) | {"Steps": "1", "Rows": "60"} == figures(again)
    assert figures(press(again, "Undo"))["Rows"] == "61"


def test_another_browser_or_a_made_up_id_opens_nothing(monkeypatch):
    first = upload(open_page())
    for number, browser in ((read_id(first), "theirs"), ("made-up", "mine")):
        monkeypatch.setattr(keeping, "find_browser", lambda browser=browser: browser)
        other = open_page(**{PARAMETER: number})
        assert session.TABLE_KEY not in other.session_state
        assert PARAMETER not in other.query_params
        assert any("no longer held" in str(info.value) for info in other.info)


def test_forgetting_takes_it_from_the_shelf_and_the_address(shelf):
    first = upload(open_page())
    number = read_id(first)
    assert shelf.take(number, "mine", 0.0) is not None

    def forget():
        from pages.kit.session import forget_all

        forget_all()

    forgetting = AppTest.from_function(forget, default_timeout=DRAW_S)
    forgetting.session_state[TOKEN] = number
    forgetting.query_params[PARAMETER] = number
    check(forgetting.run())
    assert shelf.take(number, "mine", 0.0) is None
    assert PARAMETER not in forgetting.query_params


def test_a_session_without_a_table_has_no_id_in_its_address():
    assert PARAMETER not in open_page().query_params


def test_what_is_too_old_or_too_much_goes_the_oldest_first():
    shelf = Shelf(keep_s=10.0, most_bytes=100)
    for place, name in enumerate("abc"):
        shelf.put(name, Held("me", {"place": place}, 40, float(place)))
    assert [shelf.take(name, "me", 2.0) is not None for name in "abc"] == [False, True, True]
    assert [shelf.take(name, "me", 11.5) is not None for name in "abc"] == [False, False, True]
    shelf.put("d", Held("me", {}, 101, 12.0))
    assert shelf.take("d", "me", 12.0) is None


def test_the_cookie_tells_browsers_apart_whatever_its_mask():
    from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

    one, other = bytes(range(16)), bytes(range(16, 32))
    first, again = (generate_xsrf_token_string(one, 1_700_000_000) for _ in range(2))
    assert first != again
    assert read_cookie(first) == read_cookie(again) == one.hex()
    assert read_cookie(generate_xsrf_token_string(other, 1_700_000_000)) == other.hex()
    assert [read_cookie(text) for text in ("", "2|zz|zz|1", "x", "2|||")] == [""] * 4


def test_memory_is_measured_once_a_frame():
    frame = pd.DataFrame({"a": [1.0] * 1_000, "b": ["x"] * 1_000})
    table = session.Table(frame, "t", "upload", "", {"a": "number", "b": "category"})
    once = measure_bytes({session.TABLE_KEY: table})
    assert once >= 16_000
    assert (
        measure_bytes({session.TABLE_KEY: table, "upload_draft": type("D", (), {"base": table, "content": b"12"})()})
        == once + 2
    )
