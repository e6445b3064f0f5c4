"""The served app: pages send for the charts' code with their address, and models go when nobody is there."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from core.vision.face_recognition.engine import load_engine
from pages.kit.startup import rest_app

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def hub_app():
    spec = importlib.util.spec_from_file_location("hub_app", ROOT / "deploy" / "hub_app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def serve(hub_app, **more):
    page, other = (lambda _: HTMLResponse("<p>page</p>")), (lambda _: JSONResponse({}))
    paths = ("/", "/iris", "/static/js/{name}", "/app/{name}")
    routes = [*(Route(path, page) for path in paths), Route("/health", other)]
    return TestClient(hub_app.EarlyCharts(Starlette(routes=routes), **more))


def test_a_page_sends_for_the_code_that_streamlit_draws_charts_with(hub_app):
    link = serve(hub_app).get("/iris").headers["link"]
    name = link.removeprefix("<static/js/").removesuffix('>; rel="modulepreload"')
    script = Path(st.__file__).parent / "static" / "static" / "js" / name
    assert name.startswith("PlotlyChart.")
    assert script.stat().st_size > 1_000_000  # the file with Plotly in it


@pytest.mark.parametrize("path", ["/", "/health", "/static/js/index.js", "/app/picture.png"])
def test_home_files_and_data_send_for_nothing(hub_app, path):
    answer = serve(hub_app).get(path)
    assert answer.status_code == 200
    assert "link" not in answer.headers


def test_a_streamlit_that_names_its_files_otherwise_is_served_as_ever(hub_app, tmp_path):
    answer = serve(hub_app, scripts=tmp_path).get("/iris")
    assert answer.text == "<p>page</p>"
    assert "link" not in answer.headers


def test_it_serves_home(hub_app):
    assert hub_app.app.script_path == ROOT / "Home.py"


class Clock:
    """Timers that go off when the test says so."""

    def __init__(self):
        self.waiting = []

    def make(self, wait_s, function):
        timer = SimpleNamespace(daemon=False, wait_s=wait_s, function=function)
        timer.start, timer.cancel = (lambda: self.waiting.append(timer)), (lambda: self.drop(timer))
        return timer

    def drop(self, timer):
        if timer in self.waiting:
            self.waiting.remove(timer)

    def ring(self):
        for timer in list(self.waiting):
            self.drop(timer)
            timer.function()


@pytest.fixture
def clock(hub_app, monkeypatch):
    made = Clock()
    monkeypatch.setattr(hub_app.threading, "Timer", made.make)
    return made


def serve_sockets(hub_app, rested):
    async def greet(socket):
        await socket.accept()
        await socket.receive_text()  # until the visitor leaves
        await socket.close()

    routes = [WebSocketRoute("/stream", greet), Route("/health", lambda _: JSONResponse({}))]
    return TestClient(hub_app.Visitors(Starlette(routes=routes), lambda: rested.append(1), wait_s=600.0))


def test_models_go_when_nobody_has_come(hub_app, clock):
    rested = []
    visitors = hub_app.Visitors(None, lambda: rested.append(1), wait_s=600.0)
    assert [timer.wait_s for timer in clock.waiting] == [600.0]
    assert visitors.app is None
    clock.ring()
    assert rested == [1]


def test_zero_seconds_is_never(hub_app, clock):
    hub_app.Visitors(None, lambda: None, wait_s=0.0)
    assert clock.waiting == []


def test_models_stay_while_a_page_is_open_and_go_after_the_last_has_closed(hub_app, clock):
    rested = []
    client = serve_sockets(hub_app, rested)
    with client.websocket_connect("/stream") as first:
        with client.websocket_connect("/stream") as second:
            clock.ring()
            second.send_text("bye")
            second.receive()
        assert clock.waiting == []
        clock.ring()
        assert rested == []
        first.send_text("bye")
        first.receive()
    assert len(clock.waiting) == 1
    clock.ring()
    assert rested == [1]


def test_a_page_that_opens_again_in_time_keeps_them(hub_app, clock):
    rested = []
    client = serve_sockets(hub_app, rested)
    with client.websocket_connect("/stream") as page:
        page.send_text("bye")
        page.receive()
    with client.websocket_connect("/stream") as page:
        clock.ring()
        assert rested == []
        page.send_text("bye")
        page.receive()
    assert len(clock.waiting) == 1


def test_a_file_fetched_is_no_open_page(hub_app, clock):
    rested = []
    client = serve_sockets(hub_app, rested)
    assert client.get("/health").status_code == 200
    clock.ring()
    assert rested == [1]


def test_at_rest_a_model_is_forgotten_and_opened_again_it_answers_the_same():
    face = np.arange(150 * 150 * 3, dtype=np.uint8).reshape(150, 150, 3)
    engine = load_engine()
    before = engine.embed_chip(face)
    rest_app()
    assert load_engine() is not engine
    np.testing.assert_array_equal(load_engine().embed_chip(face), before)
