"""The charts that stories share: shares and means as bars with their intervals, points with the line through them.

Left out: titles, which each story writes as templates of its figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.hub.charts import Chart, Mark, Role
from core.tabular.eda.stories.evidence import Estimate, Numbers, fit_line

POINT_SIZE = 5.0
HALF = 0.5


def draw_bars(estimates: Mapping[str, Estimate], name: str = "", role: Role = "main", index: int = 0) -> Mark:
    """Make bars of estimates with their intervals.

    Parameters
    ----------
    estimates : mapping of label to Estimate
        In the order of the axis.

    Examples
    --------
    >>> draw_bars({"a": Estimate("mean", 2.0, 1.0, 3.0, 9, "")}).high.tolist()
    [3.0]
    """
    values = [(each.value, each.low, each.high) for each in estimates.values()]
    y, low, high = np.array(values, dtype=np.float64).reshape(-1, 3).T
    rows = tuple(f"{each.n:,} rows" for each in estimates.values())
    return Mark("bars", np.array(list(estimates), dtype=object), y, name, role, index, low, high, text=rows)


def bar_chart(
    title: str, labels: tuple[str, str], estimates: Mapping[str, Estimate], *, percent: bool = False
) -> Chart:
    """Draw one bar an estimate, with its interval.

    Parameters
    ----------
    labels : tuple of str
        Of the x and the y axis.
    percent : bool
        The estimates are shares; the axis ends at 100% where one may be above a half.
    """
    large = percent and max(each.high for each in estimates.values()) > HALF
    return Chart(title, *labels, (draw_bars(estimates),), y_percent=percent, y_range=(0.0, 1.0) if large else None)


def draw_points(x: Numbers, y: Numbers, name: str, index: int, text: Sequence[str] = ()) -> Mark:
    """Make the points of one class; rows with a gap are left out."""
    known = np.isfinite(x) & np.isfinite(y)
    words = tuple(np.array(text, dtype=object)[known]) if len(text) else ()
    return Mark("points", x[known], y[known], name, "class", index, text=words, size=POINT_SIZE)


def draw_line(x: Numbers, y: Numbers, name: str = "", role: Role = "baseline", index: int = 0) -> Mark:
    """Make the least-squares line through points, drawn from the first x to the last."""
    known = np.isfinite(x) & np.isfinite(y)
    slope, intercept = fit_line(x[known], y[known])
    ends = np.array([x[known].min(), x[known].max()])
    return Mark("line", ends, slope * ends + intercept, name, role, index, dash=role == "baseline")


def draw_classes(x: Numbers, y: Numbers, classes: Mapping[str, np.ndarray], *, lines: bool = True) -> tuple[Mark, ...]:
    """Make the points of every class, with its own line and the dashed one over all rows where lines are wanted.

    Parameters
    ----------
    classes : mapping of name to bool array of shape (n,)
        The rows of each class.
    """
    marks: list[Mark] = []
    for index, (name, rows) in enumerate(classes.items()):
        marks.append(draw_points(x[rows], y[rows], name, index))
        if lines:
            marks.append(draw_line(x[rows], y[rows], role="class", index=index))
    if lines:
        marks.append(draw_line(x, y, "all rows"))
    return tuple(marks)
