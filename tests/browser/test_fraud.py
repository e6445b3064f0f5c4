"""Fraud detection in a browser: the live stream plays, pauses and steps, and an attack raises alerts to be answered."""

import pytest
from playwright.sync_api import expect

from tests.browser.app import wait_until_drawn

pytestmark = pytest.mark.browser
SLUG, ATTACK = "fraud", "stolen cards"
FIRST_MS = 60_000  # a server that never simulated the payments does so first


def read_figure(page, name):
    """Return a figure at the top of the console as a number."""
    figure = page.get_by_test_id("stMetric").filter(has_text=name).get_by_test_id("stMetricValue")
    return int(figure.first.inner_text().replace(",", ""))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()
    wait_until_drawn(page)


def test_the_live_stream_steps_and_an_attack_raises_alerts(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/{SLUG}?{SLUG}_tab=Try+it")
    wait_until_drawn(page)
    page.get_by_role("button", name="Start the live stream").click()
    expect(page.get_by_text("looks left today")).to_be_visible(timeout=FIRST_MS)
    wait_until_drawn(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Step", exact=True)).to_be_enabled(timeout=FIRST_MS)
    page.get_by_role("combobox", name="A second is").click()
    page.get_by_role("option", name="6 hours", exact=True).click()
    press(page, "Step")
    n_payments, n_alerts = read_figure(page, "Payments"), read_figure(page, "Alerts")
    press(page, "Inject an attack")
    expect(page.get_by_text("a third of their payments")).to_be_visible()
    press(page, "Inject it now")
    page.keyboard.press("Escape")
    for _ in range(2):
        press(page, "Step")
    expect(page.get_by_text(f"{ATTACK} under way")).to_be_visible()
    page.wait_for_function(
        "least => [...document.querySelectorAll('[data-testid=stMetric]')].some(each => each.innerText.startsWith("
        "'Payments') && Number(each.querySelector('[data-testid=stMetricValue]').innerText.replace(',', '')) > least)",
        arg=n_payments + 500,
    )
    assert read_figure(page, "Alerts") > n_alerts + 5
    expect(page.get_by_text("25 of 25 looks left today")).to_be_visible()
    page.get_by_role("button", name="Fraud", exact=True).first.click()
    expect(page.get_by_text("24 of 25 looks left today")).to_be_visible()
    expect(page.get_by_text("You answered 1 card;")).to_be_visible()
