"""One slider moves profit, counts, precision, recall, groups and the place beside the front; each is core's figure."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pytest

from core.evaluation.charts import calibration_chart
from core.evaluation.fairness import calibrate_groups, group_rates, parity_gaps
from core.evaluation.payoffs import Payoff, Worth, find_break_even
from core.evaluation.thresholds import sweep_thresholds
from core.hub.charts import Chart, Mark
from core.hub.contract import Range
from pages.kit.groups import ODDS, Words, group_calibration_chart, judge_groups, rates_chart
from pages.kit.threshold_charts import counts_chart, place_on_front, profit_chart, rates_by_threshold_chart
from pages.kit.threshold_form import STEP, ask_costs
from pages.kit.thresholds import Decision, take_threshold
from tests.apps import figures, find, press, words
from tests.drawn import check, check_drawn, read_charts, run

N_ROWS = 600
RNG = np.random.default_rng(0)
SHARE = RNG.random(N_ROWS)
Y = RNG.random(N_ROWS) < SHARE
GROUPS = {"sex": RNG.choice(["f", "m"], N_ROWS).astype(object), "side": RNG.choice(["l", "r"], N_ROWS).astype(object)}
WORDS = Words("customer", "customers", "contacted", "leavers", "stayers")
PAYOFF = Payoff(10.0, -4.0)
FRONT = Chart("A front", "gap", "profit", (Mark("line", np.arange(2.0), np.arange(2.0), "front"),), alt="A front.")


@dataclass(frozen=True, slots=True)
class Costs:
    """What acting brings and costs."""

    gain: Annotated[float, Range(0.0, 100.0)] = 10.0
    loss: Annotated[float, Range(0.0, 100.0)] = 4.0
    value: Annotated[float, Range(0.0, 100_000.0)] = 200.0


def make_payoff(costs: Costs) -> Payoff:
    return Payoff(costs.gain, -costs.loss)


def ask() -> Costs | None:
    return ask_costs(Costs, "d_costs")


def make_decision(**change) -> Decision:
    values = {"find_start": find_start, "groups": GROUPS, "trace_front": trace_front, "words": WORDS} | change
    key = values.pop("key", "a-run-of-a-test")
    return Decision(key, values.pop("y", Y), SHARE, ask, make_payoff, **values)


def find_start(costs: Costs) -> float:
    return 0.3 if costs == Costs() else 0.7


def trace_front(_costs: Costs, _column: str) -> Chart:
    return FRONT


def draw(change=None):
    from pages.kit.thresholds import show_decision
    from tests.test_kit_thresholds import make_decision

    show_decision(make_decision(**(change or {})), "d")


def find_slider(app):
    return find(app.slider, "Act from this probability on")


def expect(threshold: float, column: str = "sex", payoff: Payoff = PAYOFF) -> list[Chart]:
    """Work out with core what a threshold shows."""
    stops = (0.3, round(find_break_even(payoff), 3), 0.0)
    whole = sweep_thresholds(Y, SHARE, payoff, np.union1d(np.round(np.arange(0.0, 1 + STEP / 2, STEP), 3), stops))
    here = sweep_thresholds(Y, SHARE, payoff, np.array([threshold]))
    truth = np.where(Y, WORDS.positive, WORDS.negative)
    calibration = calibrate_groups(Y, SHARE, GROUPS[column])
    judged = judge_groups(column, GROUPS[column], Y, threshold <= SHARE, calibration)
    return [
        profit_chart(whole, here, "$", "customer"),
        rates_by_threshold_chart(whole, here, WORDS),
        counts_chart(Y, SHARE, threshold, WORDS),
        calibration_chart(truth, np.column_stack([1 - SHARE, SHARE]), (WORDS.negative, WORDS.positive)),
        rates_chart(judged, WORDS),
        group_calibration_chart(judged),
    ]


def test_the_slider_starts_where_the_project_chose_on_other_rows():
    app = run(draw)
    assert find_slider(app).value == 0.3
    check_drawn(app, *expect(0.3))


def test_one_move_redraws_everything_at_the_new_threshold():
    app = run(draw)
    find_slider(app).set_value(0.6).run()
    check_drawn(check(app), *expect(0.6))
    here = sweep_thresholds(Y, SHARE, PAYOFF, np.array([0.6]))
    found = figures(app)
    assert found["Profit ($ a customer)"] == f"{here.profit[0]:,.2f}"
    assert find(app.metric, "Profit ($ a customer)").delta == f"95%: {here.low[0]:,.2f} to {here.high[0]:,.2f}"
    assert found["Customers contacted"] == f"{(SHARE >= 0.6).mean():.1%}"
    assert found["Precision"] == f"{Y[SHARE >= 0.6].mean():.1%}"
    assert found["Recall"] == f"{(SHARE[Y] >= 0.6).mean():.1%}"


def test_the_counts_add_up_to_every_row():
    chart = counts_chart(Y, SHARE, 0.6, WORDS)
    taken = SHARE >= 0.6
    expected = [[(~Y & ~taken).sum(), (~Y & taken).sum()], [(Y & ~taken).sum(), (Y & taken).sum()]]
    np.testing.assert_array_equal(chart.marks[0].z, expected)
    assert chart.title.startswith(f"{(Y & taken).sum()} of {Y.sum()} leavers and {(~Y & taken).sum()} stayers")


def test_a_threshold_taken_out_of_a_sweep_is_the_sweep_at_that_threshold():
    whole = sweep_thresholds(Y, SHARE, PAYOFF, np.array([0.2, 0.5, 0.8]))
    alone = sweep_thresholds(Y, SHARE, PAYOFF, np.array([0.5]))
    taken = take_threshold(whole, 0.5)
    for name in ("thresholds", "profit", "low", "high", "precision", "recall", "selected_share"):
        np.testing.assert_allclose(getattr(taken, name), getattr(alone, name), rtol=1e-12)


def test_a_button_moves_the_slider_to_its_threshold():
    app = run(draw)
    at = round(find_break_even(PAYOFF), 3)
    press(app, f"Break-even of the costs: {at:.3f}")
    assert find_slider(app).value == at
    check_drawn(app, *expect(at))
    press(app, "All customers contacted: 0.000")
    assert figures(app)["Customers contacted"] == "100.0%"


def test_other_costs_change_the_profit_and_the_reasons_for_a_threshold():
    app = run(draw)
    find(app.slider, "Loss").set_value(10.0).run()
    payoff = Payoff(10.0, -10.0)
    here = sweep_thresholds(Y, SHARE, payoff, np.array([0.3]))
    assert figures(check(app))["Profit ($ a customer)"] == f"{here.profit[0]:,.2f}"
    labels = [button.label for button in app.button]
    assert "Break-even of the costs: 0.500" in labels
    assert "Chosen on other rows: 0.700" in labels


def test_rows_of_different_worth_are_counted_at_their_own():
    own = np.where(Y, 20.0 * SHARE, -3.0)
    app = run(draw, change={"make_worth": lambda _costs: Worth(own, np.zeros(N_ROWS)), "key": "of-own-worth"})
    expected = own[SHARE >= 0.3].sum() / N_ROWS
    assert figures(app)["Profit ($ a customer)"] == f"{expected:,.2f}"
    plain = sweep_thresholds(Y, SHARE, PAYOFF, np.array([0.3]))
    assert figures(app)["Profit ($ a customer)"] != f"{plain.profit[0]:,.2f}"
    assert figures(app)["Precision"] == f"{Y[SHARE >= 0.3].mean():.1%}"


def test_the_groups_of_another_column_are_judged():
    app = run(draw)
    find(app.selectbox, "Groups of").set_value("side").run()
    check_drawn(check(app), *expect(0.3, "side"))
    gap = parity_gaps(Y, SHARE >= 0.3, GROUPS["side"])[ODDS]
    assert f"{gap.value:.3f} ({gap.low:.3f} to {gap.high:.3f})" in words(app)


def test_the_rates_are_core_s_in_every_group():
    judged = judge_groups("sex", GROUPS["sex"], Y, SHARE >= 0.3, calibrate_groups(Y, SHARE, GROUPS["sex"]))
    rates = group_rates(Y, SHARE >= 0.3, GROUPS["sex"])
    for place, mark in enumerate(rates_chart(judged, WORDS).marks[1:]):
        names = ["selection_rate", "true_positive_rate", "false_positive_rate"]
        np.testing.assert_array_equal(mark.x, rates.loc[place, names].astype(float))
        np.testing.assert_array_equal(mark.high, rates.loc[place, [f"{name}_high" for name in names]].astype(float))


def test_the_front_is_traced_on_demand_and_the_threshold_stands_beside_it():
    app = run(draw)
    assert "A front." not in " ".join(read_charts(app))
    press(app, "Trace profit against the gap")
    find_slider(app).set_value(0.6).run()
    calibration = calibrate_groups(Y, SHARE, GROUPS["sex"])
    judged = judge_groups("sex", GROUPS["sex"], Y, SHARE >= 0.6, calibration)
    here = sweep_thresholds(Y, SHARE, PAYOFF, np.array([0.6]))
    front = place_on_front(FRONT, judged, here)
    assert (front.marks[-1].x[0], front.marks[-1].y[0]) == (judged.gaps[ODDS].value, here.profit[0])
    check_drawn(check(app), *expect(0.6), front)


@pytest.mark.parametrize(("gain", "said"), [(0.0, "no threshold separates them")])
def test_costs_under_which_acting_never_pays_are_said_in_a_sentence(gain, said):
    app = run(draw)
    find(app.slider, "Loss").set_value(0.0)
    find(app.slider, "Gain").set_value(gain).run()
    assert not app.exception
    assert said in app.warning[0].value


def test_without_groups_nothing_is_judged():
    app = run(draw, change={"groups": {}, "find_start": None})
    assert len(read_charts(app)) == 4
    assert find_slider(app).value == round(find_break_even(PAYOFF), 3)


def test_no_rows_are_said_to_be_missing():
    app = run(draw, change={"y": np.zeros(0, dtype=bool)})
    assert app.info[0].value == "There are no held-out rows to choose a threshold on."


def test_an_amount_far_below_its_limit_is_typed_in_steps_of_its_own_size():
    app = run(draw)
    box = find(app.number_input, "Value")
    assert (box.value, box.step, box.max) == (200.0, 20.0, 100_000.0)
    assert [each.label for each in app.slider] == ["Gain", "Loss", "Act from this probability on"]
