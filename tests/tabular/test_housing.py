"""House prices: figures against their goals, promises of intervals, reasons to the cent, refusals and leaks."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.evaluation.conformal_numbers import check_coverage
from core.evaluation.regression import number_scores
from core.hub.artifacts import load_scores
from core.hub.errors import DataError, NotTrainedError, RecipeError
from core.tabular import housing
from core.tabular.housing.coder import read_coder
from core.tabular.housing.contributions import round_to_cents, spread_over_price
from core.tabular.housing.data import find_copies
from core.tabular.housing.features import NEEDED, TOPIC_OF, add_features
from core.tabular.housing.pipelines import fit_line, make_columns, name_sources
from core.tabular.housing.scoring import find_held
from core.tabular.housing.training import use_logs

RECIPE = housing.RECIPES["quick"]
HOUSE = housing.Inputs()


@pytest.fixture(scope="module")
def data():
    return housing.load(RECIPE)


@pytest.fixture(scope="module")
def model(data):
    return housing.train(RECIPE, data)


def make_table(n=200, seed=0, **more):
    """Make a small table of another kind: rent by size, year and town."""
    rng = np.random.default_rng(seed)
    size, town = rng.uniform(20, 120, n), rng.choice(["north", "south"], n)
    rent = np.exp(5 + 0.01 * size + 0.3 * (town == "north") + rng.normal(0, 0.1, n))
    frame = pd.DataFrame({"size": size, "town": town, "rooms": rng.integers(1, 5, n), "rent": rent} | more)
    kinds = {name: "category" if values.dtype == object else "number" for name, values in frame.items()}
    return Table(frame, "flats", "upload", "a" * 64, kinds, target="rent")


# --- figures


def test_folds_are_scikit_learns_own(data):
    for ours, (_, theirs) in zip(data.folds, KFold(5, shuffle=True, random_state=0).split(data.y), strict=True):
        assert sorted(ours.test.tolist()) == sorted(theirs.tolist())


def test_shipped_figures_meet_their_goals():
    found = {(row.model, row.metric, row.split): row.value for row in load_scores("housing")}
    assert found["ridge", "rmse_log", "cv"] <= 0.131
    assert found["blend", "rmse_log", "cv"] <= 0.124
    assert found["ridge", "rmse_log", "cv_rule"] <= 0.120
    assert found["blend", "rmse_log", "cv_rule"] <= 0.1185
    for name in ("blend", "LightGBM", "ridge"):
        assert 0.885 <= found[name, "coverage_90", "cv"] <= 0.915
        assert found[name, "least_coverage_90", "cv"] >= 0.85


def test_ridge_is_the_one_of_scikit_learn_over_the_same_folds(data, model):
    errors = []
    for split in data.folds:
        prepare = make_columns(data.design.iloc[split.train], "standard")
        x = prepare.fit_transform(data.design.iloc[split.train])
        fitted = Ridge(10.0).fit(x, np.log(data.y[split.train]))
        errors.append(fitted.predict(prepare.transform(data.design.iloc[split.test])) - np.log(data.y[split.test]))
    theirs = np.sqrt(np.mean(np.concatenate(errors) ** 2))
    ours = next(row for row in model.scores if (row.model, row.metric) == ("ridge", "rmse_log"))
    assert ours.value == pytest.approx(theirs, rel=1e-9)


def test_every_model_beats_the_neighbourhoods_median_by_far(model):
    means = {name: values.mean() for name, values in model.folds.scores["rmse_log"].items()}
    assert all(value < 0.55 * means[housing.BASELINE] for name, value in means.items() if name != housing.BASELINE)
    assert model.names[-1] == housing.BASELINE
    assert not model.unbeaten
    assert all(row.beats_baseline for row in model.leaderboard if not row.is_baseline)


def test_intervals_keep_their_promise_overall_and_in_every_large_neighbourhood(model):
    frame = check_coverage(find_held(model, model.best), model.held_out.groups)
    assert 0.885 <= frame["coverage"].iloc[0] <= 0.915
    assert (frame[frame["n"] >= 30]["coverage"] >= 0.85).all()


def test_scoring_again_gives_the_same_figures(model, data):
    assert housing.evaluate(model, data) == model.scores
    other = dataclasses.replace(data, ids=data.ids[::-1])
    with pytest.raises(DataError, match="recipe"):
        housing.evaluate(model, other)


def test_the_headline_is_the_error_of_logs_of_the_best(model):
    first = next(row for row in model.scores if (row.metric, row.split) == ("rmse_log", "cv"))
    assert first.model == model.best
    assert first.command == "python -m core train housing --recipe quick"


# --- preparation


def test_the_fast_preparation_is_scikit_learns(data):
    for scaling in ("standard", "minmax", "none"):
        prepare = make_columns(data.design.iloc[:1_500], scaling).fit(data.design.iloc[:1_500])
        theirs = prepare.transform(data.design)
        assert np.abs(read_coder(prepare).transform(data.design) - theirs).max() < 1e-9
        assert len(name_sources(prepare)) == theirs.shape[1]


def test_features_depend_on_their_own_row_alone(data):
    alone = pd.concat([add_features(data.x.iloc[[row]]) for row in (3, 100, 7)])
    pd.testing.assert_frame_equal(alone, data.design.iloc[[3, 100, 7]])
    assert set(NEEDED) <= set(data.x.columns)
    assert set(data.design.columns) <= set(TOPIC_OF)


def test_lasso_does_not_mind_the_unit_of_the_target(data):
    z = data.design.select_dtypes("number").dropna(axis=1).to_numpy()
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    for name in ("lasso", "elastic net"):
        cents = fit_line(name, RECIPE, z, 100 * data.y)
        dollars = fit_line(name, RECIPE, z, data.y)
        assert cents.weights == pytest.approx(100 * dollars.weights, rel=1e-6, abs=1e-6 * np.abs(cents.weights).max())


# --- reasons


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_base_and_reasons_add_up_to_the_cent(model, data, statistic):
    asked = dataclasses.replace(model, recipe=dataclasses.replace(model.recipe, answer=statistic))
    for row in range(0, len(data.y), 300):
        for name in model.names:
            found = housing.predict_case(asked, {**data.x.iloc[row]}, name)
            parts = [found.details["base"], *(reason.effect for reason in found.reasons)]
            assert sum(round(100 * part) for part in parts) == round(100 * found.answer)
            assert found.answer == found.details[statistic]
            assert found.details["median"] < found.details["mean"]


def test_the_mean_from_a_form_is_smeared_by_the_residuals_of_such_answers(model):
    held, name = model.held_out, model.best
    factor = float(np.mean(held.y / np.exp(held.form[name])))
    assert factor > model.smearing[name]
    asked = housing.predict(dataclasses.replace(model, recipe=dataclasses.replace(model.recipe, answer="mean")), HOUSE)
    assert asked.answer == asked.details["mean"] == pytest.approx(asked.details["median"] * factor, abs=0.02)
    parts = [asked.details["base"], *(reason.effect for reason in asked.reasons)]
    assert sum(round(100 * part) for part in parts) == round(100 * asked.answer)
    bias = {key: abs(np.sum(each * np.exp(held.form[name])) / held.y.sum() - 1) for key, each in
            (("own", factor), ("whole", model.smearing[name]))}  # fmt: skip
    assert bias["own"] < bias["whole"]
    whole = housing.predict_case(model, model.x.iloc[40], name).details
    assert whole["mean"] == pytest.approx(whole["median"] * model.smearing[name], abs=0.02)


def test_contributions_leave_no_rest_and_keep_their_order():
    rng = np.random.default_rng(0)
    for _ in range(200):
        effects = rng.normal(0, 0.3, 12)
        base, added = spread_over_price(12.0, effects, 1.01)
        price = 1.01 * np.exp(12 + effects.sum())
        assert base + added.sum() == pytest.approx(price, rel=1e-12)
        assert (np.argsort(added) == np.argsort(effects)).all()
        cents = round_to_cents(base, added, price)
        assert cents[0] + cents[1].sum() == cents[2] == round(100 * price)
        assert np.abs(cents[1] / 100 - added).max() < 0.02


def test_a_larger_house_is_dearer_by_its_size(model):
    small, large = (housing.predict(model, housing.Inputs(gr_liv_area=area)) for area in (1_000, 2_000))
    assert large.answer > small.answer * 1.15
    size = [next(r.effect for r in each.reasons if r.name == "living area") for each in (small, large)]
    assert size[1] > size[0]


# --- answers


def test_comparable_sales_are_near_and_adjusted(model, data):
    found = housing.predict(model, HOUSE).details["comparables"]
    assert len(found) == 5
    distances = [each["distance"] for each in found]
    assert distances == sorted(distances)
    for each in found:
        assert data.y[data.ids == each["row"] - 1][0] == each["price"]
        assert each["adjusted"] - each["price"] == pytest.approx(each["difference"], abs=0.01)
        assert abs(each["difference"]) / each["price"] <= np.expm1(each["distance"]) + 1e-9


def test_no_house_is_compared_with_itself(model, data):
    found = housing.predict_case(model, {**data.x.iloc[17]}).details["comparables"]
    assert data.ids[17] + 1 not in {each["row"] for each in found}
    assert found[0]["distance"] > 0


def test_what_was_taken_as_typical_is_said(model):
    found = housing.predict(model, HOUSE)
    assert "lot_frontage" in found.details["typical"]
    assert any("taken as typical" in note and "lot_frontage" in note for note in found.details["notes"])
    told = housing.predict_case(model, {**dataclasses.asdict(HOUSE), "lot_frontage": 80.0})
    assert "lot_frontage" not in told.details["typical"]


def test_a_house_outside_what_was_seen_is_refused(model):
    found = housing.predict(model, housing.Inputs(gr_liv_area=50_000))
    assert found.answer is None
    assert found.interval is None
    assert "gr_liv_area is 50000; sales run from 334 to 5642" in found.refused
    palace = {"gr_liv_area": 5_600, "bedroom_abvgr": 0, "full_bath": 0, "lot_area": 6_000, "fireplaces": 4}
    odd = housing.predict(model, dataclasses.replace(HOUSE, **palace))
    assert odd.answer is None
    assert "no training row has them together" in odd.refused


def test_one_house_is_a_batch_of_one(model):
    houses = [HOUSE, housing.Inputs(neighborhood="Old_Town", year_built=1920), housing.Inputs(gr_liv_area=50_000)]
    assert housing.predict_many(model, houses) == tuple(housing.predict(model, each) for each in houses)


def test_the_form_has_the_columns_of_the_inputs(model):
    specs = housing.schema_fields(model)
    assert [spec.name for spec in specs] == [each.name for each in dataclasses.fields(housing.Inputs)]
    values = {spec.name: spec.default for spec in specs}
    assert values == dataclasses.asdict(HOUSE)
    assert housing.predict_case(model, values).answer == housing.predict(model, HOUSE).answer
    assert set(housing.predict_all_models(model, values)) == set(model.names)


def test_a_blank_and_an_unknown_model_are_refused(model):
    values = dataclasses.asdict(HOUSE)
    with pytest.raises(DataError, match="gr_liv_area is missing"):
        housing.predict_case(model, {**values, "gr_liv_area": None})
    with pytest.raises(DataError, match="gr_liv_area is 'big'"):
        housing.predict_case(model, {**values, "gr_liv_area": "big"})
    with pytest.raises(NotTrainedError, match="no trained magic"):
        housing.predict_case(model, values, "magic")


def test_a_file_is_priced_by_name_or_synonym(model):
    table = load_table("ames")
    few = table.frame[["neighborhood", *[each.name for each in dataclasses.fields(housing.Inputs)][1:]]].head(15)
    names = {"gr_liv_area": "Gr Liv Area", "second_flr_sf": "2nd Flr SF", "neighborhood": "Neighborhood"}
    renamed = few.rename(columns=names)
    kinds = {names.get(name, name): table.kinds[name] for name in few}
    mine = Table(renamed, "mine", "upload", "", kinds)
    found = housing.predict_table(model, mine)
    assert found["answer"].notna().all()
    assert (found["low"] < found["answer"]).all()
    assert (found["answer"] < found["high"]).all()
    assert "lot_frontage" in found["typical"].iloc[0]
    whole = housing.predict_table(model, table)
    assert (whole["typical"] == "").all()
    errors = number_scores(table.frame["sale_price"][whole["answer"].notna()], whole["answer"].dropna())
    assert errors["median_ape"] < 0.06
    with pytest.raises(DataError, match="gr_liv_area"):
        housing.predict_table(model, dataclasses.replace(mine, frame=renamed.drop(columns="Gr Liv Area")))


# --- storing


def test_a_stored_run_is_the_same_run(model, tmp_path):
    housing.save_model(model, tmp_path)
    again = housing.load_model(tmp_path)
    assert housing.predict(again, HOUSE) == housing.predict(model, HOUSE)
    pd.testing.assert_frame_equal(again.x, model.x)
    assert [dataclasses.replace(row, machine="") for row in again.scores] == list(model.scores)
    assert again.leaderboard == model.leaderboard
    pd.testing.assert_frame_equal(housing.list_held_out(again), housing.list_held_out(model))
    facts = json.loads((tmp_path / "model.json").read_text())
    assert facts["best"] == model.best


# --- other tables


def test_another_table_is_learnt_with_its_own_columns():
    recipe = dataclasses.replace(RECIPE, group="town", boosting_rounds=50)
    table = make_table()
    model = housing.train(recipe, housing.load(recipe, table))
    assert model.source.is_log
    assert set(model.limits["ridge"].own) == {"north", "south"}
    found = housing.predict_case(model, {"size": 60.0, "town": "north", "rooms": 2})
    truth = np.exp(5 + 0.6 + 0.3)
    assert found.answer == pytest.approx(truth, rel=0.15)
    assert found.interval[0] < truth < found.interval[1]
    assert [spec.name for spec in housing.schema_fields(model)] == ["size", "town", "rooms"]
    with pytest.raises(DataError, match="longitude"):
        housing.map_chart(model)


def test_a_target_that_may_be_negative_is_learnt_as_it_is():
    table = make_table()
    table = dataclasses.replace(table, frame=table.frame.assign(rent=table.frame["size"] - 70))
    recipe = dataclasses.replace(RECIPE, models=("linear regression",))
    model = housing.train(recipe, housing.load(recipe, table))
    assert not model.source.is_log
    found = housing.predict_case(model, {"size": 100.0, "town": "north", "rooms": 2})
    assert found.answer == pytest.approx(30, abs=1e-6)
    parts = [found.details["base"], *(reason.effect for reason in found.reasons)]
    assert sum(round(100 * part) for part in parts) == round(100 * found.answer)
    with pytest.raises(RecipeError, match="logs need values above 0"):
        use_logs(dataclasses.replace(recipe, log="on"), np.array([-1.0, 2.0]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"target": "nothing"}, "no column 'nothing'"),
        ({"target": "town"}, "type category; choose a column of type number"),
        ({"group": "nothing"}, "it must be a column beside the target"),
        ({"leave_out_large": True}, "has no gr_liv_area"),
    ],
)
def test_a_recipe_that_does_not_fit_the_table_is_refused(change, sentence):
    with pytest.raises(DataError, match=sentence):
        housing.load(dataclasses.replace(RECIPE, **change), make_table())


def test_tables_that_cannot_be_learnt_are_refused():
    with pytest.raises(DataError, match="at least 40"):
        housing.load(RECIPE, make_table(30))
    with pytest.raises(DataError, match="one value in every row"):
        housing.load(RECIPE, make_table(60, rent=np.ones(60)))
    with pytest.raises(RecipeError, match="models is empty"):
        housing.train(dataclasses.replace(RECIPE, models=()), housing.load(RECIPE, make_table()))


# --- leaks


def test_copies_of_a_row_are_never_on_both_sides():
    table = make_table(100)
    twice = dataclasses.replace(table, frame=pd.concat([table.frame] * 2, ignore_index=True))
    data = housing.load(RECIPE, twice)
    copies = find_copies(data.x)
    for split in data.folds:
        assert not set(copies[split.train]) & set(copies[split.test])
    assert any("copies are kept in one fold" in note for note in data.notes)


def test_a_copy_of_the_target_raises_an_alarm():
    table = make_table()
    frame = table.frame.assign(euros=0.9 * table.frame["rent"])
    with_copy = dataclasses.replace(table, frame=frame, kinds={**table.kinds, "euros": "number"})
    assert any("euros is rent on another scale" in note for note in housing.load(RECIPE, with_copy).notes)
    chosen_here = dataclasses.replace(RECIPE, target="rent")
    notes = housing.load(chosen_here, dataclasses.replace(with_copy, target=None)).notes
    assert any("euros is rent on another scale" in note for note in notes)


@pytest.mark.parametrize("bend", [np.log, np.sqrt, lambda rent: -1 / rent])
def test_the_target_on_a_bent_scale_raises_an_alarm(bend):
    table = make_table()
    frame = table.frame.assign(bent=bend(table.frame["rent"]))
    notes = housing.load(RECIPE, dataclasses.replace(table, frame=frame, kinds={**table.kinds, "bent": "number"})).notes
    assert any("bent is rent on another scale (rank correlation" in note for note in notes)
    assert not any("size is rent" in note for note in notes)


def test_an_id_that_orders_the_target_is_not_used():
    table = make_table()
    frame = table.frame.sort_values("rent").reset_index(drop=True)
    frame.insert(0, "id", np.arange(len(frame)))
    data = housing.load(RECIPE, dataclasses.replace(table, frame=frame, kinds={**table.kinds, "id": "number"}))
    assert "id" not in data.schema.names
    assert any("id " in note for note in data.notes)
