"""Home.py as Streamlit serves it, charts' code sent for early, models let go of at rest.

``streamlit run deploy/hub_app.py``, from the folder above.

A page's first chart asks the browser for Plotly, 4.7 MB of code, only once the script has drawn it. The answer to the
page's address names that file already, so it is fetched and parsed while the page connects and its script runs
(https://html.spec.whatwg.org/multipage/links.html#link-type-modulepreload). Home has no chart and asks for nothing.

An open page is a WebSocket. While there has been none for a time that the settings name, models go from memory.

Left out: the code of other elements, which is a tenth as long or rarely drawn first.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from fastapi.middleware import Middleware

from core.hub.settings import load_settings
from pages.kit.startup import rest_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = Path(st.__file__).parent / "static" / "static" / "js"
HOME = Path(__file__).resolve().parents[1] / "Home.py"


class EarlyCharts:
    """Name the charts' code in the head of each page's answer.

    Parameters
    ----------
    app : ASGI application
        What answers.
    scripts : Path
        Streamlit's own code; where it holds no file of that name, answers stay as they are.
    """

    def __init__(self, app: ASGIApp, scripts: Path = SCRIPTS) -> None:
        self.app = app
        names = [found.name for found in sorted(scripts.glob("PlotlyChart.*.js"))]
        self.links = [(b"link", f'<static/js/{name}>; rel="modulepreload"'.encode()) for name in names]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back; only pages, whose address is one name without a dot, get the line."""
        folder, _, name = scope.get("path", "").rpartition("/")
        is_page = scope["type"] == "http" and not folder and bool(name) and "." not in name

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_html(message):
                message["headers"] = [*message["headers"], *self.links]
            await send(message)

        await self.app(scope, receive, send_on if is_page else send)


def _is_html(message: Message) -> bool:
    """Tell whether an answer begun is a document."""
    return any(key.lower() == b"content-type" and value.startswith(b"text/html") for key, value in message["headers"])


class Visitors:
    """Count the open pages; when the last has been closed for a while, rest.

    Parameters
    ----------
    app : ASGI application
        What answers.
    rest : callable
        Called in a thread of its own, once for each time that nobody is there.
    wait_s : float
        Seconds without an open page before that, from the start, too; 0 for never.
    """

    def __init__(self, app: ASGIApp, rest: Callable[[], None], wait_s: float) -> None:
        self.app, self._rest, self._wait_s = app, rest, wait_s
        self._n_open = 0
        self._wait()

    def _wait(self) -> None:
        """Begin to wait for the rest."""
        self._timer = threading.Timer(self._wait_s, self._rest)
        self._timer.daemon = True
        if self._wait_s:
            self._timer.start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a page counts for as long as its connection lives."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        self._n_open += 1
        self._timer.cancel()
        try:
            await self.app(scope, receive, send)
        finally:
            self._n_open -= 1
            if not self._n_open:
                self._wait()


app = st.App(
    HOME,
    middleware=[
        Middleware(EarlyCharts),
        Middleware(Visitors, rest=rest_app, wait_s=load_settings().idle_release_s),
    ],
)
