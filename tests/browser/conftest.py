"""One app and one browser for all browser tests of a process; each test gets a page that must log no error."""

from functools import cache

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.app import WIDTHS, launch_browser, serve_app


@pytest.fixture(scope="session")
def app():
    with serve_app() as served:
        yield served


@pytest.fixture(scope="module")  # its event loop must not outlive the file
def playwright():
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright):
    with launch_browser(playwright) as opened:
        yield opened


@pytest.fixture(scope="module")
def contexts(browser):
    """Give a context for each width and theme, which keeps what the browser has loaded of Streamlit between tests."""

    @cache
    def find(width, theme):
        wide, high = WIDTHS[width]
        return browser.new_context(viewport={"width": wide, "height": high}, color_scheme=theme, accept_downloads=True)

    return find


def is_problem(line):
    """Tell an error from Streamlit's own probing: on a deep link it asks for its health below the page's address."""
    return line.type == "error" and "/_stcore/" not in line.location.get("url", "")


@pytest.fixture
def open_page(contexts):
    """Return a function that opens a page of a given width and theme; at the end no console error may be left."""
    pages, problems = [], []

    def open_one(width="wide", theme="light"):
        page = contexts(width, theme).new_page()
        pages.append(page)
        page.set_default_timeout(60_000)
        page.on("console", lambda line: problems.append(line.text) if is_problem(line) else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield open_one
    for page in pages:
        page.close()
    assert problems == []
