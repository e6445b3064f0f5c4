"""Work on a long table's columns side by side, on as many threads as there are cores.

NumPy and pandas let other threads run while they pass over an array, so columns of a million rows are gone through at
once; shorter ones cost more to hand out than to work on. Each call works on its own and answers keep their order, so
that nothing depends on the number of threads.

Left out: processes, which would need a copy of the table each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MIN_ROWS = 100_000
Answer = TypeVar("Answer")


def run_side_by_side(calls: Sequence[Callable[[], Answer]], n_rows: int) -> Iterator[Answer]:
    """Yield what each call returns, in their order; the calls know nothing of each other.

    Parameters
    ----------
    calls : sequence of callable
        Those not begun are dropped where one of them, or whoever takes the answers, fails.
    n_rows : int
        Of the table that is worked on: below 100,000 all runs on the thread that asks.

    Examples
    --------
    >>> list(run_side_by_side([lambda: 1, lambda: 2], n_rows=1_000_000))
    [1, 2]
    """
    n_threads = min(count_cores(), len(calls)) if n_rows >= MIN_ROWS else 1
    if n_threads <= 1:
        yield from (call() for call in calls)
        return
    with ThreadPoolExecutor(n_threads, thread_name_prefix="columns") as pool:
        yield from pool.map(lambda call: call(), calls)


def count_cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
