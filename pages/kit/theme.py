"""The meaning of colours, the one Plotly template, and the marks of the hub.

The colours themselves stand in ``.streamlit/config.toml``, once for light and once for dark. Streamlit's browser code
puts them in place of ten stand-ins when it draws a Plotly figure, so that a chart follows the theme the moment a
reader switches it, with no run of the script [1]_. This module only says which place has which meaning, so that a
meaning has one colour on every page.

Left out: fonts, backgrounds and grid lines of charts, which Streamlit's own theme gives them from ``config.toml``.

References
----------
.. [1] https://docs.streamlit.io/develop/api-reference/charts/st.plotly_chart (``theme="streamlit"``)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.hub.charts import Role

ASSETS = Path(__file__).resolve().parent / "assets"
FAVICON = str(ASSETS / "favicon.svg")
TITLE = "Mastery"

# The stand-ins of theme.chartCategoricalColors in Streamlit 1.67's template ``plotly.io.templates["streamlit"]``
# (a test compares them), and of its two greys: one for marks, one that reads well as text.
STAND_INS = tuple(f"#{place:06d}" for place in range(1, 11))
GRAY_STAND_IN, TEXT_STAND_IN = "#000036", "#000037"
SEQUENTIAL_STAND_INS = tuple(f"#{place:06d}" for place in range(11, 21))
DIVERGING_STAND_INS = tuple(f"#{place:06d}" for place in range(21, 31))

N_CLASS_COLORS = 7
PLACES: dict[Role, int] = {"main": 0, "second": 1, "third": 2, "muted": 7, "good": 8, "bad": 9}
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "pentagon", "star")


def color(role: Role, index: int = 0) -> str:
    """Return the stand-in of a role's colour, to be used in a Plotly figure.

    Parameters
    ----------
    role : str
        ``main`` is the chosen or best, ``second`` and ``third`` what it is compared with, ``baseline`` the reference
        to beat, ``good`` and ``bad`` a judgement, ``muted`` the rest; ``class`` takes the class palette.
    index : int
        Number of the class, from 0; the seven colours repeat, and :func:`symbol` tells the repeats apart.

    Examples
    --------
    >>> color("class", 1) == color("second"), color("class", 7) == color("class", 0)
    (True, True)
    """
    if role == "class":
        return STAND_INS[index % N_CLASS_COLORS]
    return GRAY_STAND_IN if role == "baseline" else STAND_INS[PLACES[role]]


def symbol(role: Role, index: int = 0) -> str:
    """Return the marker of a role: classes differ by shape as well as by colour.

    Examples
    --------
    >>> symbol("class", 1), symbol("main")
    ('diamond', 'circle')
    """
    return SYMBOLS[index % len(SYMBOLS)] if role == "class" else SYMBOLS[1 if role == "baseline" else 0]


def scale(stand_ins: tuple[str, ...]) -> list[list[Any]]:
    """Spread stand-ins evenly over a Plotly colour scale."""
    last = len(stand_ins) - 1
    return [[place / last, each] for place, each in enumerate(stand_ins)]


def class_scale(n_classes: int) -> list[list[Any]]:
    """Make a colour scale of flat steps, one for each class number.

    Examples
    --------
    >>> class_scale(2)
    [[0.0, '#000001'], [0.5, '#000001'], [0.5, '#000002'], [1.0, '#000002']]
    """
    steps = []
    for place in range(n_classes):
        steps += [[edge / n_classes, color("class", place)] for edge in (place, place + 1)]
    return steps


_AXIS = {"showline": False, "ticks": "", "zeroline": False, "automargin": True}
TEMPLATE: dict[str, Any] = {
    "data": {
        "scatter": [{"type": "scatter", "marker": {"line": {"width": 0}}, "line": {"width": 2.5}}],
        "bar": [{"type": "bar", "marker": {"line": {"width": 0}, "cornerradius": 3}}],
        "heatmap": [{"type": "heatmap", "colorscale": scale(SEQUENTIAL_STAND_INS), "xgap": 1, "ygap": 1}],
    },
    "layout": {
        "colorway": list(STAND_INS),
        "colorscale": {"sequential": scale(SEQUENTIAL_STAND_INS), "diverging": scale(DIVERGING_STAND_INS)},
        "hovermode": "closest",
        "dragmode": False,
        "bargap": 0.35,
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    },
}
