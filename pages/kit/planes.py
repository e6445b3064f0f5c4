"""Decision boundaries on two axes: every model side by side, and one that redraws as its settings move.

Left out: fitting on the plane, which the project does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.hub.charts import Chart
from core.hub.fields import FieldSpec
from pages.kit.charts import show_chart, show_legend, show_small_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.forms import show_typed_form
from pages.kit.uploads import drop_with_session

PCA = "pca"
Axes = tuple[str, str] | str
SMALL_WIDTH, SMALL_HEIGHT, SMALL_MARK, LARGE_HEIGHT = 240, 210, 5.0, 460
N_KEPT = 128


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """What a project offers to draw boundaries with.

    Parameters
    ----------
    key : str
        Changes with the data and the settings.
    columns : tuple of str
        Number columns, the two that tell most first.
    settings : mapping of model to fields
        The settings each model listens to; empty where it has none.
    draw : callable
        ``draw(model, settings, axes) -> Chart``, under a fifth of a second.
    draw_all : callable
        ``draw_all(axes) -> {model: Chart}`` with the run's own settings.
    """

    key: str
    columns: tuple[str, ...]
    settings: Mapping[str, tuple[FieldSpec, ...]]
    draw: Callable[[str, Mapping[str, Any], Axes], Chart]
    draw_all: Callable[[Axes], Mapping[str, Chart]]


@st.fragment
def show_planes(planes: Planes, key: str) -> None:
    """Draw the axes' choice, then the view chosen: all models, or one with its settings."""
    if len(planes.columns) < 2:  # noqa: PLR2004 — a plane has two axes
        st.info("A boundary needs two number columns; this table has fewer.", icon=":material/grid_off:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axes = _choose_axes(planes, key)
        view = st.segmented_control("Show", ["One model, adjustable", "All models"], default="One model, adjustable",
                                    required=True, key=f"{key}_view", wrap=True)  # fmt: skip
    if view == "All models":
        with guard():
            _show_all(planes, axes, key)
    else:
        _show_one(planes, axes, key)


def _choose_axes(planes: Planes, key: str) -> Axes:
    """Let a person choose two columns or the two principal components."""
    kind = st.segmented_control("Axes", ["Two columns", "Principal components"], default="Two columns", required=True,
                                key=f"{key}_axes", wrap=True)  # fmt: skip
    if kind != "Two columns":
        return PCA
    x = st.selectbox("Across", planes.columns, index=0, key=f"{key}_x_{planes.key[:8]}", width=200)
    others = [name for name in planes.columns if name != x]
    y = st.selectbox("Up", others, index=0, key=f"{key}_y_{planes.key[:8]}_{x}", width=200)
    return (x, y)


@st.fragment
@guard()
def _show_one(planes: Planes, axes: Axes, key: str) -> None:
    """Draw one model's boundary beside the settings that bend it; moving one redraws nothing else."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        model = st.selectbox("Model", list(planes.settings), key=f"{key}_model", format_func=capitalise)
        specs = planes.settings[model]
        values = show_typed_form(specs, f"{key}_{planes.key[:8]}_{model.replace(' ', '_')}") if specs else {}
        if not specs:
            st.caption("This model has no setting to move.")
        st.caption("The model is fitted again on the two axes alone, so every point of the plane has one answer.")
    if values is not None:
        with right:
            chart = _draw_once(planes.key, model, axes, tuple(sorted(values.items())), planes.draw)
            show_chart(chart, f"{key}_one", height=LARGE_HEIGHT)


@st.cache_resource(max_entries=N_KEPT, scope="session", show_spinner=False)
def _draw_once(
    key: str,  # noqa: ARG001 — part of the key
    model: str,
    axes: Axes,
    settings: tuple[tuple[str, Any], ...],
    _draw: Callable[[str, Mapping[str, Any], Axes], Chart],
) -> Chart:
    """Fit and draw one model with one set of settings once: a slider that comes back finds its picture."""
    return _draw(model, dict(settings), axes)


def _show_all(planes: Planes, axes: Axes, key: str) -> None:
    """Draw every model on the same plane, small."""
    charts = planes.draw_all(axes)
    st.caption("Each model is fitted again on the two axes alone. Below its name: how many of the drawn training rows "
               "it then gets right. Areas are its answers, marks the true classes.")  # fmt: skip
    first = next(iter(charts.values()))
    show_legend([mark for mark in first.marks if mark.name], f"{key}_all_legend")
    st.caption(f"Across: {escape(first.x_label)}. Up: {escape(first.y_label)}.")
    with st.grid(3, min_column_width=SMALL_WIDTH, gap="small"):
        for number, (model, chart) in enumerate(charts.items()):
            with st.container():
                show_small_chart(shorten(chart, model), f"{key}_all_{number}", height=SMALL_HEIGHT)


def shorten(chart: Chart, model: str) -> Chart:
    """Name a small chart by its model and count alone: axes and classes are the same in all and stand above them.

    Examples
    --------
    >>> shorten(Chart("LDA, refitted on a and b, is right on 87 of 90 rows", "a", "b", ()), "LDA").title
    'LDA · 87 of 90'
    """
    found = chart.title.rpartition(" is right on ")[2].removesuffix(" rows").removesuffix(" training")
    marks = tuple(replace(mark, name="", size=SMALL_MARK) for mark in chart.marks)
    title = f"{model[:1].upper()}{model[1:]} · {found}" if found else model
    return replace(chart, title=title, x_label="", y_label="", marks=marks)


drop_with_session("planes", _draw_once)
