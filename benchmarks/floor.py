"""An app of one line, served as ours is: what the browser and Streamlit take by themselves.

Left out: measuring, which ``pages`` does for both.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.browser.app import find_free_port

SCRIPT = 'import streamlit as st\n\nst.title("One line")\n'
START_LIMIT_S, POLL_S = 60.0, 0.1


@contextlib.contextmanager
def serve_one_line() -> Iterator[str]:
    """Serve the app until the block ends; yield its address."""
    port = find_free_port()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "one_line.py")
        script.write_text(SCRIPT)
        options = {"address": "127.0.0.1", "port": port, "headless": "true", "fileWatcherType": "none"}
        flags = [f"--server.{name}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--browser.gatherUsageStats=false", *flags]
        server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(port: int) -> None:
    """Return when something listens; refuse after a minute."""
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(POLL_S)
    message = f"port {port} did not answer within {START_LIMIT_S:.0f} s"
    raise RuntimeError(message)
