"""Churn: fairness and its price, segments, monitoring against the truth."""

import dataclasses

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.hub.errors import DataError
from core.tabular import churn
from core.tabular.churn.data import load
from core.tabular.churn.money import Costs, bound_mean
from core.tabular.churn.scoring import measure_calibration

RECIPE = dataclasses.replace(churn.RECIPES["quick"], with_smote=False)
COSTS = Costs()


@pytest.fixture(scope="module")
def model():
    return churn.train(RECIPE, load(RECIPE))


def test_gaps_of_logistic_regression_are_the_known_ones(model):
    found = {
        column: churn.judge_groups(model, COSTS, column, 0.5, "logistic regression").gaps
        for column in ("female", "senior_citizen")
    }
    assert found["female"]["demographic_parity_difference"].value == pytest.approx(0.021, abs=0.003)
    assert found["senior_citizen"]["demographic_parity_difference"].value == pytest.approx(0.247, abs=0.01)
    assert found["senior_citizen"]["equalised_odds_difference"].value == pytest.approx(0.194, abs=0.01)


def test_gaps_are_fairlearns(model):
    from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference

    chosen = model.folds.shares[model.best] >= 0.5
    groups = {"sensitive_features": model.rows["senior_citizen"]}
    found = churn.judge_groups(model, COSTS, "senior_citizen", 0.5).gaps
    assert found["demographic_parity_difference"].value == pytest.approx(
        demographic_parity_difference(model.left, chosen, **groups)
    )
    assert found["equalised_odds_difference"].value == pytest.approx(
        equalized_odds_difference(model.left, chosen, **groups)
    )


def test_thresholds_by_group_hold_the_gap_at_a_small_price(model):
    found = churn.limit_by_folds(model, COSTS, "senior_citizen", 0.05)
    assert found.free_gap.value > 0.2
    assert found.gap.value <= 0.05
    assert found.kept >= 0.95
    assert found.price.low <= found.price.value <= found.price.high
    assert found.price.value == pytest.approx(found.free_profit.value - found.profit.value)
    assert set(found.thresholds) == {"No", "Yes"}
    assert "keeps" in found.sentence


def test_scored_rows_have_no_say_in_the_thresholds_of_their_fold(model):
    first = churn.limit_by_folds(model, COSTS, "senior_citizen", 0.05)
    scored = model.folds.fold == 0
    shares = {**model.folds.shares, model.best: np.where(scored, 0.9, model.folds.shares[model.best])}
    left = np.where(scored, ~model.left, model.left)
    flipped = dataclasses.replace(model, left=left, folds=dataclasses.replace(model.folds, shares=shares))
    chosen = churn.limit_by_folds(flipped, COSTS, "senior_citizen", 0.05).chosen
    assert chosen[scored].all()
    assert churn.score_profit(flipped, COSTS).thresholds[0] == churn.score_profit(model, COSTS).thresholds[0]
    assert first.chosen[scored].mean() < 0.9


def test_the_front_rises_and_has_bands(model):
    found = churn.trace_front(model, COSTS, "senior_citizen", (0.0, 0.02, 0.1, 1.0))
    order = np.argsort(found.gap[found.on_front])
    assert (np.diff(found.profit[found.on_front][order]) > 0).all()
    assert (found.profit_low <= found.profit).all()
    assert (found.profit <= found.profit_high).all()
    assert (found.gap_low <= found.gap_high).all()
    assert found.chart().alt


def test_a_gap_has_the_same_interval_on_the_front_as_under_its_limit(model):
    front = churn.trace_front(model, COSTS, "senior_citizen", (0.05,))
    alone = churn.limit_by_folds(model, COSTS, "senior_citizen", 0.05)
    assert (front.gap[0], front.gap_low[0], front.gap_high[0]) == (alone.gap.value, alone.gap.low, alone.gap.high)
    assert (front.profit[0], front.profit_low[0]) == pytest.approx((alone.profit.value, alone.profit.low))
    assert (front.free_gap, front.free_profit) == (alone.free_gap.value, alone.free_profit.value)


def test_nothing_on_the_front_is_beaten_by_one_threshold_for_all(model):
    found = churn.trace_front(model, COSTS, "female")
    points = [*zip(found.gap[found.on_front], found.profit[found.on_front], strict=True)]
    assert found.free_on_front
    assert not [point for point in points if found.free_gap <= point[0] and found.free_profit >= point[1]]
    line = next(mark for mark in found.chart().marks if mark.kind == "line")
    assert found.free_profit in line.y
    assert found.title.startswith("One threshold for all already holds the gap between groups of female to 0.0")


def test_an_offer_that_never_pays_keeps_no_share_of_nothing(model):
    told = churn.limit_by_folds(model, Costs(offer=300.0), "senior_citizen").sentence
    assert "makes no profit either way" in told
    assert "nan" not in told


def test_a_column_that_is_no_group_is_refused(model):
    with pytest.raises(DataError, match="tenure cannot be a group; choose one of"):
        churn.limit_by_folds(model, COSTS, "tenure")


def test_segments_add_up_to_the_portfolio(model):
    portfolio = churn.describe_portfolio(model, COSTS)
    for column in ("contract", "tenure", "payment_method"):
        found = churn.make_segments(model, COSTS, column)
        assert found["n"].sum() == 7043
        assert found["total_loss"].sum() == pytest.approx(7043 * portfolio.expected_loss.value)
        assert (found["low"] <= found["churn_rate"]).all()
        assert churn.segment_chart(found, column).alt
    assert churn.make_segments(model, COSTS, "tenure").set_index("segment")["n"]["0 to 12"] == 2186
    assert portfolio.churn_rate.value == pytest.approx(1869 / 7043)
    with pytest.raises(DataError, match="age cannot part customers"):
        churn.make_segments(model, COSTS, "age")


def test_the_label_free_area_is_near_the_truth_on_a_shifted_half(model):
    found = churn.rehearse_shift(model)
    assert abs(found.expected.roc_auc.value - found.truth["roc_auc"]) <= 0.02
    assert found.reference_auc - found.truth["roc_auc"] > 0.03
    drifted = found.drift.set_index("column")["drifts"]
    assert drifted["tenure"]
    assert drifted["contract"]
    assert not drifted["female"]
    assert found.told_apart.low > 0.6
    assert "without labels" in found.sentence


def test_the_customers_themselves_have_not_drifted(model):
    found = churn.watch_table(model, load_table("telco_churn"))
    assert not found.drift["drifts"].any()
    assert found.truth["share"] == pytest.approx(1869 / 7043)
    assert found.truth["roc_auc"] == pytest.approx(found.reference_auc, abs=0.001)


def test_the_profit_interval_is_students():
    values = np.random.default_rng(0).choice([56.0, -11.0, 0.0], 7000, p=[0.2, 0.2, 0.6])
    value, low, high = bound_mean(values, seed=1)
    reach = 1.96 * values.std() / np.sqrt(len(values))
    assert (low, high) == pytest.approx((value - reach, value + reach), abs=0.1 * reach)


@pytest.mark.parametrize("wave", [0.0, 0.02, 0.05])
def test_the_interval_of_the_calibration_error_holds_the_true_one(wave):
    rng, held = np.random.default_rng(0), 0
    share = rng.beta(0.8, 2.2, 5000)
    truth = np.clip(share + wave * np.sin(12 * share), 0, 1)
    bins = np.minimum((share * 15).astype(int), 14)
    true = abs(np.bincount(bins, truth - share)).sum() / len(share)
    for seed in range(25):
        _, low, high = measure_calibration(rng.random(5000) < truth, share, seed)
        held += low <= true <= high
    assert held >= 20
