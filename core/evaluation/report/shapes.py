"""The few shapes that a chart on paper is made of: a line of text, a rule, a polygon, a turned text, markers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from reportlab.graphics.shapes import DirectDraw, Group, Line, Polygon, Shape, String
from reportlab.lib.colors import Color

from core.evaluation.report.colors import PAPER, RULE, SOFT
from core.evaluation.report.fonts import REGULAR

if TYPE_CHECKING:
    from reportlab.graphics.renderPDF import _PDFRenderer

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


class Markers(DirectDraw):  # type: ignore[misc]
    """The markers of one series, written as one stretch of PDF: a shape for each would take a hundred times longer.

    Parameters
    ----------
    place : int
        Number of the class; four outlines repeat, so that classes differ by more than colour.
    x, y : array of shape (n,)
        Middles in points, n at least 1.
    """

    def __init__(self, place: int, x: NDArray[np.float64], y: NDArray[np.float64], radius: float, color: Color) -> None:
        self.place, self.x, self.y, self.radius, self.color = place % len(_OUTLINES), x, y, radius, color

    def getBounds(self) -> tuple[float, float, float, float]:  # noqa: N802 - ReportLab's own name
        """Return the box around all markers."""
        reach = 1.25 * self.radius
        ends = self.x.min() - reach, self.y.min() - reach, self.x.max() + reach, self.y.max() + reach
        return tuple(float(end) for end in ends)  # type: ignore[return-value]  # four of four

    def drawDirectly(self, renderer: _PDFRenderer) -> None:  # noqa: N802 - ReportLab's own name
        """Write the markers: one outline about the origin, which moves from middle to middle."""
        canvas = renderer._canvas  # noqa: SLF001 - a DirectDraw is handed the renderer, and it has no other way
        is_dot = self.place == 0
        canvas.setFillColor(self.color)
        if is_dot:  # a hair of paper around each, so that dots that overlap can be counted
            canvas.setStrokeColor(PAPER)
            canvas.setLineWidth(0.3)
        outline = f"{_OUTLINES[self.place](self.radius)} {'b' if is_dot else 'f'}"
        middles = np.round(np.stack([self.x, self.y], axis=1), 2)
        steps = np.diff(middles, axis=0, prepend=0.0).tolist()
        canvas.addLiteral("\n".join([f"1 0 0 1 {dx:.2f} {dy:.2f} cm {outline}" for dx, dy in steps]))


class Cells(DirectDraw):  # type: ignore[misc]
    """Rectangles without outline, written as one stretch of PDF, as ``Markers`` are.

    Parameters
    ----------
    boxes : array of shape (n, 4)
        Left, bottom, width and height in points, n at least 1.
    colors : sequence of Color
        One a box.
    """

    def __init__(self, boxes: NDArray[np.float64], colors: Sequence[Color], opacity: float) -> None:
        self.boxes, self.colors, self.opacity = boxes, colors, opacity

    def getBounds(self) -> tuple[float, float, float, float]:  # noqa: N802 - ReportLab's own name
        """Return the box around all rectangles."""
        near, far = self.boxes[:, :2], self.boxes[:, :2] + self.boxes[:, 2:]
        return tuple(map(float, (*near.min(axis=0), *far.max(axis=0))))  # type: ignore[return-value]  # four of four

    def drawDirectly(self, renderer: _PDFRenderer) -> None:  # noqa: N802 - ReportLab's own name
        """Write the rectangles, each with its colour."""
        canvas = renderer._canvas  # noqa: SLF001 - a DirectDraw is handed the renderer, and it has no other way
        colored = zip(self.boxes.tolist(), (color.rgb() for color in self.colors), strict=True)
        canvas.saveState()
        canvas.setFillAlpha(self.opacity)
        canvas.addLiteral(
            "\n".join(
                [
                    f"{red:.4f} {green:.4f} {blue:.4f} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f"
                    for (x, y, width, height), (red, green, blue) in colored
                ]
            )
        )
        canvas.restoreState()


class Labels(DirectDraw):  # type: ignore[misc]
    """Many short texts, each about its middle, written straight to the page as ``Markers`` are.

    Parameters
    ----------
    places : array of shape (n, 2)
        Middle and baseline in points, n at least 1.
    texts : sequence of str
        In characters that the font has.
    """

    def __init__(self, places: NDArray[np.float64], texts: Sequence[str], colors: Sequence[Color]) -> None:
        self.places, self.texts, self.colors = places, texts, colors

    def getBounds(self) -> tuple[float, float, float, float]:  # noqa: N802 - ReportLab's own name
        """Return the box around the middles."""
        ends = (*self.places.min(axis=0), *self.places.max(axis=0))
        return tuple(map(float, ends))  # type: ignore[return-value]  # four of four

    def drawDirectly(self, renderer: _PDFRenderer) -> None:  # noqa: N802 - ReportLab's own name
        """Write the texts, those of one colour together."""
        canvas = renderer._canvas  # noqa: SLF001 - a DirectDraw is handed the renderer, and it has no other way
        canvas.saveState()
        canvas.setFont(REGULAR, TEXT)
        for color in dict.fromkeys(self.colors):
            canvas.setFillColor(color)
            for (x, y), text, own in zip(self.places.tolist(), self.texts, self.colors, strict=True):
                if own == color:
                    canvas.drawCentredString(x, y, text)
        canvas.restoreState()


def _draw_dot(r: float) -> str:
    """Write a circle of four curves."""
    k = 0.5523 * r
    return (
        f"{r:.2f} 0 m {r:.2f} {k:.2f} {k:.2f} {r:.2f} 0 {r:.2f} c {-k:.2f} {r:.2f} {-r:.2f} {k:.2f} {-r:.2f} 0 c "
        f"{-r:.2f} {-k:.2f} {-k:.2f} {-r:.2f} 0 {-r:.2f} c {k:.2f} {-r:.2f} {r:.2f} {-k:.2f} {r:.2f} 0 c h"
    )


def _draw_corners(*corners: tuple[float, float]) -> str:
    """Write a closed polygon."""
    (x, y), *others = corners
    return " ".join([f"{x:.2f} {y:.2f} m", *(f"{a:.2f} {b:.2f} l" for a, b in others), "h"])


def _draw_diamond(r: float) -> str:
    """Write a square on its corner."""
    reach = 1.25 * r
    return _draw_corners((-reach, 0), (0, reach), (reach, 0), (0, -reach))


def _draw_square(r: float) -> str:
    """Write a square."""
    reach = 0.9 * r
    return _draw_corners((-reach, -reach), (-reach, reach), (reach, reach), (reach, -reach))


def _draw_triangle(r: float) -> str:
    """Write a triangle that stands."""
    return _draw_corners((-1.1 * r, -0.8 * r), (0, 1.2 * r), (1.1 * r, -0.8 * r))


_OUTLINES: tuple[Callable[[float], str], ...] = (_draw_dot, _draw_diamond, _draw_square, _draw_triangle)
