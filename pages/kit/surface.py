"""The whole surface of a grid search over two settings: every cell, the best one, and how sure each is.

Left out: the search, which a project does; surfaces of one or of more than two settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.hub.charts import Chart, Mark
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard

MOST_TEXTS, ROW_HEIGHT, FRAME_HEIGHT = 120, 44, 130
ROUNDING = 1e-12
SCORE, SPREAD = "Score", "Standard error"


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Every cell of a grid search.

    Parameters
    ----------
    x_name, y_name : str
        The two settings, as they are shown.
    x, y : array of shape (n_x,), (n_y,)
        Their values, numbers or names.
    mean, error : array of shape (n_y, n_x)
        Mean score over the folds and its standard error; NaN where a cell failed.
    score : str
        What is scored.
    is_loss : bool
        Whether less is better.
    sentence : str
        What the search is worth, in words; empty says nothing.
    """

    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    score: str = "Accuracy"
    is_loss: bool = False
    sentence: str = ""

    @property
    def best(self) -> tuple[int, int]:
        """The place (row, column) of the best cell; of equal ones the first."""
        place = np.nanargmin(self.mean) if self.is_loss else np.nanargmax(self.mean)
        row, column = np.unravel_index(int(place), self.mean.shape)
        return int(row), int(column)

    @property
    def level(self) -> np.ndarray:
        """Which cells lie within one standard error of the best, bool of shape (n_y, n_x)."""
        gap = np.abs(self.mean - self.mean[self.best])
        return np.asarray(gap <= np.nan_to_num(self.error[self.best]) + ROUNDING)


@st.fragment
@guard()
def show_surfaces(surfaces: Mapping[str, Surface], key: str) -> None:
    """Draw the surface of one model's search, and how sure its cells are."""
    known = {name: each for name, each in surfaces.items() if np.isfinite(each.mean).any()}
    if not known:
        st.info("No settings were searched in this run.", icon=":material/grid_on:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Model", list(known), format_func=capitalise, key=f"{key}_model", width=280)
        view = st.segmented_control("Colour by", [SCORE, SPREAD], default=SCORE, required=True, key=f"{key}_view",
                                    wrap=True)  # fmt: skip
    surface = known[name]
    chart = surface_chart(surface) if view == SCORE else spread_chart(surface)
    show_chart(chart, f"{key}_surface", ROW_HEIGHT * len(surface.y) + FRAME_HEIGHT)
    if surface.sentence:
        st.markdown(escape(surface.sentence))
    st.caption("The best cell was chosen for its height, so its own score flatters it; a cell within one standard "
               "error of it is as good for all that is known.")  # fmt: skip


def surface_chart(surface: Surface) -> Chart:
    """Draw the score of every cell, the best one marked.

    Examples
    --------
    >>> mean, error = np.array([[0.8, 0.83], [0.7, 0.82]]), np.full((2, 2), 0.02)
    >>> surface_chart(Surface("C", "depth", np.array([1.0, 2.0]), np.array([3, 4]), mean, error)).title
    'Accuracy is best at C 2, depth 3: 0.830 ± 0.020; 2 of 4 cells lie within one standard error'
    """
    row, column = surface.best
    where = f"{surface.x_name} {write_setting(surface.x[column])}, {surface.y_name} {write_setting(surface.y[row])}"
    n_level, least, most = int(surface.level.sum()), np.nanmin(surface.mean), np.nanmax(surface.mean)
    value, error = surface.mean[row, column], surface.error[row, column]
    title = (
        f"{surface.score} is best at {where}: {value:.3f} ± {error:.3f}; {n_level} of {surface.mean.size} cells lie "
    )
    title += "within one standard error"
    return _draw(surface, surface.mean, title, f"{title}. All cells score {least:.3f} to {most:.3f}.", surface.score)


def spread_chart(surface: Surface) -> Chart:
    """Draw the standard error of every cell over the folds, the best cell marked."""
    least, most = np.nanmin(surface.error), np.nanmax(surface.error)
    span = np.nanmax(surface.mean) - np.nanmin(surface.mean)
    title = f"Over the folds a cell's {surface.score.lower()} is known to ± {least:.3f} to {most:.3f}; all cells lie "
    title += f"within {span:.3f}"
    return _draw(surface, surface.error, title, f"{title}.", f"Standard error of {surface.score.lower()}")


def _draw(surface: Surface, values: np.ndarray, title: str, alt: str, label: str) -> Chart:
    """Draw one value of every cell; where they are many, colours alone tell it."""
    x, y = (np.array([write_setting(each) for each in axis], dtype=object) for axis in (surface.x, surface.y))
    texts = tuple("–" if np.isnan(value) else f"{value:.3f}" for value in values.flat)
    texts = texts if values.size <= MOST_TEXTS else ()
    row, column = surface.best
    marks = (
        Mark("heatmap", x, y, z=values, text=texts),
        Mark("points", x[[column]], y[[row]], "best cell", "second", size=34.0 if texts else 12.0, dash=True),
    )
    return Chart(title, surface.x_name, surface.y_name, marks, alt, z_label=label)


def write_setting(value: object) -> str:
    """Write a setting's value without needless digits.

    Examples
    --------
    >>> write_setting(0.10), write_setting("gini"), write_setting(np.int64(31))
    ('0.1', 'gini', '31')
    """
    return f"{value:g}" if isinstance(value, int | float | np.number) and not isinstance(value, bool) else str(value)
