"""A frame as a table on paper: wrapped cells, sensible digits, and a note of what was left out.

Left out: tables that run sideways over several pages; a report points at the file for the rest.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re

import numpy as np
import pandas as pd
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from core.evaluation.report.colors import INK, PANEL, RULE, SOFT
from core.evaluation.report.fonts import BOLD, REGULAR, Wording, measure_text

MAX_ROWS, MAX_COLUMNS = 40, 10
MAX_CELL, MAX_HEADING = 120, 60
SIZE, LEADING = 7.5, 9.6
LONGEST_WORD, WIDEST = 70.0, 170.0
PADDING = 8.0
DIGITS = 4
LARGE, SMALL = 1e6, 1e-4
FIRST_YEAR, LAST_YEAR = 1000, 3000
_YEAR = re.compile(r"(?<![A-Za-z])[Yy]ears?(?![a-z])|(?<![A-Z])YEARS?(?![A-Z])")

_CELL = ParagraphStyle("cell", fontName=REGULAR, fontSize=SIZE, leading=LEADING, textColor=INK)
_NUMBER = ParagraphStyle("number", _CELL, alignment=2)
_HEADING = ParagraphStyle("heading", _CELL, fontName=BOLD)
_NUMBER_HEADING = ParagraphStyle("number heading", _HEADING, alignment=2)
_NOTE = ParagraphStyle("table note", _CELL, textColor=SOFT, spaceBefore=3, spaceAfter=6)


def make_table(frame: pd.DataFrame, width: float, words: Wording) -> list[Flowable]:
    """Lay out the first 40 rows and 10 columns of a frame, and say so where there are more.

    Parameters
    ----------
    width : float
        Of the column of text, in points.
    """
    shown = frame.iloc[:MAX_ROWS, :MAX_COLUMNS]
    if shown.shape[1] == 0:
        return [Paragraph("This table has no columns.", _NOTE)]
    aligned = [pd.api.types.is_numeric_dtype(shown.iloc[:, i].dtype) for i in range(shown.shape[1])]
    texts = _write_years(shown, [show_column(shown.iloc[:, i]) for i in range(shown.shape[1])])
    cells = [[words.clean(text, MAX_CELL) for text in column] for column in texts]
    heads = [words.clean(name, MAX_HEADING) for name in shown.columns]
    columns = [heads, *zip(*cells, strict=True)]
    lines = [_make_line(list(line), aligned, words, heading=i == 0) for i, line in enumerate(columns)]
    widths = _share_width(heads, cells, width)
    table = Table(lines, colWidths=widths, repeatRows=1, hAlign="LEFT", style=_make_style(len(lines)))
    note = _say_left_out(frame)
    return [table, *([Paragraph(note, _NOTE)] if note else [])]


def is_year(name: object, low: float, high: float) -> bool:
    """Tell whether the numbers of a column are years of a calendar, by its name and their range.

    Examples
    --------
    >>> is_year("YearBuilt", 1872, 2010), is_year("years_served", 0, 41), is_year("yearly_pay", 1500, 2500)
    (True, False, False)
    """
    return bool(_YEAR.search(str(name))) and FIRST_YEAR <= low <= high < LAST_YEAR


def _write_years(frame: pd.DataFrame, texts: list[list[str]]) -> list[list[str]]:
    """Take the comma out of years: numbers under the name of a year, or beside it in the first column."""
    names = [str(name) for name in frame.iloc[:, 0]]
    for i, column in enumerate(frame.columns):
        if not pd.api.types.is_numeric_dtype(frame.iloc[:, i].dtype):
            continue
        for line, value in enumerate(frame.iloc[:, i].astype("float64")):
            if any(is_year(name, value, value) for name in (column, names[line])):
                texts[i][line] = texts[i][line].replace(",", "")
    return texts


def _make_line(texts: list[str], aligned: list[bool], words: Wording, *, heading: bool) -> list[Paragraph]:
    """Make the cells of one line; numbers stand to the right."""
    left, right = (_HEADING, _NUMBER_HEADING) if heading else (_CELL, _NUMBER)
    return [
        Paragraph(words.markup(text), right if at_right else left)
        for text, at_right in zip(texts, aligned, strict=True)
    ]


def show_column(values: pd.Series) -> list[str]:
    """Write a column; its numbers get as many decimals as the one that needs most.

    Examples
    --------
    >>> show_column(pd.Series([5.0, 5.1, None]))
    ['5.0', '5.1', '–']
    """
    texts = [show_value(value) for value in values]
    if not pd.api.types.is_float_dtype(values.dtype) or any("e" in text for text in texts):
        return texts
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    shown = [f"{value:,.{decimals}f}".replace("-", "−") for value in values.fillna(0.0)]
    return [text if text in {"–", "inf", "−inf"} else long for text, long in zip(texts, shown, strict=True)]


def show_value(value: object) -> str:
    """Write a cell: four significant digits, thousands apart, a true minus, – for what is missing.

    Examples
    --------
    >>> [show_value(value) for value in (0.98765, 12345, -2.5, None, True, "a")]
    ['0.9877', '12,345', '−2.5', '–', 'yes', 'a']
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return f"{int(value):,}".replace("-", "−")
    if isinstance(value, numbers.Real):
        return _show_number(float(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time(0):
        return value.date().isoformat()
    return str(value)


def _show_number(value: float) -> str:
    """Write a number with four significant digits."""
    if math.isnan(value):
        return "–"
    if math.isinf(value) or (value != 0 and not SMALL <= abs(value) < LARGE):
        return f"{value:.3g}".replace("-", "−")
    decimals = max(0, DIGITS - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{min(decimals, DIGITS)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def _share_width(heads: list[str], cells: list[list[str]], width: float) -> list[float]:
    """Give each column the room of its longest word, then as much of what its whole text asks for as the page has."""
    least, wanted = [], []
    for head, column in zip(heads, cells, strict=True):
        words = [(word, BOLD) for word in head.split()] + [(word, REGULAR) for text in column for word in text.split()]
        longest = max((measure_text(word, SIZE, font) for word, font in words), default=0.0)
        whole = max((measure_text(text, SIZE) for text in column), default=0.0)
        whole = max(whole, measure_text(head, SIZE, BOLD) / 2)  # a long heading takes two lines
        least.append(min(longest, LONGEST_WORD) + PADDING + 1)
        wanted.append(max(least[-1], min(whole + PADDING + 1, WIDEST)))
    spare = width - sum(least)
    if spare <= 0:
        return [each * width / sum(least) for each in least]
    share = min(1.0, spare / max(sum(wanted) - sum(least), 1.0))
    return [low + share * (high - low) for low, high in zip(least, wanted, strict=True)]


def _make_style(n_lines: int) -> TableStyle:
    """Draw a shaded heading and hair lines between rows."""
    return TableStyle([
        ("FONTNAME", (0, 0), (-1, -1), REGULAR),
        ("BACKGROUND", (0, 0), (-1, 0), PANEL),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, SOFT),
        ("LINEBELOW", (0, 1), (-1, n_lines - 1), 0.4, RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING / 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), PADDING / 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.0),
    ])  # fmt: skip


def _say_left_out(frame: pd.DataFrame) -> str:
    """Say how much of the frame is shown; empty when all of it is."""
    n_rows, n_columns = frame.shape
    parts = [f"{MAX_ROWS} of {n_rows:,} rows"] if n_rows > MAX_ROWS else []
    parts += [f"{MAX_COLUMNS} of {n_columns:,} columns"] if n_columns > MAX_COLUMNS else []
    if n_rows == 0:
        return "This table has no rows."
    return f"The first {' and the first '.join(parts)} are shown." if parts else ""
