"""A run says whether it learnt anything, by the score that ranks its models, and what the marks of its report mean."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.table import Table
from core.evaluation.leaderboard import LeaderboardRow, Measure
from core.evaluation.metrics import SPREAD_NOTE
from core.tabular.iris.data import load
from core.tabular.iris.download import make_readme
from core.tabular.iris.recipe import BASELINE, Recipe
from core.tabular.iris.reporting import make_run_report
from core.tabular.iris.training import train
from core.tabular.iris.verdict import compare_with_baseline

FEW = Recipe(models=("linear discriminant analysis", "decision tree"), n_folds=2, n_repeats=1)


@pytest.fixture(scope="module")
def flowers():
    return train(FEW, load(FEW))


def test_a_run_that_learnt_nothing_says_so_in_every_file():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"a": generator.normal(size=120), "b": generator.normal(size=120)})
    frame["kind"] = np.where(generator.random(120) < 0.39, "yes", "no")
    table = Table(frame, "noise", "upload", "noise", {"a": "number", "b": "number", "kind": "category"}, "kind")
    model = train(FEW, load(FEW, table))
    said = model.unbeaten
    rows = {row.model: row.metrics["accuracy"].value for row in model.leaderboard}
    highest = max(FEW.models, key=rows.get)
    assert said == (
        f"No model beats always answering no ({rows[BASELINE]:.3f}); "
        f"the highest of the two is {highest}, {rows[highest]:.3f}."
    )
    assert said in make_readme(model)


def test_a_run_that_learnt_something_has_nothing_to_say(flowers):
    assert flowers.unbeaten == ""
    assert "No model beats" not in make_readme(flowers)


def test_the_score_that_ranks_is_the_one_that_is_compared_with_the_baseline():
    def make_row(name, accuracy, balanced, *, is_baseline=False):
        metrics = {"balanced_accuracy": Measure(balanced, 0.4, 0.7), "accuracy": Measure(accuracy, 0.8, 0.95)}
        return LeaderboardRow(name, metrics, 0.1, "worse", is_baseline, False)

    rows = [make_row("tree", 0.85, 0.55), make_row("bayes", 0.8, 0.56), make_row(BASELINE, 0.9, 0.5, is_baseline=True)]
    counts = {"no": 90, "yes": 10}
    assert compare_with_baseline(rows, counts, "balanced_accuracy") == (
        "No model beats always answering no (balanced accuracy 0.500); the highest of the two is bayes, 0.560."
    )
    assert compare_with_baseline(rows, counts) == (
        "No model beats always answering no (0.900); the highest of the two is tree, 0.850."
    )


def test_the_report_says_what_a_spread_is_where_it_marks_one(flowers, monkeypatch):
    seen = {}
    monkeypatch.setattr("core.tabular.iris.reporting.make_report", lambda *parts: seen.update(sections=parts[2]) or b"")
    make_run_report(flowers)
    for section in seen["sections"]:
        marked = section.frame is not None and section.frame.astype(str).apply(
            lambda column: column.str.contains("spread")
        ).to_numpy().any()  # fmt: skip
        assert any(SPREAD_NOTE in each for each in section.paragraphs) == bool(marked), section.title
    test = next(section for section in seen["sections"] if section.title == "Test rows")
    assert SPREAD_NOTE in test.paragraphs
