"""The promise of intervals: kept on new rows, kept within groups, and never by looking at the row itself."""

import numpy as np
import pytest

from core.evaluation.conformal_numbers import (
    check_coverage,
    find_cv_plus,
    find_intervals,
    fit_group_limits,
    hold_across_folds,
    miss_scores,
    take_limits,
)
from core.hub.errors import DataError


def draw_rows(seed, n=400):
    """Two groups, one of which is missed four times as widely."""
    rng = np.random.default_rng(seed)
    groups = np.where(rng.random(n) < 0.25, "wide", "narrow").astype(object)
    scale = np.where(groups == "wide", 4.0, 1.0)
    return groups, rng.normal(size=n) * scale


def test_split_conformal_keeps_its_promise_within_each_group():
    held = {"wide": [], "narrow": []}
    for seed in range(80):
        groups, misses = draw_rows(seed)
        limits = fit_group_limits(np.abs(misses), groups, 0.9)
        new_groups, new = draw_rows(1_000 + seed)
        inside = np.abs(new) <= take_limits(limits, new_groups)
        for name, values in held.items():
            values.append(inside[new_groups == name].mean())
    assert np.mean(held["wide"]) == pytest.approx(0.9, abs=0.02)
    assert np.mean(held["narrow"]) == pytest.approx(0.9, abs=0.02)


def test_one_limit_for_all_breaks_it_for_the_wide_group():
    groups, misses = draw_rows(0, 4_000)
    limits = fit_group_limits(np.abs(misses), np.full(4_000, "all"), 0.9)
    inside = np.abs(misses) <= limits.own["all"]
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    assert inside[groups == "wide"].mean() < 0.75


def test_small_groups_are_pooled_and_unknown_ones_take_their_limit():
    scores = np.concatenate([np.full(50, 1.0), np.full(20, 5.0), np.full(20, 7.0)])
    groups = np.array(["large"] * 50 + ["b"] * 20 + ["c"] * 20, dtype=object)
    limits = fit_group_limits(scores, groups, 0.9)
    assert dict(limits.own) == {"large": 1.0}
    assert limits.pooled == 7.0
    assert take_limits(limits, ["large", "b", "c", "never seen"]).tolist() == [1.0, 7.0, 7.0, 7.0]
    assert limits.counts == {"b": 20, "c": 20, "large": 50}


def test_too_few_rows_promise_nothing():
    assert fit_group_limits(np.arange(5.0), ["a"] * 5, 0.9).pooled == np.inf


def test_normalised_scores_widen_where_a_miss_is_expected():
    low, high = find_intervals([0.0, 0.0], 2.0, [1.0, 3.0])
    assert (high - low).tolist() == [4.0, 12.0]
    assert miss_scores([3.0], [0.0], 3.0).tolist() == [1.0]


def test_cv_plus_keeps_its_promise_for_a_mean():
    held = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        y, folds = rng.normal(size=100), np.arange(100) % 5
        means = np.array([y[folds != fold].mean() for fold in range(5)])
        low, high = find_cv_plus(means[None, :], np.abs(y - means[folds]), folds, 0.9)
        new = rng.normal(size=50)
        held.append(((new >= low[0]) & (new <= high[0])).mean())
    assert 0.88 < np.mean(held) < 0.94


def test_cv_plus_with_too_few_rows_holds_everything():
    low, high = find_cv_plus([[1.0, 2.0]], [0.1, 0.2, 0.3], [0, 1, 0], 0.9)
    assert (low[0], high[0]) == (-np.inf, np.inf)


def test_a_rows_own_fold_takes_no_part_in_its_limit():
    scores = np.ones(100)
    groups, folds = np.full(100, "a", dtype=object), [np.arange(50), np.arange(50, 100)]
    before = hold_across_folds(scores, groups, folds, 0.9)
    assert before.all()
    scores[:50] = 9.0
    after = hold_across_folds(scores, groups, folds, 0.9)
    assert not after[:50].any()
    assert after[50:].all()


def test_coverage_is_counted_over_all_and_by_group():
    frame = check_coverage([True] * 8 + [False] * 2, ["a"] * 5 + ["b"] * 5)
    assert frame["group"].tolist() == ["", "a", "b"]
    assert frame["coverage"].tolist() == [0.8, 1.0, 0.6]
    assert (frame["low"] <= frame["coverage"]).all()
    assert (frame["coverage"] <= frame["high"]).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: fit_group_limits([1.0], ["a", "b"], 0.9), "a group for each score"),
        (lambda: fit_group_limits([1.0], ["a"], 1.5), "coverage is 1.5"),
        (lambda: miss_scores([1.0], [0.0], 0.0), "number above 0"),
        (lambda: miss_scores([np.nan], [0.0]), "number above 0"),
        (lambda: check_coverage([], []), "at least one row"),
    ],
)
def test_what_promises_nothing_is_refused(call, sentence):
    with pytest.raises(DataError, match=sentence):
        call()
