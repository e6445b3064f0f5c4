"""A Chart on paper: axes, legend and marks as ReportLab shapes.

Left out: how a single mark is drawn (``marks``), and hover texts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing, Rect

from core.evaluation.report.axes import Axis, make_axis
from core.evaluation.report.colors import INK, PAPER
from core.evaluation.report.fonts import REGULAR, Wording, measure_text
from core.evaluation.report.marks import draw_key, draw_marks
from core.evaluation.report.shapes import TEXT, make_rule, turn, write_line
from core.hub.charts import Chart

LABEL = 8.0  # points
HEIGHT, SQUARE, ROW = 165.0, 220.0, 20.0  # of the frame, so that two charts fit on a page
GAP = 6.0
LEGEND_LINE = 13.0
LONG_NAME, LONG_TURNED, LONG_KEY, MAX_LABEL = 32, 16, 36, 90  # characters
MAX_KEYS = 24
TALLEST = 440.0  # a chart has to fit on one page with its words
TURNED = 35  # degrees


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle inside the axes, in points from the drawing's lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


def draw_chart(chart: Chart, width: float, words: Wording) -> Drawing:
    """Draw a chart, without its title, as wide as the column.

    Parameters
    ----------
    width : float
        Points.
    words : Wording
        Cleans every text, since names are data.
    """
    keys = _lay_legend(chart, width, words)
    legend = LEGEND_LINE * (1 + max((line for line, _, _ in keys), default=-1)) + GAP
    frame, turned = _lay_frame(chart, width, words)
    drawing = Drawing(width, frame.bottom + frame.height + legend, initialFontName=REGULAR)
    axes = make_axis(chart, "x", frame.left, frame.width), make_axis(chart, "y", frame.bottom, frame.height)
    drawing.add(Rect(frame.left, frame.bottom, frame.width, frame.height, fillColor=PAPER, strokeColor=None))
    _draw_x_ticks(drawing, axes[0], frame, turned, words)
    _draw_y_ticks(drawing, axes, frame, words)
    draw_marks(drawing, chart, axes, words)
    _draw_labels(drawing, chart, frame, words)
    for line, x, key in keys:
        y = drawing.height - LEGEND_LINE * (line + 1) + 4
        draw_key(drawing, chart.marks[key], x, y)
        drawing.add(write_line(words.clean(chart.marks[key].name, LONG_KEY), x + 18, y - 2.7, color=INK))
    return drawing


def _lay_legend(chart: Chart, width: float, words: Wording) -> list[tuple[int, float, int]]:
    """Give each named mark its line and its place on it: (line, x, number of the mark); one name needs no legend."""
    named = [i for i, mark in enumerate(chart.marks) if mark.name and mark.kind not in {"heatmap", "surface"}][
        :MAX_KEYS
    ]
    if len(named) < 2:  # noqa: PLR2004 one series explains itself
        return []
    places, line, x = [], 0, 0.0
    for i in named:
        room = 18 + measure_text(words.clean(chart.marks[i].name, LONG_KEY), TEXT) + 14
        if x + room > width and x > 0:
            line, x = line + 1, 0.0
        places.append((line, x, i))
        x += room
    return places


def _lay_frame(chart: Chart, width: float, words: Wording) -> tuple[Frame, bool]:
    """Find the rectangle inside the axes, and whether the names below it have to be turned."""
    x_axis, y_axis = make_axis(chart, "x", 0, width), make_axis(chart, "y", 0, 100)
    left = 22 + _measure_widest([text for _, text in y_axis.make_ticks()], words)
    texts = [text for _, text in x_axis.make_ticks()]
    turned = bool(x_axis.names) and _measure_widest(texts, words) + GAP > (width - left) / len(texts)
    if turned:
        left = max(left, 0.85 * _measure_widest(texts, words, LONG_TURNED))
    right = 12.0 if x_axis.names else max(12.0, _measure_widest(texts[-1:], words) / 2)
    height, across = SQUARE if chart.square else HEIGHT, width - left - right
    if y_axis.names:
        height = min(max(ROW * len(y_axis.names), 60.0), TALLEST)
    if chart.square and not y_axis.names:
        across = min(across, 1.25 * SQUARE)
    elif chart.square:  # a grid of names: cells about twice as wide as high
        height = max(height, 150.0)
        across = min(across, 1.7 * height)
    return Frame(left, 74.0 if turned else 34.0, across, height), turned


def _measure_widest(texts: list[str], words: Wording, length: int = LONG_NAME) -> float:
    """Return the width of the widest tick."""
    return max((measure_text(words.clean(text, length), TEXT) for text in texts), default=0.0)


def _thin(ticks: list[tuple[float, str]], room: float, least: float) -> list[tuple[float, str]]:
    """Leave out ticks so that each has at least ``least`` points."""
    return ticks[:: max(1, math.ceil(len(ticks) * least / room))]


def _draw_x_ticks(drawing: Drawing, axis: Axis, frame: Frame, turned: bool, words: Wording) -> None:
    """Draw the ticks below, with grid lines for numbers."""
    for x, text in _thin(axis.make_ticks(), frame.width, 11.0):
        if not axis.names:
            drawing.add(make_rule(x, frame.bottom, x, frame.bottom + frame.height))
        if turned:
            label = write_line(words.clean(text, LONG_TURNED), 0, 0, "end")
            drawing.add(turn(label, x + 3, frame.bottom - 9, TURNED))
        else:
            drawing.add(write_line(words.clean(text, LONG_NAME), x, frame.bottom - 11, "middle"))


def _draw_y_ticks(drawing: Drawing, axes: tuple[Axis, Axis], frame: Frame, words: Wording) -> None:
    """Draw the ticks to the left, with a grid line each; a grid of names has its own."""
    x_axis, y_axis = axes
    for y, text in _thin(y_axis.make_ticks(), frame.height, 9.0):
        if not (x_axis.names and y_axis.names):
            drawing.add(make_rule(frame.left, y, frame.left + frame.width, y))
        drawing.add(write_line(words.clean(text, LONG_NAME), frame.left - 5, y - 2.7, "end"))


def _draw_labels(drawing: Drawing, chart: Chart, frame: Frame, words: Wording) -> None:
    """Write what each axis measures."""
    if chart.x_label:
        label = words.clean(chart.x_label, MAX_LABEL)
        middle = max(frame.left + frame.width / 2, measure_text(label, LABEL) / 2)
        drawing.add(write_line(label, middle, 6, "middle", LABEL, INK))
    if chart.y_label:
        label = words.clean(chart.y_label, int(frame.height / 5))
        line = write_line(label, 0, 0, "middle", LABEL, INK)
        drawing.add(turn(line, 9, frame.bottom + frame.height / 2, 90))
