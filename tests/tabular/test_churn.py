"""Churn: known figures, what SMOTE is worth, money, determinism, files, answers, lessons."""

import dataclasses
import io
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.hub.errors import DataError, NotTrainedError, RecipeError
from core.tabular import churn
from core.tabular._shared.equal_rows import number_rows
from core.tabular.churn.copies import make_clean_folds
from core.tabular.churn.data import load
from core.tabular.churn.explain import group_columns
from core.tabular.churn.files import model_to_files
from core.tabular.churn.models import Bench
from core.tabular.churn.money import Costs, expect_profit, make_payoff, sweep_profit, value_customers

RECIPE = churn.RECIPES["quick"]


@pytest.fixture(scope="module")
def model():
    return churn.train(RECIPE, load(RECIPE))


def mean(model, metric, name):
    return float(model.fold_scores[metric][name].mean())


def test_figures_are_the_known_ones(model):
    # measured elsewhere on the same folds: LR .8453 / .6547 / .1354, LR + SMOTE .8448 / .6534 / .1639
    assert mean(model, "roc_auc", "logistic regression") == pytest.approx(0.8453, abs=0.0005)
    assert mean(model, "average_precision", "logistic regression") == pytest.approx(0.6547, abs=0.001)
    assert mean(model, "brier", "logistic regression") == pytest.approx(0.1354, abs=0.0005)
    assert mean(model, "brier", "logistic regression + SMOTE") == pytest.approx(0.1639, abs=0.001)


def test_goals_are_met_with_a_margin_over_the_baselines(model):
    found = {(row.model, row.metric): row for row in model.scores}
    assert found[model.best, "roc_auc"].value >= 0.848
    assert found[model.best, "average_precision"].value >= 0.665
    assert found[model.best, "brier"].value <= 0.1345
    assert found[model.best, "ece"].value <= 0.02
    assert mean(model, "roc_auc", churn.RULE) == pytest.approx(0.739, abs=0.001)
    assert mean(model, "roc_auc", model.best) > mean(model, "roc_auc", churn.RULE) + 0.1
    assert mean(model, "roc_auc", churn.BASELINE) == 0.5


def test_smote_buys_nothing_and_costs_calibration(model):
    for name in ("logistic regression", "gradient boosting"):
        assert abs(mean(model, "roc_auc", name + churn.SMOTED) - mean(model, "roc_auc", name)) <= 0.005
        assert mean(model, "brier", name + churn.SMOTED) > mean(model, "brier", name) + 0.002
    assert len(churn.describe_smote(model)) == 2
    assert not any(name.endswith(churn.SMOTED) for name in model.choices)


def test_smote_makes_rows_of_the_training_side_only():
    data = load(RECIPE)
    train, test = np.arange(5000), np.arange(5000, 7043)
    first, second = (
        Bench(RECIPE, data.schema, (data.x.iloc[train], data.y[train]), x).ask("logistic regression + SMOTE")
        for x in (data.x.iloc[test], data.x.iloc[test[:10]])
    )
    assert np.allclose(first[:10], second)


def test_the_same_seed_gives_the_same_bytes():
    recipe = dataclasses.replace(RECIPE, n_folds=2, boosting_rounds=40)
    models = [churn.train(recipe, load(recipe)) for _ in range(2)]
    first, second = (model_to_files(dataclasses.replace(each, fit_s=dict.fromkeys(each.fit_s, 0.0))) for each in models)
    assert first == second


def test_folds_are_stratified_with_seed_0_and_score_every_row_once(model):
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(model.rows, model.left)
    for number, (_, test) in enumerate(folds):
        assert (np.flatnonzero(model.folds.fold == number) == test).all()
    assert not any(np.isnan(share).any() for share in model.folds.shares.values())


def test_inner_answers_are_never_of_scored_rows(model):
    for number, shares in enumerate(model.folds.inner[model.best]):
        scored = model.folds.fold == number
        assert np.isnan(shares[scored]).all()
        assert not np.isnan(shares[~scored]).all()


def test_the_payoff_gives_the_reference_figures(model):
    assert make_payoff(Costs()).true_positive == pytest.approx(56)
    assert make_payoff(Costs()).false_positive == pytest.approx(-11)
    found = churn.score_profit(model, Costs())
    assert (round(found.contact_all, 2), round(found.perfect, 2)) == (6.78, 14.86)
    assert found.per_customer[0] > found.contact_all + 3
    assert found.per_customer[1] < found.per_customer[0] < found.per_customer[2]
    assert churn.find_rule(Costs()) == pytest.approx(11 / 67)


def test_profit_by_hand_is_the_same(model):
    found = churn.score_profit(model, Costs())
    hits, mistakes = (found.chosen & model.left).sum(), (found.chosen & ~model.left).sum()
    assert found.per_customer[0] == pytest.approx((56 * hits - 11 * mistakes) / 7043)


def test_values_of_their_own_move_threshold_slider_and_limit_alike(model):
    """Every sum is counted by hand at each customer's own value."""
    costs = Costs(value_column="monthly_charges")
    worth = value_customers(model, costs)
    values = 200 * model.rows["monthly_charges"] / model.rows["monthly_charges"].mean()
    np.testing.assert_allclose(worth.acted, np.where(model.left, 0.3 * (values - 10) - 1, -11.0))
    found, plain = churn.score_profit(model, costs), churn.score_profit(model, Costs())
    assert found.per_customer[0] == pytest.approx(worth.acted[found.chosen].sum() / 7043)
    assert (found.chosen != plain.chosen).any()
    sweep = sweep_profit(model, costs)
    share = model.folds.shares[model.best]
    for place in (0, len(sweep.thresholds) // 2, len(sweep.thresholds) - 1):
        expected = worth.acted[share >= sweep.thresholds[place]].sum() / 7043
        assert sweep.profit[place] == pytest.approx(expected)
    limited = churn.limit_by_folds(model, costs, "senior_citizen", 1.0)
    assert limited.profit.value == pytest.approx(worth.acted[limited.chosen].sum() / 7043)
    assert limited.free_profit.value == pytest.approx(found.per_customer[0])


def test_a_contact_list_keeps_to_its_budget_and_starts_with_the_best(model):
    found = churn.contact_list(model, Costs(), budget=300.0)
    assert found["spent"].iloc[-1] <= 300 < found["spent"].iloc[-1] + found["expected_cost"].iloc[-1] + 5
    assert found["expected_profit"].is_monotonic_decreasing
    assert (found["expected_profit"] > 0).all()
    everyone = churn.contact_list(model, Costs())
    share = model.folds.shares[model.best]
    assert len(everyone) == (expect_profit(share, np.full(7043, 200.0), Costs()) > 0).sum()
    by_charge = churn.contact_list(model, Costs(value_column="monthly_charges"), budget=300.0)
    assert by_charge["value"].mean() > 200


def test_no_list_within_the_budget_brings_more_by_as_much_as_one_customer(model):
    few, costs = np.arange(40), Costs(clv=2000.0, value_column="total_charges")
    shares = {name: share[few] for name, share in model.folds.shares.items()}
    folds = dataclasses.replace(model.folds, shares=shares)
    small = dataclasses.replace(model, rows=model.rows.iloc[few], left=model.left[few], ids=model.ids[few], folds=folds)
    everyone = churn.contact_list(small, costs)
    cents = np.round(everyone["expected_cost"] * 10).astype(int).to_numpy()
    for budget in (20.0, 60.0, 110.0):
        best = np.zeros(int(budget * 10) + 1)  # the most that each sum can bring, customer after customer
        for cost, profit in zip(cents, everyone["expected_profit"], strict=True):
            best[cost:] = np.maximum(best[cost:], best[:-cost] + profit)
        found = churn.contact_list(small, costs, budget)
        per_dollar = everyone["expected_profit"] / everyone["expected_cost"]
        assert per_dollar.is_monotonic_decreasing
        assert found["expected_profit"].sum() >= 0.97 * (best[-1] - everyone["expected_profit"][len(found)])


def test_a_figure_over_folds_is_of_every_scored_row(model):
    assert {row.n for row in model.scores} == {7043}


def test_costs_out_of_range_make_no_list_either(model):
    with pytest.raises(RecipeError, match=r"clv is -1; it must be 0 to 100000"):
        churn.contact_list(model, Costs(clv=-1.0))
    with pytest.raises(RecipeError, match=r"accept is 1\.2; it must be 0 to 1"):
        churn.predict_table(model, load_table("telco_churn"), costs=Costs(accept=1.2))
    with pytest.raises(DataError, match="budget is nan; it must be 0"):
        churn.contact_list(model, Costs(), float("nan"))


def test_costs_out_of_range_are_refused_with_a_sentence(model):
    with pytest.raises(RecipeError, match=r"accept is 1\.5; it must be 0 to 1"):
        churn.score_profit(model, Costs(accept=1.5))
    with pytest.raises(DataError, match="budget is -1; it must be 0"):
        churn.contact_list(model, Costs(), budget=-1)
    with pytest.raises(DataError, match="value_column is 'contract'; it must be a number column"):
        churn.contact_list(model, Costs(value_column="contract"))


def test_correlated_columns_are_shuffled_together(model):
    assert group_columns(model.rows, model.schema)[0] == ("tenure", "monthly_charges", "total_charges")
    found = churn.explain_columns(model, n_repeats=1)
    assert found["columns"][0] == "tenure + monthly_charges + total_charges"
    assert found["fall"][0] > 0.03
    assert (found["low"] <= found["fall"]).all()
    assert churn.importance_chart(found).alt


def test_a_saved_model_says_the_same(model, tmp_path):
    churn.save_model(model, tmp_path / "model")
    loaded = churn.load_model(tmp_path / "model")
    assert churn.predict(loaded, churn.Inputs()) == churn.predict(model, churn.Inputs())
    assert loaded.leaderboard == model.leaderboard
    assert (loaded.ask(loaded.rows) == model.ask(model.rows)).all()
    assert model_to_files(loaded) == model_to_files(model)


def test_a_batch_says_what_each_customer_is_told_alone(model):
    inputs = [churn.Inputs(tenure=tenure, total_charges=85.0 * tenure) for tenure in (0, 3, 40)]
    assert churn.predict_many(model, inputs) == tuple(churn.predict(model, each) for each in inputs)
    frame = pd.DataFrame([dataclasses.asdict(each) for each in inputs])
    kinds = {name: "number" if frame[name].dtype.kind in "if" else "category" for name in frame}
    found = churn.predict_table(model, Table(frame, "mine", "upload", "", kinds))
    alone = [churn.predict(model, each).probabilities["Yes"] for each in inputs]
    assert found["share of Yes"].tolist() == alone
    assert churn.predict_many(model, []) == ()


def test_leaving_becomes_likelier_with_a_monthly_contract_and_less_so_with_tenure(model):
    share = {c: churn.predict(model, churn.Inputs(contract=c)).probabilities["Yes"] for c in
             ("Month-to-month", "One year", "Two year")}  # fmt: skip
    assert share["Month-to-month"] > share["One year"] > share["Two year"]
    new, old = (churn.predict(model, churn.Inputs(tenure=t, total_charges=85.0 * t)) for t in (1, 60))
    assert new.probabilities["Yes"] > old.probabilities["Yes"] + 0.2
    assert new.details["contact"]


def test_what_if_moves_one_column(model):
    values = dataclasses.asdict(churn.Inputs())
    chart = churn.vary_customer(model, values, "contract")
    assert "By contract the probability of leaving would be" in chart.title
    assert churn.vary_customer(model, values, "tenure").marks[0].y[0] > 0.4
    with pytest.raises(DataError, match="there is no column 'age'"):
        churn.vary_customer(model, values, "age")


def test_a_total_that_was_not_billed_yet_counts_as_nothing(model):
    row = {**dataclasses.asdict(churn.Inputs(tenure=0)), "total_charges": np.nan}
    frame = pd.DataFrame([row, {**row, "total_charges": 0.0}])
    kinds = {name: model_kind(model, name) for name in frame}
    found = churn.predict_table(model, Table(frame, "mine", "upload", "", kinds))
    assert found["share of Yes"][0] == found["share of Yes"][1]
    assert found["imputed"].tolist() == ["", ""]


def model_kind(model, name):
    return "number" if name in model.schema.numbers else "category"


def test_a_blank_or_an_unknown_model_is_refused(model):
    values = dataclasses.asdict(churn.Inputs())
    with pytest.raises(DataError, match="tenure is missing"):
        churn.predict_case(model, {**values, "tenure": None})
    with pytest.raises(NotTrainedError, match="no trained perceptron"):
        churn.predict_case(model, values, "perceptron")
    assert "was not seen" in churn.predict_case(model, {**values, "contract": "Ten years"}).details["notes"][0]


def test_the_zip_answers_without_the_hub(model, tmp_path):
    with zipfile.ZipFile(io.BytesIO(churn.make_download(model))) as packed:
        packed.extractall(tmp_path)
    load_table("telco_churn").frame.tail(40).to_csv(tmp_path / "cases.csv", index=False)
    run = subprocess.run(
        [sys.executable, "predict.py", "cases.csv"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    told = pd.read_csv(io.StringIO(run.stdout))["share of Yes"]
    assert np.allclose(told, model.ask(model.rows.tail(40)), atol=1e-12)


def test_the_report_is_a_pdf_of_several_pages(model):
    small = dataclasses.replace(model, groups=("senior_citizen",))
    content = churn.make_run_report(small)
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page") > 4


def test_copies_are_never_on_both_sides():
    data = load(RECIPE)
    copies = number_rows(data.x)
    for fold in make_clean_folds(data.y, 5, 0, copies):
        assert not set(copies[fold.train]) & set(copies[fold.test])


def test_nothing_chosen_is_refused():
    with pytest.raises(RecipeError, match="choose at least one"):
        churn.train(dataclasses.replace(RECIPE, models=()), load(RECIPE))
