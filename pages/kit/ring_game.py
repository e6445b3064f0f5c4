"""A GAN of points that the page plays itself: play, pause, and let the generator or the discriminator move alone.

Left out: the game (``core.vision.image_generation.micro``), and training on pictures (``generator_training``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.hub.charts import Chart, Mark
from core.vision import image_generation as project
from pages.kit.charts import show_chart
from pages.kit.forms import show_form

TICK_S, STRIDE, N_POINTS, MOST = 0.5, 25, 300, 20_000
REACH = (-1.6, 1.6)
MOVES = (
    ("Both", "both", "sync_alt"),
    ("Generator", "generator", "brush"),
    ("Discriminator", "discriminator", "gavel"),
)


def show_ring_game(key: str) -> None:
    """Draw the settings, the buttons and the game; it is played in this page, with no worker and no TensorFlow."""
    st.markdown("**The same game with points in place of pictures**: the generator must find the clusters on a ring by "
                "being judged alone. Every gradient is written by hand in NumPy.")  # fmt: skip
    with st.expander("Settings of the game", icon=":material/tune:"):
        recipe = show_form(project.MicroRecipe, f"{key}_form", columns=3)
    if recipe is None:
        return
    if st.session_state.get(f"{key}_recipe") != recipe:
        st.session_state[f"{key}_recipe"] = recipe
        restart(key)
    _show_controls(key)


def restart(key: str) -> None:
    """Begin the game again."""
    st.session_state[f"{key}_state"] = project.start_micro(st.session_state[f"{key}_recipe"])
    st.session_state[f"{key}_playing"] = False


@st.fragment
def _show_controls(key: str) -> None:
    """Draw the buttons, and the game in a part of its own that ticks while it plays."""
    playing = bool(st.session_state.get(f"{key}_playing"))
    stride = st.segmented_control("Steps of one press", [1, 10, 25, 100, 500], default=25, required=True,
                                  key=f"{key}_stride")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name, icon = ("Pause", "pause") if playing else ("Play", "play_arrow")
        st.button(name, key=f"{key}_{name.lower()}", on_click=_play, args=(key, not playing), type="primary",
                  icon=f":material/{icon}:")  # fmt: skip
        for label, player, icon in MOVES:
            st.button(f"{label} {'move' if player == 'both' else 'alone'}", key=f"{key}_{player}", on_click=_move,
                      args=(key, player, int(stride or STRIDE)), disabled=playing,
                      icon=f":material/{icon}:")  # fmt: skip
        st.button("Start again", key=f"{key}_restart", on_click=restart, args=(key,), icon=":material/restart_alt:")
    st.fragment(_draw_game, run_every=TICK_S if playing else None)(key)


def _play(key: str, playing: bool) -> None:
    """Play or pause; a press that arrives twice does no more than one."""
    st.session_state[f"{key}_playing"] = playing


def _move(key: str, player: Any, n_steps: int) -> None:
    """Let a player take steps."""
    st.session_state[f"{key}_state"] = project.take_steps(st.session_state[f"{key}_state"], n_steps, player)


def _draw_game(key: str) -> None:
    """Draw the plane and the losses; a playing game takes steps first, and stops by itself when it has gone far."""
    if st.session_state.get(f"{key}_playing"):
        _move(key, "both", STRIDE)
        if st.session_state[f"{key}_state"].step >= MOST:
            _play(key, playing=False)
            st.rerun()
    state: project.MicroState = st.session_state[f"{key}_state"]
    with st.grid(2, min_column_width=320, gap="medium"):
        show_chart(draw_plane(state), f"{key}_plane", 420)
        with st.container():
            show_chart(draw_losses(state), f"{key}_losses", 320)
            found = project.measure_coverage(state)
            st.caption(f"{found.near:.0%} of drawn points lie near a cluster; the fullest cluster holds "
                       f"{found.largest:.0%} of those. Fair would be {1 / state.recipe.modes:.0%}.")  # fmt: skip


def draw_plane(state: project.MicroState) -> Chart:
    """Draw real and drawn points on what the discriminator believes."""
    places, shares = project.map_judgement(state, 41)
    real = project.draw_ring(N_POINTS, state.recipe.modes, np.random.default_rng(0))
    drawn, found = state.draw(N_POINTS), project.measure_coverage(state)
    title = f"After {state.step:,} steps the generator meets {found.modes} of {state.recipe.modes} clusters"
    marks = (
        Mark("heatmap", places, places, "taken for real", z=shares),
        Mark("points", real[:, 0], real[:, 1], "real", "good", size=4),
        Mark("points", drawn[:, 0], drawn[:, 1], "drawn", "bad", size=4),
    )
    return Chart(title, "x", "y", marks, alt=f"{title}; shades say how far a place is taken for real.", x_range=REACH,
                 y_range=REACH, square=True, z_label="taken for real")  # fmt: skip


def draw_losses(state: project.MicroState) -> Chart:
    """Draw both losses of the game so far."""
    table = np.array(state.losses, float).reshape(-1, 3)
    size = max(1, -(-len(table) // 300))
    table = table[: len(table) // size * size].reshape(-1, size, 3).mean(axis=1)
    title = "Losses: no step yet, press Play" if not len(table) else (
        f"The discriminator's loss is {table[-1, 2]:.2f}, the generator's {table[-1, 1]:.2f}"
    )  # fmt: skip
    marks = (
        Mark("line", table[:, 0], table[:, 1], "generator", "main"),
        Mark("line", table[:, 0], table[:, 2], "discriminator", "second"),
    )
    return Chart(title, "step", "loss", marks, alt=title)
