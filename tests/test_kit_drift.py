"""Drift, the joint test and the label-free estimate beside the truth are drawn as core measured them."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from core.evaluation.drift import find_drift
from core.evaluation.label_free import Estimate, estimate_performance
from core.evaluation.leaderboard import Measure
from pages.kit.drift import Monitor, drift_chart, estimate_chart, say_told_apart
from tests.apps import find, press, words
from tests.drawn import check, check_drawn, run

RNG = np.random.default_rng(0)
KINDS = {"age": "number", "fare": "number", "sex": "category"}
SHARE = RNG.random(300)


def make_rows(n_rows: int, shift: float) -> pd.DataFrame:
    ages, fares = RNG.normal(40 + shift, 10, n_rows), RNG.normal(0, 1, n_rows)
    return pd.DataFrame({"age": ages, "fare": fares, "sex": ["f", "m"] * (n_rows // 2)})


OLD, NEW = make_rows(400, 0.0), make_rows(300, 12.0)


TOLD_APART = Measure(0.71, 0.66, 0.76)


@dataclass(frozen=True, eq=False)
class Watch:
    """What new rows say."""

    drift: pd.DataFrame = field(default_factory=lambda: find_drift(OLD, NEW, KINDS))
    told_apart: Measure = TOLD_APART
    expected: Estimate = field(default_factory=lambda: estimate_performance(SHARE))
    truth: dict = field(default_factory=lambda: {"roc_auc": 0.8, "accuracy": 0.7, "precision": 0.6, "recall": 0.5})
    reference_auc: float = 0.85


def make_monitor() -> Monitor:
    return Monitor("a-run-of-a-test", Watch, lambda _table: Watch(truth={}), {}, "Half of the rows are shifted.")


def draw():
    from pages.kit.drift import show_monitor
    from tests.test_kit_drift import make_monitor

    show_monitor(make_monitor(), "m")


def test_a_rehearsal_is_drawn_when_it_is_asked_for():
    app = run(draw)
    assert "Half of the rows are shifted." in words(app)
    assert not app.get("plotly_chart")
    press(app, "Rehearse a shift")
    check_drawn(app, drift_chart(Watch().drift), estimate_chart(Watch()))
    assert say_told_apart(Watch().told_apart) in words(app)
    assert app.dataframe[0].value["Index"].tolist() == Watch().drift["psi"].tolist()


def test_new_rows_without_labels_are_estimated_alone():
    app = run(draw)
    find(app.button_group, "Watch").set_value("New rows").run()
    content = NEW.to_csv(index=False).encode()
    check(app.file_uploader[0].set_value(("new.csv", content, "text/csv")).run())
    press(app, "Watch these rows")
    check_drawn(app, drift_chart(Watch().drift), estimate_chart(Watch(truth={})))


def test_the_bars_are_the_indices_in_their_order_and_coloured_by_core_s_verdict():
    found = Watch().drift
    chart = drift_chart(found)
    assert chart.title == f"1 of 3 columns has drifted, age most: index {found['psi'][0]:.3f}"
    assert chart.marks[0].y.tolist() == found["column"].tolist()
    bars = {str(name): (value, mark.role) for mark in chart.marks if mark.kind == "bars"
            for name, value in zip(mark.y, mark.x, strict=True)}  # fmt: skip
    assert bars == {
        row["column"]: (row["psi"], "bad" if row["drifts"] else "muted") for row in found.to_dict("records")
    }


def test_mild_and_strong_drift_differ_by_core_s_readings():
    found = Watch().drift.assign(psi=[0.3, 0.15, 0.01], drifts=[True, True, False])
    bars = {mark.role: mark.x.tolist() for mark in drift_chart(found).marks if mark.kind == "bars"}
    assert bars == {"bad": [0.3], "second": [0.15], "muted": [0.01]}


def test_no_drift_is_said_as_such():
    found = find_drift(OLD, OLD, KINDS)
    assert drift_chart(found).title.startswith("None of 3 columns has drifted; ")
    assert {mark.role for mark in drift_chart(found).marks} == {"baseline", "muted"}


def test_the_estimate_is_core_s_with_its_interval_and_the_truth_beside_it():
    watch = Watch()
    expected, truth = estimate_chart(watch).marks
    known = [getattr(watch.expected, name) for name in ("roc_auc", "accuracy", "precision", "recall")]
    assert expected.x.tolist() == [each.value for each in known]
    assert expected.low.tolist() == [each.low for each in known]
    assert truth.x.tolist() == [0.8, 0.7, 0.6, 0.5]
    assert estimate_chart(watch).title.endswith("was expected without labels and 0.800 came true")
    assert len(estimate_chart(replace(watch, truth={})).marks) == 1


def test_a_score_that_is_not_defined_is_left_out():
    nothing = estimate_performance([0.1, 0.2, 0.3], threshold=0.9)
    assert "Precision" not in estimate_chart(Watch(expected=nothing)).marks[0].y.tolist()


@pytest.mark.parametrize(("low", "said"), [(0.49, "cannot be told"), (0.51, "can be told")])
def test_the_joint_test_is_said_in_words(low, said):
    assert said in say_told_apart(Measure(0.6, low, 0.7))
