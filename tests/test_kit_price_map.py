"""Points lie where they are, in bands of their value that hold every point once."""

from itertools import pairwise

import numpy as np
import pytest

from core.hub.errors import DataError
from pages.kit.figures import make_figure
from pages.kit.price_map import MOST_POINTS, Places, find_edges, map_chart, project, spread_roles
from pages.kit.theme import color, symbol
from tests.apps import find, words
from tests.drawn import check, check_drawn, run

RNG = np.random.default_rng(0)
LONGITUDE, LATITUDE = -93.6 + 0.02 * RNG.normal(size=500), 42.0 + 0.02 * RNG.normal(size=500)
VALUES = 200_000 + 2e6 * (LATITUDE - 42) + 1e6 * (LONGITUDE + 93.6)


def make_places(**change) -> Places:
    names = tuple(f"house {n}" for n in range(len(change.get("values", VALUES))))
    values = {"longitude": LONGITUDE, "latitude": LATITUDE, "values": VALUES, "label": "Price", "names": names} | change
    return Places(**values)


def make_figures() -> dict[str, Places]:
    return {"Price": make_places(), "Error": make_places(values=VALUES - 200_000, label="Error", around=0.0)}


def draw(is_empty=False):
    from pages.kit.price_map import show_price_map
    from tests.test_kit_price_map import make_figures

    show_price_map({} if is_empty else make_figures(), "p")


def test_every_point_is_drawn_once_where_it_lies_in_the_band_of_its_value():
    chart = map_chart(make_places())
    east, north = project(LONGITUDE, LATITUDE)
    edges = find_edges(VALUES)
    drawn = [tuple(point) for mark in chart.marks for point in zip(mark.x, mark.y, strict=True)]
    assert sorted(drawn) == sorted(zip(east, north, strict=True))
    for band, mark in enumerate(chart.marks):
        places = [int(text.split(":")[0].removeprefix("house ")) for text in mark.text]
        np.testing.assert_array_equal(mark.x, east[places])
        assert (VALUES[places] >= edges[band]).all()
        assert (VALUES[places] <= edges[band + 1]).all()
        assert len(places) == 100


def test_a_kilometre_east_is_as_long_as_one_north():
    east, north = project(np.array([0.0, 0.0, 1.0]), np.array([60.0, 60.0, 60.0]))
    assert east[2] == pytest.approx(55.6, abs=0.1)  # half of a degree's length at the equator
    assert north.tolist() == [0.0, 0.0, 0.0]
    layout = make_figure(map_chart(make_places()))["layout"]
    assert layout["yaxis"]["scaleanchor"] == "x"


def test_the_bands_differ_by_colour_and_the_legend_names_their_ends():
    chart = map_chart(make_places(show="{:,.0f} $".format))
    looks = {(color(mark.role, mark.index), symbol(mark.role, mark.index)) for mark in chart.marks}
    assert len({shade for shade, _ in looks}) == 5
    edges = find_edges(VALUES)
    assert [mark.name for mark in chart.marks] == [f"{low:,.0f} $ to {high:,.0f} $" for low, high in pairwise(edges)]


def test_bands_around_a_value_lie_evenly_on_its_two_sides():
    edges = find_edges(RNG.normal(size=300), around=0.0)
    np.testing.assert_allclose(edges, -edges[::-1])


def test_equal_values_make_one_band_and_no_corner_leads():
    chart = map_chart(make_places(values=np.full(500, 7.0)))
    assert len(chart.marks) == 1
    assert len(chart.marks[0].x) == 500
    assert chart.title == "Price is the same all over the map (median 7)"


def test_fewer_bands_keep_both_ends_of_the_colours():
    assert spread_roles(2) == [("class", 6), ("bad", 0)]


def test_the_corners_of_the_title_hold_the_highest_and_the_lowest_median():
    assert map_chart(make_places()).title.startswith("Price is highest in the north-east")
    assert "lowest in the south-west" in map_chart(make_places()).title


def test_points_without_a_place_or_a_value_are_left_out():
    gaps = np.where(np.arange(500) < 100, np.nan, VALUES)
    assert sum(len(mark.x) for mark in map_chart(make_places(values=gaps)).marks) == 400


def test_too_few_points_are_refused():
    with pytest.raises(DataError, match="2 points have a place and a value; a map needs at least 3"):
        map_chart(make_places(values=np.where(np.arange(500) < 2, VALUES, np.nan)))


def test_more_points_than_a_screen_holds_are_thinned():
    n_points = 3 * MOST_POINTS
    many = {name: RNG.random(n_points) for name in ("longitude", "latitude", "values")}
    assert sum(len(mark.x) for mark in map_chart(make_places(**many)).marks) == MOST_POINTS


def test_the_chosen_value_is_on_the_screen():
    figures = make_figures()
    app = run(draw)
    check_drawn(app, map_chart(figures["Price"]))
    find(app.button_group, "Colour by").set_value("Error").run()
    check_drawn(check(app), map_chart(figures["Error"]))
    assert "The middle band lies around 0" in words(app)


def test_a_table_without_places_says_so():
    app = run(draw, is_empty=True)
    assert app.info[0].value == "This table does not say where its rows lie; a map needs longitude and latitude."
