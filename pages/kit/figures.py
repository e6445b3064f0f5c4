"""From a framework-free Chart to a Plotly figure, in the colours of the theme.

Bars and points whose ``y`` are names lie down: their interval then runs along x, and the first name stands on top.

Left out: how one mark is drawn (``pages/kit/traces.py``), and the title, which the page writes above the figure, where
it wraps on a narrow screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.hub.charts import Chart, Mark, holds_names
from pages.kit.theme import TEMPLATE, TEXT_STAND_IN
from pages.kit.traces import NAME_LENGTH, clean, draw_mark, wrap_name, wrap_title

ROW_HEIGHT, TALL_ROW, FRAME_HEIGHT, LEGEND_HEIGHT = 30, 36, 90, 36
FEW_DECADES = 4
CAMERA = {"x": 1.7, "y": -1.7, "z": 1.5}


def make_figure(chart: Chart, height: int = 360) -> dict[str, Any]:
    """Make the Plotly figure of a chart as plain values: ``data`` and ``layout``.

    Parameters
    ----------
    height : int
        Least height in pixels; a chart with many names on its y axis grows.
    """
    names = _names(chart, "y")
    n_rows, row = len(names), TALL_ROW if any("<br>" in wrap_name(name) for name in names) else ROW_HEIGHT
    return {
        "data": [draw_mark(mark, chart) for mark in chart.marks],
        "layout": {
            "template": TEMPLATE,
            "height": max(height, row * n_rows + FRAME_HEIGHT) if n_rows else height,
            "margin": {"t": 14, "r": 20, "b": 4, "l": 4},
            "showlegend": sum(bool(mark.name) for mark in chart.marks) > 1,
            "xaxis": _axis(chart, "x"),
            "yaxis": _axis(chart, "y"),
            "hoverlabel": {"font": {"color": TEXT_STAND_IN}},
            "barmode": "group" if _bars_share_names(chart) else "overlay",
            "uirevision": "kept",
            **_space(chart),
        },
    }


def _space(chart: Chart) -> dict[str, Any]:
    """Describe the three axes of a chart with a surface; nothing for a flat one."""
    if not any(mark.kind == "surface" for mark in chart.marks):
        return {}
    labels = {"xaxis": chart.x_label, "yaxis": chart.y_label, "zaxis": chart.z_label}
    axes = {
        name: {
            "title": {"text": clean(label, NAME_LENGTH), "font": {"color": TEXT_STAND_IN}},
            "tickfont": {"color": TEXT_STAND_IN},
            "showbackground": False,
        }
        for name, label in labels.items()
    }
    return {"scene": {**axes, "aspectmode": "cube", "camera": {"eye": CAMERA}}}


def make_legend(marks: Sequence[Mark]) -> dict[str, Any]:
    """Make a figure that is the legend of marks alone, a line high for each four of them."""
    places = [replace(mark, x=np.array([np.nan]), y=np.array([np.nan])) for mark in marks]
    hidden = {"visible": False, "fixedrange": True}
    chart = Chart("legend", "", "", tuple(places))
    return {
        "data": [draw_mark(mark, chart) | {"showlegend": True, "hoverinfo": "skip"} for mark in places],
        "layout": {
            "template": TEMPLATE, "height": LEGEND_HEIGHT * (1 + (len(places) - 1) // 4), "showlegend": True,
            "margin": {"t": 0, "r": 0, "b": 0, "l": 0}, "xaxis": hidden, "yaxis": hidden,
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 0.5, "yanchor": "middle"},
        },
    }  # fmt: skip


def _bars_share_names(chart: Chart) -> bool:
    """Tell bars that stand side by side at one name from bars that each have their own."""
    bars = [mark for mark in chart.marks if mark.kind == "bars"]
    places = [str(each) for mark in bars for each in np.asarray(mark.y if holds_names(mark.y) else mark.x)]
    return len(places) > len(set(places))


def _names(chart: Chart, side: str) -> list[str]:
    """List the names on one axis in the order of their first appearance; empty for a number axis."""
    found: dict[str, None] = {}
    for mark in chart.marks:
        values = getattr(mark, side)
        if holds_names(values):
            found.update(dict.fromkeys(str(each) for each in values))
    return list(found)


def _tick_log(chart: Chart, side: str) -> dict[str, Any]:
    """Put ticks at 1, 2 and 5 of each decade where a log axis has few of them; Plotly would write bare digits."""
    values = [np.asarray(getattr(mark, side), dtype=float) for mark in chart.marks]
    known = np.concatenate([each[np.isfinite(each) & (each > 0)] for each in values] or [np.zeros(0)])
    if not len(known):
        return {}
    first, last = int(np.floor(np.log10(known.min()))), int(np.floor(np.log10(known.max())))
    if last - first >= FEW_DECADES:
        return {}
    ticks = [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5)]
    return {"tickmode": "array", "tickvals": ticks, "tickformat": "~s"}


def _axis(chart: Chart, side: str) -> dict[str, Any]:
    """Describe one axis: its label, kind, range and number format."""
    names = _names(chart, side)
    is_y, log = side == "y", chart.y_log if side == "y" else chart.x_log
    axis: dict[str, Any] = {
        "title": {"text": wrap_title(chart.y_label if is_y else chart.x_label), "font": {"color": TEXT_STAND_IN}},
        "tickfont": {"color": TEXT_STAND_IN},
    }
    if names:
        axis |= {
            "type": "category",
            "tickmode": "array",
            "tickvals": [clean(name) for name in names],
            "ticktext": [wrap_name(name) if is_y else clean(name, NAME_LENGTH) for name in names],
            "showgrid": False,
            "autorange": "reversed" if is_y else True,
        }
    elif log:
        axis |= {"type": "log"} | _tick_log(chart, side)
    if not names and not is_y and _names(chart, "y"):
        axis |= {"showgrid": True}
    span = chart.y_range if is_y else chart.x_range
    if span is not None:
        axis |= {"range": [float(np.log10(end)) for end in span] if log else list(span), "autorange": False}
    if chart.y_percent if is_y else chart.x_percent:
        axis |= {"tickformat": ".3~%"}
    if chart.square:
        axis |= {"constrain": "domain"} | ({"scaleanchor": "x"} if is_y else {})
    return axis
