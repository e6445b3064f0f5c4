"""Training, comparing and scoring on the bundled flowers, held to outside references and to what must not leak."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.evaluation.conformal import class_scores_to_sets, fit_threshold
from core.evaluation.labels import encode_labels
from core.evaluation.novelty import novelty_to_arrays
from core.hub.errors import DataError, RecipeError
from core.tabular._shared.preparation import make_preparation
from core.tabular.iris.classifiers import fit_classifier
from core.tabular.iris.data import load, split_parts
from core.tabular.iris.model import predict_probabilities
from core.tabular.iris.pipelines import fit_and_answer, fit_pipelines
from core.tabular.iris.promises import fit_limits
from core.tabular.iris.recipe import BASELINE, MODELS, Recipe
from core.tabular.iris.scoring import describe_command, evaluate
from core.tabular.iris.training import train

FEW = ("linear discriminant analysis", "decision tree", "nearest neighbours")
SMOOTH = (
    "logistic regression",
    "support vector machine",
    "naive Bayes",
    "linear discriminant analysis",
    "quadratic discriminant analysis",
)


@pytest.fixture(scope="module")
def recipe():
    return Recipe(models=FEW, n_repeats=1)


@pytest.fixture(scope="module")
def data(recipe):
    return load(recipe)


@pytest.fixture(scope="module")
def model(recipe, data):
    return train(recipe, data)


def change_features(table, change):
    """Return the table with its four measurements changed, as an upload of its own."""
    frame = table.frame.copy()
    features = [name for name in frame.columns if name != table.target]
    frame[features] = change(frame[features])
    return replace(table, frame=frame, sha256="changed")


def test_leave_one_out_reproduces_the_reference():
    recipe = Recipe(models=(*SMOOTH, "nearest neighbours"), n_folds=2, n_repeats=1, leave_one_out="all")
    model = train(recipe, load(recipe))
    assert model.loo_errors == {
        "linear discriminant analysis": 3,
        "quadratic discriminant analysis": 4,
        "support vector machine": 5,
        "nearest neighbours": 5,
        "logistic regression": 7,
        "naive Bayes": 7,
    }
    rows = {row.model: row for row in model.scores if row.split == "loo"}
    best = rows["linear discriminant analysis"]
    # Wilson's interval of 147 in 150, by the formula of 1927
    assert (best.value, best.n, best.baseline_value) == (0.98, 150, pytest.approx(1 / 3))
    assert (best.low, best.high) == (pytest.approx(0.942853, abs=1e-6), pytest.approx(0.993175, abs=1e-6))


def test_slow_models_are_passed_over_where_it_was_asked():
    recipe = Recipe(models=("naive Bayes", "random forest"), forest_trees=10, n_folds=2, n_repeats=1)
    recipe = replace(recipe, leave_one_out="fast")
    assert set(train(recipe, load(recipe)).loo_errors) == {"naive Bayes"}


def test_the_three_parts_share_no_row_and_keep_the_classes(data):
    parts = [set(data.train), set(data.calibration), set(data.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 150
    for rows in (data.train, data.calibration, data.test):
        assert set(np.unique(data.y[rows], return_counts=True)[1]) == {len(rows) // 3}


def test_the_same_seed_gives_the_same_scores_and_another_does_not(recipe, data, model):
    again = train(recipe, load(recipe))
    assert again.scores == model.scores
    other = replace(recipe, seed=1)
    assert [row.value for row in train(other, load(other)).scores] != [row.value for row in model.scores]
    assert evaluate(model, data) == model.scores


def test_every_model_beats_the_baseline_by_half(model):
    rows = [row for row in model.scores if (row.metric, row.split) == ("accuracy", "test") and row.model != BASELINE]
    assert len(rows) == len(FEW)
    for row in rows:
        assert row.value >= row.baseline_value + 0.5
        assert row.baseline_value == pytest.approx(1 / 3)
    board = {row.model: row for row in model.leaderboard}
    assert all(board[name].beats_baseline for name in FEW)
    assert board[BASELINE].is_baseline
    assert board[BASELINE].verdict == "worse"


def test_models_that_do_not_differ_are_called_so(model):
    sentences = [row.sentence for row in model.leaderboard if row.model in FEW and not row.is_best]
    assert sentences
    assert all("do not differ measurably" in sentence for sentence in sentences)


def test_shuffled_classes_give_chance_accuracy():
    table = load_table("iris")
    frame = table.frame.copy()
    frame["species"] = np.random.default_rng(5).permutation(frame["species"].to_numpy())
    recipe = Recipe(models=FEW, n_repeats=4)
    model = train(recipe, load(recipe, replace(table, frame=frame, sha256="shuffled")))
    for name in FEW:
        # 90 rows: a standard error of 0.05
        assert abs(model.folds.accuracy[name].mean() - 1 / 3) < 0.15
    assert not any(row.beats_baseline for row in model.leaderboard)


def test_what_test_and_calibration_rows_hold_changes_no_model(recipe, data, model):
    table = data.table
    kept = np.isin(np.arange(len(table.frame)), data.ids[data.train])[:, None]
    spoilt = change_features(table, lambda part: part.where(np.repeat(kept, 4, axis=1), part * 1000 + 7))
    other = train(recipe, load(recipe, spoilt))
    case = data.x.iloc[:5]
    for name in FEW:
        shares = [predict_probabilities(each.pipelines[name], case, data.schema.classes) for each in (model, other)]
        assert np.array_equal(*shares)
        assert np.array_equal(model.folds.accuracy[name], other.folds.accuracy[name])
    assert other.best == model.best
    assert other.schema == model.schema


def test_what_classes_the_test_rows_have_changes_nothing_that_is_fitted(recipe, data, model):
    # the rows of the test part trade classes among themselves, so that the split stays the same
    y, rng = data.y.copy(), np.random.default_rng(0)
    y[data.test] = rng.permutation(y[data.test])
    assert (y != data.y).sum() > 10
    other = train(recipe, replace(data, y=y))
    assert other.best == model.best
    for name in model.pipelines:
        assert np.array_equal(other.thresholds[name], model.thresholds[name])
        assert np.array_equal(other.folds.accuracy[name], model.folds.accuracy[name])
    before, after = (novelty_to_arrays(each.novelty) for each in (model, other))
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert [row.value for row in other.scores] != [row.value for row in model.scores]


def test_where_the_test_rows_lie_changes_no_novelty_and_no_threshold(recipe, data, model):
    x = data.x.copy()
    x.iloc[data.test] += 1000
    other = train(recipe, replace(data, x=x))
    before, after = (novelty_to_arrays(each.novelty) for each in (model, other))
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert all(np.array_equal(other.thresholds[name], model.thresholds[name]) for name in model.pipelines)


def test_the_order_of_columns_changes_no_share(data):
    table = data.table
    turned = replace(table, frame=table.frame[table.frame.columns[::-1]], sha256="turned")
    recipe = Recipe(models=(*SMOOTH, "nearest neighbours"))
    first, second = load(recipe), load(recipe, turned)
    for name in recipe.models:
        shares = []
        for each in (first, second):
            rows = each.x.iloc[each.train], each.y[each.train]
            ((_, pipeline),) = fit_pipelines([name], recipe, each.schema, *rows)
            shares.append(predict_probabilities(pipeline, each.x.iloc[each.test], each.schema.classes))
        assert np.allclose(shares[0], shares[1], atol=1e-5), name


def test_the_order_of_rows_changes_no_share(data):
    recipe = Recipe()
    order = np.random.default_rng(0).permutation(data.train)
    for name in (
        "logistic regression",
        "naive Bayes",
        "linear discriminant analysis",
        "quadratic discriminant analysis",
    ):
        shares = []
        for rows in (data.train, order):
            ((_, pipeline),) = fit_pipelines([name], recipe, data.schema, data.x.iloc[rows], data.y[rows])
            shares.append(predict_probabilities(pipeline, data.x.iloc[data.test], data.schema.classes))
        assert np.allclose(shares[0], shares[1], atol=1e-5), name


def test_sharing_a_preparation_is_the_same_as_fitting_each_model_alone(data):
    recipe = Recipe(forest_trees=10, boosting_rounds=10)
    rows = data.x.iloc[data.train], data.y[data.train]
    test = data.x.iloc[data.test]
    shared = dict(fit_and_answer(MODELS, (recipe, data.schema), rows, test))
    for name in MODELS:
        ((_, alone),) = fit_pipelines([name], recipe, data.schema, *rows)
        assert (shared[name] == alone.predict(test)).all(), name


def test_a_temperature_changes_no_answer_of_the_support_vector_machine(data):
    from sklearn.svm import SVC

    preparation = make_preparation(data.schema, len(data.train))
    z, y = preparation.fit_transform(data.x.iloc[data.train]), data.y[data.train]
    z_test = preparation.transform(data.x.iloc[data.test])
    ours = fit_classifier("support vector machine", Recipe(), z, y)
    assert (ours.predict(z_test) == SVC(break_ties=True).fit(z, y).predict(z_test)).all()
    assert ours.predict_proba(z_test).sum(axis=1) == pytest.approx(1)


@functools.cache
def cover_flowers(name, n_splits=500):
    """Return for each guarantee the share of rows of each class held over many splits, and the mean size of sets."""
    data = load(Recipe())
    x, codes = data.x.to_numpy(), encode_labels(data.y, data.schema.classes)
    kinds = ("overall", "each class")
    held, sizes = {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
    for seed in range(n_splits):
        recipe = Recipe(seed=seed)
        train_rows, calibration_rows, test_rows = split_parts(recipe, data.y)
        centre, spread = x[train_rows].mean(axis=0), x[train_rows].std(axis=0)
        z = (x - centre) / spread
        classifier = fit_classifier(name, recipe, z[train_rows], data.y[train_rows])
        shares = classifier.predict_proba(z)
        for guarantee in kinds:
            limits = fit_limits(codes[calibration_rows], shares[calibration_rows], recipe.coverage, guarantee)
            sets = class_scores_to_sets(shares[test_rows], limits)
            is_held = sets[np.arange(len(sets)), codes[test_rows]]
            held[guarantee].append([is_held[codes[test_rows] == label].mean() for label in range(3)])
            sizes[guarantee].append(sets.sum(axis=1).mean())
    return {guarantee: (np.mean(held[guarantee], axis=0), float(np.mean(sizes[guarantee]))) for guarantee in kinds}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("logistic regression", 0.905),
        ("naive Bayes", 0.906),
        ("support vector machine", 0.906),
        ("quadratic discriminant analysis", 0.907),
        ("linear discriminant analysis", 0.909),
    ],
)
def test_prediction_sets_hold_the_true_class_as_often_as_promised(name, found):
    """The 28th of 30 scores is 28 / 31 = 0.903 on average, where none are tied.

    Over the same 500 splits gradient boosting holds 0.909, random forest 0.913, nearest neighbours 0.930 and the
    decision tree 0.951: shares of a few votes or leaves are tied with the threshold, and ties only add to a set. No
    order of the ties would bring the tree into 0.89 to 0.93 but one that empties the sets of rows in pure leaves: with
    those kept and all other ties broken by lot it holds 0.940. The baseline's shares are all equal, and it holds 1.
    """
    held, size = cover_flowers(name)["overall"]
    assert 0.89 <= held.mean() <= 0.93
    assert held.mean() == pytest.approx(found, abs=0.004)
    assert held[0] > 0.97  # the average is paid for by the two that are alike
    assert all(0.82 <= share <= 0.91 for share in held[1:])
    assert size < 1


def test_a_threshold_for_each_class_holds_each_class_as_often_as_promised():
    held, size = cover_flowers("logistic regression")["each class"]
    assert 0.89 <= held.mean() <= 0.93
    assert all(0.88 <= share <= 0.94 for share in held)  # 10 / 11 on average, with 500 × 10 rows of each class
    assert size < 1.1


def test_a_class_whose_scores_are_tied_is_held_more_often_and_no_other():
    held, size = cover_flowers("linear discriminant analysis")["each class"]
    # setosa gets a share of 1 to the last digit in nearly every row, so its threshold ties with them: held always
    assert held[0] > 0.98
    assert all(0.89 <= share <= 0.93 for share in held[1:])
    assert size < 1.1


def test_the_thresholds_of_a_model_are_those_of_its_calibration_rows(recipe, data, model):
    name = "nearest neighbours"
    shares = predict_probabilities(model.pipelines[name], data.x.iloc[data.calibration], data.schema.classes)
    codes = encode_labels(data.y[data.calibration], data.schema.classes)
    scores = 1 - shares[np.arange(30), codes]
    assert model.guarantee == "overall"
    # the ceil(31 * 0.9) = 28th smallest of the 30 rows, for every class
    assert model.thresholds[name].tolist() == [np.sort(scores)[27]] * 3 == [fit_threshold(scores, 0.9)] * 3
    each = train(replace(recipe, guarantee="each class", models=(name,)), data)
    assert each.guarantee == "each class"
    # the ceil(11 * 0.9) = 10th smallest of the 10 rows of a class
    assert each.thresholds[name].tolist() == [scores[codes == label].max() for label in range(3)]
    assert any(note.startswith("Each class has a threshold of its own, as asked, so sets") for note in each.notes)


def test_every_figure_of_a_model_is_there(model):
    kinds = {(row.metric, row.split) for row in model.scores if row.model == "decision tree"}
    metrics = ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "log_loss", "brier", "ece", "coverage_90")
    assert kinds == {("accuracy", "cv"), *((metric, "test") for metric in metrics)}


def test_the_command_names_the_recipe(model):
    assert describe_command(model) == "python -m core train iris --recipe recipe.json"
    assert describe_command(replace(model, recipe=Recipe())) == "python -m core train iris --recipe quick"


def test_rows_that_were_trained_on_are_not_scored(model):
    other = replace(model.recipe, seed=3)
    with pytest.raises(DataError, match="these test rows were trained on"):
        evaluate(model, load(other))


def test_a_run_without_a_model_is_refused(data):
    with pytest.raises(RecipeError, match="models is empty"):
        train(Recipe(models=()), data)


def test_cancelling_leaves_at_the_next_step(recipe, data):
    steps = []

    def stop(step, total, _metrics):
        steps.append((step, total))
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, data, stop)
    assert [step for step, _ in steps] == [1, 2, 3]
    assert {total for _, total in steps} == {(len(FEW) + 1) * (5 + 1)}
