"""A session's table and its cleaning, held in memory for a while so that a browser reload finds them again.

A reload gives a person a new session that knows only the address. So the address carries a random id under which the
server holds what the session has, as the very objects, never on disk. The id opens it in the browser that brought the
table alone: Streamlit's own cookie against forged requests is compared, so this part of an address that is passed on
opens nothing. A run's part does: it opens the run and the table that it learnt from (``core.hub.jobs.claims``).
What no session has asked for in half an hour is dropped, as is what is forgotten and, for want of memory, the oldest.

Left out: a restart of the server, after which the page says that the table is gone; replicas need session affinity.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.hub.settings import load_settings
from pages.kit import session

PARAMETER, TOKEN, LOST = "held", "held_token", "held_lost"
KEEP_S = 1_800.0
MAX_HELD = 200
MEGABYTE = 2**20
OBJECT_BYTES = 50  # about what a short text takes beside its pointer
COOKIE, COOKIE_PARTS = "_streamlit_xsrf", 4


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What one session has.

    Parameters
    ----------
    browser : str
        Whose it is; empty where the browser sends no cookie.
    state : mapping
        Parts of the session's state by their keys.
    seen : float
        When its session ran last, in seconds of a clock that never goes back.
    """

    browser: str
    state: Mapping[str, Any]
    n_bytes: int
    seen: float


class Shelf:
    """What is held for all sessions of this process, by id; safe for many threads.

    Examples
    --------
    >>> shelf = Shelf(keep_s=60, most_bytes=100)
    >>> shelf.put("a", Held("me", {"x": 1}, 80, seen=0.0))
    >>> shelf.take("a", "me", now=30.0).state["x"], shelf.take("a", "you", now=30.0), shelf.take("a", "me", now=90.0)
    (1, None, None)
    """

    def __init__(self, keep_s: float = KEEP_S, most_bytes: int | None = None) -> None:
        self._keep_s, self._most_bytes = keep_s, most_bytes
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def put(self, token: str, held: Held) -> None:
        """Hold something under an id, and let go what is too old or, oldest first, too much."""
        with self._lock:
            self._held.pop(token, None)
            self._held[token] = held
            self._tidy(held.seen)
            self._wait()

    def take(self, token: str, browser: str, now: float) -> Held | None:
        """Return what is held under an id for this browser; it stays held."""
        with self._lock:
            self._tidy(now)
            held = self._held.get(token)
        return held if held is not None and secrets.compare_digest(held.browser, browser) else None

    def drop(self, token: str) -> None:
        """Let go what is held under an id."""
        with self._lock:
            self._held.pop(token, None)

    def _wait(self) -> None:
        """Look again when the newest is too old, so that it goes whether anybody visits or not."""
        if self._held and self._timer is None:
            self._timer = threading.Timer(self._keep_s, self._wake)
            self._timer.daemon = True
            self._timer.start()

    def _wake(self) -> None:
        """Let go what is old by now."""
        with self._lock:
            self._timer = None
            self._tidy(time.monotonic())
            self._wait()

    def _tidy(self, now: float) -> None:
        """Let go what is old, then the oldest while there is too much."""
        limit = self._most_bytes if self._most_bytes is not None else load_settings().upload_cells_mb * MEGABYTE
        for token in [each for each, held in self._held.items() if now - held.seen > self._keep_s]:
            del self._held[token]
        while self._held and (len(self._held) > MAX_HELD or sum(each.n_bytes for each in self._held.values()) > limit):
            del self._held[next(iter(self._held))]


SHELF = Shelf()


def follow_session() -> None:
    """Find a session's table again after a reload, and hold what it has now; call it before a page asks for a table."""
    token = st.query_params.get(PARAMETER) or ""
    if token and TOKEN not in st.session_state:
        _restore(token)
    state = session.take_state()
    if session.current_table() is None and not any(state.values()):
        return
    token = st.session_state.setdefault(TOKEN, secrets.token_urlsafe(18))
    SHELF.put(token, Held(find_browser(), state, measure_bytes(state), time.monotonic()))
    if st.query_params.get(PARAMETER) != token:
        st.query_params[PARAMETER] = token


def _restore(token: str) -> None:
    """Give a new session what is held under the id in its address, or note that it is gone."""
    held = SHELF.take(token, find_browser(), time.monotonic())
    if held is None:
        st.query_params.pop(PARAMETER, None)
        st.session_state[LOST] = True
        return
    for key, value in held.state.items():
        st.session_state.setdefault(key, value)
    st.session_state[TOKEN] = token


def show_lost() -> None:
    """Say once that the table of an address is gone, until another one comes."""
    if st.session_state.get(LOST) and session.current_table() is None:
        st.info("The table that stood here before is no longer held: it was forgotten, unused for half an hour, or the "
                "server restarted. Bring it again.", icon=":material/history:")  # fmt: skip


def find_browser() -> str:
    """Return what tells this browser from others: the token in Streamlit's cookie, which each request masks anew.

    The cookie has Tornado's second form, ``2|mask|masked token|time``, in hexadecimal:
    https://www.tornadoweb.org/en/stable/_modules/tornado/web.html.
    """
    return read_cookie(st.context.cookies.get(COOKIE, ""))


def read_cookie(cookie: str) -> str:
    """Unmask the token of a cookie; empty where it has another form.

    Examples
    --------
    >>> read_cookie("2|0f0f0f0f|3c3d|1700000000") == read_cookie("2|00000000|3332|1700000000") == "3332"
    True
    """
    parts = cookie.strip('"').split("|")
    if len(parts) != COOKIE_PARTS:
        return ""
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return ""
    return bytes(each ^ mask[place % len(mask)] for place, each in enumerate(masked)).hex() if mask else ""


def measure_bytes(state: Mapping[str, Any]) -> int:
    """Estimate the memory behind some state from its tables and files, each counted once."""
    parts = {id(part): part for key, value in state.items() for part in session.list_parts(key, value)}
    return sum(len(part) if isinstance(part, bytes) else _measure_frame(part) for part in parts.values())


def _measure_frame(frame: pd.DataFrame) -> int:
    """Estimate the memory of a frame without looking into its texts."""
    n_objects = sum(kind.kind == "O" for kind in frame.dtypes) * len(frame)
    return int(frame.memory_usage(index=False).sum()) + OBJECT_BYTES * n_objects


def _drop(_session: str) -> None:
    """Let go what is held for the session that is being forgotten."""
    SHELF.drop(st.session_state.get(TOKEN, ""))
    st.query_params.pop(PARAMETER, None)


session.on_forget("keeping", _drop)
