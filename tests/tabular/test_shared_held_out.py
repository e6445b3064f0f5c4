"""Models compared on the same held-out rows: against a bootstrap by hand, scikit-learn's area and a known truth."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.tabular._shared.held_out import compare_areas, compare_errors


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(3)
    y = rng.random(900) < 0.3
    shares = {name: y + noise * rng.normal(size=900) for name, noise in (("near", 1.0), ("far", 1.6), ("chance", 50))}
    return y, shares, np.arange(900) % 3


def test_differences_of_areas_are_those_of_scikit_learn(drawn):
    y, shares, fold = drawn
    found = compare_areas(y, shares, fold, "near").set_index("model")
    areas = {
        name: np.mean([roc_auc_score(y[fold == at], share[fold == at]) for at in range(3)])
        for name, share in shares.items()
    }
    for name in ("far", "chance"):
        assert found.loc[name, "difference"] == pytest.approx(areas["near"] - areas[name], abs=1e-12)
    assert list(found.index) == ["far", "chance"]


def test_the_interval_of_two_areas_is_that_of_resampled_rows(drawn):
    y, shares, _ = drawn
    found = compare_areas(y, shares, np.zeros(900, dtype=int), "near").set_index("model").loc["far"]
    rng, differences = np.random.default_rng(0), []
    for _ in range(600):
        rows = rng.integers(0, 900, 900)
        first, second = (roc_auc_score(y[rows], shares[name][rows]) for name in ("near", "far"))
        differences.append(first - second)
    low, high = np.quantile(differences, [0.025, 0.975])
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=0.006)


def test_ties_count_half_and_equal_models_do_not_differ(drawn):
    y, shares, fold = drawn
    tied = {"near": np.round(shares["near"]), "twin": np.round(shares["near"])}
    assert compare_areas(y, tied, fold, "near")[["difference", "low", "high"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]]
    first = compare_areas(y, {**tied, "far": shares["far"]}, fold, "near").set_index("model")
    by_hand = [roc_auc_score(y[fold == at], tied["near"][fold == at]) for at in range(3)]
    other = [roc_auc_score(y[fold == at], shares["far"][fold == at]) for at in range(3)]
    assert first.loc["far", "difference"] == pytest.approx(np.mean(by_hand) - np.mean(other))


def test_errors_of_the_same_rows_are_resampled_together():
    rng = np.random.default_rng(1)
    hard = rng.normal(size=500)
    found = compare_errors({"best": hard, "worse": 1.05 * hard, "same": hard.copy()}, "best").set_index("model")
    assert found.loc["worse", "low"] > 0  # 5% more on every row: certain, though the errors themselves scatter
    assert found.loc["same", ["difference", "low", "high"]].tolist() == [0.0, 0.0, 0.0]
    assert compare_errors({"best": hard}, "best").empty


def test_intervals_hold_a_true_difference_as_often_as_they_say():
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.random(600) < 0.5
        shares = {name: y + rng.normal(size=600) for name in ("a", "b")}  # equally good in truth
        low, high = compare_areas(y, shares, np.zeros(600, dtype=int), "a")[["low", "high"]].iloc[0]
        held += low <= 0 <= high
    assert held >= 90
