"""The main path in a real browser: a cold deep link, search, upload, train, reload, cancel, phone and dark theme."""

import re

import pytest
from playwright.sync_api import expect

from core.hub.registry import find_built
from tests.browser.app import wait_until_drawn
from tests.browser.messy import COLUMNS, TARGET, write_messy_csv

pytestmark = pytest.mark.browser
PATHS = ["", "your_data", *(project.slug for project in find_built())]
MESSY = {"name": "messung.csv", "mimeType": "text/csv", "buffer": write_messy_csv()}


def upload(page, file):
    page.locator("input[type=file]").first.set_input_files(file)


def open_training(page):
    """Open the folded settings where a result is already shown."""
    page.get_by_role("tab", name="Train & compare").click()
    fold = page.get_by_text(re.compile(r"Train again with other settings|Train on ")).first
    expect(fold).to_be_visible()
    button = page.get_by_text("Train and compare", exact=True)
    button.wait_for(state="attached")
    wait_until_drawn(page)
    if button.evaluate("element => element.closest('[inert]') !== null"):
        fold.click()
    expect(button).to_be_visible()
    return button


def test_a_cold_deep_link_opens_the_page_with_its_navigation(app, open_page):
    page = open_page()  # the first of all browser tests: nobody has opened this app before
    page.goto(f"{app.url}/iris")
    wait_until_drawn(page)
    expect(page.get_by_role("heading", name="Iris classification")).to_be_visible()
    expect(page.get_by_role("link", name="Home")).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_search_on_home_finds_a_project_and_opens_it(app, open_page):
    page = open_page()
    page.goto(app.url)
    wait_until_drawn(page)
    search = page.get_by_placeholder("Search methods, data and words")
    search.fill("zzzz")
    expect(page.get_by_text("No project fits this search")).to_be_visible()
    search.fill("conformal")
    expect(page.get_by_role("heading", name="Iris classification")).to_be_visible()
    page.get_by_role("link", name="Open").first.click()
    expect(page.get_by_role("tab", name="Train & compare")).to_be_visible()


def test_a_messy_file_is_understood_trained_on_and_survives_a_reload(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/your_data")
    wait_until_drawn(page)
    upload(page, MESSY)
    expect(page.get_by_role("heading", name="What was understood")).to_be_visible()
    expect(page.get_by_text("cp1252").first).to_be_visible()
    page.locator(".st-key-fits_iris").get_by_role("button", name="Use it there").click()
    expect(page.get_by_role("heading", name="Iris classification")).to_be_visible()
    open_training(page).click()
    expect(page.get_by_text("Training in the background")).to_be_visible()
    assert "iris_job=" in page.url
    page.reload()
    expect(page.get_by_text("trained in this session")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("messung.csv").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("trained in this session")).to_be_visible()
    page.get_by_role("tab", name="Try it").click()
    for name in COLUMNS:
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    assert TARGET not in COLUMNS


def test_the_results_can_be_taken_away(app, open_page, tmp_path):
    page = open_page()
    page.goto(f"{app.url}/iris")
    page.get_by_role("tab", name="Train & compare").click()
    page.get_by_text("Take away", exact=True).click()
    starts = {"model.zip": b"PK", "predictions.csv": b"", "report.pdf": b"%PDF", "recipe.json": b"{"}
    for name, start in starts.items():
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        path = tmp_path / name
        waiting.value.save_as(path)
        assert waiting.value.suggested_filename == name
        assert path.read_bytes().startswith(start)
        assert path.stat().st_size > 100


def test_cancel_stops_a_run_and_says_so(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/iris")
    button = open_training(page)
    page.get_by_role("button", name="Full", exact=True).or_(page.get_by_text("Full", exact=True)).first.click()
    expect(page.get_by_text("ten folds ten times")).to_be_visible()
    button.click()
    expect(page.get_by_text("Training in the background")).to_be_visible()
    page.get_by_role("button", name="Cancel this run").click()
    expect(page.get_by_text("You cancelled this run")).to_be_visible()


def test_a_bad_file_says_one_sentence_and_keeps_the_earlier_table(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/your_data")
    wait_until_drawn(page)
    upload(page, MESSY)
    expect(page.get_by_role("heading", name="messung.csv")).to_be_visible()
    page.get_by_text("Use another table").click()
    upload(page, {"name": "leer.csv", "mimeType": "text/csv", "buffer": b""})
    alert = page.get_by_role("alert").filter(has_text="empty")
    expect(alert.first).to_be_visible()
    expect(page.get_by_role("heading", name="messung.csv")).to_be_visible()
    assert "Traceback" not in page.content()


def test_forget_my_data_removes_the_table(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/your_data")
    wait_until_drawn(page)
    upload(page, MESSY)
    expect(page.get_by_role("heading", name="messung.csv")).to_be_visible()
    page.get_by_role("button", name="Forget my data").click()
    expect(page.get_by_text("No table yet")).to_be_visible()
    expect(page.get_by_role("heading", name="messung.csv")).to_have_count(0)


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_in_the_dark_shows_every_page_dark_and_without_sideways_scrolling(app, open_page, path):
    page = open_page("phone", "dark")
    page.goto(f"{app.url}/{path}")
    wait_until_drawn(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    wide = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390
    colour = page.evaluate("() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert max(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) < 40


def test_the_page_can_be_walked_by_keyboard(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/iris")
    wait_until_drawn(page)
    page.get_by_role("tab", name="Explore").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Train & compare")).to_have_attribute("aria-selected", "true")
