"""The colours of the app's light theme, on paper: one meaning, one colour, also here.

The values are those of ``.streamlit/config.toml``; a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from reportlab.lib.colors import Color, HexColor

from core.hub.charts import Role

INK, SOFT, RULE, PANEL, PAPER = (HexColor(code) for code in ("#0F151C", "#5F6B78", "#D5DCE4", "#F2F5F8", "#FFFFFF"))
CATEGORICAL = (
    "#0B69B7",
    "#E26A12",
    "#7A2463",
    "#3A9DB0",
    "#725800",
    "#3B1410",
    "#2E1FA0",
    "#7C8794",
    "#1E9E77",
    "#A32A10",
)
SEQUENTIAL = (
    "#F4F8FC",
    "#DCEAF6",
    "#C0DAEF",
    "#9FC6E6",
    "#79AFDB",
    "#5296CE",
    "#2F7DC0",
    "#1565AC",
    "#0A4F8A",
    "#063763",
)
DIVERGING = (
    "#8A3B00",
    "#B95510",
    "#DD7E3A",
    "#F0AE7A",
    "#FADCC4",
    "#CFE2F3",
    "#94C0E4",
    "#5296CE",
    "#1F6FB5",
    "#0A4F8A",
)
_STOPS = {codes: np.array([HexColor(code).rgb() for code in codes]) for codes in (SEQUENTIAL, DIVERGING)}
N_CLASS_COLORS = 7
PLACES: dict[Role, int] = {"main": 0, "second": 1, "third": 2, "muted": 7, "good": 8, "bad": 9}
ACCENT = HexColor(CATEGORICAL[0])


def find_color(role: Role, index: int = 0) -> Color:
    """Return the colour of a role; ``class`` takes the class palette at ``index``.

    Examples
    --------
    >>> find_color("main").hexval(), find_color("class", 8).hexval()
    ('0x0b69b7', '0xe26a12')
    """
    if role == "baseline":
        return SOFT
    return HexColor(CATEGORICAL[index % N_CLASS_COLORS if role == "class" else PLACES[role]])


def find_shades(values: Sequence[float] | np.ndarray, low: float, high: float) -> list[Color]:
    """Return the colours of a heatmap's values: a plain scale, or one centred on 0 where values have both signs.

    Examples
    --------
    >>> [color.hexval() for color in find_shades([10, 0], 0, 10)]
    ['0x063763', '0xf4f8fc']
    """
    codes = SEQUENTIAL
    if low < 0 < high:
        reach = max(-low, high)
        codes, low, high = DIVERGING, -reach, reach
    places = (np.asarray(values, dtype=np.float64) - low) / (high - low) if high > low else np.zeros(len(values))
    stops, spots = _STOPS[codes], places * (len(codes) - 1)
    parts = [np.interp(spots, np.arange(len(codes)), stops[:, part]).tolist() for part in range(3)]
    return [Color(*rgb) for rgb in zip(*parts, strict=True)]


def is_dark(color: Color) -> bool:
    """Tell whether white reads better on a colour than black (relative luminance of WCAG, without its curve).

    Examples
    --------
    >>> is_dark(HexColor("#063763")), is_dark(HexColor("#F4F8FC"))
    (True, False)
    """
    return bool(0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue < 0.5)  # noqa: PLR2004 half of white
