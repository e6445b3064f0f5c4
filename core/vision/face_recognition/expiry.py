"""Erase at its time whoever's consent has expired, also where nobody asks: a thread that looks once a minute.

A gallery erases before it answers, so nobody is named after their time. What lies in the memory of a session that
sleeps, or in the database while nobody is signed in, would outlive its consent without this.

Left out: what is watched knows nothing of each other, and is held weakly, so that watching keeps nothing alive.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

from core.hub.errors import HubError

LOOK_S = 60.0

OwnerT = TypeVar("OwnerT")
_lock = threading.Lock()
_watched: weakref.WeakKeyDictionary[Any, Callable[[Any], object]] = weakref.WeakKeyDictionary()


def watch(owner: OwnerT, drop: Callable[[OwnerT], object]) -> None:
    """Have ``drop(owner)`` called once a minute for as long as the owner is there; a second call replaces the first.

    Parameters
    ----------
    owner : object
        Such as a gallery or a database.
    drop : callable
        Erases what has expired. It must not hold the owner itself; what it refuses is tried again a minute later.
    """
    with _lock:
        _watched[owner] = drop
    _start()


def drop_all() -> None:
    """Erase what has expired, everywhere."""
    with _lock:
        due = list(_watched.items())
    for owner, drop in due:
        with suppress(HubError):
            drop(owner)


@lru_cache(maxsize=1)
def _start() -> threading.Thread:
    """Start the one thread of the process."""
    thread = threading.Thread(target=_look, name="face consents", daemon=True)
    thread.start()
    return thread


def _look() -> None:
    """Look until the process ends."""
    while True:
        time.sleep(LOOK_S)
        drop_all()
