"""Start the app, warm it, and say that it is ready: ``python deploy/run_app.py [--port 8501] [--host 127.0.0.1]``.

The warm-up asks Streamlit to run the router once before the address is announced. Until then a visit by deep link would
be answered by the old discovery of ``pages/`` instead of our navigation.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_LIMIT_S = 120.0
GRACE_S = 8.0
"""Seconds that a stopped server has: less than the ten after which containers are killed."""
POLL_S = 0.1
MAX_PORT = 65_535


def main() -> int:
    """Serve until the process is told to stop; return Streamlit's exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    problem = _check_port(options.host, options.port)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    server = _start(options.host, options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_server(server))
    if not _warm(server, options.port):
        ended = server.poll() is not None
        server.terminate()
        what = "The app ended before it answered" if ended else f"No answer within {START_LIMIT_S:.0f} s"
        print(f"{what}; the lines above say why.", file=sys.stderr)
        return 1
    print(f"Mastery is ready at http://localhost:{options.port}", flush=True)
    return server.wait()


def stop_server(server: subprocess.Popen[bytes], grace_s: float = GRACE_S) -> None:
    """Ask the server to end, and end it where it has not done so in time: it waits for pages that are left open."""
    server.terminate()
    timer = threading.Timer(grace_s, server.kill)
    timer.daemon = True
    timer.start()


def _check_port(host: str, port: int) -> str:
    """Say in one sentence why the app cannot listen there; empty when it can."""
    if not 1 <= port <= MAX_PORT:
        return f"port is {port}; it must be 1 to {MAX_PORT}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"port {port} on {host} cannot be used ({error.strerror}); choose another: make run PORT={port + 1}"
    return ""


def _start(host: str, port: int) -> subprocess.Popen[bytes]:
    """Start Streamlit on Home.py, by ``hub_app``."""
    command = [
        sys.executable, "-m", "streamlit", "run", "deploy/hub_app.py",
        "--server.address", host,
        "--server.port", str(port),
        "--server.headless", "true",
        "--server.scriptHealthCheckEnabled", "true",
    ]  # fmt: skip
    # A page's small matrices are slower on two threads than on one, and the second core belongs to the workers.
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "WARM_UP": "1"}
    environment |= os.environ
    return subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603 — our own interpreter and fixed arguments


def _warm(server: subprocess.Popen[bytes], port: int) -> bool:
    """Run the router once; False when the server ended or the limit passed first."""
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/script-health-check", timeout=60) as answer:
                return answer.status == 200 and server.poll() is None  # noqa: PLR2004 — HTTP's OK
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(POLL_S)
    return False


if __name__ == "__main__":
    sys.exit(main())
