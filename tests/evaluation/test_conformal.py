"""The promise of prediction sets: met over many splits, for any model, with few calibration rows."""

import numpy as np
import pytest

from core.evaluation.conformal import (
    check_class_coverage,
    check_coverage,
    class_scores_to_sets,
    fit_class_thresholds,
    fit_threshold,
    nonconformity_scores,
    true_class_scores,
)
from core.hub.errors import DataError


def draw_rows(n_rows, seed=0, n_classes=3):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(n_classes, 0.4), size=n_rows)
    y = np.array([rng.choice(n_classes, p=row) for row in p])
    return y, p


@pytest.mark.parametrize("n_calibration", [19, 30, 60])
def test_sets_hold_the_true_class_as_often_as_promised(n_calibration):
    rng = np.random.default_rng(n_calibration)
    y, p = draw_rows(60_000, seed=n_calibration)
    wrong_model = p**0.3 / (p**0.3).sum(axis=1, keepdims=True)  # far too unsure: the promise holds all the same
    met = []
    for _ in range(500):
        rows = rng.choice(len(y), n_calibration + 100, replace=False)
        calibration, test = rows[:n_calibration], rows[n_calibration:]
        threshold = fit_threshold(true_class_scores(y[calibration], wrong_model[calibration]), 0.9)
        sets = class_scores_to_sets(wrong_model[test], threshold)
        met.append(sets[np.arange(100), y[test]].mean())
    assert 0.89 <= np.mean(met) <= 0.93


def test_adaptive_sets_keep_the_promise_too():
    rng = np.random.default_rng(0)
    y, p = draw_rows(30_000)
    met = []
    for _ in range(500):
        rows = rng.choice(len(y), 140, replace=False)
        threshold = fit_threshold(true_class_scores(y[rows[:40]], p[rows[:40]], "aps"), 0.9)
        sets = class_scores_to_sets(p[rows[40:]], threshold, "aps")
        met.append(sets[np.arange(100), y[rows[40:]]].mean())
    assert 0.89 <= np.mean(met) <= 0.93


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_check_coverage_reports_what_was_asked(coverage):
    y, p = draw_rows(300)
    found = check_coverage(y, p, coverage, n_splits=500, seed=1)
    assert coverage - 0.01 <= found.mean <= coverage + 1 / (found.n_calibration + 1) + 0.01
    assert found.low < found.mean < found.high
    assert (found.n_splits, found.n_calibration, found.asked) == (500, 150, coverage)
    assert 0 <= found.empty_share + found.single_share <= 1


def test_check_coverage_is_seeded():
    y, p = draw_rows(100)
    assert check_coverage(y, p, seed=3) == check_coverage(y, p, seed=3)
    assert check_coverage(y, p, seed=3) != check_coverage(y, p, seed=4)


def test_a_higher_promise_gives_larger_sets():
    y, p = draw_rows(400)
    sizes = [check_coverage(y, p, coverage).mean_size for coverage in (0.7, 0.8, 0.9, 0.95)]
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0] + 0.3


def test_the_threshold_is_the_finite_sample_quantile():
    scores = np.arange(1, 11) / 10
    assert fit_threshold(scores, 0.9) == 1.0  # ⌈11 · 0.9⌉ = 10th of 10
    assert fit_threshold(scores, 0.8) == 0.9
    assert fit_threshold(np.arange(1, 10) / 10, 0.9) == 0.9  # 10 · 0.9 is 9, not 10 by rounding
    assert fit_threshold(scores[:8], 0.9) == np.inf  # nine rows are needed


def test_too_few_rows_put_every_class_in_every_set():
    assert class_scores_to_sets([[1.0, 0.0], [0.5, 0.5]], np.inf).all()


def test_scores_by_hand():
    p = [[0.5, 0.2, 0.3]]
    assert nonconformity_scores(p)[0] == pytest.approx([0.5, 0.8, 0.7])
    assert nonconformity_scores(p, "aps")[0] == pytest.approx([0.0, 0.8, 0.5])
    assert true_class_scores([2], p, "aps") == pytest.approx([0.5])


def test_adaptive_sets_hold_the_likeliest_classes_first():
    y, p = draw_rows(200, n_classes=5)
    sets = class_scores_to_sets(p, fit_threshold(true_class_scores(y, p, "aps"), 0.9), "aps")
    for members, shares in zip(sets, p, strict=True):
        assert members[shares.argmax()]
        if not members.all():
            assert shares[members].min() >= shares[~members].max()


def test_a_sure_model_gets_single_answers_from_adaptive_sets_too():
    y = np.array([0, 1] * 60)
    p = np.where(y[:, None] == [0, 1], 0.98, 0.02)
    p[:4] = p[:4, ::-1]
    found = check_coverage(y, p, 0.9, method="aps")
    assert found.single_share == 1
    assert found.mean == pytest.approx(116 / 120, abs=0.005)


@pytest.mark.parametrize(("scores", "coverage"), [([], 0.9), ([0.1], 0.0), ([0.1], 1.0), ([0.1], float("nan"))])
def test_an_impossible_promise_is_refused(scores, coverage):
    with pytest.raises(DataError, match="it must lie between 0 and 1"):
        fit_threshold(scores, coverage)


def test_too_few_rows_to_check_are_refused():
    with pytest.raises(DataError, match="held-out rows is 3; at least 4"):
        check_coverage([0, 1, 0], [[0.5, 0.5]] * 3)


def draw_uneven(n_rows, seed=0):
    """Draw rows of a common, well-told class, a rarer one and a hard one, and what a model says of them."""
    rng = np.random.default_rng(seed)
    y = rng.choice(3, size=n_rows, p=[0.7, 0.2, 0.1])
    told = np.array([3.0, 1.5, 0.2])[y]
    logits = rng.normal(size=(n_rows, 3)) + told[:, None] * np.eye(3)[y]
    powers = np.exp(logits)
    return y, powers / powers.sum(axis=1, keepdims=True)


def test_a_threshold_per_class_keeps_the_promise_for_each_class():
    y, p = draw_uneven(60_000)
    rng = np.random.default_rng(0)
    met = {"one": np.zeros(3), "each": np.zeros(3)}
    for _ in range(200):
        rows = rng.choice(len(y), 1_400, replace=False)
        first, kept = rows[:400], rows[400:]
        scores = true_class_scores(y[first], p[first])
        fitted = {"one": fit_threshold(scores, 0.9), "each": fit_class_thresholds(scores, y[first], 3, 0.9)}
        for name, threshold in fitted.items():
            hits = class_scores_to_sets(p[kept], threshold)[np.arange(len(kept)), y[kept]]
            met[name] += [hits[y[kept] == label].mean() / 200 for label in range(3)]
    assert met["one"].min() < 0.75  # one threshold pays for the hard class with the easy one
    assert (met["each"] >= 0.89).all()
    assert (met["each"] <= 0.94).all()


def test_a_class_with_too_few_rows_is_in_every_set():
    y = np.repeat([0, 1], [20, 8])  # nine rows are needed for 0.9; the third class has none
    thresholds = fit_class_thresholds(np.linspace(0, 0.5, 28), y, 3, 0.9)
    assert np.isfinite(thresholds).tolist() == [True, False, False]
    assert thresholds[0] == fit_threshold(np.linspace(0, 0.5, 28)[:20], 0.9)
    assert class_scores_to_sets([[1.0, 0.0, 0.0], [0.2, 0.4, 0.4]], thresholds).tolist() == [
        [True, True, True],
        [False, True, True],
    ]


def test_equal_thresholds_give_the_sets_of_one():
    _, p = draw_rows(50)
    assert np.array_equal(class_scores_to_sets(p, np.full(3, 0.6)), class_scores_to_sets(p, 0.6))


def test_checking_class_thresholds_costs_size_and_keeps_the_promise():
    y, p = draw_uneven(1_000)
    one, each = check_coverage(y, p, n_splits=200), check_class_coverage(y, p, n_splits=200)
    assert 0.89 <= each.mean <= 0.93
    assert each.mean_size > one.mean_size
    assert each == check_class_coverage(y, p, n_splits=200)


def test_thresholds_that_do_not_match_the_classes_are_refused():
    with pytest.raises(DataError, match=r"shape \(2,\); it must be one number, or one for each of 3"):
        class_scores_to_sets([[0.5, 0.3, 0.2]], np.array([0.5, 0.5]))
    with pytest.raises(DataError, match="classes of rows is 1; it must be 2"):
        fit_class_thresholds([0.1, 0.2], [0], 2, 0.9)
    with pytest.raises(DataError, match="it must lie between 0 and 1"):
        fit_class_thresholds([0.1, 0.2], [0, 1], 2, 1.0)
