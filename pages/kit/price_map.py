"""Points where they lie, coloured by a value in five bands: a map without streets, from longitude and latitude alone.

Degrees become kilometres from the middle (a degree of longitude shrinks with the cosine of the latitude), so that the
map has the shape of the ground; nothing is asked of any other host.

Left out: streets and borders, whose tiles would come over the network; areas wider than a few hundred kilometres.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.hub.charts import Chart, Mark, Role
from core.hub.errors import DataError
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard

HEIGHT, MOST_POINTS, LEAST_POINTS = 520, 3_000, 3
MANY, SMALL, LARGE = 800, 5.5, 8.0
KM_PER_DEGREE = 111.2
"""Of latitude: 6,371 km, the mean radius of the Earth, times π / 180."""
BANDS: tuple[tuple[Role, int], ...] = (("class", 6), ("main", 0), ("class", 3), ("second", 0), ("bad", 0))
"""Cold to warm in the theme's colours, and three shapes, for readers who tell no colours apart."""
CORNERS = ("south-west", "south-east", "north-west", "north-east")
LEAST_SHARE = 0.05
"""Share of the points that a corner must hold to be named."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Points with a value.

    Parameters
    ----------
    longitude, latitude, values : array of shape (n_points,)
        Points without all three are left out.
    label : str
        What the value is, as the sentence above the map begins.
    show : callable
        Writes a value with its unit.
    names : tuple of str
        What each point is called under the pointer; empty calls none.
    around : float, optional
        A value, such as 0, on whose two sides the bands lie evenly.
    """

    longitude: np.ndarray
    latitude: np.ndarray
    values: np.ndarray
    label: str
    show: Callable[[float], str] = show_number
    names: tuple[str, ...] = ()
    around: float | None = None


@st.fragment
@guard()
def show_price_map(figures: Mapping[str, Places], key: str) -> None:
    """Draw one of several values where its points lie."""
    if not figures:
        st.info(
            "This table does not say where its rows lie; a map needs longitude and latitude.", icon=":material/map:"
        )
        return
    names = list(figures)
    name = names[0]
    if len(names) > 1:
        name = st.segmented_control("Colour by", names, default=name, required=True, format_func=escape, wrap=True,
                                    key=f"{key}_figure")  # fmt: skip
    places = figures[name]
    show_chart(map_chart(places), f"{key}_map", HEIGHT)
    n_known = int(find_known(places).sum())
    told = "Each band holds about a fifth of the points, cold colours the lowest."
    if places.around is not None:
        told = f"The middle band lies around {places.show(places.around)}, cold colours below it and warm ones above."
    if n_known > MOST_POINTS:
        told += f" Drawn are {MOST_POINTS:,} of {n_known:,} points, evenly chosen."
    st.caption(told)


def find_known(places: Places) -> np.ndarray:
    """Tell which points have a place and a value, shape (n_points,)."""
    parts = (places.longitude, places.latitude, places.values)
    return np.asarray(np.isfinite(np.array(parts, dtype=float)).all(axis=0))


def map_chart(places: Places) -> Chart:
    """Draw points in five bands of their value.

    Raises
    ------
    DataError
        If fewer than three points have a place and a value.

    Examples
    --------
    >>> east, north = np.repeat([0.0, 1.0], 20), np.tile([0.0, 1.0], 20)
    >>> map_chart(Places(east, north, 100 + 50 * east + 10 * north, "Price")).title
    'Price is highest in the north-east (median 160) and lowest in the south-west (100)'
    """
    known = np.flatnonzero(find_known(places))
    if len(known) < LEAST_POINTS:
        message = f"{len(known)} points have a place and a value; a map needs at least {LEAST_POINTS}"
        raise DataError(message)
    east, north = project(*(np.asarray(part, dtype=float)[known] for part in (places.longitude, places.latitude)))
    values = np.asarray(places.values, dtype=float)[known]
    edges = find_edges(values, places.around)
    bands = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    names = [places.names[at] if places.names else "" for at in known]
    drawn = np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_POINTS)).astype(int))
    size = SMALL if len(drawn) > MANY else LARGE
    marks = []
    for band, (role, index) in enumerate(spread_roles(len(edges) - 1)):
        there = drawn[bands[drawn] == band]
        told = tuple(f"{names[at]}: {places.show(values[at])}".removeprefix(": ") for at in there)
        label = f"{places.show(edges[band])} to {places.show(edges[band + 1])}"
        if len(there):
            marks.append(Mark("points", east[there], north[there], label, role, index, text=told, size=size))
    title = say_corners(places, east, north, values)
    alt = f"{title}. Values reach from {places.show(values.min())} to {places.show(values.max())}."
    return Chart(title, "Kilometres east of the middle", "Kilometres north", tuple(marks), alt, square=True)


def project(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn degrees into kilometres east and north of the median point.

    Examples
    --------
    >>> east, north = project(np.array([-93.7, -93.6, -93.5]), np.array([42.0, 42.0, 42.1]))
    >>> east.round(1).tolist(), north.round(1).tolist()
    ([-8.3, 0.0, 8.3], [0.0, 0.0, 11.1])
    """
    middle = np.median(latitude)
    east = (longitude - np.median(longitude)) * KM_PER_DEGREE * np.cos(np.radians(middle))
    return east, (latitude - middle) * KM_PER_DEGREE


def find_edges(values: np.ndarray, around: float | None = None) -> np.ndarray:
    """Return the rising edges of at most five bands: fifths of the points, or evenly on both sides of a value.

    Examples
    --------
    >>> find_edges(np.arange(11.0)).round().tolist(), find_edges(np.array([-4.0, 1, 2, 3]), 0.0).round(2).tolist()
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [-4.0, -2.8, -1.6, 1.6, 2.8, 4.0])
    """
    if around is None:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, len(BANDS) + 1)))
        return edges if len(edges) > 1 else np.array([edges[0], edges[0]])
    sizes = np.abs(values - around)
    inner, outer = np.quantile(sizes, [0.2, 0.6])
    reach = sizes.max()
    return around + np.array([-reach, -outer, -inner, inner, outer, reach])


def spread_roles(n_bands: int) -> list[tuple[Role, int]]:
    """Spread fewer than five bands over the colours, both ends kept."""
    return [BANDS[round(place)] for place in np.linspace(0, len(BANDS) - 1, n_bands)]


def say_corners(places: Places, east: np.ndarray, north: np.ndarray, values: np.ndarray) -> str:
    """Say in which corner of the map the value is highest, and in which lowest, by its median."""
    corner = (east >= 0).astype(int) + 2 * (north >= 0).astype(int)
    medians = {
        name: float(np.median(values[corner == place]))
        for place, name in enumerate(CORNERS)
        if (corner == place).mean() >= LEAST_SHARE
    }
    most, least = max(medians, key=lambda name: medians[name]), min(medians, key=lambda name: medians[name])
    if medians[most] == medians[least]:
        return f"{places.label} is the same all over the map (median {places.show(medians[most])})"
    high, low = places.show(medians[most]), places.show(medians[least])
    return f"{places.label} is highest in the {most} (median {high}) and lowest in the {least} ({low})"
