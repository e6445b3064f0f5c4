"""Run one of our scripts in a process of its own, where a hostile file may exhaust memory without ending the server.

The script caps its own address space, reads the upload on stdin and answers with the length of a JSON header in 8
bytes, the header, then one blob per column, whose sizes the header gives. ``-I`` keeps it off the environment and the
package.

Left out: a cap on processor time other than the wall clock.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.hub.errors import DataError, LimitError

TIMEOUT_S = 90
SIZE = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Script:
    """A script beside this module, and the sentences for a file that is too slow, too large or damaged."""

    name: str
    slow: str
    large: str
    damaged: str


def run_script(script: Script, content: bytes, arguments: Sequence[str]) -> tuple[dict[str, Any], list[memoryview]]:
    """Read a file in another process and return its header and columns.

    Parameters
    ----------
    script : Script
        Which, and what to say when it fails.
    content : bytes
        The upload, for its stdin.
    arguments : sequence of str
        Without zero bytes.

    Returns
    -------
    dict and list of memoryview
        The header, and one blob per item ``(kind, size)`` of ``header["columns"]``.

    Raises
    ------
    LimitError
        If it takes more than 90 seconds or more memory than it allows itself.
    DataError
        If the library that reads the file panics.
    """
    command = [sys.executable, "-I", str(Path(__file__).with_name(script.name)), *arguments]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=TIMEOUT_S, check=False)  # noqa: S603 - our own script; each argument is one word, never a shell's
    except subprocess.TimeoutExpired as error:
        raise LimitError(script.slow) from error
    if done.returncode:
        _raise_failure(done, script)
    answer = memoryview(done.stdout)
    start = SIZE.size + SIZE.unpack_from(answer)[0]
    header = json.loads(bytes(answer[SIZE.size : start]))
    blobs = []
    for _, size in header.get("columns", ()):
        blobs.append(answer[start : start + size])
        start += size
    return header, blobs


def _raise_failure(done: subprocess.CompletedProcess[bytes], script: Script) -> None:
    """Tell a lack of memory (an abort, or Python's own error) from a file that made the reader panic."""
    if done.returncode < 0 or b"MemoryError" in done.stderr or b"bad_alloc" in done.stderr:
        raise LimitError(script.large)
    if b"PanicException" in done.stderr:
        raise DataError(script.damaged)
    message = f"{script.name} failed: {done.stderr[-500:].decode(errors='replace')}"
    raise RuntimeError(message)
