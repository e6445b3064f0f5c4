"""The cost surface of two columns, with a walk down it that can be stepped, played and paused.

Left out: the walk and its charts, which are ``core.scratch.linear_regression.valley``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import streamlit as st

from core.hub.contract import Label, Range
from core.scratch.linear_regression.descent import Batch, Schedule, Walk
from core.scratch.linear_regression.valley import (
    Valley,
    draw_contour,
    draw_losses,
    draw_relief,
    frame_steps,
    make_valley,
)
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.forms import show_form
from pages.kit.player import show_player

LEAST_WIDTH = 360
DRAW = {"from above": draw_contour, "in space": draw_relief}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to walk down the surface of two columns."""

    batch: Annotated[Batch, Label("Rows of a step", "All rows, some, or one.")] = "all rows"
    schedule: Annotated[Schedule, Label("Schedule", "How the rate shrinks over the epochs.")] = "constant"
    rate: Annotated[
        float, Range(0.05, 2.5, 0.05), Label("Learning rate", "Up to 1 never overshoots; without momentum 2 runs away.")
    ] = 1.0
    momentum: Annotated[float, Range(0.0, 0.98, 0.02), Label("Momentum", "Share of the last step.")] = 0.0
    epochs: Annotated[int, Range(10, 500, 10), Label("Epochs")] = 100


@st.fragment
def show_descent(model: Any, pair: tuple[str, str], key: str) -> None:
    """Draw the surface of two terms of a model's training rows and the walk down it.

    Parameters
    ----------
    pair : (str, str)
        The terms that are chosen at first.
    """
    names = [term.name for term in model.schema.terms]
    if len(names) < 2:  # noqa: PLR2004 — a surface has two sides
        st.info("A cost surface needs two columns; this table has one.", icon=":material/landscape:")
        return
    left, right = st.columns(2)
    first = left.selectbox("First column", names, names.index(pair[0]), key=f"{key}_first")
    rest = [name for name in names if name != first]
    start = rest.index(pair[1]) if pair[1] in rest else 0
    second = right.selectbox("Second column", rest, start, key=f"{key}_second_{first}")
    settings = show_form(Settings, f"{key}_walk", columns=5)
    if settings is None:
        return
    with guard():
        valley = walk_down(str(model.source.sha256), (first, second), settings, model)
        st.caption(escape(valley.descent.sentence))
        _show_film(valley, f"{key}_{first}_{second}_{abs(hash(settings))}", key)


def _show_film(valley: Valley, film: str, key: str) -> None:
    """Draw the film of a walk: the surface, seen as one likes, beside the loss."""
    view = st.segmented_control("Seen", list(DRAW), default="from above", required=True, key=f"{key}_view")

    def draw(step: int) -> None:
        with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
            with st.container():
                show_chart(DRAW[view](valley, step), f"{key}_surface_{view[:4]}", height=420)
            with st.container():
                show_chart(draw_losses(valley, step), f"{key}_losses", height=420)

    show_player(frame_steps(valley.n_steps), draw, film)


@st.cache_resource(max_entries=32, scope="session", show_spinner=False)
def walk_down(sha256: str, names: tuple[str, str], settings: Settings, _model: Any) -> Valley:  # noqa: ARG001 — the key
    """Walk down once for each choice of columns and settings."""
    places = [[term.name for term in _model.schema.terms].index(name) for name in names]
    walk = Walk(settings.batch, settings.rate, settings.momentum, settings.schedule, settings.epochs)
    return make_valley(names, _model.x[:, places], _model.y, walk)
