"""The few shapes that a chart on paper is made of: a line of text, a rule, a polygon, a turned text."""

from __future__ import annotations

import math
from collections.abc import Callable

from reportlab.graphics.shapes import Circle, Group, Line, Polygon, Shape, String
from reportlab.lib.colors import Color

from core.evaluation.report.colors import PAPER, RULE, SOFT
from core.evaluation.report.fonts import REGULAR

TEXT = 7.5  # points


def write_line(text: str, x: float, y: float, anchor: str = "start", size: float = TEXT, color: Color = SOFT) -> String:
    """Make a line of text from its baseline; ``anchor`` is start, middle or end."""
    return String(x, y, text, fontName=REGULAR, fontSize=size, fillColor=color, textAnchor=anchor)


def make_rule(x1: float, y1: float, x2: float, y2: float, color: Color = RULE) -> Line:
    """Make a thin straight line."""
    return Line(x1, y1, x2, y2, strokeColor=color, strokeWidth=0.5)


def turn(shape: Shape, x: float, y: float, degrees: float) -> Group:
    """Turn a shape about its origin and move that to a place."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    return Group(shape, transform=(cosine, sine, -sine, cosine, x, y))


def make_polygon(points: list[float], color: Color, opacity: float = 1.0) -> Polygon:
    """Make a filled polygon from x1, y1, x2, y2 and so on."""
    return Polygon(points, fillColor=color, fillOpacity=opacity, strokeColor=None, strokeWidth=0)


def make_marker(place: int, x: float, y: float, radius: float, color: Color) -> Shape:
    """Make the marker of a class: classes differ by shape as well as by colour.

    Parameters
    ----------
    place : int
        Number of the class; four shapes repeat.
    """
    return _MARKERS[place % len(_MARKERS)](x, y, radius, color)


def _make_circle(x: float, y: float, r: float, color: Color) -> Shape:
    """Make a dot with a hair of paper around it, so that dots that overlap can be counted."""
    return Circle(x, y, r, fillColor=color, strokeColor=PAPER, strokeWidth=0.3)


def _make_diamond(x: float, y: float, r: float, color: Color) -> Shape:
    """Make a square on its corner."""
    reach = 1.25 * r
    return make_polygon([x - reach, y, x, y + reach, x + reach, y, x, y - reach], color)


def _make_square(x: float, y: float, r: float, color: Color) -> Shape:
    """Make a square."""
    reach = 0.9 * r
    return make_polygon([x - reach, y - reach, x - reach, y + reach, x + reach, y + reach, x + reach, y - reach], color)


def _make_triangle(x: float, y: float, r: float, color: Color) -> Shape:
    """Make a triangle that stands."""
    return make_polygon([x - 1.1 * r, y - 0.8 * r, x, y + 1.2 * r, x + 1.1 * r, y - 0.8 * r], color)


_MARKERS: tuple[Callable[[float, float, float, Color], Shape], ...] = (
    _make_circle,
    _make_diamond,
    _make_square,
    _make_triangle,
)
