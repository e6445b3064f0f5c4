"""What a contact list is worth, what SMOTE buys, and how a portfolio is drawn: held against sums by hand."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from core.hub.artifacts import load_artifact
from core.tabular import churn
from core.tabular.churn import Costs


@pytest.fixture(scope="module")
def model() -> churn.Model:
    return churn.load_model(load_artifact("churn").folder / "weights")


def test_a_list_is_held_against_who_left(model):
    found = churn.contact_list(model, Costs(), budget=1_000.0)
    made = churn.score_contacts(model, Costs(), found)
    left = model.left[np.isin(model.ids + 1, found["row"])]
    assert made.came_true.value == pytest.approx(56 * left.sum() - 11 * (~left).sum())
    assert made.cost <= 1_000.0
    assert made.n_contacts == len(left)
    assert made.came_true.low < made.expected < made.came_true.high
    assert churn.score_contacts(model, Costs(), found, is_own=False).came_true is None


def test_the_chart_of_a_budget_says_what_the_list_holds(model):
    everyone = churn.contact_list(model, Costs())
    found = churn.contact_list(model, Costs(), budget=1_000.0)
    chart = churn.contact_chart(everyone, 1_000.0)
    assert f"for {len(found):,} contacts is expected to make ${found['expected_profit'].sum():,.0f}" in chart.title
    assert chart.marks[1].x[0] == pytest.approx(found["spent"].iloc[-1])
    assert np.all(np.diff(chart.marks[0].y) > 0)
    assert "of what all" not in churn.contact_chart(everyone).title
    assert "for 0 contacts" in churn.contact_chart(everyone, 0.5).title


@pytest.mark.parametrize(("metric", "score"), [("roc_auc", roc_auc_score), ("brier", brier_score_loss)])
def test_the_difference_that_smote_makes_is_that_of_scikit_learn(model, metric, score):
    found = churn.compare_smote(model).set_index(["model", "metric"])
    for name in churn.MODELS:
        pairs = [
            score(model.left[model.folds.fold == fold], model.folds.shares[each][model.folds.fold == fold])
            for each in (name, name + churn.SMOTED)
            for fold in range(model.recipe.n_folds)
        ]
        plain, made = np.reshape(pairs, (2, -1))
        assert found.loc[(name, metric), "difference"] == pytest.approx((made - plain).mean(), abs=1e-6)


def test_smote_that_moves_a_ranking_is_said_to(model):
    found = churn.compare_smote(model)
    near = found.assign(difference=0.001, low=-0.004, high=0.004)
    assert "buys no ranking" in churn.smote_chart(near, "roc_auc").title
    unsure = churn.smote_chart(near.assign(low=-0.0127), "roc_auc").title
    assert "moves no" in unsure
    assert "intervals reach -0.013 to +0.004" in unsure
    assert "of 3 of 3 models" in churn.smote_chart(found.assign(difference=0.02), "roc_auc").title
    assert "costs" not in churn.smote_chart(found.assign(difference=-0.02), "brier").title


def test_the_portfolio_is_drawn_between_nobody_and_perfect(model):
    found = churn.describe_portfolio(model, Costs())
    chart = churn.portfolio_chart(found)
    assert chart.marks[0].x.tolist() == [0.0, found.contact_all, found.profit.value, found.perfect]
    parts = churn.make_segments(model, Costs(), "contract")
    assert "Month-to-month" in churn.loss_chart(parts, "contract").title


def test_stored_explanations_add_up_to_the_model(model):
    rows, found = churn.explain_customers(model)
    np.testing.assert_allclose(found.sums, model.ask(model.rows.iloc[rows]), atol=1e-6)
