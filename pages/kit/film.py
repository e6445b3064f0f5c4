"""A film of a training to scrub: a slider to any frame, play and pause; only the film is drawn again.

Left out: what the frames are (``core.vision.image_generation.film``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

TICK_S = 0.5


@st.fragment
def show_film(steps: Sequence[int], draw: Callable[[int], None], key: str, unit: str = "step", first: int = -1) -> None:
    """Draw a slider over frames with play and pause, and the chosen frame.

    Parameters
    ----------
    steps : sequence of int
        What each frame is called, rising.
    draw : callable
        ``draw(place)``.
    key : str
        Starts the key of every widget; another film needs another key.
    first : int
        Place of the frame that is shown at first.
    """
    playing = bool(st.session_state.get(f"{key}_playing"))
    st.session_state.setdefault(f"{key}_shown", steps[first])
    # The button is drawn outside the part that ticks: whether that part ticks is decided here.
    st.button("Pause" if playing else "Play", key=f"{key}_play", on_click=_press, args=(key, list(steps)),
              icon=":material/pause:" if playing else ":material/play_arrow:")  # fmt: skip
    st.fragment(_draw_film, run_every=TICK_S if playing else None)(steps, draw, key, unit)


def _draw_film(steps: Sequence[int], draw: Callable[[int], None], key: str, unit: str) -> None:
    """Draw the slider and a frame; a playing film moves on at each tick, and stops at its end."""
    state, slider = st.session_state, f"{key}_slider"
    if state.get(slider) not in steps:
        state[slider] = state.get(f"{key}_shown", steps[-1])
    place = steps.index(state[slider])
    if state.get(f"{key}_playing"):
        place = min(place + 1, len(steps) - 1)
        state[slider] = steps[place]
        if place == len(steps) - 1:
            state[f"{key}_playing"] = False
            state[f"{key}_shown"] = steps[place]
            st.rerun()
    st.select_slider(unit.capitalize(), steps, key=slider, format_func=lambda step: f"{step:,}", width=560)
    state[f"{key}_shown"] = steps[place]
    draw(place)


def _press(key: str, steps: list[int]) -> None:
    """Start or stop; a film at its end starts again from the beginning."""
    state = st.session_state
    state[f"{key}_playing"] = not state.get(f"{key}_playing")
    if state[f"{key}_playing"] and state.get(f"{key}_shown", steps[-1]) == steps[-1]:
        state[f"{key}_slider"] = state[f"{key}_shown"] = steps[0]
