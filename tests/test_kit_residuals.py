"""The plots and tests of residuals on screen are core's, for the chosen model."""

import numpy as np
import pytest

from core.evaluation.residuals import (
    find_odd_shape,
    find_uneven_spread,
    group_chart,
    list_groups,
    q_q_chart,
    residual_chart,
    scale_location_chart,
)
from pages.kit.residuals import Misses
from tests.apps import find, words
from tests.drawn import check, check_drawn, run

RNG = np.random.default_rng(0)
ANSWERS = {"ridge": np.linspace(1.0, 10.0, 200), "tree": np.repeat(np.arange(1.0, 11.0), 20)}
Y = ANSWERS["ridge"] + RNG.normal(0, 1, 200) * ANSWERS["ridge"] / 5
GROUPS = np.repeat(["north", "south"], 100).astype(object)


def make_misses(answers=ANSWERS, groups=GROUPS) -> Misses:
    return Misses("a-run-of-a-test", Y, answers, "$", groups, "region")


def draw(answers=None, groups=None):
    from pages.kit.residuals import show_residuals
    from tests.test_kit_residuals import ANSWERS, GROUPS, make_misses

    show_residuals(make_misses(ANSWERS if answers is None else answers, GROUPS if groups is None else groups), "x")


@pytest.mark.parametrize("model", ["ridge", "tree"])
def test_the_plots_and_tests_of_the_chosen_model_are_core_s(model):
    app = run(draw)
    find(app.selectbox, "Model").set_value(model).run()
    answers = ANSWERS[model]
    charts = residual_chart(Y, answers, "$"), scale_location_chart(Y, answers, "$"), q_q_chart(Y, answers)
    check_drawn(check(app), *charts)
    tests = find_uneven_spread(Y, answers), find_odd_shape(Y, answers)
    shown = app.dataframe[0].value
    assert shown["In words"].tolist() == [each.sentence for each in tests]
    assert shown["p"].tolist() == [each.p for each in tests]
    assert "With 200 rows" in words(app)


def test_groups_are_drawn_when_they_are_opened():
    app = run(draw)
    assert len(app.get("plotly_chart")) == 3
    app.session_state["x_groups_open"] = True
    check(app.run())
    answers = ANSWERS["ridge"]
    charts = residual_chart(Y, answers, "$"), scale_location_chart(Y, answers, "$"), q_q_chart(Y, answers)
    check_drawn(app, *charts, group_chart(Y, answers, GROUPS, "$"))
    assert app.dataframe[1].value["Median"].tolist() == list_groups(Y, answers, GROUPS)["median"].tolist()


def test_more_groups_than_a_screen_holds_are_not_drawn():
    app = run(draw, groups=np.array([str(n) for n in range(200)], dtype=object))
    assert app.info[0].value == "There are more than 60 groups of region; they are not drawn one by one."


def test_a_run_without_answers_says_so():
    app = run(draw, answers={})
    assert app.info[0].value == "No held-out answer is kept for this run."
