"""Each page opens by itself, as on a cold deep link, with the same tabs and no error."""

import pytest
from streamlit.testing.v1 import AppTest

from core.hub.registry import find_built
from core.hub.settings import ROOT

TABS = ["Explore", "Train & compare", "Try it", "Explain", "Learn"]


@pytest.mark.parametrize("project", find_built(), ids=lambda project: project.slug)
def test_a_page_opens_by_itself_with_its_tabs(project):
    app = AppTest.from_file(ROOT / project.page, default_timeout=60).run()
    assert not app.exception
    assert not app.error
    assert app.title[0].value == project.title
    assert [tab.label for tab in app.tabs][:5] == TABS


def test_home_shows_exactly_the_built_projects():
    app = AppTest.from_file(ROOT / "Home.py", default_timeout=60).run()
    assert not app.exception
    drawn = " ".join(str(element.value) for element in [*app.markdown, *app.subheader, *app.caption])
    for project in find_built():
        assert project.title in drawn


def test_the_search_on_home_finds_and_fails_honestly():
    app = AppTest.from_file(ROOT / "Home.py", default_timeout=60).run()
    app.text_input[0].set_value("flowers").run()
    assert any("Iris" in str(element.value) for element in [*app.markdown, *app.subheader])
    app.text_input[0].set_value("zzzz").run()
    assert not any("Iris classification" in str(element.value) for element in [*app.markdown, *app.subheader])
    assert not app.exception
