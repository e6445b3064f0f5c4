"""Class scores against scikit-learn, by hand, and their intervals."""

import numpy as np
import pytest
from sklearn import metrics

from core.evaluation.classification import (
    class_report,
    class_scores,
    confusion,
    majority_probabilities,
    report_as_text,
    score_rows,
)
from core.evaluation.labels import check_codes, check_probabilities, encode_labels
from core.evaluation.metrics import METRICS, find_metric, show_metric
from core.evaluation.scoring import score_with_intervals, weighted_scores
from core.hub.errors import DataError


def draw_rows(n_rows, classes, seed=0, sharpness=2.0):
    """Draw labels and probabilities that know something of them, with ties."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n_rows, len(classes))).round(1)
    codes = rng.integers(0, len(classes), n_rows)
    logits[np.arange(n_rows), codes] += 1.0
    powers = np.exp(sharpness * logits)
    return np.array(classes, dtype=object)[codes], powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c"), tuple("abcdefgh")], ids=len)
def test_scores_are_scikit_learns(classes):
    y, p = draw_rows(300, classes)
    answers = np.array(classes, dtype=object)[p.argmax(axis=1)]
    found = class_scores(y, p, classes)
    truth, given = y.astype(str), answers.astype(str)
    ranked = p[:, 1] if len(classes) == 2 else p
    expected = {
        "accuracy": metrics.accuracy_score(truth, given),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, given),
        "macro_f1": metrics.f1_score(truth, given, average="macro"),
        "roc_auc": metrics.roc_auc_score(truth, ranked, multi_class="ovr"),
        "log_loss": metrics.log_loss(truth, p, labels=list(classes)),
        "brier": metrics.brier_score_loss(truth, ranked, labels=list(classes), pos_label=None)
        if len(classes) > 2
        else metrics.brier_score_loss(truth, ranked, pos_label="yes"),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert list(found) == list(METRICS)


def test_brier_log_loss_and_calibration_error_by_hand():
    found = class_scores(["a", "b", "b", "a"], [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.8, 0.2]], ("a", "b"))
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.49 + 0.04) / 4)
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.3, 0.8]).mean())
    # four bins of one row each: right at 0.9, 0.6 and 0.8, wrong at 0.7
    assert found["ece"] == pytest.approx((0.1 + 0.4 + 0.7 + 0.2) / 4)
    three = class_scores(["a"], [[0.5, 0.3, 0.2]], ("a", "b", "c"))
    assert three["brier"] == pytest.approx(0.25 + 0.09 + 0.04)
    assert np.isnan(three["roc_auc"])


def test_weights_score_a_resample_as_its_repeated_rows():
    y, p = draw_rows(40, ("a", "b", "c"), seed=3)
    codes = encode_labels(y, ("a", "b", "c"))
    counts = np.random.default_rng(1).integers(0, 4, 40)
    rows = np.repeat(np.arange(40), counts)
    weighted = weighted_scores(codes, p, counts[None, :].astype(float))
    repeated = weighted_scores(codes[rows], p[rows], np.ones((1, len(rows))))
    assert {name: value[0] for name, value in weighted.items()} == pytest.approx(
        {name: value[0] for name, value in repeated.items()}
    )


def test_intervals_hold_their_value_and_narrow_with_rows():
    y, p = draw_rows(1_000, ("a", "b", "c"))
    codes = encode_labels(y, ("a", "b", "c"))
    few, many = score_with_intervals(codes[:60], p[:60]), score_with_intervals(codes, p)
    for name in METRICS:
        assert few[name][1] <= few[name][0] <= few[name][2]
        assert many[name][2] - many[name][1] < few[name][2] - few[name][1]


def test_a_bootstrap_interval_holds_the_true_score_about_as_often_as_it_says():
    y, p = draw_rows(20_000, ("a", "b", "c"), seed=9)
    codes = encode_labels(y, ("a", "b", "c"))
    truth = {name: value[0] for name, value in weighted_scores(codes, p, np.ones((1, len(codes)))).items()}
    held = dict.fromkeys(("macro_f1", "roc_auc", "log_loss", "brier"), 0)
    for i in range(150):
        rows = slice(100 * i, 100 * i + 100)
        found = score_with_intervals(codes[rows], p[rows], n_resamples=300, seed=i)
        for name in held:
            held[name] += found[name][1] <= truth[name] <= found[name][2]
    assert all(0.88 <= count / 150 <= 1 for count in held.values()), held


def test_a_perfect_score_is_not_certain():
    codes = np.array([0, 1] * 10)
    p = np.where(codes[:, None] == [0, 1], 0.9, 0.1)
    found = score_with_intervals(codes, p)
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc"):
        assert found[name] == pytest.approx((1.0, 0.8389, 1.0), abs=1e-4)
    lopsided = np.array([0] * 1_000 + [1] * 5)
    rare = score_with_intervals(lopsided, np.where(lopsided[:, None] == [0, 1], 0.9, 0.1))
    assert rare["balanced_accuracy"][1] < 0.85 < rare["accuracy"][1]


def test_the_bootstrap_is_seeded():
    y, p = draw_rows(80, ("a", "b"))
    codes = encode_labels(y, ("a", "b"))
    assert score_with_intervals(codes, p, seed=1) == score_with_intervals(codes, p, seed=1)
    assert score_with_intervals(codes, p, seed=1)["brier"] != score_with_intervals(codes, p, seed=2)["brier"]


def test_confusion_is_scikit_learns():
    y, p = draw_rows(200, ("a", "b", "c"))
    answers = np.array(["a", "b", "c"], dtype=object)[p.argmax(axis=1)]
    expected = metrics.confusion_matrix(y.astype(str), answers.astype(str), labels=["a", "b", "c"])
    assert np.array_equal(confusion(y, answers, ("a", "b", "c")), expected)


def test_class_report_is_scikit_learns_with_intervals_around_it():
    y, p = draw_rows(200, ("a", "b", "c"))
    answers = np.array(["a", "b", "c"], dtype=object)[p.argmax(axis=1)]
    report = class_report(y, answers, ("a", "b", "c"))
    expected = metrics.precision_recall_fscore_support(y.astype(str), answers.astype(str), labels=["a", "b", "c"])
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert report[name].to_numpy() == pytest.approx(column)
    for name in ("precision", "recall", "f1"):
        assert (report[f"{name}_low"] < report[name]).all()
        assert (report[name] < report[f"{name}_high"]).all()


def test_a_class_that_is_never_answered_has_no_precision_but_a_recall_of_zero():
    report = class_report(["a", "a", "b"], ["a", "a", "a"], ("a", "b"))
    row = report.iloc[1]
    assert np.isnan(row["precision"])
    assert row["recall"] == row["f1"] == 0
    assert row["recall_high"] > 0.5
    assert report_as_text(report)["Precision"][1] == "–"


def test_score_rows_carry_interval_baseline_and_command():
    y, p = draw_rows(150, ("a", "b", "c"))
    baseline = majority_probabilities(["a"] * 60 + ["b"] * 30 + ["c"] * 10, ("a", "b", "c"), 150)
    rows = score_rows(
        y, p, ("a", "b", "c"),
        split="test", seed=4, command="python -m core evaluate iris", model="LDA",
        baseline="majority class", baseline_probabilities=baseline,
    )  # fmt: skip
    by_name = {row.metric: row for row in rows}
    assert list(by_name) == list(METRICS)
    assert by_name["accuracy"].baseline_value == pytest.approx((y == "a").mean())
    assert by_name["roc_auc"].baseline_value == 0.5
    assert by_name["accuracy"].value > by_name["accuracy"].baseline_value + 0.1
    assert all(row.low <= row.value <= row.high and row.n == 150 and row.seed == 4 for row in rows)
    assert by_name["log_loss"].unit == "nats"


def test_a_metric_that_is_not_defined_gets_no_row():
    rows = score_rows(
        ["a"] * 5, [[0.7, 0.3]] * 5, ("a", "b"),
        split="test", seed=0, command="", model="LDA",
        baseline="majority class", baseline_probabilities=np.full((5, 2), 0.5),
    )  # fmt: skip
    assert "roc_auc" not in {row.metric for row in rows}
    assert "accuracy" in {row.metric for row in rows}


def test_an_unknown_class_is_refused_by_row_and_name():
    with pytest.raises(DataError, match="row 2 has class 'x'; it must be one of a, b"):
        class_scores(["a", "x"], [[1, 0], [0, 1]], ("a", "b"))
    with pytest.raises(DataError, match="row 1 has class 'nan'"):
        encode_labels([float("nan")], ("a", "b"))


@pytest.mark.parametrize("table", [[[0.5, 0.6]], [[np.nan, 1.0]], [[-0.5, 1.5]], [[0.5, 0.5, 0.0]], []])
def test_what_are_no_probabilities_is_refused(table):
    with pytest.raises(ValueError, match="probabilities"):
        check_probabilities(table, 1, 2)


def test_what_are_no_class_numbers_is_refused():
    for codes in ([0, 3], [-1, 0], ["a", "b"], [0.0, 1.0]):
        with pytest.raises(ValueError, match="class numbers 0 to 2"):
            check_codes(codes, 3)


def test_metrics_are_found_with_and_without_their_split():
    assert find_metric("test_log_loss") is find_metric("log_loss")
    assert show_metric("loo_accuracy") == "Accuracy (leave-one-out)"
    with pytest.raises(ValueError, match="no metric 'beauty'"):
        find_metric("beauty")
