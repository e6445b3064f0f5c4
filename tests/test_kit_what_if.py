"""One case asked about again with other values: the curve and the changes on screen are core's."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.what_if import find_changes, find_seen, vary_chart
from pages.kit.what_if import WhatIf, lay_out_changes, say_nearest, write_value
from tests.apps import find, words
from tests.drawn import check, check_drawn, run

RNG = np.random.default_rng(0)
ROWS = pd.DataFrame({"age": RNG.integers(1, 80, 300).astype(float), "sex": RNG.choice(["f", "m"], 300)})
CASE = pd.DataFrame({"age": [60.0], "sex": ["m"]})


def ask(rows: pd.DataFrame) -> np.ndarray:
    return 0.9 - rows["age"].to_numpy(dtype=float) / 100 + 0.3 * (rows["sex"] == "f").to_numpy()


def make_what_if(**change) -> WhatIf:
    values = {"threshold": 0.5, "answer": "Share", "turned": ("no", "yes")} | change
    return WhatIf("a-run-of-a-test", ask, CASE, values.pop("seen", find_seen(ROWS)), **values)


def draw(change=None):
    from pages.kit.what_if import show_what_if
    from tests.test_kit_what_if import make_what_if

    show_what_if(make_what_if(**(change or {})), "w")


@pytest.mark.parametrize(("place", "column"), [(0, "age"), (1, "sex")])
def test_the_curve_of_the_chosen_column_is_core_s(place, column):
    app = run(draw)
    find(app.selectbox, "Vary").set_value(column).run()
    check_drawn(check(app), vary_chart(ask, CASE, find_seen(ROWS)[place], 0.5, {"answer": "Share"}))


def test_the_changes_are_core_s_nearest_first():
    changes = find_changes(ask, CASE, find_seen(ROWS), 0.5)
    app = run(draw)
    assert len(changes) == 2
    assert app.dataframe[0].value.equals(lay_out_changes(changes))
    assert say_nearest(changes, make_what_if()) in words(app)
    assert say_nearest(changes, make_what_if()).endswith(": yes.")
    assert lay_out_changes(changes)["How far"].tolist() == [100 * each.distance for each in changes]


def test_what_nobody_can_change_is_drawn_but_not_proposed():
    app = run(draw, change={"fixed": ("age",)})
    assert app.dataframe[0].value["Column"].tolist() == ["sex"]
    assert app.selectbox[0].options == ["age", "sex"]
    assert "Not proposed, as nobody can change it: age." in words(app)


def test_a_case_that_nothing_turns_says_so():
    app = run(draw, change={"threshold": 3.0})
    assert app.info[0].value == "No single change to a value that training saw takes the answer across 3."
    assert not app.dataframe


def test_without_a_threshold_no_change_is_looked_for():
    app = run(draw, change={"threshold": None})
    check_drawn(app, vary_chart(ask, CASE, find_seen(ROWS)[0], None, {"answer": "Share"}))
    assert not app.dataframe
    assert not app.info


def test_a_case_without_a_column_to_vary_says_so():
    app = run(draw, change={"seen": ()})
    assert app.info[0].value == "No column of this case can be varied: training saw no value of any."


def test_values_are_written_as_a_person_would():
    assert [write_value(each) for each in (np.nan, True, 1234567.0, "a")] == ["missing", "True", "1,234,567", "a"]
