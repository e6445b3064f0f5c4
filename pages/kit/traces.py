"""From one mark of a Chart to one Plotly trace, as plain values.

Names of columns, classes and files are data: every text that Plotly would read as markup is escaped.

Left out: axes, legend and size, which belong to the whole figure (``pages/kit/figures.py``).
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np

from core.hub.charts import Chart, Mark, holds_names
from pages.kit.theme import DIVERGING_STAND_INS, GRAY_STAND_IN, SEQUENTIAL_STAND_INS, class_scale, color, scale, symbol

BAND_OPACITY, AREA_OPACITY, SURFACE_OPACITY = 0.18, 0.38, 0.85
SPACE_LINE = 6
NAME_LENGTH = 24
TITLE_LENGTH = 30
MOST_SMALL = 256


def draw_mark(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Make the trace of one mark; the chart gives its axis labels and number formats."""
    trace = _DRAW[mark.kind](mark, chart)
    return lift(trace, mark) if any(each.kind == "surface" for each in chart.marks) else trace


def clean(text: object, length: int = 200) -> str:
    """Escape what Plotly would read as markup, and cut what would burst the figure.

    Examples
    --------
    >>> clean("<b>size</b>"), clean("abcdefgh", 6)
    ('&lt;b&gt;size&lt;/b&gt;', 'abcde…')
    """
    flat = " ".join(str(text).split())
    return html.escape(flat if len(flat) <= length else flat[: length - 1] + "…", quote=False)


def wrap_name(name: object) -> str:
    """Write a long name in two lines, cut where even these do not hold it.

    Examples
    --------
    >>> wrap_name("linear discriminant analysis"), wrap_name("kNN")
    ('linear discriminant<br>analysis', 'kNN')
    """
    flat = " ".join(str(name).split())
    at = flat.rfind(" ", 0, NAME_LENGTH + 1)
    if len(flat) <= NAME_LENGTH or at < 0:
        return clean(flat, NAME_LENGTH)
    return f"{clean(flat[:at])}<br>{clean(flat[at + 1 :], NAME_LENGTH)}"


def wrap_title(label: str) -> str:
    """Break a long axis title before its bracket, so that a narrow screen does not cut it.

    Examples
    --------
    >>> wrap_title("Accuracy, 95% interval (higher is better)")
    'Accuracy, 95% interval<br>(higher is better)'
    """
    head, bracket, rest = label.partition(" (")
    return f"{clean(head)}<br>({clean(rest)}" if bracket and len(label) > TITLE_LENGTH else clean(label)


def _values(values: np.ndarray) -> Any:
    """Hand numbers and dates over as they are, names as escaped text."""
    return [clean(each) for each in values] if holds_names(values) else np.asarray(values)


def _base(mark: Mark, chart: Chart, kind: str) -> dict[str, Any]:
    """Give what every trace has: values, name and what is read when the pointer rests on it."""
    own_text = [clean(each) for each in mark.text] if mark.text else None
    sides = (("x", chart.x_label, chart.x_percent), ("y", chart.y_label, chart.y_percent))
    lines = [
        f"{clean(label)}: %{{{side}{_format(getattr(mark, side), percent)}}}" for side, label, percent in sides if label
    ]
    return {
        "type": kind,
        "x": _values(mark.x),
        "y": _values(mark.y),
        "name": clean(mark.name, NAME_LENGTH),
        "showlegend": bool(mark.name),
        "hovertext": own_text,
        "hovertemplate": ("%{hovertext}" if own_text else "<br>".join(lines)) + "<extra></extra>",
    }


def _format(values: np.ndarray, percent: bool) -> str:
    """Say how Plotly writes a value under the pointer."""
    kind = np.asarray(values).dtype.kind
    if kind == "M":
        return "|%Y-%m-%d"
    return "" if holds_names(values) else ":.1%" if percent else ":.4~g"


def _interval(mark: Mark, along: str) -> dict[str, Any]:
    """Draw ``low`` and ``high`` as an error bar."""
    if mark.low is None or mark.high is None:
        return {}
    middle = np.asarray(getattr(mark, along), dtype=float)
    return {
        f"error_{along}": {
            "type": "data",
            "symmetric": False,
            "array": np.asarray(mark.high, dtype=float) - middle,
            "arrayminus": middle - np.asarray(mark.low, dtype=float),
            "thickness": 2,
            "width": 5,
            "color": color(mark.role, mark.index) if mark.kind == "points" else GRAY_STAND_IN,
        }
    }


def _draw_line(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Join the values by straight lines, or by steps."""
    line = {"color": color(mark.role, mark.index), "dash": "dash" if mark.dash else "solid"}
    shape = {"shape": "hv"} if mark.kind == "steps" else {}
    return _base(mark, chart, "scatter") | {"mode": "lines", "line": line | shape} | _interval(mark, "y")


def _draw_points(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Draw a marker at each value."""
    is_open = mark.dash or mark.role == "baseline"
    marker = {
        "color": color(mark.role, mark.index),
        "size": mark.size,
        "symbol": symbol(mark.role, mark.index) + ("-open" if is_open else ""),
        "opacity": 0.9,
    }
    along = "x" if holds_names(mark.y) else "y"
    return _base(mark, chart, "scatter") | {"mode": "markers", "marker": marker} | _interval(mark, along)


def _draw_bars(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Draw a bar to each value, lying where the names are on y."""
    lies = holds_names(mark.y)
    look = {"orientation": "h" if lies else "v", "marker": {"color": color(mark.role, mark.index)}}
    return _base(mark, chart, "bar") | look | _interval(mark, "x" if lies else "y")


def _draw_band(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Fill between ``low`` and ``high``, as one closed outline."""
    x = np.asarray(mark.x)
    low, high = (np.asarray(mark.y if edge is None else edge) for edge in (mark.low, mark.high))
    shape = {
        "x": _values(np.concatenate([x, x[::-1]])),
        "y": np.concatenate([high, low[::-1]]),
        "mode": "lines",
        "fill": "toself",
        "fillcolor": color(mark.role, mark.index),
        "line": {"width": 0, "color": color(mark.role, mark.index)},
        "opacity": BAND_OPACITY,
        "hoverinfo": "skip",
    }
    return {key: each for key, each in _base(mark, chart, "scatter").items() if not key.startswith("hover")} | shape


def _draw_heatmap(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Colour a grid: flat class colours, a scale centred on zero where values have both signs, else a plain scale."""
    z = np.asarray(mark.z)
    trace = _base(mark, chart, "heatmap") | {"z": z, "showlegend": False}
    if mark.role == "class":
        n_classes = int(np.nanmax(z)) + 1
        trace |= _place_evenly(mark) | {"z": z.astype(np.uint8) if n_classes <= MOST_SMALL else z}
        area = {"zmin": -0.5, "zmax": n_classes - 0.5, "colorscale": class_scale(n_classes), "showscale": False}
        return (
            trace | area | {"opacity": AREA_OPACITY, "hoverinfo": "skip", "hovertemplate": None, "xgap": 0, "ygap": 0}
        )
    centred = bool(np.nanmin(z) < 0 < np.nanmax(z))
    look = {"zmid": 0.0, "colorscale": scale(DIVERGING_STAND_INS)} if centred else {}
    look = look or {"colorscale": scale(SEQUENTIAL_STAND_INS)}
    if mark.text:
        cells = np.array([clean(each) for each in mark.text], dtype=object).reshape(z.shape)
        look |= {"text": cells, "texttemplate": "%{text}", "hovertext": cells, "showscale": False}
    return trace | look


def _draw_surface(mark: Mark, chart: Chart) -> dict[str, Any]:
    """Draw heights above a plane; paper and screen readers get the same from the chart's words."""
    trace = _base(mark, chart, "surface") | {"z": np.asarray(mark.z), "colorscale": scale(SEQUENTIAL_STAND_INS)}
    return trace | {"showscale": False, "showlegend": False, "opacity": SURFACE_OPACITY}


def lift(trace: dict[str, Any], mark: Mark) -> dict[str, Any]:
    """Turn a flat trace into one in space, at the heights of its mark."""
    if mark.kind == "surface":
        return trace
    kept = {key: trace[key] for key in ("x", "y", "name", "showlegend", "hovertext", "hovertemplate", "mode")}
    look = {"line": {**trace["line"], "width": SPACE_LINE}} if "line" in trace else {"marker": trace["marker"]}
    return kept | look | {"type": "scatter3d", "z": np.asarray(mark.z)}


def _place_evenly(mark: Mark) -> dict[str, Any]:
    """Give evenly spaced grid lines by their first and their step instead of one by one."""
    found: dict[str, Any] = {}
    for side in ("x", "y"):
        values = np.asarray(getattr(mark, side))
        if values.dtype.kind == "f" and len(values) > 1 and np.allclose(np.diff(values), values[1] - values[0]):
            found |= {side: None, f"{side}0": float(values[0]), f"d{side}": float(values[1] - values[0])}
    return found


_DRAW: dict[str, Callable[[Mark, Chart], dict[str, Any]]] = {
    "line": _draw_line,
    "steps": _draw_line,
    "points": _draw_points,
    "bars": _draw_bars,
    "band": _draw_band,
    "heatmap": _draw_heatmap,
    "surface": _draw_surface,
}
