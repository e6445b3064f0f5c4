"""A/B testing: looking several times: computed levels, bounds at any times, and p-values that hold at every look."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.experimentation.ab_testing import anytime, sequential
from core.experimentation.ab_testing.estimates import make_verdict, summarise
from core.experimentation.ab_testing.futility import find_futility_bounds
from core.experimentation.ab_testing.lift import Mean, find_lift
from core.experimentation.ab_testing.looks import (
    Past,
    find_futility,
    find_level,
    find_look,
    monitor,
    monitor_counts,
    note_look,
)
from core.experimentation.ab_testing.means import welch_test
from core.experimentation.ab_testing.proportions import Count
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
    for planned_units in (0, 300):
        anytime_plan = Recipe(monitoring="anytime", planned_units=planned_units)
        assert find_look(anytime_plan, 300).is_last == bool(planned_units)


def test_futility_bounds_are_those_of_gsdesign():
    """Its default: three looks, α 0.025, power 0.9, Hwang, Shih and DeCani's spending of −4 and −2."""
    times = (1 / 3, 2 / 3, 1.0)
    spent = [(1 - math.exp(2 * time)) / (1 - math.exp(2)) for time in times]
    lower, drift = find_futility_bounds([3.0107, 2.5465, 1.9992], times, 0.9, spent=spent)
    assert lower.tolist() == pytest.approx([-0.2387, 0.9411, 1.9992], abs=1e-3)
    assert (drift / (stats.norm.ppf(0.975) + stats.norm.ppf(0.9))) ** 2 == pytest.approx(1.070, abs=5e-4)


@pytest.mark.parametrize("spending", sequential.SPENDINGS)
def test_a_trial_that_stops_as_futile_keeps_its_power_and_no_more_is_found_by_chance(spending):
    times, rng = sequential.equal_times(4), np.random.default_rng(0)
    bounds = sequential.find_spending_bounds(times, 0.05, spending)
    lower, drift = find_futility_bounds(bounds.tolist(), times, 0.85, spending)
    walk = np.cumsum(rng.standard_normal((100_000, 4)) / 2, axis=1) / np.sqrt(times)
    for effect, expected in ((drift, 0.85), (0.0, 0.025)):
        z = walk + effect * np.sqrt(times)
        first_up = np.where(z >= bounds, np.arange(4), 4).min(axis=1)
        first_down = np.where(z < lower, np.arange(4), 4).min(axis=1)
        found = (first_up < first_down).mean()
        assert found == pytest.approx(expected, abs=0.005) if effect else found <= expected


def test_one_look_has_no_futility_and_a_plan_asks_for_it_while_looks_are_left():
    assert find_futility_bounds([1.959963984540054], [1.0])[0].tolist() == [1.959963984540054]
    plan = Recipe(monitoring="Pocock", looks=4, planned_units=1_000)
    bounds = [find_futility(plan, n) for n in (250, 500, 600, 1_000)]
    assert bounds[0] < bounds[1] < bounds[2]
    assert bounds[3] is None
    assert find_futility(Recipe(monitoring="anytime"), 500) is None
    with pytest.raises(RecipeError, match=r"the last look is at 0.5 and power 0.8"):
        find_futility_bounds([2.0], [0.5])


def test_unplanned_looks_are_told_what_they_cost():
    plan = Recipe(monitoring="Pocock", looks=5, planned_units=1_000)
    assert note_look(plan, 400) == note_look(plan, 1_000) == note_look(Recipe(monitoring="anytime"), 5) == ()
    assert "lies between the planned ones, which are 200 units apart" in note_look(plan, 450)[0]
    assert "There are 500 units more than the 1,000 planned" in note_look(plan, 1_500)[0]


def test_the_interval_of_shares_in_unlike_arms_holds_as_often_as_was_promised():
    """With the z's own error it would hold 85 times in 100."""
    plan, rng = Recipe(monitoring="O'Brien–Fleming", looks=5, planned_units=10_000), np.random.default_rng(0)
    held = []
    for first, second in zip(rng.binomial(1_000, 0.5, 400), rng.binomial(9_000, 0.1, 400), strict=True):
        found = monitor_counts(Count(int(first), 1_000), Count(int(second), 9_000), plan)
        held.append(found.low <= 0.4 <= found.high)
    assert np.mean(held) > 0.93


@pytest.mark.parametrize(("n", "m"), [(1_500, 1_500), (200, 2_800)])
def test_thirty_looks_at_rare_large_values_find_nothing_that_is_not_there(n, m):
    """Means with estimated variance, a look each thirtieth; without the check of the shape 200 : 2,800 fails in 20%."""
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        first, second = ((rng.random(size) < 0.02) * rng.lognormal(3, 1.5, size) for size in (n, m))
        found.append(any(_finds(first[: n * look // 30], second[: m * look // 30]) for look in range(1, 31)))
    assert np.mean(found) <= 0.05


def _finds(first, second):
    """Look as the analysis does: a refusal finds nothing."""
    try:
        verdict = monitor(
            welch_test(summarise(first), summarise(second)), Recipe(monitoring="anytime"), len(first) + len(second)
        )
        anytime.check_shape(first, second)
    except DataError:
        return False
    return verdict.is_significant


def test_a_guardrail_at_its_margin_is_not_called_safe_for_being_watched():
    """At the level of one look it would be called safe in 26 trials of 100."""
    plan, rng, called = Recipe(monitoring="anytime"), np.random.default_rng(0), 0
    units = np.arange(400, 12_001, 400)
    for _ in range(300):
        arms = [np.cumsum(rng.normal(mean, 5, 12_000))[units - 1] / units for mean in (9.8, 10.0)]
        called += any(
            find_lift(Mean(a, 25 / n), Mean(b, 25 / n), find_level(plan, int(2 * n), 0.1)).low > -0.02
            for a, b, n in zip(*arms, units.tolist(), strict=True)
        )
    assert called / 300 <= 0.05


def test_looking_ten_times_where_five_were_planned_finds_no_more_than_was_promised():
    """Each look is written down, also those past the end, of which only the first spends; 10 looks past it made 14%."""
    rng, found = np.random.default_rng(0), {"as planned": 0, "oftener": 0}
    plan = Recipe(monitoring="Pocock", looks=5, planned_units=1_000)
    units = {"as planned": (200, 400, 600, 800, 1_000), "oftener": (*range(90, 1_000, 91), 1_040)}
    limits = {
        name: np.array([find_look(plan, n, Past(seen[:place])).bounds[-1] for place, n in enumerate(seen)])
        for name, seen in units.items()
    }
    n_trials = 20_000
    walk = np.cumsum(rng.standard_normal((n_trials, 104)), axis=1)  # ten units a step
    for name, seen in units.items():
        steps = np.array(seen) // 10
        z = walk[:, steps - 1] / np.sqrt(steps)
        found[name] = float((np.abs(z) > limits[name]).any(axis=1).mean())
    assert max(found.values()) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / n_trials)


def test_a_look_at_the_same_units_spends_nothing():
    plan = Recipe(monitoring="O'Brien–Fleming", planned_units=1_000)
    once, twice = find_look(plan, 400, Past((400,))), find_look(plan, 400, Past())
    assert once == twice
    assert find_look(plan, 400, Past()).bounds[-1] < find_look(plan, 400).bounds[-1] + 1e-3
    assert find_look(plan, 500, Past((490, 495))).bounds[-1] > find_look(plan, 500, Past()).bounds[-1]
