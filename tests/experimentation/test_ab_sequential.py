"""A/B testing: looking several times: computed levels, bounds at any times, and p-values that hold at every look."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.experimentation.ab_testing import anytime, sequential
from core.experimentation.ab_testing.estimates import make_verdict
from core.experimentation.ab_testing.looks import find_look, monitor
from core.experimentation.ab_testing.recipe import Recipe
from core.hub.errors import DataError, RecipeError


def test_two_looks_are_a_bivariate_normal():
    c, rho = 1.959963984540054, math.sqrt(0.5)
    cov = [[1, rho], [rho, 1]]
    inside = stats.multivariate_normal.cdf([c, c], cov=cov, lower_limit=[-c, -c], abseps=1e-12, releps=1e-12)
    assert sequential.find_peeking_level(2) == pytest.approx(1 - inside, abs=1e-8)


def test_more_nodes_change_nothing(monkeypatch):
    coarse = sequential.find_peeking_level(20), sequential.find_constant(4, "Pocock")
    monkeypatch.setattr(sequential, "LEAST_NODES", 160)
    monkeypatch.setattr(sequential, "NODES_A_DEVIATION", 8.0)
    assert (sequential.find_peeking_level(20), sequential.find_constant(4, "Pocock")) == pytest.approx(coarse, abs=1e-9)


@given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=5, unique=True), st.sampled_from(sequential.SPENDINGS))
@settings(max_examples=25, deadline=None)
def test_any_look_times_spend_exactly_alpha(times, spending):
    times = [*sorted({round(time, 3) for time in times}), 1.0]
    bounds = sequential.find_spending_bounds(times, 0.05, spending)
    upper, lower = sequential.find_crossing(bounds.tolist(), times)
    assert np.cumsum(upper + lower) == pytest.approx(
        [sequential.spend(time, 0.05, spending) for time in times], abs=1e-6
    )


def test_a_later_look_leaves_the_earlier_bounds_alone():
    few, many = (sequential.find_spending_bounds(times) for times in ([0.3, 0.5], [0.3, 0.5, 0.9, 1.0]))
    assert few.tolist() == pytest.approx(many[:2].tolist(), abs=1e-12)


def test_one_look_is_the_plain_test():
    assert sequential.find_spending_bounds([1.0])[0] == pytest.approx(1.959963984540054, abs=1e-9)
    power, share = sequential.find_group_power([1.959963984540054], [1.0], 2.8015852)
    assert (power, share) == pytest.approx((0.8, 1.0), abs=1e-4)


def test_a_group_design_saves_units_where_there_is_an_effect():
    bounds = sequential.find_bounds(5, "Pocock")
    power, share = sequential.find_group_power(bounds, sequential.equal_times(5), 3.5)
    assert power > 0.85
    assert share < 0.65


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sequential.find_spending_bounds([]), "number of looks is 0"),
        (lambda: sequential.find_spending_bounds([0.5, 0.5]), "look at 0.5 follows 0.5"),
        (lambda: sequential.find_spending_bounds([0.5, 1.2]), "look at 1.2"),
        (lambda: sequential.find_peeking_level(0), "number of looks is 0"),
        (lambda: anytime.tune_rate(0), "tuned for 0"),
        (lambda: anytime.mixture_p_value(1.0, 1.0, 0.0), "both must be above 0"),
    ],
)
def test_looks_that_cannot_be_are_refused(call, words):
    with pytest.raises(RecipeError, match=words):
        call()


def test_the_mixture_test_is_its_integral():
    effect, error, mixing = 2.2, 0.8, 1.3
    grid = np.linspace(-15, 15, 60_001)
    prior = stats.norm.pdf(grid, 0, mixing)
    evidence = np.trapezoid(stats.norm.pdf(effect, grid, error) * prior, grid) / stats.norm.pdf(effect, 0, error)
    assert anytime.mixture_p_value(effect, error, mixing) == pytest.approx(1 / evidence, rel=1e-8)


def test_the_sequence_is_narrowest_near_what_it_is_tuned_for():
    n = np.array([1_000.0])
    widths = {tuned: float(anytime.find_reach(n, 0.05, tuned)[0]) for tuned in (100, 1_000, 10_000)}
    assert min(widths, key=widths.get) == 1_000


def test_p_and_interval_say_the_same():
    for z in (1.0, 2.5, 3.2, 4.0):
        found = anytime.anytime_verdict(make_verdict("z", z, 1.0), 3_000)
        assert (found.p_value < 0.05) == (found.low > 0)
    with pytest.raises(DataError, match="needs 100"):
        anytime.anytime_verdict(make_verdict("z", 3.0, 1.0), 99)


@pytest.mark.parametrize("sided", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("spending", sequential.SPENDINGS)
def test_a_repeated_p_value_says_what_the_bound_says(sided, spending):
    plan = Recipe(monitoring=spending, looks=4, planned_units=1_000, sided=sided)
    bound = find_look(plan, 500).bounds[-1] * (-1 if sided == "less" else 1)
    for factor in (0.98, 1.02):
        found = monitor(make_verdict("z", bound * factor, 1.0, sided=sided), plan, 500)
        assert found.is_significant == (factor > 1)
        assert (found.low > 0 or found.high < 0) == (factor > 1)
    wrong_way = monitor(make_verdict("z", -1.02 * bound, 1.0, sided=sided), plan, 500)
    assert wrong_way.is_significant == (sided == "two-sided")


def test_the_last_planned_unit_ends_the_trial():
    plan = Recipe(monitoring="Pocock", looks=3, planned_units=300)
    assert [find_look(plan, n).is_last for n in (100, 299, 300, 500)] == [False, False, True, True]
    assert find_look(plan, 300).times == pytest.approx((1 / 3, 2 / 3, 1.0))
    assert find_look(dataclasses.replace(plan, planned_units=0), 50).is_last
