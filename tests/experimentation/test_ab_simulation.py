"""A/B testing: the promises, simulated: coverage, false positives under many looks, and CUPED."""

import numpy as np
import pytest

from core.experimentation.ab_testing import simulation
from core.experimentation.ab_testing.cuped import adjust
from core.experimentation.ab_testing.figures import draw_interval
from core.experimentation.ab_testing.lessons import LESSONS
from core.experimentation.ab_testing.means import welch_test
from core.experimentation.ab_testing.proportions import Count, find_interval
from core.experimentation.ab_testing.ratios import find_ratio, ratio_test
from core.experimentation.ab_testing.simulation import PEEKING
from core.hub.fields import make_fields

N_TRIALS = 20_000


@pytest.fixture(scope="module")
def rates():
    return {each.method: each for each in simulation.measure_false_positives(N_TRIALS, 30, 0.05, 0)}


def test_thirty_looks_cost_the_z_test_27_percent_and_the_anytime_interval_less_than_5(rates):
    assert rates[PEEKING].value == pytest.approx(0.274, abs=0.01)
    assert rates["anytime"].high <= 0.05
    assert rates["anytime"].baseline_value == rates[PEEKING].value


@pytest.mark.parametrize("name", ["O'Brien–Fleming", "Pocock", "linear", "one look"])
def test_bounds_by_spending_keep_their_5_percent(rates, name):
    assert 0.04 < rates[name].value <= 0.053


def test_a_hundred_looks_stay_under_5_percent():
    found = {each.method: each.value for each in simulation.measure_false_positives(5_000, 100, 0.05, 1)}
    assert found["anytime"] <= 0.05
    assert found[PEEKING] == pytest.approx(0.373, abs=0.025)


@pytest.mark.parametrize("method", simulation.COVERAGES)
def test_intervals_hold_what_they_promise(method):
    assert 0.945 <= simulation.measure_coverage(method, N_TRIALS, 0).value <= 0.955


def test_the_wrong_unit_breaks_the_promise():
    assert simulation.hold_rows(np.random.default_rng(0), 2_000).mean() < 0.9


@pytest.mark.parametrize("correlation", [0.3, 0.5, 0.7, 0.9])
def test_cuped_takes_out_the_squared_correlation_and_moves_nothing(correlation):
    found = simulation.simulate_cuped(6_000, correlation, seed=2)
    assert found.guarantee.value == pytest.approx(correlation**2, abs=0.02)
    assert 1 - found.adjusted.var() / found.plain.var() == pytest.approx(correlation**2, abs=0.02)
    error = found.adjusted.std(ddof=1) / np.sqrt(len(found.adjusted))
    assert abs(found.adjusted.mean() - found.effect) < 3.5 * error


def test_what_is_simulated_is_what_the_package_computes():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, 200))
    y = 0.6 * x + rng.normal(size=(2, 200)) + np.array([[0.2], [0.0]])
    first = np.arange(400) < 200
    found = adjust(y.ravel(), first, x.reshape(-1, 1), ("before",))
    inside_x, inside_y = x - x.mean(), y - y.mean()
    theta = (inside_x * inside_y).sum() / (inside_x**2).sum()
    by_hand = y[0].mean() - y[1].mean() - theta * (x[0].mean() - x[1].mean())
    assert found.verdict.effect == pytest.approx(by_hand, abs=1e-12)


def test_adjusted_intervals_hold_for_small_arms():
    rng, held, n = np.random.default_rng(8), 0, 1_000
    for _ in range(n):
        x = rng.normal(size=40)
        first = rng.permutation(40) < 20
        y = 0.8 * x + 0.6 * rng.normal(size=40) + 0.5 * first
        found = adjust(y, first, x[:, None], ("before",)).verdict
        held += found.low <= 0.5 <= found.high
    assert 0.925 <= held / n <= 0.97


def test_vectorised_intervals_are_the_single_ones():
    class Drawn:
        def binomial(self, _n, share, size):
            return np.full(size, 260 if share == 0.13 else 200)

    low, high = find_interval(Count(260, 2_000), Count(200, 2_000))
    assert bool(simulation.hold_newcombe(Drawn(), 1)[0]) == (low <= 0.03 <= high)
    views, clicks = np.array([3.0, 1.0, 4.0, 2.0]), np.array([1.0, 0.0, 3.0, 1.0])
    both = ratio_test(find_ratio(clicks, views), find_ratio(clicks[::-1], views))
    assert both.error == pytest.approx(
        np.sqrt(find_ratio(clicks, views).squared_error + find_ratio(clicks[::-1], views).squared_error)
    )
    assert callable(welch_test)


def test_equal_seeds_give_equal_promises():
    assert simulation.measure_power(500, 10, 0.05, 4) == simulation.measure_power(500, 10, 0.05, 4)
    assert simulation.measure_power(500, 10, 0.05, 4) != simulation.measure_power(500, 10, 0.05, 5)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_lessons_draw_at_both_ends_of_their_controls(lesson):
    specs = make_fields(lesson.control)
    assert 1 <= len(specs) <= 3
    titles = {lesson.figure(lesson.control()).title}
    for spec in specs:
        values = spec.choices or tuple(int(end) if spec.kind == "integer" else end for end in (spec.low, spec.high))
        for value in values:
            chart = lesson.figure(lesson.control(**{spec.name: value}))
            assert chart.alt
            titles.add(chart.title)
    assert len(titles) > 1, "nothing moves"


def test_the_coverage_figure_sums_what_the_intervals_do():
    control = next(each for each in LESSONS if each.key == "interval").control(n=20, share=0.3)
    drawn = draw_interval(control).marks[0].y[1]
    from scipy.stats import binom

    chance = binom.pmf(np.arange(21), 20, 0.3)
    by_hand = 0.0
    for a in range(21):
        for b in range(21):
            low, high = find_interval(Count(a, 20), Count(b, 20), name="Wald")
            by_hand += chance[a] * chance[b] * (low <= 0 <= high)
    assert drawn == pytest.approx(by_hand, abs=1e-9)
