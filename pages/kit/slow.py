"""What takes some seconds: it is worked out when a person asks for it, once, and then stays.

Left out: what takes longer, which is a job (``jobs``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from pages.kit.uploads import drop_with_session

N_KEPT = 32


def load_on_demand(label: str, what: tuple[Hashable, ...], make: Callable[[], Any], key: str) -> Any | None:
    """Return what takes some seconds once a person has asked for it; a button that asks, and None, before.

    Parameters
    ----------
    label : str
        Text of the button; below it stands that it takes some seconds.
    what : tuple
        All that the result depends on, the run's key first: a button for each.
    make : callable
        Works it out; it must not draw.
    """
    asked = st.session_state.setdefault(f"{key}_asked", [])
    if what not in asked:
        st.button(label, key=f"{key}_ask", icon=":material/hourglass_top:", on_click=asked.append, args=(what,))
        st.caption("Takes some seconds.")
        return None
    with st.spinner(f"{label}…"):
        return _load_once(key, what, make)


@st.cache_resource(max_entries=N_KEPT, scope="session", show_spinner=False)
def _load_once(key: str, what: tuple[Hashable, ...], _make: Callable[[], Any]) -> Any:  # noqa: ARG001 — the key
    """Work it out once."""
    return _make()


drop_with_session("slow", _load_once)
