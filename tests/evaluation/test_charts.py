"""Charts state what their numbers say."""

import numpy as np
import pytest

from core.evaluation.charts import (
    calibration_chart,
    confusion_chart,
    fold_chart,
    leaderboard_chart,
    precision_recall_chart,
    roc_chart,
)
from core.evaluation.intervals import wilson_interval
from core.evaluation.leaderboard import Candidate, make_leaderboard
from core.hub.errors import DataError

IRIS = ("setosa", "versicolor", "virginica")


def draw_rows(classes, n_rows=200, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(classes), 0.7), size=n_rows)
    return np.array([rng.choice(list(classes), p=row) for row in p], dtype=object), p


def make_rows(**means):
    rng = np.random.default_rng(0)
    noise = {name: rng.normal(size=20) for name in means}
    folds = {name: mean + 0.01 * (noise[name] - noise[name].mean()) for name, mean in means.items()}
    return make_leaderboard([Candidate(n, {"accuracy": f}, is_baseline=n == "base") for n, f in folds.items()], 120, 30)


def test_confusion_names_the_pair_that_is_mixed_up_most():
    chart = confusion_chart(np.array([[50, 0, 0], [0, 48, 2], [0, 1, 49]]), IRIS)
    assert chart.title == "Versicolor and virginica are confused: 3 of 100"
    assert "147 of 150 rows are answered right" in chart.alt
    assert "2 of versicolor taken for virginica, 1 of virginica taken for versicolor" in chart.alt
    assert chart.marks[0].text == ("50", "0", "0", "0", "48", "2", "0", "1", "49")
    assert list(chart.marks[0].y) == list(IRIS)


def test_confusion_without_errors_says_so():
    assert confusion_chart(np.diag([5, 7]), ("a", "b")).title == "All 12 rows are answered right"


def test_roc_names_the_hardest_class_and_its_area():
    y, p = draw_rows(IRIS)
    chart = roc_chart(y, p, IRIS)
    areas = {mark.name.split()[0]: float(mark.name.split()[1]) for mark in chart.marks[1:]}
    worst = min(areas, key=areas.get)
    assert chart.title == f"{worst.capitalize()} is hardest to rank: area {areas[worst]:.3f}"
    assert [mark.index for mark in chart.marks[1:]] == [0, 1, 2]
    assert all(name in chart.alt for name in IRIS)


def test_two_classes_share_one_curve_in_the_second_colour():
    y, p = draw_rows(("no", "yes"))
    for chart in (roc_chart(y, p, ("no", "yes")), precision_recall_chart(y, p, ("no", "yes"))):
        assert len(chart.marks) == 2
        assert chart.marks[1].index == 1
        assert "yes" in chart.title.lower()
    share = (y == "yes").mean()
    assert f"where chance gives {share:.3f}" in chart.title


def test_curves_need_two_classes():
    for draw in (roc_chart, precision_recall_chart):
        with pytest.raises(DataError, match="all of one class"):
            draw(["a", "a"], [[0.9, 0.1], [0.8, 0.2]], ("a", "b"))


@pytest.mark.parametrize(
    ("share_right", "opening"),
    [
        (0.6, "The model is too sure of itself"),
        (0.8, "Stated confidence holds"),
        (0.97, "The model is right more often"),
    ],
)
def test_calibration_says_which_way_it_is_off(share_right, opening):
    n_right = round(200 * share_right)
    y = ["a"] * n_right + ["b"] * (200 - n_right)
    chart = calibration_chart(y, np.tile([[0.8, 0.2]], (200, 1)), ("a", "b"))
    assert chart.title.startswith(opening)
    assert chart.title.endswith(f"it says 80.0% and is right in {share_right:.1%} of 200 rows")


def test_confidence_that_holds_only_on_average_is_said_so():
    # Says 60% and is right in 80%, says 95% and is right in 75%: 77.5% of 200 both said and right.
    p = np.repeat([[0.60, 0.40], [0.95, 0.05]], 100, axis=0)
    y = ["a"] * 80 + ["b"] * 20 + ["a"] * 75 + ["b"] * 25
    title = calibration_chart(y, p, ("a", "b")).title
    assert title == (
        "Stated confidence holds on average, not at each level: it says 77.5% and is right in 77.5% of 200 rows"
    )


def test_levels_are_judged_together():
    # Ten levels: one whose own 95% interval is missed by a little is what chance does; allowing for ten, it holds.
    levels = np.arange(0.525, 1, 0.05)
    p = np.column_stack([np.repeat(levels, 40), 1 - np.repeat(levels, 40)])
    n_right = np.round(40 * levels).astype(int)
    n_right[4] -= 7  # says 72.5%, right in 22 of 40: 95% interval to 69%
    y = np.concatenate([["a"] * n + ["b"] * (40 - n) for n in n_right])
    assert wilson_interval(int(n_right[4]), 40)[1] < levels[4]
    assert calibration_chart(y, p, ("a", "b"), n_bins=20).title.startswith("Stated confidence holds: ")


@pytest.mark.parametrize(("n_rows", "opening"), [(45, "Too few rows to tell"), (50, "Stated confidence holds: ")])
def test_few_rows_do_not_show_that_confidence_holds(n_rows, opening):
    y = ["a"] * round(0.8 * n_rows) + ["b"] * round(0.2 * n_rows)
    assert calibration_chart(y, np.tile([[0.8, 0.2]], (n_rows, 1)), "ab").title.startswith(opening)


def test_few_rows_may_show_a_gross_gap():
    chart = calibration_chart(["a"] * 6 + ["b"] * 14, np.tile([[0.9, 0.1]], (20, 1)), "ab")
    assert chart.title.startswith("The model is too sure of itself")


def test_the_leaderboard_says_who_leads_and_who_is_level():
    assert leaderboard_chart(make_rows(LDA=0.97, kNN=0.968, base=0.3)).title.endswith(
        "kNN cannot be told apart from it"
    )
    assert leaderboard_chart(make_rows(LDA=0.97, tree=0.8, base=0.3)).title.endswith("model is measurably worse")
    chart = leaderboard_chart(make_rows(a=0.97, b=0.97, c=0.969, base=0.3))
    assert chart.title.endswith("2 others cannot be told apart from it")
    floor = chart.marks[-1]
    assert floor.kind == "line"
    assert floor.x[0] == pytest.approx(0.3, abs=0.01)


def test_a_metric_won_by_another_model_is_said_so():
    folds = {"LDA": (0.98, 0.3), "kNN": (0.95, 0.1), "base": (0.3, 1.1)}
    rng = np.random.default_rng(0)
    models = [
        Candidate(
            name,
            {"accuracy": a + 0.01 * rng.normal(size=5), "log_loss": b + 0.01 * rng.normal(size=5)},
            is_baseline=name == "base",
        )
        for name, (a, b) in folds.items()
    ]
    title = leaderboard_chart(make_leaderboard(models, 80, 20), "log_loss").title
    assert title.startswith("kNN has the best log loss, 0.1")
    assert "LDA, best overall, has" in title


def test_a_leaderboard_without_the_metric_is_refused():
    with pytest.raises(ValueError, match="there is no brier"):
        leaderboard_chart(make_rows(LDA=0.97, base=0.3), "brier")


def test_folds_count_how_often_the_best_is_level():
    folds = {"a": np.array([0.9, 0.8, 0.9, 1.0]), "b": np.array([0.9, 0.9, 0.7, 0.9])}
    chart = fold_chart(folds)
    assert chart.title == "A is best or level in 3 of 4 folds"
    assert len(chart.marks[0].x) == 8
    assert fold_chart(folds, "log_loss").title == "B is best or level in 3 of 4 folds"
