"""Churn: fairness and its price, segments, monitoring against the truth."""

import dataclasses

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.evaluation.fairness import parity_gaps
from core.hub.errors import DataError
from core.tabular import churn
from core.tabular.churn.data import load
from core.tabular.churn.fairness import weigh_gap
from core.tabular.churn.money import Costs

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


def test_the_weighted_gap_is_the_plain_one(model):
    groups = model.rows["partner"].to_numpy()
    chosen = model.folds.shares[model.best] >= 0.3
    plain = parity_gaps(model.left, chosen, groups)["equalised_odds_difference"].value
    assert weigh_gap(model.left, chosen, groups, np.ones((1, len(groups))))[0] == pytest.approx(plain)


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
