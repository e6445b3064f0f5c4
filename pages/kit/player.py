"""A film of single frames: step, play, pause and start again; only the film is drawn again. And its buttons.

Left out: what a frame shows, which the page gives as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

TICK_S = 0.7


@st.fragment
def show_player(frames: Sequence[int], draw: Callable[[int], None], key: str) -> None:
    """Draw the buttons of a film and its frame, which moves on by itself while it plays.

    Parameters
    ----------
    frames : sequence of int
        What each frame is drawn from, in order.
    draw : callable
        ``draw(frames[place])``.
    key : str
        Starts the key of every widget; another film needs another key.
    """
    last = len(frames) - 1
    place = min(st.session_state.setdefault(f"{key}_place", last), last)
    playing = bool(st.session_state.get(f"{key}_playing")) and place < last
    with st.container(horizontal=True, vertical_alignment="center"):
        show_buttons(key, lambda action: _press(key, action, last), playing=playing)
    st.fragment(_draw_frame, run_every=TICK_S if playing else None)(frames, draw, key, playing)


def show_buttons(key: str, press: Callable[[str], None], *, playing: bool, is_over: bool = False) -> None:
    """Draw the four buttons of what plays by itself.

    Parameters
    ----------
    press : callable
        ``press(action)`` with restart, step, play, pause or end, before the page is drawn again.
    is_over : bool
        Whether there is nothing left to play, so that it can only start again.
    """
    for label, icon, action in (
        ("Start again", "restart_alt", "restart"),
        ("Step", "skip_next", "step"),
        ("Pause" if playing else "Play", "pause" if playing else "play_arrow", "pause" if playing else "play"),
        ("To the end", "last_page", "end"),
    ):
        st.button(label, key=f"{key}_{action}", icon=f":material/{icon}:", on_click=press, args=(action,),
                  disabled=is_over and action != "restart")  # fmt: skip


def _press(key: str, action: str, last: int) -> None:
    """Move the film as a button says."""
    place, state = st.session_state.get(f"{key}_place", last), st.session_state
    state[f"{key}_playing"] = action == "play"
    if action == "restart" or (action == "play" and place >= last):
        state[f"{key}_place"] = 0
    elif action == "step":
        state[f"{key}_place"] = 0 if place >= last else place + 1
    elif action == "end":
        state[f"{key}_place"] = last


def _draw_frame(frames: Sequence[int], draw: Callable[[int], None], key: str, playing: bool) -> None:
    """Draw a frame; a playing film moves on at each tick and, at its end, has the buttons drawn again."""
    last = len(frames) - 1
    place = min(st.session_state.get(f"{key}_place", last), last)
    if playing:
        place = min(place + 1, last)
        st.session_state[f"{key}_place"] = place
        if place == last:
            st.session_state[f"{key}_playing"] = False
            st.rerun()
    draw(frames[place])
    st.caption(f"Frame {place + 1} of {last + 1}: step {frames[place]} of {frames[last]}")
