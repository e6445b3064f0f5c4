"""Which server a job belongs to, and whether that server still lives.

A job's worker is a child of one server process. If that process is gone, nobody will ever finish the job. On the same
machine this is certain (process id with its start time, and the kernel's boot id); of another machine one only knows
how long ago it last wrote.

Left out: moving a job to another server.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

SILENT_S = 60.0
"""After this long without a heartbeat a server on another machine counts as dead."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CLOCK_SLACK_S = 2.0
"""Two readings of one start time differ by this when the machine's clock is set in between."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One service in one server process.

    Parameters
    ----------
    host, boot : str
        Machine, and its boot.
    pid : int
        Process id; ``started`` is when that process began, in seconds since 1970.
    token : str
        Tells two services of one process apart.
    """

    host: str
    boot: str
    pid: int
    started: float
    token: str

    def to_text(self) -> str:
        """Write it as the text kept in a job's row."""
        return json.dumps(asdict(self), sort_keys=True)


def make_owner() -> Owner:
    """Describe this process."""
    import psutil

    return Owner(socket.gethostname(), _read_boot(), os.getpid(), psutil.Process().create_time(), secrets.token_hex(8))


def is_alive(owner: str, heartbeat: float) -> bool:
    """Tell whether the server of a job's row still lives.

    Parameters
    ----------
    owner : str
        As :meth:`Owner.to_text` wrote it.
    heartbeat : float
        When it last wrote to the row, in seconds since 1970.
    """
    other = Owner(**json.loads(owner))
    if other.host != socket.gethostname():
        return time.time() - heartbeat < SILENT_S
    return other.boot == _read_boot() and _has_process(other.pid, other.started)


def _has_process(pid: int, started: float) -> bool:
    """Tell whether that very process runs, and not a later one with its number."""
    import psutil

    try:
        process = psutil.Process(pid)
        is_same = abs(float(process.create_time()) - started) < _CLOCK_SLACK_S
        return is_same and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@lru_cache(maxsize=1)
def _read_boot() -> str:
    """Return an id of the machine's boot."""
    if _BOOT_ID.is_file():
        return _BOOT_ID.read_text(encoding="ascii").strip()
    import psutil

    return str(int(psutil.boot_time()))
