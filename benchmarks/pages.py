"""Page budgets on a warm server, seen from a real browser: drawn, rerun, beside a training job, and memory.

A page counts as drawn when Streamlit's script has stopped and no skeleton is left, the browser's own work included. The
browser has Streamlit's files in its cache, as a second visit of any day has in a profile that keeps them (a private
window does not); every visit is a new session. Chromium parses the files again at each visit: it keeps the compiled
code of classic scripts, but of modules, which Streamlit's are, it was seen to store that code and never to use it.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace

import psutil
from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.floor import serve_one_line
from benchmarks.record import Line, Record
from core.hub.registry import find_built
from tests.browser.app import App, open_browser, open_profile, serve_app, wait_until_drawn

N_VISITS, N_RERUNS, N_WARM = 7, 40, 2
REST_S, REST_MORE_S = 150, 15
"""Seconds without an open page before models go, as set for this measurement: more than the two minutes for which
Streamlit keeps a session whose page was closed. And a while for their going."""
HOME_BUDGET_S, PAGE_BUDGET_S, RERUN_BUDGET_MS, BUSY_RATIO, IDLE_BUDGET_MB = 1.0, 2.5, 300.0, 2.0, 500.0
WAIT_MS = 30_000
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
    setTimeout(() => resolve(NaN), 10_000);
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
    """Serve the app, warm it with a few visits to each page, then measure."""
    visits = [Visit("Home", "", HOME_BUDGET_S)]
    visits += [Visit(each.title, each.slug, PAGE_BUDGET_S) for each in find_built()]
    with serve_app(IDLE_RELEASE_S=str(REST_S)) as app:
        ready = measure_memory(app, "ready, before the first visit")
        with open_profile() as profile, serve_one_line() as one_line:
            lines = [measure_floor(profile, one_line), *(measure_visit(profile, app, visit) for visit in visits)]
        with open_browser() as browser:
            lines += measure_reruns(browser, app)
        busy = replace(
            measure_memory(app, "just after all of these visits"), against="nothing", reference=None, kept=True
        )
        lines += [ready, busy, measure_rest(app)]
    return Record(
        name="pages",
        title="Page budgets",
        method="Warm server, headless Chromium whose profile was here before, software drawing, both on two cores.",
        lines=tuple(lines),
        command="python -m benchmarks pages",
    )


def open_context(browser: Browser) -> BrowserContext:
    """Open a browser window's own cache and cookies."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT_MS)
    return context


def open_once(context: BrowserContext, url: str) -> float:
    """Open a page in a new session; return the seconds until it was drawn."""
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    wait_until_drawn(page)
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def time_visits(context: BrowserContext, url: str) -> float:
    """Return the median seconds of new sessions on one page, after a few that warm server and cache."""
    for _ in range(N_WARM):
        open_once(context, url)
    return statistics.median(open_once(context, url) for _ in range(N_VISITS))


def measure_floor(context: BrowserContext, url: str) -> Line:
    """Measure an app of one line in the same browser: no page of ours can be quicker."""
    what = f"for comparison: an app of one line drawn, median of {N_VISITS} new sessions"
    return Line(what, time_visits(context, url), "s", "nothing", None, kept=True)


def measure_visit(context: BrowserContext, app: App, visit: Visit) -> Line:
    """Measure new sessions on one page."""
    median = time_visits(context, f"{app.url}/{visit.path}")
    what = f"{visit.what} drawn, median of {N_VISITS} new sessions"
    return Line(what, median, "s", "budget", visit.budget_s, median <= visit.budget_s)


def time_reruns(page: Page) -> list[float]:
    """Nudge the focused slider back and forth; return milliseconds until the page was drawn again."""
    spans = []
    for number in range(N_RERUNS):
        page.evaluate(WATCH_RERUN)
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        spans.append(float(page.evaluate("() => window.rerunTimed")))
    return spans


def open_sliders(page: Page, app: App, tab: str, name: str = "") -> None:
    """Open a tab of Iris and focus its first slider, or the one of that name."""
    page.goto(f"{app.url}/iris")
    wait_until_drawn(page)
    page.get_by_role("tab", name=tab).click()
    slider = page.get_by_role("slider", name=name or None).first
    slider.wait_for()
    wait_until_drawn(page)
    slider.focus()


def measure_reruns(browser: Browser, app: App) -> list[Line]:
    """Measure reruns of one session, idle and while another session's job trains."""
    page = open_context(browser).new_page()
    open_sliders(page, app, "Try it")
    time_reruns(page)
    idle = sorted(time_reruns(page))
    start_training(browser, app)
    busy = sorted(time_reruns(page))
    slow = idle[int(0.95 * len(idle))]
    ratio = statistics.median(busy) / statistics.median(idle)
    what = f"Iris redrawn as a flower's slider moves, 95th percentile of {N_RERUNS}"
    beside = "the same while another session trains, ratio of medians"
    return [
        Line(what, slow, "ms", "budget", RERUN_BUDGET_MS, slow <= RERUN_BUDGET_MS),
        Line(beside, ratio, "×", "budget", BUSY_RATIO, ratio <= BUSY_RATIO),
    ]


def start_training(browser: Browser, app: App) -> None:
    """Start the full run of Iris in a session of its own, and return when its worker has begun."""
    page = open_context(browser).new_page()
    page.goto(f"{app.url}/iris")
    wait_until_drawn(page)
    page.get_by_role("tab", name="Train & compare").click()
    page.get_by_text("Train again with other settings").first.click()
    page.get_by_text("Full", exact=True).first.click()
    page.get_by_text("ten folds ten times").first.wait_for()
    page.get_by_role("button", name="Train and compare").click()
    page.locator("[data-testid=stProgress]").first.wait_for()


def measure_memory(app: App, when: str) -> Line:
    """Measure the server's resident memory, workers left out."""
    server = next(
        child for child in psutil.Process(app.pid).children(recursive=True) if "streamlit" in " ".join(child.cmdline())
    )
    used = server.memory_info().rss / 1e6
    return Line(f"server's resident memory, {when}", used, "MB", "budget", IDLE_BUDGET_MB, used <= IDLE_BUDGET_MB)


def measure_rest(app: App) -> Line:
    """Wait until nobody has been there for long enough that models went, and measure the memory that is left."""
    time.sleep(REST_S + REST_MORE_S)
    return measure_memory(app, f"at rest, no page open for {REST_S} s (set by IDLE_RELEASE_S)")
