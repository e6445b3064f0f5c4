"""What one person's session holds: its id, its current table, and the way to forget all of it.

Left out: what else a module keeps for a session. It registers how to drop it with :func:`on_forget`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.hub.settings import load_settings

ID_KEY, TABLE_KEY, ROUND_KEY = "hub_session", "hub_table", "hub_round"
HOUR_S = 3_600
_HOOKS: dict[str, Callable[[str], None]] = {}
_HELD: dict[str, Callable[[Any], Iterable[pd.DataFrame | bytes]]] = {TABLE_KEY: lambda table: (table.frame,)}


def session_id() -> str:
    """Return this session's own id, made at random when it is first asked for."""
    if ID_KEY not in st.session_state:
        st.session_state[ID_KEY] = secrets.token_urlsafe(18)
    return str(st.session_state[ID_KEY])


def current_table() -> Table | None:
    """Return the table that every page of this session is offered, if there is one."""
    table: Table | None = st.session_state.get(TABLE_KEY)
    return table


def set_table(table: Table | None) -> None:
    """Make a table the session's current one; None leaves the session with the bundled data."""
    st.session_state[TABLE_KEY] = table


def upload_key(name: str) -> str:
    """Return the key of an uploader, which changes when the session forgets, so that the browser drops its file too."""
    return f"{name}_{st.session_state.get(ROUND_KEY, 0)}"


def describe_keeping() -> str:
    """Say how long a person's table is kept, as ``JOBS_KEEP_S`` has it.

    Examples
    --------
    >>> describe_keeping()  # doctest: +NORMALIZE_WHITESPACE
    'kept in memory while you use it and for half an hour after, also over a reload of the page; a run keeps a copy with
    its result for 24 hours or until you forget it'
    """
    hours = f"{load_settings().jobs_keep_s / HOUR_S:.3g}"
    time = f"{hours} hour" if hours == "1" else f"{hours} hours"
    return (
        "kept in memory while you use it and for half an hour after, also over a reload of the page; a run keeps a "
        f"copy with its result for {time} or until you forget it"
    )


def hold_state(start: str, list_parts: Callable[[Any], Iterable[pd.DataFrame | bytes]] = lambda _value: ()) -> None:
    """Register what of the session's state a reload brings back; call it at import.

    Parameters
    ----------
    start : str
        Of the keys in the session's state.
    list_parts : callable
        Lists the frames and files in a value, by which its memory is measured.
    """
    _HELD[start] = list_parts


def take_state() -> Mapping[str, Any]:
    """Return what a reload brings back, by its keys."""
    keys = [str(key) for key in st.session_state if str(key).startswith(tuple(_HELD))]
    return {key: st.session_state[key] for key in keys if st.session_state[key] is not None}


def list_parts(key: str, value: Any) -> Iterable[pd.DataFrame | bytes]:
    """List the frames and files in a value of the session's state."""
    return next(parts(value) for start, parts in _HELD.items() if key.startswith(start))


def on_forget(name: str, hook: Callable[[str], None]) -> None:
    """Register what else to drop when a session is forgotten; ``hook`` is given the session's id.

    Call it at import; a second hook of the same name replaces the first.
    """
    _HOOKS[name] = hook


def forget_all() -> None:
    """Drop everything of this session: its jobs and caches (by their hooks), its table, its uploads and its choices."""
    session, next_round = session_id(), st.session_state.get(ROUND_KEY, 0) + 1
    for hook in _HOOKS.values():
        hook(session)
    st.session_state.clear()
    st.session_state[ROUND_KEY] = next_round
