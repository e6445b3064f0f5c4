"""A/B testing: every test and interval beside SciPy, statsmodels or a count by hand."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import power as peer_power
from statsmodels.stats import proportion as peer_shares

from core.experimentation.ab_testing import means, proportions, ranks, ratios, resampling, segments, srm
from core.experimentation.ab_testing.cuped import adjust
from core.experimentation.ab_testing.decision import Guardrail, Stage, decide
from core.experimentation.ab_testing.estimates import make_verdict, summarise
from core.experimentation.ab_testing.lift import Lift, Mean, find_lift
from core.experimentation.ab_testing.power import find_duration, find_least_effect, find_power, find_size
from core.experimentation.ab_testing.proportions import Count
from core.experimentation.ab_testing.share_power import (
    FORMULAS,
    find_least_share,
    find_share_power,
    find_share_size,
)
from core.hub.errors import DataError, RecipeError

SIDES = ("two-sided", "greater", "less")
RNG = np.random.default_rng(7)
FIRST, SECOND = RNG.gamma(2.0, 1.0, 60), RNG.gamma(2.5, 1.0, 45)


@pytest.mark.parametrize("sided", SIDES)
@pytest.mark.parametrize("equal", [True, False])
def test_t_tests_are_scipy_s(sided, equal):
    ours = (means.pooled_test if equal else means.welch_test)(summarise(FIRST), summarise(SECOND), 0.9, sided)
    peer = stats.ttest_ind(FIRST, SECOND, equal_var=equal, alternative=sided)
    assert (ours.statistic, ours.p_value, ours.df) == pytest.approx((peer.statistic, peer.pvalue, peer.df), abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx(tuple(peer.confidence_interval(0.9)), abs=1e-11)


@pytest.mark.parametrize("sided", SIDES)
def test_the_paired_test_is_scipy_s(sided):
    ours = means.paired_test(FIRST[:45], SECOND, 0.95, sided)
    peer = stats.ttest_rel(FIRST[:45], SECOND, alternative=sided)
    assert (ours.statistic, ours.p_value) == pytest.approx((peer.statistic, peer.pvalue), abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx(tuple(peer.confidence_interval(0.95)), abs=1e-11)


def test_a_paired_test_needs_pairs():
    with pytest.raises(DataError, match="the two sides have 60 and 45 values"):
        means.paired_test(FIRST, SECOND)


@given(st.integers(0, 40), st.integers(0, 55))
@settings(max_examples=60, deadline=None)
def test_intervals_of_two_shares_are_statsmodels(a, b):
    first, second = Count(a, 40), Count(b, 55)
    for name, method in (("Newcombe", "newcomb"), ("Wald", "wald"), ("Agresti–Caffo", "agresti-caffo")):
        peer = peer_shares.confint_proportions_2indep(a, 40, b, 55, method=method, compare="diff")
        assert proportions.find_interval(first, second, name=name) == pytest.approx(peer, abs=1e-12)


@pytest.mark.parametrize("sided", SIDES)
def test_the_z_test_is_statsmodels(sided):
    peer = {"two-sided": "two-sided", "greater": "larger", "less": "smaller"}[sided]
    z, p = peer_shares.proportions_ztest([30, 20], [100, 90], alternative=peer)
    ours = proportions.z_test(Count(30, 100), Count(20, 90), sided=sided)
    assert (ours.statistic, ours.p_value) == pytest.approx((z, p), abs=1e-13)
    assert math.isinf(ours.low) == (sided == "less")
    assert math.isinf(ours.high) == (sided == "greater")


@pytest.mark.parametrize("yates", [False, True])
@pytest.mark.parametrize("table", [[[12, 30], [25, 20]], [[5, 9, 20], [12, 8, 11], [4, 4, 30]]])
def test_chi_square_is_scipy_s(table, yates):
    ours = proportions.chi_square_test(np.array(table), yates=yates)
    peer = stats.chi2_contingency(table, correction=yates)
    assert (ours.statistic, ours.p_value, ours.df) == pytest.approx((peer.statistic, peer.pvalue, peer.dof), abs=1e-12)
    assert (
        ours.cramers_v == pytest.approx(stats.contingency.association(np.array(table), correction=False), abs=1e-12)
        or yates
    )


def test_chi_square_of_one_row_is_refused():
    with pytest.raises(DataError, match="two arms and two outcomes"):
        proportions.chi_square_test(np.array([[3, 4]]))


@pytest.mark.parametrize("sided", SIDES)
@pytest.mark.parametrize("rounded", [False, True])
def test_mann_whitney_is_scipy_s(sided, rounded):
    first, second = (FIRST.round(1), SECOND.round(1)) if rounded else (FIRST[:12], SECOND[:9])
    ours = ranks.mann_whitney_test(first, second, 0.95, sided)
    method = "asymptotic" if rounded else "exact"
    peer = stats.mannwhitneyu(first, second, alternative=sided, method=method)
    assert (ours.statistic, ours.p_value) == pytest.approx((peer.statistic, peer.pvalue), abs=1e-12)


def test_mann_whitney_s_effect_is_the_share_of_pairs_won_and_its_interval_holds():
    pairs = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(FIRST.round(1), SECOND.round(1))]
    found = ranks.mann_whitney_test(FIRST.round(1), SECOND.round(1))
    assert found.effect == pytest.approx(np.mean(pairs) - 0.5)
    rng, held = np.random.default_rng(1), 0
    truth = stats.norm.cdf(0.5 / math.sqrt(2)) - 0.5
    for _ in range(400):
        each = ranks.mann_whitney_test(rng.normal(0.5, 1, 40), rng.normal(0, 1, 50))
        held += each.low <= truth <= each.high
    assert 0.92 <= held / 400 <= 0.98


def test_mann_whitney_without_overlap_stays_inside():
    found = ranks.mann_whitney_test(np.arange(10.0) + 100, np.arange(10.0))
    assert found.effect == found.high == 0.5
    assert 0 < found.low < 0.5


def test_the_bootstrap_is_scipy_s():
    ours = resampling.bootstrap_test(FIRST, SECOND, n_resamples=8_000, seed=1)
    assert ours == resampling.bootstrap_test(FIRST, SECOND, n_resamples=8_000, seed=1)

    def difference(a, b, axis=-1):
        return np.mean(a, axis=axis) - np.mean(b, axis=axis)

    peer = stats.bootstrap(
        (FIRST, SECOND), difference, n_resamples=8_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=0.05 * (peer.high - peer.low))
    assert ours.p_value == pytest.approx(stats.ttest_ind(FIRST, SECOND).pvalue, abs=0.02)


@pytest.mark.parametrize("statistic", ["median", "trimmed mean"])
def test_the_bootstrap_of_other_statistics_holds_the_truth(statistic):
    rng, held = np.random.default_rng(11), 0
    for seed in range(200):
        first, second = rng.normal(1.0, 1.0, 60), rng.normal(0.0, 1.0, 60)
        found = resampling.bootstrap_test(first, second, statistic, n_resamples=300, seed=seed)
        held += found.low <= 1.0 <= found.high
    assert 0.89 <= held / 200 <= 0.99


def test_a_permutation_counts_every_order_where_these_are_few():
    first, second = np.array([4.0, 5, 6, 9]), np.array([1.0, 2, 3, 5, 4])
    for sided in ("greater", "less"):
        ours = resampling.permutation_test(first, second, sided=sided)
        peer = stats.permutation_test(
            (first, second), lambda a, b, axis=-1: np.mean(a, axis=axis) - np.mean(b, axis=axis), vectorized=True,
            n_resamples=np.inf, alternative=sided,
        )  # fmt: skip
        assert ours.p_value == pytest.approx(peer.pvalue, abs=1e-12)
    pool = np.concatenate([first, second])
    gaps = [
        pool[list(chosen)].mean() - np.delete(pool, chosen).mean() for chosen in itertools.combinations(range(9), 4)
    ]
    as_far = np.mean(np.abs(gaps) >= abs(first.mean() - second.mean()) - 1e-12)
    assert resampling.permutation_test(first, second).p_value == pytest.approx(as_far, abs=1e-12)
    drawn = resampling.permutation_test(FIRST, SECOND, seed=3)
    assert drawn.p_value == pytest.approx(stats.ttest_ind(FIRST, SECOND).pvalue, abs=0.02)
    assert drawn == resampling.permutation_test(FIRST, SECOND, seed=3)


def test_fieller_and_delta_agree_where_the_base_is_known_and_fieller_opens_where_it_is_not():
    arms = Mean(11.0, 0.0001), Mean(10.0, 0.0001)
    fieller, delta = (find_lift(*arms, method=name) for name in ("Fieller", "delta"))
    assert (fieller.low, fieller.high) == pytest.approx((delta.low, delta.high), abs=1e-5)
    open_ended = find_lift(Mean(1.0, 0.01), Mean(0.1, 0.01))
    assert (open_ended.low, open_ended.high) == (-math.inf, math.inf)
    # The ends are the ratios at which a test of first − ratio × second is just significant.
    found = find_lift(Mean(3.0, 0.2), Mean(2.0, 0.1))
    for end in (found.low, found.high):
        z = (3.0 - (1 + end) * 2.0) / math.sqrt(0.2 + (1 + end) ** 2 * 0.1)
        assert abs(z) == pytest.approx(1.959963984540054, abs=1e-9)
    with pytest.raises(DataError, match="nothing can be a share of it"):
        find_lift(Mean(1.0, 0.1), Mean(0.0, 0.1))


def test_the_delta_method_of_a_ratio_is_that_of_its_formula():
    rng = np.random.default_rng(4)
    x = 1.0 + rng.poisson(3, 500)
    y = rng.binomial(x.astype(int), 0.3).astype(float)
    found = ratios.find_ratio(y, x)
    cov = np.cov(y, x)
    formula = (cov[0, 0] - 2 * found.value * cov[0, 1] + found.value**2 * cov[1, 1]) / x.mean() ** 2 / 500
    assert found.squared_error == pytest.approx(formula, rel=1e-10)
    assert ratios.find_ratio(y, np.ones(500)).squared_error == pytest.approx(y.var(ddof=1) / 500)
    with pytest.raises(DataError, match="denominators"):
        ratios.find_ratio(y, -x)


@pytest.mark.parametrize("sided", SIDES)
@pytest.mark.parametrize("ratio", [1.0, 2.5])
def test_power_of_the_t_test_is_statsmodels(sided, ratio):
    peer_side = {"two-sided": "two-sided", "greater": "larger", "less": "smaller"}[sided]
    effect = -0.4 if sided == "less" else 0.4
    peer = peer_power.TTestIndPower().power(effect, 60, 0.05, ratio=ratio, alternative=peer_side)
    assert find_power(effect, 60, ratio=ratio, sided=sided) == pytest.approx(peer, abs=1e-9)
    n = find_size(effect, 0.9, ratio=ratio, sided=sided)
    assert find_power(effect, n, ratio=ratio, sided=sided) == pytest.approx(0.9, abs=1e-12)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_sizes_of_shares_give_their_power_and_their_least_effect(formula, ratio):
    n = find_share_size(0.1, 0.13, 0.9, ratio=ratio, formula=formula)
    assert find_share_power(0.1, 0.13, n, ratio=ratio, formula=formula) == pytest.approx(0.9, abs=1e-9)
    assert find_least_share(0.1, n, 0.9, ratio=ratio, formula=formula) == pytest.approx(0.03, abs=1e-9)


def test_arcsine_is_statsmodels():
    h = peer_shares.proportion_effectsize(0.25, 0.2)
    peer = peer_power.NormalIndPower().solve_power(h, power=0.8, alpha=0.05)
    assert find_share_size(0.2, 0.25, formula="arcsine") == pytest.approx(peer, abs=1e-5)


def test_the_least_effect_undoes_the_size_and_unequal_arms_cost():
    n = find_size(0.3)
    assert find_least_effect(n) == pytest.approx(0.3, abs=1e-9)
    assert find_size(0.3, ratio=4) * 5 > 2 * n
    assert find_duration(2 * n, 50) % 7 == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: find_size(0.0), "effect is 0; it must differ from 0"),
        (lambda: find_size(-0.2, sided="greater"), "on the side that is tested"),
        (lambda: find_size(0.2, power=1.2), "power is 1.2"),
        (lambda: find_size(1e-9), "over 10.12 units"),
        (lambda: find_share_size(0.2, 0.2), "both shares are 0.2"),
        (lambda: find_share_size(0.0, 0.2), "base share is 0"),
        (lambda: find_least_share(0.5, 3), "too few to find any rise"),
        (lambda: find_duration(100, 0), "units a day is 0"),
    ],
)
def test_designs_that_cannot_be_are_refused(call, words):
    with pytest.raises(RecipeError, match=words):
        call()


def test_cuped_with_several_covariates_is_a_regression():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(3000, 2)) @ np.array([[1, 0.5], [0, 1]])
    first = rng.permutation(3000) < 1500
    y = x @ np.array([1.0, -0.5]) + rng.normal(size=3000) + 0.3 * first
    found = adjust(y, first, x, ("a", "b"))
    fitted = np.linalg.lstsq(np.column_stack([np.ones(3000), x]), y, rcond=None)
    assert found.weights == pytest.approx(tuple(fitted[0][1:]), abs=1e-10)
    assert found.verdict.low < 0.3 < found.verdict.high
    assert found.verdict.error < means.welch_test(summarise(y[first]), summarise(y[~first])).error
    gone = np.where(rng.random((3000, 2)) < 0.1, np.nan, x)
    assert adjust(y, first, gone, ("a", "b")).n_filled == int(np.isnan(gone).sum())


def test_the_split_check_is_scipy_s_and_watches_at_any_time():
    found = srm.check_split([520, 480, 1050], (1, 1, 2))
    peer = stats.chisquare([520, 480, 1050], np.array([1, 1, 2]) / 4 * 2050)
    assert (found.statistic, found.p_value) == pytest.approx((peer.statistic, peer.pvalue), abs=1e-12)
    rng, alerts = np.random.default_rng(0), 0
    for _ in range(200):
        first = np.cumsum(rng.binomial(500, 0.5, 40))
        alerts += any(srm.check_split((a, 500 * (k + 1) - a)).anytime_p_value < 0.05 for k, a in enumerate(first))
    assert alerts / 200 <= 0.05
    assert srm.check_split((26_000, 24_000)).anytime_p_value < 1e-6


def test_segments_are_corrected_and_the_paradox_is_named():
    rng = np.random.default_rng(9)
    labels = rng.choice(list("abcde"), 5000)
    first = rng.random(5000) < 0.5
    y = rng.normal(size=5000) + 0.4 * first * (labels == "c")
    found = segments.compare_segments("city", labels, y, first)
    assert found.q_p_value < 0.01
    assert [row.name for row in found.rows if row.adjusted_p_value < 0.05] == ["c"]
    assert found.rows[0].verdict.level == pytest.approx(0.99)
    heavy = rng.random(5000) < 0.5
    picked = rng.random(5000) < np.where(heavy, 0.1, 0.9)
    values = np.where(heavy, 5.0, 0.0) + 0.5 * picked + rng.normal(size=5000)
    paradox = segments.compare_segments("use", np.where(heavy, "heavy", "light"), values, picked)
    assert paradox.is_paradox
    assert "Simpson" in paradox.sentence
    with pytest.raises(DataError, match="1 segments; choose a column with 2 to 20"):
        segments.compare_segments("x", np.full(5000, "a"), y, first)


def test_segments_may_be_missing():
    labels = np.array(["a", None, "b", np.nan] * 100, dtype=object)
    y = np.arange(400.0) % 13
    first = pd.Series(np.arange(400) // 4 % 2 == 0).to_numpy()
    assert sum(row.n_first + row.n_second for row in segments.compare_segments("s", labels, y, first).rows) == 200


def make_lift(low, high):
    return Lift((low + high) / 2, low, high, 0.5, "Fieller", 0.9)


GOOD, BAD, OPEN = make_verdict("z", 3.0, 1.0), make_verdict("z", -3.0, 1.0), make_verdict("z", 1.0, 1.0)
SAFE = Guardrail("speed", make_lift(-0.01, 0.05), "higher", 0.02)
HARMED = Guardrail("errors", make_lift(0.03, 0.08), "lower", 0.02)
UNKNOWN = Guardrail("visits", make_lift(-0.05, 0.05), "higher", 0.02)


@pytest.mark.parametrize(
    ("verdict", "settings", "action", "words"),
    [
        (GOOD, {}, "ship", "Ship: the effect is 3"),
        (GOOD, {"guardrails": (SAFE,)}, "ship", "better"),
        (GOOD, {"guardrails": (SAFE, HARMED)}, "stop", "guardrail errors is harmed: it moved by"),
        (GOOD, {"guardrails": (UNKNOWN,), "stage": Stage(is_last=False)}, "go on", "visits may be harmed"),
        (GOOD, {"guardrails": (UNKNOWN,)}, "stop", "visits may be harmed"),
        (GOOD, {"better": "lower"}, "stop", "worse"),
        (BAD, {"better": "lower"}, "ship", "better"),
        (BAD, {"stage": Stage(is_last=False)}, "stop", "worse"),
        (OPEN, {"stage": Stage(is_last=False)}, "go on", "settles nothing yet"),
        (OPEN, {"stage": Stage(is_last=False, futility=0.9)}, "go on", "settles nothing yet"),
        (OPEN, {"stage": Stage(is_last=False, futility=1.2)}, "stop", "1.00 standard errors are below 1.20"),
        (OPEN, {"better": "lower", "stage": Stage(is_last=False, futility=0.0)}, "stop", "-1.00 standard errors"),
        (GOOD, {"stage": Stage(is_last=False, wait="one look was planned")}, "go on", "Go on: one look was planned; "),
        (OPEN, {}, "stop", "at the last look"),
        (OPEN, {"stage": Stage(is_last=False), "least_effect": 5.0}, "stop", "the 5 worth having is ruled out"),
        (GOOD, {"mismatch": srm.check_split((600, 400))}, "stop", "Stop and mend"),
    ],
)
def test_the_rule_says_what_to_do_and_why(verdict, settings, action, words):
    found = decide(verdict, **settings)
    assert found.action == action
    assert words in found.sentence
