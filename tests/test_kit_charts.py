"""A chart becomes the figure it describes: every kind of mark, axes, escaped names, and its data as a file."""

import html

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from core.hub.charts import Chart, Mark
from pages.kit.charts import chart_frame, chart_to_csv
from pages.kit.figures import make_figure, make_legend
from pages.kit.theme import STAND_INS, color
from pages.kit.traces import clean

X = np.array([0.0, 1.0, 2.0])
Y = np.array([0.2, 0.6, 0.4])
NAMES = np.array(["LDA", "kNN", "tree"], dtype=object)
GRID = np.array([[0, 1, 1], [2, 2, 0], [0, 0, 1]])
EVIL = "<b>x</b> <a href='javascript:alert(1)'>y</a>"


def one(mark: Mark, **options) -> tuple[dict, dict]:
    figure = make_figure(Chart("A finding", "x", "y", (mark,), **options))
    go.Figure(figure)  # Plotly refuses a property that it does not know
    return figure["data"][0], figure["layout"]


def test_a_line_and_a_dashed_baseline():
    trace, _ = one(Mark("line", X, Y, "score", "main"))
    assert (trace["mode"], trace["line"]["color"], trace["line"]["dash"]) == ("lines", color("main"), "solid")
    trace, _ = one(Mark("line", X, Y, role="baseline", dash=True))
    assert trace["line"]["dash"] == "dash"
    assert trace["line"]["color"] not in STAND_INS


def test_steps_turn_at_right_angles():
    assert one(Mark("steps", X, Y))[0]["line"]["shape"] == "hv"


def test_points_of_classes_differ_by_colour_and_shape():
    marks = [one(Mark("points", X, Y, role="class", index=place))[0]["marker"] for place in range(7)]
    assert len({mark["color"] for mark in marks}) == len({mark["symbol"] for mark in marks}) == 7


def test_an_interval_reaches_from_low_to_high():
    trace, _ = one(Mark("bars", NAMES, Y, low=Y - 0.1, high=Y + 0.2))
    assert trace["orientation"] == "v"
    np.testing.assert_allclose(Y + trace["error_y"]["array"], Y + 0.2)
    np.testing.assert_allclose(Y - trace["error_y"]["arrayminus"], Y - 0.1)


@pytest.mark.parametrize("kind", ["bars", "points"])
def test_names_on_y_lie_down_with_the_first_on_top(kind):
    trace, layout = one(Mark(kind, Y, NAMES, low=Y - 0.1, high=Y + 0.1))
    assert "error_x" in trace
    assert "error_y" not in trace
    assert (layout["yaxis"]["type"], layout["yaxis"]["autorange"]) == ("category", "reversed")
    assert layout["yaxis"]["tickvals"] == list(NAMES)


def test_many_names_make_the_figure_taller():
    names = np.array([f"model {n}" for n in range(40)], dtype=object)
    assert one(Mark("bars", np.ones(40), names))[1]["height"] > 1_200
    assert one(Mark("bars", names, np.ones(40)))[1]["height"] == 360


def test_a_band_is_one_closed_outline():
    trace, _ = one(Mark("band", X, Y, low=Y - 0.1, high=Y + 0.1))
    assert trace["fill"] == "toself"
    np.testing.assert_allclose(trace["y"], [*(Y + 0.1), *(Y - 0.1)[::-1]])
    np.testing.assert_allclose(trace["x"], [*X, *X[::-1]])


def test_a_class_grid_takes_flat_class_colours():
    trace, _ = one(Mark("heatmap", X, X, z=GRID, role="class"))
    shades = trace["colorscale"]
    assert (trace["zmin"], trace["zmax"]) == (-0.5, 2.5)
    for number in range(3):
        place = (number - trace["zmin"]) / (trace["zmax"] - trace["zmin"])
        around = [shade for at, shade in shades if abs(at - place) < 1 / 6 + 1e-9]
        assert set(around) >= {color("class", number)}
    assert len(shades) == 6


def test_a_grid_of_both_signs_is_centred_on_zero():
    trace, _ = one(Mark("heatmap", X, X, z=GRID - 1.0))
    assert trace["zmid"] == 0
    assert "zmid" not in one(Mark("heatmap", X, X, z=GRID + 0.0))[0]


def test_cell_labels_keep_their_places():
    labels = tuple(str(each) for each in range(9))
    trace, _ = one(Mark("heatmap", NAMES, NAMES, z=GRID, text=labels))
    assert trace["text"][1][2] == "5"


def test_axes_carry_label_range_log_and_percent():
    mark = Mark("line", X + 1, Y)
    _, layout = one(mark, x_log=True, x_range=(1.0, 100.0), y_range=(0.0, 1.0), y_percent=True, square=True)
    assert layout["xaxis"]["title"]["text"] == "x"
    assert layout["xaxis"]["range"] == [0.0, 2.0]
    assert layout["yaxis"]["range"] == [0.0, 1.0]
    assert layout["yaxis"]["tickformat"] == ".3~%"
    assert layout["yaxis"]["scaleanchor"] == "x"


def test_names_that_look_like_dates_or_numbers_stay_names():
    mark = Mark("bars", np.array(["2024", "2025-01-01", "1e5"], dtype=object), Y)
    assert one(mark)[1]["xaxis"]["type"] == "category"


def test_the_legend_shows_only_when_there_is_something_to_tell_apart():
    def legend(*names):
        return make_figure(Chart("t", "x", "y", tuple(Mark("line", X, Y, name) for name in names)))["layout"][
            "showlegend"
        ]

    assert legend("a", "b")
    assert not legend("a", "")


def test_bars_stand_side_by_side_only_where_they_share_names():
    def mode(*marks):
        return make_figure(Chart("t", "x", "y", marks))["layout"]["barmode"]

    assert mode(Mark("bars", NAMES, Y), Mark("bars", NAMES, Y)) == "group"
    assert mode(Mark("bars", NAMES[:1], Y[:1]), Mark("bars", NAMES[1:], Y[1:])) == "overlay"


def test_no_text_of_the_data_is_markup():
    names = np.array([EVIL, "b", "c"], dtype=object)
    mark = Mark("points", names, Y, EVIL, text=(EVIL, "", ""))
    figure = make_figure(Chart("t", EVIL, EVIL, (mark, Mark("bars", names, Y))))
    template = str(figure["layout"].pop("template"))
    drawn = str(figure).replace("<br>", "").replace("<extra></extra>", "")
    assert "<" not in template
    assert "<b>" not in drawn
    assert "<a" not in drawn
    assert html.unescape(clean(EVIL)) == EVIL


def test_long_names_are_cut_on_the_axis_but_stay_apart():
    names = np.array(["a" * 60 + "1", "a" * 60 + "2"], dtype=object)
    _, layout = one(Mark("bars", names, Y[:2]))
    assert len(set(layout["xaxis"]["tickvals"])) == 2
    assert all(len(text) <= 24 for text in layout["xaxis"]["ticktext"])


def test_the_data_of_a_chart_has_a_row_for_each_mark():
    line = Mark("line", X, Y, "kNN", low=Y - 0.1, high=Y + 0.1)
    frame = chart_frame(Chart("t", "k", "accuracy", (line, Mark("line", X, X, "tree"))))
    assert list(frame.columns) == ["series", "k", "accuracy", "low", "high"]
    assert frame["series"].tolist() == ["kNN"] * 3 + ["tree"] * 3
    np.testing.assert_allclose(frame["accuracy"][:3], Y)


def test_the_data_of_a_grid_names_each_cell():
    frame = chart_frame(Chart("t", "answer", "truth", (Mark("heatmap", NAMES, NAMES, z=GRID),)))
    cell = frame[(frame["answer"] == "tree") & (frame["truth"] == "kNN")]
    assert cell["value"].tolist() == [0]
    cell = frame[(frame["answer"] == "LDA") & (frame["truth"] == "kNN")]
    assert cell["value"].tolist() == [2]


def test_two_axes_of_one_name_keep_both():
    assert list(chart_frame(Chart("t", "", "", (Mark("line", X, Y),))).columns) == ["series", "x", "y"]
    assert len(set(chart_frame(Chart("t", "a", "a", (Mark("line", X, Y),))).columns)) == 3


def test_the_file_of_a_chart_runs_nothing_in_a_spreadsheet():
    names = np.array(["=HYPERLINK(1)", "b"], dtype=object)
    text = chart_to_csv(Chart("t", "x", "y", (Mark("bars", names, Y[:2]),))).decode()
    assert ",=" not in text
    assert "'=HYPERLINK(1)" in text


def test_a_shown_chart_says_its_finding_twice_once_for_ears():
    def draw():
        import numpy as np

        from core.hub.charts import Chart, Mark
        from pages.kit.charts import show_chart

        line = Mark("line", np.arange(3), np.arange(3), "a")
        show_chart(Chart("*Score* rises", "x", "y", (line,)), "one")
        show_chart(Chart("Score falls", "x", "y", (line,), alt="It falls from 2 to 0."), "two")

    app = AppTest.from_function(draw, default_timeout=30).run()
    assert not app.exception
    assert [each.value for each in app.markdown] == [r"**\*Score\* rises**", "**Score falls**"]
    charts = app.get("plotly_chart")
    assert [chart.proto.alt for chart in charts] == ["*Score* rises", "It falls from 2 to 0."]
    assert len(app.get("download_button")) == 2


def test_a_surface_stands_in_space_and_its_way_lies_on_it():
    way = Mark("line", X, X, "way", z=np.array(X, dtype=float))
    dots = Mark("points", X, X, "steps", z=np.array(X, dtype=float))
    figure = make_figure(Chart("t", "a", "b", (Mark("surface", X, X, z=GRID), way, dots), z_label="height"))
    assert [trace["type"] for trace in figure["data"]] == ["surface", "scatter3d", "scatter3d"]
    assert figure["data"][1]["z"].tolist() == list(X)
    assert figure["layout"]["scene"]["zaxis"]["title"]["text"] == "height"
    assert "scene" not in make_figure(Chart("t", "a", "b", (Mark("line", X, X),)))["layout"]
    frame = chart_frame(Chart("t", "a", "b", (Mark("surface", X, X, z=GRID),)))
    assert len(frame) == GRID.size


def test_a_class_grid_travels_small_and_lies_where_it_did():
    lines = np.linspace(0.5, 2.5, 3)
    trace, _ = one(Mark("heatmap", lines, lines * 2, z=GRID, role="class"))
    assert trace["z"].dtype == np.uint8
    assert (trace["z"] == GRID).all()
    assert (trace["x"], trace["x0"], trace["dx"], trace["y0"], trace["dy"]) == (None, 0.5, 1.0, 1.0, 2.0)
    uneven, _ = one(Mark("heatmap", np.array([0.0, 1.0, 5.0]), X, z=GRID, role="class"))
    assert list(uneven["x"]) == [0.0, 1.0, 5.0]


def test_a_long_model_name_is_whole_on_two_lines():
    names = np.array(["linear discriminant analysis", "quadratic discriminant analysis"], dtype=object)
    _, layout = one(Mark("points", Y[:2], names))
    assert layout["yaxis"]["ticktext"] == ["linear discriminant<br>analysis", "quadratic discriminant<br>analysis"]


def test_the_baseline_has_a_mark_of_its_own():
    looks = {tuple(one(Mark("points", X, Y, role=role))[0]["marker"][part] for part in ("symbol", "color"))
             for role in ("main", "muted", "baseline")}  # fmt: skip
    assert len(looks) == len({symbol for symbol, _ in looks}) + 1 == 3


def test_one_legend_names_every_class():
    marks = [Mark("points", X, Y, name, "class", place) for place, name in enumerate(("a", "b"))]
    figure = make_legend(marks)
    go.Figure(figure)
    assert [trace["name"] for trace in figure["data"]] == ["a", "b"]
    assert [trace["marker"]["color"] for trace in figure["data"]] == [color("class", 0), color("class", 1)]
