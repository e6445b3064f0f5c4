"""Axes of a chart on paper: where a value stands, and which ticks are written.

Numbers, dates and names each have their kind of axis. Names on a vertical axis run from the top, as on screen.

Left out: clock times on a date axis (it writes days).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.evaluation.report.tables import is_year
from core.hub.charts import Chart, Mark, holds_names

Side = Literal["x", "y"]
PADDING = 0.04
N_TICKS = 6
MANY_DECADES = 2
SLACK = 0.8  # a round step may be a fifth finer than asked


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis from ``start`` over ``length`` points of the drawing.

    Parameters
    ----------
    low, high : float
        Ends of the number axis (as log10 when ``log``), high above low; unused with names.
    names : tuple of str
        Categories in order; empty for numbers and dates.
    """

    side: Side
    start: float
    length: float
    low: float = 0.0
    high: float = 1.0
    names: tuple[str, ...] = ()
    log: bool = False
    percent: bool = False
    dates: bool = False
    years: bool = False

    def place(self, values: np.ndarray) -> np.ndarray:
        """Return the position of each value in points.

        Examples
        --------
        >>> Axis("x", 10, 100, low=0, high=4).place(np.array([0, 1, 4])).tolist()
        [10.0, 35.0, 110.0]
        """
        if self.names:
            order = {name: i for i, name in enumerate(self.names)}
            spots = np.array([order[str(value)] for value in values], dtype=np.float64) + 0.5
            shares = spots / len(self.names)
            return np.asarray(self.start + self.length * (1 - shares if self.side == "y" else shares))
        numbers = to_numbers(values)
        if self.log:
            numbers = np.log10(np.where(numbers > 0, numbers, np.nan))
        return np.asarray(self.start + self.length * (numbers - self.low) / (self.high - self.low))

    @property
    def band(self) -> float:
        """Points that one name has."""
        return self.length / max(len(self.names), 1)

    def make_ticks(self) -> list[tuple[float, str]]:
        """Return each tick's position and text."""
        if self.names:
            return list(zip(self.place(np.array(self.names, dtype=object)).tolist(), self.names, strict=True))
        if self.dates:
            days = np.linspace(self.low, self.high, N_TICKS - 1).astype("datetime64[s]").astype("datetime64[D]")
            return [(float(self.place(np.array([day]))[0]), str(day)) for day in np.unique(days)]
        values = _find_log_ticks(self.low, self.high) if self.log else find_ticks(self.low, self.high)
        if self.years:
            values = [value for value in values if value.is_integer()] or values
        texts = [text.replace(",", "") if self.years else text for text in _write_ticks(values, self.percent, self.log)]
        return list(zip(self.place(np.array(values)).tolist(), texts, strict=True))


def make_axis(chart: Chart, side: Side, start: float, length: float) -> Axis:
    """Fit an axis to the marks of a chart.

    Examples
    --------
    >>> line = Mark("line", np.array([0.0, 10.0]), np.array([0.2, 0.8]))
    >>> axis = make_axis(Chart("Up", "step", "share", (line,), x_range=(0, 10)), "x", 0, 100)
    >>> [text for _, text in axis.make_ticks()]
    ['0', '2', '4', '6', '8', '10']
    """
    names = tuple(dict.fromkeys(_find_names(chart.marks, side)))
    percent = chart.x_percent if side == "x" else chart.y_percent
    if names:
        return Axis(side, start, length, names=names)
    log = chart.x_log if side == "x" else chart.y_log
    given = chart.x_range if side == "x" else chart.y_range
    low, high = given or _find_span(chart.marks, side, log=log)
    if log:
        low, high = math.log10(low), math.log10(high)
    if not low < high:  # one value only, or bars that are all zero: an axis needs a length
        low, high = (low, low + 1.0) if low == 0 else (low - abs(low) / 2, low + abs(low) / 2)
    dates = any(np.asarray(getattr(mark, side)).dtype.kind == "M" for mark in chart.marks)
    years = is_year(chart.x_label if side == "x" else chart.y_label, low, high)
    return Axis(side, start, length, low, high, (), log, percent, dates, years)


def to_numbers(values: np.ndarray) -> np.ndarray:
    """Return numbers as they are and dates as seconds since 1970.

    Examples
    --------
    >>> to_numbers(np.array(["1970-01-02"], dtype="datetime64[D]")).tolist()
    [86400.0]
    """
    array = np.asarray(values)
    return np.asarray(array.astype("datetime64[s]") if array.dtype.kind == "M" else array).astype(np.float64)


def _find_names(marks: Iterable[Mark], side: Side) -> Iterable[str]:
    """Yield the names on a side, in order of appearance."""
    for mark in marks:
        values = getattr(mark, side)
        if holds_names(values):
            yield from (str(value) for value in values)


def _find_span(marks: tuple[Mark, ...], side: Side, *, log: bool) -> tuple[float, float]:
    """Return the ends that hold every value of a side, with a little room where the chart does not end there."""
    parts = [_list_values(mark, side) for mark in marks] or [np.array([0.0, 1.0])]
    values = np.concatenate(parts)
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.1 if log else 0.0, 1.0)
    if log:
        return low / 1.2, high * 1.2
    room = PADDING * (high - low) or max(abs(high), 1.0) * PADDING
    flush = any(mark.kind in {"heatmap", "surface"} for mark in marks)
    from_zero = any(mark.kind == "bars" and not holds_names(getattr(mark, side)) for mark in marks)
    if flush:
        return low, high
    return (low if from_zero and low == 0 else low - room), (high if from_zero and high == 0 else high + room)


def _list_values(mark: Mark, side: Side) -> np.ndarray:
    """List what a mark needs of a number axis: its values, its interval's ends, a bar's foot, a cell's edges."""
    values = to_numbers(getattr(mark, side))
    if mark.kind in {"heatmap", "surface"}:
        half = find_step(values) / 2
        return np.concatenate([values - half, values + half])
    along = "x" if holds_names(mark.y) else "y"
    if side != along:
        half = find_step(values) / 2 if mark.kind == "bars" else 0.0
        return np.concatenate([values - half, values + half])
    ends = [to_numbers(end) for end in (mark.low, mark.high) if end is not None]
    return np.concatenate([values, *ends, np.zeros(int(mark.kind == "bars"))])


def find_step(values: np.ndarray) -> float:
    """Return the smallest gap between values: the width of a bar or cell; 1 when there is one value.

    Examples
    --------
    >>> find_step(np.array([3.0, 1.0, 1.5]))
    0.5
    """
    gaps = np.diff(np.unique(values))
    return float(gaps.min()) if gaps.size else 1.0


def find_ticks(low: float, high: float) -> list[float]:
    """Choose round numbers between two ends, about six of them.

    Examples
    --------
    >>> find_ticks(0.0, 1.02)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / (N_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= SLACK * rough)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def _find_log_ticks(low: float, high: float) -> list[float]:
    """Choose powers of ten, with 2 and 5 between where the axis is short; ends are given as log10."""
    factors = (1,) if high - low > MANY_DECADES else (1, 2, 5)
    powers = range(math.floor(low), math.ceil(high) + 1)
    values = [factor * 10.0**power for power in powers for factor in factors]
    return [value for value in values if low - 1e-9 <= math.log10(value) <= high + 1e-9]


def _write_ticks(values: list[float], percent: bool, log: bool) -> list[str]:
    """Write ticks with as many decimals as tell them apart."""
    if log:
        return [f"{value:g}" for value in values]
    scaled = [100 * value for value in values] if percent else values
    step = abs(scaled[1] - scaled[0]) if len(scaled) > 1 else 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) % 1:
        decimals += 1  # 2.5 and 0.25 need one more
    return [f"{value:,.{decimals}f}{'%' if percent else ''}".replace("-", "−") for value in scaled]
