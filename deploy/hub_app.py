"""Home.py as Streamlit serves it, with the charts' code sent for early: ``streamlit run deploy/hub_app.py``.

A page's first chart asks the browser for Plotly, 4.7 MB of code, only once the script has drawn it. The answer to the
page's address names that file already, so it is fetched and parsed while the page connects and its script runs
(https://html.spec.whatwg.org/multipage/links.html#link-type-modulepreload). Home has no chart and asks for nothing.

Left out: the code of other elements, which is a tenth as long or rarely drawn first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from fastapi.middleware import Middleware

if TYPE_CHECKING:
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


app = st.App(HOME, middleware=[Middleware(EarlyCharts)])
