"""One mark of a chart on paper: line, steps, points, bars, band or heatmap; a surface is drawn as one.

What lies outside a given range of the axes is cut off: points are dropped, lines and bars end at the frame.

Left out: hover texts; a heatmap's ``text`` is written into its cells where they are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect
from reportlab.lib.colors import Color

from core.evaluation.report.axes import Axis, find_step, to_numbers
from core.evaluation.report.colors import INK, PAPER, SOFT, find_color, find_shades, is_dark
from core.evaluation.report.fonts import Wording
from core.evaluation.report.shapes import Cells, Labels, Markers, make_polygon
from core.hub.charts import Chart, Mark, holds_names

Axes = tuple[Axis, Axis]
LINE, DASH = 1.4, [4, 3]
BAND_OPACITY, AREA_OPACITY = 0.18, 0.38
POINTS_PER_PIXEL = 0.3  # a marker's diameter in pixels to its radius in points
BAR_SHARE = 0.66  # of the room that one name has
CAP = 2.5
MAX_LABELS = 400


def draw_marks(drawing: Drawing, chart: Chart, axes: Axes, words: Wording) -> None:
    """Draw every mark, in order."""
    bars = [mark for mark in chart.marks if mark.kind == "bars"]
    places = [str(value) for mark in bars for value in np.asarray(mark.y if holds_names(mark.y) else mark.x)]
    side_by_side = len(places) > len(set(places))
    for mark in chart.marks:
        slot = (bars.index(mark), len(bars)) if side_by_side and mark.kind == "bars" else (0, 1)
        if mark.kind == "bars":
            _draw_bars(drawing, mark, axes, slot)
        elif mark.kind in {"heatmap", "surface"}:
            _draw_heatmap(drawing, mark, axes, words)
        else:
            _DRAW[mark.kind](drawing, mark, axes)
        _draw_intervals(drawing, mark, axes, slot)


def draw_key(drawing: Drawing, mark: Mark, x: float, y: float) -> None:
    """Draw a mark's sample for the legend, 14 points wide, centred on height y."""
    color = find_color(mark.role, mark.index)
    if mark.kind in {"line", "steps"}:
        drawing.add(_make_line([x, y, x + 14, y], color, mark.dash))
    elif mark.kind == "points":
        drawing.add(Markers(_find_shape(mark), np.array([x + 7]), np.array([y]), 2.8, color))
    else:
        opacity = BAND_OPACITY if mark.kind == "band" else 1.0
        drawing.add(make_polygon([x + 2, y - 3, x + 2, y + 3, x + 12, y + 3, x + 12, y - 3], color, opacity))


def _make_line(points: list[float], color: Color, dash: bool) -> PolyLine:
    """Make an open line."""
    return PolyLine(points, strokeColor=color, strokeWidth=LINE, strokeDashArray=DASH if dash else None)


def _find_shape(mark: Mark) -> int:
    """Choose the marker's shape: only classes differ by it."""
    return mark.index if mark.role == "class" else 0


def _cut(spots: np.ndarray, axis: Axis) -> np.ndarray:
    """Move positions outside the axis to its end."""
    return np.asarray(np.clip(spots, axis.start, axis.start + axis.length))


def _is_inside(spots: np.ndarray, axis: Axis) -> np.ndarray:
    """Tell which positions lie on the axis."""
    return (spots >= axis.start - 0.5) & (spots <= axis.start + axis.length + 0.5)  # NaN is outside


def _draw_line(drawing: Drawing, mark: Mark, axes: Axes) -> None:
    """Join the values, broken where one is missing."""
    x, y = (_cut(axis.place(values), axis) for axis, values in zip(axes, (mark.x, mark.y), strict=True))
    if mark.kind == "steps":
        x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    for run in _find_runs(np.isfinite(x) & np.isfinite(y)):
        points = np.stack([x[run], y[run]], axis=1).ravel().tolist()
        if len(points) > 2:  # noqa: PLR2004 a line needs two points
            drawing.add(_make_line(points, find_color(mark.role, mark.index), mark.dash))


def _find_runs(known: np.ndarray) -> Iterable[slice]:
    """Yield the stretches without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(first), int(last))


def _draw_points(drawing: Drawing, mark: Mark, axes: Axes) -> None:
    """Draw a marker at each value inside the frame."""
    x, y = axes[0].place(mark.x), axes[1].place(mark.y)
    inside = _is_inside(x, axes[0]) & _is_inside(y, axes[1])
    if inside.any():
        radius = max(1.2, mark.size * POINTS_PER_PIXEL)
        drawing.add(Markers(_find_shape(mark), x[inside], y[inside], radius, find_color(mark.role, mark.index)))


def _draw_band(drawing: Drawing, mark: Mark, axes: Axes) -> None:
    """Fill between the two edges."""
    x = _cut(axes[0].place(mark.x), axes[0])
    low, high = (_cut(axes[1].place(mark.y if edge is None else edge), axes[1]) for edge in (mark.low, mark.high))
    known = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    outline = np.concatenate([np.stack([x, high], 1)[known], np.stack([x, low], 1)[known][::-1]])
    if len(outline) > 2:  # noqa: PLR2004 an area needs three corners
        drawing.add(make_polygon(outline.ravel().tolist(), find_color(mark.role, mark.index), BAND_OPACITY))


def _draw_bars(drawing: Drawing, mark: Mark, axes: Axes, slot: tuple[int, int]) -> None:
    """Draw a bar from zero to each value; bars of several marks at one name stand side by side."""
    lies = holds_names(mark.y)
    along, across = (axes[0], axes[1]) if lies else (axes[1], axes[0])
    middles, thick = _place_bars(mark, across, slot)
    zero = _cut(np.array([along.start if along.log else float(along.place(np.array([0.0]))[0])]), along)[0]
    for middle, end in zip(middles, _cut(along.place(mark.x if lies else mark.y), along), strict=True):
        if np.isfinite(middle) and np.isfinite(end):
            near, far = sorted((float(zero), float(end)))
            box = (
                (near, middle - thick / 2, far - near, thick) if lies else (middle - thick / 2, near, thick, far - near)
            )
            drawing.add(Rect(*box, fillColor=find_color(mark.role, mark.index), strokeColor=None))


def _place_bars(mark: Mark, across: Axis, slot: tuple[int, int]) -> tuple[np.ndarray, float]:
    """Return the middle of each bar of a mark and their thickness; ``slot`` is its place among marks side by side."""
    names = mark.y if holds_names(mark.y) else mark.x
    room = across.band * BAR_SHARE
    if not across.names:
        step = find_step(to_numbers(names))
        room = abs(step / (across.high - across.low)) * across.length * 0.94
    thick = room / slot[1]
    return across.place(names) - room / 2 + thick * (slot[0] + 0.5), thick


def _draw_intervals(drawing: Drawing, mark: Mark, axes: Axes, slot: tuple[int, int]) -> None:
    """Draw ``low`` to ``high`` as a line with caps, along the axis of numbers, on the middle of its bar."""
    if mark.low is None or mark.high is None or mark.kind not in {"points", "bars", "line"}:
        return
    lies = holds_names(mark.y)
    along, across = (axes[0], axes[1]) if lies else (axes[1], axes[0])
    color = find_color(mark.role, mark.index) if mark.kind == "points" else SOFT
    ends = (_cut(along.place(end), along) for end in (mark.low, mark.high))
    is_bar = mark.kind == "bars"
    middles = _place_bars(mark, across, slot)[0] if is_bar else across.place(mark.y if lies else mark.x)
    for middle, low, high in zip(middles, *ends, strict=True):
        if np.isfinite([middle, low, high]).all():
            for a, b, c, d in ((low, 0, high, 0), (low, -CAP, low, CAP), (high, -CAP, high, CAP)):
                line = (a, middle + b, c, middle + d) if lies else (middle + b, a, middle + d, c)
                drawing.add(Line(*map(float, line), strokeColor=color, strokeWidth=1.1))


def _draw_heatmap(drawing: Drawing, mark: Mark, axes: Axes, words: Wording) -> None:
    """Colour a grid; equal neighbours in a row are drawn as one rectangle."""
    z = np.asarray(mark.z, dtype=np.float64)
    x_edges, y_edges = (_find_edges(values, axis) for axis, values in zip(axes, (mark.x, mark.y), strict=True))
    low, high = (float(np.nanmin(z)), float(np.nanmax(z))) if np.isfinite(z).any() else (0.0, 1.0)
    boxes, values = [], []
    for row, line in enumerate(z):
        starts = np.flatnonzero(np.concatenate([[True], line[1:] != line[:-1]]))
        for first, last in zip(starts, [*starts[1:], len(line)], strict=True):
            if np.isfinite(line[first]):
                left, right, bottom, top = x_edges[first, 0], x_edges[last - 1, 1], *sorted(y_edges[row])
                boxes.append((left, bottom, right - left, top - bottom))
                values.append(float(line[first]))
    if boxes and mark.role == "class":
        drawing.add(Cells(np.array(boxes), [find_color("class", int(value)) for value in values], AREA_OPACITY))
    elif boxes:
        drawing.add(Cells(np.array(boxes), find_shades(values, low, high), 1.0))
    if mark.text and z.size <= MAX_LABELS:
        colors = [PAPER if is_dark(shade) else INK for shade in find_shades(z.ravel(), low, high)]
        y, x = (middles.ravel() for middles in np.meshgrid(y_edges.mean(axis=1), x_edges.mean(axis=1), indexing="ij"))
        texts = [words.clean(text, 12) for text in mark.text]
        drawing.add(Labels(np.stack([x, y - 2.7], axis=1), texts, colors))


def _find_edges(values: np.ndarray, axis: Axis) -> np.ndarray:
    """Return where each cell begins and ends on an axis, shape (n, 2); a hair of paper stays between names."""
    if axis.names:
        middles, half = axis.place(values), axis.band / 2 - 0.6
        return np.stack([middles - half, middles + half], axis=1)
    numbers = to_numbers(values)
    half = find_step(numbers) / 2
    return np.stack([_cut(axis.place(numbers + side * half), axis) for side in (-1, 1)], axis=1)


_DRAW: dict[str, Callable[[Drawing, Mark, Axes], None]] = {
    "line": _draw_line,
    "steps": _draw_line,
    "points": _draw_points,
    "band": _draw_band,
}
