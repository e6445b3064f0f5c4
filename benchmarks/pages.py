"""Page budgets on a warm server, seen from a real browser: drawn, rerun, beside a training job, and memory.

A page counts as drawn when Streamlit's script has stopped and no skeleton is left, the browser's own work included.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import psutil
from playwright.sync_api import Browser, Page

from benchmarks.record import Line, Record
from core.hub.registry import find_built
from tests.browser.app import App, open_browser, serve_app, wait_until_drawn

N_VISITS, N_RERUNS = 7, 30
HOME_BUDGET_S, PAGE_BUDGET_S, RERUN_BUDGET_MS, BUSY_RATIO, IDLE_BUDGET_MB = 1.0, 2.5, 300.0, 2.0, 500.0
WATCH_RERUN = """
() => {
  const app = document.querySelector('[data-testid=stApp]');
  const start = performance.now();
  window.rerunTimed = new Promise((resolve) => {
    let ran = false;
    const watch = new MutationObserver(() => {
      const state = app.getAttribute('data-test-script-state');
      if (state === 'running') ran = true;
      if (ran && state === 'notRunning') { watch.disconnect(); resolve(performance.now() - start); }
    });
    watch.observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
  });
}
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One address and its budget in seconds."""

    what: str
    path: str
    budget_s: float


def measure() -> Record:
    """Serve the app, warm it with one visit to each page, then measure."""
    visits = [Visit("Home drawn, median of 7 new sessions", "", HOME_BUDGET_S)]
    visits += [
        Visit(f"{each.title} drawn, median of 7 new sessions", each.slug, PAGE_BUDGET_S) for each in find_built()
    ]
    with serve_app() as app, open_browser() as browser:
        for visit in visits:
            open_once(browser, app, visit.path)
        lines = [measure_visit(browser, app, visit) for visit in visits]
        lines += measure_reruns(browser, app)
        lines.append(measure_memory(app))
    return Record(
        name="pages",
        title="Page budgets",
        method="A warm server and headless Chromium share the two cores; times are what the browser sees.",
        lines=tuple(lines),
        command="python -m benchmarks pages",
    )


def open_once(browser: Browser, app: App, path: str) -> float:
    """Open a page in a new session; return the seconds until it was drawn."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(f"{app.url}/{path}", wait_until="commit")
    wait_until_drawn(page)
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def measure_visit(browser: Browser, app: App, visit: Visit) -> Line:
    """Measure new sessions on one page."""
    median = statistics.median(open_once(browser, app, visit.path) for _ in range(N_VISITS))
    return Line(visit.what, median, "s", "budget", visit.budget_s, median <= visit.budget_s)


def time_reruns(page: Page) -> list[float]:
    """Nudge the focused slider back and forth; return milliseconds until the page was drawn again."""
    spans = []
    for number in range(N_RERUNS):
        page.evaluate(WATCH_RERUN)
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        spans.append(float(page.evaluate("() => window.rerunTimed")))
    return spans


def measure_reruns(browser: Browser, app: App) -> list[Line]:
    """Measure reruns of one session, idle and while another session's job trains."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{app.url}/iris")
    wait_until_drawn(page)
    page.get_by_role("tab", name="Try it").click()
    wait_until_drawn(page)
    page.get_by_role("slider").first.focus()
    idle = sorted(time_reruns(page))
    start_training(browser, app)
    busy = sorted(time_reruns(page))
    slow = idle[int(0.95 * len(idle))]
    ratio = statistics.median(busy) / statistics.median(idle)
    return [
        Line(
            "rerun of the Iris page, 95th percentile of 30",
            slow,
            "ms",
            "budget",
            RERUN_BUDGET_MS,
            slow <= RERUN_BUDGET_MS,
        ),
        Line(
            "rerun while another session trains, ratio of medians",
            ratio,
            "×",
            "budget",
            BUSY_RATIO,
            ratio <= BUSY_RATIO,
        ),
    ]


def start_training(browser: Browser, app: App) -> None:
    """Start the longest job that a page offers, in a session of its own."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{app.url}/iris")
    wait_until_drawn(page)
    page.get_by_role("tab", name="Train & compare").click()
    page.get_by_role("button", name="Train").first.click()
    page.wait_for_selector("[data-testid=stProgress]")


def measure_memory(app: App) -> Line:
    """Measure the server's resident memory after all of the above, workers left out."""
    server = next(
        child for child in psutil.Process(app.pid).children(recursive=True) if "streamlit" in " ".join(child.cmdline())
    )
    used = server.memory_info().rss / 1e6
    return Line(
        "server's resident memory after the visits", used, "MB", "budget", IDLE_BUDGET_MB, used <= IDLE_BUDGET_MB
    )
