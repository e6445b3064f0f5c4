"""Tests of models against hand computation, scipy and textbook examples, and the sentences that tell of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.evaluation.comparison import compare_all, corrected_t_test, mcnemar_test, show_difference, show_p
from core.evaluation.multiplicity import holm

DIFFERENCES = np.array([0.02, 0.04, 0.0, 0.03, 0.01, 0.05, -0.01, 0.02, 0.03, 0.01])


def test_the_corrected_test_by_hand():
    found = corrected_t_test(DIFFERENCES, n_train=90, n_test=10)
    # mean 0.02; sum of squares about it 0.003, so variance 0.003 / 9; t = 0.02 / √((1/10 + 1/9) · 0.003 / 9)
    variance = 0.003 / 9
    error = np.sqrt((1 / 10 + 10 / 90) * variance)
    assert found.statistic == pytest.approx(0.02 / error)
    assert found.statistic == pytest.approx(2.38416, abs=1e-5)
    assert found.p == pytest.approx(2 * stats.t.sf(2.38416, 9), abs=1e-5)
    assert (found.low, found.high) == pytest.approx((0.02 - 2.262157 * error, 0.02 + 2.262157 * error), abs=1e-6)


def test_without_the_correction_it_is_the_plain_t_test():
    plain = stats.ttest_1samp(DIFFERENCES, 0)
    found = corrected_t_test(DIFFERENCES, n_train=90, n_test=0)
    assert (found.statistic, found.p) == pytest.approx((plain.statistic, plain.pvalue))
    assert corrected_t_test(DIFFERENCES, 90, 10).p > found.p


def test_folds_that_share_rows_fool_the_plain_test_but_not_the_corrected_one():
    rng = np.random.default_rng(0)
    alarms = {"plain": 0, "corrected": 0}
    for _ in range(300):
        rows = rng.normal(size=60)  # how far two equal models differ on each row; every repeat sees the same rows
        folds = np.concatenate([rng.permutation(rows).reshape(5, 12).mean(axis=1) for _ in range(10)])
        folds += rng.normal(scale=0.3 / np.sqrt(60), size=50)
        alarms["plain"] += corrected_t_test(folds, 48, 0).p < 0.05
        alarms["corrected"] += corrected_t_test(folds, 48, 12).p < 0.05
    assert alarms["plain"] / 300 > 0.4
    assert alarms["corrected"] / 300 < 0.1


def test_no_difference_in_any_fold():
    found = corrected_t_test(np.zeros(5), 80, 20)
    assert (found.p, found.low, found.high) == (1, 0, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_one_difference_in_every_fold_is_taken_to_vary_by_a_row(sign):
    found = corrected_t_test(np.full(5, sign * 0.05), 80, 20)
    one_row = [0.0, 0.0, 0.0, 0.0, 1 / 20]  # what the folds would spread if one row of one of them were otherwise
    error = np.sqrt((1 / 5 + 20 / 80) * np.var(one_row, ddof=1))
    reach = 2.776445 * error
    assert found.statistic == pytest.approx(sign * 0.05 / error)
    assert found.p == pytest.approx(2 * stats.t.sf(0.05 / error, 4))
    assert (found.low, found.high) == pytest.approx((sign * 0.05 - reach, sign * 0.05 + reach), abs=1e-6)
    assert 0 < found.p < 0.05


def test_a_row_in_every_small_fold_is_not_proof():
    # Two models equally good: each is wrong on 10% of 30 rows; 3 folds often differ by the same row or two.
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(2_000):
        wrong = (rng.random((2, 3, 10)) < 0.1).mean(axis=2)
        alarms += corrected_t_test(wrong[0] - wrong[1], 20, 10).p < 0.05
    assert alarms / 2_000 < 0.05


@pytest.mark.parametrize("differences", [[0.1], [0.1, np.nan]])
def test_too_few_folds_are_refused(differences):
    with pytest.raises(ValueError, match="at least two finite"):
        corrected_t_test(differences, 80, 20)


@given(only_a=st.integers(0, 30), only_b=st.integers(0, 30), both=st.integers(1, 50))
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b, both):
    a = np.array([True] * only_a + [False] * only_b + [True] * both)
    b = np.array([False] * only_a + [True] * only_b + [True] * both)
    found = mcnemar_test(a, b)
    expected = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert found.p == pytest.approx(expected)
    assert found.low <= found.difference <= found.high
    assert found.difference == pytest.approx(a.mean() - b.mean())
    assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_models_never_seen_to_disagree_may_still_differ():
    right = np.ones(20, dtype=bool)
    found = mcnemar_test(right, right)
    assert found.p == 1
    assert found.high == -found.low > 0.1


def test_mcnemar_refuses_rows_that_do_not_match():
    with pytest.raises(ValueError, match="must be equal"):
        mcnemar_test([True], [True, False])


def make_folds_scores(gap, seed=0):
    rng = np.random.default_rng(seed)
    base = 0.95 + 0.01 * rng.normal(size=20)
    return {"LDA": base, "K nearest neighbours": base - gap + 0.01 * rng.normal(size=20)}


def test_models_that_do_not_differ_are_said_not_to():
    found = compare_all(make_folds_scores(0.002), 120, 30)[0]
    assert not found.differs
    assert found.sentence.startswith("K nearest neighbours and LDA do not differ measurably: ")
    points, low, high = (show_difference(value) for value in (found.difference, found.low, found.high))
    assert f"{points} points, 95% interval {low} to {high}, {show_p(found.p_adjusted)}" in found.sentence
    assert found.low < 0 < found.high


def test_a_real_difference_is_named_with_the_better_model_first():
    found = compare_all(make_folds_scores(0.1), 120, 30)[0]
    assert found.differs
    assert found.sentence.startswith("LDA is better than K nearest neighbours: ")
    assert found.low > 0


def test_the_named_best_may_turn_out_worse():
    found = compare_all(make_folds_scores(0.1), 120, 30, best="K nearest neighbours")[0]
    assert found.difference < 0
    assert found.sentence.startswith("LDA is better than K nearest neighbours: ")
    assert "−" not in found.sentence


def test_lower_is_better_turns_the_order_round():
    folds = {"sure": np.array([0.1, 0.12, 0.11, 0.13]), "unsure": np.array([0.6, 0.7, 0.65, 0.7])}
    found = compare_all(folds, 90, 30, lower_is_better=True, unit="share")[0]
    assert (found.best, found.differs) == ("sure", True)
    assert "points" not in found.sentence
    assert found.difference == pytest.approx(0.5475)


def test_many_comparisons_are_allowed_for_and_said_so():
    rng = np.random.default_rng(1)
    base = 0.9 + 0.02 * rng.normal(size=20)
    folds = {"best": base} | {f"model {i}": base - 0.012 + 0.022 * rng.normal(size=20) for i in range(8)}
    found = compare_all(folds, 120, 12, best="best")
    assert [one.p_adjusted for one in found] == pytest.approx(holm([one.p for one in found]))
    masked = [one for one in found if one.p < 0.05 <= one.p_adjusted]
    assert masked
    assert all("once 8 comparisons are allowed for" in one.sentence for one in masked)


def test_equal_scores_in_every_fold_are_said_to_be_equal():
    folds = {"a": np.array([0.9, 0.8, 0.7]), "b": np.array([0.9, 0.8, 0.7])}
    assert compare_all(folds, 20, 10)[0].sentence == "B and a have the same score in every fold"
    folds["b"] = folds["b"] - 0.25
    found = compare_all(folds, 20, 10)[0]
    # one row of ten in one of three folds: √((1/3 + 1/2) / 300) · 4.3027 = 22.7 points
    assert found.sentence == "A is better than b: 25.0 points, 95% interval 2.3 to 47.7, p = 0.042"


def test_an_unknown_best_or_unequal_folds_are_refused():
    with pytest.raises(ValueError, match="best is 'c'"):
        compare_all({"a": np.ones(3), "b": np.ones(3)}, 20, 10, best="c")
    with pytest.raises(ValueError, match="same folds"):
        compare_all({"a": np.ones(3), "b": np.ones(4)}, 20, 10)


def test_numbers_are_written_for_readers():
    assert [show_difference(value) for value in (0.003, -0.012, -0.0001)] == ["0.3", "−1.2", "0.0"]
    assert [show_p(value) for value in (1.0, 0.613, 0.0499, 0.0012, 0.0009)] == [
        "p = 1.00", "p = 0.61", "p = 0.05", "p = 0.0012", "p < 0.001",
    ]  # fmt: skip
