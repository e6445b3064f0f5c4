"""The leaderboard: sorted, with its baseline, and honest about who is really better."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from core.evaluation.charts import leaderboard_chart
from core.evaluation.classification import class_scores
from core.evaluation.comparison import corrected_t_test
from core.evaluation.intervals import wilson_interval
from core.evaluation.leaderboard import (
    Candidate,
    Measure,
    fold_interval,
    leaderboard_frame,
    make_leaderboard,
    measure_scores,
    note_spreads,
)
from core.evaluation.splits import make_folds
from core.hub.contract import ScoreRow

CLASSES = (0, 1, 2)


@pytest.fixture(scope="module")
def candidates():
    x, y = load_iris(return_X_y=True)
    models = {
        "majority class": DummyClassifier(strategy="prior"),
        "stump": DecisionTreeClassifier(max_depth=1, random_state=0),
        "kNN": KNeighborsClassifier(5),
        "LDA": LinearDiscriminantAnalysis(),
    }
    folds = make_folds(y, 5, 4, seed=0)
    found = []
    for name, model in models.items():
        scores = [
            class_scores(y[f.test], model.fit(x[f.train], y[f.train]).predict_proba(x[f.test]), CLASSES) for f in folds
        ]
        by_metric = {metric: np.array([score[metric] for score in scores]) for metric in ("accuracy", "log_loss")}
        test = {"accuracy": Measure(0.9, 0.8, 0.95)}
        found.append(Candidate(name, by_metric, test, 0.01, is_baseline=name == "majority class"))
    return found


def test_models_of_iris_are_ranked_and_judged(candidates):
    rows = make_leaderboard(candidates, 120, 30)
    assert [row.model for row in rows] == ["LDA", "kNN", "stump", "majority class"]
    assert [row.verdict for row in rows] == ["best", "not distinguishable from best", "worse", "worse"]
    assert [row.beats_baseline for row in rows] == [True, True, True, False]
    assert rows[0].metrics["accuracy"].value > rows[-1].metrics["accuracy"].value + 0.6
    assert rows[1].sentence.startswith("kNN and LDA do not differ measurably")
    assert rows[0].sentence == ""


def test_the_interval_is_that_of_the_corrected_test(candidates):
    rows = make_leaderboard(candidates, 120, 30)
    folds = next(one.fold_scores["accuracy"] for one in candidates if one.model == "kNN")
    expected = corrected_t_test(folds, 120, 30)
    found = next(row.metrics["accuracy"] for row in rows if row.model == "kNN")
    assert found == Measure(folds.mean(), expected.low, expected.high)
    assert all(0 <= row.metrics["accuracy"].low <= row.metrics["accuracy"].high <= 1 for row in rows)
    assert rows[0].metrics["test_accuracy"] == Measure(0.9, 0.8, 0.95)


@pytest.mark.parametrize(("share", "n_right"), [(1.0, 150), (0.9, 135), (0.0, 0)])
def test_folds_without_spread_get_wilsons_interval_of_all_rows(share, n_right):
    value, low, high = fold_interval(np.full(10, share), 135, 15)
    assert (low, high) == pytest.approx(wilson_interval(n_right, 150))
    assert value == pytest.approx(share)
    assert low < high


def test_a_perfect_model_is_not_called_certain_in_the_table():
    perfect = Candidate("rule", {"accuracy": np.ones(5)})
    base = Candidate("majority class", {"accuracy": np.full(5, 1 / 3)}, is_baseline=True)
    rows = make_leaderboard([perfect, base], 96, 24)
    assert leaderboard_frame(rows, as_text=True)["Accuracy"].tolist() == [
        "1.000 (0.969 to 1.000)",
        "0.333 (0.255 to 0.422)",
    ]
    assert rows[0].verdict == "best"
    assert rows[0].beats_baseline


def test_an_error_without_spread_over_folds_varies_by_a_row():
    value, low, high = fold_interval(np.full(5, 1.1), 80, 20, "log_loss")
    assert (value - low) == pytest.approx(high - value)
    assert high - value == pytest.approx(2.776445 * np.sqrt((1 / 5 + 1 / 4) / (20**2 * 5)), abs=1e-6)


def make_scores(n_wrong, n_rows=50):
    facts = ("test", 0.1, 0.05, 0.2, n_rows, "majority class", 0.5)
    right = 1 - n_wrong / n_rows
    accuracy = ScoreRow("accuracy", "test", right, right, right, n_rows, "majority class", 0.4)
    return (accuracy, *(ScoreRow(name, *facts) for name in ("macro_f1", "log_loss", "brier", "ece")))


@pytest.mark.parametrize(
    ("n_wrong", "spreads"), [(0, {"log_loss", "brier", "ece"}), (4, {"log_loss", "brier", "ece"}), (5, {"ece"})]
)
def test_few_wrong_rows_make_an_interval_a_spread(n_wrong, spreads):
    measures = measure_scores(make_scores(n_wrong))
    assert {name for name, measure in measures.items() if measure.is_spread} == spreads


def test_a_spread_is_marked_in_text_and_chart_and_explained():
    folds = {"accuracy": np.array([0.9, 0.95, 0.92])}
    model = Candidate("LDA", folds, measure_scores(make_scores(2)))
    base = Candidate("base", {"accuracy": np.array([0.3, 0.35, 0.32])}, measure_scores(make_scores(30)), 0.0, True)
    rows = make_leaderboard([model, base], 90, 45)
    text = leaderboard_frame(rows, as_text=True)
    assert text["Log loss (test rows)"].tolist() == ["0.100 (spread 0.050 to 0.200)", "0.100 (0.050 to 0.200)"]
    assert text["Macro F1 (test rows)"][0] == "0.100 (0.050 to 0.200)"
    assert "not a bound on new rows" in note_spreads(rows)
    assert "no bound on new rows" in leaderboard_chart(rows, "test_ece").x_label
    assert "95% interval" in leaderboard_chart(rows, "accuracy").x_label
    plain = make_leaderboard([Candidate("LDA", folds), Candidate("base", base.fold_scores, is_baseline=True)], 90, 45)
    assert note_spreads(plain) == ""


def test_another_metric_may_decide_and_turn_the_order(candidates):
    rows = make_leaderboard(candidates, 120, 30, metric="log_loss")
    values = [row.metrics["log_loss"].value for row in rows]
    assert values == sorted(values)
    assert "points" not in rows[1].sentence


def test_a_model_that_does_not_beat_the_baseline_is_shown_so():
    rng = np.random.default_rng(0)
    base = 0.6 + 0.03 * rng.normal(size=10)
    gap = 0.03 * rng.normal(size=10)
    noise = Candidate("noise", {"accuracy": base + 0.01 + gap - gap.mean()})
    rows = make_leaderboard([noise, Candidate("majority class", {"accuracy": base}, is_baseline=True)], 90, 10)
    assert rows[0].model == "noise"
    assert not rows[0].beats_baseline
    assert rows[1].verdict == "not distinguishable from best"
    ahead = Candidate("majority class", {"accuracy": base + 0.5}, is_baseline=True)
    chart = leaderboard_chart(make_leaderboard([noise, ahead], 90, 10))
    assert chart.title.startswith("No model beats the baseline, majority class with")


def test_a_tie_with_the_baseline_puts_the_model_first():
    folds = {"accuracy": np.array([0.5, 0.6, 0.7])}
    rows = make_leaderboard([Candidate("rule", folds, is_baseline=True), Candidate("model", folds)], 20, 10)
    assert [row.model for row in rows] == ["model", "rule"]
    assert not rows[0].beats_baseline


def test_a_metric_that_one_model_lacks_is_left_out():
    a = Candidate("a", {"accuracy": np.array([0.8, 0.9]), "roc_auc": np.array([0.8, np.nan])})
    b = Candidate("b", {"accuracy": np.array([0.3, 0.4]), "roc_auc": np.array([0.5, 0.5])}, is_baseline=True)
    assert [set(row.metrics) for row in make_leaderboard([a, b], 20, 10)] == [{"accuracy"}, {"accuracy"}]


def test_the_frame_holds_numbers_and_the_text_both_ends(candidates):
    rows = make_leaderboard(candidates, 120, 30)
    frame, text = leaderboard_frame(rows), leaderboard_frame(rows, as_text=True)
    assert list(frame["Model"]) == ["LDA", "kNN", "stump", "majority class (baseline)"]
    assert frame["Accuracy, low"].tolist() == [row.metrics["accuracy"].low for row in rows]
    assert text["Accuracy (test rows)"][0] == "0.900 (0.800 to 0.950)"


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        ([Candidate("a", {"accuracy": np.ones(3)})], "one must be the baseline"),
        ([Candidate("a", {"accuracy": np.ones(3)}, is_baseline=True)] * 2, "needs its own name"),
        ([Candidate("a", {"brier": np.ones(3)}, is_baseline=True)], "a has no fold scores of accuracy"),
    ],
)
def test_a_table_that_would_mislead_is_refused(candidates, words):
    with pytest.raises(ValueError, match=words):
        make_leaderboard(candidates, 20, 10)
