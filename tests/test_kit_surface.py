"""Every cell of a grid search is drawn, the best one where it is, and how sure the cells are."""

import numpy as np
import pytest

from pages.kit.surface import Surface, spread_chart, surface_chart
from tests.apps import find, words
from tests.drawn import check, check_drawn, run

MEAN = np.array([[0.80, 0.83, 0.825], [0.70, np.nan, 0.82]])
ERROR = np.array([[0.02, 0.01, 0.03], [0.02, np.nan, 0.05]])


def make_surface(**change) -> Surface:
    values = {"mean": MEAN, "error": ERROR} | change
    return Surface("C", "depth", np.array([0.1, 1.0, 10.0]), np.array([3, 5]), **values)


def make_surfaces() -> dict[str, Surface]:
    return {"ridge": make_surface(sentence="It is worth 0.81."), "tree": make_surface(mean=1 - MEAN, is_loss=True)}


def draw(is_empty=False):
    from pages.kit.surface import show_surfaces
    from tests.test_kit_surface import make_surfaces

    show_surfaces({} if is_empty else make_surfaces(), "s")


def test_every_cell_is_drawn_and_the_best_is_marked():
    cells, best = surface_chart(make_surface()).marks
    np.testing.assert_array_equal(cells.z, MEAN)
    assert cells.text == ("0.800", "0.830", "0.825", "0.700", "–", "0.820")
    assert (cells.x.tolist(), cells.y.tolist()) == (["0.1", "1", "10"], ["3", "5"])
    assert (best.x.tolist(), best.y.tolist()) == (["1"], ["3"])


def test_the_title_says_where_the_best_is_and_how_many_are_as_good():
    assert surface_chart(make_surface()).title == (
        "Accuracy is best at C 1, depth 3: 0.830 ± 0.010; 3 of 6 cells lie within one standard error"
    )


def test_less_is_better_where_the_score_is_a_loss():
    assert make_surface(is_loss=True).best == (1, 0)
    assert make_surface(mean=1 - MEAN, is_loss=True).best == make_surface().best


def test_the_spread_is_the_standard_error_of_every_cell():
    chart = spread_chart(make_surface())
    np.testing.assert_array_equal(chart.marks[0].z, ERROR)
    assert chart.title == "Over the folds a cell's accuracy is known to ± 0.010 to 0.050; all cells lie within 0.130"


def test_many_cells_are_told_by_colour_alone():
    side = np.arange(12.0)
    large = Surface("a", "b", side, side, np.add.outer(side, side), np.ones((12, 12)))
    assert surface_chart(large).marks[0].text == ()


@pytest.mark.parametrize(("model", "view"), [("ridge", "Score"), ("tree", "Score"), ("tree", "Standard error")])
def test_the_chosen_surface_is_on_the_screen(model, view):
    app = run(draw)
    find(app.selectbox, "Model").set_value(model)
    find(app.button_group, "Colour by").set_value(view).run()
    make = surface_chart if view == "Score" else spread_chart
    check_drawn(check(app), make(make_surfaces()[model]))
    assert ("It is worth 0.81." in words(app)) == (model == "ridge")


def test_a_run_without_a_search_says_so():
    app = run(draw, is_empty=True)
    assert app.info[0].value == "No settings were searched in this run."
