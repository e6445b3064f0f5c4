"""The churn page draws what core computes, for the bundled customers, for the second table and for an upload."""

from dataclasses import asdict
from functools import partial

import numpy as np
import pytest

from core.datasets.reading import read_table
from core.hub.artifacts import load_artifact
from core.tabular import churn
from core.tabular.churn import Costs
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, find_frame, finish_job, press, upload, words

SLUG = "churn"
open_page = partial(apps.open_page, SLUG)
open_compared = partial(apps.open_page, SLUG, "Train & compare")
FAST = churn.Recipe(models=("logistic regression",), with_smote=False, n_inner=2, n_folds=3)
HEAD = "Vertrag;Kosten;Monate;Rabatt;Gekündigt"


def write_own(n_rows: int = 160) -> bytes:
    """Write customers as a German spreadsheet does: semicolons, decimal commas, umlauts in cp1252."""
    rng = np.random.default_rng(3)
    rows = [HEAD]
    for _ in range(n_rows):
        months, monthly = int(rng.integers(1, 60)), rng.random() < 0.5
        left = rng.random() < (0.55 if monthly else 0.1) - 0.004 * months + 0.1
        cost = f"{rng.uniform(20, 90):.2f}".replace(".", ",")
        rows.append(f"{'monatlich' if monthly else 'jährlich'};{cost};{months};{rng.integers(0, 9)};"
                    f"{'ja' if left else 'nein'}")  # fmt: skip
    return "\r\n".join(rows).encode("cp1252")


@pytest.fixture(scope="module")
def shipped() -> churn.Model:
    return churn.load_model(load_artifact(SLUG).folder / "weights")


@pytest.fixture(scope="module")
def trained():
    table = read_table(write_own(), "kunden.csv").table.with_target("Gekündigt")
    return finish_job("core.tabular.churn:run_job", FAST, table, SLUG)


def test_the_page_opens_with_telco_and_offers_the_second_table():
    app = open_page()
    assert figures(app)["Rows"] == "7,043"
    assert find(app.selectbox, "Data").options[0] == "Telco customers"
    assert "Telephone customers of MLC++" in find(app.selectbox, "Data").options


def test_the_leaderboard_holds_each_model_with_and_without_smote(shipped):
    app = open_compared()
    frame = find_frame(app, "Model", "Verdict")
    assert frame["Model"].tolist()[:-1] == list(shipped.names[:-1])
    found = churn.compare_smote(shipped)
    for metric in ("roc_auc", "brier"):
        assert churn.smote_chart(found, metric).title in words(app)
    shown = find_frame(app, "Without", "With SMOTE")
    np.testing.assert_allclose(shown["Difference"], found["difference"])
    assert found.loc[found["metric"] == "roc_auc", "difference"].abs().max() <= 0.005
    assert (found.loc[found["metric"] == "brier", "low"] > 0).all()


def test_curves_are_drawn_of_the_rows_no_model_learnt_from():
    app = choose_view(open_compared(), "Curves")
    assert count_charts(app) == 3
    said = words(app).lower()
    assert all(word in said for word in ("roc", "precision", "stated confidence"))


def test_one_slider_moves_profit_fairness_and_counts(shipped):
    app = choose_view(open_compared(), "Threshold")
    costs, start = Costs(), round(churn.find_threshold(shipped, Costs()), 3)
    slider = find(app.slider, "Act from this probability on")
    assert slider.value == start
    for threshold in (start, 0.4):
        app = check(find(app.slider, "Act from this probability on").set_value(threshold).run())
        judged = churn.judge_groups(shipped, costs, "senior_citizen", threshold)
        assert figures(app)["Profit ($ a customer)"] == f"{judged.profit.value:,.2f}"
        gap = judged.gaps["equalised_odds_difference"]
        assert f"{gap.value:.3f} ({gap.low:.3f} to {gap.high:.3f})" in words(app)
    assert "$ a customer" in words(app)


def test_the_slider_counts_each_customer_at_their_own_value(shipped):
    app = choose_view(open_compared(), "Threshold")
    before = figures(app)["Profit ($ a customer)"]
    app = check(find(app.selectbox, "Value grows with").set_value("monthly_charges").run())
    costs = Costs(value_column="monthly_charges")
    start = round(churn.find_threshold(shipped, costs), 3)
    app = check(find(app.slider, "Act from this probability on").set_value(start).run())
    judged = churn.judge_groups(shipped, costs, "senior_citizen", start)
    assert figures(app)["Profit ($ a customer)"] == f"{judged.profit.value:,.2f}" != before
    assert f"Median of the folds' choices: {start:.3f}" in [button.label for button in app.button]


def test_the_slider_says_what_no_customer_had_a_say_in(shipped):
    app = choose_view(open_compared(), "Threshold")
    value, low, high = churn.score_profit(shipped, Costs()).per_customer
    assert f"{value:,.2f} $ a customer (95%: {low:,.2f} to {high:,.2f})" in words(app)
    assert value < float(figures(app)["Profit ($ a customer)"])
    found = next(row for row in shipped.scores if row.metric == "profit" and row.model == shipped.best)
    assert found.value == pytest.approx(value)


def test_what_folds_cannot_tell_apart_is_compared_row_by_row(shipped):
    app = open_compared()
    assert "Not told apart by 5 folds is not the same as equal" in words(app)
    found = find_frame(app, "Behind the best by (ROC area)")
    assert found["Model"].str.lower().tolist() == [
        str(name).lower() for name in churn.compare_row_by_row(shipped)["model"]
    ]


def test_the_front_is_traced_when_asked(shipped):
    app = choose_view(open_compared(), "Threshold")
    before = count_charts(app)
    app = press(app, "Trace profit against the gap")
    assert count_charts(app) == before + 1
    assert churn.trace_front(shipped, Costs(), "senior_citizen").chart().title in words(app)


def test_the_price_of_a_limit_is_said_in_money(shipped):
    app = choose_view(open_compared(), "Fairness")
    app = press(app, "Work out the price of 0.05")
    found = churn.limit_by_folds(shipped, Costs(), "senior_citizen", 0.05)
    assert found.sentence in words(app)
    assert figures(app)["Profit kept"] == f"{found.kept:.1%}"
    assert found.gap.value <= 0.05
    assert found.kept >= 0.95


def test_the_portfolio_and_its_segments_are_those_of_core(shipped):
    app = choose_view(open_compared(), "Portfolio")
    found = churn.describe_portfolio(shipped, Costs())
    assert figures(app)["Left"] == f"{found.churn_rate.value:.1%}"
    assert figures(app)["Profit a customer"] == f"${found.profit.value:,.2f}"
    assert churn.portfolio_chart(found).title in words(app)
    app = check(find(app.selectbox, "Part customers by").set_value("tenure").run())
    expected = churn.make_segments(shipped, Costs(), "tenure")
    assert find_frame(app, "Segment")["Segment"].tolist() == expected["segment"].tolist()


def test_a_budget_cuts_the_contact_list_and_terms_are_kept_from_view_to_view(shipped):
    app = choose_view(open_compared(), "Contacts")
    app = check(find(app.number_input, "Budget ($)").set_value(300.0).run())
    found = churn.contact_list(shipped, Costs(), budget=300.0)
    assert figures(app)["Contacts"] == str(len(found))
    assert find_frame(app, "rank")["row"].tolist() == found["row"].tolist()
    app = check(find(app.number_input, "Lifetime value ($)").set_value(400.0).run())
    app = check(find(app.selectbox, "Value grows with").set_value("monthly_charges").run())
    found = churn.contact_list(shipped, Costs(clv=400.0, value_column="monthly_charges"), budget=300.0)
    assert find_frame(app, "rank")["row"].tolist() == found["row"].tolist()
    assert find(choose_view(app, "Portfolio").number_input, "Lifetime value ($)").value == 400.0
    app = choose_view(app, "Contacts")
    app = check(find(app.number_input, "Budget ($)").set_value(1.0).run())
    assert "buys no contact" in words(app)


def test_a_rehearsed_shift_is_held_against_the_truth(shipped):
    app = press(choose_view(open_compared(), "Monitoring"), "Rehearse a shift")
    found = churn.rehearse_shift(shipped)
    assert f"{found.expected.roc_auc.value:.3f} was expected without labels" in words(app)
    assert abs(found.expected.roc_auc.value - found.truth["roc_auc"]) <= 0.02
    assert len(find_frame(app, "Column", "Index")) == len(shipped.schema.names)


def test_a_moved_value_moves_the_answer_and_the_worth_of_an_offer(shipped):
    app = open_page("Try it")
    values = asdict(churn.Inputs())
    for contract in ("Month-to-month", "Two year"):
        app = check(find(app.segmented_control, "Contract").set_value(contract).run())
        found = churn.predict_case(shipped, values | {"contract": contract}, costs=Costs())
        assert figures(app)["Probability of leaving"] == f"{found.probabilities['Yes']:.1%}"
        profit = found.details["expected_profit"]
        assert figures(app)["Expected of an offer"] == f"{'−' if profit < 0 else ''}${abs(profit):,.2f}"
        assert figures(app)["So"] == ("Contact" if found.details["contact"] else "Leave alone")
    assert "Everything else of the case stays as it is" in words(app)
    assert len(find_frame(app, "distance", "churn")) == 5


def test_columns_that_go_together_are_shuffled_together(shipped):
    app = open_page("Explain")
    assert churn.importance_chart(churn.explain_columns(shipped)).title in words(app)
    assert "tenure + monthly_charges + total_charges" in words(app)
    assert count_charts(app) == 3


def test_an_upload_is_trained_acted_on_and_explained(trained):
    address = {f"{SLUG}_job": trained.id}
    app = open_compared(**address)
    assert "kunden.csv" in words(app)
    assert "This run compared no model with SMOTE" in words(app)
    model = churn.open_result(trained.folder).model
    assert model.positive == "ja"
    for view in ("Threshold", "Fairness", "Portfolio"):
        app = choose_view(app, view)
    assert "No column of this run makes groups to compare" in words(choose_view(app, "Fairness"))
    app = choose_view(app, "Contacts")
    assert figures(app)["Contacts"] == f"{len(churn.contact_list(model, Costs(), 5_000.0)):,}"
    app = open_page("Try it", **address)
    assert {"Kosten", "Monate"} <= {each.label for each in [*app.slider, *app.number_input]}
    app = press(open_page("Explain", **address), "Shuffle the columns")
    assert churn.importance_chart(churn.explain_columns(model)).title in words(app)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b;churn\r\n" + b"1;2;Yes\r\n" * 80, "class"),
        (b"a;b\r\n1;2\r\n", "row"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_a_sentence(content, said):
    app = upload(open_page(), content, "bad.csv")
    assert not app.exception
    assert "does not fit" in words(app)
    assert said in words(app)
    assert figures(app)["Rows"] == "7,043"


def test_customers_without_a_column_are_refused_by_its_name():
    app = choose_view(open_compared(), "Contacts")
    app = check(find(app.segmented_control, "Whom").set_value("A file of new ones").run())
    place = len(app.file_uploader) - 1
    app = upload(app, b"tenure;contract\r\n3;One year\r\n5;Two year\r\n", "new.csv", place)
    assert any("monthly_charges" in each.value for each in app.error)
