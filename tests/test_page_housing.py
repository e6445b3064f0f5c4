"""The housing page draws what core computes, for the bundled sales and for an upload."""

import dataclasses
import json
from functools import partial

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.hub.artifacts import load_artifact
from core.tabular import housing
from core.tabular.housing.scoring import find_held
from pages.kit import price_runs, price_studies
from pages.kit.prices import list_cents
from pages.kit.programs import write_commands
from tests import apps
from tests.apps import check, check_refused, choose_view, count_charts, figures, find, find_frame, finish_job, upload
from tests.apps import words as read_words

SLUG = "housing"
open_page = partial(apps.open_page, SLUG)
HOUSE = dataclasses.asdict(housing.Inputs())
FAST = housing.Recipe(models=("ridge",), n_folds=3)
OWN = "Fläche;Lage;Preis\r\n".encode("cp1252") + b"".join(
    f"{20 + n * 7 % 90},5;{'SCQ'[n % 3]};{3000 * (20 + n * 7 % 90) + 40000 * (n % 3 == 1) + n % 5},0\r\n".encode()
    for n in range(90)
)


@pytest.fixture(scope="module")
def shipped() -> housing.Model:
    return housing.load_model(load_artifact(SLUG).folder / "weights")


def words(app):
    return read_words(app).replace("\\", "")


def test_prices_are_explored_with_their_log_and_on_a_map():
    app = open_page()
    y = load_table("ames").frame["sale_price"].to_numpy(dtype=float)
    lean = ((np.log(y) - np.log(y).mean()) ** 3).mean() / np.log(y).std() ** 3
    assert figures(app)["Rows"] == "2,930"
    assert f"The log of sale_price leans little (skewness {lean:.2f})".replace("-", "−") in words(app)
    assert count_charts(app) == 3
    assert count_charts(choose_view(app, "Map")) == 1


def test_the_leaderboard_and_every_score_are_the_models(shipped):
    app = open_page("Train & compare")
    board = find_frame(app, "Verdict")
    assert board["Model"].tolist() == [*(row.model for row in shipped.leaderboard[:-1]), "group median (baseline)"]
    every = find_frame(app, "Within 10%")
    row = next(row for row in shipped.scores if row.metric == "rmse")
    assert every.iloc[0]["Root mean squared error"] == f"${row.value:,.0f} ({row.low:,.0f}–{row.high:,.0f})"
    assert set(every["Model"]) == set(shipped.names)


def test_each_study_is_drawn_with_its_own_finding(shipped):
    app = open_page("Train & compare")
    titles = {
        "Held-out answers": price_studies.held_out_chart(shipped, shipped.best).title,
        "Residuals": housing.residual_charts(shipped)["Shape"].title,
        "Logs": housing.log_chart(shipped.studies["log"], "median_ape").title,
        "Scaling": price_studies.scaling_chart(shipped.studies["scaling"]).title,
        "Five large houses": "Five sales of 2,930 cost blend",
    }
    for name, title in titles.items():
        app = choose_view(app, name)
        assert title.replace("-", "−") in words(app).replace("-", "−"), name


def test_both_results_with_and_without_the_five_houses_are_shown(shipped):
    app = choose_view(open_page("Train & compare"), "Five large houses")
    frame, rule = find_frame(app, "All 2,930 sales"), shipped.studies["rule"]
    kept = rule.loc[rule["model"] == "ridge", "rmse_log"].iloc[0]
    line = frame[frame["Model"] == "ridge"].iloc[0]
    assert line["Without the five (2,925)"].startswith(f"{kept:.4f}")
    assert line["All 2,930 sales"].startswith("0.130")


@pytest.mark.parametrize("split", ["cv", "cv_form"])
def test_ranges_hold_what_they_promise_overall_and_in_each_neighbourhood(shipped, split):
    app = choose_view(open_page("Train & compare"), "Ranges")
    app = check(find(app.segmented_control, "Known of each house").set_value(split).run())
    held = find_held(shipped, shipped.best, split)
    assert f"{held.sum():,} lie in their range: {held.mean():.1%}" in words(app)
    assert 0.885 <= held.mean() <= 0.915
    frame = find_frame(app, "Held")
    large = frame[frame["Sales"] >= 30]
    assert len(large) == 21
    assert min(float(each.rstrip("%")) for each in large["Held"]) >= 85


def test_a_price_moves_with_the_form_and_its_reasons_make_it_to_the_cent(shipped):
    app = open_page("Try it")
    found = housing.predict_case(shipped, HOUSE)
    assert app.metric[0].value == f"${found.answer:,.0f}"
    cents = find_frame(app, "Topic", "Amount")
    amounts = [round(100 * float(each.replace("−", "-").replace("$", "").replace(",", ""))) for each in cents["Amount"]]
    assert sum(amounts[:-1]) == amounts[-1] == round(100 * found.answer)
    area = next(each for each in app.number_input if each.label == "Living area (sq ft), typed")
    app = check(area.set_value(2_000).run())
    assert app.metric[0].value == f"${housing.predict_case(shipped, HOUSE | {'gr_liv_area': 2_000}).answer:,.0f}"


def test_the_mean_is_duans_and_its_reasons_make_it_too(shipped):
    app = open_page("Try it")
    app = check(find(app.segmented_control, "Answer with").set_value("mean").run())
    median = housing.predict_case(shipped, HOUSE)
    assert app.metric[0].value == f"${median.details['mean']:,.0f}"
    mean = price_runs.ask_price(housing, shipped, HOUSE, shipped.best, "mean")
    assert list_cents(mean, "{:.2f}".format)["Amount"].iloc[-1] == f"{mean.answer:.2f}"


def test_five_sales_alike_are_shown_with_what_they_fetched(shipped):
    frame = find_frame(open_page("Try it"), "Sold for")
    sales = housing.predict_case(shipped, HOUSE).details["comparables"]
    assert frame["Row"].tolist() == [each["row"] for each in sales]
    assert frame["Sold for"].tolist() == [f"${each['price']:,.0f}" for each in sales]
    assert frame["Living area (sq ft)"].tolist() == [
        load_table("ames").frame["gr_liv_area"].iloc[each["row"] - 1] for each in sales
    ]


def test_a_house_larger_than_any_sold_gets_no_price():
    app = open_page("Try it")
    area = next(each for each in app.number_input if each.label == "Living area (sq ft), typed")
    app = check(area.set_value(50_000).run())
    assert not app.metric
    assert "gr_liv_area is 50000; sales run from 334 to 5642" in words(app)


def test_a_sale_fills_the_form_and_is_told_beside_its_held_out_price(shipped):
    app = open_page("Try it")
    row = next(iter(price_runs.offer_sales(shipped, "{:.0f}".format)))
    app = check(find(app.selectbox, "Fill from a sale").set_value(row).run())
    assert price_runs.tell_sale(shipped, row, shipped.best).replace("$", "") in words(app).replace("$", "")
    whole = price_runs.read_sale(shipped, row)
    assert app.metric[0].value == f"${housing.predict_case(shipped, whole).answer:,.0f}"


def test_the_commands_ask_for_the_house_on_screen():
    app = open_page("Try it")
    assert app.code[0].value == write_commands(SLUG, HOUSE)["One case over HTTP"]
    assert json.loads(app.code[0].value.split("-d '")[1].rstrip("'")) == HOUSE


def test_a_file_is_priced_by_its_own_names_and_a_bad_one_is_refused_in_a_sentence(shipped):
    needed = tuple(housing.find_needed(shipped))
    content = price_runs.make_example(shipped, needed)
    other = content.replace(b"gr_liv_area", b"Living Area", 1)
    app = check(upload(open_page("Try it"), other, "houses.csv", place=-1))
    assert "Living Area as gr_liv_area" in words(app)
    assert "20 of 20 rows are priced" in words(app)
    frame = find_frame(app, "answer", "low", "refused")
    first = price_runs.read_sale(shipped, 1)
    expected = housing.predict_case(shipped, {name: first[name] for name in needed})
    assert frame["answer"].iloc[0] == expected.answer
    app = check_refused(upload(open_page("Try it"), b"a,b\n1,2\n3,4\n", "bad.csv", place=-1))
    assert "No column was found for neighborhood, gr_liv_area" in words(app)


def test_the_explosion_and_the_map_are_explained(shipped):
    app = choose_view(open_page("Explain"), "Why least squares explodes")
    studies = shipped.studies
    assert housing.describe_explosion(studies["explosion"], studies["explosion_columns"]).split(";")[0] in words(app)
    app = choose_view(app, "Map")
    assert "Median price of a neighbourhood is highest in the north-west" in words(app)


def test_an_upload_of_another_kind_is_trained_and_priced_without_what_it_lacks():
    table = read_table(OWN, "own.csv").table.with_target("Preis")
    job = finish_job("core.tabular.housing:run_job", FAST, table, SLUG)
    model = housing.open_result(job.folder).model
    address = {f"{SLUG}_job": job.id}
    app = open_page("Train & compare", **address)
    assert find_frame(app, "Verdict")["Model"].tolist()[0] == model.best
    assert "did not compare logs with prices" in words(choose_view(app, "Logs"))
    app = open_page("Try it", **address)
    assert app.metric[0].label.lower() == f"{model.best} says"
    assert "Map" not in find(open_page("Explain", **address).segmented_control, "View").options


def test_a_house_that_cannot_be_is_refused_and_what_lies_folded_is_named():
    app = open_page("Try it")
    app = check(find(app.number_input, "Garage (cars), typed").set_value(0).run())
    assert any("a garage sold has places and an area" in each.value for each in app.warning)
    assert "Under “16 more”: Garage area." in words(app)
