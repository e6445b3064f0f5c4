"""Groups, gaps and the price of a limit are drawn as they were worked out, and only once a person asks for the slow."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.fairness import calibrate_groups
from core.evaluation.leaderboard import Measure
from core.hub.charts import Chart, Mark
from pages.kit.fairness import Fairness
from pages.kit.groups import Words, group_calibration_chart, judge_groups, rates_chart
from tests.apps import figures, find, press, words
from tests.drawn import check, check_drawn, run

RNG = np.random.default_rng(0)
SHARE = RNG.random(400)
Y = RNG.random(400) < SHARE
CHOSEN = SHARE >= 0.4
GROUPS = {"sex": RNG.choice(["f", "m"], 400).astype(object), "side": RNG.choice(["l", "r"], 400).astype(object)}
WORDS = Words("row", "rows", "called", "leavers", "stayers")
FRONT = Chart("A front", "gap", "profit", (Mark("line", np.arange(2.0), np.arange(2.0), "front"),), alt="A front.")
GAP, FREE_GAP, PRICE = Measure(0.04, 0.01, 0.09), Measure(0.24, 0.2, 0.3), Measure(0.31, 0.1, 0.5)
ASKED: list[tuple[str, float]] = []


@dataclass(frozen=True)
class Limited:
    """What a limit did."""

    column: str
    limit: float
    gap: Measure = GAP
    free_gap: Measure = FREE_GAP
    kept: float = 0.975
    price: Measure = PRICE

    @property
    def thresholds(self) -> dict[str, float]:
        return {"*f*": 0.25, "m": self.limit}

    @property
    def sentence(self) -> str:
        return f"A limit of {self.limit:g} on {self.column} costs 0.31."


def find_limited(column: str, limit: float) -> Limited:
    ASKED.append((column, limit))
    return Limited(column, limit)


def make_fairness(groups=GROUPS, y=Y) -> Fairness:
    return Fairness("a-run-of-a-test", y, CHOSEN, SHARE, groups, find_limited, lambda _column: FRONT, WORDS)


def draw(groups=None, one_class=False):
    import numpy as np

    from pages.kit.fairness import show_fairness
    from tests.test_kit_fairness import GROUPS, Y, make_fairness

    y = Y & (GROUPS["sex"] == "f") if one_class else Y
    show_fairness(make_fairness(GROUPS if groups is None else groups, np.asarray(y, dtype=bool)), "f")


def judge(column: str):
    return judge_groups(column, GROUPS[column], Y, CHOSEN, calibrate_groups(Y, SHARE, GROUPS[column]))


def test_the_groups_of_the_chosen_column_are_drawn():
    app = run(draw)
    check_drawn(app, rates_chart(judge("sex"), WORDS), group_calibration_chart(judge("sex")))
    find(app.selectbox, "Groups of").set_value("side").run()
    check_drawn(check(app), rates_chart(judge("side"), WORDS), group_calibration_chart(judge("side")))


def test_calibration_by_group_is_core_s():
    found = calibrate_groups(Y, SHARE, GROUPS["sex"])
    true, stated = group_calibration_chart(judge("sex")).marks
    np.testing.assert_array_equal(true.x, found["observed"])
    np.testing.assert_array_equal(true.low, found["low"])
    np.testing.assert_array_equal(stated.x, found["stated"])


def test_a_group_that_is_stated_too_high_is_named():
    share = np.where(GROUPS["sex"] == "m", 0.99, Y.mean())
    found = calibrate_groups(Y, share, GROUPS["sex"])
    judged = judge_groups("sex", GROUPS["sex"], Y, CHOSEN, found)
    assert group_calibration_chart(judged).title.startswith("m is stated 99.0% on average, and ")
    assert group_calibration_chart(judge("sex")).title == "Probabilities hold in all 2 groups of sex"


def test_the_price_of_a_limit_is_worked_out_when_it_is_asked_for_and_once():
    ASKED.clear()
    app = run(draw)
    assert not app.metric
    press(app, "Work out the price of 0.05")
    assert figures(app) == {"Gap": "0.040", "Profit kept": "97.5%", "Price ($ a row)": "0.31"}
    assert app.metric[0].delta == "-0.200"
    assert "A limit of 0.05 on sex costs 0.31." in words(app)
    app.run()
    assert ASKED == [("sex", 0.05)]
    app.select_slider[0].set_value(0.1).run()
    assert not check(app).metric
    press(app, "Work out the price of 0.1")
    assert ASKED == [("sex", 0.05), ("sex", 0.1)]
    assert app.table[0].value.to_numpy().ravel().tolist() == ["0.250", "0.100"]


def test_the_front_is_drawn_when_it_is_asked_for():
    app = run(draw)
    press(app, "Trace profit against the gap")
    check_drawn(app, rates_chart(judge("sex"), WORDS), group_calibration_chart(judge("sex")), FRONT)


def test_a_group_of_one_class_has_rates_but_no_gap_and_says_why():
    app = run(draw, one_class=True)
    assert "has rows of one class only" in words(app)
    assert "Widest gaps" not in words(app)
    assert len(app.get("plotly_chart")) == 2


def test_a_table_without_groups_says_so():
    app = run(draw, groups={})
    assert app.info[0].value == "No column of this table makes groups to compare."


def test_too_many_groups_are_refused_in_a_sentence():
    many = {"id": np.array([str(n) for n in range(400)], dtype=object)}
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_function(draw, kwargs={"groups": many}, default_timeout=60).run()
    assert not app.exception
    assert [each.value for each in app.error] == [
        "the column has 400 groups; it must have 2 to 10: merge groups or choose another"
    ]
