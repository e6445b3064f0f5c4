"""What must not flatter a run: copies, a ruling class, identifiers, and a promise made too large."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.evaluation.labels import encode_labels
from core.evaluation.splits import Split
from core.tabular.iris import lessons, training
from core.tabular.iris.answers import find_sets, nearest_cases, predict_case
from core.tabular.iris.batches import EMPTY_SET, predict_table
from core.tabular.iris.card import CARD
from core.tabular.iris.data import load
from core.tabular.iris.files import FACTS_FILE, load_model, model_from_files, model_to_files, save_model
from core.tabular.iris.model import choose_guarantee, predict_probabilities
from core.tabular.iris.pipelines import adapt_recipe
from core.tabular.iris.promises import (
    coverage_range,
    describe_promise,
    describe_ties_at_zero,
    fit_limits,
    least_shares,
    list_coverage,
)
from core.tabular.iris.recipe import BASELINE, Recipe
from core.tabular.iris.training import train

QUICK = Recipe(models=("logistic regression", "naive Bayes"), n_folds=3, n_repeats=1)


def make_table(frame, target="kind"):
    """Make an upload; object columns are categories."""
    kinds = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "category" for name in frame.columns}
    return Table(frame, "mine", "upload", f"hash of {target}", kinds, target)


def make_uneven(n_rows, seed, shift=1.5):
    """Make a table of which 5% are rare, in two columns that overlap."""
    rng = np.random.default_rng(seed)
    is_rare = np.arange(n_rows) % 20 == 0
    frame = pd.DataFrame({"a": rng.normal(size=n_rows) + shift * is_rare, "b": rng.normal(size=n_rows)})
    return make_table(frame.assign(kind=np.where(is_rare, "rare", "common")))


@pytest.fixture(scope="module")
def uneven():
    return train(QUICK, load(QUICK, make_uneven(1000, 1)))


def test_a_rare_class_is_held_as_often_as_promised(uneven):
    new = make_uneven(20_000, 2)
    codes = encode_labels(new.frame["kind"].to_numpy(), uneven.schema.classes)
    for name in QUICK.models:
        shares = predict_probabilities(uneven.pipelines[name], new.frame[["a", "b"]], uneven.schema.classes)
        sets = find_sets(uneven, name, shares)
        is_held = np.array([uneven.schema.classes[code] in kept for code, kept in zip(codes, sets, strict=True)])
        # one calibration of 10 rare rows lies between 69% and 99.7% in 95% of cases; one threshold gave 0%
        assert is_held[codes == 1].mean() > 0.69
        assert is_held[codes == 0].mean() > 0.85


def test_one_threshold_would_let_the_rare_class_go_and_is_used_only_when_asked_for(uneven):
    recipe = replace(QUICK, guarantee="overall")
    data = load(recipe, make_uneven(1000, 1))
    model = train(recipe, data)
    assert (uneven.guarantee, model.guarantee) == ("each class", "overall")
    assert any(note.startswith("One threshold serves all classes, as asked") for note in model.notes)
    assert any("as rare is rare (5.0% of rows)" in note for note in uneven.notes)
    new = make_uneven(20_000, 2)
    codes = encode_labels(new.frame["kind"].to_numpy(), model.schema.classes)
    for name in QUICK.models:
        shares = predict_probabilities(model.pipelines[name], new.frame[["a", "b"]], model.schema.classes)
        is_held = (1 - shares <= model.thresholds[name])[np.arange(len(codes)), codes]
        assert 0.85 < is_held.mean() < 0.96
        assert is_held[codes == 1].mean() < 0.1


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ((50, 50, 50), "overall"),
        ((20, 50, 50), "overall"),
        ((10, 50, 50), "each class"),
        ((25, 75), "overall"),
        ((24, 76), "each class"),
    ],
)
def test_a_class_is_rare_below_half_of_an_even_share(counts, found):
    y = np.repeat([str(place) for place in range(len(counts))], counts)
    assert choose_guarantee("auto", y) == found
    assert [choose_guarantee(asked, y) for asked in ("overall", "each class")] == ["overall", "each class"]


def test_evenly_common_classes_get_one_promise_and_the_report_says_so():
    model = train(QUICK, load(QUICK))
    assert model.guarantee == "overall"
    assert all(np.ptp(limits) == 0 for limits in model.thresholds.values())
    said = describe_promise(model)
    assert "at least 90% of all new rows like these, on average over calibration sets" in said
    assert said.endswith("With the 30 calibration rows, one calibration in twenty lies outside 77.9% to 97.9%.")
    assert any(said.startswith(note) for note in model.notes)
    whole = list_coverage(model, model.best).iloc[-1]
    assert whole.tolist()[:4] == ["all classes", 30, "77.9% to 97.9%", 30]
    row = next(row for row in model.scores if row.model == model.best and row.metric == "coverage_90")
    assert whole["Held in the set"].startswith(f"{row.value:.1%} (")
    prediction = predict_case(model, {**model.rows.iloc[0]})
    assert prediction.details["guarantee"] == "overall"
    assert len(set(prediction.details["least_shares"].values())) == 1


def test_a_run_from_before_the_choice_had_a_threshold_for_each_class():
    model = train(QUICK, load(QUICK))
    files = model_to_files(model)
    facts = json.loads(files[FACTS_FILE])
    del facts["recipe"]["guarantee"]
    assert model_from_files({**files, FACTS_FILE: json.dumps(facts).encode()}).guarantee == "each class"
    assert model_from_files(files).guarantee == "overall"


def test_a_class_that_is_in_every_set_by_ties_is_said():
    shares = np.repeat([[1.0, 0.0], [0.0, 1.0]], [30, 30], axis=0)
    y = np.repeat([0, 1], 30)
    y[:8] = 1  # more than a tenth of the calibration rows got nothing for their true class
    limits = {whose: fit_limits(y, shares, 0.9, whose) for whose in ("overall", "each class")}
    assert limits["overall"].tolist() == [1, 1]
    assert limits["each class"].tolist() == [0, 1]
    sentences = describe_ties_at_zero({"tree": limits["overall"], "wood": limits["each class"]}, ("p", "q"))
    assert [text.split(":")[0] for text in sentences] == [
        "Every set of tree holds every class", "Every set of wood holds q",
    ]  # fmt: skip
    assert not describe_ties_at_zero({"tree": np.array([np.inf, 0.5]), BASELINE: np.ones(2)}, ("p", "q"))


def test_a_class_with_too_few_calibration_rows_is_in_every_set_and_said_to_be():
    model = train(QUICK, load(QUICK, make_uneven(400, 1)))
    assert np.isinf(model.thresholds[model.best]).tolist() == [False, True]
    assert "Too few calibration rows for 90% coverage of rare (4): every set holds this class." in model.notes
    prediction = predict_case(model, {"a": -1.0, "b": 0.0})
    assert "rare" in prediction.candidates
    assert prediction.details["least_shares"]["rare"] is None
    assert list_coverage(model, model.best)["Range of one calibration"][1] == "in every set"


def test_a_ruling_class_is_met_with_balanced_accuracy(uneven, tmp_path):
    assert uneven.metric == "balanced_accuracy"
    means = {name: uneven.folds.balanced_accuracy[name].mean() for name in QUICK.models}
    assert uneven.best == max(means, key=means.get)
    assert next(iter(uneven.leaderboard[0].metrics)) == "balanced_accuracy"
    assert uneven.folds.balanced_accuracy[BASELINE] == pytest.approx(0.5)
    assert uneven.folds.accuracy[BASELINE] == pytest.approx(0.95, abs=0.01)
    assert any("right on 95% of the training rows" in note for note in uneven.notes)
    save_model(uneven, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.leaderboard == uneven.leaderboard
    assert again.source == uneven.source
    assert np.array_equal(again.thresholds[again.best], uneven.thresholds[uneven.best])


def test_flowers_are_ranked_by_accuracy_and_drawn_one_by_one():
    data = load(Recipe())
    assert np.array_equal(data.groups, np.arange(150))
    assert not any("repeat" in note for note in data.notes)


def test_copies_count_once_and_unlike_twins_stay_on_one_side_of_every_split(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "kind": rng.permutation(["p", "q", "r"] * 20)})
    unlike = frame.iloc[:5].assign(kind=frame["kind"].iloc[:5].map({"p": "q", "q": "r", "r": "p"}))
    table = make_table(pd.concat([*[frame] * 5, unlike], ignore_index=True))
    recipe = replace(QUICK, models=("nearest neighbours",), neighbours=1, leave_one_out="all")
    data = load(recipe, table)
    assert data.notes[0] == (
        "245 of 305 rows repeat earlier ones; each case counts once, so 65 rows are used; the 10 that agree in their "
        "features and differ in class are kept on one side of every split."
    )
    parts = [set(map(tuple, data.x.iloc[rows].to_numpy())) for rows in (data.train, data.calibration, data.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 60
    assert len(data.train) + len(data.calibration) + len(data.test) == 65
    seen: list[Split] = []
    score = training.score_folds

    def watch(names, how, where, splits, progress):
        seen.extend(splits)
        return score(names, how, where, splits, progress)

    monkeypatch.setattr(training, "score_folds", watch)
    model = train(recipe, data)
    groups = data.groups[data.train]
    assert len(seen) == 3
    assert not any(set(groups[split.train]) & set(groups[split.test]) for split in seen)
    # the classes are drawn at random: with copies on both sides a single neighbour would be right every time
    assert model.folds.accuracy["nearest neighbours"].mean() < 0.6
    assert model.loo_errors["nearest neighbours"] > 34


def test_too_few_different_rows_are_said_and_drawn_one_by_one():
    frame = pd.DataFrame({"a": np.repeat(np.arange(20.0), 10), "kind": np.repeat(["p", "q"], 100)})
    data = load(QUICK, make_table(frame))
    few = "too few differ to count each case once, so scores may be too good and their intervals too narrow."
    assert any(note.endswith(few) for note in data.notes)
    assert len(np.unique(data.groups)) == 200


def test_an_identifier_and_a_leak_are_said_in_the_notes():
    table = make_uneven(400, 3)
    frame = table.frame.assign(row_id=np.arange(400), code=(table.frame["kind"] == "rare") * 7.0)
    notes = load(QUICK, make_table(frame)).notes
    assert any(note.startswith("row_id looks like an identifier") for note in notes)
    assert any(note.startswith("code ") for note in notes)


@pytest.mark.parametrize(("n_rows", "rank"), [(10, 10), (30, 28), (199, 180)])
def test_the_range_of_a_single_calibration_is_that_of_order_statistics(n_rows, rank):
    # coverage stays at or below c when fewer than `rank` of n uniform scores lie below c
    for end, share in zip(coverage_range(n_rows, 0.9), (0.025, 0.975), strict=True):
        assert binom.sf(rank - 1, n_rows, end) == pytest.approx(share)


def test_the_lesson_and_the_card_give_the_range_that_is_worked_out():
    low, high = coverage_range(30, 0.9)
    text = next(lesson.text for lesson in lessons.LESSONS if lesson.key == "prediction_sets")
    assert f"30 rows gives {low:.0%} to {high:.0%}" in text
    assert any(f"30 calibration flowers give {low:.0%} to {high:.0%}" in limit for limit in CARD.limits)


def test_the_report_promises_an_average_and_no_more(uneven):
    said = describe_promise(uneven)
    assert "on average over calibration sets" in said
    assert "10 calibration rows of the smallest class, one calibration in twenty lies outside 69.2% to 99.7%" in said


def test_an_empty_set_is_written_in_a_batch(uneven):
    shares = least_shares(uneven, "naive Bayes")
    narrow = replace(uneven, thresholds={**uneven.thresholds, "naive Bayes": np.array([-1.0, -1.0])})
    table = replace(make_uneven(40, 4), target=None)
    assert predict_table(narrow, table, "naive Bayes").query("refused == ''")["prediction_set"].eq(EMPTY_SET).all()
    assert shares == {
        name: pytest.approx(1 - limit)
        for name, limit in zip(uneven.schema.classes, uneven.thresholds["naive Bayes"], strict=True)
    }


def test_two_rare_levels_are_not_the_same_and_the_smoothing_is_the_one_used():
    rng = np.random.default_rng(0)
    colour = np.array(["red", "blue"] * 100, dtype=object)
    frame = pd.DataFrame({"a": rng.normal(size=200), "colour": colour, "kind": np.repeat(["p", "q"], 100)})
    frame.loc[:, "colour"] = np.where(np.arange(200) % 50 == 0, [f"rare {i}" for i in range(200)], colour)
    model = train(QUICK, load(QUICK, make_table(frame)))
    row = model.rows[model.rows["colour"].str.startswith("rare")].iloc[0]
    found = nearest_cases(model, {"a": row["a"], "colour": "rarest"}, 200)
    assert found.loc[found["colour"] == row["colour"], "distance"].tolist() == [pytest.approx(2**0.5)]
    assert adapt_recipe(QUICK, model.schema).bayes_smoothing == 0.05
    plain = load(Recipe()).schema
    assert adapt_recipe(QUICK, plain) == QUICK
    assert load_table("iris").target == "species"
