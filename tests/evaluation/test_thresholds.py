"""Thresholds: against Elkan's rule and brute force, bands that hold, fronts that nothing beats, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.payoffs import Payoff, Worth, find_break_even
from core.evaluation.thresholds import choose_threshold, pareto_front, sweep_thresholds
from core.hub.errors import DataError

PAYOFF = Payoff(true_positive=49, false_positive=-11)


def draw_rows(n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities that hold: each row is of the class with the probability stated of it."""
    rng = np.random.default_rng(seed)
    share = rng.beta(1, 3, n_rows)
    return rng.random(n_rows) < share, share


def test_the_best_threshold_of_probabilities_that_hold_is_elkans():
    y, share = draw_rows(200_000, 0)
    exact = find_break_even(PAYOFF)
    assert exact == pytest.approx(11 / 60)
    assert choose_threshold(y, share, PAYOFF) == pytest.approx(exact, abs=0.02)


def test_a_break_even_needs_acting_to_pay_more_on_the_class():
    with pytest.raises(DataError, match="must gain more on a row of the class"):
        find_break_even(Payoff(true_positive=-5, false_positive=5))


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0])), min_size=1, max_size=12),
    st.tuples(*[st.integers(-9, 9)] * 4),
)
def test_no_other_threshold_brings_more(rows, sums):
    y, share = (np.array(column) for column in zip(*rows, strict=True))
    payoff = Payoff(*sums)

    def count_profit(threshold):
        taken = share >= threshold
        return sum(
            np.where(y, payoff.true_positive, payoff.false_positive)[taken].tolist()
            + np.where(y, payoff.false_negative, payoff.true_negative)[~taken].tolist()
        )

    chosen = choose_threshold(y, share, payoff)
    assert count_profit(chosen) == max(count_profit(each) for each in (0, 0.1, 0.3, 0.6, 0.9, 1.0, 1.1))


def test_a_sweep_counts_what_each_threshold_does():
    y, share = draw_rows(500, 1)
    found = sweep_thresholds(y, share, PAYOFF, np.array([0.0, 0.25, 0.5]))
    taken = share >= 0.25
    assert found.profit[1] == pytest.approx((49 * (y & taken).sum() - 11 * (~y & taken).sum()) / 500)
    assert found.precision[1] == pytest.approx(y[taken].mean())
    assert found.recall[1] == pytest.approx(taken[y].mean())
    assert found.selected_share[1] == pytest.approx(taken.mean())
    assert found.profit[0] == pytest.approx(np.where(y, 49, -11).mean())


def test_the_band_is_the_spread_of_the_mean_where_all_are_chosen():
    y, share = draw_rows(2_000, 2)
    found = sweep_thresholds(y, share, PAYOFF, np.array([0.0]), n_resamples=1_000)
    half = 1.96 * np.where(y, 49, -11).std() / np.sqrt(2_000)
    assert (found.high[0] - found.low[0]) / 2 == pytest.approx(half, rel=0.08)


def test_the_band_holds_the_expected_profit_about_as_often_as_it_says():
    y, share = draw_rows(200_000, 3)
    truth = sweep_thresholds(y, share, PAYOFF, np.array([0.3]), n_resamples=2).profit[0]
    held = 0
    for seed in range(200):
        found = sweep_thresholds(*draw_rows(300, 1_000 + seed), PAYOFF, np.array([0.3]), seed=seed)
        held += found.low[0] <= truth <= found.high[0]
    assert 180 <= held <= 199


def test_the_same_seed_gives_the_same_band():
    rows = draw_rows(300, 4)
    first, second = (sweep_thresholds(*rows, PAYOFF, seed=5) for _ in range(2))
    assert np.array_equal(first.low, second.low)
    assert np.array_equal(first.high, second.high)


def test_the_chart_states_the_most_that_is_made():
    y, share = draw_rows(300, 4)
    found = sweep_thresholds(y, share, PAYOFF)
    assert f"{found.profit.max():,.2f} $ a row" in found.chart("$", 0.3).title


def test_profit_is_the_same_whatever_the_order_of_the_rows():
    y, share = draw_rows(300, 6)
    turned = np.random.default_rng(0).permutation(300)
    assert np.allclose(
        sweep_thresholds(y, share, PAYOFF).profit, sweep_thresholds(y[turned], share[turned], PAYOFF).profit
    )


@pytest.mark.parametrize(
    ("y", "share", "sentence"),
    [
        ([], [], "1 row or more"),
        ([True], [0.5, 0.5], "one for each"),
        ([True], [1.5], "outside 0 to 1"),
        ([True], [np.nan], "outside 0 to 1 or is missing"),
    ],
)
def test_bad_rows_are_refused(y, share, sentence):
    with pytest.raises(DataError, match=sentence):
        choose_threshold(y, share, PAYOFF)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=15))
def test_the_front_is_what_no_point_beats(points):
    costs, gains = zip(*points, strict=True)
    beaten = [any(c <= cost and g >= gain and (c < cost or g > gain) for c, g in points) for cost, gain in points]
    assert pareto_front(costs, gains).tolist() == [not each for each in beaten]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]), st.integers(-9, 9), st.integers(-9, 9)),
        min_size=1,
        max_size=12,
    )
)
def test_no_other_threshold_brings_more_where_each_row_has_its_own_worth(rows):
    share, acted, alone = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    y = np.zeros(len(share), dtype=bool)
    worth = Worth(acted, alone)
    chosen = choose_threshold(y, share, worth)
    profits = {each: np.where(share >= each, acted, alone).sum() for each in (0, 0.1, 0.3, 0.6, 0.9, 1.1, chosen)}
    assert profits[chosen] == max(profits.values())
    found = sweep_thresholds(y, share, worth, np.array([0.0, 0.3, 1.0]), n_resamples=2)
    assert found.profit == pytest.approx([np.where(share >= each, acted, alone).mean() for each in (0.0, 0.3, 1.0)])


def test_a_worth_that_is_the_same_for_all_rows_of_a_class_is_a_payoff():
    y, share = draw_rows(400, 9)
    worth = Worth(np.where(y, 49.0, -11.0), np.zeros(400))
    first, second = (sweep_thresholds(y, share, each) for each in (PAYOFF, worth))
    for name in ("thresholds", "profit", "low", "high", "precision", "recall"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert choose_threshold(y, share, PAYOFF) == choose_threshold(y, share, worth)


@pytest.mark.parametrize("sums", [np.ones(2), np.array([1.0, np.nan, 1.0])])
def test_a_worth_needs_a_finite_sum_for_each_row(sums):
    with pytest.raises(DataError, match="give two finite sums for each row"):
        choose_threshold([True, False, True], [0.1, 0.2, 0.3], Worth(sums, np.zeros(len(sums))))
