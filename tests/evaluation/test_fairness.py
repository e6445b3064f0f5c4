"""Fairness: against fairlearn, intervals that hold, limits that are kept at the most profit, and refusals."""

import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what fairlearn says of itself when it is imported
    from fairlearn.metrics import MetricFrame, demographic_parity_difference, equalized_odds_difference

from core.evaluation.fairness import calibrate_groups, group_rates, limit_gap, parity_gaps
from core.evaluation.payoffs import Payoff, Worth
from core.evaluation.thresholds import choose_threshold, sweep_thresholds
from core.hub.errors import DataError

PAYOFF = Payoff(true_positive=49, false_positive=-11)


def draw_people(n_rows: int, seed: int, n_groups: int = 3, tilt: float = 1.0):
    """Draw people whose chance depends on their group by ``tilt``, with probabilities that hold."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, n_rows)
    share = 1 / (1 + np.exp(-rng.normal(-1 + tilt * groups, 1)))
    return rng.random(n_rows) < share, share, np.array(["a", "b", "c"], dtype=object)[groups]


def test_gaps_are_fairlearns():
    y, share, groups = draw_people(600, 0)
    chosen, frame = share > 0.4, {"sensitive_features": groups}
    gaps = parity_gaps(y, chosen, groups)
    assert gaps["demographic_parity_difference"].value == pytest.approx(
        demographic_parity_difference(y, chosen, **frame), abs=1e-12
    )
    assert gaps["equalised_odds_difference"].value == pytest.approx(
        equalized_odds_difference(y, chosen, **frame), abs=1e-12
    )


def test_rates_of_a_group_are_fairlearns():
    y, share, groups = draw_people(600, 1)
    chosen = share > 0.4
    found = group_rates(y, chosen, groups).set_index("group")["selection_rate"]
    theirs = MetricFrame(
        metrics=lambda _, answers: answers.mean(), y_true=y, y_pred=chosen, sensitive_features=groups
    ).by_group
    assert found.to_dict() == pytest.approx(theirs.to_dict())


@pytest.mark.parametrize("tilt", [0.0, 1.0])
def test_the_interval_of_a_gap_holds_the_true_one_at_least_as_often_as_it_says(tilt):
    y, share, groups = draw_people(400_000, 2, 2, tilt)
    truth = {name: gap.value for name, gap in parity_gaps(y, share > 0.4, groups).items()}
    truth = truth if tilt else dict.fromkeys(truth, 0.0)
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        y, share, groups = draw_people(400, 100 + seed, 2, tilt)
        for name, gap in parity_gaps(y, share > 0.4, groups).items():
            held[name] += gap.low <= truth[name] <= gap.high
    assert all(count >= 186 for count in held.values())


def test_a_limit_is_kept_and_no_other_pair_of_thresholds_brings_more():
    y, share, groups = draw_people(80, 3, 2)
    found = limit_gap(y, share, groups, PAYOFF, 0.1)
    assert found.gap <= 0.1 + 1e-9
    taken = found.choose(share, groups)
    assert parity_gaps(y, taken, groups)["equalised_odds_difference"].value == pytest.approx(found.gap)
    assert np.where(taken, np.where(y, 49, -11), 0).mean() == pytest.approx(found.profit)
    best = -np.inf
    cuts = {name: [*np.unique(share[groups == name]), 2.0] for name in "ab"}
    for first in cuts["a"]:
        for second in cuts["b"]:
            taken = share >= np.where(groups == "a", first, second)
            rates = [[taken[y & is_a].mean(), taken[~y & is_a].mean()] for is_a in (groups == "a", groups == "b")]
            if np.abs(np.subtract(*rates)).max() <= 0.1 + 1e-9:
                best = max(best, np.where(taken, np.where(y, 49, -11), 0).mean())
    assert found.profit == pytest.approx(best)


def test_a_limit_counts_each_row_at_its_own_worth():
    """Without a limit each group takes the threshold that is best for it alone, and the sum is counted by hand."""
    rng = np.random.default_rng(7)
    share = np.round(rng.random(60), 2)
    y, groups = rng.random(60) < share, np.array(["a", "b"])[rng.integers(0, 2, 60)]
    worth = Worth(np.where(y, 10 * rng.random(60), -6 * rng.random(60)), rng.random(60))
    found = limit_gap(y, share, groups, worth, 1.0)
    taken = found.choose(share, groups)
    assert found.profit == pytest.approx(np.where(taken, worth.acted, worth.alone).mean())
    assert found.profit == pytest.approx(found.profit_unlimited)
    best = 0.0
    for name in ("a", "b"):
        own = groups == name
        cuts = np.append(np.unique(share[own]), 2.0)
        best += max(np.where(share >= cut, worth.acted, worth.alone)[own].sum() for cut in cuts)
    assert found.profit == pytest.approx(best / 60)


def test_a_wider_limit_never_brings_less():
    y, share, groups = draw_people(500, 4)
    profits = [limit_gap(y, share, groups, PAYOFF, limit).profit for limit in (0, 0.05, 0.2, 1)]
    assert profits == sorted(profits)
    free = limit_gap(y, share, groups, PAYOFF, 1.0)
    assert free.profit == pytest.approx(free.profit_unlimited)
    one = sweep_thresholds(y, share, PAYOFF, np.array([choose_threshold(y, share, PAYOFF)])).profit[0]
    assert free.profit >= 0.999 * one


def test_calibration_by_group_finds_the_group_that_is_wronged():
    y, share, groups = draw_people(9_000, 5)
    stated = np.where(groups == "b", share**2, share)
    found = calibrate_groups(y, stated, groups).set_index("group")
    inside = (found["low"] <= found["stated"]) & (found["stated"] <= found["high"])
    assert inside.to_dict() == {"a": True, "b": False, "c": True}
    assert found["ece"].idxmax() == "b"


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        (["a"] * 4, "1 groups; it must have 2 to 10"),
        (["a", "b"], "they must be as many"),
        (["a", "a", "b", "b"], "'a' has rows of one class only"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(groups, sentence):
    with pytest.raises(DataError, match=sentence):
        parity_gaps([1, 1, 0, 1], [1, 0, 1, 0], groups)


def test_a_limit_out_of_range_and_a_group_without_a_threshold_are_refused():
    y, share, groups = draw_people(60, 6)
    with pytest.raises(DataError, match=r"limit is 1\.5; it must be 0 to 1"):
        limit_gap(y, share, groups, PAYOFF, 1.5)
    with pytest.raises(DataError, match="'z' has no threshold; the groups are a, b, c"):
        limit_gap(y, share, groups, PAYOFF, 0.5).choose([0.5], ["z"])
