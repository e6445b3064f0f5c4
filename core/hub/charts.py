"""A chart as plain values, so that ``core`` can say what to draw and pages, reports and tests can read it.

``pages/kit/charts.py`` draws one in Plotly, ``core.evaluation.report`` in a PDF. A chart's title states its finding and
``alt`` says the same in words for a screen reader.

Left out: layout, colours and fonts, which belong to the theme. A mark names the *role* of its colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["line", "points", "bars", "band", "heatmap", "steps", "surface"]
Role = Literal["main", "second", "third", "baseline", "good", "bad", "muted", "class"]
MAX_MARKS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One series of a chart.

    Parameters
    ----------
    kind : str
        ``line``, ``points``, ``bars``, ``steps``; ``band`` fills between ``low`` and ``high``; ``heatmap`` draws ``z``.
        A ``surface`` draws ``z`` as heights in space, where a ``line`` or ``points`` with ``z`` of shape (n,) lie too.
    x, y : array of shape (n,)
        Numbers, dates or category names. A heatmap's axes.
    name : str
        Legend text; empty hides it from the legend.
    role : str
        Meaning of the colour; ``class`` takes the categorical palette at ``index``.
    low, high : array of shape (n,), optional
        Error bars, or the edges of a band.
    z : array of shape (len(y), len(x)), optional
        Heatmap values; class numbers when ``role`` is ``class``.
    text : tuple of str
        Hover text of each point, or the labels of cells row by row.
    """

    kind: Kind
    x: np.ndarray
    y: np.ndarray
    name: str = ""
    role: Role = "main"
    index: int = 0
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    z: np.ndarray | None = None
    text: tuple[str, ...] = ()
    dash: bool = False
    size: float = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A whole figure: its finding, its axes and its marks.

    Raises
    ------
    ValueError
        If the title is empty or the marks hold more than 5,000 points (aggregate first).
    """

    title: str
    x_label: str
    y_label: str
    marks: tuple[Mark, ...]
    alt: str = ""
    x_log: bool = False
    y_log: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    y_percent: bool = False
    x_percent: bool = False
    square: bool = False
    z_label: str = ""

    def __post_init__(self) -> None:
        if not self.title:
            message = "a chart needs a title that states its finding"
            raise ValueError(message)
        n_marks = sum(len(mark.x) for mark in self.marks if mark.kind not in {"heatmap", "surface"})
        if n_marks > MAX_MARKS:
            message = f"the chart has {n_marks} marks; at most {MAX_MARKS}: aggregate first"
            raise ValueError(message)


def holds_names(values: np.ndarray) -> bool:
    """Tell names from numbers and dates.

    Examples
    --------
    >>> holds_names(np.array(["a"])), holds_names(np.array([1]))
    (True, False)
    """
    return np.asarray(values).dtype.kind in "OUSb"
