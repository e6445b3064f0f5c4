"""The API over one small stored project."""

import warnings
from contextlib import ExitStack

import pytest

from core.serving.api import make_app
from core.serving.training import save_run, train_project
from tests.serving import fake_project

with warnings.catch_warnings():
    # Starlette's client prefers httpx2 over the httpx that is installed, and says so when imported.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@pytest.fixture
def project(monkeypatch, tmp_path):
    """Register the small project and store its full recipe; return its module."""
    module = fake_project.install(monkeypatch, tmp_path)
    save_run(train_project(fake_project.SLUG, "full"))
    return module


@pytest.fixture
def connect():
    """Open a client of an application; an error inside becomes an answer, as over a socket."""
    with ExitStack() as opened:
        yield lambda app: opened.enter_context(TestClient(app, raise_server_exceptions=False))


@pytest.fixture
def client(project, connect):  # noqa: ARG001 - the project must be registered first
    return connect(make_app())
