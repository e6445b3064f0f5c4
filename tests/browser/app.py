"""Start the real app on a free port, and a headless Chromium to look at it with."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from core.hub.settings import ROOT

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}
READY = "Mastery is ready at "


@dataclass(frozen=True, slots=True)
class App:
    """A running app: its address, its process id and the folder it writes to."""

    url: str
    pid: int
    home: Path


def find_free_port() -> int:
    """Ask the system for a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve_app(**environment: str) -> Iterator[App]:
    """Serve the app until the block ends; the block starts when the app has announced itself."""
    home = Path(tempfile.mkdtemp(prefix="mastery-app-"))
    variables = {**os.environ, "HUB_HOME": str(home), "PYTHONUNBUFFERED": "1", **environment}
    command = [sys.executable, "deploy/run_app.py", "--port", str(find_free_port())]
    with (home / "app.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
        try:
            lines = iter(server.stdout.readline, "") if server.stdout else iter(())
            ready = next((line for line in lines if line.startswith(READY)), None)
            if ready is None:
                message = f"the app did not start: {(home / 'app.log').read_text()[-2_000:]}"
                raise RuntimeError(message)
            yield App(ready.removeprefix(READY).strip().replace("localhost", "127.0.0.1"), server.pid, home)
        finally:
            server.terminate()
            server.wait(timeout=20)
            if server.stdout:
                server.stdout.close()
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium, headless, with a driver of its own: one may run in a process."""
    with sync_playwright() as playwright, launch_browser(playwright) as browser:
        yield browser


@contextlib.contextmanager
def launch_browser(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    """Start the system's Chromium, headless, by a driver that runs already."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


@contextlib.contextmanager
def open_profile() -> Iterator[BrowserContext]:
    """Start the system's Chromium, headless, with a profile that keeps pages on disk, as a visitor's does."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="mastery-profile-") as folder:
        width, height = WIDTHS["wide"]
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=CHROMIUM, headless=True, args=FLAGS, viewport={"width": width, "height": height}
        )
        try:
            yield context
        finally:
            context.close()


def wait_until_drawn(page: Page, timeout_ms: float = 60_000) -> None:
    """Return when Streamlit's script has stopped running and no skeleton is left."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=timeout_ms)
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=timeout_ms)
