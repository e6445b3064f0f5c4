"""Multilingual NLP in a browser: six languages of the page, scripts in both directions, a file of texts and back."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.text import multilingual as project
from tests.browser.app import wait_until_drawn

pytestmark = pytest.mark.browser
WRITTEN = "كانت الخدمة :red[سيئة] <b>جدا</b> ولن أعود إلى هذا المكان أبدا لأن الطعام كان باردا **很好** $y$ 😡"


def open_trial(app, page, code="en"):
    name = project.INTERFACE_LANGUAGES[code]
    page.goto(f"{app.url}/multilingual?multilingual_tab=Try+it&multilingual_interface={name}")
    wait_until_drawn(page)


@pytest.mark.parametrize("code", list(project.INTERFACE_LANGUAGES))
def test_the_page_speaks_the_language_of_its_address_on_a_phone(app, open_page, code):
    page = open_page("phone", "dark")
    open_trial(app, page, code)
    expect(page.get_by_role("button", name=project.say("texts_go", code))).to_be_visible()
    expect(page.get_by_text(project.say("words_moved", code), exact=True)).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_right_to_left_text_and_markup_stay_what_was_written(app, open_page):
    page = open_page()
    open_trial(app, page)
    page.get_by_label("Text", exact=True).first.fill(WRITTEN)
    page.get_by_role("button", name="Analyse").click()
    shown = page.locator("[data-testid=stMarkdown]").filter(has_text="الخدمة").first
    expect(shown).to_be_visible()
    wait_until_drawn(page)
    assert "".join(shown.inner_text().replace("\u2060", "").split()) == "".join(WRITTEN.split())
    assert shown.locator("a, b, .katex").count() == 0
    expect(page.get_by_text("The text is in Arabic")).to_be_visible()


def test_a_file_of_texts_comes_back_with_an_answer_a_line(app, open_page, tmp_path):
    page = open_page()
    open_trial(app, page)
    page.get_by_role("radio", name="Many texts").click()
    texts = ["Una película maravillosa.", "这家酒店又脏又吵。再也不来了。", "=1+1 is a great formula"]
    file = tmp_path / "said.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([["id", "text"], *enumerate(texts)])
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Answer 3 texts").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="answers.csv").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert [row["language"] for row in rows] == ["es", "zh", "en"]
    assert [row["answer"] for row in rows] == ["positive", "negative", "positive"]
    assert not rows[2]["text"].startswith("=")
