"""The served app: pages send for the charts' code with their address, Home and files do not."""

import importlib.util
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

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
