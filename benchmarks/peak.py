"""The most memory that a process has held, of a process alone.

``getrusage`` does not tell: on Linux its peak outlives ``exec``, so that a small process shows that of its large parent
(https://man7.org/linux/man-pages/man2/getrusage.2.html). It needs nothing installed, as the profiler's side asks too.

Left out: systems without ``/proc``.
"""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")


def read_peak_gb() -> float:
    """Return this process's largest resident memory since it began, in GB (``VmHWM``, proc_pid_status(5))."""
    line = next(each for each in STATUS.read_text("utf-8").splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e9
