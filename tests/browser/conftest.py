"""One app and one browser for all browser tests; each test gets a page of its own that must log no error."""

import pytest

from tests.browser.app import WIDTHS, open_browser, serve_app


@pytest.fixture(scope="module")
def app():
    with serve_app() as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


def is_problem(line):
    """Tell an error from Streamlit's own probing: on a deep link it asks for its health below the page's address."""
    return line.type == "error" and "/_stcore/" not in line.location.get("url", "")


@pytest.fixture
def open_page(browser):
    """Return a function that opens a page of a given width and theme; at the end no console error may be left."""
    contexts, problems = [], []

    def open_one(width="wide", theme="light"):
        wide, high = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": wide, "height": high}, color_scheme=theme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda line: problems.append(line.text) if is_problem(line) else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []
