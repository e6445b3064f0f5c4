"""Picture every page in both themes and widths: ``python -m tests.browser.screenshots [--publish]``.

The pictures go to ``.screenshots`` (not kept in git). ``--publish`` also writes the few that are kept: three for README
in ``docs/pictures`` and one a project for its card on Home into ``static/shots``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from core.hub.registry import find_built
from core.hub.settings import ROOT
from tests.browser.app import WIDTHS, open_browser, serve_app, wait_until_drawn

FOLDER = ROOT / ".screenshots"
CARDS = ROOT / "static" / "shots"
README = ROOT / "docs" / "pictures"
CARD_WIDTH, README_WIDTH, QUALITY, MAX_HEIGHT = 640, 1000, 80, 6_000
CARD_SHAPE = 0.9
"""Least height of a card's picture by its width, so that cards stand alike."""
LEAST_SHAPE = 0.5
CARD_WINDOW = {"width": 480, "height": 900}


def main() -> int:
    """Take every picture; return 0."""
    FOLDER.mkdir(exist_ok=True)
    paths = ["", "your_data", *(project.slug for project in find_built())]
    with serve_app() as app, open_browser() as browser:
        for path in paths:
            for width in WIDTHS:
                for theme in ("light", "dark"):
                    picture_page(browser, f"{app.url}/{path}", f"{path or 'home'}-{width}-{theme}", (width, theme))
        for project in find_built():
            for theme in ("light", "dark"):
                picture_card(browser, f"{app.url}/{project.slug}", f"{project.slug}-{theme}-card.png", theme)
    if "--publish" in sys.argv:
        publish()
    return 0


def picture_page(browser: Browser, url: str, name: str, look: tuple[str, str]) -> None:
    """Picture one page: its first screen, then each of its tabs in full length."""
    width, high = WIDTHS[look[0]]
    context = browser.new_context(viewport={"width": width, "height": high}, color_scheme=look[1])
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(url)
    wait_until_drawn(page)
    page.screenshot(path=FOLDER / f"{name}.png")
    tabs = page.get_by_role("tab").all_inner_texts()[:5] if "Learn" in page.get_by_role("tab").all_inner_texts() else []
    for number, label in enumerate(tabs, 1):
        page.get_by_role("tab", name=label, exact=True).click()
        wait_until_drawn(page)
        picture_all(page, FOLDER / f"{name}-{number}.png", (width, high))
    if not tabs:
        picture_all(page, FOLDER / f"{name}-all.png", (width, high))
    context.close()
    print(name, flush=True)  # noqa: T201 — a script that says how far it is


def picture_card(browser: Browser, url: str, name: str, theme: str) -> None:
    """Picture a part of a page for its card on Home, drawn as small as cards are: of the first tab that has one."""
    context = browser.new_context(viewport=CARD_WINDOW, color_scheme=theme, device_scale_factor=2)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(url)
    wait_until_drawn(page)
    found = picture_part(page, FOLDER / name)
    for tab in [] if found else page.get_by_role("tab").all()[1:]:
        tab.click()
        wait_until_drawn(page)
        if picture_part(page, FOLDER / name):
            break
    context.close()


def picture_part(page: Page, path: Path) -> bool:
    """Picture the image, or else the chart, whose shape suits a card on Home best; say whether there is one."""
    path.unlink(missing_ok=True)
    for kind in ("stImage", "stPlotlyChart"):
        parts = [each for each in page.get_by_test_id(kind).all() if each.is_visible()]
        sized = [(each, box["height"] / box["width"]) for each in parts if (box := each.bounding_box())]
        fitting = [(each, shape) for each, shape in sized if shape >= LEAST_SHAPE]
        if fitting:
            min(fitting, key=lambda pair: abs(pair[1] - CARD_SHAPE))[0].screenshot(path=path)
            return True
    return False


def picture_all(page: Page, path: Path, size: tuple[int, int]) -> None:
    """Picture the whole length of a page: the window is stretched, as Streamlit scrolls inside itself."""
    high = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size[0], "height": min(int(high) + 40, MAX_HEIGHT)})
    page.wait_for_timeout(1_500)
    page.screenshot(path=path)
    page.set_viewport_size({"width": size[0], "height": size[1]})


def publish() -> None:
    """Keep the pictures that the app and the README show, small."""
    CARDS.mkdir(parents=True, exist_ok=True)
    README.mkdir(parents=True, exist_ok=True)
    for project in find_built():
        for theme, end in (("light", ""), ("dark", "_dark")):
            chart = FOLDER / f"{project.slug}-{theme}-card.png"
            source = chart if chart.is_file() else FOLDER / f"{project.slug}-wide-{theme}.png"
            shrink(source, CARDS / f"{project.slug}{end}.webp", CARD_WIDTH, CARD_SHAPE)
    for name in ("home-wide-light", "your_data-wide-light", "iris-wide-dark"):
        shrink(FOLDER / f"{name}.png", README / f"{name}.webp", README_WIDTH)


def shrink(source: Path, target: Path, width: int, shape: float = 0.0) -> None:
    """Write a smaller WebP; a shape (height by width) is filled up with the colour of the picture's corner."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    high = max(picture.height, round(shape * picture.width))
    whole = Image.new("RGB", (picture.width, high), picture.getpixel((0, 0)))
    whole.paste(picture, (0, (high - picture.height) // 2))
    whole.resize((width, round(high * width / picture.width)), Image.Resampling.LANCZOS).save(target, quality=QUALITY)


if __name__ == "__main__":
    sys.exit(main())
