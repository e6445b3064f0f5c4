"""Sentiment in a browser: what a person writes stays text among the colours, and each head can be looked at."""

import pytest
from playwright.sync_api import expect

from tests.browser.app import wait_until_drawn

pytestmark = pytest.mark.browser
WRITTEN = "فيلم :red[x] <b>bold</b> [link](http://a.b) a good film, but $bad$ and **dull** 😀"


def test_markup_stays_text_among_coloured_words(app, open_page):
    page = open_page("phone", "dark")
    page.goto(f"{app.url}/sentiment?sentiment_tab=Try+it")
    wait_until_drawn(page)
    page.get_by_label("Text", exact=True).first.fill(WRITTEN)
    page.get_by_role("button", name="Analyse").click()
    shown = page.locator("[data-testid=stMarkdown]").filter(has_text="فيلم").first
    expect(shown).to_be_visible()
    wait_until_drawn(page)
    assert shown.inner_text().replace("\u2060", "").split() == WRITTEN.split()
    assert shown.locator("a, b, .katex").count() == 0
    assert shown.locator("span").count() > 0


def test_a_head_of_ones_choice_is_drawn(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/sentiment?sentiment_tab=Explain")
    wait_until_drawn(page)
    page.get_by_role("radio", name="Attention", exact=True).first.click()
    expect(page.get_by_text("Layer 1, head 1 looks mostly at")).to_be_visible()
    page.get_by_role("slider", name="Layer").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Layer 2, head 1 looks mostly at")).to_be_visible()


def test_a_text_brought_to_home_stands_in_the_box(app, open_page):
    page = open_page()
    page.goto(app.url)
    wait_until_drawn(page)
    said = "Ein größerer Spaß war kein Film in diesem Jahr."
    letter = {"name": "letter.txt", "mimeType": "text/plain", "buffer": said.encode("cp1252")}
    page.locator("input[type=file]").set_input_files(letter)
    expect(page.get_by_text("these pages open with it")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Open").first.click()
    page.get_by_role("heading", name="Sentiment analysis").wait_for()
    page.get_by_role("tab", name="Try it").click()
    expect(page.get_by_role("textbox").first).to_have_value(said)
