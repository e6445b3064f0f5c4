"""Stopping the app: a server that hears is let end by itself, one that does not is ended."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[1] / "deploy" / "run_app.py"
START = "import signal, sys; signal.signal(signal.SIGTERM, {}); print('up', flush=True); sys.stdin.read()"
DEAF, HEARING = START.format("signal.SIG_IGN"), START.format("lambda *_: sys.exit(7)")


@pytest.fixture
def run_app():
    spec = importlib.util.spec_from_file_location("run_app", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("code", "grace_s", "status"), [(DEAF, 0.01, -signal.SIGKILL), (HEARING, 60.0, 7)])
def test_a_stopped_server_ends(run_app, code, grace_s, status):
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        run_app.stop_server(server, grace_s)
        assert server.wait(timeout=60) == status
